package rollout_test

import (
	"math"
	"testing"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestOddStates: a state in which anything is replaced by something odd is refused, or
// decided on without a panic and without becoming unreadable.
func TestOddStates(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(9, s.phase(0, rollout.Waiting))
	s.step()
	s.errRate, s.fleets["prod"].err = 1, "gone"
	order(rollout.Pause, "")(s)
	s.step()
	hold := rollout.Hold{Since: s.now, Stage: "prod", Cause: rollout.CauseMissing, Reason: "x"}
	s.state.Hold = &hold
	oddStates(t, s)

	s = newSim(t, canaryPlan()) // about to end
	s.until(9, s.phase(0, rollout.Waiting))
	order(rollout.RollBack, "")(s)
	s.until(9, s.phase(0, rollout.RollingBack))
	s.fleets["prod"].versions = []rollout.Version{{Version: "1.0", Instances: 10, Ready: 10, Weight: strategy.Full}}
	s.state.Hold = &hold
	oddStates(t, s)
}

// TestStatesThatAreRefused: each is a state with one thing in it that cannot be.
func TestStatesThatAreRefused(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(9, s.phase(0, rollout.Waiting))
	for name, bend := range map[string]func(*rollout.State){
		"hold of no stage":    func(s *rollout.State) { s.Hold = &rollout.Hold{Stage: "nowhere", Cause: rollout.CauseMissing} },
		"hold for no cause":   func(s *rollout.State) { s.Hold = &rollout.Hold{Stage: "prod", Cause: "?"} },
		"outcome":             func(s *rollout.State) { s.Outcome = "?" },
		"want of no stage":    func(s *rollout.State) { s.Want = []rollout.Want{{Stage: "nowhere"}} },
		"verdict":             func(s *rollout.State) { s.Stages[0].Evidence[0].Verdict = "?" },
		"fleet":               func(s *rollout.State) { s.Stages[0].Fleet.Desired = -1 },
		"votes":               func(s *rollout.State) { s.Stages[0].Ledger.Votes = make([]gate.Vote, 101) },
		"elsewhere":           func(s *rollout.State) { s.Stages[0].Elsewhere = make([]rollout.Span, 101) },
		"epoch":               func(s *rollout.State) { s.Stages[0].Epoch = math.MaxUint64 },
		"another one's count": func(s *rollout.State) { s.Stages[0].Ledger.Counts[0].Signal = "?" },
	} {
		state := roundTrip(t, s.state)
		if err := s.m.Check(state); err != nil {
			t.Fatal(err)
		}
		bend(&state)
		if s.m.Check(state) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
