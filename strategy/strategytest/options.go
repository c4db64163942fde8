package strategytest

import "github.com/seed-20fe5ead/gradatim/strategy"

// Option changes what [Test] does.
type Option func(*kit)

// Seed sets where the random part begins. The same seed gives the same result;
// each error that depends on it says it. Default 1.
func Seed(seed uint64) Option { return func(k *kit) { k.seed = seed } }

// Rounds sets how often targets misbehave in each fleet. Default 4.
func Rounds(n int) Option { return func(k *kit) { k.rounds = n } }

// Fleets sets in what fleets the strategy is tested, instead of the usual ones. Of
// each only the desired size and what the target can are used.
func Fleets(fleets ...strategy.Fleet) Option { return func(k *kit) { k.fleets = fleets } }

// With tests another mover than [strategy.Move] on the strategy's ladder.
func With(move Mover) Option { return func(k *kit) { k.move = move } }

// usual are the fleets that a strategy is tested in: targets of every kind, each
// with no instance to a dozen, and a few large ones. The smallest come first, so
// that what is told is small.
func usual() []strategy.Fleet {
	kinds := []strategy.Can{
		{Split: true, Match: true, Mirror: true},
		{},
		{Split: true},
		{Match: true, Mirror: true},
		{Split: true, Match: true, Mirror: true, Grain: 100},
		{Split: true, Grain: 39},
	}
	fleets := []strategy.Fleet{{Can: strategy.Can{Unlimited: true, Split: true, Match: true, Mirror: true}}}
	add := func(desired int64) {
		for _, can := range kinds {
			fleets = append(fleets, strategy.Fleet{Desired: desired, Can: can})
		}
		for _, quota := range []int64{desired + 1, 2*desired + 1} {
			fleets = append(fleets, strategy.Fleet{Desired: desired, Can: strategy.Can{Split: true, Match: true, Mirror: true, Quota: quota}})
		}
	}
	for desired := range int64(13) {
		add(desired)
	}
	for _, desired := range []int64{100, 10_000} {
		add(desired)
	}
	return append(fleets, strategy.Fleet{Desired: maxCount, Can: kinds[0]}, strategy.Fleet{Desired: maxCount})
}
