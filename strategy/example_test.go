package strategy_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

func ExampleRecreate() {
	l, err := strategy.Recreate{}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step      weight  candidate  stable
	// recreate  100%    default    default
	// pace: exclusive, counting stopping <nil>
}

func ExampleRolling() {
	l, err := strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step    weight  candidate  stable
	// rolled  100%    default    default
	// pace: surge 1, unavailable 0 <nil>
}

func ExampleRolling_partition() {
	l, err := strategy.Rolling{Partition: strategy.Count(3)}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step       weight        candidate  stable
	// partition  proportional  3          default  await whether the rest is exchanged, too
	// rolled     100%          default    default
	// pace: surge 25%, unavailable 25% <nil>
}

func ExampleBlueGreen() {
	l, err := strategy.BlueGreen{
		Preview:    strategy.Count(1),
		Routes:     []strategy.Route{{Source: strategy.Header, Name: "x-preview", Value: "1"}},
		KeepStable: 30 * time.Minute,
	}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step     weight  candidate  stable
	// preview  0%      1          100%    route header x-preview = 1
	// ready    0%      100%       100%    route header x-preview = 1
	// switch   100%    100%       100%    route header x-preview = 1, keep 30m0s
	// retire   100%    100%       0
	// pace: surge 100%, unavailable 0 <nil>
}

func ExampleCanary() {
	l, err := strategy.Canary{Weights: []strategy.Weight{100, 2500, strategy.Full}, FullStable: true}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step  weight  candidate  stable
	// 1%    1%      default    100%
	// 25%   25%     default    100%
	// 100%  100%    default    default
	// pace: surge 25%, unavailable 25% <nil>
}

// A ramp, and a cap: beyond 20 % it goes only by a decision.
func ExampleCanary_exponential() {
	l, err := strategy.Canary{Exponential: 3, Max: 2000}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step   weight  candidate  stable
	// 1%     1%      default    default
	// 4.47%  4.47%   default    default
	// 20%    20%     default    default  await whether the release goes beyond 20%
	// 100%   100%    default    default
	// pace: surge 25%, unavailable 25% <nil>
}

func ExampleCanary_invalid() {
	_, err := strategy.Canary{Weights: []strategy.Weight{2500, 1000}, Instances: make([]strategy.Size, 3)}.Ladder()
	fmt.Println(err)
	// Output:
	// weights[1]: 10% must be above 25%
	// instances: 3 instances: must be at most as many as the weights, 2
}

func ExampleABTest() {
	l, err := strategy.ABTest{Share: 1000, Sticky: strategy.Sticky{Source: strategy.Cookie, Name: "uid"}}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step      weight  candidate  stable
	// test      10%     100%       100%     await which side wins
	// promoted  100%    default    default
	// pace: surge 25%, unavailable 25%
	// sticky: by cookie uid <nil>
}

func ExampleDarkLaunch() {
	l, err := strategy.DarkLaunch{Mirror: 500, Keep: time.Hour}.Ladder()
	fmt.Println(l, err)
	// Output:
	// step  weight  candidate  stable
	// dark  0%      5%         100%     mirror 5%, keep 1h0m0s, await whether the release is let out
	// 100%  100%    default    default
	// pace: surge 25%, unavailable 25% <nil>
}

// ExampleMove walks a fleet of ten from stable to the candidate. This target does
// at once what it is told; a real one takes its time, and Move waits for it.
func ExampleMove() {
	ladder, _ := strategy.Canary{Weights: []strategy.Weight{1000, strategy.Full}}.Ladder()
	fleet := strategy.Fleet{Desired: 10, Can: strategy.Can{Split: true}}
	fleet.Stable = running(strategy.Share{Instances: 10, Weight: strategy.Full})
	for i := range ladder.Steps {
		step := &ladder.Steps[i]
		for !strategy.Arrived(fleet, step, &ladder.Pace) {
			a := strategy.Move(fleet, step, &ladder.Pace)
			fmt.Printf("stable %2d %5s  candidate %2d %5s\n", a.Stable.Instances, a.Stable.Weight, a.Candidate.Instances, a.Candidate.Weight)
			fleet.Stable, fleet.Candidate = running(a.Stable), running(a.Candidate)
		}
		fmt.Println("arrived at", step.Name)
	}
	// Output:
	// stable 10  100%  candidate  1    0%
	// stable  9   90%  candidate  1   10%
	// arrived at 10%
	// stable  9 87.5%  candidate  4 12.5%
	// stable  7   50%  candidate  4   50%
	// stable  7   50%  candidate  6   50%
	// stable  4   25%  candidate  6   75%
	// stable  4   25%  candidate  9   75%
	// stable  2    0%  candidate  9  100%
	// stable  2    0%  candidate 10  100%
	// stable  0    0%  candidate 10  100%
	// arrived at 100%
}

func running(s strategy.Share) strategy.Counts {
	n := s.Instances
	return strategy.Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: s.Weight}
}

func ExampleLint() {
	ladder, _ := strategy.Canary{Weights: []strategy.Weight{100, 5000, strategy.Full}}.Ladder()
	for _, finding := range strategy.Lint(ladder, strategy.Setting{Fleet: strategy.Fleet{Desired: 4}}) {
		fmt.Printf("step %s: %s\n", finding.Step, finding.Text)
	}
	// Output:
	// step 1%: 1% of 4 instances is 25%.
}
