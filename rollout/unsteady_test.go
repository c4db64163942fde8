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

// TestBakeAfterAnOutage: what the fleet was not seen for before the rollout went on is
// not taken off the bake that begins then.
func TestBakeAfterAnOutage(t *testing.T) {
	p := half(gate.Bake{For: 30 * time.Second})
	p.Health.Signals[0].Every = 10 * time.Second
	p.Health.Signals[0].On.Missing = health.Hold
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	s.until(25, func() bool { return s.state.Stages[0].Ledger.Healthy > 0 })
	s.fleets["prod"].err, s.silent = "no route", true
	s.until(7200, func() bool { return s.now.Sub(epoch) > 2*time.Hour })
	s.fleets["prod"].err = ""
	s.step()
	s.give(rollout.Resume, "")
	s.step()
	s.silent = false
	begun := s.now
	for !s.told(rollout.EventPassed, "50%")() {
		in := s.input()
		for k := range in.Samples { // as of a source that did not count before
			if in.Samples[k].From.Before(begun) {
				in.Samples[k].From = begun
			}
		}
		if s.decide(in); s.now.Sub(begun) > time.Minute {
			t.Fatalf("not passed after %s: away %s", s.now.Sub(begun), s.state.Stages[0].Away)
		}
		s.now = s.now.Add(time.Second)
	}
}

// elsewhere decides with a fleet that does not look like its step.
func elsewhere(s *sim) {
	in := s.input()
	in.Fleets[0].Versions = []rollout.Version{{Version: "1.0", Instances: 10, Ready: 10, Weight: 9900}, {Version: "2.0", Instances: 1, Ready: 1, Weight: 100}}
	s.decide(in)
	s.now = s.now.Add(time.Second)
}

// TestMeasuredElsewhere: what is measured while the fleet looks otherwise opens no gate,
// whether the rollout is paused or not, and whenever it is brought.
func TestMeasuredElsewhere(t *testing.T) {
	for _, pause := range []bool{false, true} {
		for _, late := range []bool{false, true} {
			s := newSim(t, half(gate.Requests{Min: 20000}, gate.Healthy{}))
			s.until(10, s.phase(0, rollout.Waiting))
			if pause {
				s.give(rollout.Pause, "")
				s.step()
			}
			before := s.state.Stages[0].Ledger.Counts[0].N
			for range 50 {
				s.silent = late
				elsewhere(s)
			}
			if pause {
				s.give(rollout.Resume, "")
			}
			s.silent = false
			in := s.input()
			s.decide(in)
			st := &s.state.Stages[0]
			if more := st.Ledger.Counts[0].N - before; more > 1000 || s.told(rollout.EventPassed, "50%")() {
				t.Errorf("paused %v, late %v: %v requests more\n%s", pause, late, more, s.trace.String())
			}
		}
	}
}

// TestBlockOfElsewhere: a check that is filled elsewhere does not pass at the step.
func TestBlockOfElsewhere(t *testing.T) {
	p := half(gate.Healthy{})
	limited(&p, 0, 20000, time.Second)
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	for range 38 {
		elsewhere(s)
	}
	s.give(rollout.Resume, "") // it was held for readiness
	n := 0
	s.until(90, func() bool { n++; return s.told(rollout.EventPassed, "50%")() })
	if n < 40 {
		t.Errorf("passed with %d intervals of 500 requests at the step", n)
	}
}

// TestTroubleBehindClosedGates: a look that failed before the entry gates closed does not
// count when they open.
func TestTroubleBehindClosedGates(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Entry = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	miss := func() {
		s.facts = []gate.Fact{{Name: "board", Value: "open"}}
		s.fleets["prod"].err = "no answer"
		s.step()
	}
	miss()
	s.fleets["prod"].err, s.facts = "", nil
	for range 300 {
		s.step()
	}
	if miss(); s.state.Hold != nil {
		t.Error(s.state.Hold.Reason)
	}
}

// TestMismatchIsTold also while it may pass.
func TestMismatchIsTold(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Deadline = 10 * time.Minute
	s := newSim(t, p)
	was := s.fleets["prod"].versions
	s.fleets["prod"].versions = nil
	s.until(1, s.told(rollout.EventTrouble, "the release replaces 1.0, but the fleet runs nothing"))
	s.fleets["prod"].versions = was
	s.until(2, s.told(rollout.EventBegan, "prod"))
	if st := s.state.Stages[0]; st.Trouble != "" {
		t.Error(st.Trouble)
	}
}
