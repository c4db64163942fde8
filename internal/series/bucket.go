package series

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/common/model"
)

// Bucket is how many events were at most Le.
type Bucket struct{ Le, N float64 }

// BucketOf reads one series of a classic histogram.
func BucketOf(m model.Metric, v model.SampleValue) (Bucket, error) {
	le, err := strconv.ParseFloat(string(m[model.BucketLabel]), 64)
	if err != nil || math.IsNaN(le) {
		return Bucket{}, fmt.Errorf("%s has no bound that is a number", m)
	}
	if err := Countable(m, v); err != nil {
		return Bucket{}, err
	}
	if n := float64(v); n != math.Trunc(n) {
		return Bucket{}, fmt.Errorf("%s is %v: a bucket holds whole events", m, v)
	}
	return Bucket{le, float64(v)}, nil
}

// Fill makes one histogram of its buckets.
func (s *Series) Fill(b []Bucket) error {
	slices.SortStableFunc(b, func(a, c Bucket) int { return cmp.Compare(a.Le, c.Le) })
	last := len(b) - 1
	switch {
	case !math.IsInf(b[last].Le, 1):
		return fmt.Errorf("%s has no bucket to infinity", s.Key)
	case math.IsInf(b[0].Le, -1):
		return fmt.Errorf("%s has a bound that is not finite", s.Key)
	case last > MaxBounds:
		return fmt.Errorf("%s has %d buckets, more than %d", s.Key, last+1, MaxBounds+1)
	}
	s.Bounds = make([]float64, 0, last)
	for k, x := range b {
		if k > 0 && x.Le == b[k-1].Le {
			return fmt.Errorf("%s has the bucket %v twice", s.Key, x.Le)
		}
		if s.Buckets = append(s.Buckets, x.N); k < last {
			s.Bounds = append(s.Bounds, x.Le)
		}
	}
	s.Value = b[last].N
	return nil
}

// Countable refuses a value that no counter has.
func Countable(m model.Metric, v model.SampleValue) error {
	if x := float64(v); !(x >= 0 && x <= MaxValue) {
		return fmt.Errorf("%s is %v: not a count", m, v)
	}
	return nil
}

// Key writes a label set in one way only: [model.Metric.String] sorts and quotes.
func Key(m model.Metric) string { return m.String() }

// common are the bounds that both have; one of them if it is all.
func common(a, b []float64) []float64 {
	if slices.Equal(a, b) {
		return a
	}
	both := []float64{}
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); ok {
			both = append(both, x)
		}
	}
	return both
}

// Narrow merges buckets that are not cumulative into those between fewer bounds: the
// events of a bucket that is left out are in the next one. Of cumulative ones it picks.
func narrow(buckets, bounds, fewer []float64, cumulative bool) []float64 {
	if len(bounds) == len(fewer) {
		return buckets
	}
	out, to := make([]float64, len(fewer)+1), 0
	for k, n := range buckets {
		if !cumulative {
			out[to] += n
		} else {
			out[to] = n
		}
		if k < len(bounds) && to < len(fewer) && bounds[k] == fewer[to] {
			to++
		}
	}
	return out
}
