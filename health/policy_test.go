package health

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

func TestNormalize(t *testing.T) {
	given := Policy{Budget: 0.1 / 100, Signals: []Signal{
		{Name: "a"},
		{Name: "b", Scope: "stable", Every: time.Minute, WarmUp: -1, On: Reactions{Degraded: Rollback}},
	}, Readiness: Readiness{Grace: -time.Second}}
	before := slices.Clone(given.Signals)
	want := Policy{Budget: 0.001, Signals: []Signal{
		{
			Name: "a", Scope: "candidate", Every: 10 * time.Second, MaxGap: 2 * time.Minute, WarmUp: time.Minute,
			On: Reactions{Degraded: Hold, Missing: Hold},
		},
		{
			Name: "b", Scope: "stable", Every: time.Minute, MaxGap: 6 * time.Minute, WarmUp: -1,
			On: Reactions{Degraded: Rollback, Missing: Hold},
		},
	}, Readiness: Readiness{Every: 5 * time.Second, Grace: -time.Second, On: Reactions{Degraded: Hold, Missing: Hold}}}
	got := given.Normalize()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff(got, got.Normalize()); d != "" {
		t.Errorf("twice is not once:\n%s", d)
	}
	if d := cmp.Diff(before, given.Signals); d != "" {
		t.Errorf("the policy that was given was changed:\n%s", d)
	}
	if w := []time.Duration{given.Signals[0].Warming(), got.Signals[0].Warming(), got.Signals[1].Warming()}; !slices.Equal(w, []time.Duration{time.Minute, time.Minute, 0}) {
		t.Errorf("warming %v", w)
	}
	if given.Readiness.grace() != 0 || (&Readiness{}).grace() != 30*time.Second {
		t.Error("grace")
	}
}

func TestPolicyValidate(t *testing.T) {
	ok := Threshold{Bad: "b", Total: "t"}
	good := Signal{Name: "a", Judge: ok}
	with := func(change func(*Signal)) []Signal {
		g := good
		change(&g)
		return []Signal{g}
	}
	many := make([]Signal, 101)
	for i := range many {
		many[i] = Signal{Name: fmt.Sprint("s", i), Judge: ok}
	}
	for name, c := range map[string]struct {
		policy Policy
		want   []string
	}{
		"nothing":      {Policy{}, nil},
		"good":         {Policy{Budget: 0.001, Signals: []Signal{good}}, nil},
		"budget":       {Policy{Budget: 0.5}, []string{"budget: 0.5 must be a percentage below 50% with at most 6 decimals, or 0% for the default"}},
		"small budget": {Policy{Budget: 1e-12}, []string{"budget: 1e-12 must be a percentage below 50% with at most 6 decimals, or 0% for the default"}},
		"no budget":    {Policy{Budget: Probability(math.NaN())}, []string{"budget: NaN must be a percentage below 50% with at most 6 decimals, or 0% for the default"}},
		"no name":      {Policy{Signals: with(func(g *Signal) { g.Name = "" })}, []string{`signals[0].name: "" must be 1 to 63 characters without space`}},
		"long name": {
			Policy{Signals: with(func(g *Signal) { g.Name = strings.Repeat("é", 64) })},
			[]string{`signals[0].name: "` + strings.Repeat("é", 64) + `" must be 1 to 63 characters without space`},
		},
		"readiness": {Policy{Signals: with(func(g *Signal) { g.Name = "readiness" })}, []string{`signals[0].name: "readiness" is the name of the signal that every stage has`}},
		"twice":     {Policy{Signals: []Signal{good, good}}, []string{`signals[1].name: "a" must be unique, and is the name of signals[0]`}},
		"scope":     {Policy{Signals: with(func(g *Signal) { g.Scope = "all" })}, []string{`signals[0].scope: "all" must be candidate, stable, upstream, downstream or business`}},
		"compares":  {Policy{Signals: with(func(g *Signal) { g.Scope, g.Judge = "stable", Difference{Gauge: "g", Relative: 1} })}, []string{`signals[0].scope: "stable" must not be stable: the judge compares with it`}},
		"mirrored":  {Policy{Signals: with(func(g *Signal) { g.Mirrored, g.Scope = true, "business" })}, []string{"signals[0].mirrored: must be of scope candidate: only the candidate answers mirrored requests"}},
		"stable": {Policy{Signals: with(func(g *Signal) { g.Scope, g.On = "stable", Reactions{Degraded: Rollback, Missing: Rollback} })}, []string{
			`signals[0].on.degraded: "rollback" must be hold for scope stable: a rollback would give it the traffic`,
			`signals[0].on.missing: "rollback" must be hold for scope stable: a rollback would give it the traffic`,
		}},
		"upstream":  {Policy{Signals: with(func(g *Signal) { g.Scope, g.On.Degraded = "upstream", Rollback })}, nil},
		"nil judge": {Policy{Signals: with(func(g *Signal) { g.Judge = (*Threshold)(nil) })}, []string{"signals[0]: must have a judge, such as threshold"}},
		"no judge":  {Policy{Signals: with(func(g *Signal) { g.Judge = nil })}, []string{"signals[0]: must have a judge, such as threshold"}},
		"judge": {
			Policy{Signals: with(func(g *Signal) { g.Judge = Threshold{Bad: "b", Total: "t", Max: 5} })},
			[]string{"signals[0].threshold.max: 5 must be a fraction below 1: 0.01 is 1 %"},
		},
		"times": {
			Policy{Signals: with(func(g *Signal) { g.Every, g.MaxGap, g.WarmUp = time.Millisecond, time.Microsecond, 1<<62 })},
			[]string{
				"signals[0].every: 1ms must be from 100ms to 1460h", "signals[0].maxGap: 1µs must be at least the warm-up and twice every together, and at most two years",
				"signals[0].warmUp: 1281023h53m38.427387904s must be at most a year",
			},
		},
		"reactions": {
			Policy{Signals: with(func(g *Signal) { g.On = Reactions{Degraded: Continue, Missing: "explode"} }), Readiness: Readiness{Grace: 1 << 62, Every: 1, On: Reactions{Degraded: Continue, Missing: Hold}}},
			[]string{
				`signals[0].on.degraded: "continue" must be hold or rollback`, `signals[0].on.missing: "explode" must be hold or rollback`,
				"readiness.every: 1ns must be from 100ms to 1460h", "readiness.grace: 1281023h53m38.427387904s must be at most a year",
				`readiness.on.degraded: "continue" must be hold or rollback`,
			},
		},
		"stake":    {Policy{Signals: with(func(g *Signal) { g.Stake = math.Inf(1) })}, []string{"signals[0].stake: +Inf must be a number from 0 to 1e+09"}},
		"advisory": {Policy{Signals: with(func(g *Signal) { g.Advisory = true })}, []string{"signals: must not all be advisory: nothing would count"}},
		"one counts": {
			Policy{Signals: []Signal{good, {Name: "b", Judge: ok, Advisory: true}}}, nil,
		},
		"many": {Policy{Signals: many}, []string{"signals: 101 must be at most 100"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.policy.Normalize()
			wantErrors(t, p.Validate(), c.want...)
		})
	}
}

func TestPolicyJSON(t *testing.T) {
	p := Policy{Budget: 0.001, Signals: []Signal{{Name: "a", Judge: Threshold{Bad: "b", Total: "t", Max: 0.01}, WarmUp: -1, Query: map[string]string{"k": "v"}}}}.Normalize()
	data, err := strict.Encode(&p)
	if err != nil {
		t.Fatal(err)
	}
	kinds := strict.Kinds{reflect.TypeFor[Judge](): {"threshold": func() any { return Threshold{} }}}
	want := `{"budget":"0.1%","signals":[{"name":"a","scope":"candidate","threshold":{"bad":"b","total":"t","max":0.01},` +
		`"query":{"k":"v"},"every":"10s","maxGap":"1m","warmUp":"-1ns","on":{"degraded":"hold","missing":"hold"}}],` +
		`"readiness":{"every":"5s","grace":"30s","on":{"degraded":"hold","missing":"hold"}}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	var back Policy
	if err := strict.Decode(data, 1<<20, kinds, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, back); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	err = strict.Decode([]byte(`{"budget":"a lot"}`), 1<<20, kinds, &back)
	wantErrors(t, err, `budget: "a lot" must be a percentage from 0% to 100% with at most 6 decimals`)
}

func TestProbabilityText(t *testing.T) {
	for text, want := range map[string]Probability{
		"0.1%": 0.001, "0.05%": 0.0005, "0%": 0, "100%": 1, "0.000001%": 1e-8, "12.5%": 0.125, "49.999999%": 0.49999999,
	} {
		var p Probability
		if err := p.UnmarshalText([]byte(text)); err != nil || p != want {
			t.Errorf("%s: %v, %v", text, float64(p), err)
		}
		if back, err := p.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%s: %s, %v", text, back, err)
		}
	}
	for _, text := range []string{"", "%", "0.1", "-1%", "+1%", "1e1%", "0.0000001%", "101%", "100.000001%", ".5%", "5.%", "0.1 %", "NaN%", "١%"} {
		p := Probability(0.25)
		if err := p.UnmarshalText([]byte(text)); err == nil || p != 0.25 {
			t.Errorf("%q was read as %s", text, p)
		}
	}
	for _, p := range []Probability{-0.1, 1.1, 1e-9, Probability(math.NaN()), Probability(math.Inf(1)), 1.0 / 3} {
		if text, err := p.MarshalText(); err == nil {
			t.Errorf("%v was written as %s", float64(p), text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := Probability(rapid.Float64Range(1e-8, 1).Draw(t, "p")).snap()
		text, err := p.MarshalText()
		var back Probability
		if err != nil || back.UnmarshalText(text) != nil || back != p {
			t.Fatalf("%v -> %s (%v) -> %v", float64(p), text, err, float64(back))
		}
	})
}
