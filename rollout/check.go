package rollout

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// ErrPlan is returned for a state that belongs to another plan.
var ErrPlan = errors.New("rollout: the state belongs to another plan")

// Check reports whether a state may be given to Decide: it is not started, or it
// was made by this very plan and has its shape.
func (m *Machine) Check(s State) error {
	switch {
	case s.Plan == "":
		return nil
	case s.Plan != m.digest:
		return fmt.Errorf("%w: %s, not %s", ErrPlan, s.Plan, m.digest)
	case len(s.Stages) != len(m.stages):
		return fmt.Errorf("%w: it has %d stages, not %d", ErrPlan, len(s.Stages), len(m.stages))
	}
	for i := range s.Stages {
		st, c := &s.Stages[i], &m.stages[i]
		if !c.fits(st) {
			return fmt.Errorf("%w: stage %s does not have its shape", ErrPlan, c.Name)
		}
	}
	if what := m.odd(&s); what != "" {
		return fmt.Errorf("%w: its %s cannot be", ErrPlan, what)
	}
	return nil
}

// odd names what a state says of the rollout as a whole that cannot be; empty if it
// all can.
func (m *Machine) odd(s *State) string {
	there := func(stage string) bool { return stageIndex(m.plan.Stages, stage) >= 0 }
	switch {
	case !known(s.Outcome, outcomeRunning, Completed, WentBack):
		return "outcome"
	case s.Attempt < 1 || s.Attempt > maxCount:
		return "attempt"
	case !sane(s.Clock) || !sane(s.Started) || !sane(s.Paused):
		return "clock"
	case s.Hold != nil && !(there(s.Hold.Stage) && known(s.Hold.Cause, CauseDegraded, CauseMissing, CauseDeadline, CauseRefused, CauseInfeasible, CauseMismatch, CauseIrreversible, CauseStable)):
		return "hold"
	}
	for i := range s.Want {
		if !there(s.Want[i].Stage) {
			return "want"
		}
	}
	return ""
}

// fits reports whether a stage's state has the shape of its plan.
func (c *stage) fits(st *StageState) bool {
	if st.Step < 0 || st.Step > c.last() || max(st.Epoch, st.Follows) > 3*maxEpoch || len(st.Ledger.Votes) > maxVotes {
		return false
	}
	switch st.Phase {
	case Pending:
		return true
	case Moving, Waiting, Done, RollingBack, Back:
		signals := len(c.policy.Signals) + 1
		return len(st.Evidence) == signals && len(st.Ledger.Signals) == signals && c.counted(st) && counts(st.Ledger.Serving, st.Ledger.Warm) &&
			st.Fleet.Err == "" && st.Fleet.Check() == nil && counts(st.Best, st.Ready, st.Sized) && len(st.Elsewhere) <= maxSpans && possibly(&st.Still) &&
			marks(st.Settling.Stable) && marks(st.Settling.Candidate) && marks(st.Settling.Leftover) &&
			!slices.ContainsFunc(st.Evidence, strange) && c.sound(st.Evidence)
	default:
		return false
	}
}

func counts(all ...int64) bool {
	for _, n := range all {
		if n < 0 {
			return false
		}
	}
	return true
}

func possibly(a *strategy.Allocation) bool {
	share := func(s strategy.Share) bool {
		return 0 <= s.Instances && s.Instances <= 4*maxCount && 0 <= s.Weight && s.Weight <= strategy.Full
	}
	return share(a.Stable) && share(a.Candidate) && share(a.Leftover)
}

func marks(all []Mark) bool {
	return !slices.ContainsFunc(all, func(m Mark) bool { return m.Count < 0 })
}

// sound reports whether the evidence may be that of the stage's signals.
func (c *stage) sound(ev []health.Evidence) bool {
	for k := range c.policy.Signals {
		if !c.policy.Signals[k].Sound(&ev[k]) {
			return false
		}
	}
	return true
}

// strange reports whether evidence has a verdict that nobody knows.
func strange(e health.Evidence) bool {
	return !known(e.Verdict, "", health.Healthy, health.Degraded, health.Inconclusive, health.NoData, health.Error, health.Cancelled)
}
