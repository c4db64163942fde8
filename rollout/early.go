package rollout

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// uncovered are the peaks of a step, of which nothing is covered yet.
func (c *stage) uncovered(step int) []gate.Covered {
	var all []gate.Covered
	for _, p := range c.peaks[step] {
		all = append(all, p.Entry())
	}
	return all
}

// counted reports whether a ledger counts what the gates of its step ask for.
func (c *stage) counted(st *StageState) bool {
	return slices.EqualFunc(st.Ledger.Counts, c.counts[st.Step], func(a, b gate.Count) bool {
		return a.Signal == b.Signal && a.Endpoint == b.Endpoint && a.Need == b.Need
	}) && slices.EqualFunc(st.Ledger.Peaks, c.peaks[st.Step], func(a gate.Covered, b *gate.Peak) bool {
		a.Healthy = 0
		return a == b.Entry()
	})
}

// manyInstances stands for those of a target that has none: more than any gate asks for.
const manyInstances = 1 << 31

// serve notes how many candidate instances serve at the step, and how many of them are
// warm. One that was seen to become ready later than it did is warm later, never earlier.
func (d *decision) serve(i int) {
	st, c := d.stage(i), &d.m.stages[i]
	if st.Phase != Waiting {
		return
	}
	f := split(c, d.m.plan.Release.Version, st, &st.Fleet)
	var ready, warm int64
	switch {
	case !f.Routed && !serving(&f, &f.Candidate):
	case f.Can.Unlimited:
		ready, warm = manyInstances, manyInstances
	default:
		ready = f.Candidate.Ready
		warm = min(ready, settled(st.Settling.Candidate, c.warmUp, d.now))
	}
	if l := &st.Ledger; l.Serving != ready || l.Warm != warm {
		l = d.ledger(i)
		l.Serving, l.Warm = ready, warm
	}
}

// run keeps for how long a signal is healthy at the step: as long as its evidence says,
// less the time in which the rollout stood still. What ends the run of the verdict, be it
// only a doubt, ends this one.
func (d *decision) run(s *gate.Signal, e *health.Evidence) {
	if s.Verdict != health.Healthy || e.Clean.IsZero() {
		s.From, s.Healthy = time.Time{}, 0
	} else {
		if !s.From.Equal(e.Clean) { // another run
			s.From, s.Healthy = e.Clean, 0
		}
		if more := e.Through.Sub(latest(s.Counted, s.From)); more > 0 && !d.stopped() {
			s.Healthy += more
		}
	}
	s.Counted = latest(s.Counted, e.Through)
}

// checkEarly refuses bakes that are to end early at a step where something counts that
// can prove nothing, or nothing can: they never would. At the last step none does, and
// that is not said.
func (c *stage) checkEarly(wrong *strict.Problems, step []gate.Gate, at map[string][]gate.Gate) {
	told := false
	for k := range c.last() {
		why := c.unprovable(k)
		if why == "" {
			continue
		}
		check := func(g gate.Gate) error {
			if b, ok := bakeOf(g); ok && b.Early {
				return &FieldError{Path: "early", Value: "true", Rule: why}
			}
			return nil
		}
		if !told { // the first step says it for all
			err := gate.Check(step, check)
			wrong.Join("gates.step", err)
			told = err != nil
		}
		name := c.ladder.Steps[k].Name
		wrong.Join(fmt.Sprintf("gates.at[%q]", name), gate.Check(at[name], check))
	}
}

// unprovable says why nothing can be proven good enough at a step; empty if it can.
func (c *stage) unprovable(k int) string {
	step, able := &c.ladder.Steps[k], false
	t := planned(step)
	for n := range c.policy.Signals {
		g := &c.policy.Signals[n]
		if g.Advisory || !g.Expected(t) {
			continue
		}
		if !g.Provable() {
			return fmt.Sprintf("can never end early: signal %s counts at step %s and can prove nothing; it needs a judge with a margin or an objective, or to be advisory", g.Name, step.Name)
		}
		able = true
	}
	if !able {
		return "can never end early: at step " + step.Name + " nothing but readiness counts, which proves nothing"
	}
	return ""
}

func bakeOf(g gate.Gate) (gate.Bake, bool) {
	switch b := g.(type) {
	case gate.Bake:
		return b, true
	case *gate.Bake:
		return *b, true
	}
	return gate.Bake{}, false
}
