package engine

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestAbandoned: a rollout that was given up and is run again, after a later one had
// its fleet, applies nothing within one engine; and in another process nothing that
// was decided before it looked.
func TestAbandoned(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(4)
			o := Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: NewMemory(), Epoch: 7}
			e, m := engine(t, o), compile(t, plan("eu"))
			part := func() rollout.State {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				s, err := e.Run(ctx, "old", m)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				return s
			}
			old := part()
			p := plan("eu")
			p.Release.Version = "3.0"
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			if s, err := e.Run(ctx, "new", compile(t, p)); err != nil || s.Outcome != rollout.Completed {
				t.Fatalf("%v: outcome %q", err, s.Outcome) // although it was given the same epoch
			}
			n := len(f.applies())
			if restart {
				e = engine(t, o)
			}
			part()
			for _, w := range f.applies()[n:] {
				if !restart || w.Fence == old.Want[0].Fence {
					t.Errorf("restart %v: applied %v", restart, w.Fence)
				}
			}
		})
	}
}

// TestTakenOver: a rollout whose target follows a later one says so, waits, and takes
// it back when that is ordered; the target need not know of fences.
func TestTakenOver(t *testing.T) {
	for _, kind := range []rollout.CommandKind{rollout.Retry, rollout.RollBack} {
		synctest.Test(t, func(t *testing.T) {
			f, store := newFleet(4), NewMemory()
			e := engine(t, Options{Targets: map[string]Target{"eu": f}, SourceOf: func(string) Source { return &traffic{} }, Store: store})
			p := plan("eu")
			p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: 10 * time.Second}}
			stop := background(t, e, compile(t, p))
			time.Sleep(5 * time.Second)
			p.Release.Version, p.Release.Replaces = "3.0", ""
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if _, err := e.Run(ctx, "new", compile(t, p)); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			n := len(f.applies())
			time.Sleep(5 * time.Minute)
			synctest.Wait()
			if all := events(t, store); !has(all, "trouble the target follows a later rollout") || !has(all, "hold ") {
				t.Errorf("%q", all)
			}
			if len(f.applies()) != n {
				t.Error("applied to a target of another rollout")
			}
			must(t, e.Submit(t.Context(), "r", command("c", kind)))
			time.Sleep(time.Minute)
			synctest.Wait()
			if len(f.applies()) == n {
				t.Errorf("after %s nothing is applied: %q", kind, events(t, store))
			}
			_, _ = stop()
		})
	}
}

// TestTakenOverAndRestarted: that a target follows a later rollout is known after a
// restart, too, although neither the target nor the new engine knows of fences: of one to
// another version, and of one back to what serves.
func TestTakenOverAndRestarted(t *testing.T) {
	for _, later := range []string{"3.0", "1.0"} {
		takenOver(t, later)
	}
}

func takenOver(t *testing.T, later string) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		o := Options{Targets: map[string]Target{"eu": f}, Store: NewMemory(), SourceOf: func(string) Source { return &traffic{} }}
		p, hotfix := plan("eu"), plan("eu")
		p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
		hotfix.Release.Version, hotfix.Release.Replaces = later, ""
		if later == "1.0" {
			hotfix.Release.Replaces = "2.0"
		}
		for restarted := range 2 {
			e := engine(t, o)
			stop := background(t, e, compile(t, p))
			time.Sleep(10 * time.Second)
			if restarted == 0 {
				if s, err := e.Run(t.Context(), "hotfix", compile(t, hotfix)); err != nil || s.Outcome != rollout.Completed {
					t.Fatalf("%v: outcome %q", err, s.Outcome)
				}
			}
			time.Sleep(5 * time.Minute)
			if s, _ := stop(); s.Hold == nil || f.weight(later) != strategy.Full {
				t.Errorf("hold %v, %s has %s", s.Hold, later, f.weight(later))
			}
		}
	})
}

// TestBegunAtOnce: of two rollouts that begin on one target in one round, one is the
// later, and the other is told.
func TestBegunAtOnce(t *testing.T) {
	begunAtOnce(t, rollout.Fence{})
	begunAtOnce(t, rollout.Fence{Epoch: 1 << 50, Seq: 7})
}

func begunAtOnce(t *testing.T, fence rollout.Fence) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		f.lie = func(o *rollout.Observed) { o.Fence = fence }
		f.onApply = func(_ context.Context, w rollout.Want) error {
			if fence.Epoch > 0 { // it keeps them
				f.mu.Lock()
				defer f.mu.Unlock()
				fence = w.Fence
			}
			return nil
		}
		f.onObserve = func(context.Context) error { time.Sleep(100 * time.Millisecond); return nil }
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, SourceOf: func(string) Source { return &traffic{} }})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		ends := make(chan rollout.State)
		for _, version := range []string{"2.0", "3.0"} {
			p := plan("eu")
			p.Release.Version = version
			p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
			m := compile(t, p)
			go func() {
				s, _ := e.Run(ctx, version, m)
				ends <- s
			}()
		}
		a, b := <-ends, <-ends
		if a.Stages[0].Epoch == b.Stages[0].Epoch || (a.Stages[0].Trouble == "") == (b.Stages[0].Trouble == "") {
			t.Errorf("epochs %d and %d, %q and %q", a.Stages[0].Epoch, b.Stages[0].Epoch, a.Stages[0].Trouble, b.Stages[0].Trouble)
		}
	})
}

// TestLeftToOthers: a rollout that is done does not wait for a target that follows
// another by now, of this engine or of any.
func TestLeftToOthers(t *testing.T) {
	for _, reports := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(4)
			e := engine(t, Options{Targets: map[string]Target{"eu": f}})
			m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
				if s.Rev > 0 {
					return s, rollout.Output{Wake: in.Now.Add(time.Second), Done: true}
				}
				s.Want, s.Outcome = wantOf(1), rollout.Completed
				s.Want[0].Allocation.Stable.Instances = 5
				if reports {
					f.onApply = func(context.Context, rollout.Want) error { return errors.New("late") }
					f.lie = func(o *rollout.Observed) { o.Fence = rollout.Fence{Epoch: 2} }
				} else {
					e.targets["eu"].follow(rollout.Fence{Epoch: 2})
				}
				return step(s, rollout.Output{Done: true})
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := e.drive(ctx, "r", m, noRecord); err != nil || len(f.applies()) > 0 {
				t.Errorf("%v, applied %v", err, f.applies())
			}
		})
	}
}

// TestUnseen: what is on record is not applied before the fleet was seen, nor over
// versions that it knows nothing of.
func TestUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store := newFleet(3), NewMemory()
		must(t, store.Save(t.Context(), "r", 0, rollout.State{Rev: 1, Want: wantOf(1)}, rollout.Record{Rev: 1}))
		began := time.Now()
		f.onObserve = func(context.Context) error {
			if time.Since(began) < 30*time.Second {
				return errors.New("not now")
			}
			return nil
		}
		f.lie = func(o *rollout.Observed) {
			if time.Since(began) < time.Minute {
				o.Versions = append(o.Versions, rollout.Version{Version: "3.0", Instances: 1})
			}
		}
		f.onApply = func(context.Context, rollout.Want) error {
			if d := time.Since(began); d < time.Minute {
				t.Errorf("applied after %v", d)
			}
			return nil
		}
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			return s, rollout.Output{Wake: in.Now.Add(time.Second), Done: len(f.applies()) > 0}
		})
		if _, err := engine(t, Options{Targets: map[string]Target{"eu": f}, Store: store}).drive(t.Context(), "r", m, noRecord); err != nil {
			t.Error(err)
		}
	})
}

// TestNewerWant: a want that comes while an older one is applied is applied too, even
// if the fleet looks like it already.
func TestNewerWant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		f.onApply = func(_ context.Context, w rollout.Want) error {
			if w.Fence.Seq == 1 {
				time.Sleep(5 * time.Second)
			}
			return nil
		}
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if s.Rev == 2 {
				return s, rollout.Output{Wake: in.Now.Add(time.Second), Done: true}
			}
			s.Want = wantOf(s.Rev + 1)
			if s.Rev == 1 {
				s.Outcome = rollout.Completed
			}
			return step(s, rollout.Output{Wake: in.Now.Add(time.Second), Done: s.Outcome != ""})
		})
		if _, err := engine(t, Options{Targets: map[string]Target{"eu": f}}).drive(t.Context(), "r", m, noRecord); err != nil {
			t.Error(err)
		}
		var seqs []uint64
		for _, w := range f.applies() {
			seqs = append(seqs, w.Fence.Seq)
		}
		if !slices.Equal(seqs, []uint64{1, 2}) {
			t.Errorf("applied %v", seqs)
		}
	})
}

// TestLyingApply: a rollout ends when its end can be seen, also if the target says
// that it failed, or nothing.
func TestLyingApply(t *testing.T) {
	for name, lie := range map[string]func(release chan struct{}) error{
		"fails": func(chan struct{}) error { return errors.New("done, but says no") },
		"hangs": func(release chan struct{}) error { <-release; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, release := newFleet(4), make(chan struct{})
				f.onApply = func(_ context.Context, w rollout.Want) error {
					f.mu.Lock()
					f.set("1.0", w.Allocation.Stable)
					f.mu.Unlock()
					return lie(release)
				}
				m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
					if s.Rev == 0 {
						s.Want, s.Outcome = wantOf(1), rollout.Completed
						s.Want[0].Allocation.Stable.Instances = 5
						return step(s, rollout.Output{Done: true})
					}
					return s, rollout.Output{Wake: in.Now.Add(time.Second), Done: true}
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began := time.Now()
				e := engine(t, Options{Targets: map[string]Target{"eu": f}})
				if _, err := e.drive(ctx, "r", m, noRecord); err != nil || time.Since(began) > time.Minute {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
				close(release)
			})
		})
	}
}

// TestEpoch: the machine hears the host's epoch, or that of the clock, and always one
// above what was applied.
func TestEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, epoch := range []uint64{0, 7} {
			want := epoch
			if epoch == 0 {
				want = uint64(time.Now().UnixMilli())
			}
			m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
				if s.Rev == 0 {
					if in.Epoch != want {
						t.Errorf("epoch %d, not %d", in.Epoch, want)
					}
					s.Want = wantOf(1)
					s.Want[0].Fence.Epoch = in.Epoch
					return step(s, rollout.Output{Wake: in.Now})
				}
				if in.Epoch != want+1 {
					t.Errorf("epoch %d after %d", in.Epoch, want)
				}
				return s, rollout.Output{Done: true}
			})
			e := engine(t, Options{Targets: map[string]Target{"eu": newFleet(4)}, Epoch: epoch})
			if _, err := e.drive(t.Context(), "r", m, noRecord); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestDepart: calls that heed their context are over when Run returns.
func TestDepart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var over atomic.Int64
		heed := func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(farewell / 2)
			over.Add(1)
			return ctx.Err()
		}
		f := newFleet(3)
		f.onApply = func(ctx context.Context, _ rollout.Want) error { return heed(ctx) }
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if s.Rev == 0 {
				s.Want, s.Ask = wantOf(1), []health.Ask{{Key: "k"}}
				f.mu.Lock()
				f.onObserve = heed
				f.mu.Unlock()
				return step(s, rollout.Output{Wake: in.Now})
			}
			return s, rollout.Output{Wake: in.Now}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{onSample: heed}})
		if _, err := e.drive(ctx, "r", m, noRecord); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if n := over.Load(); n != 3 {
			t.Errorf("%d of 3 calls are over", n)
		}
	})
}

// TestTakenUpAgain: an ended rollout that goes on is applied to its new end.
func TestTakenUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store := newFleet(4), NewMemory()
		f.set("1.0", strategy.Share{Instances: 3, Weight: strategy.Full})
		ended := rollout.State{Rev: 1, Outcome: rollout.WentBack, Want: wantOf(1)}
		must(t, store.Save(t.Context(), "r", 0, ended, rollout.Record{Rev: 1}))
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if s.Rev == 1 {
				s.Want, s.Outcome = wantOf(2), rollout.Completed
				return step(s, rollout.Output{Done: true})
			}
			return s, rollout.Output{Done: true}
		})
		if _, err := engine(t, Options{Targets: map[string]Target{"eu": f}, Store: store}).drive(t.Context(), "r", m, noRecord); err != nil {
			t.Error(err)
		}
		if got := f.applies(); len(got) != 1 || got[0].Fence.Seq != 2 {
			t.Errorf("applied %v", got)
		}
	})
}

// TestTakenOverAfterTheEnd: a rollout that has ended, and waits for one of its targets,
// leaves another to the later rollout that is shown there.
func TestTakenOverAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eu, us := newFleet(4), newFleet(4)
		us.onApply = func(_ context.Context, w rollout.Want) error {
			if w.Allocation.Candidate.Instances > 4 {
				return errors.New("quota")
			}
			return nil
		}
		shown := false
		eu.lie = func(o *rollout.Observed) {
			if shown {
				o.Fence = rollout.Fence{Epoch: 1 << 50, Seq: 1}
			}
		}
		store := NewMemory()
		e := engine(t, Options{Targets: map[string]Target{"eu": eu, "us": us}, Store: store, SourceOf: func(string) Source { return &traffic{} }})
		stop := background(t, e, compile(t, plan("us", "eu")))
		for eu.weight("2.0") == 0 {
			time.Sleep(time.Second)
		}
		us.mu.Lock()
		us.desired = 6
		us.mu.Unlock()
		for s := (rollout.State{}); s.Outcome == ""; s, _ = store.Load(t.Context(), "r") {
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Second)
		eu.mu.Lock()
		shown = true
		eu.set("2.0", strategy.Share{})
		eu.set("1.0", strategy.Share{Instances: 4, Weight: strategy.Full})
		n := len(eu.wants)
		eu.mu.Unlock()
		time.Sleep(time.Minute)
		if _, err := stop(); !errors.Is(err, context.Canceled) || len(eu.applies()) > n {
			t.Errorf("%v, applied %d", err, len(eu.applies())-n)
		}
	})
}

// TestTakenOverElsewhere: that a target follows a rollout of another process is heeded
// when it is shown, and also when the target has forgotten it.
func TestTakenOverElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, shown := newFleet(4), false
		f.lie = func(o *rollout.Observed) {
			if shown {
				o.Fence = rollout.Fence{Epoch: 1 << 50, Seq: 1}
			}
		}
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, SourceOf: func(string) Source { return &traffic{} }})
		p := plan("eu")
		p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
		stop := background(t, e, compile(t, p))
		time.Sleep(10 * time.Second)
		f.mu.Lock()
		shown = true
		f.set("2.0", strategy.Share{}) // the later one goes back to stable
		f.set("1.0", strategy.Share{Instances: 4, Weight: strategy.Full})
		f.mu.Unlock()
		n := len(f.applies())
		for range 2 {
			time.Sleep(30 * time.Second)
			f.mu.Lock()
			shown = false
			f.mu.Unlock()
		}
		if _, _ = stop(); len(f.applies()) > n {
			t.Errorf("applied %v", f.applies()[n].Fence)
		}
	})
}

// TestEndsBesideAHotfix: Run returns although a target that follows a later rollout
// cannot be observed any more.
func TestEndsBesideAHotfix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eu, us := newFleet(4), newFleet(4)
		o := Options{Targets: map[string]Target{"eu": eu, "us": us}, Store: NewMemory(), SourceOf: func(string) Source { return &traffic{} }}
		p, hotfix := plan("eu", "us"), plan("eu")
		p.Stages[1].Gates.Step = []gate.Gate{gate.Bake{For: 2 * time.Minute}}
		hotfix.Release.Version, hotfix.Release.Replaces = "3.0", ""
		e := engine(t, o)
		stop := background(t, e, compile(t, p))
		for us.weight("2.0") == 0 {
			time.Sleep(time.Second)
		}
		if s, err := e.Run(t.Context(), "hotfix", compile(t, hotfix)); err != nil || s.Outcome != rollout.Completed {
			t.Fatalf("%v: outcome %q", err, s.Outcome)
		}
		time.Sleep(5 * time.Second)
		_, _ = stop()
		eu.onObserve = func(context.Context) error { return errors.New("the cluster is gone") }
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		if s, err := engine(t, o).Run(ctx, "r", compile(t, p)); err != nil {
			t.Errorf("%v: outcome %q", err, s.Outcome)
		}
	})
}

// TestImpossibleFence: what one target says of its epochs is not for those of others.
func TestImpossibleFence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, epoch := range []uint64{1<<63 + 5, 1<<62 + 5} {
			odd := newFleet(4)
			odd.lie = func(o *rollout.Observed) { o.Fence.Epoch = epoch }
			e := engine(t, Options{Targets: map[string]Target{"odd": odd, "eu": newFleet(4)}, SourceOf: func(string) Source { return &traffic{} }})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, _ = e.Run(ctx, "odd", compile(t, plan("odd")))
			s, err := e.Run(t.Context(), "good", compile(t, plan("eu")))
			if err != nil || s.Stages[0].Epoch > 1<<60 || len(s.Taken) > 0 {
				t.Errorf("%v: epoch %d, taken %q", err, s.Stages[0].Epoch, s.Taken)
			}
		}
	})
}
