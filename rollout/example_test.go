package rollout_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// A whole rollout in a loop, with a fleet that does what it is told at once and
// traffic that has no errors. A real host reads the clock, its fleet and its
// metrics, and saves where the comment says so.
func Example() {
	m, err := rollout.Compile(rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "2.1.0", Replaces: "2.0.4"},
		Stages: []rollout.Stage{{
			Name:     "prod",
			Strategy: strategy.Canary{Weights: []strategy.Weight{1000, strategy.Full}},
			Gates:    rollout.Gates{Step: []gate.Gate{gate.Bake{For: 10 * time.Minute}}},
		}},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "errors", Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01},
			Every: time.Minute, On: health.Reactions{Degraded: health.Rollback},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, fleet, now := rollout.State{}, newFleet("2.0.4", 10), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for done := false; !done; {
		in := rollout.Input{Now: now, Fleets: []rollout.Observed{fleet.observe("prod")}, Samples: measure(state.Ask, now)}
		next, out := m.Decide(state, in)
		state, done = next, out.Done // save state and record here, before anything is done
		fleet.apply(out.Want)
		now = out.Wake
		for _, e := range out.Events {
			fmt.Println(e.At.Format("15:04:05"), e.Text)
		}
	}
	// Output:
	// 09:00:00 release checkout 2.1.0 starts through 1 stage
	// 09:00:00 stage prod begins with 2.1.0: it replaces 2.0.4
	// 09:00:00 moving to step 10%: 10% of the traffic
	// 09:00:02 step 10% is reached: 10% of the traffic
	// 09:11:00 step 10% is passed
	// 09:11:00 moving to step 100%: 100% of the traffic
	// 09:11:08 step 100% is reached: 100% of the traffic
	// 09:22:00 step 100% is passed
	// 09:22:00 stage prod is done: 2.1.0 serves
	// 09:22:00 release checkout 2.1.0 is everywhere
}

// newFleet is a fleet of ready instances of one version behind a router that splits
// traffic.
func newFleet(version string, n int64) *fleet {
	return &fleet{
		desired: n, can: strategy.Can{Split: true},
		versions: []rollout.Version{{Version: version, Instances: n, Ready: n, Weight: strategy.Full}},
	}
}

func (f *fleet) observe(stage string) rollout.Observed {
	return rollout.Observed{Stage: stage, Desired: f.desired, Can: f.can, Routed: f.routed, Mirror: f.mirror, Versions: slices.Clone(f.versions)}
}

func (f *fleet) apply(wants []rollout.Want) {
	for _, w := range wants {
		f.set(w.Stable.Version, w.Allocation.Stable, true)
		f.set(w.Candidate.Version, w.Allocation.Candidate, true)
	}
}

// measure answers every ask that is due: a thousand requests, none of them bad.
func measure(asks []health.Ask, now time.Time) (samples []health.Sample) {
	for _, a := range asks {
		if !now.Before(a.Due) {
			samples = append(samples, health.Sample{
				Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: now,
				Candidate: health.Arm{Exposure: 1000},
			})
		}
	}
	return samples
}

func ExamplePlan_UnmarshalJSON() {
	var p rollout.Plan
	err := p.UnmarshalJSON([]byte(`{
		"release": {"name": "checkout", "version": "2.1.0", "vresion": "?"},
		"stages": [{"name": "eu", "strategy": {"canary": {"weights": ["1%", "0.001%"]}}, "gates": {"step": [{"bakes": {}}]}}]}`))
	fmt.Println(err)
	// Output:
	// release.vresion: unknown field
	// stages[0].strategy.canary.weights[1]: "0.001%" must be a percentage such as "12.5%", with at most two decimals
	// stages[0].gates.step[0]: {"bakes"} must be an object with exactly one key, one of all, any, approval, atLeast, bake, fact, freeze, healthy, named, requests, window
}

func ExampleCompile() {
	_, err := rollout.Compile(rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "2.1.0", Replaces: "2.1.0"},
		Stages: []rollout.Stage{
			{Name: "staging", Needs: []string{"prod"}, Strategy: strategy.Rolling{}},
			{Name: "prod", Strategy: strategy.Canary{Weights: []strategy.Weight{2500, 1000, strategy.Full}}},
		},
	})
	fmt.Println(err)
	// Output:
	// release.replaces: "2.1.0" must be another version than the release's own
	// stages[1].strategy.canary.weights[1]: 10% must be above 25%
}

// kill is a gate of one's own: it opens when the host vouches that a switch is on.
type kill struct {
	Switch string `json:"switch"`
}

func (kill) Kind() string { return "switch" }

func (k kill) Evaluate(f gate.Facts) gate.Decision {
	if fact, ok := f.Vouched(k.Switch); ok && fact.Value == "on" {
		return gate.Decision{Answer: gate.Open}
	}
	return gate.Decision{Answer: gate.Wait}
}

func (k kill) Explain(f gate.Facts) gate.Reason {
	return gate.Reason{Kind: k.Kind(), Subject: k.Switch, Answer: k.Evaluate(f).Answer, Text: "waits for the switch"}
}

func ExampleCodec() {
	codec := rollout.Codec{Gates: map[string]func() gate.Gate{"switch": func() gate.Gate { return kill{} }}}
	p, err := codec.DecodePlan([]byte(`{
		"release": {"name": "checkout", "version": "2.1.0"},
		"stages": [{"name": "eu", "strategy": {"rolling": {}}, "gates": {"entry": [{"switch": {"switch": "search"}}]}}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := rollout.Compile(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	in := rollout.Input{Now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Fleets: []rollout.Observed{newFleet("2.0.4", 3).observe("eu")}}
	s, _ := m.Decide(rollout.State{}, in)
	fmt.Println(m.Explain(s, in)[0].Doing)
	in.Facts = []gate.Vouched{{Name: "search", Value: "on"}}
	s, _ = m.Decide(s, in)
	fmt.Println(m.Explain(s, in)[0].Doing)
	// Output:
	// waits to begin: switch: waits for the switch
	// moving to step rolled: 0 of 3 candidate instances ready, weight 0% of 100%
}

// ExampleMachine_Lint says before the start that a bake would never see enough, and how
// often a limit would stop a release that is as good as stable.
func ExampleMachine_Lint() {
	m, err := rollout.Compile(rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "2.1.0"},
		Stages: []rollout.Stage{{
			Name: "eu", Strategy: strategy.Canary{},
			Gates: rollout.Gates{Step: []gate.Gate{gate.Bake{For: 10 * time.Minute}, gate.Requests{Min: 1000}}},
		}},
		Health: health.Policy{Signals: []health.Signal{{Name: "errors", Judge: health.Threshold{Bad: "errors_total", Total: "requests_total", Max: 0.01}}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	eu := strategy.Setting{Fleet: strategy.Fleet{Desired: 4, Can: strategy.Can{Split: true}}, Rate: 50, Bad: 0.002}
	for _, f := range m.Lint("eu", eu) {
		fmt.Printf("%s: %s\n", f.Rule, f.Text)
	}
	// Output:
	// requests: 1% of 50 requests a second are 300 in 10m, and 1000 are waited for.
	// signals: Signal errors has no budget: at 30 to 3000 requests a minute and 0.2% errors on stable it condemns more than 99% of healthy releases within 40m.
}

// TestReadme keeps the example of the README equal to the one that is compiled and
// run here.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "func Example() {\n")
	code, _, _ = strings.Cut(code, "\t// Output:")
	_, shown, _ := strings.Cut(string(readme), "<!-- embedding example: kept equal to rollout/example_test.go by a test -->\n\n```go\n")
	shown, _, _ = strings.Cut(shown, "```")
	var plain strings.Builder
	for line := range strings.Lines(code) {
		plain.WriteString(strings.TrimPrefix(line, "\t"))
	}
	if shown != plain.String() {
		t.Errorf("the README shows\n%s\nthe example is\n%s", shown, plain.String())
	}
}

// TestReadmeHealth compiles the policy that the README shows.
func TestReadmeHealth(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(readme), "```json\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatal("the README shows no policy")
	}
	plan := `{"release": {"name": "checkout", "version": "2.1.0"}, "stages": [{"name": "prod", "strategy": {"canary": {}}}], ` + strings.TrimPrefix(strings.TrimSpace(block), "{")
	var p rollout.Plan
	if err := p.UnmarshalJSON([]byte(plan)); err != nil {
		t.Fatal(err)
	}
	if _, err := rollout.Compile(p); err != nil {
		t.Fatal(err)
	}
	if p.Health.Budget != 0.001 || len(p.Health.Signals) != 3 {
		t.Errorf("%+v", p.Health)
	}
}
