package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// process is one life of the host: everything that it does to the world goes
// through it, and from the instant it dies nothing does any more.
type process struct {
	mu     sync.Mutex
	n      int // things done
	dieAt  int // 0: never
	dead   bool
	cancel context.CancelFunc
	store  *Memory
	check  func(format string, args ...any)
}

var errDead = errors.New("the process died")

// gap is an instant between two things that a process does.
func (p *process) gap() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if p.n == p.dieAt {
		p.dead = true
		p.cancel()
	}
	if p.dead {
		return errDead
	}
	return nil
}

type mortalStore struct {
	*Memory
	p *process
}

func (s mortalStore) Load(ctx context.Context, id string) (rollout.State, error) {
	if err := s.p.gap(); err != nil {
		return rollout.State{}, err
	}
	return s.Memory.Load(ctx, id)
}

func (s mortalStore) Save(ctx context.Context, id string, prev uint64, next rollout.State, r rollout.Record) error {
	if err := s.p.gap(); err != nil {
		return err
	}
	err := s.Memory.Save(ctx, id, prev, next, r)
	return errors.Join(err, s.p.gap()) // it may be saved, and nobody hears of it
}

func (s mortalStore) Ack(ctx context.Context, id string, commands []string) error {
	if err := s.p.gap(); err != nil {
		return err
	}
	return s.Memory.Ack(ctx, id, commands)
}

type mortalTarget struct {
	*fleet
	p *process
}

func (t mortalTarget) Observe(ctx context.Context) (rollout.Observed, error) {
	if err := t.p.gap(); err != nil {
		return rollout.Observed{}, err
	}
	return t.fleet.Observe(ctx)
}

// Apply checks promise 21: what is applied is on record.
func (t mortalTarget) Apply(ctx context.Context, w rollout.Want) error {
	if err := t.p.gap(); err != nil {
		return err
	}
	s, err := t.p.store.Load(ctx, "r")
	if err != nil {
		t.p.check("applied before anything was saved: %v", err)
	}
	if found := onRecord(s, w); !found {
		t.p.check("applied %+v, which is not on record", w)
	}
	return errors.Join(t.fleet.Apply(ctx, w), t.p.gap())
}

func onRecord(s rollout.State, w rollout.Want) bool {
	for _, x := range s.Want {
		if x.Stage == w.Stage && x.Fence == w.Fence && x.Allocation == w.Allocation {
			return true
		}
	}
	return false
}

type mortalSource struct {
	*traffic
	p *process
}

func (s mortalSource) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	if err := s.p.gap(); err != nil {
		return nil, err
	}
	return s.traffic.Sample(ctx, asks)
}

// live runs the rollout in a new process that dies at the n-th thing that it does.
func live(t *testing.T, n int, f *fleet, src *traffic, store *Memory, m *rollout.Machine) (rollout.State, *process, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &process{dieAt: n, cancel: cancel, store: store, check: t.Errorf}
	e := engine(t, Options{
		Targets: map[string]Target{"eu": mortalTarget{f, p}}, Source: mortalSource{src, p},
		Store: mortalStore{store, p},
	})
	s, err := e.Run(ctx, "r", m)
	return s, p, err
}

// TestCrashAtEveryGap kills the process at every single thing that it does, starts
// it again, and compares where the rollout ends.
func TestCrashAtEveryGap(t *testing.T) {
	for name, c := range map[string]struct {
		bad  float64
		want rollout.Outcome
	}{"healthy": {0, rollout.Completed}, "harmful": {0.3, rollout.WentBack}} {
		t.Run(name, func(t *testing.T) {
			gaps := 0
			for n := 0; n <= gaps; n++ {
				var s rollout.State
				f, src := newFleet(4), &traffic{bad: c.bad}
				ok := t.Run(fmt.Sprint("gap ", n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						store, m := NewMemory(), compile(t, plan("eu"))
						_ = store.Submit(t.Context(), "r", command("pause", rollout.Pause))
						_ = store.Submit(t.Context(), "r", command("resume", rollout.Resume))
						s1, p, err := live(t, n, f, src, store, m)
						if n == 0 {
							gaps = p.n
						} else if err == nil && s1.Outcome == "" {
							t.Error("it ended without an outcome")
						}
						time.Sleep(3 * time.Second)
						if s, _, err = live(t, 0, f, src, store, m); err != nil {
							t.Fatal(err)
						}
						records, err := store.Journal(t.Context(), "r")
						if err != nil {
							t.Fatal(err)
						}
						if last, err := rollout.Replay(m, records); err != nil || last.Rev != s.Rev {
							t.Errorf("replay to %d of %d: %v", last.Rev, s.Rev, err)
						}
						if all := events(t, store); has(all, "refused") {
							t.Errorf("an order was taken twice: %q", all)
						}
					})
				})
				version := map[rollout.Outcome]string{rollout.Completed: "2.0", rollout.WentBack: "1.0"}[c.want]
				if !ok || s.Outcome != c.want || f.weight(version) != strategy.Full {
					t.Fatalf("gap %d of %d: outcome %q, %v for %s", n, gaps, s.Outcome, f.weight(version), version)
				}
			}
			if gaps < 20 {
				t.Errorf("only %d gaps", gaps)
			}
		})
	}
}

// TestTwoEngines: of two engines on one rollout every want that is applied is on
// record when it is applied, and the rollout ends once.
func TestTwoEngines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, store, m := newFleet(4), NewMemory(), compile(t, plan("eu"))
		applied := map[rollout.Fence]string{}
		var mu sync.Mutex
		results := make(chan error, 2)
		var loaded sync.WaitGroup
		loaded.Add(2)
		for _, name := range []string{"a", "b"} {
			target := &hooked{fleet: f, before: func(w rollout.Want) {
				s, err := store.Load(t.Context(), "r")
				if err != nil || !onRecord(s, w) {
					t.Errorf("%s applied %v, which is not on record (%v)", name, w.Fence, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if other := applied[w.Fence]; other != "" && other != name {
					t.Errorf("%s applied %v after %s had", name, w.Fence, other)
				}
				applied[w.Fence] = name
			}}
			e := engine(t, Options{Targets: map[string]Target{"eu": target}, Source: &traffic{}, Store: &together{Memory: store, all: &loaded}})
			go func() {
				s, err := e.Run(t.Context(), "r", m)
				if err == nil && s.Outcome != rollout.Completed {
					err = fmt.Errorf("outcome %q", s.Outcome)
				}
				results <- err
			}()
		}
		for range 2 {
			if err := <-results; err != nil && !errors.Is(err, ErrConflict) {
				t.Error(err)
			}
		}
		records, err := store.Journal(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rollout.Replay(m, records); err != nil {
			t.Error(err)
		}
	})
}

// together is a store whose first Load waits for those of the others: the engines
// begin with the same state, and neither takes the other's over as after a restart.
type together struct {
	*Memory
	all  *sync.WaitGroup
	once sync.Once
}

func (s *together) Load(ctx context.Context, id string) (rollout.State, error) {
	state, err := s.Memory.Load(ctx, id)
	s.once.Do(func() {
		s.all.Done()
		s.all.Wait()
	})
	return state, err
}

type hooked struct {
	*fleet
	before func(rollout.Want)
}

func (h *hooked) Apply(ctx context.Context, w rollout.Want) error {
	h.before(w)
	return h.fleet.Apply(ctx, w)
}
