package strategytest_test

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

// twoHalves is a strategy of one's own, with a mistake in it.
type twoHalves struct{}

func (twoHalves) Kind() string { return "two halves" }

func (twoHalves) Ladder() (strategy.Ladder, error) {
	return strategy.Ladder{Steps: []strategy.Step{{Name: "half", Weight: 5000}, {Name: "all", Weight: strategy.Full}}}, nil
}

func ExampleTest() {
	fmt.Println(strategytest.Test(twoHalves{}))
	// Output:
	// kind "two halves": must be a letter followed by at most 62 letters, digits, - and _: it is a key in plans
}

func ExampleCheck() {
	fleet := strategy.Fleet{Desired: 10, Can: strategy.Can{Split: true}}
	fleet.Stable = strategy.Counts{Instances: 10, Ready: 10, Settled: 10, Releasable: 10, Weight: strategy.Full}
	bold := strategy.Allocation{Candidate: strategy.Share{Instances: 10, Weight: strategy.Full}}
	fmt.Println(strategytest.Check(fleet, &strategy.Step{Weight: strategy.Full}, &strategy.Pace{}, bold))
	// Output:
	// promise 2 (ready instances stay above the floor, and all of them below the ceiling): candidate is raised and stable is lowered in one allocation
	// promise 2 (ready instances stay above the floor, and all of them below the ceiling): 10 of 10 ready instances are taken, and the floor is 8
	// promise 2 (ready instances stay above the floor, and all of them below the ceiling): 10 instances are added to 10, and the ceiling is 13
	// promise 3 (no version is raised above what its settled instances carry): candidate has no ready instance, and is to have 100%
	// promise 5 (capacity goes only after its traffic went): 10 ready instances of stable are taken, and the other 0 do not carry 10000 basis points of a floor of 8
}

// ExampleWorld lets a target do what it is told until it is half-way, and then
// fail for a while.
func ExampleWorld() {
	step, pace := strategy.Step{Name: "half", Weight: 5000}, strategy.Pace{}
	start := strategy.Fleet{Desired: 10, Can: strategy.Can{Split: true}}
	start.Stable = strategy.Counts{Instances: 10, Ready: 10, Settled: 10, Releasable: 10, Weight: strategy.Full}
	w := strategytest.NewWorld(start, pace, 2)
	fmt.Println(w.Climb(strategy.Move, &step))
	for n := range 9 {
		always := func(of int) int { return n % of }
		if err := w.Suffer(strategy.Move, &step, always); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(w.Climb(strategy.Move, &step))
	f := w.Observe()
	fmt.Println(f.Stable.Instances, f.Stable.Weight, f.Candidate.Instances, f.Candidate.Weight)
	// Output:
	// <nil>
	// <nil>
	// 5 50% 5 50%
}
