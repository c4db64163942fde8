package main

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// dice are what runs are drawn with.
type dice struct {
	*rand.Rand
	none [16]none
}

// none is the probability that none of n happens, and the odds that one does: few
// numbers are drawn with, over and over again.
type none struct {
	n       int
	p       float64
	q, odds float64
}

func (r *dice) never(n int, p float64) *none {
	c := &r.none[(uint64(n)^math.Float64bits(p)>>40)%uint64(len(r.none))]
	if c.n != n || c.p != p {
		*c = none{n, p, math.Exp(float64(n) * math.Log1p(-p)), p / (1 - p)}
	}
	return c
}

// newDice is the randomness of one run of a scenario. It depends on nothing else, so that
// every method and every cadence of checks sees the same traffic.
func newDice(seed uint64, scenario string, run int) *dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(scenario))
	a := mixed(seed ^ mixed(h.Sum64()^mixed(uint64(run))))
	return &dice{Rand: rand.New(rand.NewPCG(a, mixed(a)))}
}

// mixed spreads every bit over all others (the step of SplitMix64): generators whose seeds
// are neighbours are not independent enough.
func mixed(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fewHits is up to how many expected hits counting up is the faster way.
const fewHits = 10

// binomial draws how many of n happen, each with probability p, independently. It is exact
// but for rounding: nothing is approximated by a normal distribution.
func binomial(r *dice, n int, p float64) int {
	switch {
	case n <= 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(r, n, 1-p)
	case float64(n)*p < fewHits:
		return binomialInverse(r, n, p)
	}
	return binomialRejection(r, n, p)
}

// binomialInverse goes up from 0 until the probabilities add up to what was drawn.
func binomialInverse(r *dice, n int, p float64) int {
	c := r.never(n, p)
	for {
		u, q := r.Float64(), c.q
		for k := 0; k <= n; k++ {
			if u <= q {
				return k
			}
			u -= q
			q *= c.odds * float64(n-k) / float64(k+1)
		}
	}
}

// binomialRejection is the algorithm BTRS of Hoermann, The Generation of Binomial Random
// Variates (1993): transformed rejection with a squeeze, for n p of at least 10.
func binomialRejection(r *dice, n int, p float64) int {
	nf, q := float64(n), 1-p
	spread := math.Sqrt(nf * p * q)
	b := 1.15 + 2.53*spread
	a := -0.0873 + 0.0248*b + 0.01*p
	c := nf*p + 0.5
	squeeze := 0.92 - 4.2/b
	for {
		u, v := r.Float64()-0.5, r.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + c)
		if us >= 0.07 && v <= squeeze {
			return int(k)
		}
		if k < 0 || k > nf {
			continue
		}
		alpha := (2.83 + 5.1/b) * spread
		mode := math.Floor((nf + 1) * p)
		v = math.Log(v * alpha / (a/(us*us) + b))
		if v <= lnGamma(mode+1)+lnGamma(nf-mode+1)-lnGamma(k+1)-lnGamma(nf-k+1)+(k-mode)*math.Log(p/q) {
			return int(k)
		}
	}
}

func lnGamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// multinomial adds to hits how n spread, given the probability of each place.
func multinomial(r *dice, n int, p, hits []float64) {
	left := 1.0
	for i, q := range p {
		if n == 0 {
			return
		}
		k := n
		if i < len(p)-1 && q < left {
			k = binomial(r, n, q/left)
		}
		hits[i] += float64(k)
		n -= k
		left -= q
	}
}
