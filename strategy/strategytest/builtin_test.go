package strategytest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

func routes() []strategy.Route {
	return []strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}}
}

// builtin are our own strategies, with every field set somewhere.
func builtin() []strategy.Strategy {
	count, percent := strategy.Count, strategy.Percent
	slow := strategy.Pace{Surge: count(1), Unavailable: count(0), MinReady: time.Minute, Drain: time.Minute}
	return []strategy.Strategy{
		strategy.Recreate{},
		strategy.Recreate{MinReady: time.Minute},
		strategy.Rolling{},
		strategy.Rolling{Pace: slow},
		strategy.Rolling{Batches: 4},
		strategy.Rolling{Partition: percent(30)},
		strategy.Rolling{Pace: strategy.Pace{Surge: count(0), Unavailable: count(2), CountStopping: true}},
		strategy.BlueGreen{},
		strategy.BlueGreen{Preview: count(1), Routes: routes(), Weights: []strategy.Weight{1000, strategy.Full}},
		strategy.Canary{},
		strategy.Canary{Pace: slow, FullStable: true},
		strategy.Canary{Linear: 20},
		strategy.Canary{Exponential: 5},
		strategy.Canary{Pace: strategy.Pace{Overload: true, IgnoreStarting: true, Surge: percent(100)}},
		strategy.ABTest{},
		strategy.ABTest{Routes: routes()},
		strategy.ABTest{Share: 1234, Candidate: percent(20)},
		strategy.DarkLaunch{},
		strategy.DarkLaunch{Mirror: 1, Weights: []strategy.Weight{500, strategy.Full}},
	}
}

func TestBuiltin(t *testing.T) {
	for i, s := range builtin() {
		t.Run(fmt.Sprintf("%s %d", s.Kind(), i), func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			if err := strategytest.Test(s, strategytest.Seed(uint64(i))); err != nil {
				t.Error(err)
			}
			t.Log(time.Since(begun).Round(time.Millisecond))
		})
	}
}
