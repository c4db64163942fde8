package gate

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// textNotCompiled explains a gate of time that does not know its zone yet.
const textNotCompiled = "was not compiled, so it is not known when it is open"

// decideExcept is the answer of a gate that time opens and closes, next at change.
// While it is closed an exception may open it, but never makes it refuse.
func decideExcept(open bool, change time.Time, except Gate, f *Facts) Decision {
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
	d.Next = earlier(d.Next, part.Next)
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

// exceptions is an exception as [Composite] has it.
func exceptions(except Gate) []Gate {
	if except == nil {
		return nil
	}
	return []Gate{except}
}

// exception is the other way round.
func exception(parts []Gate) Gate {
	if len(parts) == 0 {
		return nil
	}
	return parts[0]
}

// checkExcept refuses an exception that an approval of the step as such would open: it
// must say what it is for.
func checkExcept(p *strict.Problems, except Gate) {
	left := maxTotal // more are refused anyway, and it may be in itself
	walkSome(except, &left, func(g Gate) {
		a, ok := g.(Approval)
		if q, pointer := g.(*Approval); pointer {
			a, ok = *q, true
		}
		if ok && a.For == "" {
			p.Add("except", nil, "must say what it approves, in for: otherwise who approves the step lifts it, too")
		}
	})
}
