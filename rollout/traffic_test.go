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

func TestRequestsPerEndpoint(t *testing.T) {
	p := canaryPlan()
	p.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", By: "route", Max: 0.01, MinSample: 10}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Requests{Min: 5, Endpoint: "POST /orders"}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	if a := s.state.Ask[0]; !slices.Equal(a.Counts, []string{"POST /orders"}) || a.Measure.By != "route" {
		t.Fatalf("the ask is %+v", a)
	}
	for range 10 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 {
		t.Fatal("passed, and the endpoint was never called")
	}
	in := s.input()
	in.Samples[0].Counts = []health.Count{{Name: "GET /orders", N: 100}, {Name: "POST /orders", N: 4}}
	s.decide(in)
	s.doing(t, "4 of 5")
	s.now = s.now.Add(time.Second)
	in = s.input()
	in.Samples[0].Counts = []health.Count{{Name: "POST /orders", N: 1}}
	if s.decide(in); !s.told(rollout.EventPassed, "1%")() {
		t.Errorf("not passed: %s", s.sum())
	}
}

// TestCopiesOpenNoGate: mirrored requests count for a gate only where none is served,
// or where the gate names their signal.
func TestCopiesOpenNoGate(t *testing.T) {
	l := strategy.Ladder{Steps: []strategy.Step{
		{Name: "both", Candidate: strategy.Percent(50), Stable: strategy.Percent(100), Weight: 100, Mirror: 5000},
		{Name: "all", Candidate: strategy.Percent(100), Weight: strategy.Full},
	}}
	for name, want := range map[string]string{"": "errors", "copies": "copies"} {
		p := shadowed(ladder(l))()
		p.Health.Signals[0], p.Health.Signals[1] = p.Health.Signals[1], p.Health.Signals[0]
		p.Health.Signals[0].Name = "copies"
		p.Stages[0].Gates = rollout.Gates{At: map[string][]gate.Gate{"both": {gate.Requests{Min: 1000000, Signal: name}}}}
		s := newSim(t, p)
		able(s)
		s.until(20, s.phase(0, rollout.Waiting))
		if got := s.state.Stages[0].Ledger.Counts; len(got) != 1 || got[0].Signal != want {
			t.Errorf("%q is counted by %v", name, got)
		}
		p.Health.Signals = p.Health.Signals[:1] // only copies are measured
		if _, err := rollout.Compile(p); (err == nil) != (name != "") {
			t.Errorf("%q without another signal: %v", name, err)
		}
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

// TestServedAgainstTheStep: a candidate that serves is judged, though the step that
// is moved to gives it nothing.
func TestServedAgainstTheStep(t *testing.T) {
	s := newSim(t, of(strategy.BlueGreen{KeepStable: -1})())
	s.until(30, func() bool { return s.fleets["prod"].versions[0].Instances == 0 })
	s.commands(rollout.Pause, rollout.Retry, rollout.Pause)
	s.step()
	if st := s.state.Stages[0]; st.Phase != rollout.Moving || st.Step != 0 || !slices.Equal(s.asks(), []string{"errors"}) {
		t.Fatalf("%s asks %v", s.sum(), s.asks())
	}
	s.errRate = 0.9
	s.until(5, s.told(rollout.EventRollback, "errors"))
}

// TestServedUntilNow: an interval that was asked for is judged, though the candidate
// serves nobody any more when it comes.
func TestServedUntilNow(t *testing.T) {
	s := newSim(t, of(strategy.BlueGreen{KeepStable: -1})())
	s.until(30, func() bool { return s.fleets["prod"].versions[0].Instances == 0 })
	s.commands(rollout.Pause, rollout.Retry, rollout.Pause)
	s.step()
	s.commands(rollout.Resume)
	s.until(30, func() bool {
		v := s.fleets["prod"].versions
		return v[len(v)-1].Weight == 0
	})
	if st := s.state.Stages[0]; st.Phase != rollout.Moving || !slices.Equal(s.asks(), []string{"errors"}) {
		t.Fatalf("%s asks %v", s.sum(), s.asks())
	}
	in, a := s.input(), s.state.Ask[0]
	in.Samples = []health.Sample{{
		Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: s.now,
		Candidate: health.Arm{Exposure: 1000, Bad: 900}, Stable: health.Arm{Exposure: 1000},
	}}
	if s.decide(in); !s.told(rollout.EventRollback, "errors")() {
		t.Fatal(s.sum())
	}
}

// TestCopiesAgainstTheStep: the same of copies, as long as the router makes them.
func TestCopiesAgainstTheStep(t *testing.T) {
	p := shadowed(strategy.DarkLaunch{})()
	s := newSim(t, p)
	able(s)
	s.until(6, s.phase(0, rollout.Waiting))
	order(rollout.Promote, "")(s)
	s.until(2, s.phase(0, rollout.Moving))
	if !slices.Contains(s.asks(), "shadow") {
		t.Errorf("copies are made, and it asks %v", s.asks())
	}
	s.errRate = 0.9
	s.until(5, s.told(rollout.EventVerdict, "shadow is degraded"))
}

// TestOthersRequestsOpenNoGate: only what the candidate gets is counted for a gate
// that names no signal.
func TestOthersRequestsOpenNoGate(t *testing.T) {
	for _, scope := range []string{"business", "stable", "upstream", "downstream"} {
		p := scoped(scope, strategy.BlueGreen{})
		at("preview", gate.Requests{Min: 1000})(&p.Stages[0])
		want := `stages[0].gates.at["preview"][0].requests: can never open at step preview: no signal that counts requests is measured there`
		if _, err := rollout.Compile(p); err == nil || err.Error() != want {
			t.Errorf("%s: %v", scope, err)
		}
		p = scoped(scope, strategy.Canary{})
		p.Stages[0].Gates.Step = []gate.Gate{gate.Requests{Min: 1000}}
		s := newSim(t, p)
		s.until(5, s.phase(0, rollout.Waiting))
		if n := s.state.Stages[0].Ledger.Counts; len(n) != 1 || n[0].Signal != "errors" {
			t.Errorf("%s: it counts by %+v", scope, n)
		}
		p.Health.Signals = p.Health.Signals[:1]
		if _, err := rollout.Compile(p); err == nil || !strings.Contains(err.Error(), "no signal of the stage counts them") {
			t.Errorf("%s alone: %v", scope, err)
		}
	}
}

// TestStableIsMeasuredWhereItServes: a signal of stable stands in no rollout's way
// where stable serves nobody, and is missed where it does.
func TestStableIsMeasuredWhereItServes(t *testing.T) {
	for _, kind := range []strategy.Strategy{strategy.Canary{}, strategy.Recreate{}, strategy.BlueGreen{KeepStable: 5 * time.Second}, strategy.Rolling{}} {
		for _, first := range []bool{false, true} {
			p := scoped("stable", kind)
			p.Stages[0].Gates.Exit = []gate.Gate{gate.Healthy{}}
			p.Release.Replaces = ""
			s := newSim(t, p)
			if first {
				s.fleets["prod"].versions = nil
			}
			for range 120 {
				if s.step(); s.last.Done {
					break
				}
			}
			if s.state.Outcome != rollout.Completed {
				t.Errorf("%s, first %v: %s\n%s", kind.Kind(), first, s.sum(), s.trace.String())
			}
		}
	}
	s := newSim(t, scoped("stable", strategy.BlueGreen{}))
	s.until(5, s.phase(0, rollout.Waiting))
	s.silent = true
	s.until(30, func() bool { return s.state.Hold != nil && s.state.Hold.Cause == rollout.CauseMissing })
	p := scoped("stable", strategy.Canary{})
	p.Stages[0].Gates.Exit = []gate.Gate{gate.Healthy{Signals: []string{"other"}}}
	want := `stages[0].gates.exit[0].healthy.signals[0]: "other" is never measured at step 100%: stable gets no requests there`
	if _, err := rollout.Compile(p); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestStableIsMeasuredWhileItServes: on the way to all of the traffic stable is still
// looked at, until nothing of it is left.
func TestStableIsMeasuredWhileItServes(t *testing.T) {
	s := newSim(t, scoped("stable", strategy.Canary{Weights: []strategy.Weight{5000}, Pace: strategy.Pace{Surge: strategy.Count(1)}}))
	s.until(20, s.told(rollout.EventReached, "50%"))
	order(rollout.Promote, "")(s)
	s.until(9, s.told(rollout.EventMoving, "100%"))
	for s.fleets["prod"].versions[0].Weight > 0 {
		if !slices.Contains(s.asks(), "other") {
			t.Fatalf("stable has %s, and it asks %v", s.fleets["prod"].versions[0].Weight, s.asks())
		}
		s.step()
	}
	s.step()
	if slices.Contains(s.asks(), "other") {
		t.Errorf("stable serves nobody, and it asks %v", s.asks())
	}
}

// TestEndpointsPerStep: which signal counts the requests may differ from step to step,
// and each must tell endpoints apart where it does.
func TestEndpointsPerStep(t *testing.T) {
	byRoute := health.Threshold{Bad: "errors", Total: "requests", By: "route", Max: 0.01, MinSample: 10}
	orders := gate.Requests{Min: 10, Endpoint: "POST /orders"}
	for _, swapped := range []bool{false, true} {
		p := shadowed(strategy.DarkLaunch{})()
		p.Health.Signals[1].Judge = byRoute
		if swapped {
			slices.Reverse(p.Health.Signals)
		}
		p.Stages[0].Gates.Step = []gate.Gate{gate.All{orders}}
		want := `stages[0].gates.step[0].all[0].requests.endpoint: "POST /orders" is waited for at step 100%, but signal errors, which counts the requests there, does not say by which label (by)`
		if _, err := rollout.Compile(p); err == nil || err.Error() != want {
			t.Errorf("swapped %v: %v", swapped, err)
		}
		p.Stages[0].Gates = rollout.Gates{At: map[string][]gate.Gate{"dark": {orders}}}
		if _, err := rollout.Compile(p); err != nil {
			t.Errorf("swapped %v: %v", swapped, err)
		}
	}
}
