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

// asks are the names of the signals that are asked for.
func (s *sim) asks() (names []string) {
	for _, a := range s.state.Ask {
		names = append(names, a.Signal)
	}
	return names
}

func (s *sim) give(kind rollout.CommandKind, stage string) {
	s.orders = []rollout.Command{{ID: string(kind) + s.now.String(), Kind: kind, By: "ada", Stage: stage}}
}

func TestKeepIsRefused(t *testing.T) {
	refused := func(s *sim, words string) {
		t.Helper()
		order(rollout.Keep, "")(s)
		s.until(1, s.told(rollout.EventRefused, "keep is refused: "+words))
	}
	s := newSim(t, of(strategy.Canary{Weights: []strategy.Weight{1000, 5000}})())
	s.until(5, s.phase(0, rollout.Waiting))
	refused(s, "step 10% awaits no decision")
	s.until(20, s.told(rollout.EventReached, "50%"))
	if w := s.last.Awaits; w != "stage prod waits at step 50% for a decision: whether the release goes beyond 50% (promote, roll back or keep)" {
		t.Errorf("it awaits %q", w)
	}
	f := s.fleets["prod"]
	f.versions[0].Weight, f.versions[1].Weight = 6000, 4000
	refused(s, "the fleet is not seen to look like step 50%")
	f.versions = []rollout.Version{{Version: "1.0", Instances: 5, Ready: 5, Weight: 5000}, {Version: "2.0", Instances: 5, Ready: 5, Weight: 5000, Digest: "sha256:other"}}
	refused(s, "the fleet is not seen to look like step 50%")
	f.versions[1].Digest = ""
	s.silent = true
	s.until(60, func() bool { return s.state.Hold != nil }) // without data: that is a question that keeping answers
	order(rollout.Keep, "")(s)
	s.until(1, s.told(rollout.EventDone, "kept at step 50%"))
	if s.state.Outcome != rollout.Completed || s.state.Hold != nil {
		t.Errorf("%s", s.sum())
	}

	p := of(strategy.ABTest{})()
	p.Health.Signals[0].On.Degraded = health.Hold
	s = newSim(t, p)
	able(s)
	s.until(9, s.phase(0, rollout.Waiting))
	s.errRate = 0.5
	s.until(9, func() bool { return s.state.Hold != nil })
	refused(s, "a signal is degraded")
}

// TestKeptIsRolledBack: a stage that is kept can go back until the rollout has
// ended, by order and by its signals.
func TestKeptIsRolledBack(t *testing.T) {
	p := of(strategy.ABTest{})()
	p.Stages = append(p.Stages, p.Stages[0])
	p.Stages[1].Name, p.Stages[1].Needs = "us", []string{"prod"}
	for _, harm := range []float64{0, 0.5} {
		s := newSim(t, p)
		for _, f := range s.fleets {
			f.can.Match = true
		}
		s.until(9, s.phase(0, rollout.Waiting))
		s.give(rollout.Keep, "prod")
		s.until(1, s.phase(0, rollout.Done))
		s.doing(t, "done: kept at step test: 50% of the traffic")
		s.until(9, s.phase(1, rollout.Waiting))
		if w := s.state.Want[0]; w.Sticky.Name != "id" || w.Allocation.Candidate.Weight != 5000 || w.Allocation.Stable.Instances != 10 {
			t.Errorf("%+v", w)
		}
		if s.errRate = harm; harm == 0 {
			s.give(rollout.RollBack, "prod")
		}
		s.until(1, s.phase(0, rollout.RollingBack))
		if w := s.state.Want[0]; w.Sticky.Name != "id" {
			t.Errorf("users change sides on the way back: %+v", w)
		}
		s.until(30, func() bool { return s.last.Done })
		if s.state.Outcome != rollout.WentBack {
			t.Errorf("%s", s.sum())
		}
	}
}

// TestScaleEventsAreShared: a service that grows while half of it is exchanged grows
// on both sides, and then the exchange goes on.
func TestScaleEventsAreShared(t *testing.T) {
	s := newSim(t, of(strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(0), Unavailable: strategy.Count(1)}})())
	counted(s)
	f := s.fleets["prod"]
	sizes := func() (stable, candidate int64) { return f.versions[0].Instances, f.versions[1].Instances }
	s.until(40, func() bool {
		if len(f.versions) < 2 {
			return false
		}
		stable, candidate := sizes()
		return stable == 5 && candidate == 5
	})
	f.desired = 20
	s.step()
	if stable, candidate := sizes(); stable != 10 || candidate != 10 {
		t.Fatalf("stable grew from 5 to %d, the candidate to %d", stable, candidate)
	}
	if s.state.Stages[0].Sized != 10 {
		t.Errorf("sized is %d before it was seen", s.state.Stages[0].Sized)
	}
	s.step()
	if s.state.Stages[0].Sized != 20 {
		t.Errorf("sized is %d", s.state.Stages[0].Sized)
	}
	s.until(90, func() bool { return s.last.Done })
	if _, candidate := sizes(); candidate != 20 || s.state.Outcome != rollout.Completed {
		t.Errorf("%d candidate instances, %s", candidate, s.sum())
	}
}

// TestScaleEventsWhileStopped: whoever stands still keeps its part of the service,
// whether that grows, shrinks or goes to nothing and comes back.
func TestScaleEventsWhileStopped(t *testing.T) {
	for _, can := range []strategy.Can{{}, {Split: true}} {
		s := newSim(t, of(strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}})())
		f := s.fleets["prod"]
		f.can = can
		s.until(20, func() bool { return len(f.versions) > 1 && f.versions[1].Ready > 3 && f.versions[1].Ready < 8 })
		order(rollout.Pause, "")(s)
		for range 4 {
			s.step()
		}
		part := func() float64 { return float64(f.versions[1].Instances) / float64(f.desired) }
		before := part()
		for _, desired := range []int64{20, 5, 40, 10} {
			f.desired = desired
			for range 6 {
				s.step()
			}
			if d := part() - before; d < -0.11 || d > 0.11 {
				t.Errorf("%+v: the candidate had %.2f of the service, and has %.2f of %d", can, before, part(), desired)
			}
			if n := f.versions[0].Instances + f.versions[1].Instances; n < desired || n > desired+(desired+9)/10 { // as much above as when it was stopped
				t.Errorf("%+v: %d instances of %d", can, n, desired)
			}
		}
		order(rollout.Resume, "")(s)
		s.until(60, func() bool { return s.last.Done })
	}
}

// TestPreviewWithoutTraffic: where the candidate serves nobody nothing is asked and
// nothing is missed, readiness alone judges; once it serves, the signal begins anew.
func TestPreviewWithoutTraffic(t *testing.T) {
	p := of(strategy.BlueGreen{})()
	p.Stages[0].Gates.At = map[string][]gate.Gate{"preview": {says{"board"}, gate.Healthy{}}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	for range 200 {
		s.step()
	}
	if len(s.state.Ask) != 0 || s.state.Hold != nil {
		t.Fatalf("asks %v, %s", s.asks(), s.sum())
	}
	l := s.state.Stages[0].Ledger
	if l.Healthy < 190*time.Second || !l.Signals[0].Unmeasured || l.Signals[1].Unmeasured {
		t.Errorf("%+v", l)
	}
	if r := s.m.Explain(s.state, s.input())[0].Signals[0]; r.Verdict != "" || r.Text != "errors: not measured at this step" {
		t.Errorf("%+v", r)
	}
	in := s.input() // nobody asked for it
	in.Samples = []health.Sample{{Stage: "prod", Signal: "errors", From: s.now.Add(-time.Second), To: s.now, Candidate: health.Arm{Exposure: 100, Bad: 100}}}
	if s.decide(in); s.state.Stages[0].Phase != rollout.Waiting {
		t.Errorf("%s", s.sum())
	}
	s.facts = []gate.Vouched{{Name: "board", Value: "open"}}
	s.now = s.now.Add(time.Second)
	s.until(2, s.told(rollout.EventPassed, "preview"))
	if a := s.state.Ask; len(a) != 1 || a[0].From.Before(s.state.Clock) {
		t.Errorf("%+v", a)
	}
	s.silent = true
	s.until(60, func() bool { return s.state.Hold != nil })
	if h := s.state.Hold; h.Cause != rollout.CauseMissing || s.state.Stages[0].Step != 1 {
		t.Errorf("%+v", h)
	}
}

// TestServedOnlyOnceScaled: what was baked while nobody was served does not count once
// somebody is.
func TestServedOnlyOnceScaled(t *testing.T) {
	p := of(strategy.Rolling{Partition: strategy.Percent(50)})()
	p.Stages[0].Gates.At = map[string][]gate.Gate{"partition": {says{"board"}}}
	s := newSim(t, p)
	counted(s)
	f := s.fleets["prod"]
	f.desired, f.versions[0].Instances, f.versions[0].Ready = 0, 0, 0
	s.until(5, s.phase(0, rollout.Waiting))
	s.until(20, func() bool { return s.state.Stages[0].Ledger.Healthy > 4*time.Second })
	if len(s.state.Ask) != 0 {
		t.Errorf("asks %v", s.asks())
	}
	f.desired, s.silent = 10, true
	for range 20 {
		s.step()
	}
	if l := s.state.Stages[0].Ledger; l.Healthy != 0 || len(s.state.Ask) != 1 {
		t.Errorf("%+v", l)
	}
	s.until(60, func() bool { return s.state.Hold != nil && s.state.Hold.Cause == rollout.CauseMissing })
}

// TestMirroredIsApart: mirrored and served requests are asked for where there are
// any, and never mixed.
func TestMirroredIsApart(t *testing.T) {
	s := newSim(t, shadowed(strategy.DarkLaunch{})())
	able(s)
	s.until(6, s.phase(0, rollout.Waiting))
	if a := s.state.Ask; len(a) != 1 || a[0].Signal != "shadow" || !a[0].Mirrored {
		t.Errorf("%+v", a)
	}
	s.until(9, func() bool { return s.state.Stages[0].Ledger.Healthy > 2*time.Second })
	order(rollout.Promote, "")(s)
	s.until(9, func() bool { return s.fleets["prod"].mirror == 0 }) // until then copies are judged, wanted or not
	s.step()
	if a := s.state.Ask; len(a) != 1 || a[0].Signal != "errors" || a[0].Mirrored {
		t.Errorf("%+v", a)
	}
	s.until(60, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

// TestHarmOutlivesItsStep: what a mirrored signal has shown stays shown where
// nothing is mirrored any more.
func TestHarmOutlivesItsStep(t *testing.T) {
	p := shadowed(strategy.DarkLaunch{})()
	p.Health.Signals[1].On.Degraded = health.Hold
	s := newSim(t, p)
	able(s)
	s.until(6, s.phase(0, rollout.Waiting))
	order(rollout.Promote, "")(s)
	in := s.input()
	in.Samples[0].Candidate.Bad = in.Samples[0].Candidate.Exposure
	s.decide(in) // harm and an order in one call
	if s.state.Stages[0].Step != 0 || s.state.Hold == nil {
		t.Errorf("%s", s.sum())
	}
	st := roundTrip(t, s.state)
	st.Stages[0].Step, st.Stages[0].Phase, st.Hold = 1, rollout.Moving, nil
	s.state, s.text = st, ""
	s.now = s.now.Add(time.Second)
	s.until(2, s.told(rollout.EventHold, "shadow"))
}

func TestStickyNeedsMatch(t *testing.T) {
	p := of(strategy.Canary{Sticky: strategy.Sticky{Source: strategy.Cookie, Name: "id"}})()
	s := newSim(t, p)
	s.until(2, s.told(rollout.EventHold, "users are to stay on one side, and the target cannot tell them apart"))
	if s.state.Hold.Cause != rollout.CauseInfeasible {
		t.Errorf("%+v", s.state.Hold)
	}
	s.fleets["prod"].can.Match = true
	order(rollout.Resume, "")(s)
	s.until(90, func() bool { return s.last.Done })
	p.Release.Replaces = ""
	s = newSim(t, p) // a first deploy has no sides
	s.fleets["prod"].versions = nil
	s.until(30, func() bool { return s.last.Done })
}

// TestOtherRoutesAreAwaited: that the router has routes in effect does not say that
// they are those of the next step.
func TestOtherRoutesAreAwaited(t *testing.T) {
	route := func(value string) []strategy.Route {
		return []strategy.Route{{Source: strategy.Header, Name: "x", Value: value}}
	}
	p := of(ladder{Steps: []strategy.Step{
		{Name: "staff", Candidate: strategy.Count(2), Routes: route("staff")},
		{Name: "beta", Candidate: strategy.Count(2), Routes: route("beta")},
		{Name: "all", Weight: strategy.Full},
	}})()
	p.Stages[0].Gates = rollout.Gates{}
	s := newSim(t, p)
	s.fleets["prod"].can.Match = true
	s.until(20, s.told(rollout.EventPassed, "staff"))
	if w := s.state.Want[0]; s.state.Stages[0].Phase != rollout.Moving || w.Routes[0].Value != "beta" {
		t.Errorf("%s\n%+v", s.sum(), w)
	}
	s.until(1, s.told(rollout.EventReached, "beta"))
	s.until(30, func() bool { return s.last.Done })
}

// TestToggleIsRouted: a target without instances has routes and weights all the same.
func TestToggleIsRouted(t *testing.T) {
	s := newSim(t, of(strategy.BlueGreen{Routes: beta, KeepStable: -1})())
	f := s.fleets["prod"]
	f.can, f.desired = strategy.Can{Split: true, Match: true, Unlimited: true}, 0
	f.versions = []rollout.Version{{Version: "1.0", Weight: strategy.Full}}
	s.until(9, s.phase(0, rollout.Waiting))
	if !f.routed || f.versions[0].Weight != strategy.Full || len(s.state.Ask) != 1 {
		t.Errorf("%+v", f)
	}
	s.until(60, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed || f.routed {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

// TestPauseAddsNoRoutes: a stop on the way to a step freezes routes and mirrors.
func TestPauseAddsNoRoutes(t *testing.T) {
	p := of(ladder{Steps: []strategy.Step{
		{Name: "beta", Candidate: strategy.Count(2), Stable: strategy.Percent(100), Routes: beta, Mirror: 1000},
		{Name: "all", Weight: strategy.Full},
	}})()
	s := newSim(t, p)
	able(s)
	s.step()
	order(rollout.Pause, "")(s)
	for range 5 {
		s.step()
	}
	if w := s.state.Want[0]; w.Allocation.Routed || w.Allocation.Mirror != 0 || len(w.Routes) != 0 {
		t.Errorf("%+v", w)
	}
	order(rollout.Resume, "")(s)
	s.until(9, s.phase(0, rollout.Waiting))
	if w := s.state.Want[0]; !w.Allocation.Routed || w.Allocation.Mirror != 1000 || len(w.Routes) != 1 {
		t.Errorf("%+v", w)
	}
}

// TestRoutesAndMirrorsDrain: a candidate that only routes or mirrors sent requests
// to finishes them, too.
func TestRoutesAndMirrorsDrain(t *testing.T) {
	for _, step := range []strategy.Step{{Routes: beta}, {Mirror: 1000}} {
		routed := len(step.Routes) > 0
		step.Name, step.Candidate, step.Stable = "dark", strategy.Count(2), strategy.Percent(100)
		p := of(ladder{Steps: []strategy.Step{step, {Name: "all", Weight: strategy.Full}}, Pace: strategy.Pace{Drain: 20 * time.Second}})()
		s := newSim(t, p)
		able(s)
		s.until(9, s.phase(0, rollout.Waiting))
		order(rollout.RollBack, "")(s)
		f := s.fleets["prod"]
		s.until(9, func() bool { return !f.routed && f.mirror == 0 })
		ended := s.now
		s.until(60, func() bool { return s.last.Done })
		if d := s.now.Sub(ended); routed && d < 20*time.Second || d > 25*time.Second {
			t.Errorf("it was gone after %s", d)
		}
		if s.state.Stages[0].Draining.Candidate.IsZero() {
			t.Error("it had nothing to finish")
		}
	}
}

func TestGatesThatNeverOpen(t *testing.T) {
	dark := func() rollout.Plan { return shadowed(strategy.DarkLaunch{})() }
	for name, c := range map[string]struct {
		bend func(*rollout.Stage)
		want []string
	}{
		"good":           {func(*rollout.Stage) {}, nil},
		"served at dark": {at("dark", gate.Healthy{Signals: []string{"errors"}}), []string{`stages[0].gates.at["dark"][0].healthy.signals[0]: "errors" is never measured at step dark: the candidate gets no requests there`}},
		"shadow at the end": {func(s *rollout.Stage) { s.Gates.Exit = []gate.Gate{gate.All{gate.Requests{Min: 1, Signal: "shadow"}}} }, []string{
			`stages[0].gates.exit[0].all[0].requests.signal: "shadow" is never measured at step 100%: the candidate gets no mirrored requests there`,
		}},
		"any requests": {func(s *rollout.Stage) { s.Gates.Step = []gate.Gate{gate.Requests{Min: 1}} }, nil}, // those that there are
		"requests at a dark preview": {func(s *rollout.Stage) {
			s.Strategy = strategy.BlueGreen{}
			s.Gates.Step = []gate.Gate{gate.Requests{Min: 1}}
		}, []string{"stages[0].gates.step[0].requests: can never open at step preview: no signal that counts requests is measured there"}},
		"requests at a routed preview": {func(s *rollout.Stage) {
			s.Strategy = strategy.BlueGreen{Routes: beta}
			s.Gates.Step = []gate.Gate{gate.Requests{Min: 1}}
		}, nil},
	} {
		p := dark()
		c.bend(&p.Stages[0])
		_, err := rollout.Compile(p)
		got := []string(nil)
		if err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
		}
	}
}

func at(step string, gates ...gate.Gate) func(*rollout.Stage) {
	return func(s *rollout.Stage) { s.Gates.At = map[string][]gate.Gate{step: gates} }
}

func TestLint(t *testing.T) {
	lint := func(p rollout.Plan, s strategy.Setting) (found []string) {
		t.Helper()
		m, err := rollout.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range m.Lint("prod", s) {
			if f.Rule != strategy.RuleSignals {
				found = append(found, strings.TrimSpace(f.Step+" "+string(f.Rule)+": "+f.Text))
			}
		}
		return found
	}
	all := strategy.Can{Split: true, Match: true, Mirror: true}
	p := canaryPlan()
	p.Health.Signals[0].Every, p.Health.Signals[0].MaxGap = 10*time.Second, time.Minute
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: 10 * time.Second}, gate.Requests{Min: 500}}
	setting := strategy.Setting{Fleet: strategy.Fleet{Desired: 10, Can: all}, Rate: 100}
	want := []string{
		"1% requests: 1% of 100 requests a second are 10 in 10s, and 500 are waited for.",
		"10% requests: 10% of 100 requests a second are 100 in 10s, and 500 are waited for.",
	}
	if got := lint(p, setting); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{}}
	p.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: 100}
	setting.Rate = 100
	want = []string{"1% requests: 1% of 100 requests a second are 60 in 1m, and 100 are waited for."}
	if got := lint(p, setting); !slices.Equal(got, want) {
		t.Errorf("a bake that never sees enough: %q", got)
	}
	p = shadowed(strategy.DarkLaunch{Weights: []strategy.Weight{strategy.Full}})()
	setting.Rate = 10
	want = []string{"dark requests: 10 requests a second give 6 copies in 6s, and signal shadow needs 10."}
	if got := lint(p, setting); !slices.Equal(got, want) {
		t.Errorf("mirrored: %q", got)
	}
	p = shadowed(strategy.Canary{})()
	setting.Rate = 1e6
	want = []string{"requests: Signal shadow is measured at no step: the candidate never gets the requests that it judges."}
	if got := lint(p, setting); !slices.Equal(got, want) {
		t.Errorf("never mirrored: %q", got)
	}
	if m, _ := rollout.Compile(p); m.Lint("nowhere", setting) != nil || setting.Requests != nil {
		t.Error("the setting was changed, or a stage that is not there has findings")
	}
}
