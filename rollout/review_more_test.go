package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestHoldsSayWhatIsMissing: a router that never does what it is told is named.
func TestHoldsSayWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		strategy strategy.Strategy
		lie      func(*fleet)
		want     string
	}{
		{strategy.BlueGreen{Routes: beta}, func(f *fleet) { f.routed = false }, "made no progress for 1m: its routes are not in effect: awaits"},
		{strategy.DarkLaunch{}, func(f *fleet) { f.mirror = 0 }, "made no progress for 1m: 0% of stable's requests are mirrored, not 10%: awaits"},
		{strategy.Canary{}, func(f *fleet) { f.routed = true }, "made no progress for 1m: routes that are not wanted are in effect: awaits"},
		{strategy.Canary{}, func(f *fleet) { f.routed, f.mirror = true, 500 }, "made no progress for 1m: routes that are not wanted are in effect, and 5% of stable's requests are mirrored, not 0%: awaits"},
	} {
		s := newSim(t, of(c.strategy)())
		able(s)
		for range 90 {
			c.lie(s.fleets["prod"])
			if s.step(); s.state.Hold != nil {
				break
			}
		}
		if !s.told(rollout.EventHold, c.want)() {
			t.Errorf("%s: %s\n%s", c.strategy.Kind(), s.sum(), s.trace.String())
		}
	}
}

// TestWayBackThatCannotEnd: a hold on the way back says that stable has no room.
func TestWayBackThatCannotEnd(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(20, s.told(rollout.EventReached, "50%"))
	order(rollout.RollBack, "")(s)
	s.fleets["prod"].can.Quota, s.fleets["prod"].desired = 11, 20
	s.until(120, s.told(rollout.EventHold, "the way back of stage prod made no progress for 1m: the step runs 20 instances, and the quota is 11: awaits an order to resume"))
}

// TestImpossibleAbilities: what a target says of itself is checked, too.
func TestImpossibleAbilities(t *testing.T) {
	good := rollout.Observed{Desired: 1, Can: strategy.Can{Split: true, Match: true, Mirror: true, Grain: 100, Quota: 9}, Routed: true, Mirror: 100}
	good.Versions = []rollout.Version{{Version: "1.0", Instances: 1, Ready: 1, Weight: strategy.Full}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for want, bend := range map[string]func(*rollout.Observed){
		"routed: true must be false: the target cannot match requests": func(o *rollout.Observed) { o.Can.Match = false },
		"mirror: 100 must be 0: the target cannot mirror requests":     func(o *rollout.Observed) { o.Can.Mirror = false },
		"can.grain: -1 must be from 0 to 10000 basis points":           func(o *rollout.Observed) { o.Can.Grain = -1 },
		"can.grain: 10001 must be from 0 to 10000 basis points":        func(o *rollout.Observed) { o.Can.Grain = strategy.Full + 1 },
		"can.quota: -1 must not be negative; 0 means none":             func(o *rollout.Observed) { o.Can.Quota = -1 },
	} {
		o := good
		bend(&o)
		if err := o.Check(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestKeepIsOffered: a hold that keeping answers offers it, and no other does.
func TestKeepIsOffered(t *testing.T) {
	p := of(strategy.ABTest{})()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	able(s)
	s.until(9, s.phase(0, rollout.Waiting))
	s.silent = true
	s.until(60, s.told(rollout.EventHold, "awaits an order to resume, promote, keep, retry or roll back"))
	order(rollout.Resume, "")(s)
	s.silent = false
	s.step()
	s.errRate = 0.9
	p.Health.Signals[0].On.Degraded = health.Hold
	s = newSim(t, p)
	able(s)
	s.until(9, s.phase(0, rollout.Waiting))
	s.errRate = 0.9
	s.until(9, s.told(rollout.EventHold, "awaits an order to resume, retry or roll back"))
}

// TestScaledToNothingAndBack: who stands still has the same part of the service again.
func TestScaledToNothingAndBack(t *testing.T) {
	s := newSim(t, of(strategy.Rolling{})())
	counted(s)
	f := s.fleets["prod"]
	s.until(20, func() bool { return len(f.versions) > 1 && f.versions[1].Instances >= 3 })
	order(rollout.Pause, "")(s)
	s.step()
	part := f.versions[1].Instances
	for _, desired := range []int64{0, 100} {
		f.desired = desired
		for range 9 {
			s.step()
		}
	}
	if got := f.versions[1].Instances; got != 10*part {
		t.Errorf("of 10 the candidate had %d, of 100 it has %d: %+v", part, got, f.versions)
	}
}

// TestRequestsAreCountedPerStep: a gate that names no signal counts by the one that is
// measured at its step.
func TestRequestsAreCountedPerStep(t *testing.T) {
	p := shadowed(strategy.DarkLaunch{})()
	p.Stages[0].Gates.Step = []gate.Gate{gate.Requests{Min: 10}}
	s := newSim(t, p)
	able(s)
	for _, want := range []string{"shadow", "errors"} {
		s.until(30, s.phase(0, rollout.Waiting))
		if n := s.state.Stages[0].Ledger.Counts; len(n) != 1 || n[0].Signal != want {
			t.Errorf("it counts by %+v, want %s", n, want)
		}
		order(rollout.Promote, "")(s)
		s.until(5, s.told(rollout.EventPassed, ""))
	}
}

// TestClockBackWhileRerouting: routes that were wanted before the clock jumped back
// are seen to be in effect after it.
func TestClockBackWhileRerouting(t *testing.T) {
	s := newSim(t, of(strategy.ABTest{Routes: beta})())
	able(s)
	s.until(9, func() bool { return !s.state.Stages[0].Rerouted.IsZero() })
	s.now = s.now.Add(-time.Hour)
	s.until(9, s.phase(0, rollout.Waiting))
}

// TestNewTrafficHasTime: what begins to be measured in the middle of a step is missed
// only after as long as at any other time.
func TestNewTrafficHasTime(t *testing.T) {
	p := of(strategy.Rolling{Partition: strategy.Percent(50)})()
	p.Stages[0].Gates.At = map[string][]gate.Gate{"partition": {says{"board"}}}
	s := newSim(t, p)
	counted(s)
	f := s.fleets["prod"]
	f.desired, f.versions[0].Instances, f.versions[0].Ready = 0, 0, 0
	s.until(5, s.phase(0, rollout.Waiting))
	for range 30 {
		s.step()
	}
	f.desired, s.silent = 10, true
	since := s.now
	s.until(60, func() bool { return s.state.Hold != nil })
	if d := s.state.Hold.Since.Sub(since); d < s.m.Plan().Health.Signals[0].MaxGap {
		t.Errorf("it holds after %s: %s", d, s.state.Hold.Reason)
	}
}

// TestKeepNeedsALook: what was seen in an earlier call is not kept.
func TestKeepNeedsALook(t *testing.T) {
	s := newSim(t, of(strategy.ABTest{})())
	able(s)
	s.until(9, s.phase(0, rollout.Waiting))
	order(rollout.Keep, "")(s)
	in := s.input()
	in.Fleets = nil
	s.decide(in)
	if !s.told(rollout.EventRefused, "the fleet is not seen to look like step test")() || s.state.Stages[0].Phase != rollout.Waiting {
		t.Errorf("%s", s.sum())
	}
}

// stopped is a rollout that was paused on its way to the first step, with the candidate
// as the step wants it.
func stopped(t *testing.T, desired int64, step strategy.Step) *sim {
	t.Helper()
	p := of(ladder{Steps: []strategy.Step{step, {Name: "all", Weight: strategy.Full}}})()
	s := newSim(t, p)
	f := s.fleets["prod"]
	f.desired, f.versions[0].Instances, f.versions[0].Ready = desired, desired, desired
	s.step()
	s.step()
	order(rollout.Pause, "")(s)
	s.step()
	if s.state.Stages[0].Phase != rollout.Moving {
		t.Fatal(s.sum())
	}
	return s
}

// TestStillFits: the candidate of a stopped move is neither scaled away, nor to more
// than its step has, and stable keeps what its traffic needs.
func TestStillFits(t *testing.T) {
	one := strategy.Step{Name: "one", Weight: 100, Candidate: strategy.Count(1), Stable: strategy.Percent(100)}
	three := strategy.Step{Name: "three", Weight: 1000, Candidate: strategy.Count(3), Stable: strategy.Percent(100)}
	most := strategy.Step{Name: "most", Weight: 100, Candidate: strategy.Percent(80), Stable: strategy.Percent(100)}
	for name, c := range map[string]struct {
		step              strategy.Step
		from, to          int64
		stable, candidate int64 // stable at least
	}{
		"one of many":     {one, 20, 5, 4, 1},
		"a count":         {three, 10, 100, 97, 3},
		"stable's weight": {most, 10, 20, 15, 16},
	} {
		s := stopped(t, c.from, c.step)
		s.fleets["prod"].desired = c.to
		for range 20 {
			s.step()
		}
		if a := s.state.Want[0].Allocation; a.Candidate.Instances != c.candidate || a.Stable.Instances < c.stable {
			t.Errorf("%s: %+v, want %d and %d", name, a, c.stable, c.candidate)
		}
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

// TestFirstDeployRoutesNothing: there is nobody to be told apart from.
func TestFirstDeployRoutesNothing(t *testing.T) {
	p := of(ladder{Steps: []strategy.Step{{Name: "half", Weight: 5000, Routes: beta}, {Name: "all", Weight: strategy.Full, Routes: beta}}})()
	p.Release.Replaces = ""
	s := newSim(t, p)
	s.fleets["prod"].versions = nil
	s.until(60, func() bool { return s.last.Done })
	if w := s.state.Want[0]; len(w.Routes) != 0 || s.state.Outcome != rollout.Completed {
		t.Errorf("%+v\n%s", w, s.sum())
	}
}

// TestRoutesOfTheFirstWant: a stage that begins with a candidate that is there already
// wants routes at once, and what was seen before says nothing about them.
func TestRoutesOfTheFirstWant(t *testing.T) {
	s := newSim(t, of(strategy.BlueGreen{Routes: beta})())
	f := s.fleets["prod"]
	f.can.Match, f.routed = true, true // by somebody else's routes
	f.versions = append(f.versions, rollout.Version{Version: "2.0", Instances: 10, Ready: 10})
	in := s.input()
	s.decide(in)
	if w := s.state.Want[0]; len(w.Routes) != 1 {
		t.Fatalf("%+v", w)
	}
	s.now = s.now.Add(time.Second)
	late := s.input()
	late.Fleets[0].At = in.Now
	late.Fleets[0].Versions[1].Digest = "sha256:2" // something new was seen at that very instant
	s.decide(late)
	if s.state.Stages[0].Phase != rollout.Moving {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
	s.until(5, s.phase(0, rollout.Waiting))
}

// TestBeginsAgainAtItsSize: a stage that begins again after the service was scaled
// shares nothing of what was added before.
func TestBeginsAgainAtItsSize(t *testing.T) {
	s := newSim(t, of(strategy.Rolling{})())
	counted(s)
	s.until(9, s.told(rollout.EventMoving, ""))
	order(rollout.RollBack, "")(s)
	s.until(30, func() bool { return s.last.Done })
	s.fleets["prod"].desired = 20
	s.fleets["prod"].versions = []rollout.Version{{Version: "1.0", Instances: 20, Ready: 20, Weight: strategy.Full}}
	order(rollout.Retry, "")(s)
	s.until(5, s.told(rollout.EventBegan, ""))
	if n := s.state.Stages[0].Sized; n != 20 {
		t.Errorf("sized is %d", n)
	}
}
