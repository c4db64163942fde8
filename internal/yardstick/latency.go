package main

import "math"

// bounds are the default buckets of Prometheus' client libraries, in seconds; one more
// bucket holds what is slower.
var bounds = [...]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10} // never written

const (
	buckets = len(bounds) + 1
	slow    = 7 // of the buckets from here on, users are harmed: above 500 ms
)

// duration is how long requests take: lognormal with a median of 60 ms (p99 390 ms),
// all of them times factor, and a part of them so many seconds longer.
type duration struct{ factor, part, longer float64 }

const (
	medianSeconds = 0.060
	sigma         = 0.8
)

// spread is the probability of each bucket.
func (d duration) spread() []float64 {
	cdf := func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		return math.Erfc(-math.Log(x/(medianSeconds*d.factor))/sigma/math.Sqrt2) / 2
	}
	p, last := make([]float64, buckets), 0.0
	for i, b := range bounds {
		c := (1-d.part)*cdf(b) + d.part*cdf(b-d.longer)
		p[i], last = c-last, c
	}
	p[buckets-1] = 1 - last
	return p
}

// usual is how long requests to stable take.
var usual = duration{factor: 1} // never written

// timed is traffic whose requests take their time; as many of them fail in both versions.
func timed(l load, d duration) start {
	candidate, stable := d.spread(), usual.spread()
	return alike(func(r *dice) law {
		return func(slot int, iv *interval) {
			n, k := l.at(slot)
			c, b := drawn(r, n, baseRate), drawn(r, k, baseRate)
			c.timed, b.timed = true, true
			multinomial(r, n, candidate, c.buckets[:])
			multinomial(r, k, stable, b.buckets[:])
			iv.plain.candidate.add(&c)
			iv.plain.stable.add(&b)
			for _, hits := range c.buckets[slow:] {
				iv.harmed += hits
			}
		}
	})
}
