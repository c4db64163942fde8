package health

import "github.com/seed-20fe5ead/gradatim/internal/strict"

// Validate joins a *FieldError for everything wrong with the threshold.
func (t Threshold) Validate() error {
	var all strict.Problems
	x := subject{t.Bad, t.Total, t.Per, t.Histogram, t.Gauge, t.Quantile, t.Over, t.MinSample}
	if x.validate(&all) {
		t.validateLimits(&all)
	}
	if t.Mean && t.Gauge == "" {
		all.Add("mean", nil, "must not be given without gauge")
	}
	if t.Max != 0 && t.Min != 0 && t.Min > t.Max {
		all.Add("min", t.Min, "must not be above max")
	}
	t.validateGrey(&all)
	t.failures().validate(&all)
	x.validateSize(&all)
	if t.MinSample > 0 && t.form() == formTime {
		all.Add("minSample", t.MinSample, "must not be given with per: a check needs the time over")
	}
	return all.Err()
}

func (t Threshold) validateLimits(all *strict.Problems) {
	switch t.form() {
	case formRate:
		if !(t.Max >= 0 && t.Max < 1) {
			all.Add("max", t.Max, "must be a fraction below 1: 0.01 is 1 %")
		}
		if !(t.Min >= 0 && t.Min <= 1) {
			all.Add("min", t.Min, "must be a fraction from 0 to 1: 0.01 is 1 %")
		}
		return
	case formTime:
		if !finite(t.Max) || t.Max < 0 {
			all.Add("max", t.Max, "must be finite and not negative")
		}
	default:
		if !finite(t.Max) {
			all.Add("max", t.Max, "must be finite")
		}
	}
	if !finite(t.Min) || t.Min < 0 {
		all.Add("min", t.Min, "must be finite and not negative")
	}
	if t.Max == 0 && t.Min == 0 && t.form() != formTime {
		all.Add("max", nil, "or min must be given")
	}
}

func (t Threshold) validateGrey(all *strict.Problems) {
	if t.PassMax != 0 && !(t.capped() && t.PassMax <= t.Max && finite(t.PassMax)) {
		all.Add("passMax", t.PassMax, "must not be above max")
	}
	if t.PassMin != 0 && !(t.Min > 0 && t.PassMin >= t.Min && finite(t.PassMin)) {
		all.Add("passMin", t.PassMin, "must be given with min, and not be below it")
	}
	if t.PassMin != 0 && t.capped() && t.PassMin > t.most() {
		all.Add("passMin", t.PassMin, "must not be above what passes max: nothing would pass")
	}
}
