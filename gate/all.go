package gate

import "time"

// All is open if every part is. It refuses if any part refuses, and waits
// otherwise. A part that is nil, or gives an answer that there is not, waits.
//
// An empty All is open: nothing is missing. So the gates of a step can be asked as
// All(gates), and a step without gates is passed. Written into a plan, an empty
// list is more likely forgotten than meant: Validate refuses it.
//
// Its Next is the earliest Next of any part, whatever that part answers: an open
// part may close, a waiting one refuse. Sometimes nothing comes of it then, and
// there is a later one.
type All []Gate

// Kind is "all".
func (All) Kind() string { return "all" }

// Evaluate asks every part.
func (a All) Evaluate(f Facts) Decision {
	all := Decision{Answer: Open}
	for _, g := range a {
		part := evaluate(g, f)
		switch {
		case part.Answer == Refuse:
			all.Answer = Refuse
		case part.Answer == Wait && all.Answer == Open:
			all.Answer = Wait
		}
		if all.Next.IsZero() || !part.Next.IsZero() && part.Next.Before(all.Next) {
			all.Next = part.Next
		}
	}
	return all
}

// Explain has every part, in order.
func (a All) Explain(f Facts) Reason {
	d := a.Evaluate(f)
	r := Reason{Kind: a.Kind(), Answer: d.Answer, At: d.Next, Unit: "gates", Need: int64(len(a))}
	for _, g := range a {
		part := explain(g, f)
		if part.Answer == Open {
			r.Have++
		}
		r.Parts = append(r.Parts, part)
	}
	return r
}

// Validate implements [Validator]: of all parts, to a depth of 16.
func (a All) Validate() error {
	left := maxTotal
	return a.validate(1, &left)
}

func (a All) validate(depth int, left *int) error {
	if len(a) == 0 {
		return &FieldError{Value: "[]", Rule: "must have at least one gate"}
	}
	return validate(a, depth, left)
}

// Prepare implements [Preparer]; the result is a new All.
func (a All) Prepare() (Gate, error) {
	parts, err := prepare(a)
	if err != nil {
		return nil, err
	}
	return All(parts), nil
}

// Counts implements [Counter].
func (a All) Counts() []Count { return Wanted(a) }

// Watches implements [Watcher].
func (a All) Watches() []string { return Watched(a) }

// evaluate asks a gate that somebody else may have written, and takes nothing
// from it that could open another gate or make the caller look again at once.
func evaluate(g Gate, f Facts) Decision {
	if g == nil {
		return Decision{Answer: Wait}
	}
	d := g.Evaluate(f)
	if d.Answer > Refuse {
		d.Answer = Wait
	}
	if !d.Next.After(f.Now()) {
		d.Next = time.Time{}
	}
	return d
}

// explain asks for the words; what was decided is said by evaluate.
func explain(g Gate, f Facts) Reason {
	if g == nil {
		return Reason{Text: "there is no gate"}
	}
	r, d := g.Explain(f), evaluate(g, f)
	r.Kind, r.Answer, r.At = g.Kind(), d.Answer, d.Next
	return r
}
