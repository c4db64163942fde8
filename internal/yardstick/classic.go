package main

import "math"

// The methods of the field that look at what came since the last check.

// threshold fails a check above 1 %, and ends the rollout when more than limit checks
// failed. Argo Rollouts counts so (failureLimit 0 and 3), and Flagger (5 in all).
type threshold struct{ limit, failed int }

const thresholdMost = 0.01

func (t *threshold) begin(float64) { t.failed = 0 }

func (t *threshold) check(iv *interval) outcome {
	if c := &iv.plain.candidate; c.n > 0 && c.x > thresholdMost*c.n {
		t.failed++
	}
	if t.failed > t.limit {
		return rollsBack
	}
	return goOn
}

// quantile is the same for the 99th percentile above 500 ms, interpolated in its bucket
// as histogram_quantile does.
type quantile struct{ limit, failed int }

const (
	quantileRank = 0.99
	quantileMost = 0.5 // seconds
)

func (q *quantile) begin(float64) { q.failed = 0 }

func (q *quantile) check(iv *interval) outcome {
	if p99(&iv.plain.candidate) > quantileMost {
		q.failed++
	}
	if q.failed > q.limit {
		return rollsBack
	}
	return goOn
}

// p99 is NaN of nothing.
func p99(a *arm) float64 {
	total := 0.0
	for _, n := range a.buckets {
		total += n
	}
	rank, below := quantileRank*total, 0.0
	for i, n := range a.buckets[:len(bounds)] {
		if below+n >= rank && n > 0 {
			lower := 0.0
			if i > 0 {
				lower = bounds[i-1]
			}
			return lower + (bounds[i]-lower)*(rank-below)/n
		}
		below += n
	}
	if total == 0 {
		return math.NaN()
	}
	return bounds[len(bounds)-1]
}

// zTest compares the two rates since the begin, one-sided at 5 %, at every check as if it
// were the only one.
type zTest struct{ candidate, stable arm }

const zCritical = 1.6448536269514722

func (z *zTest) begin(float64) { *z = zTest{} }

func (z *zTest) check(iv *interval) outcome {
	c, b := &z.candidate, &z.stable
	c.add(&iv.plain.candidate)
	b.add(&iv.plain.stable)
	if c.n == 0 || b.n == 0 {
		return goOn
	}
	p := (c.x + b.x) / (c.n + b.n)
	deviation := math.Sqrt(p * (1 - p) * (1/c.n + 1/b.n))
	if c.x/c.n-b.x/b.n > zCritical*deviation {
		return rollsBack
	}
	return goOn
}
