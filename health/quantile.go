package health

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
