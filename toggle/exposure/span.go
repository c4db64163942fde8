package exposure

import (
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// span is the exposures between good and goal, in whole units, which is what the flag's
// algorithm can tell apart. Good is below goal, and both are whole units.
type span struct{ good, goal, unit bucket.Share }

// steps is how many exposures there are above good.
func (s span) steps() int64 { return int64((s.goal - s.good) / s.unit) }

// at is the exposure at a weight, rounded down. It never falls when the weight rises, is
// good at none and goal at all.
func (s span) at(w strategy.Weight) bucket.Share {
	return s.good + bucket.Share(s.steps()*int64(w)/int64(strategy.Full))*s.unit
}

// weight is the least weight whose exposure is at least e, which lies within the span. It
// is all only at the goal itself, so that nothing is taken for done that is not. Where two
// weights have one exposure it may be less than the one that was set, by less than grain.
func (s span) weight(e bucket.Share) strategy.Weight {
	if e >= s.goal {
		return strategy.Full
	}
	whole := (int64(e-s.good) + int64(s.unit) - 1) / int64(s.unit)
	w := (whole*int64(strategy.Full) + s.steps() - 1) / s.steps()
	return min(strategy.Weight(w), strategy.Full-1)
}

// grain is [strategy.Can].Grain: the least difference of weights that makes one of
// exposures for certain.
func (s span) grain() strategy.Weight {
	return strategy.Weight((int64(strategy.Full) + s.steps() - 1) / s.steps())
}
