package exposure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
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

// ladder is a plan of 1 %, 10 %, 50 % and 100 %, with a bake and a comparison.
func ladder() rollout.Plan {
	return rollout.Plan{
		Release: rollout.Release{Name: "new", Version: "2.0", Replaces: "1.0"},
		Stages: []rollout.Stage{{
			Name: "web",
			Strategy: strategy.Canary{
				Weights: []strategy.Weight{100, 1000, 5000, strategy.Full},
				Sticky:  strategy.Sticky{Source: strategy.User, Name: "id"},
			},
			Gates: rollout.Gates{Step: []gate.Gate{gate.Bake{For: time.Minute}}},
		}},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "errors", Every: 10 * time.Second, WarmUp: -1,
			Judge: health.Compare{Bad: "errors", Total: "users", Unit: "user", Dispersion: 1},
			On:    health.Reactions{Degraded: health.Rollback},
		}}},
	}
}

const many = 10_000

// TestNested: users only join on the way up; on the way back exactly those leave who joined.
func TestNested(t *testing.T) {
	for _, harm := range []bool{false, true} {
		t.Run(fmt.Sprint("harmful ", harm), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sets []map[string]bool
				store := NewMemory([]byte(flags(`{"exposure": "10%", "serve": "on"}`)), func(data []byte) {
					s, _ := toggle.Load(data, toggle.Options{})
					sets = append(sets, members(s, "new", "on", many))
				})
				first := members(snapshot(t, store), "new", "on", many)
				target := &Target{Store: store, Flag: "new", Stable: "1.0"}
				source := &always{bad: func() float64 {
					if harm && exposureOf(t, store) > 500_000 {
						return 0.5
					}
					return 0
				}}
				s, err := drive(t.Context(), t, engine.Options{Targets: map[string]engine.Target{"web": target}, Source: source}, compile(t, ladder()))
				must(t, err)
				up := sets
				if harm {
					up = sets[:len(sets)-1]
				}
				before := first
				for i, set := range up {
					if key := missing(before, set); key != "" {
						t.Errorf("%s was in and is not after change %d", key, i+1)
					}
					before = set
				}
				last := sets[len(sets)-1]
				switch {
				case !harm && (s.Outcome != rollout.Completed || len(sets) != 4 || len(last) != many):
					t.Errorf("%s after %d changes, %d are in", s.Outcome, len(sets), len(last))
				case harm && (s.Outcome != rollout.WentBack || len(sets) != 4 || missing(first, last)+missing(last, first) != ""):
					t.Errorf("%s after %d changes, %d are in and were %d", s.Outcome, len(sets), len(last), len(first))
				}
			})
		})
	}
}

// mortal is a process that dies at its n-th look at the world or change of it; 0 is never.
type mortal struct {
	Target
	mu     *sync.Mutex
	calls  *int
	dieAt  int
	cancel context.CancelFunc
}

func (m mortal) gap() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	*m.calls++
	if m.dieAt > 0 && *m.calls >= m.dieAt {
		m.cancel()
		return errors.New("the process died")
	}
	return nil
}

func (m mortal) Observe(ctx context.Context) (rollout.Observed, error) {
	if err := m.gap(); err != nil {
		return rollout.Observed{}, err
	}
	return m.Target.Observe(ctx)
}

func (m mortal) Apply(ctx context.Context, w rollout.Want) error {
	if err := m.gap(); err != nil {
		return err
	}
	return errors.Join(m.Target.Apply(ctx, w), m.gap()) // it may be applied, and nobody hears of it
}

// TestRestart: whenever the engine is killed, and the target with it, the next one goes on,
// the exposures are the same, and the way back leads to where it began.
func TestRestart(t *testing.T) {
	for outcome, bad := range map[rollout.Outcome]float64{rollout.Completed: 0, rollout.WentBack: 0.5} {
		p := ladder()
		p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: 20 * time.Second}}
		p.Poll = 5 * time.Second
		m, gaps := compile(t, p), 0
		var whole []string
		for n := 0; n <= gaps; n++ {
			synctest.Test(t, func(t *testing.T) {
				var seen []string
				store := NewMemory([]byte(flags(`{"exposure": "10%", "serve": "on"}`)), func(data []byte) {
					l, err := document{data}.lever("new", "")
					must(t, err)
					if text := l.roll.Exposure.String(); len(seen) == 0 || seen[len(seen)-1] != text {
						seen = append(seen, text)
					}
				})
				source := &always{bad: func() float64 {
					if exposureOf(t, store) > 500_000 {
						return bad
					}
					return 0
				}}
				rollouts, calls := engine.NewMemory(), 0
				live := func(dieAt int) (rollout.State, error) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					target := mortal{Target{Store: store, Flag: "new", Stable: "1.0"}, &sync.Mutex{}, &calls, dieAt, cancel}
					e, err := engine.New(engine.Options{Targets: map[string]engine.Target{"web": target}, Source: source, Store: rollouts})
					must(t, err)
					return e.Run(ctx, "r", m)
				}
				_, _ = live(n)
				if n == 0 {
					gaps, whole = calls, seen
				}
				s, err := live(0)
				must(t, err)
				if s.Outcome != outcome || !slices.Equal(seen, whole) {
					t.Errorf("killed at %d of %d: %s, %v instead of %v", n, gaps, s.Outcome, seen, whole)
				}
			})
		}
		if gaps < 20 {
			t.Errorf("only %d gaps", gaps)
		}
	}
}

// deployment is a fleet in memory that is what it is told at once.
type deployment struct {
	mu       sync.Mutex
	versions []rollout.Version
}

func (d *deployment) Observe(context.Context) (rollout.Observed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return rollout.Observed{Desired: 10, Can: strategy.Can{Split: true, Match: true}, Versions: slices.Clone(d.versions)}, nil
}

func (d *deployment) Apply(_ context.Context, w rollout.Want) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.versions = nil
	add := func(version string, s strategy.Share) {
		d.versions = append(d.versions, rollout.Version{Version: version, Instances: s.Instances, Ready: s.Instances, Weight: s.Weight})
	}
	add(w.Stable.Version, w.Allocation.Stable)
	add(w.Candidate.Version, w.Allocation.Candidate)
	return nil
}

// TestSamePolicy: one plan and the same signals drive a deployment and a flag through the
// same transitions, up and back.
func TestSamePolicy(t *testing.T) {
	for _, harmful := range []bool{false, true} {
		var logs [2][]string
		for i := range logs {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				source := &always{bad: func() float64 {
					if harmful && time.Since(began) > 200*time.Second {
						return 0.5
					}
					return 0
				}}
				var target engine.Target = &deployment{versions: []rollout.Version{{Version: "1.0", Instances: 10, Ready: 10, Weight: strategy.Full}}}
				if i == 1 {
					target = &Target{Store: NewMemory([]byte(flags(`{"serve": "on"}`)), nil), Flag: "new", Stable: "1.0"}
				}
				_, err := drive(t.Context(), t, engine.Options{
					Targets: map[string]engine.Target{"web": target}, Source: source,
					OnDecision: func(_ rollout.State, _ rollout.Input, out rollout.Output) {
						for _, e := range out.Events {
							logs[i] = append(logs[i], fmt.Sprint(e.Kind, " ", e.Step, ": ", e.Text))
						}
					},
				}, compile(t, ladder()))
				must(t, err)
			})
		}
		if !slices.Equal(logs[0], logs[1]) || len(logs[0]) < 8 {
			t.Errorf("harmful %v:\n%q\n%q", harmful, logs[0], logs[1])
		}
	}
}

// TestSuperseded: a rollout that another one takes over half-way applies nothing more, and
// the later one brings the flag to its goal.
func TestSuperseded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory([]byte(flags(`{"exposure": "10%", "serve": "on"}`)), nil)
		target := &Target{Store: store, Flag: "new", Stable: "1.0"}
		source := func(string) engine.Source { return &always{bad: func() float64 { return 0 }} }
		o := engine.Options{Targets: map[string]engine.Target{"web": target}, SourceOf: source}
		e, err := engine.New(o)
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		if _, err := e.Run(ctx, "old", compile(t, ladder())); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		late := want(99, strategy.Full)
		o1, err := target.Observe(t.Context())
		must(t, err)
		late.Fence.Epoch = o1.Fence.Epoch
		p := ladder()
		p.Release.Version = "3.0"
		s, err := e.Run(t.Context(), "new", compile(t, p))
		must(t, err)
		if s.Outcome != rollout.Completed || exposureOf(t, store) != 1_000_000 || rolloutOf(t, store, "new").Good != 100_000 {
			t.Errorf("%s at %+v", s.Outcome, rolloutOf(t, store, "new"))
		}
		if err := target.Apply(t.Context(), late); !errors.Is(err, ErrLate) {
			t.Errorf("of the one that was superseded: %v", err)
		}
	})
}

// TestByHand: an exposure that somebody moves by hand is set again; a flag that is turned off
// or taken away is left alone, and asked about. Wherever it is, an order leads back to good.
func TestByHand(t *testing.T) {
	for _, c := range []struct {
		was, now string
		asks     bool
	}{
		{`"exposure": "55%"`, `"exposure": "10%"`, false},
		{`"exposure": "55%"`, `"exposure": "5%"`, false},
		{`"exposure": "55%"`, `"exposure": "20.0001%"`, false},
		{`"exposure": "55%"`, `"exposure": "100%"`, false},
		{`"enabled": true,` + "\n      \"rollout\"", `"enabled": false,` + "\n      \"rollout\"", true},
		{`"new": {`, `"newer": {`, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			store := NewMemory([]byte(flags(`{"exposure": "10%", "serve": "on"}`)), nil)
			p := ladder()
			p.Stages[0].Strategy, p.Health = strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}}, health.Policy{}
			p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
			var last rollout.State
			e, err := engine.New(engine.Options{
				Targets:    map[string]engine.Target{"web": &Target{Store: store, Flag: "new", Stable: "1.0"}},
				OnDecision: func(s rollout.State, _ rollout.Input, _ rollout.Output) { last = s },
			})
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
			defer cancel()
			edit := func(from, to string) {
				data, rev, _ := store.Load(ctx)
				next := bytes.Replace(data, []byte(from), []byte(to), 1)
				if bytes.Equal(next, data) {
					t.Fatalf("%s is not there: %s", from, data)
				}
				must(t, store.Save(ctx, next, rev))
			}
			var s rollout.State
			done := make(chan struct{})
			go func() {
				s, err = e.Run(ctx, "r", compile(t, p))
				close(done)
			}()
			pause(ctx, time.Minute)
			edit(c.was, c.now)
			pause(ctx, 2*time.Minute)
			synctest.Wait()
			if asks := last.Hold != nil; asks != c.asks {
				t.Errorf("%s: asks %v", c.now, asks)
			}
			if c.asks {
				edit(c.now, c.was)
			}
			if got := exposureOf(t, store); got != 550_000 {
				t.Errorf("%s: %v", c.now, got)
			}
			must(t, e.Submit(ctx, "r", rollout.Command{ID: "back", Kind: rollout.RollBack, By: "sam"}))
			<-done
			if err != nil || s.Outcome != rollout.WentBack || exposureOf(t, store) != 100_000 {
				t.Errorf("%s: %v, %s at %v", c.now, err, s.Outcome, exposureOf(t, store))
			}
		})
	}
}
