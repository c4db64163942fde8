package health

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Lint says in sentences what the author of a valid policy may not have meant, for the
// traffic of steps that follow one another: how many healthy releases each signal
// without a budget would condemn, how long the others take at the first step at which
// there is something to compare ([Policy.Forecast], for twice stable's rate), and that
// nothing but comparisons watches the candidate. Without steps the traffic is unknown.
func (p *Policy) Lint(steps ...Load) []string {
	var said []string
	for i := range p.Signals {
		switch g := &p.Signals[i]; {
		case g.Advisory:
		case !g.budgeted():
			said = append(said, g.lintAlarm(steps))
		default:
			said = append(said, p.lintForecast(i, steps)...)
		}
	}
	if p.comparesOnly() {
		said = append(said, "Only comparisons watch the candidate: one that breaks what both versions depend on looks no worse than stable. Add an absolute objective.")
	}
	return said
}

// budgeted reports whether the false alarms of the signal are bounded by a budget: its
// evidence may be looked at at any time.
func (g *Signal) budgeted() bool {
	_, ok := g.Judge.(Sequential)
	return ok
}

// guessed says that the budget of a signal is kept approximately only.
func (g *Signal) guessed() string {
	if m, ok := g.Judge.(Measurer); ok && m.Measure().Learn > 0 {
		return " Its budget is kept exactly for independent errors; how much they come together is learned, and approximate."
	}
	return ""
}

// lintForecast says how long a sequential signal takes at the first step that gives it
// anything. The share of stable's requests that is slow is not known.
func (p *Policy) lintForecast(i int, steps []Load) []string {
	g := &p.Signals[i]
	switch g.Judge.(type) {
	case Latency, *Latency:
		return nil
	}
	for _, l := range steps {
		if !g.requests() || l.Candidate <= 0 || l.Stable <= 0 {
			continue
		}
		if f := p.Forecast(i, l, 2); f != (Forecast{}) {
			text := f.String()
			return []string{"Signal " + g.Name + ": a" + text[1:] + g.guessed()}
		}
	}
	return nil
}

func (g *Signal) lintAlarm(steps []Load) string {
	text := fmt.Sprintf("Signal %s has no budget: ", g.Name)
	alarm, known := g.falseAlarm(steps)
	if !known {
		return text + "how often it condemns a healthy release is unknown."
	}
	var (
		watched        time.Duration
		requests, base []float64
	)
	for i := range steps {
		if steps[i].For <= 0 {
			continue
		}
		watched += steps[i].For
		base = append(base, steps[i].Base*100)
		requests = append(requests, g.load(steps[i]).Candidate)
	}
	return text + fmt.Sprintf("at %s requests a minute and %s%% errors on stable it condemns %s of healthy releases within %s.",
		span(requests), span(base), share(alarm), strict.FormatDuration(watched.Round(time.Second)))
}

// falseAlarm is that of the signal's judge, if the traffic is what it judges.
func (g *Signal) falseAlarm(steps []Load) (float64, bool) {
	j, ok := g.Judge.(FalseAlarmer)
	if !ok || g.Mirrored || g.Scope != scopeCandidate && g.Scope != scopeStable && g.Scope != "" {
		return 0, false
	}
	own := make([]Load, len(steps))
	for i, l := range steps {
		own[i] = g.load(l)
	}
	return j.FalseAlarm(g.every(), own...)
}

// load is the traffic where the judge looks for it.
func (g *Signal) load(l Load) Load {
	if g.Scope == scopeStable {
		l.Candidate, l.Stable = l.Stable, 0
	}
	return l
}

// comparesOnly reports whether all that counts of the candidate is how it compares
// with stable.
func (p *Policy) comparesOnly() bool {
	only := false
	for i := range p.Signals {
		g := &p.Signals[i]
		if g.Advisory || g.Scope != scopeCandidate && g.Scope != "" {
			continue
		}
		if !g.compares() {
			return false
		}
		only = true
	}
	return only
}

// span is the smallest and the largest of some numbers.
func span(all []float64) string {
	low, high := all[0], all[0]
	for _, x := range all {
		low, high = min(low, x), max(high, x)
	}
	if low == high {
		return plain(rounded(low, 3))
	}
	return plain(rounded(low, 3)) + " to " + plain(rounded(high, 3))
}

// share is a probability as people say it.
func share(p float64) string {
	switch {
	case p < 1e-5:
		return "fewer than 0.001%"
	case p > 0.995:
		return "more than 99%"
	}
	return plain(rounded(p*100, 2)) + "%"
}
