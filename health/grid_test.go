package health

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// chance is the probability of x successes in n trials.
func chance(n, x int, p float64) float64 {
	c := 1.0
	for i := range x {
		c *= float64(n-i) / float64(i+1)
	}
	return c * math.Pow(p, float64(x)) * math.Pow(1-p, float64(n-x))
}

// expectation is that of the factors of an interval, by every outcome there is.
func expectation(g *grid, n, k int, p, q float64, z func(into []float64, c *counts)) []float64 {
	mean, by := make([]float64, g.size()), make([]float64, g.size())
	for x := range n + 1 {
		for y := range k + 1 {
			z(by, &counts{float64(n), float64(x), float64(k), float64(y)})
			for j := range mean {
				mean[j] += chance(n, x, p) * chance(k, y, q) * math.Exp(by[j])
			}
		}
	}
	return mean
}

const rounding = 1e-12

// The factor of an interval is an e-value for every ratio: exactly, for small counts.
func TestFactorsAreFair(t *testing.T) {
	for _, g := range []struct {
		name string
		*grid
		more bool // harm of more events, or proof of fewer
	}{
		{"harm", gridHarm, true},
		{"proof of fewer", gridProofFewer, true},
		{"harm by fewer", gridHarmFewer, false},
		{"proof", gridProof, false},
	} {
		for _, margin := range []float64{1, 1.5, 2, 1 / 1.5} {
			for _, size := range [][2]int{{1, 1}, {1, 9}, {3, 8}, {6, 4}} {
				for _, q := range []float64{1e-6, 0.01, 0.1, 0.3, 0.45} {
					for _, off := range []float64{1, 0.9, 0.3} { // at the margin, and on the harmless side of it
						p := margin * q * off
						if !g.more {
							p = margin * q / off
						}
						if p > 1 {
							continue
						}
						shares := make([]float64, g.size())
						means := expectation(g.grid, size[0], size[1], p, q, func(into []float64, c *counts) {
							g.shares(shares, c.share(margin))
							g.pair(into, shares, c, 1)
						})
						for j, m := range means {
							if m > 1+rounding {
								t.Fatalf("%s margin %v n %v p %v q %v: ratio %v has a factor of %v", g.name, margin, size, p, q, 1+g.excess[j], m)
							}
						}
					}
				}
			}
		}
	}
}

func TestFactorsOfFrequentEventsAreFair(t *testing.T) {
	for _, g := range []*grid{gridHarm, gridHarmFewer} {
		for _, size := range [][2]int{{1, 1}, {2, 7}, {5, 5}} {
			for _, p := range []float64{0.05, 0.3, 0.7, 0.99} {
				for _, rate := range []float64{0.2, 0.5, p, 0.95} { // whatever was expected
					means := expectation(g, size[0], size[1], p, p, func(into []float64, c *counts) { g.odds(into, c, rate, 1) })
					for j, m := range means {
						if m > 1+rounding {
							t.Fatalf("n %v p %v rate %v: ratio %v has a factor of %v", size, p, rate, 1+g.excess[j], m)
						}
					}
				}
			}
		}
	}
}

func TestFactorsOfAnObjectiveAreFair(t *testing.T) {
	for _, n := range []int{1, 3, 9} {
		for _, objective := range []float64{0.001, 0.02, 0.4} {
			for _, off := range []float64{1, 0.5} {
				harm := expectation(gridHarm, n, 0, objective*off, 0, func(into []float64, c *counts) { gridHarm.one(into, c.n, c.x, objective, 1) })
				proof := expectation(gridProof, n, 0, objective/off, 0, func(into []float64, c *counts) { gridProof.one(into, c.n, c.x, objective, 1) })
				for j, m := range append(harm, proof...) {
					if m > 1+rounding {
						t.Fatalf("n %d objective %v: factor %d is %v", n, objective, j, m)
					}
				}
			}
		}
	}
}

// A burst of at most so many events, tempered by as much, is fair too.
func TestDispersionMakesBurstsFair(t *testing.T) {
	const burst, p = 4, 0.1
	shares := make([]float64, gridHarm.size())
	means := expectation(gridHarm, 2, 6, p, p, func(into []float64, c *counts) {
		b := counts{c.n * burst, c.x * burst, c.k * burst, c.y * burst} // each event drags others along
		gridHarm.shares(shares, b.share(1))
		gridHarm.pair(into, shares, &b, burst)
	})
	for j, m := range means {
		if m > 1+rounding {
			t.Fatalf("ratio %v has a factor of %v", 1+gridHarm.excess[j], m)
		}
	}
}

func someCounts(t *rapid.T) counts {
	n := rapid.IntRange(1, 100_000).Draw(t, "n")
	k := rapid.IntRange(1, 100_000).Draw(t, "k")
	return counts{
		float64(n), float64(rapid.IntRange(0, n).Draw(t, "x")),
		float64(k), float64(rapid.IntRange(0, k).Draw(t, "y")),
	}
}

func pairOfGrid(g *grid, c counts, margin float64) []float64 {
	shares, z := make([]float64, g.size()), make([]float64, g.size())
	g.shares(shares, c.share(margin))
	g.pair(z, shares, &c, 1)
	return z
}

func TestPairAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCounts(t)
		margin := rapid.SampledFrom([]float64{1, 1.25, 2, 0.5}).Draw(t, "margin")
		all := pairOfGrid(gridHarm, c, margin)

		// Splitting an interval at the same share changes nothing.
		part := counts{c.n / 2, math.Floor(c.x / 3), c.k / 2, math.Floor(c.y / 5)}
		rest := counts{c.n - part.n, c.x - part.x, c.k - part.k, c.y - part.y}
		one, two := pairOfGrid(gridHarm, part, margin), pairOfGrid(gridHarm, rest, margin)
		// Swapping the versions, with the margin and the ratios upside down, changes nothing.
		swapped := pairOfGrid(gridHarmFewer, counts{c.k, c.y, c.n, c.x}, 1/margin)
		// More bad events of the candidate are never less harm, and more of stable never more.
		more, less := c, c
		more.x, less.y = c.x+1, c.y+1
		worse, better := pairOfGrid(gridHarm, more, margin), pairOfGrid(gridHarm, less, margin)
		for j := range all {
			scale := (c.x + c.y + 1) * (1 + math.Abs(gridHarm.log[j]))
			if math.Abs(one[j]+two[j]-all[j]) > rounding*scale {
				t.Fatalf("ratio %d: the parts add up to %v, the whole is %v", j, one[j]+two[j], all[j])
			}
			if math.Abs(swapped[j]-all[j]) > rounding*scale {
				t.Fatalf("ratio %d: swapped it is %v, not %v", j, swapped[j], all[j])
			}
			if worse[j] < all[j] || better[j] > all[j] {
				t.Fatalf("ratio %d: %v, with one more bad %v, with one more bad of stable %v", j, all[j], worse[j], better[j])
			}
		}
	})
}

// exactLog is ln x to about 200 bits: by roots until x is near 1, and then by the
// series of the inverse hyperbolic tangent.
func exactLog(x *big.Float) *big.Float {
	const bits = 320
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }
	y, scale := new(big.Float).SetPrec(bits).Set(x), 1
	for range 40 {
		y.Sqrt(y)
		scale++
	}
	u := new(big.Float).SetPrec(bits).Quo(new(big.Float).SetPrec(bits).Sub(y, number(1)), new(big.Float).SetPrec(bits).Add(y, number(1)))
	sum, power, square := number(0), new(big.Float).SetPrec(bits).Set(u), new(big.Float).SetPrec(bits).Mul(u, u)
	for i := 1; i < 40; i += 2 {
		sum.Add(sum, new(big.Float).SetPrec(bits).Quo(power, number(float64(i))))
		power.Mul(power, square)
	}
	return sum.Mul(sum, number(math.Ldexp(1, scale)))
}

// At counts of 10^12 nothing is lost but the last digits.
func TestPairIsExactForLargeCounts(t *testing.T) {
	const bits = 320
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }
	for _, c := range []counts{
		{1e12, 5e9, 1e12, 5e9}, {1e12, 1e12, 1e12, 0}, {1e6, 4999, 1e12, 5e9}, {1e12, 123_456_789_012, 3, 1}, {7, 1, 1e12, 999_999_999_999},
	} {
		for _, margin := range []float64{1, 1.5} {
			z := pairOfGrid(gridHarm, c, margin)
			for j := range z {
				r := new(big.Float).SetPrec(bits).Add(number(1), number(gridHarm.excess[j]))
				mn := new(big.Float).SetPrec(bits).Mul(number(margin), number(c.n))
				share := new(big.Float).SetPrec(bits).Quo(mn, new(big.Float).SetPrec(bits).Add(mn, number(c.k)))
				d := new(big.Float).SetPrec(bits).Add(number(1), share.Mul(share, number(gridHarm.excess[j])))
				gain := new(big.Float).SetPrec(bits).Mul(number(c.x), exactLog(r))
				loss := new(big.Float).SetPrec(bits).Mul(number(c.x+c.y), exactLog(d))
				want, _ := new(big.Float).SetPrec(bits).Sub(gain, loss).Float64()
				a, _ := gain.Float64()
				b, _ := loss.Float64()
				if off := math.Abs(z[j] - want); off > 1e-12*(math.Abs(a)+math.Abs(b)) {
					t.Errorf("%v margin %v ratio %d: %v, want %v: off by %v of %v", c, margin, j, z[j], want, off, math.Abs(a)+math.Abs(b))
				}
			}
		}
	}
	if got, _ := exactLog(number(2)).Float64(); got != math.Ln2 {
		t.Fatalf("ln 2 = %v", got)
	}
}

func TestGridsBetOne(t *testing.T) {
	for i, g := range []*grid{gridHarm, gridHarmFewer, gridProof, gridProofFewer} {
		sum := 0.0
		for _, w := range g.weight {
			sum += w
		}
		if math.Abs(sum-1) > rounding || g.size() > maxRatios {
			t.Errorf("grid %d: %d weights of %v", i, g.size(), sum)
		}
	}
	if lo, hi := fmt.Sprintf("%.6g", 1+gridHarm.excess[0]), fmt.Sprintf("%.6g", 1+gridHarm.excess[7]); lo != "1.25" || hi != "32" {
		t.Errorf("ratios from %s to %s", lo, hi)
	}
}
