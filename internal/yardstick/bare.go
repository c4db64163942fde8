package main

import (
	"fmt"
	"math"
)

// bare is the plain ratio e-process, without stakes, stages or onset: what the library's
// judge is made of, written a second time so that the two can be compared. It sees what a
// query shows.
type bare struct {
	critical float64
	ratios   []float64
	logs     []float64   // of the ratios
	prior    []float64   // ln of the weights
	lanes    [][]float64 // ln of the likelihood ratios, per kind of bad events
	terms    []float64
	latency  bool
}

func bareMethod(alpha float64) method {
	return method{
		name: fmt.Sprintf("bare %g", alpha), alpha: alpha, promises: true,
		start: func(s *scenario) detector { return newBare(alpha, s.latency) },
	}
}

func newBare(alpha float64, latency bool) *bare {
	b := &bare{critical: -math.Log(alpha), latency: latency}
	lo, hi, n, lanes := 1.15, 64.0, 12, 1
	if latency {
		hi, n, lanes = 32, 8, len(bounds)
	}
	sum := 0.0
	for j := range n {
		r := lo * math.Pow(hi/lo, float64(j)/float64(n-1))
		b.ratios, b.logs = append(b.ratios, r), append(b.logs, math.Log(r))
		sum += 1 / math.Sqrt(r)
	}
	for _, l := range b.logs {
		b.prior = append(b.prior, -l/2-math.Log(sum))
	}
	for range lanes {
		b.lanes = append(b.lanes, make([]float64, n))
	}
	b.terms = make([]float64, n)
	return b
}

func (b *bare) begin(float64) {
	for _, lane := range b.lanes {
		clear(lane)
	}
}

func (b *bare) check(iv *interval) outcome {
	c, s := iv.plain.candidate, iv.plain.stable
	if c.n == 0 || s.n == 0 {
		return goOn
	}
	share := c.n / (c.n + s.n)
	for j, r := range b.ratios {
		b.terms[j] = math.Log1p(share * (r - 1))
	}
	if !b.latency {
		return b.decide(b.add(b.lanes[0], c.x, s.x))
	}
	x, y, all := c.n, s.n, math.Inf(-1)
	for k, lane := range b.lanes { // slower than the bound: the mean over bounds is an e-process, too
		x, y = x-c.buckets[k], y-s.buckets[k]
		all = addLog(all, b.add(lane, x, y)-math.Log(float64(len(b.lanes))))
	}
	return b.decide(all)
}

func (b *bare) decide(lnE float64) outcome {
	if lnE >= b.critical {
		return rollsBack
	}
	return goOn
}

// add is ln E after x bad events of the candidate and y of stable.
func (b *bare) add(lane []float64, x, y float64) float64 {
	top := math.Inf(-1)
	for j := range lane {
		lane[j] += x*b.logs[j] - (x+y)*b.terms[j]
		top = max(top, b.prior[j]+lane[j])
	}
	sum := 0.0
	for j := range lane {
		sum += math.Exp(b.prior[j] + lane[j] - top)
	}
	return top + math.Log(sum)
}

func addLog(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
