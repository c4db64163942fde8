package gate

import (
	"math"

	"github.com/seed-20fe5ead/gradatim/health"
)

// nominal is a rate of requests a minute: how many a proof takes follows from how they
// are shared, and not from it.
const nominal = 1e6

// forecast is a Requests whose number was computed. It is never written.
type forecast struct {
	Requests        // without Base: all that is left to do is to count
	takes    string // whose number it is, in words; empty if it is Min
}

// Place implements [Placer]: with Base it computes how many requests are needed there.
func (r Requests) Place(p Place) (Gate, error) {
	if r.Base == 0 {
		return r, nil
	}
	f, rule := r.forecast(p)
	if rule != "" {
		return nil, &FieldError{Path: "base", Value: r.Base.String(), Rule: rule}
	}
	placed := &forecast{Requests: r}
	placed.Base = 0
	if n := math.Ceil(f.Requests); n > float64(r.need()) {
		placed.Min, placed.takes = int64(n), "as many as "+f.Limit()+" takes"
	}
	return placed, nil
}

// Place changes nothing any more.
func (r *forecast) Place(Place) (Gate, error) { return r, nil }

// Explain says why it is so many, too.
func (r *forecast) Explain(f Facts) Reason {
	reason := r.Requests.Explain(f)
	if r.takes != "" {
		if reason.Text == "" {
			reason.Text = "on the candidate"
		}
		reason.Text += ", " + r.takes
	}
	return reason
}

// forecast is that of the signal that is named, or of the first that has a margin; or the
// rule that is broken if there is none, or it proves nothing.
func (r Requests) forecast(p Place) (f health.Forecast, rule string) {
	if p.Policy == nil {
		return f, "needs a signal that has a margin, and there is no policy"
	}
	for i := range p.Policy.Signals {
		g := &p.Policy.Signals[i]
		switch {
		case r.Signal == "" && (g.Advisory || !servedTo(g)), r.Signal != "" && r.Signal != g.Name:
			continue
		case !servedTo(g):
			return f, "needs a signal of the requests that the candidate serves, and " + g.Name + " is none"
		}
		shared := p.Share > 0 && p.Share < 1
		load := health.Load{Candidate: nominal, Stable: nominal, Base: float64(r.Base)}
		if shared {
			load.Candidate, load.Stable = nominal*p.Share, nominal*(1-p.Share)
		}
		f = p.Policy.Forecast(i, load, 1)
		switch {
		case f.Limit() == "":
			continue
		case !shared && compares(g):
			return f, "needs a step at which candidate and stable share the requests: signal " + g.Name + " compares them"
		case !(f.Requests > 0):
			return f, "must be lower: signal " + g.Name + " would never find " + f.Limit()
		}
		return f, ""
	}
	if r.Signal != "" {
		return f, "needs a margin of signal " + r.Signal + ", such as compare: {margin: 1.5}"
	}
	return f, "needs a signal that has a margin, such as compare: {margin: 1.5}"
}

// servedTo reports whether a signal is about requests that the candidate serves to
// somebody: not about copies, nor about anything else.
func servedTo(g *health.Signal) bool {
	return !g.Mirrored && (g.Scope == "" || g.Scope == "candidate")
}

func compares(g *health.Signal) bool {
	m, ok := g.Judge.(health.Measurer)
	return ok && m.Measure().Compare
}
