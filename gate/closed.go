package gate

import "github.com/seed-20fe5ead/gradatim/internal/strict"

// Closed is what becomes of a rollout that is under way when a gate closes: a window,
// or because a freeze begins. It is asked of gates that a stage needs on all of its way;
// a way back is stopped by none.
type Closed string

// What a rollout does that is under way.
const (
	// Finish goes on to the step that it is on its way to, and waits there. It is the
	// default: the empty Closed means it, too.
	Finish Closed = "finish"
	// Continue goes on: the gate is asked before the stage begins, and never again.
	Continue Closed = "continue"
	// Pause stands still where it is until the gate opens.
	Pause Closed = "pause"
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

// Closer is implemented by gates that declare what becomes of a rollout when they close,
// as [Window] and [Freeze]. A gate made of others that implements it speaks for them.
type Closer interface{ WhenClosed() Closed }

// WhenClosed is what a gate declares. One that declares nothing is Finish; one made of
// others is the strictest of them, Pause before Finish before Continue. What there is
// not is Pause: it is not known what else was meant.
func WhenClosed(g Gate) Closed {
	if missing(g) {
		return Finish
	}
	if c, ok := g.(Closer); ok {
		switch closed := c.WhenClosed(); closed {
		case "", Finish:
			return Finish
		case Continue:
			return Continue
		default:
			return Pause
		}
	}
	c, ok := g.(Composite)
	if !ok || len(c.Parts()) == 0 {
		return Finish
	}
	strictest := Continue
	for _, part := range c.Parts() {
		switch WhenClosed(part) {
		case Pause:
			return Pause
		case Finish:
			strictest = Finish
		}
	}
	return strictest
}

// Check joins what a function has against the gates and those in them, with their paths
// relative to the list: [1].all[0].window. What it says nothing against has its parts
// looked at.
func Check(gates []Gate, check func(Gate) error) error { return checkAll(gates, place, check) }

func checkAll(gates []Gate, path pathOf, check func(Gate) error) error {
	var p strict.Problems
	for i, g := range gates {
		if missing(g) {
			continue
		}
		at := path(i) + "." + g.Kind()
		err := check(g)
		if c, ok := g.(Composite); ok && err == nil {
			err = checkAll(c.Parts(), partsOf(g), check)
		}
		p.Join(at, err)
	}
	return p.Err()
}
