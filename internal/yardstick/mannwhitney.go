package main

import (
	"math"
	"slices"
)

// mannWhitney is what Kayenta does with the rates of all checks so far: roll back if the
// lower limit (98 %) of how much higher the candidate's are, by Mann and Whitney with the
// corrections for ties and continuity, is above a quarter of the estimate by Hodges and
// Lehmann. It begins when minute 5 is over.
type mannWhitney struct {
	candidate, stable []float64 // sorted rates
}

const (
	mannCritical  = 2.3263478740408408 // two-sided 98 %
	mannTolerance = 0.25
	mannFewest    = 5 // of each version: with four against four the limit cannot be reached
)

func (m *mannWhitney) begin(float64) { m.candidate, m.stable = m.candidate[:0], m.stable[:0] }

func (m *mannWhitney) check(iv *interval) outcome {
	m.candidate = insert(m.candidate, &iv.plain.candidate)
	m.stable = insert(m.stable, &iv.plain.stable)
	if min(len(m.candidate), len(m.stable)) < mannFewest || rankZ(m.candidate, m.stable, 0) <= mannCritical {
		return goOn // the limit is not above 0 either
	}
	if rankZ(m.candidate, m.stable, mannTolerance*hodgesLehmann(m.candidate, m.stable)) > mannCritical {
		return rollsBack
	}
	return goOn
}

func insert(sorted []float64, a *arm) []float64 {
	if a.n == 0 {
		return sorted
	}
	rate := a.x / a.n
	at, _ := slices.BinarySearch(sorted, rate)
	return slices.Insert(sorted, at, rate)
}

// rankZ is the test's statistic when shift is taken off all x; -Inf if all are the same.
func rankZ(x, y []float64, shift float64) float64 {
	n, k := float64(len(x)), float64(len(y))
	u, ties := 0.0, 0.0
	for i, j := 0, 0; i < len(x) || j < len(y); {
		v := math.Inf(1)
		if i < len(x) {
			v = x[i] - shift
		}
		if j < len(y) {
			v = min(v, y[j])
		}
		i0, j0 := i, j
		for i < len(x) && x[i]-shift <= v {
			i++
		}
		for j < len(y) && y[j] <= v {
			j++
		}
		u += float64(i-i0) * (float64(j0) + float64(j-j0)/2)
		t := float64(i - i0 + j - j0)
		ties += t * (t*t - 1)
	}
	all := n + k
	variance := n * k / 12 * (all + 1 - ties/(all*(all-1)))
	if variance <= 0 {
		return math.Inf(-1)
	}
	d := u - n*k/2
	return (d - math.Copysign(0.5, d)) / math.Sqrt(variance)
}

// hodgesLehmann is the median of all differences, by halving: there may be very many.
func hodgesLehmann(x, y []float64) float64 {
	lo, hi := x[0]-y[len(y)-1], x[len(x)-1]-y[0]
	half := (len(x)*len(y) + 1) / 2
	for range 40 {
		mid := (lo + hi) / 2
		count, j := 0, 0
		for i := range x { // differences of at most mid
			for j < len(y) && x[i]-y[j] > mid {
				j++
			}
			count += len(y) - j
		}
		if count >= half {
			hi = mid
		} else {
			lo = mid
		}
	}
	return (lo + hi) / 2
}
