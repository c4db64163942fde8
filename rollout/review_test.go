package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// late is a world whose instances take long to become ready; it goes on ten seconds
// at a time.
type late struct {
	*sim
	startup time.Duration
	stuck   bool // what is asked for from now on is never ready
	asked   map[string][]time.Time
}

func newLate(s *sim, startup time.Duration) *late {
	l := &late{sim: s, startup: startup, asked: map[string][]time.Time{}}
	for _, v := range s.fleets["prod"].versions {
		l.asked[v.Version] = make([]time.Time, v.Instances) // for ever
	}
	return l
}

func (l *late) step() {
	l.t.Helper()
	out := l.decide(l.input())
	l.orders = nil
	for i := range out.Want {
		l.obey(&out.Want[i])
	}
	l.now = l.now.Add(10 * time.Second)
	for k := range l.fleets["prod"].versions {
		v := &l.fleets["prod"].versions[k]
		all := l.asked[v.Version]
		for int64(len(all)) < v.Instances {
			at := l.now
			if l.stuck {
				at = at.Add(1000 * time.Hour)
			}
			all = append(all, at)
		}
		all = all[:v.Instances]
		l.asked[v.Version], v.Ready = all, 0
		for _, at := range all {
			if !l.now.Before(at.Add(l.startup)) {
				v.Ready++
			}
		}
	}
}

func (s *sim) commands(kinds ...rollout.CommandKind) {
	s.orders = nil
	for k, kind := range kinds {
		s.orders = append(s.orders, rollout.Command{ID: fmt.Sprint(kind, k, s.now), Kind: kind, By: "ada"})
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

// scoped is a plan with a signal of another scope before its own.
func scoped(scope string, s strategy.Strategy) rollout.Plan {
	p := of(s)()
	other := p.Health.Signals[0]
	other.Name, other.Scope, other.On = "other", scope, health.Reactions{}
	p.Health.Signals = slices.Insert(p.Health.Signals, 0, other)
	return p
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

// TestQuietPreview: nobody need match the routes of a preview. Then it is not passed,
// and nothing is held; and what is seen later counts.
func TestQuietPreview(t *testing.T) {
	s := newSim(t, of(strategy.BlueGreen{Routes: beta, KeepStable: -1})())
	able(s)
	s.silent = true
	s.until(9, s.phase(0, rollout.Waiting))
	for range 60 {
		s.step()
	}
	if st := s.state.Stages[0]; s.state.Hold != nil || st.Step != 0 || st.Phase != rollout.Waiting {
		t.Fatalf("%s\n%s", s.sum(), s.trace.String())
	}
	s.silent = false
	s.until(10, s.told(rollout.EventPassed, "preview"))
	s.silent = true // from here on all are served, and data is missed
	s.until(60, func() bool { return s.state.Hold != nil && s.state.Hold.Cause == rollout.CauseMissing })
}

// TestLintOfCopies: what a gate waits for is looked for where it is counted, and a
// signal of stable that is never measured is found.
func TestLintOfCopies(t *testing.T) {
	lint := func(p rollout.Plan, rate float64) (found []string) {
		t.Helper()
		m, err := rollout.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		can := strategy.Can{Split: true, Match: true, Mirror: true}
		for _, f := range m.Lint("prod", strategy.Setting{Fleet: strategy.Fleet{Desired: 10, Can: can}, Rate: rate}) {
			found = append(found, strings.TrimSpace(f.Step+": "+f.Text))
		}
		return found
	}
	dark := shadowed(strategy.DarkLaunch{})()
	dark.Stages[0].Gates.At = map[string][]gate.Gate{"dark": {gate.Bake{For: 10 * time.Second}, gate.Requests{Min: 1000}}}
	other := scoped("stable", strategy.Recreate{})
	advisory := of(strategy.Canary{})()
	advisory.Health.Signals = append(advisory.Health.Signals, advisory.Health.Signals[0])
	advisory.Health.Signals[1].Name, advisory.Health.Signals[1].Advisory = "noise", true
	advisory.Health.Signals[1].Judge = health.Threshold{Bad: "errors", Total: "requests", MinSample: 1e9}
	business := scoped("business", strategy.Canary{})
	business.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Second}, gate.Requests{Signal: "other", Min: 1 << 40}}
	tie := of(strategy.Canary{Weights: []strategy.Weight{strategy.Full}})()
	tie.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", MinSample: 600}
	tie.Stages[0].Gates.Step = []gate.Gate{gate.Requests{Min: 6000}, gate.Bake{For: time.Minute}}
	for name, c := range map[string]struct {
		plan rollout.Plan
		rate float64
		want []string
	}{
		"enough copies":     {dark, 1e5, nil},
		"too few copies":    {dark, 900, []string{"dark: 900 requests a second give 900 copies in 10s, and a gate waits for 1000."}},
		"stable":            {other, 1e5, []string{": Signal other is measured at no step: stable never gets the requests that it judges."}},
		"advisory":          {advisory, 1e5, nil},
		"of others":         {business, 1e5, nil},
		"alike, the larger": {tie, 99, []string{"100%: 100% of 99 requests a second are 5940 in 1m, and 6000 are waited for."}},
	} {
		if got := lint(c.plan, c.rate); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
