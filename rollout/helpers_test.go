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

// verdict is a gate of one's own that says what a fact says: open, refuse or wait.
type says struct {
	Fact string `json:"fact"`
}

func (says) Kind() string { return "says" }

func (g says) Evaluate(f gate.Facts) gate.Decision {
	fact, _ := f.Vouched(g.Fact)
	switch fact.Value {
	case "open":
		return gate.Decision{Answer: gate.Open}
	case "refuse":
		return gate.Decision{Answer: gate.Refuse}
	}
	for i := range f.Votes() {
		if a := f.Vote(i); a.By == "ada" && a.Kind == gate.Approve && slices.Contains(a.Roles, "owner") {
			return gate.Decision{Answer: gate.Open}
		}
	}
	return gate.Decision{}
}

func (g says) Explain(f gate.Facts) gate.Reason {
	return gate.Reason{Kind: "says", Subject: g.Fact, Answer: g.Evaluate(f).Answer, Text: "asks the fact"}
}

// ladder is a strategy of one's own.
type ladder strategy.Ladder

func (ladder) Kind() string                       { return "ladder" }
func (l ladder) Ladder() (strategy.Ladder, error) { return strategy.Ladder(l), nil }

func (s *sim) until(n int, done func() bool) {
	s.t.Helper()
	for range n {
		s.step()
		if done() {
			return
		}
	}
	s.t.Fatalf("after %d s:\n%s\n%s", n, s.sum(), s.trace.String())
}

func (s *sim) told(kind rollout.EventKind, text string) func() bool {
	return func() bool {
		return slices.ContainsFunc(s.last.Events, func(e rollout.Event) bool {
			return e.Kind == kind && strings.Contains(e.Text, text)
		})
	}
}

func (s *sim) phase(i int, p rollout.Phase) func() bool {
	return func() bool { return s.state.Stages[i].Phase == p }
}

func (s *sim) doing(t *testing.T, want string) {
	t.Helper()
	if got := s.m.Explain(s.state, s.input())[0].Doing; !strings.Contains(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}
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
		for _, kind := range []rollout.CommandKind{"", rollout.Resume, rollout.Retry, rollout.RollBack, rollout.Promote, rollout.Revoke} {
			in := s.input()
			in.Commands = []rollout.Command{{ID: "q", Kind: kind, By: "ann"}}
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

// babbles refuses, and says what cannot be written.
type babbles struct{}

func (babbles) Kind() string                      { return "babbles" }
func (babbles) Evaluate(gate.Facts) gate.Decision { return gate.Decision{Answer: gate.Refuse} }
func (g babbles) Explain(f gate.Facts) gate.Reason {
	return gate.Reason{Kind: "babbles", Answer: gate.Refuse, Text: "no\xff\x00" + strings.Repeat("!", 1<<20)}
}

// half is a plan whose first step gives the candidate half of the traffic, for as
// long as its gates say.
func half(gates ...gate.Gate) rollout.Plan {
	p := of(strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}})()
	p.Stages[0].Gates.Step = gates
	return p
}

// version is what a fleet has of a version.
func (f *fleet) version(name string) *rollout.Version {
	i := slices.IndexFunc(f.versions, func(v rollout.Version) bool { return v.Version == name })
	return &f.versions[i]
}

// chain is a plan of stages each of which needs the one before it.
func chain(p rollout.Plan, names ...string) rollout.Plan {
	base := p.Stages[0]
	p.Stages = nil
	for i, name := range names {
		base.Name, base.Needs = name, nil
		if i > 0 {
			base.Needs = names[i-1 : i]
		}
		p.Stages = append(p.Stages, base)
	}
	return p
}

// stopped is a rollout that was paused on its way to the first step, with the candidate
// as the step wants it.
func stopped(t *testing.T, desired int64, step strategy.Step) *sim {
	t.Helper()
	p := of(ladder{Steps: []strategy.Step{step, {Name: "all", Weight: strategy.Full}}})()
	s := newSim(t, p)
	f := s.fleets["prod"]
	f.desired, f.versions[0].Instances, f.versions[0].Ready = desired, desired, desired
	s.step()
	s.step()
	order(rollout.Pause, "")(s)
	s.step()
	if s.state.Stages[0].Phase != rollout.Moving {
		t.Fatal(s.sum())
	}
	return s
}

// late is a world whose instances take long to become ready; it goes on ten seconds
// at a time.
type late struct {
	*sim
	startup time.Duration
	stuck   bool // what is asked for from now on is never ready
	asked   map[string][]time.Time
}

func newLate(s *sim, startup time.Duration) *late {
	l := &late{sim: s, startup: startup, asked: map[string][]time.Time{}}
	for _, v := range s.fleets["prod"].versions {
		l.asked[v.Version] = make([]time.Time, v.Instances) // for ever
	}
	return l
}

func (l *late) step() {
	l.t.Helper()
	out := l.decide(l.input())
	l.orders = nil
	for i := range out.Want {
		l.obey(&out.Want[i])
	}
	l.now = l.now.Add(10 * time.Second)
	for k := range l.fleets["prod"].versions {
		v := &l.fleets["prod"].versions[k]
		all := l.asked[v.Version]
		for int64(len(all)) < v.Instances {
			at := l.now
			if l.stuck {
				at = at.Add(1000 * time.Hour)
			}
			all = append(all, at)
		}
		all = all[:v.Instances]
		l.asked[v.Version], v.Ready = all, 0
		for _, at := range all {
			if !l.now.Before(at.Add(l.startup)) {
				v.Ready++
			}
		}
	}
}

func (s *sim) commands(kinds ...rollout.CommandKind) {
	s.orders = nil
	for k, kind := range kinds {
		s.orders = append(s.orders, rollout.Command{ID: fmt.Sprint(kind, k, s.now), Kind: kind, By: "ada"})
	}
}

// scoped is a plan with a signal of another scope before its own.
func scoped(scope string, s strategy.Strategy) rollout.Plan {
	p := of(s)()
	other := p.Health.Signals[0]
	other.Name, other.Scope, other.On = "other", scope, health.Reactions{}
	p.Health.Signals = slices.Insert(p.Health.Signals, 0, other)
	return p
}

// limited makes the signal of a plan one that needs so many bad intervals in a row,
// each of so many requests.
func limited(p *rollout.Plan, consecutive int, sample int64, every time.Duration) {
	g := &p.Health.Signals[0]
	g.Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: sample, ConsecutiveLimit: consecutive}
	g.Every, g.MaxGap = every, 5*time.Minute
}

// elsewhere decides with a fleet that does not look like its step.
func elsewhere(s *sim) {
	in := s.input()
	in.Fleets[0].Versions = []rollout.Version{{Version: "1.0", Instances: 10, Ready: 10, Weight: 9900}, {Version: "2.0", Instances: 1, Ready: 1, Weight: 100}}
	s.decide(in)
	s.now = s.now.Add(time.Second)
}
