package bucket

import (
	"fmt"
	"math"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Bounds of a Distribution.
const (
	maxVariants = 10_000
	maxSlots    = 10_000
	maxWeights  = math.MaxInt32 // the sum; flagd's own bound, and enough for parts per billion
)

// Distribution says who gets which variant: who is admitted, and how those are divided. It is data; the zero value
// admits nobody. What its texts mean depends on the algorithm; the table is in the documentation of the package.
type Distribution struct {
	// Algorithm is how a key becomes a position; empty is Native.
	Algorithm Algorithm `json:"algorithm"`
	// Flag is the flag's name, where the algorithm hashes it. It is not filled in from anywhere: a flag may be renamed
	// without moving anybody, as long as this stays.
	Flag string `json:"flag"`
	// Salt is what is hashed beside the key.
	Salt string `json:"salt"`
	// SplitSalt is the salt of the split, where the algorithm has one of its own.
	SplitSalt string `json:"splitSalt"`
	// Exposure is how many are admitted: 0 to Everybody, a whole multiple of what the algorithm can tell apart.
	Exposure Share `json:"exposure"`
	// Weights are the relative weights of the variants among the admitted: none below 0, the sum from 1 to 2^31-1. Empty
	// is one variant.
	Weights []int64 `json:"weights"`
	// Slots says which positions of the split belong to which variant; only for Native. Each variant must have as many as
	// its weight earns by largest remainder ([Reweight]), and every one of the 1,000,000 positions must be in exactly one.
	// Empty gives each variant one range, in the order of Weights.
	Slots []Slots `json:"slots"`
}

// Slots is the range [From, To) of positions of the native split, out of 1,000,000.
type Slots struct {
	Variant int    `json:"variant"` // index into Weights
	From    uint32 `json:"from"`
	To      uint32 `json:"to"`
}

// Compile checks d and makes it ready to pick. The error has a FieldError for everything that is wrong, with paths such as
// "exposure" or "weights[2]": an unknown algorithm or version, an exposure or weights that the algorithm cannot express,
// fields it does not use, slots that are no partition.
func Compile(d Distribution) (*Plan, error) {
	var problems strict.Problems
	if d.Algorithm == "" {
		d.Algorithm = Native
	}
	d.check(&problems)
	streams := d.streams(&problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return newPlan(streams), nil
}

// streams makes the streams of a distribution, after check.
func (d *Distribution) streams(problems *strict.Problems) []stream {
	switch d.Algorithm {
	case Native:
		return d.native(problems)
	case FlagdV1, FlagdV2:
		return d.flagd(problems)
	case Unleash:
		return d.unleash(problems)
	case LaunchDarkly:
		return d.launchDarkly(problems)
	case GrowthBookV1, GrowthBookV2:
		return d.growthBook(problems)
	case Statsig:
		return d.statsig(problems)
	case ConfigCat:
		return d.configCat(problems)
	case Flipt:
		return d.flipt(problems)
	case Flagr:
		return d.flagr(problems)
	case Split:
		return d.split(problems)
	}
	problems.Add("algorithm", string(d.Algorithm), fmt.Sprintf("must be one of %q", Algorithms()))
	return nil
}

// check finds what is wrong for any algorithm, and clears it, so that the algorithm can still look at the rest.
func (d *Distribution) check(problems *strict.Problems) {
	if d.Exposure < 0 || d.Exposure > Everybody {
		problems.Add("exposure", int32(d.Exposure), fmt.Sprintf("must be from 0 to %d parts per million", Everybody))
		d.Exposure = 0
	}
	if len(d.Slots) > 0 && d.Algorithm != Native {
		problems.Add("slots", nil, "must be empty: only "+string(Native)+" has slots")
		d.Slots = nil
	}
	var bad strict.Problems
	sum := checkWeights(d.Weights, &bad)
	if len(d.Weights) > maxVariants {
		bad.Add("weights", len(d.Weights), fmt.Sprintf("must be at most %d", maxVariants))
	}
	if len(d.Weights) > 0 && (sum < 1 || sum > maxWeights) {
		bad.Add("weights", nil, fmt.Sprintf("must have a sum from 1 to %d", maxWeights))
	}
	if err := bad.Err(); err != nil {
		problems.Join("", err)
		d.Weights, d.Slots = nil, nil
	}
}

// checkWeights returns the sum of the weights that are not negative, at most one above what is allowed.
func checkWeights(weights []int64, problems *strict.Problems) int64 {
	var sum int64
	for i, w := range weights {
		if w < 0 {
			problems.Add(fmt.Sprintf("weights[%d]", i), w, "must not be negative")
			continue
		}
		sum = min(sum+min(w, maxWeights+1), maxWeights+1)
	}
	return sum
}

// unused refuses the texts among those named that are not empty: they would be believed to matter.
func (d *Distribution) unused(problems *strict.Problems, flag, salt, splitSalt bool) {
	rule := "must be empty: " + string(d.Algorithm) + " does not hash it"
	if flag && d.Flag != "" {
		problems.Add("flag", d.Flag, rule)
	}
	if salt && d.Salt != "" {
		problems.Add("salt", d.Salt, rule)
	}
	if splitSalt && d.SplitSalt != "" {
		problems.Add("splitSalt", d.SplitSalt, rule)
	}
}

// whole refuses an exposure that is not a whole multiple of what the algorithm can tell apart.
func (d *Distribution) whole(problems *strict.Problems, unit Share) {
	if d.Exposure%unit != 0 {
		problems.Add("exposure", d.Exposure.String(), fmt.Sprintf("must be a whole multiple of %s for %s", unit, d.Algorithm))
	}
}

// single says whether there is one variant, so that nothing is to be split.
func (d *Distribution) single() bool { return len(d.Weights) <= 1 }
