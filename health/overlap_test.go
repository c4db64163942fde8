package health

import (
	"math"
	"testing"
)

// What stable did in the interval before is known when this one is taken in, and is no
// accident any more: whatever it was, the expectation of the evidence is at most 1 if the
// candidate is no worse than stable in its own interval.
func TestOverlapThatIsKnownIsNoEvidence(t *testing.T) {
	c := Compare{Bad: "errors", Total: "requests", Dispersion: 1}
	poisson := func(mean float64, n int) float64 {
		g, _ := math.Lgamma(float64(n) + 1)
		return math.Exp(float64(n)*math.Log(mean) - mean - g)
	}
	for _, before := range []Arm{{Exposure: 100, Bad: 1}, {Exposure: 1000, Bad: 1}, {Exposure: 1e4, Bad: 1}, {Exposure: 1e6, Bad: 1}} {
		for _, mean := range []float64{0.25, 0.5, 1, 2} {
			expected := 0.0
			for x := range 30 {
				for y := range 30 {
					var e Evidence
					c.Fold(&e, &Sample{
						From: start, To: at(10),
						Candidate: Arm{Exposure: 1000, Bad: float64(x)}, Stable: Arm{Exposure: 1000, Bad: float64(y)},
						Overlap: []Arm{before},
					})
					harm, _ := c.LogE(&e)
					expected += poisson(mean, x) * poisson(mean, y) * math.Exp(harm)
				}
			}
			if expected > 1 {
				t.Errorf("%v bad events on either version, and 1 of %v before: the expectation is %v", mean, before.Exposure, expected)
			}
		}
	}
}
