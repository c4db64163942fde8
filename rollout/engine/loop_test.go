package engine

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func TestHealthyRolloutCompletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eu, us, store := newFleet(4), newFleet(6), NewMemory()
		var log bytes.Buffer
		var decisions int
		e := engine(t, Options{
			Targets: map[string]Target{"eu": eu, "us": us}, Source: &traffic{}, Store: store,
			Logger:     slog.New(slog.NewTextHandler(&log, nil)),
			OnDecision: func(rollout.State, rollout.Input, rollout.Output) { decisions++ },
		})
		m := compile(t, plan("eu", "us"))
		s, err := e.Run(t.Context(), "r", m)
		if err != nil {
			t.Fatal(err)
		}
		if s.Outcome != rollout.Completed || eu.weight("2.0") != strategy.Full || us.weight("2.0") != strategy.Full {
			t.Errorf("outcome %q, weights %v and %v", s.Outcome, eu.weight("2.0"), us.weight("2.0"))
		}
		if eu.overlap || us.overlap {
			t.Error("two calls of one method at once")
		}
		records, err := store.Journal(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		if last, err := rollout.Replay(m, records); err != nil || last.Rev != s.Rev {
			t.Errorf("replay: %v, revision %d of %d", err, last.Rev, s.Rev)
		}
		if decisions < len(records) {
			t.Errorf("%d decisions shown of %d", decisions, len(records))
		}
		for _, want := range []string{"level=INFO", "kind=completed", "stage=eu step=", "rollout=r"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("no %q in the log:\n%s", want, log.String())
			}
		}
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("a warning in the log:\n%s", log.String())
		}
		n := len(eu.applies())
		if again, err := e.Run(t.Context(), "r", m); err != nil || again.Rev != s.Rev || len(eu.applies()) != n {
			t.Errorf("an ended rollout: %v, revision %d of %d, %d applies", err, again.Rev, s.Rev, len(eu.applies())-n)
		}
	})
}

func TestDegradedRolloutGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eu := newFleet(4)
		e := engine(t, Options{Targets: map[string]Target{"eu": eu}, Source: &traffic{bad: 0.2}})
		s, err := e.Run(t.Context(), "r", compile(t, plan("eu")))
		if err != nil || s.Outcome != rollout.WentBack || eu.weight("1.0") != strategy.Full || eu.weight("2.0") != 0 {
			t.Errorf("%v: outcome %q, weights %v and %v", err, s.Outcome, eu.weight("1.0"), eu.weight("2.0"))
		}
	})
}

// TestRoutesAndMirrors: strategies that route and mirror go through the engine, and a
// router that is changed by hand is set right again.
func TestRoutesAndMirrors(t *testing.T) {
	beta := []strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}}
	for name, s := range map[string]strategy.Strategy{
		"blueGreen": strategy.BlueGreen{Routes: beta, KeepStable: 5 * time.Second}, "darkLaunch": strategy.DarkLaunch{},
		"abTest": strategy.ABTest{Routes: beta, Share: 2000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, store := newFleet(4), NewMemory()
				f.can = strategy.Can{Split: true, Match: true, Mirror: true}
				p := plan("eu")
				p.Stages[0].Strategy = s
				p.Stages[0].Gates.Step = nil
				p.Stages[0].Gates.Exit = []gate.Gate{gate.Bake{For: 3 * time.Second}}
				e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: store})
				stop := background(t, e, compile(t, p))
				time.Sleep(5 * time.Second)
				if n := len(f.applies()); n > 8 {
					t.Errorf("%d applies", n)
				}
				_ = e.Submit(t.Context(), "r", command("p", rollout.Pause))
				time.Sleep(2 * time.Second)
				f.mu.Lock()
				routes, mirror := f.routes, f.mirror
				f.routes, f.mirror = nil, 0
				f.mu.Unlock()
				time.Sleep(time.Minute)
				f.mu.Lock()
				if len(f.routes) != len(routes) || f.mirror != mirror {
					t.Errorf("routes %v and mirror %v, before %v and %v", f.routes, f.mirror, routes, mirror)
				}
				f.mu.Unlock()
				_ = e.Submit(t.Context(), "r", command("q", rollout.Resume))
				_ = e.Submit(t.Context(), "r", command("o", rollout.Promote))
				time.Sleep(5 * time.Minute)
				if s, _ := stop(); s.Outcome != rollout.Completed || len(f.routes) != 0 || f.mirror != 0 {
					t.Errorf("%s: %q", s.Outcome, events(t, store))
				}
			})
		})
	}
}

// TestBadTargets: whatever a target does, the rollout waits, misses its deadline,
// holds, and never goes on; and the engine never calls it twice at once.
func TestBadTargets(t *testing.T) {
	forever := func(ctx context.Context) error { <-t.Context().Done(); return ctx.Err() }
	boom := errors.New("boom")
	for name, spoil := range map[string]func(f *fleet){
		"observe fails":       func(f *fleet) { f.onObserve = func(context.Context) error { return boom } },
		"observe panics":      func(f *fleet) { f.onObserve = func(context.Context) error { panic(boom) } },
		"observe exits":       func(f *fleet) { f.onObserve = func(context.Context) error { runtime.Goexit(); return nil } },
		"observe hangs":       func(f *fleet) { f.onObserve = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } },
		"observe hangs ever":  func(f *fleet) { f.onObserve = forever },
		"observe lies":        func(f *fleet) { f.lie = func(o *rollout.Observed) { o.Versions[0].Ready = -1 } },
		"observe has no text": func(f *fleet) { f.lie = func(o *rollout.Observed) { o.Versions[0].Version = "\xff" } },
		"observe is old":      func(f *fleet) { f.lie = func(o *rollout.Observed) { o.At = time.Now().Add(-time.Hour) } },
		"apply fails":         func(f *fleet) { f.onApply = func(context.Context, rollout.Want) error { return boom } },
		"apply panics":        func(f *fleet) { f.onApply = func(context.Context, rollout.Want) error { panic(boom) } },
		"apply hangs": func(f *fleet) {
			f.onApply = func(ctx context.Context, _ rollout.Want) error { <-ctx.Done(); return ctx.Err() }
		},
		"apply hangs ever": func(f *fleet) { f.onApply = func(ctx context.Context, _ rollout.Want) error { return forever(ctx) } },
		"apply does nothing": func(f *fleet) {
			f.lie = func(o *rollout.Observed) {
				o.Versions = []rollout.Version{{Version: "1.0", Instances: 4, Ready: 4, Weight: strategy.Full}}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, store := newFleet(4), NewMemory()
				release := make(chan struct{})
				forever = func(ctx context.Context) error { <-release; return ctx.Err() }
				var log bytes.Buffer
				e := engine(t, Options{
					Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: store,
					Logger: slog.New(slog.NewTextHandler(&log, nil)),
				})
				stop := background(t, e, compile(t, plan("eu")))
				time.Sleep(5 * time.Second) // it has begun
				synctest.Wait()
				f.mu.Lock()
				spoil(f)
				f.mu.Unlock()
				before := f.weight("2.0")
				time.Sleep(4 * time.Minute)
				synctest.Wait()
				if w := f.weight("2.0"); w > max(before, 1000) {
					t.Errorf("the candidate has %v of the traffic, %v before", w, before)
				}
				if f.overlap {
					t.Error("two calls of one method at once")
				}
				s, err := stop()
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				close(release)
				if s.Hold == nil && !has(events(t, store), "hold") {
					t.Errorf("no hold: %q", events(t, store))
				}
				if n := strings.Count(log.String(), "boom"); n > 40 {
					t.Errorf("%d lines about one failure", n)
				}
			})
		})
	}
}

// TestBadSource: no samples, no progress; and no round waits for ever.
func TestBadSource(t *testing.T) {
	for name, bad := range map[string]func(context.Context) error{
		"fails":  func(context.Context) error { return errors.New("boom") },
		"panics": func(context.Context) error { panic("boom") },
		"hangs":  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(4)
				e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{onSample: bad}})
				stop := background(t, e, compile(t, plan("eu")))
				time.Sleep(10 * time.Minute)
				if w := f.weight("2.0"); w > 1000 {
					t.Errorf("%v of the traffic without evidence", w)
				}
				if s, _ := stop(); s.Outcome != "" {
					t.Errorf("outcome %q", s.Outcome)
				}
			})
		})
	}
}

// TestOrders: an order is taken once, acknowledged, and wakes the rollout.
func TestOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store := newFleet(4), NewMemory()
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: store})
		stop := background(t, e, compile(t, plan("eu")))
		time.Sleep(5 * time.Second)
		for range 3 {
			if err := e.Submit(t.Context(), "r", command("p1", rollout.Pause)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(minSleep * 3)
		synctest.Wait()
		s, err := store.Load(t.Context(), "r")
		if err != nil || s.Paused.IsZero() {
			t.Fatalf("%v: not paused within %v", err, 3*minSleep)
		}
		if left, _ := store.Pending(t.Context(), "r"); len(left) > 0 {
			t.Errorf("not acknowledged: %v", left)
		}
		if err := store.Submit(t.Context(), "r", command("p1", rollout.Pause)); err != nil { // again, past the engine
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if left, _ := store.Pending(t.Context(), "r"); len(left) > 0 {
			t.Errorf("a repeated order is not acknowledged: %v", left)
		}
		if all := events(t, store); has(all, "refused") {
			t.Errorf("a repeated order was not harmless: %q", all)
		}
		_ = e.Submit(t.Context(), "r", command("p2", rollout.Resume))
		time.Sleep(10 * time.Minute)
		if s, err := stop(); err != nil || s.Outcome != rollout.Completed {
			t.Errorf("%v: outcome %q", err, s.Outcome)
		}
	})
}

// TestFacts: facts open gates only while the host vouches for them.
func TestFacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(2)
		var vouched, broken atomic.Bool
		var facts atomic.Int64
		e := engine(t, Options{
			Targets: map[string]Target{"eu": f}, Source: &traffic{},
			Facts: func(context.Context) ([]gate.Vouched, error) {
				if broken.Load() {
					panic("no facts")
				}
				if !vouched.Load() {
					return nil, nil
				}
				return []gate.Vouched{{Name: "go", Value: "yes", At: time.Now()}}, nil
			},
		})
		e.o.OnDecision = func(_ rollout.State, in rollout.Input, _ rollout.Output) { facts.Store(int64(len(in.Facts))) }
		stop := background(t, e, compile(t, plan("eu")))
		look := func(want int64) {
			t.Helper()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if n := facts.Load(); n != want {
				t.Errorf("%d facts, not %d", n, want)
			}
		}
		look(0)
		vouched.Store(true)
		look(1)
		broken.Store(true)
		look(0)
		_, _ = stop()
	})
}

// TestRestore: after a restart what is on record is applied again, as soon as the
// fleet was seen.
func TestRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store := newFleet(4), NewMemory()
		m := compile(t, plan("eu"))
		o := Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: store}
		stop := background(t, engine(t, o), m)
		time.Sleep(6 * time.Second)
		s, _ := stop()
		if len(s.Want) != 1 {
			t.Fatalf("wants %v", s.Want)
		}
		var first []string
		f.onObserve = func(context.Context) error { first = append(first, "observe"); return nil }
		f.onApply = func(_ context.Context, w rollout.Want) error {
			if len(first) == 1 && w.Fence != s.Want[0].Fence {
				t.Errorf("fence %v, on record is %v", w.Fence, s.Want[0].Fence)
			}
			first = append(first, "apply")
			return nil
		}
		f.mu.Lock()
		f.set("2.0", strategy.Share{}) // the restart found it half done
		f.mu.Unlock()
		stop = background(t, engine(t, o), m)
		time.Sleep(2 * time.Second)
		_, _ = stop()
		if want := []string{"observe", "apply"}; len(first) < 2 || !slices.Equal(first[:2], want) {
			t.Errorf("first %v", first)
		}
	})
}

// TestTampering: whatever happens to the fleet, also by a late apply of another
// engine, it is made to look again as it is wanted; while paused too.
func TestTampering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store := newFleet(4), NewMemory()
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: store})
		stop := background(t, e, compile(t, plan("eu")))
		time.Sleep(5 * time.Second)
		_ = e.Submit(t.Context(), "r", command("p", rollout.Pause))
		time.Sleep(5 * time.Second)
		wants := f.applies()
		before := wants[len(wants)-1].Allocation
		for range 5 {
			f.mu.Lock()
			f.set("1.0", strategy.Share{Instances: 4, Weight: strategy.Full})
			f.set("2.0", strategy.Share{})
			f.mu.Unlock()
			time.Sleep(time.Minute)
			if f.weight("2.0") != before.Candidate.Weight || f.weight("1.0") != before.Stable.Weight {
				t.Errorf("weights %v and %v, wanted is %+v", f.weight("1.0"), f.weight("2.0"), before)
			}
		}
		n := len(f.applies())
		time.Sleep(10 * time.Minute)
		if more := len(f.applies()) - n; more > 0 {
			t.Errorf("%d applies while nothing happened", more)
		}
		if s, _ := stop(); s.Paused.IsZero() {
			t.Error("not paused any more")
		}
	})
}

// TestRefused: nothing at all is done with a rollout that is not this plan's.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store := newFleet(4), NewMemory()
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: store})
		m := compile(t, plan("eu"))
		stop := background(t, e, m)
		time.Sleep(6 * time.Second)
		if _, err := e.Run(t.Context(), "r", m); !errors.Is(err, ErrLocked) {
			t.Errorf("a second run: %v", err)
		}
		_, _ = stop()
		touched := func(context.Context) error { t.Error("the target was called"); return nil }
		f.onObserve, f.onApply = touched, func(ctx context.Context, _ rollout.Want) error { return touched(ctx) }
		other := plan("eu")
		other.Release.Version = "3.0"
		if _, err := e.Run(t.Context(), "r", compile(t, other)); err == nil || !strings.Contains(err.Error(), "plan") {
			t.Errorf("another plan: %v", err)
		}
		if _, err := e.Run(t.Context(), "q", compile(t, plan("eu", "mars"))); err == nil || !strings.Contains(err.Error(), `no target "mars"`) {
			t.Errorf("a missing target: %v", err)
		}
		if _, err := e.Run(t.Context(), "../r", m); err == nil {
			t.Error("a bad id")
		}
		if _, err := e.Run(t.Context(), "q", nil); err == nil {
			t.Error("no machine")
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Run(ended, "q", m); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context: %v", err)
		}
	})
	for name, o := range map[string]Options{
		"no targets": {}, "nil target": {Targets: map[string]Target{"eu": nil}},
		"timeout": {Targets: map[string]Target{"eu": newFleet(1)}, Timeout: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestNothingLeftBehind: all goroutines end with Run, but for calls that hang; and
// hung calls are not called again by the next Run.
func TestNothingLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		release, hung := make(chan struct{}), atomic.Int64{}
		e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}})
		f.onObserve = func(context.Context) error { hung.Add(1); <-release; return nil }
		for range 3 {
			stop := background(t, e, compile(t, plan("eu")))
			time.Sleep(20 * time.Second)
			began := time.Now()
			_, _ = stop()
			if d := time.Since(began); d > farewell {
				t.Errorf("took %v to end", d)
			}
		}
		if n := hung.Load(); n != 1 {
			t.Errorf("called %d times", n)
		}
		close(release)
		synctest.Wait() // the bubble fails the test if a goroutine stays
	})
}

// TestMany: rollouts with different ids do not disturb one another.
func TestMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eu, us := newFleet(4), newFleet(4)
		e := engine(t, Options{
			Targets:  map[string]Target{"eu": eu, "us": us},
			SourceOf: func(string) Source { return &traffic{} },
		})
		errs := make(chan error, 2)
		for _, stage := range []string{"eu", "us"} {
			m := compile(t, plan(stage))
			go func() {
				s, err := e.Run(t.Context(), stage, m)
				if err == nil && s.Outcome != rollout.Completed {
					err = errors.New(string(s.Outcome))
				}
				errs <- err
			}()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if len(e.running) > 0 {
			t.Errorf("%d seats are kept", len(e.running))
		}
	})
}
