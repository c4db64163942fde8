package health

// quantile interpolates linearly within a bucket as histogram_quantile of
// Prometheus does (promql/quantile.go, BucketQuantile): the first bucket begins at
// 0, unless its bound is not above 0; a quantile in the last bucket is its lower
// bound, and beyond says so. Unlike there, buckets are not cumulative.
func quantile[N float64 | uint64](q, total float64, buckets []N, bounds []float64) (value float64, beyond bool) {
	rank, below := q*total, 0.0
	for i, upper := range bounds {
		n := float64(buckets[i])
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

// Quantile estimates a quantile of an arm that holds buckets with these bounds, as
// histogram_quantile of Prometheus does: q is above 0 and below 1. Beyond says that it
// lies above the last bound, which is then the value, by an unknown amount. Without any
// event it is 0 and beyond.
func (a *Arm) Quantile(q float64, bounds []float64) (value float64, beyond bool) {
	if len(a.Buckets) != len(bounds)+1 {
		return 0, true
	}
	all := sum(a.Buckets)
	if all <= 0 {
		return 0, true
	}
	return quantile(q, all, a.Buckets, bounds)
}

// total is the number of events in a block of a histogram.
func total(block []float64) float64 {
	all := 0.0
	for _, n := range block {
		all = plus(all, n)
	}
	return all
}

// sum is the number of events in a histogram.
func sum(buckets []uint64) float64 {
	total := 0.0
	for _, n := range buckets {
		total += float64(n)
	}
	return total
}
