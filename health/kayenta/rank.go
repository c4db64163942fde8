package kayenta

import (
	"math"
	"slices"
)

// alike is how close numbers are that count as equal, relative to them: it must not
// matter in which unit they are.
const alike = 1e-9

// points are sorted points of one version.
type points struct {
	at [most]float64
	n  int
}

func (p *points) sort(from []float64) {
	p.n = copy(p.at[:], from)
	slices.Sort(p.at[:p.n])
}

func (p *points) all() []float64 { return p.at[:p.n] }

func (p *points) mean() float64 {
	m := 0.0
	for _, x := range p.all() {
		m += x / float64(p.n)
	}
	return m
}

// score is the statistic of Mann and Whitney for x moved down by a shift, and y, as a
// number of standard deviations from what is expected of equals: with midranks, the
// variance corrected for ties, and half a rank less for continuity. Where all points are
// alike it is 0.
func score(x, y *points, shift float64) float64 {
	nx, ny := float64(x.n), float64(y.n)
	ranks, ties := 0.0, 0.0 // of x; sum of t^3 - t over groups of t equals
	i, j, before := 0, 0, 0.0
	for i < x.n || j < y.n {
		first := next(x, y, i, j, shift)
		ofX, ofAll := 0.0, 0.0
		for i < x.n && tied(x.at[i]-shift, first, shift) {
			i, ofX, ofAll = i+1, ofX+1, ofAll+1
		}
		for j < y.n && tied(y.at[j], first, shift) {
			j, ofAll = j+1, ofAll+1
		}
		ranks += ofX * (before + (ofAll+1)/2)
		ties += ofAll*ofAll*ofAll - ofAll
		before += ofAll
	}
	apart := ranks - nx*(nx+1)/2 - nx*ny/2
	n := nx + ny
	variance := nx * ny / 12 * (n + 1 - ties/(n*(n-1)))
	if apart == 0 || variance <= 0 {
		return 0
	}
	return (apart - math.Copysign(0.5, apart)) / math.Sqrt(variance)
}

// next is the smallest value that is not counted yet.
func next(x, y *points, i, j int, shift float64) float64 {
	switch {
	case j == y.n:
		return x.at[i] - shift
	case i == x.n:
		return y.at[j]
	}
	return min(x.at[i]-shift, y.at[j])
}

// tied reports whether a value that is not below first is no more than that.
func tied(v, first, shift float64) bool {
	return v-first <= alike*max(math.Abs(v), math.Abs(first), math.Abs(shift))
}

// shift is the estimate of Hodges and Lehmann: the median of all differences between a
// point of x and one of y.
func shift(x, y *points) float64 {
	all := x.n * y.n
	if all == 0 {
		return 0
	}
	upper, atMost := difference(x, y, all/2+1)
	if all%2 == 1 || atMost.below < all/2 {
		return upper
	}
	return upper/2 + atMost.largestBelow/2
}

// place says how many differences lie below one, and the largest of them.
type place struct {
	below        int
	largestBelow float64
}

// difference is the k-th smallest difference, of 1 to all. Differences of sorted points
// are sorted in rows and columns, so how many are at most v is counted in one walk; the
// k-th is the smallest v with at least k, and is found by halving the range of all
// floating-point numbers.
func difference(x, y *points, k int) (float64, place) {
	low, high := order(math.Inf(-1)), order(math.Inf(1))
	for low < high {
		mid := low + (high-low)/2
		if x.atMost(y, value(mid)) >= k {
			high = mid
		} else {
			low = mid + 1
		}
	}
	v := value(low)
	at := place{largestBelow: math.Inf(-1)}
	j := 0
	for _, a := range x.all() { // the larger a is, the more of y give a difference that is not below v
		for j < y.n && a-y.at[j] >= v {
			j++
		}
		if j < y.n {
			at.below += y.n - j
			at.largestBelow = max(at.largestBelow, a-y.at[j])
		}
	}
	return finite(v), place{at.below, finite(at.largestBelow)}
}

// atMost is how many differences are not above v.
func (x *points) atMost(y *points, v float64) int {
	count, j := 0, 0
	for _, a := range x.all() {
		for j < y.n && a-y.at[j] > v {
			j++
		}
		count += y.n - j
	}
	return count
}

// order maps floating-point numbers to whole ones that are ordered alike, and value maps
// them back.
func order(f float64) uint64 {
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

func value(o uint64) float64 {
	if o>>63 == 1 {
		return math.Float64frombits(o &^ (1 << 63))
	}
	return math.Float64frombits(^o)
}

func finite(x float64) float64 { return max(-math.MaxFloat64, min(x, math.MaxFloat64)) }
