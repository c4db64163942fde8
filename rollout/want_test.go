package rollout_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func TestUnlimitedTargetHasOnlyWeights(t *testing.T) {
	p := canaryPlan()
	s := newSim(t, p)
	f := s.fleets["prod"]
	f.can = strategy.Can{Split: true, Unlimited: true}
	f.desired = 0
	f.versions = []rollout.Version{{Version: "1.0", Weight: strategy.Full}}
	s.until(200, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed || !strings.Contains(s.trace.String(), "step 50% is reached") {
		t.Errorf("%s\n%s", s.state.Outcome, s.trace.String())
	}
}

// TestRoutesWaitForACandidate: no request is routed to where nobody answers.
func TestRoutesWaitForACandidate(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Strategy = ladder{Steps: []strategy.Step{
		{Name: "beta", Weight: 1000, Routes: []strategy.Route{{Source: "header", Name: "x-beta", Value: "1"}}},
		{Name: "all", Weight: strategy.Full},
	}}
	s := newSim(t, p)
	s.fleets["prod"].can.Match = true
	s.step()
	if w := s.state.Want[0]; len(w.Routes) != 0 {
		t.Errorf("routes before anybody is ready: %+v", w)
	}
	s.until(10, s.phase(0, rollout.Waiting))
	if w := s.state.Want[0]; len(w.Routes) != 1 {
		t.Errorf("no routes at the step: %+v", w)
	}
}

// TestOrderOfVersions: how a target lists its versions changes nothing.
func TestOrderOfVersions(t *testing.T) {
	p := of(strategy.Canary{Weights: []strategy.Weight{5000, 10000}, Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(1)}})()
	s := newSim(t, p)
	s.fleets["prod"].versions = []rollout.Version{{Version: "1.0", Instances: 4, Ready: 4, Weight: 4000}, {Version: "0.9", Instances: 3, Ready: 3, Weight: 3000}, {Version: "0.8", Instances: 3, Ready: 3, Weight: 3000}}
	for range 12 {
		in := s.input()
		next, _ := s.m.Decide(s.state, in)
		other := in
		other.Fleets = slices.Clone(in.Fleets)
		other.Fleets[0].Versions = slices.Clone(in.Fleets[0].Versions)
		slices.Reverse(other.Fleets[0].Versions)
		if _, out := s.m.Decide(next, other); out.Save {
			t.Fatalf("another order of the versions is news: %v", out.Want[0].Leftovers)
		}
		if third, _ := s.m.Decide(s.state, other); encode(t, third) != encode(t, next) {
			t.Fatalf("another order leads elsewhere:\n%s\n%s", encode(t, next), encode(t, third))
		}
		s.step()
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
