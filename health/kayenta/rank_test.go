package kayenta

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sorted(all ...float64) *points {
	var p points
	p.sort(all)
	return &p
}

// Hollander and Wolfe, table 4.1: tritiated water through the chorioamnion, at term and
// between the 12th and the 26th week.
var (
	term  = []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early = []float64{1.15, 0.88, 0.90, 0.74, 1.21}
)

// TestPublished: U is 35 and the shift 0.305, as the book has them and as R prints them.
func TestPublished(t *testing.T) {
	x, y := sorted(term...), sorted(early...)
	if s := shift(x, y); math.Abs(s-0.305) > 1e-12 {
		t.Errorf("shift %v", s)
	}
	want := (35 - 25 - 0.5) / math.Sqrt(10*5*16/12.0)
	if z := score(x, y, 0); math.Abs(z-want) > 1e-12 {
		t.Errorf("score %v, want %v", z, want)
	}
}

// TestTiesByHand: of 1 2 2 3 against 2 3 4 4 the ranks are 1 3 3 5.5 and 3 5.5 7.5 7.5;
// 12.5 - 10 - 8 = -5.5, and groups of 3, 2 and 2 equals take 36/56 off the 9.
func TestTiesByHand(t *testing.T) {
	x, y := sorted(1, 2, 2, 3), sorted(2, 3, 4, 4)
	want := (-5.5 + 0.5) / math.Sqrt(16/12.0*(9-36/56.0))
	if z := score(x, y, 0); math.Abs(z-want) > 1e-12 {
		t.Errorf("score %v, want %v", z, want)
	}
	if z := score(y, x, 0); math.Abs(z+want) > 1e-12 {
		t.Errorf("the other way round %v, want %v", z, -want)
	}
	if z := score(sorted(2, 2, 2), sorted(2, 2, 2), 0); z != 0 {
		t.Errorf("of equals %v", z)
	}
}

// TestRoundingIsATie: 0.3 - 0.2 is not quite 0.1.
func TestRoundingIsATie(t *testing.T) {
	if z, exact := score(sorted(0.3, 0.7, 0.9), sorted(0.1, 0.05, 0.02), 0.2), score(sorted(30, 70, 90), sorted(10, 5, 2), 20); z != exact {
		t.Errorf("%v, in whole numbers %v", z, exact)
	}
}

// slow does everything in the most obvious way.
func slow(x, y []float64, d float64) (z, hl float64) {
	var differences []float64
	u := 0.0
	all := slices.Clone(y)
	for _, a := range x {
		all = append(all, a-d)
		for _, b := range y {
			differences = append(differences, a-b)
			switch {
			case a-d == b:
				u += 0.5
			case a-d > b:
				u++
			}
		}
	}
	slices.Sort(differences)
	k := len(differences)
	hl = differences[(k-1)/2]/2 + differences[k/2]/2
	slices.Sort(all)
	n, ties := float64(len(all)), 0.0
	for len(all) > 0 {
		same := 1
		for same < len(all) && all[same] == all[0] {
			same++
		}
		all = all[same:]
		ties += float64(same*same*same - same)
	}
	nx, ny := float64(len(x)), float64(len(y))
	apart := u - nx*ny/2
	if sd := math.Sqrt(nx * ny / 12 * (n + 1 - ties/(n*(n-1)))); sd > 0 && apart != 0 {
		z = (apart - math.Copysign(0.5, apart)) / sd
	}
	return z, hl
}

func TestRanksAreTheSlowOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.OneOf(rapid.Map(rapid.IntRange(-4, 4), func(i int) float64 { return float64(i) / 2 }), rapid.Just(0.0))
		if rapid.Bool().Draw(t, "wide") {
			draw = rapid.Map(rapid.IntRange(-1e6, 1e6), func(i int) float64 { return float64(i) / 8 })
		}
		x := rapid.SliceOfN(draw, 2, most).Draw(t, "x")
		y := rapid.SliceOfN(draw, 2, most).Draw(t, "y")
		d := float64(rapid.IntRange(-8, 8).Draw(t, "d")) / 4
		z, hl := slow(x, y, d)
		if got := score(sorted(x...), sorted(y...), d); math.Abs(got-z) > 1e-9 {
			t.Fatalf("score %v, want %v", got, z)
		}
		if got := shift(sorted(x...), sorted(y...)); got != hl {
			t.Fatalf("shift %v, want %v", got, hl)
		}
	})
}

func TestShiftOfHugePoints(t *testing.T) {
	if s := shift(sorted(math.MaxFloat64, math.MaxFloat64), sorted(-math.MaxFloat64, -math.MaxFloat64)); s != math.MaxFloat64 {
		t.Error(s)
	}
	if s := shift(sorted(-math.MaxFloat64, math.MaxFloat64), sorted(-math.MaxFloat64, math.MaxFloat64)); s != 0 {
		t.Error(s)
	}
	for _, f := range []float64{0, 1, -1, math.MaxFloat64, -math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1)} {
		if value(order(f)) != f {
			t.Errorf("%v becomes %v", f, value(order(f)))
		}
	}
}

// arrangements counts, for n points of either version in random order, how many orders
// give each U: the exact distribution, in which every order is as probable as any other.
func arrangements(n, m int) []float64 {
	// ways[i][j][u]: i points of x and j of y placed; the last is of x (it is above j of y)
	// or of y.
	ways := make([][][]float64, n+1)
	for i := range ways {
		ways[i] = make([][]float64, m+1)
		for j := range ways[i] {
			ways[i][j] = make([]float64, n*m+1)
			for u := range ways[i][j] {
				switch {
				case i == 0 && j == 0:
					if u == 0 {
						ways[i][j][u] = 1
					}
				default:
					if i > 0 && u >= j {
						ways[i][j][u] += ways[i-1][j][u-j]
					}
					if j > 0 {
						ways[i][j][u] += ways[i][j-1][u]
					}
				}
			}
		}
	}
	return ways[n][m]
}

// TestCriticalValues: the largest U that is significant at 1 % on one side (2 % on both),
// as published tables have it, is that of the exact distribution, and the approximation
// errs on the careful side by one at most.
func TestCriticalValues(t *testing.T) {
	published := map[int]int{5: 1, 6: 3, 7: 6, 8: 9, 9: 14, 10: 19, 11: 25, 12: 31, 13: 39, 14: 47, 15: 56, 16: 66, 17: 77, 18: 88, 19: 101, 20: 114}
	for n := 5; n <= 20; n++ {
		ways := arrangements(n, n)
		all := 0.0
		for _, w := range ways {
			all += w
		}
		exact, sum := -1, 0.0
		for u, w := range ways {
			if sum += w; sum/all > 0.01 {
				break
			}
			exact = u
		}
		if exact != published[n] {
			t.Errorf("n %d: exactly %d, published %d", n, exact, published[n])
		}
		sd, approximate := math.Sqrt(float64(n*n*(2*n+1))/12), -1
		for u := 0; (float64(n*n)/2-float64(u)-0.5)/sd > (MannWhitney{}).quantile(); u++ {
			approximate = u
		}
		if approximate > exact || approximate < exact-1 {
			t.Errorf("n %d: approximately %d, exactly %d", n, approximate, exact)
		}
	}
}

// TestScoreIsExactByPermutation: over every way to tell 10 points into two fives, the
// score orders them as U does, is symmetric, and is beyond the quantile in no more of
// them than the confidence leaves.
func TestScoreIsExactByPermutation(t *testing.T) {
	ways, high, low, sum := 0, 0, 0, 0.0
	q := MannWhitney{}.quantile()
	for set := range 1 << 10 {
		var x, y []float64
		u := 0
		for i := range 10 {
			if set>>i&1 == 1 {
				x, u = append(x, float64(i)), u+len(y)
			} else {
				y = append(y, float64(i))
			}
		}
		if len(x) != 5 {
			continue
		}
		z := score(sorted(x...), sorted(y...), 0)
		if (z > 0) != (u > 13) { // 13 is half above what is expected, which the correction takes away
			t.Fatalf("U %d, score %v", u, z)
		}
		ways, sum = ways+1, sum+z
		if z > q {
			high++
		}
		if -z > q {
			low++
		}
	}
	if ways != 252 || math.Abs(sum) > 1e-9 || high != 1 || low != 1 {
		t.Errorf("%d ways, sum %v, %d high, %d low", ways, sum, high, low)
	}
}
