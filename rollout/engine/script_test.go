package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// script is a machine that does what a test says, to see what the loop makes of it.
type script func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output)

func (f script) Plan() rollout.Plan {
	return rollout.Plan{Poll: time.Second, Stages: []rollout.Stage{{Name: "eu", Target: "eu"}, {Name: "eu2", Target: "eu"}}}
}
func (f script) Check(rollout.State) error { return nil }
func (f script) Decide(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
	return f(s, in)
}

func noRecord(in rollout.Input, next rollout.State, _ rollout.Output) (rollout.Record, error) {
	return rollout.Record{Rev: next.Rev, Input: in}, nil
}

// flaky is a store whose next saves fail.
type flaky struct {
	*Memory
	fails atomic.Int64
	after bool // they fail when all is done
	skip  int64
	err   error
	saves atomic.Int64
}

func (s *flaky) Save(ctx context.Context, id string, prev uint64, next rollout.State, r rollout.Record) error {
	if s.saves.Add(1) > s.skip && s.fails.Add(-1) >= 0 {
		if s.after {
			_ = s.Memory.Save(ctx, id, prev, next, r)
		}
		return s.err
	}
	return s.Memory.Save(ctx, id, prev, next, r)
}

func step(s rollout.State, out rollout.Output) (rollout.State, rollout.Output) {
	s.Rev++
	out.Save = true
	return s, out
}

func wantOf(rev uint64) []rollout.Want {
	return []rollout.Want{{
		Stage: "eu", Target: "eu", Fence: rollout.Fence{Epoch: 1, Seq: rev}, Stable: rollout.Artifact{Version: "1.0"},
		Allocation: strategy.Allocation{Stable: strategy.Share{Instances: 4, Weight: strategy.Full}},
	}}
}

// TestSleep: a wake in the past does not spin, one far away and none do not sleep for
// ever, and one between is kept to.
func TestSleep(t *testing.T) {
	for name, c := range map[string]struct {
		wake func(now time.Time) time.Time
		want time.Duration
	}{
		"past": {func(now time.Time) time.Time { return now.Add(-time.Hour) }, minSleep},
		"now":  {func(now time.Time) time.Time { return now }, minSleep},
		"soon": {func(now time.Time) time.Time { return now.Add(7 * time.Second) }, 7 * time.Second},
		"far":  {func(now time.Time) time.Time { return now.Add(time.Hour) }, maxSleep},
		"none": {func(time.Time) time.Time { return time.Time{} }, maxSleep},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
					at = append(at, in.Now)
					if len(in.Fleets) != 2 || in.Fleets[0].Stage != "eu" || in.Fleets[1].Stage != "eu2" || in.Fleets[1].At.IsZero() {
						t.Errorf("fleets %v", in.Fleets)
					}
					return s, rollout.Output{Wake: c.wake(in.Now), Done: len(at) == 3}
				})
				e := engine(t, Options{Targets: map[string]Target{"eu": newFleet(4)}})
				if _, err := e.drive(t.Context(), "r", m, noRecord); err != nil {
					t.Fatal(err)
				}
				if d := at[2].Sub(at[1]); d != c.want {
					t.Errorf("slept %v, not %v", d, c.want)
				}
			})
		})
	}
}

// TestFailingStore: nothing is applied until it is saved, however long that takes;
// no sample is lost meanwhile; and a save that only seemed to fail is known again.
func TestFailingStore(t *testing.T) {
	for _, after := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(4)
			store := &flaky{Memory: NewMemory(), err: errors.New("disk full"), after: after}
			f.onApply = func(_ context.Context, w rollout.Want) error {
				if s, err := store.Load(t.Context(), "r"); err != nil || !onRecord(s, w) {
					t.Errorf("applied what is not on record: %v", err)
				}
				return nil
			}
			src := sourceFunc(func() []health.Sample { return make([]health.Sample, 1) })
			var samples int
			m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
				switch s.Rev {
				case 0:
					store.fails.Store(5)
				case 2:
					return s, rollout.Output{Done: true}
				}
				samples = len(in.Samples)
				s.Want, s.Ask = wantOf(s.Rev+1), []health.Ask{{Key: "k"}}
				if s.Rev == 1 {
					s.Outcome = rollout.Completed
				}
				return step(s, rollout.Output{Wake: in.Now.Add(time.Second)})
			})
			store.skip = 1
			began := time.Now()
			e := engine(t, Options{Targets: map[string]Target{"eu": f}, Store: store, Source: src})
			s, err := e.drive(t.Context(), "r", m, noRecord)
			if err != nil || s.Rev != 2 {
				t.Errorf("revision %d, %v", s.Rev, err)
			}
			if got := f.applies(); len(got) == 0 || got[len(got)-1].Fence.Seq != 2 {
				t.Errorf("after %v: applied %v", after, got)
			}
			if d := time.Since(began); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
			if !after && samples != 6 {
				t.Errorf("%d samples of 6 rounds", samples)
			}
			records, err := store.Journal(t.Context(), "r")
			if err != nil || len(records) != 2 {
				t.Errorf("%d records, %v", len(records), err)
			}
		})
	}
}

type sourceFunc func() []health.Sample

func (f sourceFunc) Sample(context.Context, []health.Ask) ([]health.Sample, error) { return f(), nil }

// TestLostRollout: an engine lets go of a rollout that another one keeps saving, or
// whose state is gone, unreadable or older; and applies nothing on the way.
func TestLostRollout(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"conflict": {ErrConflict, ErrConflict}, "corrupt": {ErrCorrupt, ErrCorrupt}, "locked": {ErrLocked, ErrLocked},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(4)
				store := &flaky{Memory: NewMemory(), err: c.err}
				store.fails.Store(100)
				must(t, saveTo(store.Memory, "r", 0, "theirs"))
				m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
					s.Want = wantOf(9)
					return step(s, rollout.Output{})
				})
				e := engine(t, Options{Targets: map[string]Target{"eu": f}, Store: store})
				s, err := e.drive(t.Context(), "r", m, noRecord)
				if !errors.Is(err, c.want) || s.Rev != 1 {
					t.Errorf("revision %d, %v", s.Rev, err)
				}
				if n := len(f.applies()); n > 0 {
					t.Errorf("%d applies", n)
				}
				if n := store.saves.Load(); n > maxConflicts {
					t.Errorf("%d saves", n)
				}
			})
		})
	}
}

// TestApplyAgain: a want is applied at once when it changes, again at a growing
// distance while it is not observed, and no more once it is.
func TestApplyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		var at []time.Duration
		began := time.Now()
		f.onApply = func(context.Context, rollout.Want) error {
			at = append(at, time.Since(began).Round(100*time.Millisecond))
			if time.Since(began) < 40*time.Second {
				return errors.New("no")
			}
			return nil
		}
		f.desired = 0
		f.set("1.0", strategy.Share{Instances: 3, Weight: strategy.Full})
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if s.Rev == 0 {
				s.Want = wantOf(1)
				return step(s, rollout.Output{Wake: in.Now.Add(time.Second)})
			}
			return s, rollout.Output{Wake: in.Now.Add(time.Second)}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		e := engine(t, Options{Targets: map[string]Target{"eu": f}})
		if _, err := e.drive(ctx, "r", m, noRecord); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		want := []time.Duration{0, 1, 3, 7, 15, 25, 35, 45}
		if len(at) != len(want) {
			t.Fatalf("applied at %v", at)
		}
		for i := range want {
			if at[i] != want[i]*time.Second {
				t.Errorf("applied at %v", at)
				break
			}
		}
	})
}

// TestSlowAnswer: an answer that comes after the timeout is used all the same, and
// the target is not called again before.
func TestSlowAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		f.onObserve = func(context.Context) error { time.Sleep(15 * time.Second); return nil }
		var good, bad int
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if o := in.Fleets[0]; o.Err != "" {
				bad++
			} else {
				good++
				if age := in.Now.Sub(o.At); age < 15*time.Second {
					t.Errorf("an observation that began %v ago is given out as newer", age)
				}
			}
			return s, rollout.Output{Wake: in.Now.Add(time.Second), Done: good == 3 || bad > 100}
		})
		e := engine(t, Options{Targets: map[string]Target{"eu": f}})
		if _, err := e.drive(t.Context(), "r", m, noRecord); err != nil {
			t.Error(err)
		}
		if f.overlap || bad == 0 || good != 3 {
			t.Errorf("overlap %v, %d failures", f.overlap, bad)
		}
	})
}

// TestTakeover: what another engine saved is left to that engine; if it died before
// it could apply it, it is done here after a while.
func TestTakeover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store := newFleet(4), NewMemory()
		var at time.Duration
		began := time.Now()
		f.onApply = func(_ context.Context, w rollout.Want) error {
			if w.Fence.Seq != 7 {
				t.Errorf("applied %v", w.Fence)
			}
			at = time.Since(began)
			return nil
		}
		f.set("1.0", strategy.Share{Instances: 3, Weight: strategy.Full})
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if s.Rev == 0 { // just now the other engine saves, and dies
				theirs := rollout.State{Rev: 1, Want: wantOf(7)}
				must(t, store.Save(t.Context(), "r", 0, theirs, rollout.Record{Rev: 1}))
				s.Want = wantOf(8)
				return step(s, rollout.Output{})
			}
			return s, rollout.Output{Wake: in.Now.Add(time.Second), Done: len(f.applies()) > 0}
		})
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, Store: store})
		if s, err := e.drive(t.Context(), "r", m, noRecord); err != nil || s.Rev != 1 {
			t.Errorf("revision %d, %v", s.Rev, err)
		}
		if at < maxBackoff || at > maxBackoff+time.Second {
			t.Errorf("applied after %v", at)
		}
	})
}

// TestLastApply: Run returns when the last want is applied, and no later.
func TestLastApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		f.onApply = func(ctx context.Context, _ rollout.Want) error { time.Sleep(5 * time.Second); return ctx.Err() }
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if s.Rev == 0 {
				s.Want, s.Outcome = wantOf(1), rollout.Completed
				return step(s, rollout.Output{Done: true})
			}
			return s, rollout.Output{Done: true}
		})
		began := time.Now()
		e := engine(t, Options{Targets: map[string]Target{"eu": f}})
		if _, err := e.drive(t.Context(), "r", m, noRecord); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d < 5*time.Second || d > 5*time.Second+3*minSleep || len(f.applies()) != 1 {
			t.Errorf("returned after %v with %d applies", d, len(f.applies()))
		}
	})
}

// TestNews: an order wakes a rollout that sleeps, however it comes.
func TestNews(t *testing.T) {
	for name, c := range map[string]struct {
		inbox func(*Memory) Inbox
		most  time.Duration
	}{
		"notified": {func(s *Memory) Inbox { return s }, 3 * minSleep},
		"asked":    {func(s *Memory) Inbox { return struct{ Inbox }{s} }, inboxPoll + 3*minSleep},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := NewMemory()
				var given, taken time.Time
				m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
					if s.Rev == 1 {
						return s, rollout.Output{Done: true}
					}
					if len(in.Commands) == 0 {
						return s, rollout.Output{}
					}
					taken = time.Now()
					return step(s, rollout.Output{})
				})
				e := engine(t, Options{Targets: map[string]Target{"eu": newFleet(4)}, Store: store, Inbox: c.inbox(store)})
				time.AfterFunc(12300*time.Millisecond, func() {
					given = time.Now()
					must(t, store.Submit(t.Context(), "r", command("1", rollout.Pause)))
				})
				if _, err := e.drive(t.Context(), "r", m, noRecord); err != nil {
					t.Error(err)
				}
				if d := taken.Sub(given); d > c.most {
					t.Errorf("taken after %v", d)
				}
				if p, _ := store.Pending(t.Context(), "r"); len(p) != 1 {
					t.Error("an order that was not taken is acknowledged")
				}
			})
		})
	}
}
