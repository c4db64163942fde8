package strategy

import (
	"fmt"
	"math"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// ramp has a step for each weight, named after it.
func ramp(weights []Weight) []Step {
	steps := make([]Step, len(weights), len(weights)+1)
	for i, w := range weights {
		steps[i] = Step{Name: w.String(), Weight: w}
	}
	return steps
}

// linear is the i-th of n equal steps up to a weight, to the nearest basis point.
func linear(i, n int, top Weight) Weight {
	return Weight((2*int64(i)*int64(top) + int64(n)) / (2 * int64(n)))
}

func linearRamp(problems *strict.Problems, n int, top Weight) []Weight {
	if n < 1 || n >= maxSteps || n > int(top) {
		problems.Add("linear", n, fmt.Sprintf("must be 1 to %d steps, each at least a basis point", min(maxSteps-1, int64(top))))
		return nil
	}
	weights := make([]Weight, n)
	for i := range weights {
		weights[i] = linear(i+1, n, top)
	}
	return weights
}

// exponentialRamp has n steps from first to top, each the same multiple of the one
// before, to the nearest basis point.
func exponentialRamp(problems *strict.Problems, n int, first, top Weight) []Weight {
	switch {
	case n < 2 || n >= maxSteps:
		problems.Add("exponential", n, fmt.Sprintf("must be 2 to %d steps", maxSteps-1))
		return nil
	case first <= 0 || first >= top:
		problems.Add("first", first, "must be above 0% and below "+top.String()+", where the ramp ends")
		return nil
	}
	weights := make([]Weight, n)
	for i := range weights {
		weights[i] = Weight(math.Round(float64(first) * math.Pow(float64(top)/float64(first), float64(i)/float64(n-1))))
		if i > 0 && weights[i] <= weights[i-1] {
			problems.Add("exponential", n, fmt.Sprintf("must be fewer steps: from %s to %s they would differ by less than a basis point", first, top))
			return nil
		}
	}
	return weights
}

// checkWeights refuses what does not rise from above 0% to at most 100%, or is too
// much for a ladder.
func checkWeights(problems *strict.Problems, weights []Weight) {
	if len(weights) > maxSteps || len(weights) == maxSteps && weights[maxSteps-1] != Full {
		problems.Add("weights", len(weights), fmt.Sprintf("weights: must be at most %d, with 100%% among them", maxSteps))
		return
	}
	before := Weight(0)
	for i, w := range weights {
		path := fmt.Sprintf("weights[%d]", i)
		switch {
		case w > Full:
			problems.Add(path, w, "must be at most 100%")
		case w <= before:
			problems.Add(path, w, "must be above "+before.String())
		}
		before = max(before, min(w, Full))
	}
}

// checkWhole refuses weights that do not end with all of the traffic.
func checkWhole(problems *strict.Problems, weights []Weight) {
	checkWeights(problems, weights)
	if n := len(weights); 0 < n && n <= maxSteps-3 && weights[n-1] < Full {
		problems.Add(fmt.Sprintf("weights[%d]", n-1), weights[n-1], "must be 100%: the last one takes all traffic")
	} else if n > maxSteps-3 {
		problems.Add("weights", n, fmt.Sprintf("weights: must be at most %d", maxSteps-3))
	}
}
