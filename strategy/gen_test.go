package strategy_test

import (
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

const (
	maxCount = 1<<31 - 1
	full     = strategy.Full
)

// counter draws a number of instances.
type counter func(*rapid.T, string) int64

// Counts small enough for edge cases to meet, ordinary ones, and the greatest.
func drawCount(t *rapid.T, label string) int64 {
	return rapid.OneOf(rapid.Int64Range(0, 12), rapid.Int64Range(0, 10_000), rapid.Int64Range(maxCount-10, maxCount), rapid.Int64Range(0, maxCount)).Draw(t, label)
}

// drawFew is for the world, which simulates every interval.
func drawFew(t *rapid.T, label string) int64 { return rapid.Int64Range(0, 40).Draw(t, label) }

func drawWeight(t *rapid.T, label string) strategy.Weight {
	return rapid.OneOf(rapid.SampledFrom([]strategy.Weight{0, 1, 100, 1000, 2500, 3333, 5000, 6667, 9999, full}), rapid.Custom(func(t *rapid.T) strategy.Weight {
		return strategy.Weight(rapid.Int32Range(0, int32(full)).Draw(t, "bp"))
	})).Draw(t, label)
}

func drawSize(t *rapid.T, label string, count counter) strategy.Size {
	switch rapid.IntRange(0, 3).Draw(t, label+" unit") {
	case 0:
		return strategy.Size{}
	case 1:
		return strategy.Count(count(t, label))
	case 2:
		return strategy.Part(drawWeight(t, label))
	default:
		return strategy.Percent(rapid.Int64Range(0, 1000).Draw(t, label))
	}
}

func drawPace(t *rapid.T, count counter) strategy.Pace {
	return strategy.Pace{
		Surge:          drawSize(t, "surge", count),
		Unavailable:    drawSize(t, "unavailable", count),
		IgnoreStarting: rapid.Bool().Draw(t, "ignore starting"),
		CountStopping:  rapid.Bool().Draw(t, "count stopping"),
		Overload:       rapid.IntRange(0, 3).Draw(t, "overload") == 0,
		Exclusive:      rapid.IntRange(0, 5).Draw(t, "exclusive") == 0,
	}
}

// drawQuick is a pace at which even a large fleet is exchanged in some hundred
// moves.
func drawQuick(t *rapid.T) strategy.Pace {
	p := drawPace(t, drawFew)
	p.Surge = strategy.Percent(rapid.Int64Range(2, 100).Draw(t, "quick surge"))
	if rapid.Bool().Draw(t, "quick unavailable") {
		p.Unavailable = strategy.Percent(rapid.Int64Range(0, 100).Draw(t, "unavailable"))
	}
	return p
}

func beta() []strategy.Route {
	return []strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}}
}

func drawStep(t *rapid.T, count counter) strategy.Step {
	if rapid.IntRange(0, 4).Draw(t, "bottom") == 0 {
		return strategy.Bottom()
	}
	s := strategy.Step{Name: "step", Weight: drawWeight(t, "weight")}
	if rapid.IntRange(0, 3).Draw(t, "explicit") == 0 {
		s.Candidate, s.Stable = drawSize(t, "candidate", count), drawSize(t, "stable", count)
	}
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		s.Proportional, s.Weight, s.Stable = true, 0, strategy.Size{}
		s.Candidate = drawSize(t, "proportion", count)
	case 1:
		s.Weight, s.Stable = 0, strategy.Percent(100)
	case 2:
		s.Weight, s.Stable = full, strategy.Percent(100)
	}
	if rapid.IntRange(0, 4).Draw(t, "with routes") == 0 {
		s.Routes = beta()
	}
	if rapid.IntRange(0, 4).Draw(t, "with mirror") == 0 {
		s.Mirror = drawWeight(t, "mirror")
	}
	return s
}

func drawCan(t *rapid.T) strategy.Can {
	can := strategy.Can{
		Split:     rapid.IntRange(0, 3).Draw(t, "split") > 0,
		Match:     rapid.Bool().Draw(t, "match"),
		Mirror:    rapid.Bool().Draw(t, "mirror"),
		Unlimited: rapid.IntRange(0, 9).Draw(t, "unlimited") == 0,
	}
	if rapid.IntRange(0, 3).Draw(t, "coarse") == 0 {
		can.Grain = rapid.SampledFrom([]strategy.Weight{1, 39, 100, 1000, 5000, full}).Draw(t, "grain")
	}
	return can
}

// drawCounts draws what may be observed of a version, the weight apart.
func drawCounts(t *rapid.T, label string, count counter) strategy.Counts {
	upTo := func(n int64, name string) int64 {
		if rapid.Bool().Draw(t, label+" all "+name) {
			return n
		}
		return rapid.Int64Range(0, n).Draw(t, label+" "+name)
	}
	var c strategy.Counts
	c.Instances = count(t, label)
	c.Ready = upTo(c.Instances, "ready")
	c.Starting = upTo(c.Instances-c.Ready, "starting")
	c.Settled = upTo(c.Ready, "settled")
	c.Releasable = upTo(c.Ready, "releasable")
	c.Stopping = rapid.SampledFrom([]int64{0, 0, 1, 5}).Draw(t, label+" stopping")
	return c
}

func drawFleet(t *rapid.T) strategy.Fleet {
	count := counter(drawCount)
	if rapid.Bool().Draw(t, "small") {
		count = func(t *rapid.T, label string) int64 { return rapid.Int64Range(0, 12).Draw(t, label) }
	}
	f := strategy.Fleet{Desired: count(t, "desired"), Can: drawCan(t)}
	if rapid.IntRange(0, 3).Draw(t, "scaled") == 0 {
		f.Before = count(t, "before")
	}
	if rapid.IntRange(0, 3).Draw(t, "limited") == 0 {
		f.Can.Quota = count(t, "quota")
	}
	f.Stable = drawCounts(t, "stable", count)
	f.Candidate = drawCounts(t, "candidate", count)
	if rapid.Bool().Draw(t, "with leftovers") {
		f.Leftover = drawCounts(t, "leftover", count)
	}
	if f.Can.Unlimited {
		f.Stable, f.Candidate, f.Leftover = strategy.Counts{}, strategy.Counts{}, strategy.Counts{}
	}
	drawTraffic(t, &f)
	return f
}

// drawTraffic draws what the router does.
func drawTraffic(t *rapid.T, f *strategy.Fleet) {
	f.Stable.Weight = drawWeight(t, "stable weight")
	f.Candidate.Weight = min(full-f.Stable.Weight, drawWeight(t, "candidate weight"))
	f.Leftover.Weight = full - f.Stable.Weight - f.Candidate.Weight
	if rapid.IntRange(0, 9).Draw(t, "no weights") == 0 {
		f.Stable.Weight, f.Candidate.Weight, f.Leftover.Weight = 0, 0, 0
	}
	f.Routed = rapid.IntRange(0, 2).Draw(t, "routed") == 0
	if rapid.IntRange(0, 2).Draw(t, "mirrored") == 0 {
		f.Mirror = drawWeight(t, "observed mirror")
	}
}

// chooser takes what a world chooses from rapid, so that it shrinks.
func chooser(t *rapid.T) strategytest.Choose {
	numbers := []int{0, 1, 2, 3, 4, 5, 6, 7}
	return func(n int) int { return rapid.SampledFrom(numbers[:n]).Draw(t, "choice") }
}

// drawWorld draws a world, and of what size scale events make it.
func drawWorld(t *rapid.T) (*strategytest.World, counter) {
	count, pace := counter(drawFew), strategy.Pace{}
	if rapid.IntRange(0, 7).Draw(t, "large") == 0 {
		count = func(t *rapid.T, label string) int64 { return rapid.Int64Range(0, 10_000).Draw(t, label) }
		pace = drawQuick(t)
	} else {
		pace = drawPace(t, drawFew)
	}
	f := strategy.Fleet{Desired: count(t, "desired"), Can: drawCan(t)}
	if rapid.IntRange(0, 3).Draw(t, "limited") == 0 {
		f.Can.Quota = f.Desired + rapid.Int64Range(0, 40).Draw(t, "quota")
	}
	if rapid.Bool().Draw(t, "usual") { // stable serves
		f.Stable = running(strategy.Share{Instances: f.Desired, Weight: full})
	} else {
		f.Stable, f.Candidate, f.Leftover = drawCounts(t, "stable", count), drawCounts(t, "candidate", count), drawCounts(t, "leftover", drawFew)
		drawTraffic(t, &f)
		if f.Stable.Weight+f.Candidate.Weight+f.Leftover.Weight == 0 {
			f.Stable.Weight = full
		}
	}
	if f.Can.Unlimited {
		f.Stable, f.Candidate, f.Leftover = strategy.Counts{Weight: full}, strategy.Counts{}, strategy.Counts{}
	}
	return strategytest.NewWorld(f, pace, rapid.IntRange(0, 3).Draw(t, "drain")), count
}
