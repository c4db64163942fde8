package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// hotfixed is a rollout of two stages: the first was done, and is served by a hotfix
// since, perhaps because it was degraded; the second waits.
func hotfixed(t *testing.T, degraded bool) *sim {
	p := half(gate.Bake{For: 10 * time.Second})
	p.Health.Signals[0].On.Degraded = health.Hold
	us := p.Stages[0]
	us.Name, us.Needs = "us", []string{"prod"}
	us.Gates.Step = []gate.Gate{gate.Bake{For: 10 * time.Minute}}
	p.Stages = append(p.Stages, us)
	s := newSim(t, p)
	s.until(100, s.phase(1, rollout.Waiting))
	if degraded {
		s.errRate = 1
		s.until(10, func() bool { return s.state.Stages[0].Evidence[0].Verdict == health.Degraded })
		s.errRate = 0
	}
	f := s.fleets["prod"]
	f.versions = []rollout.Version{{Version: "3.0", Instances: 10, Ready: 10, Weight: strategy.Full}}
	f.fence = rollout.Fence{Epoch: 7, Seq: 1}
	return s
}

// TestHotfixOfAStageThatIsDone is not judged, and does not stop the other stages.
func TestHotfixOfAStageThatIsDone(t *testing.T) {
	s := hotfixed(t, false)
	s.until(1500, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed || strings.Contains(s.trace.String(), "hold") {
		t.Error(s.trace.String())
	}
}

// TestHotfixStays when the rollout goes back, or is retried, and goes only when an
// order names its stage.
func TestHotfixStays(t *testing.T) {
	for _, kind := range []rollout.CommandKind{rollout.RollBack, rollout.Retry} {
		s := hotfixed(t, kind == rollout.Retry)
		s.step()
		s.give(kind, "")
		for range 60 {
			s.step()
		}
		if v := s.fleets["prod"].version("3.0"); v == nil || v.Weight != strategy.Full || s.state.Stages[0].Phase != rollout.Done {
			t.Errorf("after %s:\n%s", kind, s.trace.String())
		}
		if kind == rollout.RollBack && s.state.Outcome != rollout.WentBack {
			t.Errorf("it does not end:\n%s", s.trace.String())
		}
	}
	s := hotfixed(t, false)
	s.step()
	s.give(rollout.RollBack, "prod")
	s.until(60, func() bool { return s.state.Stages[0].Phase == rollout.Back })
	s.told("resumed", "stage prod takes its target back from a later rollout")
}

// TestLostTargetIsNotWaived: no order to promote is offered, or obeyed, for a stage
// whose target follows a later rollout.
func TestLostTargetIsNotWaived(t *testing.T) {
	s := newSim(t, half(gate.Bake{For: time.Hour}))
	s.until(10, s.phase(0, rollout.Waiting))
	s.fleets["prod"].fence = rollout.Fence{Epoch: 7, Seq: 1}
	s.until(200, func() bool { return s.state.Hold != nil })
	s.give(rollout.Promote, "prod")
	s.until(1, s.told(rollout.EventRefused, "the target follows a later rollout"))
	if strings.Contains(s.trace.String(), "promote,") {
		t.Error(s.trace.String())
	}
}

// TestOrderAboutOneStage leaves the hold of another.
func TestOrderAboutOneStage(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	limited(&p, 2, 10, time.Second)
	p.Health.Signals[0].On.Degraded = health.Hold
	other := p.Stages[0]
	other.Name = "other"
	p.Stages = append(p.Stages, other)
	s := newSim(t, p)
	s.until(20, func() bool { return s.phase(0, rollout.Waiting)() && s.phase(1, rollout.Waiting)() })
	s.give(rollout.RollBack, "prod")
	s.fleets["prod"].fence = rollout.Fence{Epoch: 17, Seq: 1}
	s.step()
	s.errRate = 1
	s.until(9, func() bool { return s.state.Hold != nil })
	s.give(rollout.RollBack, "prod")
	s.until(30, func() bool { return s.state.Stages[0].Phase == rollout.Back })
	if h := s.state.Hold; h == nil || h.Stage != "other" {
		t.Errorf("hold %v\n%s", h, s.trace.String())
	}
}

func TestLaterRolloutTakesTheTarget(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	s.fleets["prod"].fence = rollout.Fence{Epoch: 9, Seq: 1}
	s.until(1, s.told(rollout.EventTrouble, "the target follows a later rollout: its epoch is 9, this one's 1"))
	for range 100 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 {
		t.Error("it went on")
	}
}

func TestEpochIsAboveWhatTheTargetSaw(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.fleets["prod"].fence = rollout.Fence{Epoch: 41, Seq: 7}
	s.step()
	if w := s.state.Want[0]; w.Fence.Epoch != 42 {
		t.Errorf("the fence is %v", w.Fence)
	}
}

// TestEpochsAreOfTargets: what another target has seen does not raise the fence of
// this one, nor hide that a later rollout took it.
func TestEpochsAreOfTargets(t *testing.T) {
	s := newSim(t, stagesPlan())
	s.fleets["prod"].fence = rollout.Fence{Epoch: 8}
	s.until(60, s.phase(0, rollout.Waiting))
	s.fleets["staging"].fence = rollout.Fence{Epoch: 5, Seq: 1}
	s.until(60, s.told(rollout.EventTrouble, "its epoch is 5, this one's 1"))
	if e := s.state.Want[0].Fence.Epoch; e != 1 {
		t.Errorf("the epoch is %d", e)
	}
}

// TestRetryTakesTheTargetBack: a target that followed another rollout follows the new
// attempt, in the call of the order.
func TestRetryTakesTheTargetBack(t *testing.T) {
	s := newSim(t, half(gate.Bake{For: time.Hour}))
	s.until(10, s.phase(0, rollout.Waiting))
	s.step()
	s.fleets["prod"].fence = rollout.Fence{Epoch: s.state.Stages[0].Epoch + 3, Seq: 1}
	s.until(100, func() bool { return s.state.Hold != nil })
	s.give(rollout.Retry, "")
	s.until(10, s.phase(0, rollout.Waiting))
}

// TestRollbackTakesTheTargetBack: so does an ordered rollback, also of a stage that is
// on its way back already.
func TestRollbackTakesTheTargetBack(t *testing.T) {
	for _, failed := range []bool{false, true} {
		for _, stage := range []string{"", "prod"} {
			s := newSim(t, half(gate.Bake{For: time.Hour}))
			s.until(10, s.phase(0, rollout.Waiting))
			if failed {
				s.errRate = 1
				s.until(10, func() bool { return s.state.RolledBack })
			}
			s.fleets["prod"].fence = rollout.Fence{Epoch: 7, Seq: 1}
			s.until(100, s.told(rollout.EventHold, "or roll back"))
			s.give(rollout.RollBack, stage)
			s.until(30, func() bool { return s.last.Done })
			if f := s.fleets["prod"]; f.fence.Epoch != 8 || s.state.Outcome != rollout.WentBack {
				t.Errorf("%+v\n%s", f.fence, s.trace.String())
			}
		}
	}
}

// TestLostTargetHasNoWant: a host of any kind is asked to do nothing there, and the state
// keeps what was wanted.
func TestLostTargetHasNoWant(t *testing.T) {
	s := newSim(t, half(gate.Bake{For: time.Hour}))
	s.until(10, s.phase(0, rollout.Waiting))
	s.fleets["prod"].fence = rollout.Fence{Epoch: 7, Seq: 1}
	if s.step(); len(s.last.Want) > 0 || len(s.state.Want) != 1 {
		t.Errorf("wanted %v of %v", s.last.Want, s.state.Want)
	}
}

// TestFirstDeployThatIsLost: an order to roll back takes nothing back that cannot go
// back.
func TestFirstDeployThatIsLost(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	p.Release.Replaces = ""
	fresh := p.Stages[0]
	fresh.Name = "new"
	p.Stages = append(p.Stages, fresh)
	s := newSim(t, p)
	f := s.fleets["new"]
	f.versions = nil
	s.until(30, func() bool { return s.phase(0, rollout.Waiting)() && s.phase(1, rollout.Waiting)() })
	f.versions = []rollout.Version{{Version: "3.0", Instances: 10, Ready: 10, Weight: strategy.Full}}
	f.fence = rollout.Fence{Epoch: 7, Seq: 1}
	s.step()
	s.give(rollout.RollBack, "")
	for range 60 {
		s.step()
	}
	if f.fence.Epoch != 7 || f.version("3.0").Weight != strategy.Full {
		t.Error(s.trace.String())
	}
}

// TestEndBesideAHotfix: an order to roll back ends a rollout that has begun nothing but
// what a hotfix has now, also if it is held about that.
func TestEndBesideAHotfix(t *testing.T) {
	p := half(gate.Bake{For: 10 * time.Second})
	us := p.Stages[0]
	us.Name, us.Needs = "us", []string{"prod"}
	us.Gates.Entry = []gate.Gate{says{"go"}}
	p.Stages = append(p.Stages, us)
	s := newSim(t, p)
	s.until(100, s.phase(0, rollout.Done))
	s.fleets["prod"].fence = rollout.Fence{Epoch: 7, Seq: 1}
	s.fleets["us"].versions[0].Version = "0.9"
	s.facts = []gate.Vouched{{Name: "go", Value: "open"}}
	s.until(5, s.told(rollout.EventHold, "promote, retry or roll back"))
	s.give(rollout.RollBack, "")
	s.until(1, s.told(rollout.EventRolledBack, "nothing but what later rollouts have now was begun, and nothing will be"))

	s = hotfixed(t, true)
	s.until(5, func() bool { return s.state.Hold != nil })
	s.give(rollout.RollBack, "us")
	s.until(60, func() bool { return s.last.Done })
}

// TestRetryHasTheEpochOfTheHost and no other: it was given to nobody else.
func TestRetryHasTheEpochOfTheHost(t *testing.T) {
	s := newSim(t, half(gate.Bake{For: time.Hour}))
	s.until(10, s.phase(0, rollout.Waiting))
	s.fleets["prod"].fence = rollout.Fence{Epoch: 7, Seq: 1}
	s.until(100, func() bool { return s.state.Hold != nil })
	s.give(rollout.Retry, "")
	in := s.input()
	in.Epoch = 1000
	if s.decide(in); s.state.Stages[0].Epoch != 1000 {
		t.Errorf("epoch %d", s.state.Stages[0].Epoch)
	}
}

// TestFirstDeployNamesWhatWorks: the hold of what cannot go back says what answers it
// once the rest goes back.
func TestFirstDeployNamesWhatWorks(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	p.Release.Replaces = ""
	other := p.Stages[0]
	other.Name = "other"
	p.Stages = append(p.Stages, other)
	s := newSim(t, p)
	s.fleets["prod"].versions = nil
	s.until(30, func() bool { return s.phase(0, rollout.Waiting)() && s.phase(1, rollout.Waiting)() })
	s.give(rollout.RollBack, "")
	s.until(1, s.told(rollout.EventHold, "nothing to go back to: awaits an order to resume"))
	if strings.Contains(s.trace.String(), "retry") {
		t.Error(s.trace.String())
	}
}
