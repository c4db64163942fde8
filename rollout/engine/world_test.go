package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// fleet is a target in memory whose instances take a while to become ready.
type fleet struct {
	mu      sync.Mutex
	desired int64
	warm    time.Duration
	live    map[string][]time.Time // when the instances of each version started
	weights map[string]strategy.Weight
	can     strategy.Can
	routes  []strategy.Route
	mirror  strategy.Weight
	wants   []rollout.Want // all that were applied

	onObserve func(ctx context.Context) error // before; may hang, fail or panic
	onApply   func(ctx context.Context, w rollout.Want) error
	lie       func(*rollout.Observed)
	observing int
	applying  int
	overlap   bool // two calls of one method at once
}

func newFleet(desired int64) *fleet {
	f := &fleet{desired: desired, warm: 2 * time.Second, live: map[string][]time.Time{}, weights: map[string]strategy.Weight{}, can: strategy.Can{Split: true}}
	for range desired {
		f.live["1.0"] = append(f.live["1.0"], time.Time{})
	}
	f.weights["1.0"] = strategy.Full
	return f
}

func (f *fleet) enter(n *int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*n++
	f.overlap = f.overlap || *n > 1
}

func (f *fleet) leave(n *int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*n--
}

func (f *fleet) Observe(ctx context.Context) (rollout.Observed, error) {
	f.enter(&f.observing)
	defer f.leave(&f.observing)
	f.mu.Lock()
	hook := f.onObserve
	f.mu.Unlock()
	if hook != nil {
		if err := hook(ctx); err != nil {
			return rollout.Observed{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	o := rollout.Observed{Desired: f.desired, Can: f.can, Routed: len(f.routes) > 0, Mirror: f.mirror}
	for version, started := range f.live {
		v := rollout.Version{Version: version, Instances: int64(len(started)), Weight: f.weights[version]}
		for _, t := range started {
			if time.Since(t) >= f.warm {
				v.Ready++
			}
		}
		o.Versions = append(o.Versions, v)
	}
	slices.SortFunc(o.Versions, func(a, b rollout.Version) int {
		return len(a.Version) - len(b.Version) + slices.Compare([]byte(a.Version), []byte(b.Version))
	})
	if f.lie != nil {
		f.lie(&o)
	}
	return o, nil
}

func (f *fleet) Apply(ctx context.Context, w rollout.Want) error {
	f.enter(&f.applying)
	defer f.leave(&f.applying)
	f.mu.Lock()
	hook := f.onApply
	f.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, w); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wants = append(f.wants, w)
	f.routes, f.mirror = w.Routes, w.Allocation.Mirror
	f.set(w.Stable.Version, w.Allocation.Stable)
	f.set(w.Candidate.Version, w.Allocation.Candidate)
	for _, l := range w.Leftovers {
		f.set(l.Version, l.Share)
	}
	return nil
}

func (f *fleet) set(version string, s strategy.Share) {
	for int64(len(f.live[version])) < s.Instances {
		f.live[version] = append(f.live[version], time.Now())
	}
	f.live[version] = f.live[version][:s.Instances]
	f.weights[version] = s.Weight
	if s == (strategy.Share{}) {
		delete(f.live, version)
		delete(f.weights, version)
	}
}

func (f *fleet) weight(version string) strategy.Weight {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.weights[version]
}

func (f *fleet) applies() []rollout.Want {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.wants)
}

// traffic is a source: 100 requests a second to the candidate while it is asked for.
type traffic struct {
	mu       sync.Mutex
	bad      float64
	asked    [][]health.Ask
	onSample func(ctx context.Context) error
}

func (s *traffic) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	if s.onSample != nil {
		if err := s.onSample(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, asks)
	now := time.Now().UTC()
	var out []health.Sample
	for _, a := range asks {
		if now.Before(a.Due) || !now.After(a.From) {
			continue
		}
		n := 100 * now.Sub(a.From).Seconds()
		out = append(out, health.Sample{
			Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: now,
			Candidate: health.Arm{Exposure: n, Bad: n * s.bad}, Stable: health.Arm{Exposure: n},
		})
	}
	return out, nil
}

func plan(stages ...string) rollout.Plan {
	p := rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "2.0", Replaces: "1.0"},
		Health: health.Policy{
			Signals: []health.Signal{{
				Name: "errors", Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: 10},
				Every: time.Second, WarmUp: -1, On: health.Reactions{Degraded: health.Rollback},
			}},
			Readiness: health.Readiness{Every: time.Second},
		},
	}
	for i, name := range stages {
		s := rollout.Stage{
			Name: name, Deadline: time.Minute, Strategy: strategy.Canary{Weights: []strategy.Weight{1000, 5000, strategy.Full}},
			Gates: rollout.Gates{Step: []gate.Gate{gate.Bake{For: 3 * time.Second}}},
		}
		if i > 0 {
			s.Needs = stages[i-1 : i]
		}
		p.Stages = append(p.Stages, s)
	}
	return p
}

func compile(t *testing.T, p rollout.Plan) *rollout.Machine {
	t.Helper()
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func engine(t *testing.T, o Options) *Engine {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// background runs a rollout until the test ends, and returns how to end it.
func background(t *testing.T, e *Engine, m *rollout.Machine) (stop func() (rollout.State, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	type result struct {
		s   rollout.State
		err error
	}
	over := make(chan result, 1)
	go func() {
		s, err := e.Run(ctx, "r", m)
		over <- result{s, err}
	}()
	return sync.OnceValues(func() (rollout.State, error) {
		cancel()
		r := <-over
		return r.s, r.err
	})
}

func command(id string, kind rollout.CommandKind) rollout.Command {
	return rollout.Command{ID: id, Kind: kind, By: "sam", Reason: "a test"}
}

// events are the kinds in a journal, in order.
func events(t *testing.T, s interface {
	Journal(context.Context, string) ([]rollout.Record, error)
},
) []string {
	t.Helper()
	records, err := s.Journal(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range records {
		for _, e := range r.Events {
			out = append(out, fmt.Sprintf("%s %s", e.Kind, e.Text))
		}
	}
	return out
}

func has(list []string, prefix string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix })
}
