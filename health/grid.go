package health

import "math"

// A grid is a list of ratios that harm (or its absence) is tested against, each with
// its weight. What is known of a ratio r is a log-likelihood ratio
//
//	L = sum over intervals of  x ln r - (x + y) ln(1 + s (r - 1)),   s = m n / (m n + k)
//
// for x bad of n events of the candidate and y of k of stable, and the margin m: given
// that an event was bad, how much more likely it was the candidate's if the candidate
// is r times worse than m times stable. Each factor exp(L) of an interval has an
// expectation of at most 1 if the candidate is no worse than m times stable (for r
// above 1; no better for r below 1), whatever stable's rate and the share s are and
// however they change: the weighted sum of the products is an e-process (Ville's
// inequality), which may be looked at at any time. The construction is that of Lindon
// and Malek, Anytime-Valid Inference for Multinomial Count Data (NeurIPS 2022), with a
// grid of ratios in the place of their Dirichlet prior.
type grid struct {
	log    []float64 // ln r
	excess []float64 // r - 1
	weight []float64
	least  float64 // ln of the least weight
}

// The grids. Small ratios weigh more where harm is tested, because large ones are found
// at once whatever their weight; their lower end sees to it that a difference without
// importance is no harm however sure it is. The grids of fewer events are the same ones
// upside down.
var (
	gridHarm       = newGrid(1.25, 32, 0.5, 8, false) // never written
	gridHarmFewer  = newGrid(1.25, 32, 0.5, 8, true)  // never written
	gridProof      = newGrid(0.25, 0.95, 0, 8, false) // never written
	gridProofFewer = newGrid(0.25, 0.95, 0, 8, true)  // never written
)

// maxRatios is how many ratios a grid has at most.
const maxRatios = 8

// newGrid spaces n ratios evenly by their logarithms; the weight of r is
// proportional to r to the power of -decay.
func newGrid(lo, hi, decay float64, n int, inverse bool) *grid {
	g := &grid{log: make([]float64, n), excess: make([]float64, n), weight: make([]float64, n)}
	sum := 0.0
	for j := range n {
		l := math.Log(lo) + math.Log(hi/lo)*float64(j)/float64(n-1)
		g.weight[j] = math.Exp(-decay * l)
		sum += g.weight[j]
		if inverse {
			l = -l
		}
		g.log[j], g.excess[j] = l, math.Expm1(l)
	}
	g.least = math.Inf(1)
	for j := range n {
		g.weight[j] /= sum
		g.least = min(g.least, math.Log(g.weight[j]))
	}
	return g
}

func (g *grid) size() int { return len(g.log) }

// counts are those of an interval: n events of the candidate, of which x are bad, and
// likewise k and y of stable.
type counts struct{ n, x, k, y float64 }

// share is the candidate's part of the exposure when a margin is held against stable.
func (c *counts) share(margin float64) float64 { return margin * c.n / (margin*c.n + c.k) }

// most is how large a count may be: adding one to what is larger changes nothing.
const most = 1 << 53

// sane reports whether evidence may be made of the counts.
func (c *counts) sane() bool {
	return c.n > 0 && c.k > 0 && c.n <= most && c.k <= most && c.x >= 0 && c.x <= most && c.y >= 0 && c.y <= most
}

// shares fills in ln(1 + s (r - 1)) of every ratio. It is most of the work of an
// interval, and stays the same for as long as the exposures do.
func (g *grid) shares(into []float64, s float64) {
	for j, e := range g.excess {
		into[j] = math.Log1p(s * e)
	}
}

// pair is what an interval adds to every L, divided by the dispersion.
func (g *grid) pair(into, shares []float64, c *counts, dispersion float64) {
	scale, all := 1/dispersion, c.x+c.y
	for j := range into {
		into[j] = (c.x*g.log[j] - all*shares[j]) * scale
	}
}

// one is that of an interval of the candidate alone, held against an objective: the
// limit of pair for ever more events of stable at that rate.
func (g *grid) one(into []float64, n, x, objective, dispersion float64) {
	for j := range into {
		into[j] = (x*g.log[j] - n*objective*g.excess[j]) / dispersion
	}
}

// odds is that of an interval by the form for events that are not rare: the e-variable
// of two Bernoulli streams of Turner, Ly and Gruenwald, Generic E-variables for Exact
// Sequential k-Sample Tests, for the rate that was seen before the interval. It has no
// margin. The ratios are those of the odds.
func (g *grid) odds(into []float64, c *counts, rate, dispersion float64) {
	for j := range into {
		r := 1 + g.excess[j]
		own := r * rate / (1 - rate + r*rate)
		both := (c.n*own + c.k*rate) / (c.n + c.k)
		into[j] = (c.x*math.Log(own/both) + (c.n-c.x)*math.Log((1-own)/(1-both)) +
			c.y*math.Log(rate/both) + (c.k-c.y)*math.Log((1-rate)/(1-both))) / dispersion
	}
}

// sum is ln of the sum of exp(L) by the weights. Where that cannot be above 0 it says
// nothing, and is no more than bounded from below: by the largest L and the least weight.
func (g *grid) sum(l []float64) float64 {
	top := math.Inf(-1)
	for _, x := range l {
		if !(x <= top) {
			top = x
		}
	}
	if top <= 0 {
		return top + g.least
	}
	sum := 0.0
	for j, w := range g.weight {
		if d := l[j] - top; d > negligible {
			sum += w * exp(d)
		}
	}
	return top + math.Log(sum)
}
