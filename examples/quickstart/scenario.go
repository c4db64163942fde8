package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

const (
	stageName    = "local"
	firstVersion = "1.0.0"
)

// scenario is one of the three rollouts, and how it should end.
type scenario struct {
	name    string // of the rollout in the store, too; none that a signal or a verdict has
	version string
	about   string
	expect  rollout.Outcome
}

var scenarios = []scenario{
	{"good", "1.1.0", "a good release", rollout.Completed},
	{"faulty", "1.2.0", "a release that answers with errors", rollout.WentBack},
	{"slow", "1.3.0", "a release whose p99 is ten times worse", rollout.WentBack},
}

// under is the scenario with the outcome that the settings lead to: a release with
// fewer errors than the limit is a good one.
func (c scenario) under(s *settings) scenario {
	if c.name == "faulty" && s.ErrorRate <= 0.002 {
		c.about, c.expect = "a release with hardly any errors", rollout.Completed
	}
	return c
}

// settings are what a directory is begun with, and stays with: the plans follow
// from them, and a rollout never goes on with another plan.
type settings struct {
	ErrorRate float64           `json:"errorRate"` // of the release "faulty": 0.05 is 5 %
	Weights   []strategy.Weight `json:"weights"`
	Bake      time.Duration     `json:"bake"`
	Instances int64             `json:"instances"`
	Rate      int               `json:"rate"` // requests a second
}

func defaults() settings {
	return settings{
		ErrorRate: 0.05,
		Weights:   []strategy.Weight{100, 1000, 5000, strategy.Full},
		Bake:      2 * time.Second,
		Instances: 4,
		Rate:      500,
	}
}

// How the releases behave. The limit on latency stands on a bucket bound, and far
// from both sides: a machine that is busy with other things for a moment is not to
// be taken for a bad release.
const (
	usual     = 95 * time.Millisecond // and a little: below the bound at 100
	tenTimes  = 10 * usual
	slowShare = 0.08
	maxErrors = 0.01 // of the requests
	maxP99    = 0.5  // seconds
)

// catalogue is every release there is, by version.
func (s *settings) catalogue() map[string]*release {
	all := map[string]*release{}
	for _, version := range []string{firstVersion, "1.1.0", "1.2.0", "1.3.0"} {
		all[version] = &release{version: version, fast: usual, late: tenTimes}
	}
	all["1.2.0"].errors.share = s.ErrorRate
	all["1.3.0"].slow.share = slowShare
	return all
}

// plan is the rollout of a scenario. What it replaces is not named: it is whatever
// version serves when the stage begins, so that the scenarios follow one another
// however the one before ended.
func (s *settings) plan(c scenario) rollout.Plan {
	return rollout.Plan{
		Release: rollout.Release{Name: "shop", Version: c.version, Digest: digest(c.version)},
		Stages: []rollout.Stage{{
			Name: stageName,
			Strategy: strategy.Canary{
				Weights: s.Weights,
				// Stable stays whole until the last step: the way back is then one
				// change of weights, and no user waits for instances to start.
				FullStable: true,
				Pace:       strategy.Pace{Surge: strategy.Percent(100), Drain: 200 * time.Millisecond},
			},
			Gates: rollout.Gates{Step: []gate.Gate{
				gate.Bake{For: s.Bake},
				gate.Requests{Min: minSample},
			}},
			Deadline:     2 * time.Minute,
			GateDeadline: 10*time.Minute + 10*s.Bake,
		}},
		Health: s.policy(),
		Poll:   100 * time.Millisecond,
	}
}

func (s *settings) compile(c scenario) (*rollout.Machine, error) {
	return rollout.Compile(s.plan(c))
}

// At a weight of 1 % the candidate answers five requests a second, so a check has
// to do with few. Of errors it is the evidence that decides: a release that stays below
// the limit is rolled back in 1 % of all rollouts at most, however often one looks. Of
// latency, which the machine has a part in, four checks must fail in a row.
const minSample = 10

// every is how often an interval is closed: twice a second, or as rarely as it
// takes for the smallest step to have requests in each. Without any there is
// nothing to be healthy by, and no bake is earned.
func (s *settings) every() time.Duration {
	smallest := max(1, int64(s.Rate)*int64(s.Weights[0])) // requests in 10,000 seconds
	return max(500*time.Millisecond, 2*10000*time.Second/time.Duration(smallest)).Truncate(time.Millisecond)
}

// policy is how a release is judged. The numbers are those of a demonstration: in
// production the intervals are longer and the samples larger.
func (s *settings) policy() health.Policy {
	every := s.every()
	signal := func(name string, judge health.Judge) health.Signal {
		return health.Signal{
			Name: name, Judge: judge,
			// We may be stopped and started again. The machine knows an outage of us by
			// a minute in which nobody decided; what is shorter a signal has to bear.
			Every: every, MaxGap: 80*time.Second + 6*every, WarmUp: 300 * time.Millisecond,
			On: health.Reactions{Degraded: health.Rollback, Missing: health.Hold},
		}
	}
	return health.Policy{
		Signals: []health.Signal{
			signal("errors", health.Objective{
				Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total",
				Max: maxErrors, MinSample: minSample,
			}),
			signal("latency", health.Threshold{
				Histogram: "http_request_duration_seconds", Quantile: 0.99,
				Max: maxP99, ConsecutiveLimit: 4, MinSample: minSample,
			}),
		},
		Readiness: health.Readiness{Every: every, On: health.Reactions{Degraded: health.Rollback}},
	}
}

// parseWeights reads "1,10,50,100": percentages, with or without their sign.
func parseWeights(text string) ([]strategy.Weight, error) {
	var weights []strategy.Weight
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSuffix(strings.TrimSpace(part), "%")
		var w strategy.Weight
		if err := w.UnmarshalText([]byte(part + "%")); err != nil {
			return nil, fmt.Errorf("%q: %w", part, err)
		}
		weights = append(weights, w)
	}
	return weights, nil
}

func formatWeights(weights []strategy.Weight) string {
	var parts []string
	for _, w := range weights {
		parts = append(parts, strings.TrimSuffix(w.String(), "%"))
	}
	return strings.Join(parts, ",")
}
