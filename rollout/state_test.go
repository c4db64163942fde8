package rollout_test

import (
	"math"
	"testing"
	"time"

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

// TestOddStatesOfGates: so is what a stage remembers that stands still, with votes, peaks
// and counts.
func TestOddStatesOfGates(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	for _, phase := range []rollout.Phase{rollout.Moving, rollout.Waiting} {
		peak := &gate.Peak{Hours: gate.Hours{Days: gate.EveryDay, From: 9 * time.Hour, To: 10 * time.Hour}}
		p := half(gate.Bake{For: time.Minute, Peak: peak}, gate.Requests{Min: 7}, gate.Approval{Count: 2, Lasts: time.Hour})
		p.Stages[0].Gates.During = []gate.Gate{shut{Fact: "calendar", When: gate.Pause, Bound: true}}
		s := newSim(t, p)
		s.until(9, s.phase(0, phase))
		s.decideOn(by("ann", rollout.Approve, "50%", func(c *rollout.Command) { c.Until = s.now.Add(time.Hour) }))
		order(rollout.Promote, "")(s)
		s.say("shut")
		s.steps(2)
		s.now = s.now.Add(-time.Minute)
		s.steps(2)
		if st := &s.state.Stages[0]; st.Phase != phase || !stands(st) || len(st.Ledger.Votes) != 1 || st.Waived == "" {
			t.Fatal(s.sum())
		}
		oddStates(t, s)
	}
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
		"attempt":             func(s *rollout.State) { s.Attempt = 0 },
		"log":                 func(s *rollout.State) { s.Stages[0].Evidence[0].Log = []float64{math.Inf(1)} },
		"best":                func(s *rollout.State) { s.Stages[0].Best = -1 },
		"ready":               func(s *rollout.State) { s.Stages[0].Ready = -1 },
		"sized":               func(s *rollout.State) { s.Stages[0].Sized = -1 },
		"still":               func(s *rollout.State) { s.Stages[0].Still.Candidate.Weight = strategy.Full + 1 },
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
