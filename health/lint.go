package health

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Lint says in sentences what the author of a valid policy may not have meant, for the
// traffic of steps that follow one another: how many healthy releases each signal
// without a budget would condemn, and that nothing but comparisons watches the
// candidate. Without steps the traffic is unknown.
func (p *Policy) Lint(steps ...Load) []string {
	var said []string
	for i := range p.Signals {
		if g := &p.Signals[i]; !g.Advisory && !g.budgeted() {
			said = append(said, g.lintAlarm(steps))
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
	_, ok := g.Judge.(interface {
		LogE(e *Evidence) (harm, proof float64)
	})
	return ok
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
