package main

import "math"

// sure is how sure the limits of a rate are: 99 %.
const sure = 0.99

// upperLimit is the limit of Clopper and Pearson: were the true rate above it, so few hits
// in n runs would come with a probability of less than 1 %.
func upperLimit(hits, n int) float64 {
	if hits >= n {
		return 1
	}
	return betaQuantile(sure, float64(hits+1), float64(n-hits))
}

// lowerLimit is its counterpart for so many hits.
func lowerLimit(hits, n int) float64 {
	if hits <= 0 {
		return 0
	}
	return betaQuantile(1-sure, float64(hits), float64(n-hits+1))
}

// betaQuantile is where the distribution function of Beta(a, b) reaches p.
func betaQuantile(p, a, b float64) float64 {
	lo, hi := 0.0, 1.0
	for range 200 {
		mid := (lo + hi) / 2
		if betaCDF(mid, a, b) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// betaCDF is the regularised incomplete beta function, by its continued fraction
// (Abramowitz and Stegun 26.5.8) as Lentz evaluates it.
func betaCDF(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaCDF(1-x, b, a)
	}
	front := math.Exp(a*math.Log(x) + b*math.Log1p(-x) - lnGamma(a) - lnGamma(b) + lnGamma(a+b))
	const tiny, eps = 1e-300, 1e-15
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1), tiny)
	f := d
	for m := 1.0; m < 10_000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / away(1+even*d, tiny)
		c = away(1+even/c, tiny)
		f *= c * d
		d = 1 / away(1+odd*d, tiny)
		c = away(1+odd/c, tiny)
		f *= c * d
		if math.Abs(c*d-1) < eps {
			break
		}
	}
	return front * f / a
}

// away keeps x away from 0.
func away(x, tiny float64) float64 {
	if math.Abs(x) < tiny {
		return tiny
	}
	return x
}
