package gate

import (
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// All is open if every part is. It refuses if any part refuses, and waits
// otherwise. A part that is nil, or gives an answer that there is not, waits.
//
// An empty All is open: nothing is missing. So the gates of a step can be asked as
// All(gates), and a step without gates is passed. Written into a plan, an empty
// list is more likely forgotten than meant: Validate refuses it.
//
// Its Next, as that of [Any] and [AtLeast], is the earliest Next of any part, whatever
// that part answers: an open part may close, a waiting one refuse. Sometimes nothing
// comes of it then, and there is a later one, or none.
type All []Gate

// Kind is "all".
func (All) Kind() string { return kindAll }

// Evaluate asks every part.
func (a All) Evaluate(f Facts) Decision { return atLeast(len(a), a, &f) }

// Explain has every part, in order.
func (a All) Explain(f Facts) Reason {
	r := explainParts(a.Kind(), a, f, a.Evaluate(f))
	r.Unit, r.Need = "gates", int64(len(a))
	return r
}

// Validate implements [Validator].
func (a All) Validate() error { return atLeastOne(len(a)) }

// Parts and With implement [Composite].
func (a All) Parts() []Gate      { return a }
func (a All) With(p []Gate) Gate { return All(p) }

// Any is open if at least one part is. It refuses if every part does, and waits
// otherwise. An empty Any can never open, and refuses.
type Any []Gate

// Kind is "any".
func (Any) Kind() string { return kindAny }

// Evaluate asks every part.
func (a Any) Evaluate(f Facts) Decision { return atLeast(1, a, &f) }

// Explain has every part, in order.
func (a Any) Explain(f Facts) Reason {
	r := explainParts(a.Kind(), a, f, a.Evaluate(f))
	r.Unit, r.Need = "gates", 1
	return r
}

// Validate implements [Validator].
func (a Any) Validate() error { return atLeastOne(len(a)) }

// Parts and With implement [Composite].
func (a Any) Parts() []Gate      { return a }
func (a Any) With(p []Gate) Gate { return Any(p) }

// AtLeast is open if so many parts are. It refuses if so many parts refuse that the
// rest is too few, and waits otherwise.
type AtLeast struct {
	// N is how many: from 1 to the number of parts. Any is AtLeast with one, All with
	// all of them.
	N  int    `json:"n"`
	Of []Gate `json:"of"`
}

// Kind is "atLeast".
func (AtLeast) Kind() string { return kindAtLeast }

// Evaluate asks every part.
func (a AtLeast) Evaluate(f Facts) Decision { return atLeast(a.need(), a.Of, &f) }

// need is N, but never nothing: what Validate refuses opens no gate.
func (a AtLeast) need() int { return max(a.N, 1) }

// Explain has every part, in order.
func (a AtLeast) Explain(f Facts) Reason {
	r := explainParts(a.Kind(), a.Of, f, a.Evaluate(f))
	r.Unit, r.Need = "gates", int64(a.need())
	return r
}

// Validate implements [Validator].
func (a AtLeast) Validate() error {
	if a.N < 1 || a.N > len(a.Of) {
		var p strict.Problems
		p.Add("n", a.N, "must be from 1 to the number of gates, "+strconv.Itoa(len(a.Of)))
		return p.Err()
	}
	return nil
}

// Parts and With implement [Composite].
func (a AtLeast) Parts() []Gate { return a.Of }

// With implements [Composite].
func (a AtLeast) With(p []Gate) Gate { return AtLeast{a.N, p} }

// atLeast is the one rule of all lists: so many of the gates must be open. With Refuse
// as false, Wait as unknown and Open as true it is Kleene's logic: All is its and, Any
// its or.
func atLeast(need int, gates []Gate, f *Facts) Decision {
	open, refuse, next := 0, 0, time.Time{}
	for _, g := range gates {
		part := evaluate(g, f)
		switch part.Answer {
		case Open:
			open++
		case Refuse:
			refuse++
		}
		if !part.Next.IsZero() && (next.IsZero() || part.Next.Before(next)) {
			next = part.Next
		}
	}
	switch {
	case open >= need:
		return Decision{Open, next}
	case len(gates)-refuse < need:
		return Decision{Refuse, next}
	}
	return Decision{Wait, next}
}

// explainParts explains a gate made of others; Have is how many of them are open.
func explainParts(kind string, gates []Gate, f Facts, d Decision) Reason {
	r := Reason{Kind: kind, Answer: d.Answer, At: d.Next}
	for _, g := range gates {
		part := explain(g, f)
		if part.Answer == Open {
			r.Have++
		}
		r.Parts = append(r.Parts, part)
	}
	return r
}

func atLeastOne(n int) error {
	if n == 0 {
		return &FieldError{Value: "[]", Rule: "must have at least one gate"}
	}
	return nil
}
