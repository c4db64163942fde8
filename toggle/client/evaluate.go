package client

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Result is what an evaluation says, and how far it can be relied on.
type Result struct {
	toggle.Result
	State State
	// Confirmed is when the source last said that this is what holds; zero is never.
	Confirmed time.Time
}

// Age is how long ago the source said that this is what holds. If it never did, that is the
// longest duration there is. Time that the machine slept is part of it.
func (r *Result) Age(now time.Time) time.Duration { return since(r.Confirmed, now) }

// Evaluate says what a flag serves to a subject. A nil subject is the zero one.
func (c *Client) Evaluate(name string, sub *toggle.Subject) Result {
	v := c.view.Load()
	return v.find(name).result(v, sub)
}

// Bool is the value of a boolean flag, or otherwise, if it cannot be evaluated.
func (c *Client) Bool(name string, sub *toggle.Subject, otherwise bool) bool {
	if v := c.view.Load().find(name).value(sub, toggle.Boolean); v != nil {
		return v.Bool()
	}
	return otherwise
}

// Text is the value of a string flag, or otherwise, if it cannot be evaluated.
func (c *Client) Text(name string, sub *toggle.Subject, otherwise string) string {
	if v := c.view.Load().find(name).value(sub, toggle.String); v != nil {
		return v.Text()
	}
	return otherwise
}

// Num is the value of a number flag, or otherwise, if it cannot be evaluated.
func (c *Client) Num(name string, sub *toggle.Subject, otherwise float64) float64 {
	if v := c.view.Load().find(name).value(sub, toggle.Number); v != nil {
		return v.Num()
	}
	return otherwise
}

// JSON is the value of a JSON flag as text, or otherwise, if it cannot be evaluated.
func (c *Client) JSON(name string, sub *toggle.Subject, otherwise string) string {
	if v := c.view.Load().find(name).value(sub, toggle.JSON); v != nil {
		return v.Text()
	}
	return otherwise
}

// Snapshot is what evaluations see at this instant, kills and overrides included: for many
// that must agree with each other. It is never nil. What is evaluated in it is not counted.
func (c *Client) Snapshot() *toggle.Snapshot { return c.view.Load().snapshot }

func (e *entry) result(v *view, sub *toggle.Subject) Result {
	r := e.look(sub)
	if e.counts != nil {
		e.counts.add(r)
	}
	return Result{*r, v.state, v.confirmed}
}

// value is nil if the flag cannot be evaluated, or is of another type.
func (e *entry) value(sub *toggle.Subject, t toggle.Type) *toggle.Value {
	r := e.look(sub)
	if v := &r.Value; v.Type() == t {
		if e.counts != nil {
			e.counts.add(r)
		}
		return v
	}
	if e.counts != nil {
		e.counts.addMismatch(r)
	}
	return nil
}
