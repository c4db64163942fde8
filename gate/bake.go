package gate

import (
	"cmp"
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
	// Peak are hours of the day that healthy time must cover besides, in full length; nil
	// asks for none. It too is neither shortened nor left out by an early end.
	Peak *Peak `json:"peak"`
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
func (b *Bake) bounds() (full, least time.Duration) {
	full, least = b.For, b.Min
	if full <= 0 {
		full = defaultBake
	}
	if least <= 0 {
		least = max(1, full/defaultFloor)
	}
	return max(full, least), least
}

// Evaluate opens once the healthy time is covered, or the bake ends early, and the peak
// is covered too.
func (b Bake) Evaluate(f Facts) Decision { return b.decide(&f) }

func (b *Bake) decide(f *Facts) Decision {
	if b.Peak != nil && !b.Peak.is(b.Peak.covered(f)) {
		return Decision{Answer: Wait}
	}
	if f.l().Healthy >= b.Need(f.l().Earlier) || b.Early && b.unproven(f).what == nothingMissing {
		return Decision{Answer: Open}
	}
	return Decision{Answer: Wait}
}

// Explain says how much healthy time is covered, of how much. Where the bake may end
// early or has a peak its parts are that, whether it has ended early or why not, and how
// much of the peak is covered.
func (b Bake) Explain(f Facts) Reason {
	covered := b.covered(f)
	if !b.Early && b.Peak == nil {
		return covered
	}
	r := covered
	r.Answer, r.Parts = b.Evaluate(f).Answer, []Reason{covered}
	if b.Early && covered.Answer != Open {
		r.Parts = append(r.Parts, b.explainEarly(f, covered))
	}
	if b.Peak != nil {
		peak := b.Peak.explain(f)
		peak.Kind = b.Kind()
		r.Parts = append(r.Parts, peak)
	}
	if r.Answer != covered.Answer { // what there is of the time is not what decides
		r.Unit, r.Text = "", r.list(", ", Reason.leaf)
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
	full := cmp.Or(max(b.For, 0), defaultBake)
	switch {
	case b.Min < 0:
		p.Add("min", length(b.Min), ruleNegative)
	case b.Min > full:
		p.Add("min", length(b.Min), "must be at most for, "+strict.FormatDuration(full))
	}
	if b.Peak != nil {
		p.Join("peak", b.Peak.Validate())
	}
	return p.Err()
}

// Prepare implements [Preparer]: it looks up the zone of the peak.
func (b Bake) Prepare() (Gate, error) {
	if b.Peak == nil {
		return b, nil
	}
	var p strict.Problems
	peak, err := b.Peak.prepared()
	p.Join("peak", err)
	b.Peak = peak
	return b, p.Err()
}

// Peaks implements [Peaker].
func (b Bake) Peaks() []*Peak {
	if b.Peak == nil {
		return nil
	}
	return []*Peak{b.Peak}
}
