package main

import (
	"math"
	"testing"
)

// likelihood of k hits in n.
func likelihood(n, k int, p float64) float64 {
	nf, kf := float64(n), float64(k)
	return math.Exp(lnGamma(nf+1) - lnGamma(kf+1) - lnGamma(nf-kf+1) + kf*math.Log(p) + (nf-kf)*math.Log1p(-p))
}

func TestBinomial(t *testing.T) {
	for _, c := range []struct {
		n     int
		p     float64
		draws float64
	}{
		{1, 0.3, 2e5},
		{42, 0.005, 2e5},
		{42, 0.05, 2e5},
		{792, 0.005, 2e5},
		{9500, 0.005, 2e5},
		{792, 0.6, 2e5},
		{20, 0.9, 2e5},
		{792, 0.0127, 3e6},
		{1000, 0.03, 2e6}, // the tightest cases of the rejection
	} {
		r := newDice(1, "binomial", c.n)
		seen := make([]float64, c.n+1)
		for range int(c.draws) {
			seen[binomial(r, c.n, c.p)]++
		}
		// Places that are rare are put together, so that chi-square holds.
		chi, places, observed, expected := 0.0, 0.0, 0.0, 0.0
		for k := range seen {
			observed += seen[k]
			expected += c.draws * likelihood(c.n, k, c.p)
			if expected > 50 {
				chi += (observed - expected) * (observed - expected) / expected
				places++
				observed, expected = 0, 0
			}
		}
		if limit := places + 5*math.Sqrt(2*places) + 5; chi > limit {
			t.Errorf("binomial(%d, %g): chi-square %.1f with %g places, above %.1f", c.n, c.p, chi, places, limit)
		}
	}
}

func TestBinomialEdges(t *testing.T) {
	r := newDice(1, "edges", 0)
	for _, c := range []struct {
		n    int
		p    float64
		want int
	}{{0, 0.5, 0}, {-1, 0.5, 0}, {10, 0, 0}, {10, 1, 10}, {10, 1.5, 10}, {10, -1, 0}} {
		if got := binomial(r, c.n, c.p); got != c.want {
			t.Errorf("binomial(%d, %g) = %d, want %d", c.n, c.p, got, c.want)
		}
	}
}

func TestMultinomial(t *testing.T) {
	const n, draws = 42, 20_000
	p := duration{1, 0.02, 1}.spread()
	r, hits := newDice(1, "multinomial", 0), make([]float64, len(p))
	for range draws {
		multinomial(r, n, p, hits)
	}
	sum := 0.0
	for i, h := range hits {
		sum += h
		mean := n * draws * p[i]
		if math.Abs(h-mean) > 5*math.Sqrt(mean*(1-p[i]))+5 {
			t.Errorf("bucket %d has %g hits, want about %.0f", i, h, mean)
		}
	}
	if sum != n*draws {
		t.Errorf("%g hits in all, want %d", sum, n*draws)
	}
	clear(hits)
	multinomial(r, 7, []float64{0, 1, 0}, hits[:3])
	if hits[1] != 7 {
		t.Errorf("7 hits with certainty in the middle went to %v", hits[:3])
	}
}

// Runs whose numbers are neighbours must be as different as any.
func TestRunsAreIndependent(t *testing.T) {
	const runs = 20_000
	sum, last := 0.0, 0.0
	for run := range runs {
		x := newDice(1, "neighbours", run).Float64() - 0.5
		sum += x * last
		last = x
	}
	if z := sum / math.Sqrt(runs) * 12; math.Abs(z) > 4.5 {
		t.Errorf("the first draws of neighbouring runs are correlated: z = %.1f", z)
	}
	if newDice(1, "a", 0).Uint64() == newDice(1, "b", 0).Uint64() || newDice(1, "a", 0).Uint64() == newDice(2, "a", 0).Uint64() {
		t.Error("scenario or seed make no difference")
	}
}
