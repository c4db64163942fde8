package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestScaleUpIsNotDegradation: instances that are new have time to become ready.
func TestScaleUpIsNotDegradation(t *testing.T) {
	p := canaryPlan()
	p.Health.Readiness = health.Readiness{Every: time.Second, Grace: 3 * time.Second, On: health.Reactions{Degraded: health.Rollback}}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Minute}}
	s := newSim(t, p)
	s.until(90, s.told(rollout.EventPassed, "1%"))
	s.until(10, s.phase(0, rollout.Waiting))
	s.fleets["prod"].desired, s.slow = 40, true
	for range 20 {
		s.step()
	}
	if s.state.Stages[0].Phase != rollout.Waiting || s.state.Hold != nil {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
	v := &s.fleets["prod"].versions[1]
	v.Ready = 0
	s.slow = true
	s.until(10, s.told(rollout.EventRollback, "readiness"))
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

// TestScaledUpIsNoStandstill: a service that grows to ten times its size in the middle
// of an exchange is further away than it was, and makes progress all the same.
func TestScaledUpIsNoStandstill(t *testing.T) {
	for _, stopping := range []int64{0, 60} { // what stops is in the way of what is added, for a while
		p := of(strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0), CountStopping: true}})()
		p.Stages[0].Deadline = 10 * time.Minute
		s := newLate(newSim(t, p), 2*time.Minute)
		counted(s.sim)
		f := s.fleets["prod"]
		for n := 0; len(f.versions) < 2 || f.versions[1].Ready < 1; n++ {
			if s.step(); n > 50 {
				t.Fatal("it does not begin")
			}
		}
		f.desired = 100
		for n := 0; !s.told(rollout.EventReached, "")(); n++ {
			f.versions[0].Stopping = max(0, stopping-6*int64(n))
			if s.step(); n > 3000 || s.state.Hold != nil {
				t.Fatalf("%d stopping: %s\n%s", stopping, s.sum(), s.trace.String())
			}
		}
	}
}

// TestScalingPutsOffNoDeadline: an autoscaler that goes to and fro does not hide that
// nothing becomes ready, on the way up and on the way back.
func TestScalingPutsOffNoDeadline(t *testing.T) {
	p := of(strategy.Canary{})()
	p.Stages[0].Deadline = 10 * time.Minute
	s := newLate(newSim(t, p), time.Second)
	s.stuck = true
	flap := func() {
		t.Helper()
		since := s.now
		for s.state.Hold == nil {
			s.fleets["prod"].desired = 10 + int64(s.now.Sub(since)/(5*time.Minute))%2
			if s.step(); s.now.Sub(since) > 2*time.Hour {
				t.Fatalf("it never holds: %s\n%s", s.sum(), s.trace.String())
			}
		}
		if d := s.state.Hold.Since.Sub(since); s.state.Hold.Cause != rollout.CauseDeadline || d > 11*time.Minute {
			t.Errorf("after %s: %+v", d, s.state.Hold)
		}
	}
	flap()

	p = of(strategy.BlueGreen{KeepStable: -1})()
	p.Stages[0].Deadline = 10 * time.Minute
	s = newLate(newSim(t, p), time.Second)
	for k := 0; s.fleets["prod"].versions[0].Instances > 0; k++ {
		order(rollout.Promote, "")(s.sim)
		if s.step(); k > 50 {
			t.Fatal(s.sum())
		}
	}
	s.stuck = true
	order(rollout.RollBack, "")(s.sim)
	flap()
	if s.state.Stages[0].Phase != rollout.RollingBack {
		t.Error(s.sum())
	}
}
