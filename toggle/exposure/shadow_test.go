package exposure

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/rollout/engine"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
)

// gives is work that gives an answer.
func gives(n int, err error) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return n, err }
}

// TestShadow: the caller gets what the old work gives, at once, whatever the new work does;
// and what came of it is counted.
func TestShadow(t *testing.T) {
	bad := errors.New("bad")
	for name, c := range map[string]struct {
		old, new func(context.Context) (int, error)
		want     Outcome
	}{
		"same":           {gives(1, nil), gives(1, nil), Same},
		"different":      {gives(1, nil), gives(2, nil), Different},
		"fails":          {gives(1, nil), gives(1, bad), Failed},
		"both fail":      {gives(1, bad), gives(2, errors.New("worse")), Same},
		"old fails":      {gives(1, bad), gives(1, nil), Untold},
		"panics":         {gives(1, nil), func(context.Context) (int, error) { panic("new") }, Failed},
		"ends":           {gives(1, nil), func(context.Context) (int, error) { runtime.Goexit(); return 1, nil }, Failed},
		"slow":           {gives(1, nil), func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil }, Same},
		"hangs":          {gives(1, nil), func(ctx context.Context) (int, error) { <-ctx.Done(); return 1, ctx.Err() }, Failed},
		"compare panics": {gives(-1, nil), gives(-1, nil), Different},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var told []Outcome
				s := Shadow[int]{Told: func(o Outcome) { told = append(told, o); panic("told") }, Same: func(a, b int) bool {
					if a < 0 {
						panic("compare")
					}
					return a == b
				}}
				began := time.Now()
				wanted, wantedErr := c.old(ctx)
				got, err := s.Do(ctx, true, c.old, c.new)
				cancel() // the caller is done
				if got != wanted || !errors.Is(err, wantedErr) || time.Since(began) != 0 {
					t.Errorf("%d, %v after %v", got, err, time.Since(began))
				}
				s.Wait()
				if s.Count(c.want) != 1 || len(told) != 1 || told[0] != c.want {
					t.Errorf("told %v, not %v", told, c.want)
				}
			})
		})
	}
}

// TestShadowPanics: a panic of the old work is the caller's, and leaves nothing behind.
func TestShadowPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Shadow[int]
		func() {
			defer func() {
				if recover() != "old" {
					t.Error("the caller did not see the panic")
				}
			}()
			_, _ = s.Do(t.Context(), true, func(context.Context) (int, error) { panic("old") }, gives(1, nil))
		}()
		s.Wait()
		if s.Count(Untold) != 1 || s.running.Load() != 0 {
			t.Errorf("%d untold, %d run", s.Count(Untold), s.running.Load())
		}
	})
}

// TestShadowIsBounded: no more new work runs at once than the limit, and what is not
// mirrored runs none.
func TestShadowIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release := Shadow[int]{Limit: 3}, make(chan struct{})
		for range 10 {
			_, _ = s.Do(t.Context(), true, gives(1, nil), func(context.Context) (int, error) { <-release; return 1, nil })
		}
		_, _ = s.Do(t.Context(), false, gives(1, nil), func(context.Context) (int, error) { t.Error("not mirrored"); return 1, nil })
		close(release)
		s.Wait()
		if s.Count(Same) != 3 || s.Count(LeftOut) != 7 {
			t.Errorf("%d ran, %d were left out", s.Count(Same), s.Count(LeftOut))
		}
		_, _ = s.Do(t.Context(), true, gives(1, nil), gives(1, nil))
		if s.Wait(); s.Count(Same) != 4 {
			t.Error("there is no room afterwards")
		}
	})
}

// TestDarkLaunch: while a release is dark nobody gets the new answer and the share of the
// work is mirrored; what comes of that is judged, and only then the release is let out.
func TestDarkLaunch(t *testing.T) {
	for outcome, wrong := range map[rollout.Outcome]bool{rollout.Completed: false, rollout.WentBack: true} {
		synctest.Test(t, func(t *testing.T) {
			store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
			target := &Target{Store: store, Flag: "new", Mirror: "new-mirror", Stable: "1.0"}
			tally, dark := &Tally{}, 0
			shadow := Shadow[int]{Same: func(a, b int) bool { return a == b }, Told: func(o Outcome) {
				tally.Add("mirrored", Candidate, 1)
				if o != Same {
					tally.Add("wrong", Candidate, 1)
				}
			}}
			answer := 1
			if wrong {
				answer = 2
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				for pause(ctx, time.Second) {
					s := snapshot(t, store)
					mirrors := members(s, "new-mirror", "on", 1000)
					if len(mirrors) > 50 && len(members(s, "new", "on", 1000)) == 0 {
						dark++
					}
					for key := range mirrors { // order does not matter: all are counted
						on := s.Bool("new", &toggle.Subject{Key: key}, time.Time{}, false)
						if got, _ := shadow.Do(ctx, !on, gives(1, nil), gives(answer, nil)); got != 1 {
							t.Error("the caller got the new answer")
						}
						shadow.Wait()
					}
				}
			}()
			p := rollout.Plan{
				Release: rollout.Release{Name: "new", Version: "2.0", Replaces: "1.0"},
				Stages: []rollout.Stage{{
					Name: "web", Strategy: strategy.DarkLaunch{}, Gates: rollout.Gates{At: map[string][]gate.Gate{"dark": {gate.Bake{For: time.Minute}}}},
				}},
				Health: health.Policy{Signals: []health.Signal{{
					Name: "wrong", Mirrored: true, Every: 10 * time.Second, WarmUp: -1, On: health.Reactions{Degraded: health.Rollback},
					Judge: health.Threshold{Bad: "wrong", Total: "mirrored", Max: 0.01, MinSample: 100},
				}}},
			}
			e, err := engine.New(engine.Options{Targets: map[string]engine.Target{"web": target}, Source: tally})
			must(t, err)
			must(t, e.Submit(ctx, "r", rollout.Command{ID: "out", Kind: rollout.Pause, By: "sam"}))
			must(t, e.Submit(ctx, "r", rollout.Command{ID: "on", Kind: rollout.Resume, By: "sam"}))
			go func() {
				if pause(ctx, 5*time.Minute) {
					must(t, e.Submit(ctx, "r", rollout.Command{ID: "go", Kind: rollout.Promote, By: "sam", Stage: "web"}))
				}
			}()
			limit, stop := context.WithTimeout(ctx, time.Hour)
			defer stop()
			s, err := e.Run(limit, "r", compile(t, p))
			cancel()
			must(t, err)
			synctest.Wait()
			on := len(members(snapshot(t, store), "new", "on", 1000))
			if s.Outcome != outcome || dark < 5 || (on == 1000) != (outcome == rollout.Completed) || (on == 0) != (outcome == rollout.WentBack) {
				t.Errorf("%s, dark for %d s, %d are in", s.Outcome, dark, on)
			}
			if r := rolloutOf(t, store, "new-mirror"); r.Exposure != 0 {
				t.Errorf("%v is mirrored in the end", r.Exposure)
			}
		})
	}
}

// TestMirror: the share that is mirrored is read back as it was set, for every weight.
func TestMirror(t *testing.T) {
	store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
	target := &Target{Store: store, Flag: "new", Mirror: "new-mirror", Stable: "1.0"}
	for i, share := range []strategy.Weight{1, 2, 99, 1000, 5001, strategy.Full, 0} {
		w := want(uint64(i+1), 0)
		w.Allocation.Mirror = share
		must(t, target.Apply(t.Context(), w))
		if o, err := target.Observe(t.Context()); err != nil || o.Mirror != share {
			t.Errorf("%v is read as %v: %v", share, o.Mirror, err)
		}
	}
	for _, of := range []string{"test", "broken", "no"} {
		target.Mirror = of
		if _, err := target.Observe(t.Context()); err == nil {
			t.Error(of, "mirrors")
		}
	}
}
