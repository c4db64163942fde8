package rollout_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// valid is a plan in which everything is used that JSON can say.
const valid = `{
	"release": {"name": "checkout", "version": "2.1.0", "digest": "sha256:2", "replaces": "2.0.4"},
	"stages": [
		{"name": "staging", "strategy": {"recreate": {}}, "gates": {"exit": [{"healthy": {"signals": ["latency"]}}]}},
		{"name": "eu", "needs": ["staging"], "target": "eu-fleet", "deadline": "5m", "gateDeadline": "24h",
		 "strategy": {"canary": {"weights": ["1%", "12.5%", "100%"], "surge": "25%", "unavailable": 0, "minReady": "10s", "drain": "5s", "fullStable": true}},
		 "gates": {"step": [{"bake": {"for": "10m", "factor": 0.5, "min": "2m"}}],
		           "at": {"12.5%": [{"all": [{"requests": {"min": 5000, "endpoint": "POST /orders", "signal": "errors"}}, {"healthy": {"for": "1m"}}]}]}}},
		{"name": "us", "needs": ["eu"], "strategy": {"rolling": {"surge": 1}},
		 "health": {"signals": [{"name": "crashes", "threshold": {"bad": "crashes_total", "total": "pod_seconds_total"}}]}}],
	"health": {"budget": "0.1%", "readiness": {"grace": "1m", "on": {"degraded": "rollback"}},
		"signals": [{"name": "errors", "every": "10s", "maxGap": "2m", "warmUp": "30s", "scope": "candidate",
		             "threshold": {"bad": "http_requests_total{code=~\"5..\"}", "total": "http_requests_total", "by": "route", "max": 0.01, "failureLimit": 2, "consecutiveLimit": 2, "minSample": 50},
		             "on": {"degraded": "rollback", "missing": "hold"}},
		            {"name": "latency", "advisory": true, "threshold": {"histogram": "http_request_duration_seconds", "quantile": 0.99, "max": 0.25}}]},
	"onFailure": {"deadline": "rollback", "rollback": "all"}, "poll": "2s"}`

func TestPlanBothWays(t *testing.T) {
	var p rollout.Plan
	if err := json.Unmarshal([]byte(valid), &p); err != nil {
		t.Fatal(err)
	}
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	text := mustJSON(t, p)
	var again rollout.Plan
	if err := json.Unmarshal([]byte(text), &again); err != nil {
		t.Fatal(err)
	}
	if mustJSON(t, again) != text {
		t.Errorf("written and read again:\n%s\n%s", text, mustJSON(t, again))
	}
	n, err := rollout.Compile(again)
	if err != nil || n.Digest() != m.Digest() {
		t.Errorf("another digest: %v %v", err, n.Digest())
	}
	if s := p.Stages[1]; s.Deadline != 5*time.Minute || s.Strategy.(strategy.Canary).Weights[1] != 1250 || s.Gates.Step[0].(gate.Bake).For != 10*time.Minute {
		t.Errorf("read wrongly: %+v", s)
	}
}

// TestPromise26EveryProblemWithItsPath: each case is a plan with one thing wrong,
// and the whole message.
func TestPromise26EveryProblemWithItsPath(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown field", `"poll"`, `"pol"`, `pol: unknown field`},
		{"field in another case", `"poll"`, `"Poll"`, `Poll: unknown field`},
		{"duplicate field", `"poll": "2s"`, `"poll": "2s", "poll": "2s"`, `poll: must be given only once`},
		{"null", `"2s"`, `null`, `poll: must not be null`},
		{"wrong type", `"2s"`, `2`, `poll: 2 must be a duration`},
		{"unknown strategy", `{"recreate": {}}`, `{"blueprint": {}}`, `stages[0].strategy: {"blueprint"} must be an object with exactly one key, one of abTest, blueGreen, canary, darkLaunch, recreate, rolling`},
		{"two strategies", `{"recreate": {}}`, `{"recreate": {}, "rolling": {}}`, `stages[0].strategy: `},
		{"weight", `"12.5%"`, `"0.5%"`, `stages[1].strategy.canary.weights[1]: 0.5% must be above 1%`},
		{"weight too fine", `"12.5%"`, `"12.555%"`, `stages[1].strategy.canary.weights[1]: "12.555%" must be a percentage`},
		{"weight without a sign", `"12.5%"`, `12.5`, `stages[1].strategy.canary.weights[1]: 12.5 must be`},
		{"surge", `"surge": "25%"`, `"surge": "-25%"`, `stages[1].strategy.canary.surge: `},
		{"gate", `"for": "10m"`, `"for": "-10m"`, `stages[1].gates.step[0].bake.for: -10m must not be negative`},
		{"nested gate", `"min": 5000`, `"min": -1`, `stages[1].gates.at["12.5%"][0].all[0].requests.min: -1 must`},
		{"gate at no step", `"12.5%": [`, `"13%": [`, `stages[1].gates.at["13%"]: must be the name of a step: 1%, 12.5%, 100%`},
		{"gate watches no signal", `["latency"]`, `["latencies"]`, `stages[0].gates.exit: "latencies" is watched by a gate, but the stage has no such signal`},
		{"gate counts by no signal", `"signal": "errors"`, `"signal": "error"`, `stages[1].gates.at["12.5%"]: "error" requests are waited for by a signal that the stage does not have`},
		{"endpoint without a label", `, "by": "route"`, ``, `stages[1].gates.at["12.5%"][0].all[0].requests.endpoint: "POST /orders" is waited for at step 12.5%, but signal errors`},
		{"bake before the begin", `"exit": [{"healthy": {"signals": ["latency"]}}]`, `"entry": [{"all": [{"bake": {}}]}]`, `stages[0].gates.entry: must not wait for what is measured`},
		{"unknown need", `["staging"]`, `["stagin"]`, `stages[1].needs[0]: "stagin" must be the name of a stage`},
		{"need of itself", `["staging"]`, `["eu"]`, `stages[1].needs[0]: "eu" must be another stage`},
		{"circle", `{"name": "staging",`, `{"name": "staging", "needs": ["us"],`, `stages[0].needs[0]: "us" must not lead back to the stage itself, which could never begin: staging needs us needs eu needs staging`},
		{"stage twice", `"name": "us"`, `"name": "eu"`, `stages[2].name: "eu" must be unique: stages[1] has it too`},
		{"stage name", `"name": "us"`, `"name": "u s"`, `stages[2].name: "u s" must be 1 to 63 letters`},
		{"deadline", `"5m"`, `"5ms"`, `stages[1].deadline: 5ms must be between 1s and 1000h`},
		{"release", `"name": "checkout"`, `"name": ""`, `release.name: "" must be`},
		{"version", `"version": "2.1.0"`, `"version": "2.0.4"`, `release.replaces: "2.0.4" must be another version`},
		{"judge twice", `"advisory": true,`, `"threshold": {},`, `health.signals[1].threshold: must be given only once`},
		{"no judge", `"threshold": {"bad": "crashes_total", "total": "pod_seconds_total"}`, `"advisory": false`, `stages[2].health.signals[0]`},
		{"judge", `"quantile": 0.99`, `"quantile": 99`, `health.signals[1].threshold.quantile: 99 must`},
		{"reaction", `"missing": "hold"`, `"missing": "continue"`, `health.signals[0].on.missing: "continue" must be`},
		{"budget", `"0.1%"`, `"0.1"`, `health.budget: "0.1" must`},
		{"scope", `"scope": "candidate"`, `"scope": "world"`, `health.signals[0].scope: "world" must be`},
		{"failure policy", `"rollback": "all"`, `"rollback": "some"`, `onFailure.rollback: "some" must be stage or all`},
		{"trailing data", `"poll": "2s"}`, `"poll": "2s"} {}`, `line`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(valid, c.old) {
				t.Fatalf("the plan does not contain %s", c.old)
			}
			text := strings.Replace(valid, c.old, c.new, 1)
			err := compileText(text)
			if err == nil {
				t.Fatal("no error")
			}
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if strings.HasPrefix(line, c.want) {
					return
				}
			}
			t.Errorf("got  %v\nwant %s", err, c.want)
		})
	}
}

func compileText(text string) error {
	p, err := rollout.Codec{}.DecodePlan([]byte(text))
	if err != nil {
		return err
	}
	_, err = rollout.Compile(p)
	return err
}

func TestPromise26AllProblemsAtOnce(t *testing.T) {
	p := rollout.Plan{
		Stages: []rollout.Stage{{Name: "a b", Strategy: strategy.Canary{Weights: []strategy.Weight{5, 5}}, Deadline: -1}, {Name: "c"}},
		Health: health.Policy{Signals: []health.Signal{{Name: "x"}}},
		Poll:   -1,
	}
	_, err := rollout.Compile(p)
	for _, want := range []string{"release.name", "release.version", "stages[0].name", "stages[0].deadline", "stages[0].strategy.canary.weights[1]", "stages[1].strategy", "health.signals[0]", "poll"} {
		if err == nil || !strings.Contains(err.Error(), want+":") && !strings.Contains(err.Error(), want+".") {
			t.Errorf("%s is not reported in\n%v", want, err)
		}
	}
}

func TestBounds(t *testing.T) {
	p := rollout.Plan{Release: rollout.Release{Name: "checkout", Version: "2"}}
	for i := range rollout.MaxStages + 1 {
		p.Stages = append(p.Stages, rollout.Stage{Name: fmt.Sprintf("s%d", i), Strategy: strategy.Rolling{}})
	}
	if _, err := rollout.Compile(p); err == nil || !strings.Contains(err.Error(), "a plan has 1 to 100 stages, this one 101") {
		t.Errorf("101 stages: %v", err)
	}
	p.Stages = p.Stages[:1]
	var weights []strategy.Weight
	for w := range strategy.Weight(101) {
		weights = append(weights, w+1)
	}
	weights[100] = strategy.Full
	p.Stages[0].Strategy = strategy.Canary{Weights: weights}
	if _, err := rollout.Compile(p); err == nil || !strings.Contains(err.Error(), "100") {
		t.Errorf("101 steps: %v", err)
	}
	if _, err := (rollout.Codec{}).DecodePlan([]byte(`{"poll":"` + strings.Repeat(" ", rollout.MaxPlan) + `"}`)); err == nil || !strings.Contains(err.Error(), "1048576") {
		t.Errorf("a plan above 1 MiB: %v", err)
	}
}

func TestCodecRefusesWhatItCouldNotReadAgain(t *testing.T) {
	for _, c := range []rollout.Codec{
		{Gates: map[string]func() gate.Gate{"bake": func() gate.Gate { return kill{} }}},
		{Gates: map[string]func() gate.Gate{"other": func() gate.Gate { return kill{} }}},
		{Gates: map[string]func() gate.Gate{"switch": nil}},
	} {
		if _, err := c.DecodePlan([]byte(valid)); err == nil {
			t.Errorf("%v is accepted", c.Gates)
		}
	}
}

func TestStateOfAnotherPlan(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.step()
	p := canaryPlan()
	p.Release.Version = "3.0"
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(s.state); err == nil {
		t.Error("the state of another plan is accepted")
	}
	next, out := m.Decide(s.state, s.input())
	if out.Save || out.Awaits == "" || encode(t, next) != encode(t, s.state) {
		t.Errorf("the state of another plan was decided on: %+v", out)
	}
	bent := s.state
	bent.Stages = nil
	if err := s.m.Check(bent); err == nil {
		t.Error("a state without its stages is accepted")
	}
}

func FuzzDecodePlan(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := rollout.Codec{}.DecodePlan(data)
		if err != nil {
			return
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("a plan that was read cannot be written: %v", err)
		}
		again, err := rollout.Codec{}.DecodePlan(text)
		if err != nil {
			t.Fatalf("a plan that was written cannot be read: %v\n%s", err, text)
		}
		if mustJSON(t, again) != string(text) {
			t.Fatalf("%s\n%s", text, mustJSON(t, again))
		}
		m, err := rollout.Compile(p)
		if err != nil {
			return
		}
		s, _ := m.Decide(rollout.State{}, rollout.Input{Now: epoch, Fleets: []rollout.Observed{newFleet("1.0", 3).observe(p.Stages[0].Name)}})
		m.Explain(s, rollout.Input{Now: epoch})
	})
}

// FuzzDecodeState: whatever a state file says, reading it and deciding on it never
// panics.
func FuzzDecodeState(f *testing.F) {
	s := newSim(f, canaryPlan())
	for range 12 {
		s.step()
	}
	f.Add([]byte(encode(f, s.state)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var state rollout.State
		if err := json.Unmarshal(data, &state); err != nil {
			return
		}
		in := s.input()
		if s.m.Check(state) != nil {
			return
		}
		next, _ := s.m.Decide(state, in)
		s.m.Explain(next, in)
		if _, err := json.Marshal(next); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPlansThatCannotEndWell(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*rollout.Plan)
		want string
	}{
		"last step": {func(p *rollout.Plan) {
			p.Stages[0].Strategy = ladder{Steps: []strategy.Step{{Name: "half", Weight: 5000}}}
		}, "stages[0].strategy.ladder: 50% is the weight of the last step, half: it must be 100%"},
		"drain": {func(p *rollout.Plan) { p.Stages[0].Strategy = strategy.Rolling{Pace: strategy.Pace{Drain: time.Hour}} }, "stages[0].deadline: 1m0s must be above minReady and drain together, 1h"},
		"target twice": {func(p *rollout.Plan) {
			p.Stages = append(p.Stages, p.Stages[0])
			p.Stages[1].Name, p.Stages[1].Target = "b", "prod"
		}, `stages[1].target: "prod" must be its own: stages[0] has it too`},
	} {
		p := canaryPlan()
		c.bend(&p)
		_, err := rollout.Compile(p)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPromise26ProblemsOfPlans: all that is wrong with a plan in Go is told at once,
// with its path.
func TestPromise26ProblemsOfPlans(t *testing.T) {
	stages := func(p *rollout.Plan, needs ...string) {
		base := p.Stages[0]
		p.Stages = nil
		for _, n := range needs {
			st := base
			st.Name, st.Needs = n[:1], strings.Split(n[1:], "")
			p.Stages = append(p.Stages, st)
		}
	}
	for name, c := range map[string]struct {
		bend func(*rollout.Plan)
		want []string
	}{
		"a ladder, gates and what they refer to": {func(p *rollout.Plan) {
			p.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{5000, 100}}
			p.Stages[0].Gates = rollout.Gates{
				Entry: []gate.Gate{gate.Bake{}},
				Step:  []gate.Gate{gate.Bake{For: -1}, gate.Healthy{Signals: []string{"nope"}}},
				At:    map[string][]gate.Gate{"5%": {nil, gate.Requests{Signal: "none"}}},
			}
		}, []string{
			"stages[0].strategy.canary.weights[1]: 1% must be above 50%",
			"stages[0].gates.entry: must not wait for what is measured: before a stage begins nothing is",
			"stages[0].gates.step[0].bake.for: -1ns must not be negative",
			`stages[0].gates.step: "nope" is watched by a gate, but the stage has no such signal`,
			`stages[0].gates.at["5%"][0]: must be a gate`,
			`stages[0].gates.at["5%"][1].requests.min: 0 must be at least 1`,
			`stages[0].gates.at["5%"]: "none" is watched by a gate, but the stage has no such signal`,
		}},
		"no strategy, and gates": {func(p *rollout.Plan) {
			p.Stages[0].Strategy, p.Stages[0].Gates.Step[0] = (*strategy.Canary)(nil), gate.Bake{For: -1}
		}, []string{"stages[0].strategy: must be given", "stages[0].gates.step[0].bake.for: -1ns must not be negative"}},
		"no judge": {func(p *rollout.Plan) {
			p.Health.Signals[0].Judge = (*health.Threshold)(nil)
		}, []string{"health.signals[0]: must have a judge, such as threshold"}},
		"two circles, and who needs one of them": {func(p *rollout.Plan) { stages(p, "ab", "bec", "cb", "de", "ed") }, []string{
			`stages[1].needs[1]: "c" must not lead back to the stage itself, which could never begin: b needs c needs b`,
			`stages[3].needs[0]: "e" must not lead back to the stage itself, which could never begin: d needs e needs d`,
		}},
		"two circles with a stage in common": {func(p *rollout.Plan) { stages(p, "abc", "ba", "ca") }, []string{
			`stages[0].needs[0]: "b" must not lead back to the stage itself, which could never begin: a needs b needs a`,
			`stages[2].needs[0]: "a" must not lead back to the stage itself, which could never begin: c needs a needs c`,
		}},
		"texts": {func(p *rollout.Plan) {
			p.Release = rollout.Release{Name: "checkout", Version: " 2.0\n", Digest: "a\xff", Replaces: "1.0 ", Irreversible: strings.Repeat("x", 1001), Author: strings.Repeat("y", 201), Risk: "a\nb", Notes: "a\r\n\x1bb"}
			p.Stages[0].Target = strings.Repeat("x", 5000) + "\n"
		}, []string{
			`release.version: " 2.0\n" must not have control characters`,
			`release.digest: "a\xff" must be valid UTF-8`,
			`release.replaces: "1.0 " must not begin or end with space`,
			`release.irreversible: "xxx`,
			`release.author: "yyy`,
			`release.risk: "a\nb" must not have control characters`,
			`release.notes: "a\r\n\x1bb" must not have control characters but line breaks and tabs`,
			`stages[0].target: "xxx`,
		}},
		"long notes": {func(p *rollout.Plan) { p.Release.Notes = strings.Repeat("x\n", 2001) }, []string{
			`release.notes: "x`,
		}},
		"notes that are no text": {func(p *rollout.Plan) { p.Release.Notes = "\xff" }, []string{
			`release.notes: "\xff" must be valid UTF-8`,
		}},
		"other texts": {func(p *rollout.Plan) {
			p.Health.Signals[0].Query = map[string]string{"q": "a\xff"}
		}, []string{`health.signals[0].query.q: "a\xff" must be valid UTF-8`}},
		"a stable signal": {func(p *rollout.Plan) { p.Health.Signals[0].Scope = "stable" }, []string{
			`health.signals[0].on.degraded: "rollback" must be hold for scope stable`,
		}},
		"gate deadline": {func(p *rollout.Plan) { p.Stages[0].GateDeadline = 1 }, []string{
			"stages[0].gateDeadline: 1ns must be at least 1s; 0 means none",
		}},
		"gate deadline and bake": {func(p *rollout.Plan) {
			p.Stages[0].GateDeadline = 5 * time.Second
		}, []string{"stages[0].gateDeadline: 5s must be above 5s, for which the gates of step 1% are closed at least"}},
		"gate deadline and health": {func(p *rollout.Plan) {
			p.Stages[0].GateDeadline = time.Minute
			p.Stages[0].Gates.Exit = []gate.Gate{gate.Any{gate.Healthy{For: time.Hour}, &gate.Healthy{For: 2 * time.Minute}}}
		}, []string{"stages[0].gateDeadline: 1m must be above 2m, for which the gates of step 100% are closed at least"}},
		"gate deadline and keep": {func(p *rollout.Plan) {
			p.Stages[0].Strategy, p.Stages[0].GateDeadline = strategy.BlueGreen{KeepStable: time.Hour}, time.Minute
			p.Stages[0].Gates.Step = nil
		}, nil}, // it begins when the keeping ends
		"gate deadline and a bake that is shortened": {func(p *rollout.Plan) {
			stages(p, "a", "b")
			for i := range p.Stages {
				p.Stages[i].Needs, p.Stages[i].GateDeadline = nil, 4*time.Second
				p.Stages[i].Gates.Step = []gate.Gate{gate.Bake{For: 5 * time.Second, Factor: 0.5}}
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := canaryPlan()
			c.bend(&p)
			_, err := rollout.Compile(p)
			text := "\n"
			if err != nil {
				text += err.Error()
			}
			if err == nil && c.want != nil || err != nil && c.want == nil {
				t.Fatalf("%v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(text, "\n"+want) {
					t.Errorf("%s is not told in%s", want, text)
				}
			}
			if n := strings.Count(text, "must not lead back"); n > 0 && n != len(c.want) {
				t.Errorf("%d circles are told in%s", n, text)
			}
		})
	}
}

// TestQuietPreview: nobody need match the routes of a preview. Then it is not passed,
// and nothing is held; and what is seen later counts.
func TestQuietPreview(t *testing.T) {
	s := newSim(t, of(strategy.BlueGreen{Routes: beta, KeepStable: -1})())
	able(s)
	s.silent = true
	s.until(9, s.phase(0, rollout.Waiting))
	for range 60 {
		s.step()
	}
	if st := s.state.Stages[0]; s.state.Hold != nil || st.Step != 0 || st.Phase != rollout.Waiting {
		t.Fatalf("%s\n%s", s.sum(), s.trace.String())
	}
	s.silent = false
	s.until(10, s.told(rollout.EventPassed, "preview"))
	s.silent = true // from here on all are served, and data is missed
	s.until(60, func() bool { return s.state.Hold != nil && s.state.Hold.Cause == rollout.CauseMissing })
}

// TestLintOfCopies: what a gate waits for is looked for where it is counted, and a
// signal of stable that is never measured is found.
func TestLintOfCopies(t *testing.T) {
	lint := func(p rollout.Plan, rate float64) (found []string) {
		t.Helper()
		m, err := rollout.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		can := strategy.Can{Split: true, Match: true, Mirror: true}
		for _, f := range m.Lint("prod", strategy.Setting{Fleet: strategy.Fleet{Desired: 10, Can: can}, Rate: rate}) {
			if f.Rule != strategy.RuleSignals {
				found = append(found, strings.TrimSpace(f.Step+": "+f.Text))
			}
		}
		return found
	}
	dark := shadowed(strategy.DarkLaunch{})()
	dark.Stages[0].Gates.At = map[string][]gate.Gate{"dark": {gate.Bake{For: 10 * time.Second}, gate.Requests{Min: 1000}}}
	other := scoped("stable", strategy.Recreate{})
	advisory := of(strategy.Canary{})()
	advisory.Health.Signals = append(advisory.Health.Signals, advisory.Health.Signals[0])
	advisory.Health.Signals[1].Name, advisory.Health.Signals[1].Advisory = "noise", true
	advisory.Health.Signals[1].Judge = health.Threshold{Bad: "errors", Total: "requests", MinSample: 1e9}
	business := scoped("business", strategy.Canary{})
	business.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Second}, gate.Requests{Signal: "other", Min: 1 << 40}}
	tie := of(strategy.Canary{Weights: []strategy.Weight{strategy.Full}})()
	tie.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", MinSample: 600}
	tie.Stages[0].Gates.Step = []gate.Gate{gate.Requests{Min: 6000}, gate.Bake{For: time.Minute}}
	for name, c := range map[string]struct {
		plan rollout.Plan
		rate float64
		want []string
	}{
		"enough copies":     {dark, 1e5, nil},
		"too few copies":    {dark, 900, []string{"dark: 900 requests a second give 900 copies in 10s, and a gate waits for 1000."}},
		"stable":            {other, 1e5, []string{": Signal other is measured at no step: stable never gets the requests that it judges."}},
		"advisory":          {advisory, 1e5, nil},
		"of others":         {business, 1e5, nil},
		"alike, the larger": {tie, 99, []string{"100%: 100% of 99 requests a second are 5940 in 1m, and 6000 are waited for."}},
	} {
		if got := lint(c.plan, c.rate); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
