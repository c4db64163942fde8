package rollout_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func TestApprovalIsRecordedForGates(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.At = map[string][]gate.Gate{"1%": {says{"board"}}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	s.orders = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Step: "10%"}}
	s.until(1, s.told(rollout.EventRefused, "it is about step 10%, the stage is at 1%"))
	s.orders = []rollout.Command{{ID: "b", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Digest: "sha256:3"}}
	s.until(1, s.told(rollout.EventRefused, "it is about digest sha256:3"))
	s.orders = []rollout.Command{{ID: "c", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Step: "1%", Digest: "sha256:2"}}
	s.until(1, s.told(rollout.EventRecorded, "approved"))
	s.until(10, s.told(rollout.EventPassed, "1%"))
	if n := len(s.state.Stages[0].Ledger.Votes); n != 0 {
		t.Errorf("%d approvals of the last step are left at the next", n)
	}
}

func TestKeepAndAwait(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates = rollout.Gates{}
	p.Stages[0].Strategy = ladder{Steps: []strategy.Step{
		{Name: "kept", Weight: 1000, Keep: 20 * time.Second},
		{Name: "asked", Weight: 2000, Await: "the product owner"},
		{Name: "all", Weight: strategy.Full},
	}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	reached := s.state.Stages[0].Ledger.Reached
	s.doing(t, "kept for 19s more")
	s.until(40, s.told(rollout.EventPassed, "kept"))
	if d := s.state.Clock.Sub(reached); d != 20*time.Second {
		t.Errorf("kept for %s", d)
	}
	s.until(5, s.phase(0, rollout.Waiting))
	for range 50 {
		s.step()
	}
	s.doing(t, "awaits the product owner")
	order(rollout.Promote, "")(s)
	s.until(1, s.told(rollout.EventPassed, "asked"))
	s.until(60, func() bool { return s.last.Done })
}

// TestRetryBeginsAgainInOrder: after a rollback of all stages a new attempt waits
// for what each stage needs, and counts no stage that is not done.
func TestRetryBeginsAgainInOrder(t *testing.T) {
	s := newSim(t, stagesPlan())
	s.until(60, s.phase(1, rollout.Waiting))
	s.errRate = 0.05
	s.until(60, func() bool { return s.last.Done })
	s.errRate = 0
	order(rollout.Retry, "")(s)
	s.step()
	if a, b := s.state.Stages[0].Phase, s.state.Stages[1].Phase; a != rollout.Moving || b != rollout.Pending {
		t.Errorf("the stages are %q and %q", a, b)
	}
	s.until(120, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed || s.state.Attempt != 2 || s.state.Stages[1].Ledger.Earlier != 1 {
		t.Errorf("%s", s.sum())
	}
}

// TestRetryOfWhatWasReplacedMeanwhile: what serves now is looked at again, and a
// target that follows a later rollout is not taken back with an old fence.
func TestRetryOfWhatWasReplacedMeanwhile(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	order(rollout.RollBack, "")(s)
	s.until(20, func() bool { return s.last.Done })
	f := s.fleets["prod"]
	f.versions = []rollout.Version{{Version: "1.1", Instances: 10, Ready: 10, Weight: strategy.Full}}
	f.fence = rollout.Fence{Epoch: 7, Seq: 3}
	order(rollout.Retry, "")(s)
	s.until(1, s.told(rollout.EventHold, "the release replaces 1.0, but the fleet runs 1.1"))
	if v := f.versions[0]; v.Instances != 10 {
		t.Errorf("%+v", f.versions)
	}
}

// TestDoneStagesSurviveARetry: a stage that is done is not missing its data because
// a new attempt forgot it.
func TestDoneStagesSurviveARetry(t *testing.T) {
	p := stagesPlan()
	p.Health.Signals[0].On.Missing = health.Rollback
	s := newSim(t, p)
	s.until(60, s.phase(1, rollout.Waiting))
	order(rollout.Pause, "")(s)
	s.step()
	order(rollout.Retry, "")(s)
	s.until(120, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

func TestApprovalsGivenOnTheWay(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	s.step()
	s.orders = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Step: "1%"}}
	s.until(1, s.told(rollout.EventRecorded, "approved"))
	s.until(20, s.told(rollout.EventPassed, "1%"))
}

func TestOrdersAboutTheWholeRollout(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.step()
	for _, kind := range []rollout.CommandKind{rollout.Pause, rollout.Resume, rollout.Retry} {
		s.orders = []rollout.Command{{ID: string(kind), Kind: kind, Stage: "prod"}}
		s.until(1, s.told(rollout.EventRefused, "it is about the whole rollout"))
	}
	s.orders = []rollout.Command{{ID: "x", Kind: rollout.RollBack, Stage: "prod", Step: "100%"}}
	s.until(1, s.told(rollout.EventRefused, "it is about step 100%"))
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

// TestRetryOfAnUnseenStage does not hold again at once.
func TestRetryOfAnUnseenStage(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Deadline = 30 * time.Second
	s := newSim(t, p)
	s.fleets["prod"].err = "no answer"
	s.until(60, func() bool { return s.state.Hold != nil })
	s.give(rollout.Retry, "")
	if s.step(); s.state.Hold != nil {
		t.Error(s.trace.String())
	}
}

// TestPromoteAnswersWhatWasAsked: that what runs is what is replaced is said of a fleet
// that is seen, and of no foreign candidate.
func TestPromoteAnswersWhatWasAsked(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Deadline = 30 * time.Second
	s := newSim(t, p)
	f := s.fleets["prod"]
	f.versions = []rollout.Version{{Version: "0.9", Instances: 10, Ready: 10, Weight: strategy.Full}, {Version: "2.0", Instances: 1, Ready: 1, Digest: "sha256:other"}}
	s.until(60, func() bool { return s.state.Hold != nil })
	in := s.input()
	in.Fleets, in.Commands = nil, []rollout.Command{{ID: "p", Kind: rollout.Promote, By: "ada"}}
	if s.decide(in); !s.told(rollout.EventRefused, "promote")() {
		t.Error(s.trace.String())
	}
}
