package rollout_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// proving is a plan of some stages whose gates wait for as many requests as a margin of
// 1.5 takes. An objective counts where there is no stable any more.
func forecasting(stages int, weights ...strategy.Weight) rollout.Plan {
	p := rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "1.1", Replaces: "1.0"},
		Health: health.Policy{Signals: []health.Signal{
			{Name: "errors", Judge: health.Compare{Bad: "errors", Total: "requests", Margin: 1.5}, On: health.Reactions{Degraded: health.Rollback}},
			{Name: "outage", Judge: health.Objective{Bad: "errors", Total: "requests", Max: 0.05}, On: health.Reactions{Degraded: health.Rollback}},
		}},
	}
	for _, name := range []string{"a", "b", "c"}[:stages] {
		p.Stages = append(p.Stages, rollout.Stage{
			Name: name, Strategy: strategy.Canary{Weights: weights},
			Gates: rollout.Gates{Step: []gate.Gate{gate.Bake{For: time.Minute}, gate.Requests{Base: 0.005}}},
		})
	}
	return p
}

// needed is how many requests a step that waits asks for, as Lint has it: with a rate at
// which no step has enough while it bakes, it says the number.
func needed(t *testing.T, m *rollout.Machine, stage, step string) float64 {
	t.Helper()
	s := strategy.Setting{Fleet: strategy.Fleet{Desired: 100, Can: strategy.Can{Split: true}}, Rate: 0.5}
	for _, f := range m.Lint(stage, s) {
		if _, n, found := strings.Cut(f.Text, "are waited for"); found && f.Step == step && n == "." {
			words := strings.Fields(strings.TrimSuffix(f.Text, " are waited for."))
			need, err := strconv.ParseFloat(words[len(words)-1], 64)
			if err != nil {
				t.Fatal(f.Text)
			}
			return need
		}
	}
	t.Fatalf("step %s of stage %s: %v", step, stage, m.Lint(stage, s))
	return 0
}

func TestPlaced(t *testing.T) {
	plan := forecasting(1, 500, 2500, strategy.Full)
	m, err := rollout.Compile(plan)
	if err != nil {
		t.Fatal(err)
	}
	for step, weight := range map[string]float64{"5%": 0.05, "25%": 0.25, "100%": 0.25} { // at the last one as at the one before
		f := plan.Health.Forecast(0, health.Load{Candidate: 100 * weight, Stable: 100 * (1 - weight), Base: 0.005}, 1)
		if got, want := needed(t, m, "a", step), math.Ceil(f.Requests); got != want {
			t.Errorf("step %s needs %v, want %v", step, got, want)
		}
	}
	if r := m.Plan().Stages[0].Gates.Step[1]; r != (gate.Requests{Base: 0.005}) {
		t.Errorf("the plan says %v", r)
	}
	if text, err := m.Plan().MarshalJSON(); err != nil || !strings.Contains(string(text), `{"requests":{"base":"0.5%"}}`) {
		t.Errorf("%s, %v", text, err)
	}
}

// A proof is not divided over the stages, so what it takes does not grow; nor does it
// shrink.
func TestPlacedInStages(t *testing.T) {
	one, err := rollout.Compile(forecasting(1, 500, strategy.Full))
	if err != nil {
		t.Fatal(err)
	}
	two, err := rollout.Compile(forecasting(2, 500, strategy.Full))
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []string{"a", "b"} {
		if n, least := needed(t, two, stage, "5%"), needed(t, one, "a", "5%"); n < least {
			t.Errorf("stage %s of two needs %v, and of one %v", stage, n, least)
		}
	}
}

func TestPlacedProblems(t *testing.T) {
	bare := func(p rollout.Plan) rollout.Plan {
		p.Health.Signals = p.Health.Signals[:1]
		p.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01}
		return p
	}
	blue := forecasting(1)
	blue.Stages[0].Strategy = strategy.BlueGreen{}
	at := bare(forecasting(1, 500, strategy.Full))
	at.Stages[0].Gates = rollout.Gates{
		At:   map[string][]gate.Gate{"5%": {gate.Bake{}, gate.Any{gate.Requests{Base: 0.005}}}},
		Exit: []gate.Gate{gate.Requests{Base: 0.001}},
	}
	const none = "needs a signal that has a margin, such as compare: {margin: 1.5}"
	for name, tc := range map[string]struct {
		plan rollout.Plan
		want string
	}{
		"told once, of every stage": {bare(forecasting(2, 500, strategy.Full)), "stages[0].gates.step[1].requests.base: 0.5% " + none + "\n" +
			"stages[1].gates.step[1].requests.base: 0.5% " + none},
		"where it stands": {at, `stages[0].gates.at["5%"][1].any[0].requests.base: 0.5% ` + none + "\n" +
			"stages[0].gates.exit[0].requests.base: 0.1% " + none},
		"nothing is shared": {blue, "stages[0].gates.step[1].requests: can never open at step preview: no signal that counts requests is measured there\n" +
			"stages[0].gates.step[1].requests.base: 0.5% needs a step at which candidate and stable share the requests: signal errors compares them"},
	} {
		_, err := rollout.Compile(tc.plan)
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A gate deadline leaves time for what the gates need, and need not for the longer of two
// ways.
func TestGateDeadlineOfTheShortest(t *testing.T) {
	hour, day := gate.Bake{For: time.Hour}, gate.Bake{For: 24 * time.Hour}
	for name, tc := range map[string]struct {
		gates    []gate.Gate
		deadline time.Duration // the shortest there may be
	}{
		"all":        {[]gate.Gate{hour, gate.All{day}}, 24 * time.Hour},
		"any":        {[]gate.Gate{gate.Any{day, hour}}, time.Hour},
		"any, named": {[]gate.Gate{gate.Named{Name: "x", Gate: gate.Any{day, hour}}}, time.Hour},
		"two of":     {[]gate.Gate{&gate.AtLeast{N: 2, Of: []gate.Gate{day, hour, gate.All{hour, hour}}}}, time.Hour},
		"three of":   {[]gate.Gate{gate.AtLeast{N: 3, Of: []gate.Gate{day, hour, hour}}}, 24 * time.Hour},
		"a person":   {[]gate.Gate{gate.Any{day, gate.Fact{Name: "enough"}}}, 0},
	} {
		plan := forecasting(1, 500, strategy.Full)
		plan.Stages[0].Gates.Step = tc.gates
		for d, ok := range map[time.Duration]bool{tc.deadline: tc.deadline == 0, tc.deadline + time.Second: true} {
			plan.Stages[0].GateDeadline = d
			if _, err := rollout.Compile(plan); (err == nil) != ok {
				t.Errorf("%s: %v with a deadline of %s", name, err, d)
			}
		}
	}
}
