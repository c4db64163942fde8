package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

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

func TestObservationsThatAreTooOld(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	s.step()
	seen := s.state.Stages[0].Fleet
	late := s.input()
	late.Samples = nil
	late.Fleets[0].At, late.Fleets[0].Desired = seen.At.Add(-time.Second), 3
	s.decide(late)
	if got := s.state.Stages[0].Fleet.Desired; got != 10 {
		t.Errorf("an observation from before the one in use was used: desired %d", got)
	}
	s.now = s.now.Add(5 * time.Minute)
	old := s.input()
	old.Samples = nil
	old.Fleets[0].At, old.Fleets[0].Desired = s.now.Add(-90*time.Second), 3
	s.decide(old)
	if got := s.state.Stages[0].Fleet.Desired; got != 10 || s.state.Stages[0].Troubled.IsZero() {
		t.Errorf("an observation older than a minute was used: desired %d", got)
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

// TestRetryForgetsTheLastAttempt: its rollback and its waivers are not those of the
// new one.
func TestRetryForgetsTheLastAttempt(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(20, s.told(rollout.EventMoving, "10%"))
	order(rollout.Promote, "")(s)
	s.step()
	s.errRate = 0.05
	s.until(60, func() bool { return s.last.Done })
	order(rollout.Retry, "")(s)
	s.step()
	if s.state.RolledBack || s.state.Stages[0].Waived != "" {
		t.Errorf("%+v", s.state)
	}
	s.until(60, s.told(rollout.EventRollback, "errors")) // and may be rolled back itself
	order(rollout.Pause, "")(s)
}

// TestWaiverEndsWithItsAttempt: what was waived before a retry is not waived after.
func TestWaiverEndsWithItsAttempt(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.step()
	order(rollout.Promote, "")(s)
	s.step()
	order(rollout.Pause, "")(s)
	s.step()
	if s.state.Stages[0].Waived == "" {
		t.Fatal("nothing is waived")
	}
	order(rollout.Retry, "")(s)
	s.step()
	if w := s.state.Stages[0].Waived; w != "" {
		t.Errorf("%s is still waived", w)
	}
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

// TestNoStageBeginsWhileOneGoesBack: a failure stops what was not begun.
func TestNoStageBeginsWhileOneGoesBack(t *testing.T) {
	p := stagesPlan()
	p.OnFailure.Rollback = rollout.RollbackStage
	p.Stages[1].Needs = nil
	p.Stages[1].Gates.Entry = []gate.Gate{says{"window"}}
	s := newSim(t, p)
	s.until(20, s.phase(0, rollout.Waiting))
	order(rollout.RollBack, "")(s)
	s.step()
	s.facts = []gate.Fact{{Name: "window", Value: "open"}}
	s.until(60, func() bool { return s.last.Done })
	if s.state.Stages[1].Phase != rollout.Pending {
		t.Errorf("prod is %s", s.state.Stages[1].Phase)
	}
}

// TestInputIsNotKept: what a host does with its input afterwards changes no state.
func TestInputIsNotKept(t *testing.T) {
	s := newSim(t, canaryPlan())
	in := s.input()
	s.state, _ = s.m.Decide(s.state, in)
	before := encode(t, s.state)
	in.Fleets[0].Versions[0].Version = "changed"
	if after := encode(t, s.state); after != before {
		t.Error("the state holds the host's slices")
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

func TestManyOrdersAtOnce(t *testing.T) {
	s := newSim(t, canaryPlan())
	in := s.input()
	for i := range 1500 {
		in.Commands = append(in.Commands, rollout.Command{ID: "o" + string(rune('a'+i%26)) + time.Duration(i).String(), Kind: "dance"})
	}
	in.Commands = append(in.Commands, rollout.Command{ID: "last", Kind: rollout.Pause})
	s.decide(in) // it checks that a second call changes nothing
	if s.state.Paused.IsZero() || len(s.state.Taken) != 1501 {
		t.Errorf("of 1501 orders %d were taken, the last one: %v", len(s.state.Taken), !s.state.Paused.IsZero())
	}
	s.now = s.now.Add(time.Second)
	in = s.input()
	in.Commands = []rollout.Command{{ID: "more", Kind: rollout.Resume}, {ID: "last", Kind: rollout.Pause}}
	s.decide(in)
	if len(s.state.Taken) != 1000 || !s.state.Paused.IsZero() {
		t.Errorf("%d are remembered; paused again: %v", len(s.state.Taken), !s.state.Paused.IsZero())
	}
}
