package rollout_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func TestGateThatRefusesHolds(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	s.doing(t, "at step 1%: says: asks the fact")
	s.facts = []gate.Vouched{{Name: "board", Value: "refuse"}}
	s.until(2, s.told(rollout.EventHold, "says refuses"))
	if s.state.Hold.Cause != rollout.CauseRefused {
		t.Errorf("the cause is %s", s.state.Hold.Cause)
	}
	order(rollout.Resume, "")(s)
	s.until(1, s.told(rollout.EventHold, "says refuses")) // it still refuses
	order(rollout.Promote, "the board is wrong")(s)
	s.until(1, s.told(rollout.EventPassed, "1%"))
	s.facts[0].Value = "open"
	s.until(200, func() bool { return s.last.Done })
}

func TestGateDeadline(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	p.Stages[0].GateDeadline = 30 * time.Second
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	reached := s.state.Stages[0].Ledger.Reached
	s.until(60, func() bool { return s.state.Hold != nil })
	if d := s.state.Hold.Since.Sub(reached); d != 30*time.Second || s.state.Hold.Cause != rollout.CauseDeadline {
		t.Errorf("it held after %s: %+v", d, s.state.Hold)
	}
	order(rollout.Resume, "")(s)
	s.step()
	since := s.now
	s.until(60, func() bool { return s.state.Hold != nil })
	if d := s.state.Hold.Since.Sub(since); d < 28*time.Second {
		t.Errorf("after a resume it held again after %s", d)
	}
}

func TestUnobservedWhileWaiting(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	s.fleets["prod"].err = "timeout"
	s.until(2, s.told(rollout.EventTrouble, "timeout"))
	s.doing(t, "cannot be observed: timeout")
	s.fleets["prod"].err = "timeout 2" // other words, same trouble: not told again
	s.until(80, func() bool { return s.state.Hold != nil })
	if s.state.Stages[0].Step != 0 || s.state.Hold.Cause != rollout.CauseMissing && s.state.Hold.Cause != rollout.CauseDeadline {
		t.Errorf("%+v", s.state.Hold)
	}
	if n := strings.Count(s.trace.String(), string(rollout.EventTrouble)); n != 1 {
		t.Errorf("the trouble is told %d times", n)
	}
}

// TestMinReadyAndDrain: no step is reached before its instances are ready for the
// minimum time, and stable is kept for the drain time after its weight fell.
func TestMinReadyAndDrain(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{strategy.Full}, Pace: strategy.Pace{MinReady: 7 * time.Second, Drain: 11 * time.Second, Surge: strategy.Percent(100)}}
	s := newSim(t, p)
	s.step()
	started := s.now
	s.until(60, func() bool { return s.fleets["prod"].versions[0].Weight == 0 })
	if d := s.now.Sub(started); d < 7*time.Second {
		t.Errorf("the weight moved %s after the instances were ready", d)
	}
	shifted := s.now
	s.until(60, func() bool { return s.fleets["prod"].versions[0].Instances < 8 }) // two were to spare all the time
	if d := s.now.Sub(shifted); d < 11*time.Second {
		t.Errorf("stable was released %s after the shift", d)
	}
}

func TestLeftoversAreDrained(t *testing.T) {
	s := newSim(t, canaryPlan())
	f := s.fleets["prod"]
	f.versions[0].Weight = 7000
	f.versions = append(f.versions, rollout.Version{Version: "1.5", Instances: 2, Ready: 2, Weight: 2000}, rollout.Version{Version: "1.6", Instances: 1, Ready: 1, Weight: 1000})
	s.until(20, s.phase(0, rollout.Waiting))
	for _, v := range f.versions[1:3] {
		if v.Instances != 0 || v.Weight != 0 {
			t.Errorf("%+v is left", v)
		}
	}
	s.until(200, func() bool { return s.last.Done })
}

func TestStagesWaitForWhatTheyNeed(t *testing.T) {
	p := stagesPlan()
	p.Stages[1].Gates.Entry = []gate.Gate{says{"window"}}
	s := newSim(t, p)
	s.step()
	if got := s.m.Explain(s.state, s.input())[1].Doing; got != "waits for stage staging" {
		t.Errorf("%q", got)
	}
	s.until(60, s.phase(0, rollout.Done))
	for range 10 {
		s.step()
	}
	if got := s.m.Explain(s.state, s.input())[1].Doing; s.state.Stages[1].Phase != rollout.Pending || !strings.Contains(got, "waits to begin: says: asks the fact") {
		t.Errorf("%s %q", s.state.Stages[1].Phase, got)
	}
	s.facts = []gate.Vouched{{Name: "window", Value: "open"}}
	s.until(2, s.phase(1, rollout.Moving))
	if n := s.state.Stages[1].Ledger.Earlier; n != 1 {
		t.Errorf("%d stages are counted as earlier", n)
	}
}

// TestManyStages: a hundred stages at once, the last ones too.
func TestManyStages(t *testing.T) {
	p := canaryPlan()
	one := p.Stages[0]
	one.Strategy = strategy.Rolling{}
	p.Stages = nil
	for i := range rollout.MaxStages {
		one.Name = "s" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		p.Stages = append(p.Stages, one)
	}
	s := newSim(t, p)
	s.until(40, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s", s.sum())
	}
}

// TestStepThatIsLeftByTheFleet: a fleet that no longer looks like the step it waits
// at is not waited for in silence.
func TestStepThatIsLeftByTheFleet(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	s.fleets["prod"].err = ""
	f := s.fleets["prod"]
	f.desired = 20
	stuck := slices.Clone(f.versions)
	for range 90 {
		s.step()
		f.versions = slices.Clone(stuck)
		if s.state.Hold != nil {
			break
		}
	}
	if h := s.state.Hold; h == nil || h.Cause != rollout.CauseDeadline || !strings.Contains(h.Reason, "did not look like step 1%") {
		t.Errorf("%+v", s.state.Hold)
	}
}

// TestNothingBegun: a rollout that has not begun can be called off, and one whose
// target fails before it says so.
func TestNothingBegun(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.fleets["prod"].err = "connection refused"
	s.until(2, s.told(rollout.EventTrouble, "connection refused"))
	s.until(90, s.told(rollout.EventHold, "stage prod was not observed for 1m: the fleet cannot be observed: connection refused"))
	order(rollout.RollBack, "never mind")(s)
	s.until(1, s.told(rollout.EventRolledBack, "nothing was begun, and nothing will be"))
	if !s.last.Done || s.state.Outcome != rollout.WentBack {
		t.Errorf("%s", s.sum())
	}
}

// TestDefaultsPromoteAGoodRelease: with nothing set but the judge, a source that
// keeps to the warm-up and an interval of ten seconds, no hold asks for data that
// cannot be there yet.
func TestDefaultsPromoteAGoodRelease(t *testing.T) {
	p := canaryPlan()
	p.Health = health.Policy{Signals: []health.Signal{{Name: "errors", Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01}}}}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: 30 * time.Second}}
	s := newSim(t, p)
	for range 2000 {
		in := s.input()
		for k := range in.Samples {
			if x := &in.Samples[k]; x.From.Sub(epoch) < s.state.Ask[k].WarmUp {
				x.Warming, x.Candidate = x.Candidate, health.Arm{}
			}
		}
		out := s.decide(in)
		for i := range out.Want {
			s.obey(&out.Want[i])
		}
		if s.now = s.now.Add(time.Second); out.Done {
			break
		}
	}
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

// TestPauseFreezesAMove: a rolling exchange stops where it is, and goes on.
func TestPauseFreezesAMove(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}}
	s := newSim(t, p)
	s.until(20, func() bool { return len(s.fleets["prod"].versions) > 1 && s.fleets["prod"].versions[1].Instances == 3 })
	order(rollout.Pause, "")(s)
	for range 20 {
		s.step()
	}
	if v := s.fleets["prod"].versions; v[1].Instances < 3 || v[1].Instances > 4 || v[0].Instances+v[1].Instances < 10 {
		t.Errorf("the exchange went on: %+v", v)
	}
	order(rollout.Resume, "")(s)
	s.until(120, func() bool { return s.last.Done })
}

// TestNoGateIsNoLicence: without any gate a step is still not passed before its
// signals say healthy.
func TestNoGateIsNoLicence(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates = rollout.Gates{}
	s := newSim(t, p)
	s.silent = true
	for range 60 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 || s.state.Hold == nil {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

// TestWakeIsInTime: the host is asked to call when something is due, not only when
// it polls.
func TestWakeIsInTime(t *testing.T) {
	p := canaryPlan()
	p.Poll = 50 * time.Second
	p.Stages[0].Deadline = 20 * time.Second
	s := newSim(t, p)
	s.step()
	due := s.state.Ask[0].Due
	if w := s.last.Wake; w.After(due) || w.IsZero() {
		t.Errorf("the wake time is %s, a sample is due at %s", w, due)
	}
	p.Health.Signals = nil
	p.Stages[0].Gates = rollout.Gates{}
	s = newSim(t, p)
	s.step()
	if w := s.last.Wake; w.After(s.state.Stages[0].Progress.Add(20 * time.Second)) {
		t.Errorf("the wake time is %s, after the deadline", w)
	}
}

// TestGateDeadlineBeginsAfterKeep: gates that are open are not late because the step
// is still kept.
func TestGateDeadlineBeginsAfterKeep(t *testing.T) {
	p := of(strategy.BlueGreen{KeepStable: 60 * time.Second})()
	p.Stages[0].Gates.Step = nil
	p.Stages[0].GateDeadline = 10 * time.Second
	s := newSim(t, p)
	s.until(100, func() bool { return s.last.Done || s.state.Hold != nil })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s", s.trace.String())
	}
}

// TestFirstDeployStandsStill: a first deploy that is stopped and scaled to nothing runs
// nothing.
func TestFirstDeployStandsStill(t *testing.T) {
	p := of(strategy.Rolling{})()
	p.Release.Replaces = ""
	s := newSim(t, p)
	counted(s)
	s.slow, s.fleets["prod"].versions = true, nil
	s.step()
	s.step()
	order(rollout.Pause, "")(s)
	s.step()
	s.fleets["prod"].desired = 0
	for range 5 {
		s.step()
	}
	if v := s.fleets["prod"].versions; len(v) != 1 || v[0].Instances != 0 {
		t.Errorf("of nothing it runs %+v", v)
	}
}

// TestTroubleBehindClosedGates: a look that failed before the entry gates closed does not
// count when they open.
func TestTroubleBehindClosedGates(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Entry = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	miss := func() {
		s.facts = []gate.Vouched{{Name: "board", Value: "open"}}
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
