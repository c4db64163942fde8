package rollout_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

var update = flag.Bool("update", false, "write the golden traces anew: commit only what you can explain")

// canaryPlan is a canary through one stage, with a bake, a request count and an
// error rate.
func canaryPlan() rollout.Plan {
	return rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "2.0", Digest: "sha256:2", Replaces: "1.0"},
		Stages: []rollout.Stage{{
			Name: "prod", Strategy: strategy.Canary{}, Deadline: time.Minute,
			Gates: rollout.Gates{Step: []gate.Gate{gate.Bake{For: 5 * time.Second}, gate.Requests{Min: 40}}},
		}},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "errors", Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: 10},
			Every: time.Second, WarmUp: -1, On: health.Reactions{Degraded: health.Rollback},
		}}},
	}
}

// scenario is a golden trace: what is done to a rollout, second by second.
type scenario struct {
	name  string
	plan  func() rollout.Plan
	acts  map[int]func(*sim)
	until int
}

var scenarios = []scenario{
	{"promoted", canaryPlan, nil, 60},
	{"rolledback", canaryPlan, map[int]func(*sim){15: func(s *sim) { s.errRate = 0.05 }}, 60},
	{"paused", canaryPlan, map[int]func(*sim){
		9:  order(rollout.Pause, "lunch"),
		12: func(s *sim) { s.fleets["prod"].desired = 12 },
		20: order(rollout.Promote, ""),
	}, 30},
	{"resumed", canaryPlan, map[int]func(*sim){
		4:  order(rollout.Pause, "lunch"),
		20: order(rollout.Resume, "back"),
	}, 90},
	{"held", canaryPlan, map[int]func(*sim){
		6:  func(s *sim) { s.silent = true },
		30: order(rollout.Resume, "the source is restarted"),
		31: func(s *sim) { s.silent = false },
	}, 90},
	{"waived", canaryPlan, map[int]func(*sim){4: order(rollout.Promote, "hotfix")}, 60},
	{"deadline", canaryPlan, map[int]func(*sim){
		2:  func(s *sim) { s.slow = true },
		90: order(rollout.RollBack, "never ready"),
	}, 120},
	{"unobserved", canaryPlan, map[int]func(*sim){
		8:  func(s *sim) { s.fleets["prod"].err = "connection refused" },
		90: func(s *sim) { s.fleets["prod"].err = "" },
		95: order(rollout.Resume, ""),
	}, 160},
	{"retried", canaryPlan, map[int]func(*sim){
		15: func(s *sim) { s.errRate = 0.05 },
		30: func(s *sim) { s.errRate = 0; order(rollout.Retry, "the database was down")(s) },
	}, 90},
	{"stages", stagesPlan, map[int]func(*sim){20: func(s *sim) { s.errRate = 0.05 }}, 60},
	{"irreversible", func() rollout.Plan {
		p := canaryPlan()
		p.Release.Irreversible = "column orders.total is dropped"
		return p
	}, map[int]func(*sim){15: func(s *sim) { s.errRate = 0.05 }}, 25},
	{"firstdeploy", func() rollout.Plan {
		p := canaryPlan()
		p.Release.Replaces = ""
		return p
	}, map[int]func(*sim){0: func(s *sim) { s.fleets["prod"].versions = nil }}, 60},
	{"recreate", func() rollout.Plan {
		p := canaryPlan()
		p.Stages[0].Strategy = strategy.Recreate{}
		return p
	}, nil, 60},
}

func stagesPlan() rollout.Plan {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Rolling{}
	p.Stages[0].Name = "staging"
	p.Stages = append(p.Stages, p.Stages[0])
	p.Stages[1].Name, p.Stages[1].Needs = "prod", []string{"staging"}
	p.OnFailure.Rollback = rollout.RollbackAll
	return p
}

func order(kind rollout.CommandKind, reason string) func(*sim) {
	return func(s *sim) {
		s.orders = []rollout.Command{{ID: fmt.Sprintf("%s at %s", kind, s.now), Kind: kind, By: "ada", Reason: reason}}
	}
}

func TestGolden(t *testing.T) {
	for _, sc := range slices.Concat(scenarios, strategyScenarios) {
		t.Run(sc.name, func(t *testing.T) {
			s := newSim(t, sc.plan())
			for n := range sc.until {
				if act := sc.acts[n]; act != nil {
					act(s)
				}
				s.step()
			}
			fmt.Fprintf(&s.trace, "\nafter %d s: %s\n", sc.until, s.sum())
			if _, err := rollout.Replay(s.m, s.records); err != nil {
				t.Error(err)
			}
			path := filepath.Join("testdata", sc.name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(s.trace.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), s.trace.String()); diff != "" {
				t.Errorf("the trace differs (-golden +now):\n%s", diff)
			}
		})
	}
}

// sum is where a simulated rollout stands, in one line for each stage.
func (s *sim) sum() string {
	text := string(s.state.Outcome)
	if text == "" {
		text = "goes on"
	}
	if s.last.Awaits != "" {
		text += ", awaits " + s.last.Awaits
	}
	for _, r := range s.m.Explain(s.state, s.input()) {
		text += fmt.Sprintf("\n  %s: %s", r.Stage, r.Doing)
	}
	return text
}
