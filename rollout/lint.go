package rollout

import (
	"fmt"
	"maps"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Lint says what a stage would do in a fleet that its author may not have meant, by
// [strategy.Lint]: what the gates and the signals of the stage wait for is added to
// the needs of the setting. What [health.Policy.Lint] says of the signals follows, for
// the traffic that the setting gives the steps while they bake. A stage that the plan
// does not have has no findings. What the calendar makes of its gates is said by
// [Machine.LintGates].
func (m *Machine) Lint(stage string, s strategy.Setting) []strategy.Finding {
	i := stageIndex(m.plan.Stages, stage)
	if i < 0 {
		return nil
	}
	c := &m.stages[i]
	needs := maps.Clone(s.Requests)
	if needs == nil {
		needs = make(map[string]strategy.Requests, len(c.ladder.Steps))
	}
	for k := range c.ladder.Steps {
		name := c.ladder.Steps[k].Name
		needs[name] = harder(needs[name], c.need(k))
	}
	s.Requests = needs
	findings := append(strategy.Lint(c.ladder, s), c.lintSignals(&s)...)
	for _, text := range c.policy.Lint(c.loads(&s)...) {
		findings = append(findings, strategy.Finding{Rule: strategy.RuleSignals, Text: text})
	}
	return findings
}

// loads is the traffic of the steps while they bake; none if it is not known.
func (c *stage) loads(s *strategy.Setting) []health.Load {
	if !(s.Rate > 0) || !(s.Bad > 0) {
		return nil
	}
	loads := make([]health.Load, 0, len(c.ladder.Steps))
	for k := range c.ladder.Steps {
		step := &c.ladder.Steps[k]
		if len(step.Routes) > 0 { // who matches is not known
			return nil
		}
		share := float64(step.WeightFor(s.Fleet.Desired, s.Fleet.Can)) / float64(strategy.Full)
		loads = append(loads, health.Load{
			Candidate: s.Rate * 60 * share, Stable: s.Rate * 60 * (1 - share), Base: s.Bad, For: baked(c.gates[k], 0),
		})
	}
	return loads
}

// need is what is hardest to get at a step of what the candidate serves there: the
// requests that a gate waits for while the step bakes, or the events without which a
// signal would be missing.
func (c *stage) need(k int) strategy.Requests {
	var need strategy.Requests
	t := planned(&c.ladder.Steps[k])
	for n := range c.policy.Signals {
		if g := &c.policy.Signals[n]; !g.Mirrored && ofCandidate(g) && g.Expected(t) {
			need = harder(need, harder(events(g), c.waited(k, n)))
		}
	}
	return need
}

// waited is the most that the gates of a step wait for of what a signal counts, while
// the step bakes.
func (c *stage) waited(k, signal int) (need strategy.Requests) {
	bake := baked(c.gates[k], 0)
	for _, n := range gate.Wanted(c.gates[k]) {
		if c.countingSignal(n.Signal, planned(&c.ladder.Steps[k])) == signal {
			need = harder(need, strategy.Requests{Min: n.Need, Within: bake})
		}
	}
	return need
}

// events is what a signal needs so that it does not become missing.
func events(g *health.Signal) strategy.Requests {
	j, ok := g.Judge.(health.Sampler)
	if !ok || g.Advisory {
		return strategy.Requests{}
	}
	return strategy.Requests{Min: j.Sample(), Within: g.MaxGap - g.Warming()}
}

// harder is the need that asks for more requests in the same time; one that has all
// the time there is asks for less than any other.
func harder(a, b strategy.Requests) strategy.Requests {
	rate := func(n strategy.Requests) float64 {
		if n.Within <= 0 {
			return 0
		}
		return float64(n.Min) / n.Within.Seconds()
	}
	if rate(b) > rate(a) || rate(b) == rate(a) && b.Min > a.Min {
		return b
	}
	return a
}

// baked is the longest bake among gates after so many earlier successes.
func baked(gates []gate.Gate, earlier int) (longest time.Duration) {
	gate.Walk(gates, func(g gate.Gate) {
		b, ok := bakeOf(g)
		if !ok {
			return
		}
		longest = max(longest, b.Need(earlier))
		if b.Peak != nil { // it takes as long as its hours at least
			longest = max(longest, b.Peak.Need())
		}
	})
	return longest
}

// lintSignals says which signals are never measured, and of which mirrored requests
// there are too few.
func (c *stage) lintSignals(s *strategy.Setting) (findings []strategy.Finding) {
	add := func(step, text string) {
		if text != "" {
			findings = append(findings, strategy.Finding{Step: step, Rule: strategy.RuleRequests, Text: text})
		}
	}
	for n := range c.policy.Signals {
		if g := &c.policy.Signals[n]; !c.ladder.Sticky.IsZero() && ofCandidate(g) && g.On.Degraded == health.Rollback && !g.Advisory && measures(g.Judge) && !measureOf(g.Judge).Users {
			add("", fmt.Sprintf("Signal %s counts requests, and users stay with a version: a few whose every request fails count again and again.", g.Name))
		}
		g, measured := &c.policy.Signals[n], false
		for k := range c.ladder.Steps {
			if step := &c.ladder.Steps[k]; g.Expected(planned(step)) {
				measured = true
				add(step.Name, c.lintCopies(k, n, s))
			}
		}
		switch {
		case measured:
		case g.Scope == "stable":
			add("", fmt.Sprintf("Signal %s is measured at no step: stable never gets the requests that it judges.", g.Name))
		default:
			add("", fmt.Sprintf("Signal %s is measured at no step: the candidate never gets the requests that it judges.", g.Name))
		}
	}
	return findings
}

// lintCopies says that a step mirrors too few requests for a signal, or for a gate that
// counts by it.
func (c *stage) lintCopies(k, signal int, s *strategy.Setting) string {
	g, step := &c.policy.Signals[signal], &c.ladder.Steps[k]
	need, waits := events(g), fmt.Sprintf("signal %s needs", g.Name)
	if gates := c.waited(k, signal); harder(need, gates) != need {
		need, waits = gates, "a gate waits for"
	}
	if !g.Mirrored || !(s.Rate > 0) || need.Within <= 0 {
		return ""
	}
	share := float64(step.Mirror) / float64(strategy.Full) * float64(strategy.Full-step.WeightFor(s.Fleet.Desired, s.Fleet.Can)) / float64(strategy.Full)
	copies := s.Rate * share * need.Within.Seconds()
	if copies >= float64(need.Min) {
		return ""
	}
	return fmt.Sprintf("%g requests a second give %.0f copies in %s, and %s %d.", s.Rate, copies, strict.FormatDuration(need.Within), waits, need.Min)
}
