package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestJumpBackKeepsWhatWasWaitedFor: a clock that jumps back in the middle of a bake
// costs at most the interval that was being measured, and frees nothing either.
func TestJumpBackKeepsWhatWasWaitedFor(t *testing.T) {
	for _, by := range []time.Duration{-time.Second, -time.Minute, -48 * time.Hour} {
		s := newSim(t, canaryPlan())
		s.until(5, s.phase(0, rollout.Waiting))
		for range 3 {
			s.step()
		}
		baked := s.state.Stages[0].Ledger.Healthy
		if baked == 0 {
			t.Fatal("nothing is baked")
		}
		s.now = s.now.Add(by)
		s.step()
		if after := s.state.Stages[0].Ledger.Healthy; after < baked || after > baked+time.Second {
			t.Errorf("%s: %s were baked, then %s", by, baked, after)
		}
		s.until(10, s.told(rollout.EventPassed, "1%"))
		s.until(60, func() bool { return s.last.Done })
		if s.state.Outcome != rollout.Completed {
			t.Errorf("%s: %s", by, s.sum())
		}
	}
}

// TestJumpBackMovesEveryInstant: all instants of the state move by what the clock
// jumped, so that every duration between them stays.
func TestJumpBackMovesEveryInstant(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Canary{Pace: strategy.Pace{MinReady: 2 * time.Second, Drain: time.Second}}
	s := newSim(t, p)
	s.until(60, s.told(rollout.EventReached, "50%"))
	s.step()
	order(rollout.Pause, "")(s)
	s.step()
	before := s.state
	const by = 72 * time.Hour
	in := rollout.Input{Now: before.Clock.Add(-by)}
	after, out := s.m.Decide(before, in)
	if !out.Save || out.Events[0].Kind != rollout.EventClock {
		t.Fatalf("%+v", out)
	}
	a, b := before.Stages[0], after.Stages[0]
	for name, pair := range map[string][2]time.Time{
		"clock": {before.Clock, after.Clock}, "started": {before.Started, after.Started}, "paused": {before.Paused, after.Paused},
		"begun": {a.Begun, b.Begun}, "progress": {a.Progress, b.Progress}, "fleet": {a.Fleet.At, b.Fleet.At},
		"reached": {a.Ledger.Reached, b.Ledger.Reached}, "frontier": {a.Ledger.Frontier, b.Ledger.Frontier},
		"signal": {a.Ledger.Signals[0].Since, b.Ledger.Signals[0].Since}, "through": {a.Evidence[0].Through, b.Evidence[0].Through},
		"seen": {a.Evidence[0].Seen, b.Evidence[0].Seen}, "since": {a.Evidence[0].Since, b.Evidence[0].Since},
		"readiness": {a.Evidence[1].Through, b.Evidence[1].Through}, "draining": {a.Draining.Stable, b.Draining.Stable},
		"settling": {a.Settling.Candidate[0].Since, b.Settling.Candidate[0].Since},
	} {
		if pair[0].IsZero() || !pair[1].Equal(pair[0].Add(-by)) {
			t.Errorf("%s went from %s to %s", name, pair[0], pair[1])
		}
	}
	if a.Settling.Candidate[0].Since.Equal(b.Settling.Candidate[0].Since) || !before.Clock.After(after.Clock) {
		t.Error("the state that was given was changed")
	}
}

// TestJumpForwardEarnsNothing: hours without samples earn no bake, but a deadline
// that passed meanwhile is missed only if the fleet did not arrive meanwhile.
func TestJumpForwardEarnsNothing(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Minute}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	s.step()
	baked := s.state.Stages[0].Ledger.Healthy
	s.now = s.now.Add(48 * time.Hour)
	in := s.input()
	in.Samples = nil
	s.decide(in)
	if after := s.state.Stages[0].Ledger.Healthy; after != baked {
		t.Errorf("a jump earned %s", after-baked)
	}
	in = s.input() // one interval over all that time counts for at most twice its cadence
	s.decide(in)
	if after := s.state.Stages[0].Ledger.Healthy; after > baked+2*time.Second {
		t.Errorf("one interval earned %s", after-baked)
	}

	s = newSim(t, canaryPlan())
	s.step() // moving, and the target obeys
	s.now = s.now.Add(48 * time.Hour)
	s.step()
	if s.state.Hold != nil {
		t.Errorf("it holds although the move went on: %+v", s.state.Hold)
	}
}

// TestOutageIsNotHeldAgainstTheRelease: however long nobody decided, no deadline and
// no missing data of that time counts.
func TestOutageIsNotHeldAgainstTheRelease(t *testing.T) {
	p := canaryPlan()
	p.Health.Signals[0].On.Missing = health.Rollback
	p.OnFailure.Deadline = health.Rollback
	for _, steps := range []int{2, 4, 9} {
		s := newSim(t, p)
		for range steps {
			s.step()
		}
		s.now = s.now.Add(3 * time.Hour)
		in := s.input()
		in.Samples = nil // a source that starts again has nothing to say yet
		s.decide(in)
		s.now = s.now.Add(time.Second)
		s.until(120, func() bool { return s.last.Done })
		if s.state.Outcome != rollout.Completed {
			t.Errorf("after %d steps: %s\n%s", steps, s.sum(), s.trace.String())
		}
	}
}
