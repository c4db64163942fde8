package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

func TestAdvisorySignalNeverCounts(t *testing.T) {
	p := canaryPlan()
	bad := p.Health.Signals[0]
	bad.Name, bad.Advisory = "noise", true
	bad.Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0, MinSample: 10}
	p.Health.Signals = append(p.Health.Signals, bad)
	p.Stages[0].Gates.Step = append(p.Stages[0].Gates.Step, gate.Healthy{})
	s := newSim(t, p)
	s.errRate = 0.005 // above 0, not above 1 %
	s.until(200, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s\n%s", s.state.Outcome, s.trace.String())
	}
}

func TestSamplesOfAnotherAttemptAreLeftOut(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	in := s.input()
	in.Samples[0].Key, in.Samples[0].Candidate.Bad = "0/prod/errors", in.Samples[0].Candidate.Exposure
	if s.decide(in); s.state.Stages[0].Phase != rollout.Waiting {
		t.Errorf("it was judged:\n%s", s.trace.String())
	}
	in.Samples[0].Key = s.state.Ask[0].Key
	if s.decide(in); s.state.Stages[0].Phase != rollout.RollingBack {
		t.Errorf("it was not judged:\n%s", s.trace.String())
	}
}

// TestIntervalFromBeforeTheStep: of an interval that began before the step was
// reached nothing speaks for the release, neither verdict, bake nor requests; harm
// does count.
func TestIntervalFromBeforeTheStep(t *testing.T) {
	p := canaryPlan()
	p.Health.Signals[0].Every = 4 * time.Second
	p.Stages[0].Gates.Step = []gate.Gate{gate.Requests{Min: 1}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	s.now = s.state.Stages[0].Ledger.Reached.Add(2 * time.Second)
	in := s.input()
	if in.Samples[0].From.After(s.state.Stages[0].Ledger.Reached) {
		t.Fatal("the interval does not straddle")
	}
	s.decide(in)
	st := s.state.Stages[0]
	if st.Ledger.Counts[0].N != 0 || st.Evidence[0].Verdict == health.Healthy || st.Phase != rollout.Waiting {
		t.Errorf("%+v %+v", st.Ledger, st.Evidence[0])
	}
}

// TestBakeIsNotEarnedInAdvance: an interval that ends ahead of the host's clock is
// credited up to now.
func TestBakeIsNotEarnedInAdvance(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	s.step()
	baked := s.state.Stages[0].Ledger.Healthy
	in := s.input()
	in.Samples[0].To = s.now.Add(time.Second)
	s.decide(in)
	if more := s.state.Stages[0].Ledger.Healthy - baked; more > time.Second {
		t.Errorf("%s were earned in a second", more)
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

// TestTimesElsewhereAddUp: an interval that is of the step only now and then is not of
// it.
func TestTimesElsewhereAddUp(t *testing.T) {
	p := half(gate.Requests{Min: 1000})
	p.Health.Signals[0].Every, p.Health.Signals[0].MaxGap = time.Minute, 10*time.Minute
	p.Stages[0].Deadline = 10 * time.Minute
	s := newSim(t, p)
	s.until(100, s.phase(0, rollout.Waiting))
	for n := range 200 {
		if n%28 == 27 {
			s.step()
		} else {
			elsewhere(s)
		}
	}
	if s.state.Stages[0].Step > 0 {
		t.Error(s.trace.String())
	}
}

// TestMeasuredOfAnotherDigest: it opens no gate.
func TestMeasuredOfAnotherDigest(t *testing.T) {
	s := newSim(t, half(gate.Requests{Min: 5000}, gate.Healthy{Passes: 20, Signals: []string{"errors"}}))
	s.until(100, s.phase(0, rollout.Waiting))
	for range 25 {
		in := s.input()
		v := in.Fleets[0].Versions
		v[len(v)-1].Digest = "sha256:other"
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	for range 10 {
		s.step()
	}
	if s.state.Stages[0].Step > 0 {
		t.Error(s.trace.String())
	}
}
