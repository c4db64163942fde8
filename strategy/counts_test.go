package strategy

import "testing"

// TestCounts: for every fleet of up to 1,000 and every weight the counts are
// monotone in the weight, leave neither side without an instance, and no other
// counts that do so are nearer to the weight.
func TestCounts(t *testing.T) {
	for n := int64(0); n <= 1000; n++ {
		before := int64(0)
		for w := Weight(0); w <= Full; w++ {
			c := w.Of(n)
			least, most := int64(0), n
			if n >= 2 && 0 < w && w < Full {
				least, most = 1, n-1
			}
			if c < least || c > most || c < before {
				t.Fatalf("%v of %d is %d after %d", w, n, c, before)
			}
			off := func(c int64) int64 { return distance(c*int64(Full), n*int64(w)) }
			if c > least && off(c-1) <= off(c) || c < most && off(c+1) < off(c) {
				t.Fatalf("%v of %d is %d, %d from it", w, n, c, off(c))
			}
			if candidate, stable := (&Step{Weight: w}).Sizes(n, Can{}); n > 0 && (candidate != c || stable != n-c) {
				t.Fatalf("%v of %d is %d and %d", w, n, candidate, stable)
			}
			before = c
		}
	}
	if got := Weight(9999).Of(1<<31 - 1); got != 2147268899 { // 2147483647 * 0.9999 = 2147268898.6353
		t.Errorf("%d", got)
	}
	if a, b := Weight(-5).Of(10), (Full + 5).Of(1<<40); a != 0 || b != maxCount {
		t.Errorf("%d, %d", a, b)
	}
}

// TestProportional: a weight that follows the counts is the nearest, and never all
// or nothing where both sides run.
func TestProportional(t *testing.T) {
	for _, c := range []struct {
		size              Size
		desired           int64
		candidate, stable int64
		weight            Weight
	}{
		{Count(3), 10, 3, 7, 3000},
		{Count(1), 3, 1, 2, 3333},
		{Count(2), 3, 2, 1, 6667},
		{Count(10), 4, 4, 0, Full},
		{Count(0), 4, 0, 4, 0},
		{Size{}, 4, 0, 4, 0},
		{Percent(10), 5, 1, 4, 2000},
		{Percent(200), 5, 5, 0, Full},
		{Count(1), 1_000_000, 1, 999_999, 1},
		{Count(999_999), 1_000_000, 999_999, 1, 9999},
		{Count(3), 0, 0, 0, 0},
	} {
		s := Step{Proportional: true, Candidate: c.size}
		for _, can := range []Can{{}, {Split: true}} {
			candidate, stable := s.Sizes(c.desired, can)
			if w := s.WeightFor(c.desired, can); candidate != c.candidate || stable != c.stable || w != c.weight {
				t.Errorf("%v of %d: %d and %d with %v", c.size, c.desired, candidate, stable, w)
			}
		}
	}
}
