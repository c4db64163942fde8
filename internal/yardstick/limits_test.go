package main

import (
	"math"
	"testing"
)

// tail is the probability of at most k hits in n.
func tail(n, k int, p float64) float64 {
	sum := 0.0
	for i := range k + 1 {
		sum += likelihood(n, i, p)
	}
	return sum
}

func TestClopperPearson(t *testing.T) {
	for _, c := range []struct{ hits, n int }{{0, 1}, {0, 20_000}, {1, 20_000}, {9, 20_000}, {10, 100}, {50, 100}, {99, 100}, {1000, 2000}, {1999, 2000}} {
		if got := tail(c.n, c.hits, upperLimit(c.hits, c.n)); math.Abs(got-0.01) > 1e-7 {
			t.Errorf("at the upper limit of %d of %d so few come with probability %.9f, want 0.01", c.hits, c.n, got)
		}
		if c.hits == 0 {
			continue
		}
		if got := 1 - tail(c.n, c.hits-1, lowerLimit(c.hits, c.n)); math.Abs(got-0.01) > 1e-7 {
			t.Errorf("at the lower limit of %d of %d so many come with probability %.9f, want 0.01", c.hits, c.n, got)
		}
	}
	if got := upperLimit(0, 20_000); math.Abs(got-0.00023023) > 1e-7 {
		t.Errorf("none in 20,000: %.8f, want 0.00023023", got)
	}
	if upperLimit(5, 5) != 1 || lowerLimit(0, 5) != 0 {
		t.Error("all and none have no limit on their side")
	}
}
