package series

import (
	"math"
	"slices"
	"testing"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"
)

// TestGrid: the bounds of each resolution are those of the finer ones, too, and at most
// as many as a sample holds.
func TestGrid(t *testing.T) {
	for schema := -4; schema <= gridSchema; schema++ {
		bounds := grid(schema)
		if len(bounds) > MaxBounds || !slices.IsSorted(bounds) || !slices.Contains(bounds, 1) {
			t.Errorf("schema %d: %v", schema, bounds)
		}
		for i, b := range bounds[1:] {
			if want := math.Exp2(math.Exp2(-float64(schema))); math.Abs(b/bounds[i]/want-1) > 1e-12 {
				t.Errorf("schema %d: %v after %v", schema, b, bounds[i])
			}
		}
	}
}

// TestZeroBucket: where the bucket of zero is wide, no bound lies inside.
func TestZeroBucket(t *testing.T) {
	var x Series
	h := &model.SampleHistogram{Count: 5, Buckets: model.HistogramBuckets{
		{Boundaries: 3, Lower: -0.6, Upper: 0.6, Count: 2}, {Lower: 1, Upper: 2, Count: 3},
	}}
	if err := x.Native(h); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(x.Bounds, 0.5) || !slices.Contains(x.Bounds, 1) || x.Buckets[slices.Index(x.Bounds, 1)] != 2 {
		t.Errorf("got %v, %v", x.Bounds, x.Buckets)
	}
}

// drawn is a native histogram with values that are known.
func drawn(schema int, values []float64) *model.SampleHistogram {
	h := &model.SampleHistogram{Count: model.FloatString(len(values))}
	counts := map[int]int{}
	base := math.Exp2(math.Exp2(-float64(schema)))
	for _, v := range values {
		counts[int(math.Ceil(math.Ldexp(math.Log2(v), schema)))]++
	}
	for k, n := range counts {
		h.Buckets = append(h.Buckets, &model.HistogramBucket{
			Lower: model.FloatString(math.Pow(base, float64(k-1))), Upper: model.FloatString(math.Pow(base, float64(k))), Count: model.FloatString(n),
		})
	}
	return h
}

// TestPropertyNative: whatever the resolutions, cut at the bounds that two histograms
// have in common each event is on the right side.
func TestPropertyNative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Custom(func(t *rapid.T) float64 {
			// No value is on a bound, where it would be rounded to either side.
			return math.Exp2((float64(rapid.IntRange(-20000, 20000).Draw(t, "log")) + 0.5) / 512)
		})
		first := rapid.SliceOfN(value, 0, 20).Draw(t, "first")
		more := rapid.SliceOfN(value, 0, 20).Draw(t, "more")
		fine := rapid.IntRange(-2, 8).Draw(t, "fine")
		coarse := rapid.IntRange(-2, fine).Draw(t, "coarse") // the resolution is only ever lowered
		var was, now Series
		if err := was.Native(drawn(fine, first)); err != nil {
			t.Fatal(err)
		}
		if err := now.Native(drawn(coarse, append(slices.Clone(first), more...))); err != nil {
			t.Fatal(err)
		}
		now.Total = true
		var p Pending
		p.Add(&now, was.Mark(), nil)
		if p.Total != float64(len(more)) {
			t.Fatalf("counted %v of %d", p.Total, len(more))
		}
		for k, b := range p.Bounds {
			sum, want := 0.0, 0.0
			for _, n := range p.Buckets[:k+1] {
				sum += n
			}
			for _, v := range more {
				if v <= b {
					want++
				}
			}
			if sum != want {
				t.Fatalf("at most %v: %v, want %v", b, sum, want)
			}
		}
		if coarse >= gridSchema && len(p.Bounds) != len(grid(gridSchema)) {
			t.Fatalf("%d bounds", len(p.Bounds))
		}
	})
}

// TestPropertyMerge: events stay where they are, whichever bounds are left.
func TestPropertyMerge(t *testing.T) {
	bounds := rapid.Custom(func(t *rapid.T) []float64 {
		b := rapid.SliceOfNDistinct(rapid.Float64Range(0, 8).AsAny(), 0, 5, func(x any) int { return int(x.(float64)) }).Draw(t, "bounds")
		out := []float64{}
		for _, x := range b {
			out = append(out, math.Floor(x.(float64)))
		}
		slices.Sort(out)
		return out
	})
	rapid.Check(t, func(t *rapid.T) {
		spread := func(bounds, values []float64) []float64 {
			out := make([]float64, len(bounds)+1)
			for _, v := range values {
				k, _ := slices.BinarySearch(bounds, v)
				out[k]++
			}
			return out
		}
		values := rapid.SliceOfN(rapid.Float64Range(0, 9), 0, 20)
		u := &Sums{}
		var all [2][]float64
		for range rapid.IntRange(1, 4).Draw(t, "processes") {
			which := rapid.IntRange(Candidate, Stable).Draw(t, "arm")
			b, v := bounds.Draw(t, "bounds"), values.Draw(t, "values")
			u.Add(which, &Pending{Total: float64(len(v)), Bounds: b, Buckets: spread(b, v)})
			all[which] = append(all[which], v...)
		}
		arms := u.Arms()
		for which, v := range all {
			want := spread(u.Bounds, v)
			for k, n := range arms[which].Buckets {
				if float64(n) != want[k] {
					t.Fatalf("arm %d has %v between %v, want %v", which, arms[which].Buckets, u.Bounds, want)
				}
			}
		}
	})
}
