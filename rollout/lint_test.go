package rollout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestLintOfSignals: how often a limit condemns a healthy release follows from the
// traffic of all steps while they bake, and is unknown if that is.
func TestLintOfSignals(t *testing.T) {
	plan := of(strategy.Canary{Weights: []strategy.Weight{500, strategy.Full}})()
	plan.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01}
	plan.Health.Signals[0].Every = time.Minute
	plan.Stages[0].Gates = rollout.Gates{At: map[string][]gate.Gate{"5%": {gate.Bake{For: time.Hour}}}}
	routed := of(strategy.ABTest{Routes: []strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}}})()
	setting := strategy.Setting{Fleet: strategy.Fleet{Desired: 20, Can: strategy.Can{Split: true, Match: true}}, Rate: 10_000.0 / 60, Bad: 0.005}
	with := func(change func(*strategy.Setting)) strategy.Setting {
		s := setting
		change(&s)
		return s
	}
	name := plan.Health.Signals[0].Name
	unknown := "Signal " + name + " has no budget: how often it condemns a healthy release is unknown."
	for what, c := range map[string]struct {
		plan    rollout.Plan
		setting strategy.Setting
		want    string
	}{
		"known":       {plan, setting, "Signal " + name + " has no budget: at 500 requests a minute and 0.5% errors on stable it condemns 92% of healthy releases within 1h."},
		"no rate":     {plan, with(func(s *strategy.Setting) { s.Rate = 0 }), unknown},
		"no bad ones": {plan, with(func(s *strategy.Setting) { s.Bad = 0 }), unknown},
		"routes":      {routed, setting, unknown},
	} {
		m, err := rollout.Compile(c.plan)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range m.Lint(m.Plan().Stages[0].Name, c.setting) {
			if f.Rule == strategy.RuleSignals && f.Step == "" && !f.Blocks {
				found = append(found, f.Text)
			}
		}
		if !slices.Equal(found, []string{c.want}) {
			t.Errorf("%s: %q, want %q", what, found, c.want)
		}
	}
}
