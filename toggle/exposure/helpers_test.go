package exposure

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/rollout/engine"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

var _ engine.Target = (*Target)(nil)

var (
	_ Store         = File{}
	_ Store         = (*Memory)(nil)
	_ engine.Source = (*Tally)(nil)
)

// flags is a set with the flag "new", whose rollout is as given, one that is broken, and
// the flag "new-mirror".
func flags(rollout string) string {
	return `{
  "flags": {
    "broken": {"kind": "ops", "unknown": 1},
    "new": {
      "kind": "ops", "owner": "web", "enabled": true,
      "rollout": ` + rollout + `
    },
    "new-mirror": {"kind": "ops", "owner": "web", "enabled": true, "rollout": {"serve": "on"}},
    "test": {
      "kind": "ops", "owner": "web", "variants": {"control": "a", "treatment": "b"}, "default": "control", "enabled": true,
      "rollout": {"exposure": "20%", "split": [{"variant": "control", "weight": 1}, {"variant": "treatment", "weight": 0}]}
    }
  }
}
`
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func snapshot(t *testing.T, s Store) *toggle.Snapshot {
	t.Helper()
	data, _, err := s.Load(t.Context())
	must(t, err)
	out, err := toggle.Load(data, toggle.Options{})
	if out == nil {
		t.Fatal(err)
	}
	return out
}

func rolloutOf(t *testing.T, s Store, flag string) toggle.Rollout {
	t.Helper()
	f, _ := snapshot(t, s).Flag(flag)
	if f.Rollout == nil {
		t.Fatalf("flag %s has no rollout", flag)
	}
	return *f.Rollout
}

func exposureOf(t *testing.T, s Store) bucket.Share { return rolloutOf(t, s, "new").Exposure }

// want is one of the rollout from 1.0 to 2.0.
func want(seq uint64, w strategy.Weight) rollout.Want {
	return rollout.Want{
		Stage: "web", Target: "web", Fence: rollout.Fence{Epoch: 1, Seq: seq},
		Stable: rollout.Artifact{Version: "1.0"}, Candidate: rollout.Artifact{Version: "2.0"},
		Allocation: strategy.Allocation{Stable: strategy.Share{Weight: strategy.Full - w}, Candidate: strategy.Share{Weight: w}},
	}
}

// shown is what a target observes, in one line.
func shown(t *testing.T, target *Target) string {
	t.Helper()
	o, err := target.Observe(t.Context())
	must(t, err)
	must(t, o.Check())
	var parts []string
	for _, v := range o.Versions {
		parts = append(parts, fmt.Sprint(v.Version, " ", v.Weight))
	}
	return strings.Join(parts, ", ")
}

// always measures 100 requests of either version in every interval, of which so many of the
// candidate's fail as bad says.
type always struct {
	mu  sync.Mutex
	bad func() float64
}

func (s *always) Sample(_ context.Context, asks []health.Ask) ([]health.Sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []health.Sample
	for _, a := range asks {
		if now := time.Now().UTC(); !now.Before(a.Due) && now.After(a.From) {
			out = append(out, health.Sample{
				Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: now,
				Candidate: health.Arm{Exposure: 100, Bad: 100 * s.bad()}, Stable: health.Arm{Exposure: 100},
			})
		}
	}
	return out, nil
}

// members are the subjects of many that get a variant.
func members(s *toggle.Snapshot, flag, variant string, n int) map[string]bool {
	in := map[string]bool{}
	for i := range n {
		key := fmt.Sprint("user-", i)
		if s.Evaluate(flag, &toggle.Subject{Key: key}, time.Time{}).Variant == variant {
			in[key] = true
		}
	}
	return in
}

// missing is one of a set that is not in another; empty if none is.
func missing(of, in map[string]bool) string {
	for key := range of { // order does not matter: any will do
		if !in[key] {
			return key
		}
	}
	return ""
}

func compile(t *testing.T, p rollout.Plan) *rollout.Machine {
	t.Helper()
	m, err := rollout.Compile(p)
	must(t, err)
	return m
}

// drive runs a rollout of stage "web" until it is done or ctx ends, for at most a month.
func drive(ctx context.Context, t *testing.T, o engine.Options, m *rollout.Machine) (rollout.State, error) {
	t.Helper()
	e, err := engine.New(o)
	must(t, err)
	ctx, cancel := context.WithTimeout(ctx, 30*24*time.Hour)
	defer cancel()
	return e.Run(ctx, "r", m)
}
