package rollout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func TestForeignDigestIsNeverRolledOut(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	i := slices.IndexFunc(s.fleets["prod"].versions, func(v rollout.Version) bool { return v.Version == "2.0" })
	s.fleets["prod"].versions[i].Digest = "sha256:other"
	order(rollout.Promote, "now")(s)
	s.until(2, s.told(rollout.EventTrouble, "version 2.0 runs with digest sha256:other, the release has sha256:2"))
	for range 100 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 || s.state.Hold == nil {
		t.Errorf("it went on: %s", s.trace.String())
	}
}

// TestEndWaitsForAHold: the rollout does not end while somebody is asked about a
// stage that still serves the release.
func TestEndWaitsForAHold(t *testing.T) {
	p := stagesPlan()
	p.OnFailure.Rollback = rollout.RollbackStage
	p.Stages[1].Needs = nil
	p.Stages[1].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
	p.Health.Signals[0].On.Degraded = health.Hold
	s := newSim(t, p)
	s.until(60, s.phase(0, rollout.Done))
	s.until(60, s.phase(1, rollout.Waiting))
	s.orders = []rollout.Command{{ID: "b", Kind: rollout.RollBack, Stage: "prod"}}
	s.step()
	s.errRate = 0.5
	s.until(10, func() bool { return s.state.Hold != nil })
	for range 20 {
		s.step()
	}
	if s.last.Done || s.state.Hold == nil {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

// TestDependentsGoBackToo: a stage that climbs on top of one that fails does not go
// on.
func TestDependentsGoBackToo(t *testing.T) {
	p := stagesPlan()
	p.OnFailure.Rollback = rollout.RollbackStage
	s := newSim(t, p)
	s.until(60, s.phase(1, rollout.Waiting))
	s.errRate = 0.05
	s.until(60, func() bool { return s.last.Done })
	for i := range s.state.Stages {
		if s.state.Stages[i].Phase != rollout.Back {
			t.Errorf("stage %d is %s\n%s", i, s.state.Stages[i].Phase, s.trace.String())
		}
	}
}

func TestStableLostOnTheWayBack(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(90, s.told(rollout.EventReached, "50%"))
	order(rollout.RollBack, "")(s)
	s.step()
	s.fleets["prod"].versions[0].Ready = 0
	in := s.input()
	s.decide(in)
	if h := s.state.Hold; h == nil || h.Cause != rollout.CauseStable {
		t.Fatalf("%+v\n%s", h, s.trace.String())
	}
	if w := s.state.Want[0].Allocation; w.Candidate.Weight != strategy.Full {
		t.Errorf("nobody serves: %+v", w)
	}
	s.now = s.now.Add(time.Second)
	s.until(60, func() bool { return s.last.Done }) // stable comes back, and the way goes on
}

// TestNoStageBeginsWhileOneGoesBack: a failure stops what was not begun.
func TestNoStageBeginsWhileOneGoesBack(t *testing.T) {
	p := stagesPlan()
	p.OnFailure.Rollback = rollout.RollbackStage
	p.Stages[1].Needs = nil
	p.Stages[1].Gates.Entry = []gate.Gate{says{"window"}}
	s := newSim(t, p)
	s.until(20, s.phase(0, rollout.Waiting))
	order(rollout.RollBack, "")(s)
	s.step()
	s.facts = []gate.Vouched{{Name: "window", Value: "open"}}
	s.until(60, func() bool { return s.last.Done })
	if s.state.Stages[1].Phase != rollout.Pending {
		t.Errorf("prod is %s", s.state.Stages[1].Phase)
	}
}

// TestForeignDigestGoesBack: what runs under the name of the candidate and is not the
// release goes nowhere but down.
func TestForeignDigestGoesBack(t *testing.T) {
	broken := func(t *testing.T) *sim {
		s := newSim(t, half(gate.Bake{For: time.Hour}))
		s.until(10, s.phase(0, rollout.Waiting))
		s.fleets["prod"].version("2.0").Digest = "sha256:other"
		return s
	}
	for name, act := range map[string]func(*sim){
		"ordered": func(s *sim) { s.give(rollout.RollBack, "") },
		"harmful": func(s *sim) { s.errRate = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			s := broken(t)
			s.step()
			act(s)
			s.until(60, func() bool { return s.last.Done })
			if w := s.state.Want[0].Allocation; s.state.Outcome != rollout.WentBack || w.Candidate != (strategy.Share{}) {
				t.Errorf("%s: %+v", s.sum(), w)
			}
		})
	}
	s := broken(t)
	s.until(90, func() bool { return s.state.Hold != nil })
	if s.state.Hold.Cause != rollout.CauseMismatch || s.state.Want[0].Allocation.Candidate.Weight != 5000 {
		t.Errorf("%+v", s.state.Hold)
	}
	s.give(rollout.RollBack, "")
	s.until(60, func() bool { return s.last.Done })
	s.give(rollout.Retry, "") // and nothing begins with it either
	s.fleets["prod"].version("2.0").Instances = 1
	for range 5 {
		if s.step(); s.state.Stages[0].Phase != rollout.Pending {
			t.Fatalf("%s", s.trace.String())
		}
	}
}

// TestWhatNeedsItStops: a stage that goes back stops what needs it, also through a
// stage that is done; and in the end it is told who serves what.
func TestWhatNeedsItStops(t *testing.T) {
	s := newSim(t, chain(half(gate.Bake{For: 3 * time.Second}), "a", "b", "c"))
	s.until(100, s.phase(2, rollout.Waiting))
	s.give(rollout.RollBack, "a")
	s.step()
	if p := s.state.Stages[2].Phase; p != rollout.RollingBack {
		t.Errorf("c is %s", p)
	}
	s.until(30, s.told(rollout.EventRolledBack, "release checkout 2.0 is rolled back in a, c, and still serves b"))
}

// TestWayBackThatCannotEnd: a hold on the way back says that stable has no room.
func TestWayBackThatCannotEnd(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(20, s.told(rollout.EventReached, "50%"))
	order(rollout.RollBack, "")(s)
	s.fleets["prod"].can.Quota, s.fleets["prod"].desired = 11, 20
	s.until(120, s.told(rollout.EventHold, "the way back of stage prod made no progress for 1m: the step runs 20 instances, and the quota is 11: awaits an order to resume"))
}
