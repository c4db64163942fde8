package main

import "math"

// The bound: any test whose false rate is at most alpha, against all candidates that are
// no worse, needs ln(1/alpha)/I minutes in the mean to find one that is (Wald), with I the
// information of a minute about which it is: the divergence of the true rates from the
// healthy pair that is hardest to tell from them, both versions at the pooled rate.

// divergence is that of Kullback and Leibler between two laws over the same places.
func divergence(p, q []float64) float64 {
	sum := 0.0
	for i := range p {
		if p[i] > 0 {
			sum += p[i] * math.Log(p[i]/q[i])
		}
	}
	return sum
}

// information is the nats a minute when requests spread by p in the candidate, by q in
// stable.
func information(l load, p, q []float64) float64 {
	n, k := float64(l.candidate), float64(l.stable)
	pooled := make([]float64, len(p))
	for i := range p {
		pooled[i] = (n*p[i] + k*q[i]) / (n + k)
	}
	return n*divergence(p, pooled) + k*divergence(q, pooled)
}

func failing(p float64) []float64 { return []float64{p, 1 - p} }

// ofRates is the information in errors.
func ofRates(l load, candidate, stable float64) float64 {
	return information(l, failing(candidate), failing(stable))
}

// ofLatency is the information in buckets.
func ofLatency(l load, d duration) float64 { return information(l, d.spread(), usual.spread()) }

// ofLimit is the information in the candidate's errors about an absolute limit.
func ofLimit(l load, candidate, limit float64) float64 {
	return float64(l.candidate) * divergence(failing(candidate), failing(limit))
}

// bound is in minutes; 0 if there is nothing to find, or the method promises nothing.
func bound(alpha, information float64) float64 {
	if alpha <= 0 || alpha >= 1 || information <= 0 {
		return 0
	}
	return -math.Log(alpha) / information
}
