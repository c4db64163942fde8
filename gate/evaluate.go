package gate

import "time"

// evaluate asks a gate that somebody else may have written, and takes nothing
// from it that could open another gate or make the caller look again at once.
func evaluate(g Gate, f *Facts) Decision {
	switch g := g.(type) { // these need no view of their own
	case nil:
		return Decision{Answer: Wait}
	case All:
		return atLeast(len(g), g, f)
	case Any:
		return atLeast(1, g, f)
	case AtLeast:
		return atLeast(g.need(), g.Of, f)
	case Named:
		return evaluate(g.Gate, f)
	case Bake:
		return g.decide(f)
	case Requests:
		return g.decide(f)
	case Healthy:
		return g.decide(f)
	case Fact:
		return g.decide(f)
	case Approval:
		return g.decide(f)
	case *window:
		return g.decide(f)
	case *freeze:
		return g.decide(f)
	}
	if missing(g) {
		return Decision{Answer: Wait}
	}
	d := g.Evaluate(*f)
	if d.Answer > Refuse {
		d.Answer = Wait
	}
	if !d.Next.IsZero() && !d.Next.After(f.now) {
		d.Next = time.Time{}
	}
	return d
}

// explain asks for the words; what was decided is said by evaluate.
func explain(g Gate, f Facts) Reason {
	if missing(g) {
		return Reason{Text: "there is no gate"}
	}
	r, d := g.Explain(f), evaluate(g, &f)
	r.Kind, r.Answer, r.At = g.Kind(), d.Answer, d.Next
	return r
}

// Waived is the decision of gates whose waiting an operator has waived: what is left of
// them is what no waiver opens ([Binder]). A gate made of others is waived if none of
// them binds; of [All] the parts are waived one by one.
func Waived(gates []Gate, f Facts) Decision {
	all := Decision{Answer: Open}
	for _, g := range gates {
		if !binds(g) {
			continue
		}
		d := evaluate(g, &f)
		switch parts := g.(type) {
		case All:
			d = Waived(parts, f)
		case *All:
			d = Waived(*parts, f)
		case Named:
			d = Waived(parts.Parts(), f)
		case *Named:
			d = Waived(parts.Parts(), f)
		}
		all.Next = earlier(all.Next, d.Next)
		if d.Answer == Refuse || d.Answer == Wait && all.Answer == Open {
			all.Answer = d.Answer
		}
	}
	return all
}

// binds reports whether a gate, or one in it, is opened by no waiver.
func binds(g Gate) bool {
	bound := false
	walk(g, func(g Gate) {
		b, ok := g.(Binder)
		bound = bound || ok && b.Binds()
	})
	return bound
}

// maxOpening bounds for how many changes [Opening] looks ahead: years of windows.
const maxOpening = 2_000

// Opening is when a gate opens if nothing but time goes on: now, if it is open. It is
// false if time alone does not open it, as far as can be seen.
func Opening(g Gate, f Facts) (time.Time, bool) {
	for range maxOpening {
		d := evaluate(g, &f)
		if d.Answer == Open {
			return f.now, true
		}
		if d.Next.IsZero() {
			break
		}
		f = f.at(d.Next)
	}
	return time.Time{}, false
}

// earlier is the earlier of two instants, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
