package strategytest

import (
	"math/rand/v2"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// start is a fleet that a climb begins with, and what it is called.
type start struct {
	name string
	strategy.Fleet
}

// serving is a version of which all instances serve.
func serving(n int64, weight strategy.Weight) strategy.Counts {
	return strategy.Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: weight}
}

// starts are the fleets of this kind that a climb begins with. The first is the
// usual one.
func starts(like *strategy.Fleet) []start {
	d, half := like.Desired, like.Desired/2
	begin := func(name string, s, c, l strategy.Counts) start {
		if like.Can.Unlimited {
			s, c, l = serving(0, s.Weight), serving(0, c.Weight), serving(0, l.Weight)
		}
		return start{name, strategy.Fleet{Desired: d, Stable: s, Candidate: c, Leftover: l, Can: like.Can}}
	}
	all, part := strategy.Full, strategy.Full/2
	unready := strategy.Counts{Instances: d, Weight: all}
	failing := strategy.Counts{Instances: half + 1, Starting: 1}
	routed := begin("half-way, with routes and mirror", serving(d, all-100), serving(half, 100), strategy.Counts{})
	routed.Routed, routed.Mirror = like.Can.Match, mirrorOf(like)
	return []start{
		begin("from stable alone", serving(d, all), strategy.Counts{}, strategy.Counts{}),
		begin("from a first deploy", strategy.Counts{}, strategy.Counts{}, strategy.Counts{}),
		begin("half-way", serving(d-half, part), serving(half, part), strategy.Counts{}),
		routed,
		begin("with leftovers", serving(d-half, part), serving(1, 0), serving(half, part)),
		begin("with an outage of stable", unready, serving(half, 0), strategy.Counts{}),
		begin("with a candidate that never got ready", serving(d, all), failing, strategy.Counts{}),
		begin("from too much of everything", serving(d+3, part), serving(d, part), serving(2, 0)),
		begin("from the candidate alone", strategy.Counts{}, serving(d, all), strategy.Counts{}),
	}
}

func mirrorOf(like *strategy.Fleet) strategy.Weight {
	if like.Can.Mirror {
		return strategy.Full / 10
	}
	return 0
}

// anyFleet is a fleet of this kind with counts that need not make sense together.
func anyFleet(r *rand.Rand, like *strategy.Fleet) strategy.Fleet {
	upTo := func(n int64) int64 {
		switch r.IntN(4) {
		case 0:
			return 0
		case 1:
			return n
		default:
			return r.Int64N(n + 1)
		}
	}
	f := strategy.Fleet{Desired: like.Desired, Can: like.Can}
	rest := strategy.Full
	for _, c := range []*strategy.Counts{&f.Leftover, &f.Candidate} {
		c.Weight = strategy.Weight(upTo(int64(rest)))
		rest -= c.Weight
	}
	f.Stable.Weight = rest
	if f.Can.Unlimited {
		return f
	}
	for _, c := range []*strategy.Counts{&f.Stable, &f.Candidate, &f.Leftover} {
		c.Instances = min(upTo(like.Desired)+upTo(2), maxCount)
		c.Ready = upTo(c.Instances)
		c.Starting = upTo(c.Instances - c.Ready)
		c.Settled, c.Releasable = upTo(c.Ready), upTo(c.Ready)
		c.Stopping = upTo(2)
	}
	f.Before = upTo(like.Desired)
	f.Routed = like.Can.Match && r.IntN(2) == 0
	if r.IntN(2) == 0 {
		f.Mirror = mirrorOf(like)
	}
	return f
}
