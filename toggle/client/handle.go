package client

import (
	"sync/atomic"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Handle is a flag of a client, found once. It always evaluates what the client has now: it
// finds the flag again after a change. It is safe for concurrent use.
type Handle struct {
	c    *Client
	name string
	at   atomic.Pointer[entry]
}

// Handle makes a handle, also for a flag that is not there yet.
func (c *Client) Handle(name string) *Handle {
	h := &Handle{c: c, name: name}
	h.find(c.view.Load())
	return h
}

// Name is the flag's.
func (h *Handle) Name() string { return h.name }

// entry is the flag in a view. Whichever entry was stored last, only one of this view's set
// is taken.
func (h *Handle) entry(v *view) *entry {
	if e := h.at.Load(); e.of == v.set {
		return e
	}
	return h.find(v)
}

func (h *Handle) find(v *view) *entry {
	e := v.find(h.name)
	h.at.Store(e)
	return e
}

// Evaluate says what the flag serves to a subject. A nil subject is the zero one.
func (h *Handle) Evaluate(sub *toggle.Subject) Result {
	v := h.c.view.Load()
	return h.entry(v).result(v, sub)
}

// Bool is the value of a boolean flag, or otherwise, if it cannot be evaluated.
func (h *Handle) Bool(sub *toggle.Subject, otherwise bool) bool {
	if v := h.entry(h.c.view.Load()).value(sub, toggle.Boolean); v != nil {
		return v.Bool()
	}
	return otherwise
}

// Text is the value of a string flag, or otherwise, if it cannot be evaluated.
func (h *Handle) Text(sub *toggle.Subject, otherwise string) string {
	if v := h.entry(h.c.view.Load()).value(sub, toggle.String); v != nil {
		return v.Text()
	}
	return otherwise
}

// Num is the value of a number flag, or otherwise, if it cannot be evaluated.
func (h *Handle) Num(sub *toggle.Subject, otherwise float64) float64 {
	if v := h.entry(h.c.view.Load()).value(sub, toggle.Number); v != nil {
		return v.Num()
	}
	return otherwise
}

// JSON is the value of a JSON flag as text, or otherwise, if it cannot be evaluated.
func (h *Handle) JSON(sub *toggle.Subject, otherwise string) string {
	if v := h.entry(h.c.view.Load()).value(sub, toggle.JSON); v != nil {
		return v.Text()
	}
	return otherwise
}
