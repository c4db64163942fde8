package rollout_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestNothingIsTooMuch: whatever an input brings, its state and its record are written
// and read again, the journal replays, and what was left out is told.
func TestNothingIsTooMuch(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		bend func(*rollout.Input)
		told string
	}{
		"roles": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: "a", Kind: rollout.Approve, Roles: make([]string, 10001)}}
		}, "approve is refused: it names more than 20 roles"},
		"words of an approval": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: long, Reason: long + "\x00\xff", Roles: []string{long}}}
		}, "approved: xxx"},
		"long ID": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: long + "1", Kind: rollout.Pause}, {ID: long + "2", Kind: rollout.Resume}}
		}, "resume is refused: its ID must be 1 to 200 bytes of text"},
		"no ID": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{Kind: rollout.RollBack}}
		}, "rollback is refused: its ID must be"},
		"orders": {func(in *rollout.Input) {
			for i := range 10001 {
				in.Commands = append(in.Commands, rollout.Command{ID: fmt.Sprint(i), Kind: "dance"})
			}
			in.Commands = append(in.Commands, rollout.Command{ID: "p", Kind: rollout.Pause, Reason: "the newest"})
		}, "paused: the newest"},
		"orders that are left out": {func(in *rollout.Input) {
			for i := range 2001 {
				in.Commands = append(in.Commands, rollout.Command{ID: fmt.Sprint(i), Kind: "dance"})
			}
		}, "the rest of the input is refused: 2001 orders came in one call, and only 1999 were read"},
		"samples": {func(in *rollout.Input) {
			for range 10001 {
				in.Samples = append(in.Samples, health.Sample{Stage: "nowhere", From: epoch, To: epoch.Add(1)})
			}
		}, "10002 samples came in one call, and only 10000 were read"},
		"large samples": {func(in *rollout.Input) {
			s := health.Sample{Stage: long, Signal: long, Reason: long, From: epoch, To: epoch.Add(1)}
			for i := range 255 {
				s.Bounds = append(s.Bounds, float64(i))
			}
			for range 100 {
				s.Counts = append(s.Counts, health.Count{Name: long})
			}
			for range 400 {
				in.Samples = append(in.Samples, s)
			}
		}, "401 samples came in one call, and only "},
		"facts": {func(in *rollout.Input) {
			in.Facts = make([]gate.Fact, 10001)
			in.Facts[0].Value = long
		}, "10001 facts came in one call, and only 10000 were read"},
		"fleets": {func(in *rollout.Input) {
			in.Fleets = append(in.Fleets, make([]rollout.Observed, 10001)...)
		}, "10002 fleets came in one call, and only 10000 were read"},
		"versions beside an error": {func(in *rollout.Input) {
			in.Fleets[0].Err, in.Fleets[0].Versions = "x", make([]rollout.Version, 20000)
		}, "the fleet cannot be observed: x"},
		"a weight beside an error": {func(in *rollout.Input) {
			in.Fleets[0].Err, in.Fleets[0].Versions[0].Weight, in.Fleets[0].Mirror = "x", 20000, -1
		}, "the fleet cannot be observed: x"},
		"long error": {func(in *rollout.Input) { in.Fleets[0].Err = long }, "the fleet cannot be observed: xxx"},
		"long version": {func(in *rollout.Input) {
			in.Fleets[0].Versions[0].Version = long
		}, "must have at most 200 bytes"},
		"versions that look alike": {func(in *rollout.Input) {
			in.Fleets[0].Versions = append(in.Fleets[0].Versions, rollout.Version{Version: "a\xff"}, rollout.Version{Version: "a\xfe"})
		}, "must be valid UTF-8"},
		"epoch of a target": {func(in *rollout.Input) { in.Fleets[0].Fence.Epoch = math.MaxUint64 }, "fence.epoch: 18446744073709551615 must be at most"},
		"epoch of the host": {func(in *rollout.Input) { in.Epoch = math.MaxUint64 }, "epoch 18446744073709551615 is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSim(t, canaryPlan())
			s.until(9, s.phase(0, rollout.Waiting))
			in := s.input()
			in.Samples = append(in.Samples, health.Sample{Stage: "prod"})[:1]
			c.bend(&in)
			s.decide(in) // it checks that the state can be read, and that a second call changes nothing
			if !slices.ContainsFunc(s.last.Events, func(e rollout.Event) bool { return strings.Contains(e.Text, c.told) }) {
				t.Errorf("it is not told: %v", s.last.Events)
			}
			var back []rollout.Record
			if err := json.Unmarshal([]byte(mustJSON(t, s.records)), &back); err != nil {
				t.Fatal(err)
			}
			if _, err := rollout.Replay(s.m, back); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestManyEventsAtOnce: a record holds as many events as can be written.
func TestManyEventsAtOnce(t *testing.T) {
	s := newSim(t, canaryPlan())
	next, out := s.m.Decide(s.state, s.input())
	out.Events = make([]rollout.Event, 10100)
	r, err := rollout.NewRecord(s.input(), next, out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.MarshalJSON(); err != nil || r.Events[9999].Text != "101 more events are not listed" {
		t.Errorf("%v, %q", err, r.Events[9999].Text)
	}
}

// TestOrderOfVersions: how a target lists its versions changes nothing.
func TestOrderOfVersions(t *testing.T) {
	p := of(strategy.Canary{Weights: []strategy.Weight{5000, 10000}, Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(1)}})()
	s := newSim(t, p)
	s.fleets["prod"].versions = []rollout.Version{{Version: "1.0", Instances: 4, Ready: 4, Weight: 4000}, {Version: "0.9", Instances: 3, Ready: 3, Weight: 3000}, {Version: "0.8", Instances: 3, Ready: 3, Weight: 3000}}
	for range 12 {
		in := s.input()
		next, _ := s.m.Decide(s.state, in)
		other := in
		other.Fleets = slices.Clone(in.Fleets)
		other.Fleets[0].Versions = slices.Clone(in.Fleets[0].Versions)
		slices.Reverse(other.Fleets[0].Versions)
		if _, out := s.m.Decide(next, other); out.Save {
			t.Fatalf("another order of the versions is news: %v", out.Want[0].Leftovers)
		}
		if third, _ := s.m.Decide(s.state, other); encode(t, third) != encode(t, next) {
			t.Fatalf("another order leads elsewhere:\n%s\n%s", encode(t, next), encode(t, third))
		}
		s.step()
	}
}

// TestOddStates: a state in which anything is replaced by something odd is refused, or
// decided on without a panic and without becoming unreadable.
func TestOddStates(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(9, s.phase(0, rollout.Waiting))
	s.step()
	s.errRate, s.fleets["prod"].err = 1, "gone"
	order(rollout.Pause, "")(s)
	s.step()
	hold := rollout.Hold{Since: s.now, Stage: "prod", Cause: rollout.CauseMissing, Reason: "x"}
	s.state.Hold = &hold
	oddStates(t, s)

	s = newSim(t, canaryPlan()) // about to end
	s.until(9, s.phase(0, rollout.Waiting))
	order(rollout.RollBack, "")(s)
	s.until(9, s.phase(0, rollout.RollingBack))
	s.fleets["prod"].versions = []rollout.Version{{Version: "1.0", Instances: 10, Ready: 10, Weight: strategy.Full}}
	s.state.Hold = &hold
	oddStates(t, s)
}

func oddStates(t *testing.T, s *sim) {
	var root any
	if err := json.Unmarshal([]byte(encode(t, s.state)), &root); err != nil {
		t.Fatal(err)
	}
	odd := []any{"", "zz", -1, 0, 1e9, uint64(math.MaxUint64), "2026-01-01T00:00:00Z", "0001-01-01T00:00:01Z", "9999-01-01T00:00:00Z", []any{}, "rolledBack", "done", "moving", "rollingBack", "100%", "degraded"}
	try := func(path string, v any) {
		var state rollout.State
		if json.Unmarshal([]byte(mustJSON(t, root)), &state) != nil || s.m.Check(state) != nil {
			return
		}
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("%s = %v: %v", path, v, r)
			}
		}()
		for _, kind := range []rollout.CommandKind{"", rollout.Resume, rollout.Retry, rollout.RollBack, rollout.Promote} {
			in := s.input()
			in.Commands = []rollout.Command{{ID: "q", Kind: kind}}
			next, _ := s.m.Decide(state, in)
			s.m.Explain(next, in)
			in.Now = in.Now.Add(-time.Hour)
			next, _ = s.m.Decide(next, in)
			text, err := next.MarshalJSON()
			if err == nil {
				err = new(rollout.State).UnmarshalJSON(text)
			}
			if err != nil {
				t.Errorf("%s = %v: %v", path, v, err)
			}
		}
	}
	var walk func(path string, v any, set func(any))
	walk = func(path string, v any, set func(any)) {
		for _, o := range odd {
			set(o)
			try(path, o)
		}
		set(v)
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(path+"."+k, x, func(n any) { v[k] = n })
			}
		case []any:
			for k, x := range v {
				walk(fmt.Sprintf("%s[%d]", path, k), x, func(n any) { v[k] = n })
			}
		}
	}
	walk("", root, func(any) {})
}

// TestStatesThatAreRefused: each is a state with one thing in it that cannot be.
func TestStatesThatAreRefused(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(9, s.phase(0, rollout.Waiting))
	for name, bend := range map[string]func(*rollout.State){
		"hold of no stage":    func(s *rollout.State) { s.Hold = &rollout.Hold{Stage: "nowhere", Cause: rollout.CauseMissing} },
		"hold for no cause":   func(s *rollout.State) { s.Hold = &rollout.Hold{Stage: "prod", Cause: "?"} },
		"outcome":             func(s *rollout.State) { s.Outcome = "?" },
		"want of no stage":    func(s *rollout.State) { s.Want = []rollout.Want{{Stage: "nowhere"}} },
		"verdict":             func(s *rollout.State) { s.Stages[0].Evidence[0].Verdict = "?" },
		"fleet":               func(s *rollout.State) { s.Stages[0].Fleet.Desired = -1 },
		"epoch":               func(s *rollout.State) { s.Stages[0].Epoch = math.MaxUint64 },
		"another one's count": func(s *rollout.State) { s.Stages[0].Ledger.Counts[0].Signal = "?" },
	} {
		state := roundTrip(t, s.state)
		if err := s.m.Check(state); err != nil {
			t.Fatal(err)
		}
		bend(&state)
		if s.m.Check(state) == nil {
			t.Errorf("%s is accepted", name)
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
			p.Release = rollout.Release{Name: "checkout", Version: " 2.0\n", Digest: "a\xff", Replaces: "1.0 ", Irreversible: strings.Repeat("x", 1001)}
			p.Stages[0].Target = strings.Repeat("x", 5000) + "\n"
		}, []string{
			`release.version: " 2.0\n" must not have control characters`,
			`release.digest: "a\xff" must be valid UTF-8`,
			`release.replaces: "1.0 " must not begin or end with space`,
			`release.irreversible: "xxx`,
			`stages[0].target: "xxx`,
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
		}, []string{"stages[0].gateDeadline: 5s must be above 5s, for which step 1% bakes at least"}},
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

// TestCopiesOpenNoGate: mirrored requests count for a gate only where none is served,
// or where the gate names their signal.
func TestCopiesOpenNoGate(t *testing.T) {
	l := strategy.Ladder{Steps: []strategy.Step{
		{Name: "both", Candidate: strategy.Percent(50), Stable: strategy.Percent(100), Weight: 100, Mirror: 5000},
		{Name: "all", Candidate: strategy.Percent(100), Weight: strategy.Full},
	}}
	for name, want := range map[string]string{"": "errors", "copies": "copies"} {
		p := shadowed(ladder(l))()
		p.Health.Signals[0], p.Health.Signals[1] = p.Health.Signals[1], p.Health.Signals[0]
		p.Health.Signals[0].Name = "copies"
		p.Stages[0].Gates = rollout.Gates{At: map[string][]gate.Gate{"both": {gate.Requests{Min: 1000000, Signal: name}}}}
		s := newSim(t, p)
		able(s)
		s.until(20, s.phase(0, rollout.Waiting))
		if got := s.state.Stages[0].Ledger.Counts; len(got) != 1 || got[0].Signal != want {
			t.Errorf("%q is counted by %v", name, got)
		}
		p.Health.Signals = p.Health.Signals[:1] // only copies are measured
		if _, err := rollout.Compile(p); (err == nil) != (name != "") {
			t.Errorf("%q without another signal: %v", name, err)
		}
	}
}

// babbles refuses, and says what cannot be written.
type babbles struct{}

func (babbles) Kind() string                      { return "babbles" }
func (babbles) Evaluate(gate.Facts) gate.Decision { return gate.Decision{Answer: gate.Refuse} }
func (g babbles) Explain(f gate.Facts) gate.Reason {
	return gate.Reason{Kind: "babbles", Answer: gate.Refuse, Text: "no\xff\x00" + strings.Repeat("!", 1<<20)}
}

// TestWordsOfOthers: what a user's own gate says makes no state unwritable, and the
// orders that answer its hold are still told.
func TestWordsOfOthers(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{babbles{}}
	s := newSim(t, p)
	s.until(20, func() bool { return s.state.Hold != nil })
	if n := len(s.state.Hold.Reason); n > 3000 || !s.told(rollout.EventHold, "awaits an order to resume")() {
		t.Errorf("%d bytes", n)
	}
}
