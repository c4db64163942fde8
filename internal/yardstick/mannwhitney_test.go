package main

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// few values, so that there are ties.
func sortedRates(t *rapid.T, label string) []float64 {
	var rates []float64
	for _, n := range rapid.SliceOfN(rapid.IntRange(0, 12), 5, 40).Draw(t, label) {
		rates = append(rates, float64(n)/8)
	}
	slices.Sort(rates)
	return rates
}

func TestRankZ(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := sortedRates(t, "x"), sortedRates(t, "y")
		shift := float64(rapid.IntRange(-4, 4).Draw(t, "shift")) / 8
		u, all := 0.0, map[float64]float64{}
		for _, v := range x {
			all[v-shift]++
			for _, w := range y {
				if v-shift > w {
					u++
				} else if v-shift == w {
					u += 0.5
				}
			}
		}
		for _, w := range y {
			all[w]++
		}
		n, k, ties := float64(len(x)), float64(len(y)), 0.0
		for _, c := range all {
			ties += c*c*c - c
		}
		sigma := math.Sqrt(n * k / 12 * (n + k + 1 - ties/((n+k)*(n+k-1))))
		d := u - n*k/2
		want := (math.Abs(d) - 0.5) / sigma
		if d < 0 {
			want = -want
		}
		got := rankZ(x, y, shift)
		if len(all) == 1 {
			if !math.IsInf(got, -1) {
				t.Fatalf("all are the same, and z is %g", got)
			}
		} else if math.Abs(got-want) > 1e-9 {
			t.Fatalf("z = %g, want %g", got, want)
		}
	})
}

func TestHodgesLehmann(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := sortedRates(t, "x"), sortedRates(t, "y")
		var all []float64
		for _, v := range x {
			for _, w := range y {
				all = append(all, v-w)
			}
		}
		slices.Sort(all)
		if got, want := hodgesLehmann(x, y), all[(len(all)+1)/2-1]; math.Abs(got-want) > 1e-9 {
			t.Fatalf("the median of the differences is %g, want %g", got, want)
		}
	})
}
