package gate

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Closed is what happens to a rollout that is under way when a [Window] closes or a
// [Freeze] begins. The gate only declares it; a step that was not begun waits in any
// case.
type Closed string

// What may happen.
const (
	Finish   Closed = "finish"   // the step that is under way is finished, the next one waits; the default
	Continue Closed = "continue" // a stage that was begun goes on
	Pause    Closed = "pause"    // it stands still where it is
)

// or is Finish if nothing that there is was said.
func (c Closed) or() Closed {
	if c == Continue || c == Pause {
		return c
	}
	return Finish
}

func (c Closed) check(p *strict.Problems) {
	if c != "" && c != c.or() {
		p.Add("closed", string(c), "must be finish, continue or pause")
	}
}

// textNotCompiled explains a gate of time that does not know its zone yet.
const textNotCompiled = "was not compiled, so it is not known when it is open"

// decideExcept is the answer of a gate that time opens and closes, next at change.
// While it is closed an exception may open it, but never makes it refuse.
func decideExcept(open bool, change time.Time, except Gate, f Facts) Decision {
	d := Decision{Answer: Open, Next: change}
	switch {
	case open:
		return d
	case except == nil:
		d.Answer = Wait
		return d
	}
	part := evaluate(except, f)
	if part.Answer != Open {
		d.Answer = Wait
	}
	if d.Next.IsZero() || !part.Next.IsZero() && part.Next.Before(d.Next) {
		d.Next = part.Next
	}
	return d
}

// explainExcept adds the exception of a gate that is closed.
func explainExcept(r *Reason, except Gate, f Facts) {
	if except == nil {
		return
	}
	part := explain(except, f)
	if part.Answer == Open {
		r.Text += ", with an exception"
	}
	r.Parts = []Reason{part}
}

// checkExcept and prepareExcept are of an exception what Compile is of a gate in a list.
func checkExcept(p *strict.Problems, except Gate) {
	switch {
	case except == nil:
		return
	case missing(except):
		p.Add("except", nil, "must be a gate")
		return
	case except.Kind() == "":
		p.Add("except", nil, "must have a kind")
		return
	}
	if v, ok := except.(Validator); ok {
		p.Join("except."+except.Kind(), v.Validate())
	}
}

func prepareExcept(except Gate) (Gate, error) {
	preparer, ok := except.(Preparer)
	if !ok {
		return except, nil
	}
	ready, err := preparer.Prepare()
	if err == nil && missing(ready) {
		err = &FieldError{Rule: "must become a gate when it is prepared"}
	}
	var p strict.Problems
	p.Join("except."+except.Kind(), err)
	return ready, p.Err()
}
