package health

import "math"

// result is what a check of a block says.
type result uint8

const (
	pending result = iota // the block does not hold the minimum sample
	passed
	failed
	unclear // the value lies beyond the last bound, and the limit still further
)

// checked is a result and the value it is about. Beyond is 1 if the true value is
// above that by an unknown amount.
type checked struct {
	result result
	value  float64
	beyond int64
}

// alike is how close numbers are that count as equal, relative to the limit: less
// than any limit is known to, more than rounding in any unit adds up to.
const alike = 1e-9

// check compares a block with the limits once it holds the minimum sample.
func (t Threshold) check(block, bounds []float64) checked {
	if t.Histogram == "" {
		if !t.enough(block[1]) {
			return checked{}
		}
		rate := min(block[0]/block[1], 1)
		return checked{result: t.within(rate), value: rate}
	}
	total := 0.0
	for _, n := range block {
		total = plus(total, n)
	}
	if !t.enough(total) {
		return checked{}
	}
	value, beyond := quantile(t.Quantile, total, block, bounds)
	if !beyond {
		return checked{result: t.within(value), value: value}
	}
	return checked{result: t.beyond(value, len(bounds) > 0), value: value, beyond: 1}
}

// lost reports whether a running block has more harm in it than a block of the
// minimum sample may have: whatever follows, it will not pass as soon as it is full.
func (t Threshold) lost(block, bounds []float64) bool {
	least := float64(t.minSample()) * (1 + alike)
	if t.Histogram == "" {
		return t.capped() && block[0] > t.Max*least || t.Min > 0 && block[1]-block[0] > (1-t.Min)*least
	}
	slow := 0.0
	for i, n := range block {
		if i > 0 && t.capped() && bounds[i-1] >= t.Max {
			slow = plus(slow, n)
		}
	}
	return slow > (1-t.Quantile)*least
}

func (t Threshold) minSample() int64 {
	if t.MinSample <= 0 {
		return defaultMinSample
	}
	return t.MinSample
}

func (t Threshold) enough(events float64) bool {
	return events >= float64(t.minSample())*(1-alike)
}

// capped reports whether there is a maximum.
func (t Threshold) capped() bool { return t.Max != 0 || t.Min <= 0 }

func (t Threshold) within(value float64) result {
	switch {
	case t.capped() && value-t.Max > alike*math.Abs(t.Max),
		t.Min > 0 && t.Min-value > alike*t.Min:
		return failed
	}
	return passed
}

// beyond judges a value that is known only to be above the last bound: all that
// such a histogram shows is that a limit at or below the bound is broken.
func (t Threshold) beyond(bound float64, known bool) result {
	switch {
	case !known:
		return unclear
	case t.capped() && t.Max-bound <= alike*math.Abs(t.Max):
		return failed
	case !t.capped() && t.Min-bound <= alike*t.Min:
		return passed
	}
	return unclear
}

// quantile interpolates linearly within a bucket as histogram_quantile of
// Prometheus does (promql/quantile.go, BucketQuantile): the first bucket begins at
// 0, unless its bound is not above 0; a quantile in the last bucket is its lower
// bound, and beyond says so. Unlike there, buckets are not cumulative.
func quantile(q, total float64, buckets, bounds []float64) (value float64, beyond bool) {
	rank, below := q*total, 0.0
	for i, upper := range bounds {
		n := buckets[i]
		if n <= 0 || plus(below, n) < rank {
			below = plus(below, n)
			continue
		}
		lower := 0.0
		if i > 0 {
			lower = bounds[i-1]
		} else if upper <= 0 {
			return upper, false
		}
		share := min((rank-below)/n, 1)
		return lower*(1-share) + upper*share, false // in this form it cannot overflow
	}
	if len(bounds) == 0 {
		return 0, true
	}
	return bounds[len(bounds)-1], true
}

// sum is the number of events in a histogram.
func sum(buckets []uint64) float64 {
	total := 0.0
	for _, n := range buckets {
		total += float64(n)
	}
	return total
}
