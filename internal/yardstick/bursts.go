package main

import "math"

// Errors that do not come alone. None of these is what the promise is exact for.

// burstMost is the largest number of errors that come together.
const (
	burstMost = 5
	burstMean = (1 + burstMost) / 2.0
)

// bursty errors come in groups of 1 to 5, as retries do.
func bursty(l load, p rates) start {
	return alike(func(r *dice) law {
		return func(slot int, iv *interval) {
			n, k := l.at(slot)
			pc, pb := p(slot)
			c, b := group(r, n, pc), group(r, k, pb)
			iv.plain.candidate.add(&c)
			iv.plain.stable.add(&b)
			iv.harmed += c.x
		}
	})
}

func group(r *dice, n int, p float64) arm {
	x := 0
	for range binomial(r, n, p/burstMean) {
		x += 1 + r.IntN(burstMost)
	}
	return arm{n: float64(n), x: float64(min(x, n))}
}

// burstyPast is bursty stable.
func burstyPast(l load) past {
	return func(r *dice) func(int) arm {
		return func(slot int) arm {
			_, k := l.at(slot)
			return group(r, k, baseRate)
		}
	}
}

// The storms: how long they are, how many slots lie between them, and what they do. No
// default of the library was chosen by looking at them.
const (
	stormSlots = 30 / slotSeconds
	stormEvery = 10 * slotsPerMinute
	stormRate  = 0.10
)

// stormy errors are independent but for storms, each of which is over one of the versions,
// as often over the one as over the other.
func stormy(l load) start {
	return alike(func(r *dice) law {
		storms := weather(r)
		return func(slot int, iv *interval) {
			n, k := l.at(slot)
			pc, pb := storms()
			c, b := drawn(r, n, pc), drawn(r, k, pb)
			iv.plain.candidate.add(&c)
			iv.plain.stable.add(&b)
			iv.harmed += c.x
		}
	})
}

// weather is the rates slot by slot.
func weather(r *dice) func() (candidate, stable float64) {
	left, over := 0, 0
	return func() (float64, float64) {
		if left == 0 && r.IntN(stormEvery) == 0 {
			left, over = stormSlots, r.IntN(2)
		}
		rate := [2]float64{baseRate, baseRate}
		if left > 0 {
			left--
			rate[over] = stormRate
		}
		return rate[0], rate[1]
	}
}

// stormyPast is stable with the storms that are over it.
func stormyPast(l load) past {
	return func(r *dice) func(int) arm {
		storms := weather(r)
		return func(slot int) arm {
			_, k := l.at(slot)
			_, p := storms()
			return drawn(r, k, p)
		}
	}
}

// One instance of the candidate among 20 that take the same traffic, some of them on
// worse nodes than others.
const (
	nodes     = 20
	nodeSigma = 0.5 // of the logarithm of how many times more often requests fail there
)

// nodal errors depend on the node: the candidate's is drawn as all others are.
func nodal(l load) start {
	return alike(func(r *dice) law {
		node := func() float64 { return math.Exp(nodeSigma * r.NormFloat64()) }
		own, others := node(), 0.0
		for range nodes - 1 {
			others += node() / (nodes - 1)
		}
		return func(slot int, iv *interval) {
			n, k := l.at(slot)
			c, b := drawn(r, n, min(1, baseRate*own)), drawn(r, k, min(1, baseRate*others))
			iv.plain.candidate.add(&c)
			iv.plain.stable.add(&b)
			iv.harmed += c.x
		}
	})
}
