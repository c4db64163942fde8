package rollout_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// comparing is a signal that compares errors and asks for a rollback.
func comparing(name string) health.Signal {
	return health.Signal{
		Name: name, Judge: health.Compare{Bad: "errors", Total: "requests"}, Every: time.Second, WarmUp: -1, MaxGap: 20 * time.Second,
		On: health.Reactions{Degraded: health.Rollback},
	}
}

// threeStages is a plan whose candidate has two instances at its first step.
func threeStages(own ...*health.Policy) rollout.Plan {
	p := rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "1.1", Replaces: "1.0"},
		Health:  health.Policy{Budget: 0.03, Signals: []health.Signal{comparing("errors"), comparing("logins")}},
	}
	for i, name := range []string{"a", "b", "c"} {
		st := rollout.Stage{
			Name: name, Strategy: strategy.Canary{Weights: []strategy.Weight{2000, strategy.Full}},
			Gates: rollout.Gates{Step: []gate.Gate{gate.Bake{For: 30 * time.Second}}},
		}
		if i < len(own) {
			st.Health = own[i]
		}
		p.Stages = append(p.Stages, st)
	}
	return p
}

// The attempt's budget is divided over stages and signals: evidence of 1 : 1/alpha alone
// rolls nothing back, evidence of as many times that as it is divided by does.
func TestBudgetIsDivided(t *testing.T) {
	own := &health.Policy{Budget: 0.02, Signals: []health.Signal{comparing("errors")}}
	watching := &health.Policy{Signals: []health.Signal{{Name: "errors", Judge: health.Threshold{Bad: "e", Total: "r", Max: 0.1}}}}
	for name, c := range map[string]struct {
		plan   rollout.Plan
		stage  int
		within float64 // 1 : so much is needed
	}{
		"three stages, two signals": {threeStages(), 0, 3 * 2 / 0.03},
		"one has its own":           {threeStages(own), 0, 1 / 0.02},
		"two share what it leaves":  {threeStages(own), 1, 2 * 2 / 0.01},
		"one needs none":            {threeStages(watching), 2, 2 * 2 / 0.03},
	} {
		t.Run(name, func(t *testing.T) {
			// One more bad event at a time: the evidence at which it goes back lies between
			// that of the last two calls.
			s := newSim(t, c.plan)
			s.until(300, func() bool {
				return s.state.Stages[c.stage].Phase == rollout.Waiting && len(s.state.Stages[c.stage].Evidence[0].Log) > 0
			})
			before := 0.0
			for s.state.Stages[c.stage].Phase == rollout.Waiting {
				before = s.state.Stages[c.stage].Evidence[0].Log[0]
				in := s.input()
				for i := range in.Samples {
					if x := &in.Samples[i]; x.Signal == "errors" && x.Stage == c.plan.Stages[c.stage].Name {
						x.Candidate = health.Arm{Exposure: 40, Bad: 2}
						x.Stable = health.Arm{Exposure: 160, Bad: 4}
					}
				}
				s.decide(in)
				s.now = s.now.Add(time.Second)
			}
			after := s.state.Stages[c.stage].Evidence[0].Log[0]
			if limit := ln(c.within); s.state.Stages[c.stage].Phase != rollout.RollingBack || before >= limit || after < limit {
				t.Errorf("%s: went back between %v and %v, want at %v\n%s", s.state.Stages[c.stage].Phase, before, after, limit, s.trace.String())
			}
		})
	}
}

func TestBudgetsAreChecked(t *testing.T) {
	own := &health.Policy{Budget: 0.03, Signals: []health.Signal{comparing("errors")}}
	more := &health.Policy{Budget: 0.04, Signals: []health.Signal{comparing("errors")}}
	holds := &health.Policy{Holds: 0.4, Signals: []health.Signal{{Name: "x", Judge: health.Compare{Bad: "b", Total: "t"}}}}
	routed := threeStages()
	routed.Stages[1].Strategy = strategy.ABTest{Routes: []strategy.Route{{Source: strategy.Header, Name: "x-group", Value: "staff"}}}
	sticky := threeStages()
	sticky.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{2000, strategy.Full}, Sticky: strategy.Sticky{Source: strategy.Cookie, Name: "id"}}
	counted := threeStages()
	counted.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{2000, strategy.Full}, Sticky: strategy.Sticky{Source: strategy.Cookie, Name: "id"}}
	for i := range counted.Health.Signals {
		counted.Health.Signals[i].Judge = health.Compare{Bad: "errors", Total: "requests", Unit: "user"}
	}
	for name, c := range map[string]struct {
		plan rollout.Plan
		want []string
	}{
		"nothing left":    {threeStages(own), []string{"health.budget: 3% must be above the budgets that stages take out of it, together: 3%"}},
		"too much":        {threeStages(more), []string{"health.budget: 3% must be above the budgets that stages take out of it, together: 4%"}},
		"too many holds":  {threeStages(holds), []string{"health.holds: 5% must be above what stages take out of it, together: 40%"}},
		"routes":          {routed, []string{"stages[1].strategy: \"errors\" must hold when degraded and not roll back, because step test routes", "stages[1].strategy: \"logins\""}},
		"sticky":          {sticky, []string{"stages[0].strategy: \"errors\" must hold when degraded and not roll back, because users stay", "stages[0].strategy: \"logins\""}},
		"sticky, counted": {counted, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rollout.Compile(c.plan)
			if (err == nil) != (c.want == nil) {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant %s", err, want)
				}
			}
		})
	}
}

// A comparison holds while the candidate has a single instance, and where it has more it
// rolls back; where stable gets no traffic there is nothing to compare.
func TestComparisonsInARollout(t *testing.T) {
	plan := threeStages()
	plan.Stages = plan.Stages[:1]
	for name, c := range map[string]struct {
		first strategy.Weight
		alone health.Reaction
		phase rollout.Phase
	}{
		"a single instance":       {1000, "", rollout.Waiting},
		"a single instance, sure": {1000, health.Rollback, rollout.RollingBack},
		"two":                     {2000, "", rollout.RollingBack},
	} {
		t.Run(name, func(t *testing.T) {
			plan := plan
			plan.Health.Signals = []health.Signal{comparing("errors")}
			plan.Health.Signals[0].On.Alone = c.alone
			plan.Stages = []rollout.Stage{plan.Stages[0]}
			plan.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{c.first, strategy.Full}}
			s := newSim(t, plan)
			s.until(20, s.phase(0, rollout.Waiting))
			s.errRate = 0.2
			s.until(20, func() bool { return s.state.Hold != nil || s.state.Stages[0].Phase != rollout.Waiting })
			if s.state.Stages[0].Phase != c.phase || (c.phase == rollout.Waiting) != (s.state.Hold != nil) {
				t.Errorf("%s %+v\n%s", s.state.Stages[0].Phase, s.state.Hold, s.trace.String())
			}
			if text := s.trace.String(); !strings.Contains(text, "stable's rate") || !strings.Contains(text, "evidence 1 : ") {
				t.Errorf("it does not say why:\n%s", text)
			}
		})
	}
	t.Run("to the end", func(t *testing.T) {
		s := newSim(t, plan)
		s.until(200, func() bool { return s.last.Done })
		if s.state.Outcome != rollout.Completed {
			t.Errorf("%s\n%s", s.state.Outcome, s.trace.String())
		}
	})
}

// Where no signal alone has shown enough, all of them together may.
func TestEvidenceIsPooled(t *testing.T) {
	plan := threeStages()
	plan.Stages = plan.Stages[:1]
	s := newSim(t, plan)
	s.until(20, s.phase(0, rollout.Waiting))
	for s.state.Stages[0].Phase == rollout.Waiting {
		in := s.input()
		for i := range in.Samples {
			in.Samples[i].Candidate = health.Arm{Exposure: 40, Bad: 2}
			in.Samples[i].Stable = health.Arm{Exposure: 160, Bad: 4}
		}
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	e := s.state.Stages[0].Evidence
	if one, all := e[0].Log[0], ln(2/0.03); one >= all || one < ln(1/0.03) || s.state.Stages[0].Phase != rollout.RollingBack {
		t.Errorf("%s at %v, alone it would be at %v", s.state.Stages[0].Phase, one, all)
	}
	if e[0].Verdict != health.Degraded || !s.state.RolledBack {
		t.Errorf("%s %v\n%s", e[0].Verdict, s.state.RolledBack, s.trace.String())
	}
}

// A count that is held against the share of the traffic needs to know it: an interval in
// which the router's weights changed is no evidence.
func TestSharesOfTheTraffic(t *testing.T) {
	plan := threeStages()
	plan.Stages = plan.Stages[:1]
	orders := comparing("orders")
	orders.Judge = health.Compare{Total: "orders", Per: health.PerShare, Fewer: true}
	plan.Health.Signals = []health.Signal{orders}
	lost := func(share float64) rollout.Phase { // of the candidate's orders
		s := newSim(t, plan)
		for range 25 {
			in := s.input()
			for i := range in.Samples {
				x := &in.Samples[i]
				x.Candidate, x.Stable = health.Arm{Exposure: 20 * (1 - share)}, health.Arm{Exposure: 80}
				if s.state.Stages[0].Phase == rollout.Moving {
					x.Candidate = health.Arm{} // on the way to the step it has almost none
				}
			}
			out := s.decide(in)
			for i := range out.Want {
				s.obey(&out.Want[i])
			}
			s.now = s.now.Add(time.Second)
		}
		return s.state.Stages[0].Phase
	}
	if got := lost(0); got != rollout.Waiting {
		t.Errorf("a candidate that loses no orders: %s", got)
	}
	if got := lost(0.5); got != rollout.RollingBack && got != rollout.Back {
		t.Errorf("a candidate that loses half of its orders: %s", got)
	}
}

func ln(x float64) float64 { return math.Log(x) }
