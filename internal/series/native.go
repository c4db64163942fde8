package series

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/common/model"
)

// Span is a bucket of a native histogram that is not empty.
type Span struct{ Lower, Upper, N float64 }

// The grid is where native histograms are cut: four bounds to a doubling, from 2^-30 to
// 2^33. It is the same for all, so that bounds do not change when traffic does. Every
// native histogram of that resolution or a finer one has a bucket that ends at each.
const (
	gridSchema = 2
	gridLeast  = -30
	gridMost   = 33
)

// fractions are those of the grid between two powers of two, as Prometheus has them.
var fractions = [4]float64{0.5, 0.5946035575013605, 0.7071067811865475, 0.8408964152537144}

// same is how far a bound may be off that was computed in another way.
const same = 1e-9

// grid are the bounds at which histograms of a schema can be cut.
func grid(schema int) (bounds []float64) {
	step := 1 << (gridSchema - schema)
	for k := 4 * gridLeast; k <= 4*gridMost; k++ {
		if k%step == 0 {
			bounds = append(bounds, math.Ldexp(fractions[k&3], k>>2+1))
		}
	}
	return bounds
}

// schema is the resolution of a bucket: its upper bound is 2^(2^-schema) times its
// lower one. It is not ok if it is none that native histograms have.
func (b *Span) schema() (n int, ok bool) {
	lower, upper := b.Lower, b.Upper
	if upper <= 0 {
		lower, upper = -upper, -lower
	}
	if !(lower > 0 && upper < math.MaxFloat64) {
		return gridSchema, true // the bucket of zero, or the last of all
	}
	exact := -math.Log2(math.Log2(upper / lower))
	n = int(math.Round(exact))
	return n, math.Abs(exact-float64(n)) < 1e-6 && n >= -4 && n <= 8
}

// Native takes a native histogram. Its buckets are cut at the bounds of the grid, and
// at none that lies inside of one.
func (s *Series) Native(h *model.SampleHistogram) error {
	coarsest := gridSchema
	below := 0.0
	for _, b := range h.Buckets {
		if b == nil {
			return fmt.Errorf("%s has a bucket that is none", s.Key)
		}
		x := Span{float64(b.Lower), float64(b.Upper), float64(b.Count)}
		if !(x.Lower <= x.Upper) || !(x.N >= 0 && x.N <= MaxValue) || x.N != math.Trunc(x.N) {
			return fmt.Errorf("%s has the bucket %s: not a count", s.Key, b)
		}
		n, ok := x.schema()
		if !ok {
			return fmt.Errorf("%s has the bucket %s: only exponential ones are read", s.Key, b)
		}
		if x.N > 0 {
			s.Fine = append(s.Fine, x)
			coarsest = min(coarsest, n)
			below += x.N
		}
	}
	slices.SortFunc(s.Fine, func(a, b Span) int { return cmp.Compare(a.Lower, b.Lower) })
	for k := range s.Fine {
		if k > 0 && s.Fine[k].Lower < s.Fine[k-1].Upper*(1-math.Copysign(same, s.Fine[k-1].Upper)) {
			return fmt.Errorf("%s has buckets that overlap", s.Key)
		}
	}
	s.Value = float64(h.Count)
	if !(s.Value >= 0 && s.Value <= MaxValue) || s.Value != math.Trunc(s.Value) || below > s.Value {
		return fmt.Errorf("%s counts %v events, %v of them in buckets", s.Key, h.Count, below)
	}
	s.cut(grid(max(coarsest, -4)))
	return nil
}

// cut makes the cumulative buckets. What is in no bucket at all (a value that is NaN)
// is in the last.
func (s *Series) cut(bounds []float64) {
	s.Bounds, s.Buckets = []float64{}, []float64{}
	below, k := 0.0, 0
	for _, x := range bounds {
		for k < len(s.Fine) && s.Fine[k].Upper <= x*(1+same) {
			below += s.Fine[k].N
			k++
		}
		if k < len(s.Fine) && s.Fine[k].Lower < x*(1-same) {
			continue // it lies inside
		}
		s.Bounds, s.Buckets = append(s.Bounds, x), append(s.Buckets, below)
	}
	s.Buckets = append(s.Buckets, s.Value)
}

// shrank reports whether a bucket has fewer events than before. One that is gone was
// merged with others into one that holds it: the bucket of zero, or one that is wider.
func shrank(last, now []Span) bool {
	k, held := 0, 0.0
	for _, was := range last {
		for k < len(now) && now[k].Upper < was.Upper-math.Abs(was.Upper)*same {
			k, held = k+1, 0
		}
		if held += was.N; k == len(now) || now[k].Lower > was.Lower+math.Abs(was.Lower)*same || now[k].N < held {
			return true
		}
	}
	return false
}
