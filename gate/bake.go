package gate

import (
	"math"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Of a Bake that does not say it.
const (
	defaultBake  = 10 * time.Minute
	defaultFloor = 10 // Min is this part of For
)

// maxShortenings bounds the loop of [Bake.Need]; later successes shorten no further.
const maxShortenings = 1000

// Bake waits until the candidate was healthy for a while at this step. What
// counts is healthy time that intervals of measurement cover ([Facts.Healthy]),
// never time by the clock: an outage of the engine or a jump of its clock earns
// nothing, and a Bake never opens by time alone.
//
// "The first region bakes 1 h, each later one half of that, never below 10 min"
// is Bake{For: time.Hour, Factor: 0.5, Min: 10 * time.Minute}.
//
// With Early it may end before that, where the candidate is proven good enough.
type Bake struct {
	// For is how long; zero means 10m.
	For time.Duration `json:"for"`
	// Factor shortens For once for every stage of this rollout that was completed
	// before: above 0, at most 1. Zero is 1, never shortened.
	Factor float64 `json:"factor"`
	// Min is what it is never shortened below: at most For. Zero means a tenth of
	// For, so that many successes never make a Bake vanish.
	Min time.Duration `json:"min"`
	// Early ends it on proof, never before Min and never at a stage's last step. All of
	// this must hold: what the gates of the step want counted was served; every candidate
	// instance that is ready is past its warm-up, and there are at least two; every signal
	// that counts is healthy, has less evidence against the release than for it, and has
	// proven it good enough at this step. Readiness proves nothing, and need not; a stage
	// in which anything else that counts cannot ([health.Prover]) is refused.
	Early bool `json:"early"`
}

// Kind is "bake".
func (Bake) Kind() string { return "bake" }

// Need is the healthy time that is needed after so many earlier successes. It
// never rises with earlier, is never below Min and always above zero. Settings
// that Validate refuses count as unset, so that a Bake is closed whatever it holds.
func (b Bake) Need(earlier int) time.Duration {
	full, least := b.bounds()
	if earlier <= 0 || !(b.Factor > 0 && b.Factor < 1) { // not a number is neither
		return full
	}
	// One product after another, not a power: products round alike everywhere.
	need := float64(full)
	for range min(earlier, maxShortenings) {
		need *= b.Factor
		if need <= float64(least) {
			return least
		}
	}
	return min(full, max(least, time.Duration(math.Round(need))))
}

// bounds are the longest and the shortest Need.
func (b Bake) bounds() (full, least time.Duration) {
	full, least = b.For, b.Min
	if full <= 0 {
		full = defaultBake
	}
	if least <= 0 {
		least = max(1, full/defaultFloor)
	}
	return max(full, least), least
}

// Evaluate opens once the healthy time is covered, or the bake ends early.
func (b Bake) Evaluate(f Facts) Decision { return b.decide(&f) }

func (b Bake) decide(f *Facts) Decision {
	if f.Healthy() >= b.Need(f.Earlier()) || b.Early && b.unproven(*f).what == nothingMissing {
		return Decision{Answer: Open}
	}
	return Decision{Answer: Wait}
}

// Explain says how much healthy time is covered, of how much. Where the bake may end
// early its parts are that, and whether it has or why not.
func (b Bake) Explain(f Facts) Reason {
	covered := b.covered(f)
	if !b.Early {
		return covered
	}
	r := covered
	r.Parts = []Reason{covered}
	if covered.Answer == Open {
		return r
	}
	early := b.explainEarly(f, covered)
	r.Parts = append(r.Parts, early)
	if r.Answer = early.Answer; r.Answer == Open {
		r.Unit, r.Text = "", early.Text // what is there is less than what is needed, and yet enough
	}
	return r
}

// covered is how much of the healthy time is.
func (b Bake) covered(f Facts) Reason {
	need := b.Need(f.Earlier())
	r := Reason{Kind: b.Kind(), Text: "healthy", Unit: unitDuration, Have: int64(f.Healthy()), Need: int64(need)}
	if full := b.Need(0); need < full {
		r.Text += ", shortened from " + strict.FormatDuration(full)
	}
	if r.Have >= r.Need {
		r.Answer = Open
	}
	return r
}

// Validate implements [Validator].
func (b Bake) Validate() error {
	var p strict.Problems
	if b.For < 0 {
		p.Add("for", length(b.For), ruleNegative)
	}
	if b.Factor < 0 || b.Factor > 1 || math.IsNaN(b.Factor) {
		p.Add("factor", b.Factor, "must be above 0 and at most 1")
	}
	full, _ := Bake{For: b.For}.bounds()
	switch {
	case b.Min < 0:
		p.Add("min", length(b.Min), ruleNegative)
	case b.Min > full:
		p.Add("min", length(b.Min), "must be at most for, "+strict.FormatDuration(full))
	}
	return p.Err()
}
