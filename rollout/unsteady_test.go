package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// limited makes the signal of a plan one that needs so many bad intervals in a row,
// each of so many requests.
func limited(p *rollout.Plan, consecutive int, sample int64, every time.Duration) {
	g := &p.Health.Signals[0]
	g.Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: sample, ConsecutiveLimit: consecutive}
	g.Every, g.MaxGap = every, 5*time.Minute
}

// TestBakeUnderAnAutoscaler: a fleet that leaves its step for a moment again and again
// bakes for the rest of the time, however its turns and those of the samples fall.
func TestBakeUnderAnAutoscaler(t *testing.T) {
	for _, every := range []time.Duration{5, 10, 30} {
		for _, turn := range []int{4, 5, 6, 10} {
			p := half(gate.Bake{For: 5 * time.Minute})
			limited(&p, 0, 1, every*time.Second)
			s := newSim(t, p)
			s.until(10, s.phase(0, rollout.Waiting))
			begun, looks := s.now, 0
			s.until(1200, func() bool {
				looks++
				s.fleets["prod"].desired = 10 + int64(looks/turn%2)
				return s.told(rollout.EventPassed, "50%")()
			})
			if d := s.now.Sub(begun); d < 5*time.Minute {
				t.Errorf("a sample each %s and a turn each %ds: passed after %s", every, turn, d)
			}
		}
	}
}

// TestHarmWhileOffTheStep: a candidate one instance of which crashes is judged all the
// same, also by what needs several intervals, also while the rollout is paused.
func TestHarmWhileOffTheStep(t *testing.T) {
	for _, pause := range []bool{false, true} {
		for _, c := range []struct {
			consecutive int
			sample      int64
		}{{0, 10}, {2, 10}, {0, 6000}} {
			p := half(gate.Bake{For: time.Hour})
			limited(&p, c.consecutive, c.sample, 10*time.Second)
			s := newSim(t, p)
			s.until(10, s.phase(0, rollout.Waiting))
			s.until(60, func() bool { return s.state.Stages[0].Evidence[0].Verdict == health.Healthy })
			s.decide(rollout.Input{Now: s.now})
			if s.now = s.now.Add(time.Second); pause {
				s.give(rollout.Pause, "")
			}
			s.errRate = 1
			looks := 0
			s.until(60, func() bool {
				looks++
				v := s.fleets["prod"].version("2.0")
				if v.Ready = v.Instances; looks%20 > 5 {
					v.Ready--
				}
				return s.state.RolledBack
			})
		}
	}
}

// TestEverySecondLookFails: a target that answers only now and then bakes, too.
func TestEverySecondLookFails(t *testing.T) {
	s := newSim(t, half(gate.Bake{For: 30 * time.Second}))
	s.until(10, s.phase(0, rollout.Waiting))
	for n := range 100 {
		in := s.input()
		if n%2 == 1 {
			in.Fleets[0] = rollout.Observed{Stage: "prod", Err: "timeout"}
		}
		if s.decide(in); s.told(rollout.EventPassed, "50%")() {
			if n < 30 {
				t.Errorf("passed after %d s", n)
			}
			return
		}
		s.now = s.now.Add(time.Second)
	}
	t.Error(s.trace.String())
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

// TestRetryOfAnUnseenStage does not hold again at once.
func TestRetryOfAnUnseenStage(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Deadline = 30 * time.Second
	s := newSim(t, p)
	s.fleets["prod"].err = "no answer"
	s.until(60, func() bool { return s.state.Hold != nil })
	s.give(rollout.Retry, "")
	if s.step(); s.state.Hold != nil {
		t.Error(s.trace.String())
	}
}

// TestPromoteAnswersWhatWasAsked: that what runs is what is replaced is said of a fleet
// that is seen, and of no foreign candidate.
func TestPromoteAnswersWhatWasAsked(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Deadline = 30 * time.Second
	s := newSim(t, p)
	f := s.fleets["prod"]
	f.versions = []rollout.Version{{Version: "0.9", Instances: 10, Ready: 10, Weight: strategy.Full}, {Version: "2.0", Instances: 1, Ready: 1, Digest: "sha256:other"}}
	s.until(60, func() bool { return s.state.Hold != nil })
	in := s.input()
	in.Fleets, in.Commands = nil, []rollout.Command{{ID: "p", Kind: rollout.Promote, By: "ada"}}
	if s.decide(in); !s.told(rollout.EventRefused, "promote")() {
		t.Error(s.trace.String())
	}
}

// TestRestartOfStableIsNoMismatch: a fleet that may be in the middle of a restart is
// looked at again before a person is asked.
func TestRestartOfStableIsNoMismatch(t *testing.T) {
	for name, c := range map[string]struct {
		versions  []rollout.Version
		unlimited bool
	}{
		"stopping":  {versions: []rollout.Version{{Version: "1.0", Stopping: 1}}},
		"starting":  {versions: []rollout.Version{{Version: "1.0", Instances: 3, Starting: 3}, {Version: "0.9", Instances: 1, Ready: 1}}},
		"gone":      {},
		"unlimited": {versions: []rollout.Version{{Version: "2.0", Weight: strategy.Full}}, unlimited: true},
	} {
		s := newSim(t, canaryPlan())
		s.fleets["prod"] = &fleet{desired: 3, can: strategy.Can{Unlimited: c.unlimited}, versions: c.versions}
		if s.step(); s.state.Hold != nil {
			t.Errorf("%s: %s", name, s.trace.String())
		}
	}
}

// TestAdvisoryHarmHastensNothing: what a signal that counts brings in the same call is
// read before it is missed.
func TestAdvisoryHarmHastensNothing(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	limited(&p, 0, 10, 10*time.Second)
	late := p.Health.Signals[0]
	p.Health.Signals[0].Name, p.Health.Signals[0].Advisory = "early", true
	late.Name, late.MaxGap, late.On.Missing = "late", 20*time.Second, health.Rollback
	p.Health.Signals = append(p.Health.Signals, late)
	p.Poll = 30 * time.Second
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	s.until(30, func() bool { return s.state.Stages[0].Evidence[1].Verdict == health.Healthy })
	for n, wait := range []time.Duration{10, 10, 10, 21} {
		s.now = s.now.Add(wait * time.Second)
		in := s.input()
		in.Samples = nil
		for _, a := range s.state.Ask {
			const span = 10 * time.Second
			arm := health.Arm{Exposure: 100}
			if a.Signal == "early" {
				arm.Bad = 100
			}
			for from := a.From; (a.Signal == "late" || n == 3) && !from.Add(span).After(s.now); from = from.Add(span) {
				in.Samples = append(in.Samples, health.Sample{Stage: "prod", Signal: a.Signal, Key: a.Key, From: from, To: from.Add(span), Candidate: arm})
			}
		}
		s.decide(in)
	}
	if s.state.RolledBack || !s.told(rollout.EventVerdict, "early is degraded")() {
		t.Error(s.trace.String())
	}
}
