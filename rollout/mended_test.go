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
	"pgregory.net/rapid"
)

// half is a plan whose first step gives the candidate half of the traffic, for as
// long as its gates say.
func half(gates ...gate.Gate) rollout.Plan {
	p := of(strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}})()
	p.Stages[0].Gates.Step = gates
	return p
}

// version is what a fleet has of a version.
func (f *fleet) version(name string) *rollout.Version {
	i := slices.IndexFunc(f.versions, func(v rollout.Version) bool { return v.Version == name })
	return &f.versions[i]
}

// TestForeignDigestGoesBack: what runs under the name of the candidate and is not the
// release goes nowhere but down.
func TestForeignDigestGoesBack(t *testing.T) {
	broken := func(t *testing.T) *sim {
		s := newSim(t, half(gate.Bake{For: time.Hour}))
		s.until(10, s.phase(0, rollout.Waiting))
		s.fleets["prod"].version("2.0").Digest = "sha256:other"
		return s
	}
	for name, act := range map[string]func(*sim){
		"ordered": func(s *sim) { s.give(rollout.RollBack, "") },
		"harmful": func(s *sim) { s.errRate = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			s := broken(t)
			s.step()
			act(s)
			s.until(60, func() bool { return s.last.Done })
			if w := s.state.Want[0].Allocation; s.state.Outcome != rollout.WentBack || w.Candidate != (strategy.Share{}) {
				t.Errorf("%s: %+v", s.sum(), w)
			}
		})
	}
	s := broken(t)
	s.until(90, func() bool { return s.state.Hold != nil })
	if s.state.Hold.Cause != rollout.CauseMismatch || s.state.Want[0].Allocation.Candidate.Weight != 5000 {
		t.Errorf("%+v", s.state.Hold)
	}
	s.give(rollout.RollBack, "")
	s.until(60, func() bool { return s.last.Done })
	s.give(rollout.Retry, "") // and nothing begins with it either
	s.fleets["prod"].version("2.0").Instances = 1
	for range 5 {
		if s.step(); s.state.Stages[0].Phase != rollout.Pending {
			t.Fatalf("%s", s.trace.String())
		}
	}
}

// TestOffTheStepEarnsNothing: while the fleet does not look like the step, or is not
// seen at all, nothing is baked.
func TestOffTheStepEarnsNothing(t *testing.T) {
	for name, off := range map[string]func(*sim, *rollout.Input){
		"elsewhere": func(_ *sim, in *rollout.Input) {
			in.Fleets[0].Versions[0].Weight, in.Fleets[0].Versions[1].Weight = 9900, 100
		},
		"unseen": func(_ *sim, in *rollout.Input) { in.Fleets = nil },
	} {
		t.Run(name, func(t *testing.T) {
			p := half(gate.Bake{For: 60 * time.Second}, gate.Requests{Min: 10000})
			p.Stages[0].Deadline = 10 * time.Minute
			s := newSim(t, p)
			s.until(10, s.phase(0, rollout.Waiting))
			l := &s.state.Stages[0].Ledger
			before := l.Healthy
			for range 20 {
				in := s.input()
				off(s, &in)
				s.decide(in)
				s.now = s.now.Add(time.Second)
			}
			if l = &s.state.Stages[0].Ledger; l.Healthy != before {
				t.Errorf("baked %s", l.Healthy-before)
			}
			s.step()
			if l = &s.state.Stages[0].Ledger; l.Healthy > time.Second {
				t.Errorf("baked %s of a second", l.Healthy)
			}
			s.until(90, s.told(rollout.EventPassed, "50%"))
		})
	}
}

// TestStraddlingSampleEarnsPart: of an interval in the middle of which the fleet was
// seen elsewhere, that is not baked.
func TestStraddlingSampleEarnsPart(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	p.Health.Signals[0].Every = 10 * time.Second
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	healthy := func() time.Duration { return s.state.Stages[0].Ledger.Healthy }
	s.until(30, func() bool { return healthy() > 0 })
	for range 5 {
		s.step()
	}
	before := healthy()
	s.fleets["prod"].version("2.0").Weight, s.fleets["prod"].version("1.0").Weight = 100, 9900
	s.step() // back at once
	s.until(20, func() bool { return healthy() > before })
	if more := healthy() - before; more != 9*time.Second {
		t.Errorf("baked %s", more)
	}
}

// TestEvidenceOffTheStepPassesNothing: a signal that was healthy while the fleet was
// elsewhere has said nothing about the step.
func TestEvidenceOffTheStepPassesNothing(t *testing.T) {
	s := newSim(t, half())
	s.until(10, s.phase(0, rollout.Waiting))
	for range 3 {
		in := s.input()
		in.Fleets[0].Versions[0].Weight, in.Fleets[0].Versions[1].Weight = 9900, 100
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	in := s.input()
	in.Samples = nil
	if s.decide(in); s.state.Stages[0].Step != 0 {
		t.Errorf("%s", s.trace.String())
	}
}

// chain is a plan of stages each of which needs the one before it.
func chain(p rollout.Plan, names ...string) rollout.Plan {
	base := p.Stages[0]
	p.Stages = nil
	for i, name := range names {
		base.Name, base.Needs = name, nil
		if i > 0 {
			base.Needs = names[i-1 : i]
		}
		p.Stages = append(p.Stages, base)
	}
	return p
}

// TestWhatNeedsItStops: a stage that goes back stops what needs it, also through a
// stage that is done; and in the end it is told who serves what.
func TestWhatNeedsItStops(t *testing.T) {
	s := newSim(t, chain(half(gate.Bake{For: 3 * time.Second}), "a", "b", "c"))
	s.until(100, s.phase(2, rollout.Waiting))
	s.give(rollout.RollBack, "a")
	s.step()
	if p := s.state.Stages[2].Phase; p != rollout.RollingBack {
		t.Errorf("c is %s", p)
	}
	s.until(30, s.told(rollout.EventRolledBack, "release checkout 2.0 is rolled back in a, c, and still serves b"))
}

// TestNothingToReplaceHolds: a fleet that runs nothing of what the release says it
// replaces may be in an outage, and is nobody's first deploy.
func TestNothingToReplaceHolds(t *testing.T) {
	empty := []rollout.Version(nil)
	idle := []rollout.Version{{Version: "0.9", Instances: 10, Ready: 10, Weight: strategy.Full}, {Version: "1.0", Instances: 1}}
	for name, c := range map[string]struct {
		versions []rollout.Version
		says     string
		stable   string
	}{
		"empty": {empty, "the release replaces 1.0, but the fleet runs nothing", ""},
		"idle":  {idle, "the release replaces 1.0, but the fleet runs 0.9", "0.9"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSim(t, canaryPlan())
			f := s.fleets["prod"]
			was := f.versions
			f.versions = slices.Clone(c.versions)
			s.until(1000, s.told(rollout.EventHold, c.says+": awaits an order to resume, promote"))
			order(rollout.Resume, "")(s)
			s.until(1000, s.told(rollout.EventHold, c.says))
			order(rollout.Promote, "that is right")(s)
			s.until(1, s.told(rollout.EventBegan, "prod"))
			if v := s.state.Stages[0].Stable.Version; v != c.stable {
				t.Errorf("stable is %q", v)
			}

			s = newSim(t, canaryPlan()) // or it comes back
			f = s.fleets["prod"]
			f.versions = slices.Clone(c.versions)
			s.step()
			f.versions = was
			order(rollout.Resume, "")(s)
			s.until(1, s.told(rollout.EventBegan, "it replaces 1.0"))
		})
	}
}

// TestHoldsNameWhatWorks: the orders that a hold names are carried out when they are
// given at once, and no others are.
func TestHoldsNameWhatWorks(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		turned := slices.ContainsFunc(c.out.Events, func(e rollout.Event) bool {
			return e.Kind == rollout.EventRollback || e.Kind == rollout.EventRolledBack // of another stage, after the hold
		})
		for _, e := range c.out.Events {
			if turned || e.Kind != rollout.EventHold || c.after.Hold == nil || e.Stage != c.after.Hold.Stage || !strings.HasPrefix(e.Text, c.after.Hold.Reason) || !c.after.Paused.IsZero() || len(c.in.Commands) > 0 {
				continue
			}
			_, names, _ := strings.Cut(e.Text, ": awaits an order to ")
			for kind, name := range map[rollout.CommandKind]string{rollout.Resume: "resume", rollout.Promote: "promote", rollout.Keep: "keep", rollout.Retry: "retry", rollout.RollBack: "roll back"} {
				in := c.in
				in.Samples = nil
				in.Commands = []rollout.Command{{ID: "probe", Kind: kind}}
				if kind == rollout.Promote || kind == rollout.Keep {
					in.Commands[0].Stage = e.Stage
				}
				_, out := w.sim.m.Decide(c.after, in)
				refused := slices.ContainsFunc(out.Events, func(e rollout.Event) bool { return e.Kind == rollout.EventRefused })
				if named := strings.Contains(names[strings.LastIndex(names, ": ")+1:], name); named == refused {
					t.Fatalf("%q: %s, refused: %v %v", e.Text, name, refused, out.Events)
				}
			}
		}
	}))
}

// TestHarmWithinACallIsSeen: what samples show one by one they show together.
func TestHarmWithinACallIsSeen(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	p.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: 10, ConsecutiveLimit: 2}
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	s.step()
	a := s.state.Ask[0]
	s.now = s.now.Add(5 * time.Second)
	in := s.input()
	in.Samples = nil
	for k, bad := range []float64{50, 50, 0} {
		from := a.From.Add(time.Duration(k) * time.Second)
		in.Samples = append(in.Samples, health.Sample{
			Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: from, To: from.Add(time.Second),
			Candidate: health.Arm{Exposure: 100, Bad: bad},
		})
	}
	if s.decide(in); !s.state.RolledBack {
		t.Errorf("%s", s.sum())
	}
}

// TestHarmEndsAWaiver: an order to promote that was given before a signal was degraded
// does not pass the step after the hold for that.
func TestHarmEndsAWaiver(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	p.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: 10, ConsecutiveLimit: 2}
	p.Health.Signals[0].On.Degraded = health.Hold
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Moving))
	order(rollout.Promote, "hurry")(s)
	s.step()
	s.errRate = 1
	s.until(10, func() bool { return s.state.Hold != nil })
	s.errRate = 0
	s.step()
	s.step()
	order(rollout.Resume, "bake on")(s)
	for range 5 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 || s.state.Hold != nil {
		t.Errorf("%s", s.trace.String())
	}
}

// TestRetryOfDegradedDoneIsMeasured: a new attempt does not end before what was
// degraded is measured again.
func TestRetryOfDegradedDoneIsMeasured(t *testing.T) {
	p := of(strategy.ABTest{Share: 2000})()
	p.Health.Signals[0].On.Degraded = health.Hold
	p.Stages[0].Gates.Step = nil
	s := newSim(t, p)
	able(s)
	s.until(20, s.phase(0, rollout.Waiting))
	order(rollout.Pause, "")(s)
	s.step()
	order(rollout.Keep, "")(s)
	s.until(1, s.phase(0, rollout.Done))
	s.errRate = 1
	s.until(5, func() bool { return s.state.Hold != nil })
	order(rollout.Retry, "")(s)
	s.until(1, s.phase(0, rollout.Waiting))
	s.until(5, func() bool { return s.state.Hold != nil })
	s.errRate = 0
	order(rollout.Retry, "")(s)
	s.until(5, s.phase(0, rollout.Waiting))
	order(rollout.Keep, "")(s)
	s.until(5, func() bool { return s.last.Done })
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

// TestRetryGivesEntryGatesTime: as a resume does.
func TestRetryGivesEntryGatesTime(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Entry = []gate.Gate{says{"board"}}
	p.Stages[0].GateDeadline = 30 * time.Second
	s := newSim(t, p)
	s.until(60, func() bool { return s.state.Hold != nil })
	order(rollout.Retry, "")(s)
	if s.until(1, s.told(rollout.EventStarted, "attempt 2")); s.state.Hold != nil {
		t.Fatalf("%s", s.trace.String())
	}
	retried := s.now
	s.until(60, func() bool { return s.state.Hold != nil })
	if d := s.state.Hold.Since.Sub(retried); d < 28*time.Second {
		t.Errorf("it held after %s", d)
	}
}

// TestInconclusiveIsNamed: where all gates are open it is told which signal is not
// healthy.
func TestInconclusiveIsNamed(t *testing.T) {
	p := half()
	p.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: 10, FailureLimit: 1 << 40}
	s := newSim(t, p)
	s.errRate = 1
	for range 30 {
		s.step()
	}
	s.doing(t, "its gates are open, but errors is inconclusive: 100% is above 1%")
	if w := s.last.Awaits; w != "stage prod waits for signal errors to be healthy" {
		t.Errorf("it awaits %q", w)
	}
}

// TestPausedIsNotMissed: while the rollout stands still no data is missed.
func TestPausedIsNotMissed(t *testing.T) {
	p := half(gate.Bake{For: time.Hour})
	p.Health.Signals[0].On.Missing = health.Rollback
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	order(rollout.Pause, "")(s)
	s.step()
	s.silent = true
	for range 60 {
		s.step()
	}
	if s.state.RolledBack {
		t.Errorf("%s", s.trace.String())
	}
}

// TestSampleIsCountedOnce: also when the clock jumps back by more than it covers, and
// it is brought again.
func TestSampleIsCountedOnce(t *testing.T) {
	p := half(gate.Requests{Min: 1000000})
	p.Health.Signals[0].Every = 10 * time.Second
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	var last health.Sample
	for range 40 {
		in := s.input()
		if len(in.Samples) > 0 {
			last = in.Samples[0]
		}
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	counted := func() float64 { return s.state.Stages[0].Ledger.Counts[0].N }
	before := counted()
	s.now = last.To.Add(-11 * time.Second)
	for _, samples := range [][]health.Sample{{last}, nil, {last}} { // in the call that sees the jump, and after it
		in := s.input()
		in.Samples = samples
		s.decide(in)
		s.now = s.now.Add(2 * time.Second)
	}
	if n := counted(); n != before {
		t.Errorf("%v were counted again", n-before)
	}
	s.until(30, func() bool { return counted() > before })
}
