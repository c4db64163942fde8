package strategytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

// all is a version of which all n instances serve.
func all(n int64, w strategy.Weight) strategy.Counts {
	return strategy.Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: w}
}

func share(n int64, w strategy.Weight) strategy.Share { return strategy.Share{Instances: n, Weight: w} }

// TestCheck has the borders of the rules: what just keeps them, and what does not.
func TestCheck(t *testing.T) {
	const full = strategy.Full
	split := strategy.Can{Split: true}
	unready := func(c strategy.Counts, n int64) strategy.Counts {
		c.Ready, c.Settled, c.Releasable = c.Instances-n, c.Settled-n, c.Releasable-n
		return c
	}
	half, whole, none := strategy.Step{Weight: 5000}, strategy.Step{Weight: full}, strategy.Bottom()
	routed := strategy.Step{Candidate: strategy.Count(2), Stable: strategy.Percent(100), Routes: routes(), Mirror: 1000}
	for _, c := range []struct {
		name  string
		fleet strategy.Fleet // with 10 desired instances, if nothing else
		to    *strategy.Step
		pace  strategy.Pace
		a     strategy.Allocation
		want  string // the promises that are broken
	}{
		{"arrived", strategy.Fleet{Stable: all(5, 5000), Candidate: all(5, 5000), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(5, 5000), Candidate: share(5, 5000)}, ""},
		{"weights too small", strategy.Fleet{Stable: all(5, 5000), Candidate: all(5, 5000), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(5, 4999), Candidate: share(5, 5000)}, "1"},
		{"a negative count", strategy.Fleet{Stable: all(10, full), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(-1, 0)}, "1"},
		{"only promise 1 of what cannot be", strategy.Fleet{Stable: strategy.Counts{Instances: 1, Ready: 2}}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(99, full)}, ""},

		{"up to the ceiling", strategy.Fleet{Stable: all(10, full), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(3, 0)}, ""},
		{"above the ceiling", strategy.Fleet{Stable: all(10, full), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(4, 0)}, "2"},
		{"below the floor of settled ones", strategy.Fleet{Stable: strategy.Counts{Instances: 10, Ready: 10, Settled: 8, Releasable: 10, Weight: full}, Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(9, full)}, "2"},
		{"room for one, and it is not alone", strategy.Fleet{Desired: 1, Stable: strategy.Counts{Instances: 1, Ready: 1, Settled: 1, Weight: full}, Candidate: strategy.Counts{Instances: 1}}, &whole, strategy.Pace{Surge: strategy.Count(0)}, strategy.Allocation{Stable: share(0, full), Candidate: share(1, 0)}, "5"},
		{"routes that end by themselves", strategy.Fleet{Stable: all(5, 5000), Candidate: all(5, 5000), Routed: true, Can: strategy.Can{Split: true, Match: true}}, &strategy.Step{Weight: 5000, Routes: []strategy.Route{{}}}, strategy.Pace{}, strategy.Allocation{Stable: share(5, 5000), Candidate: share(5, 5000)}, "7"},
		{"less than it carries", strategy.Fleet{Stable: all(2, 2500), Candidate: strategy.Counts{Instances: 1, Ready: 1, Weight: 7500}, Can: split}, &strategy.Step{}, strategy.Pace{}, strategy.Allocation{Stable: share(2, 0), Candidate: share(1, full)}, "3 15"},
		{"above the quota with what is stopping", strategy.Fleet{Stable: strategy.Counts{Instances: 10, Ready: 10, Settled: 10, Releasable: 10, Stopping: 2, Weight: full}, Can: strategy.Can{Split: true, Quota: 12}}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(1, 0)}, "2"},
		{"above the quota", strategy.Fleet{Stable: all(10, full), Can: strategy.Can{Split: true, Quota: 12}}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(3, 0)}, "2"},
		{"up and down at once", strategy.Fleet{Stable: all(10, full), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(8, full), Candidate: share(1, 0)}, "2"},
		{"down to the floor", strategy.Fleet{Stable: all(10, full), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(8, full)}, ""},
		{"below the floor", strategy.Fleet{Stable: all(8, 6000), Candidate: all(2, 4000), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(5, 6000), Candidate: share(2, 4000)}, "2"},
		{"two versions, exclusive", strategy.Fleet{Stable: all(10, full)}, &whole, strategy.Pace{Exclusive: true}, strategy.Allocation{Stable: share(10, full), Candidate: share(1, 0)}, "2"},
		{"leftovers raised", strategy.Fleet{Stable: all(10, full), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Leftover: share(1, 0)}, "2 2"},
		{"scaled in proportion", strategy.Fleet{Before: 5, Stable: all(3, full), Candidate: all(3, 0)}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(6, 5000), Candidate: share(7, 5000)}, ""},
		{"scaled by nobody", strategy.Fleet{Stable: all(3, full), Candidate: all(3, 0)}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(6, 5000), Candidate: share(7, 5000)}, "2"},

		{"as much as is carried", strategy.Fleet{Stable: all(10, full), Candidate: all(3, 0), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(10, 6250), Candidate: share(3, 3750)}, ""},
		{"more than is carried", strategy.Fleet{Stable: all(10, full), Candidate: all(3, 0), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(10, 6249), Candidate: share(3, 3751)}, "3"},
		{"nobody there", strategy.Fleet{Stable: all(10, full), Candidate: unready(all(3, 0), 3), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(10, 9999), Candidate: share(3, 1)}, "3"},
		{"by choice", strategy.Fleet{Stable: all(10, full), Candidate: all(10, 0), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(10, 4999), Candidate: share(10, 5001)}, "15"},
		{"routes too early", strategy.Fleet{Stable: all(10, full), Candidate: unready(all(2, 0), 1), Can: split}, &routed, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(2, 0), Routed: true, Mirror: 1000}, "3"},
		{"routes that stay", strategy.Fleet{Routed: true, Stable: all(10, full), Candidate: unready(all(2, 0), 1), Can: split}, &routed, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(2, 0), Routed: true, Mirror: 1000}, ""},
		{"routes and mirror of nobody", strategy.Fleet{Routed: true, Stable: all(10, full), Candidate: unready(all(2, 0), 2), Can: split}, &routed, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(2, 0), Routed: true, Mirror: 1000}, "3 3"},

		{"below its size", strategy.Fleet{Stable: all(5, 5000), Candidate: unready(all(5, 5000), 1), Can: split}, &half, strategy.Pace{}, strategy.Allocation{Stable: share(5, 5000), Candidate: share(4, 5000)}, "4"},

		{"before its traffic went", strategy.Fleet{Stable: all(10, full), Candidate: all(8, 0), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(7, 0), Candidate: share(8, full)}, "5"},
		{"after its traffic went", strategy.Fleet{Stable: all(10, 0), Candidate: all(8, full), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(0, 0), Candidate: share(8, full)}, ""},
		{"while it drains", strategy.Fleet{Stable: strategy.Counts{Instances: 10, Ready: 10, Settled: 10}, Candidate: all(8, full), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(0, 0), Candidate: share(8, full)}, "5"},
		{"while it is routed to", strategy.Fleet{Routed: true, Stable: all(10, full), Candidate: all(2, 0), Can: split}, &none, strategy.Pace{}, strategy.Allocation{Stable: share(10, full)}, "5"},
		{"as near as the router can be", strategy.Fleet{Stable: all(8, 5050), Candidate: all(5, 4950), Can: strategy.Can{Split: true, Grain: 100}}, &half, strategy.Pace{Unavailable: strategy.Count(0)}, strategy.Allocation{Stable: share(5, 5000), Candidate: share(5, 5000)}, ""},
		{"not as near as it can be", strategy.Fleet{Stable: all(8, 5050), Candidate: all(5, 4950), Can: strategy.Can{Split: true, Grain: 50}}, &half, strategy.Pace{Unavailable: strategy.Count(0)}, strategy.Allocation{Stable: share(5, 5000), Candidate: share(5, 5000)}, "5"},

		{"unready ones go", strategy.Fleet{Stable: all(10, full), Candidate: unready(all(3, 0), 2), Can: split}, &none, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(1, 0)}, ""},
		{"unready ones stay", strategy.Fleet{Stable: all(10, full), Candidate: unready(all(3, 0), 2), Can: split}, &none, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(2, 0)}, "6"},
		{"unready ones stay while others come", strategy.Fleet{Stable: all(9, full), Candidate: unready(all(3, 0), 2), Can: split}, &none, strategy.Pace{}, strategy.Allocation{Stable: share(10, full), Candidate: share(3, 0)}, ""},
		{"an outage ends stable", strategy.Fleet{Stable: unready(all(10, full), 10), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(7, full)}, "15"},
		{"an outage does not end stable", strategy.Fleet{Stable: unready(all(10, full), 10), Can: split}, &whole, strategy.Pace{}, strategy.Allocation{Stable: share(8, full)}, ""},
	} {
		if c.fleet.Desired == 0 {
			c.fleet.Desired = 10
		}
		err := strategytest.Check(c.fleet, c.to, &c.pace, c.a)
		if got := promises(err); got != c.want {
			t.Errorf("%s: must break %q, and breaks %q: %v", c.name, c.want, got, err)
		}
	}
}

// promises are the numbers of those that an error is about.
func promises(err error) string {
	if err == nil {
		return ""
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err.Error()
	}
	var numbers []string
	for _, one := range joined.Unwrap() {
		numbers = append(numbers, fmt.Sprint(one.(*strategytest.Breach).Promise))
	}
	return strings.Join(numbers, " ")
}
