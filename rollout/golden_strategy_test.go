package rollout_test

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// of is the canary's plan with another strategy, and a short bake at every step.
func of(s strategy.Strategy) func() rollout.Plan {
	return func() rollout.Plan {
		p := canaryPlan()
		p.Stages[0].Strategy = s
		p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: 3 * time.Second}}
		return p
	}
}

// shadowed is that plan with a signal that judges mirrored requests.
func shadowed(s strategy.Strategy) func() rollout.Plan {
	return func() rollout.Plan {
		p := of(s)()
		shadow := p.Health.Signals[0]
		shadow.Name, shadow.Mirrored = "shadow", true
		p.Health.Signals = append(p.Health.Signals, shadow)
		return p
	}
}

// able is a target that can do all, whose router is a want late.
func able(s *sim) {
	f := s.fleets["prod"]
	f.can.Match, f.can.Mirror, f.lag = true, true, true
}

// counted is a target without a splitter.
func counted(s *sim) { s.fleets["prod"].can = strategy.Can{} }

var beta = []strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}}

// strategyScenarios are the golden traces of the strategies but canaries.
var strategyScenarios = []scenario{
	{"bluegreen", of(strategy.BlueGreen{Routes: beta, KeepStable: 5 * time.Second}), map[int]func(*sim){0: able}, 60},
	{"bluegreendark", func() rollout.Plan { // nobody is sent to the preview: a person looks at it
		p := of(strategy.BlueGreen{Preview: strategy.Count(1), KeepStable: -1})()
		p.Stages[0].Gates.At = map[string][]gate.Gate{"preview": {says{"board"}}}
		return p
	}, map[int]func(*sim){
		0: able,
		8: func(s *sim) {
			s.orders = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Step: "preview"}}
		},
	}, 60},
	{"bluegreenback", of(strategy.BlueGreen{Routes: beta, Pace: strategy.Pace{Drain: 3 * time.Second}}), map[int]func(*sim){
		0:  able,
		12: func(s *sim) { s.errRate = 0.05 },
	}, 60},
	{"abtestkept", of(strategy.ABTest{Routes: beta, Share: 2000}), map[int]func(*sim){
		0:  able,
		1:  order(rollout.Keep, "too early"),
		30: order(rollout.Keep, "both win"),
	}, 40},
	{"abtestreverted", of(strategy.ABTest{Pace: strategy.Pace{Drain: 3 * time.Second}}), map[int]func(*sim){
		0:  able,
		30: order(rollout.RollBack, "users like the old one"),
	}, 60},
	{"darklaunch", shadowed(strategy.DarkLaunch{Weights: []strategy.Weight{2500, strategy.Full}}), map[int]func(*sim){
		0:  able,
		20: order(rollout.Promote, "it answers well"),
	}, 60},
	{"darkharm", shadowed(strategy.DarkLaunch{}), map[int]func(*sim){
		0: able,
		8: func(s *sim) { s.errRate = 0.05 },
	}, 40},
	{"partition", of(strategy.Rolling{Partition: strategy.Percent(30)}), map[int]func(*sim){
		0:  counted,
		20: order(rollout.Promote, "go on"),
	}, 60},
	{"scaled", of(strategy.Rolling{Partition: strategy.Percent(50)}), map[int]func(*sim){
		0:  counted,
		4:  order(rollout.Pause, "lunch"),
		6:  func(s *sim) { s.fleets["prod"].desired = 20 },
		12: order(rollout.Resume, "back"),
		20: func(s *sim) { s.fleets["prod"].desired = 10 },
		28: order(rollout.Promote, "go on"),
	}, 60},
}
