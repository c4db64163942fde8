package kayenta

import (
	"fmt"
	"math"
	"strconv"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Validate joins a *FieldError for everything wrong with the judge.
func (w MannWhitney) Validate() error {
	var all strict.Problems
	groups := 0
	for _, given := range [...]bool{w.Bad != "" || w.Total != "", w.Histogram != "", w.Gauge != ""} {
		if given {
			groups++
		}
	}
	if groups != 1 || (w.Bad == "") != (w.Total == "") {
		all.Add("", nil, "must have either bad and total, histogram and quantile, or gauge")
	}
	if w.Histogram != "" && !(w.Quantile > 0 && w.Quantile < 1) {
		all.Add("quantile", w.Quantile, "must be above 0 and below 1: 0.99 is the 99th percentile")
	}
	if w.Histogram == "" && w.Quantile != 0 {
		all.Add("quantile", w.Quantile, "must not be given without histogram")
	}
	switch w.Direction {
	case "", Increase, Decrease, Either:
	default:
		all.Add("direction", string(w.Direction), "must be increase, decrease or either")
	}
	if c := w.confidence(); !(c >= 0.5 && c < 1) {
		all.Add("confidence", c, "must be from 0.5 to below 1: 0.98 is 98 %")
	}
	if !(w.Tolerance < 1) || math.IsInf(w.Tolerance, -1) {
		all.Add("tolerance", w.Tolerance, "must be below 1: 0.25 is a quarter of the shift")
	}
	if !(w.Effect >= 0) || math.IsInf(w.Effect, 1) {
		all.Add("effect", w.Effect, "must be finite and not negative: 0.2 is 20 %")
	}
	if w.MinPoints != 0 && (w.MinPoints < leastPoints || w.MinPoints > most) {
		all.Add("minPoints", w.MinPoints, "must be from 5 to 60, or 0 for the default")
	}
	if w.MinSample < 0 {
		all.Add("minSample", w.MinSample, "must not be negative")
	}
	return all.Err()
}

// Explain says what the means of the points are and whether they are told apart: "mean
// 1.2% over 12 intervals, stable 0.5%: higher with 98% confidence".
func (w MannWhitney) Explain(e *health.Evidence) string {
	if !w.known(e) || e.Counts[countPoints] < w.minPoints() {
		n := int64(0)
		if w.known(e) {
			n = e.Counts[countPoints]
		}
		return fmt.Sprintf("%d points of %d that are needed", n, w.minPoints()) + w.before(e)
	}
	n := e.Counts[countPoints]
	var candidate, low, high points
	candidate.sort(e.Log[:n])
	low.sort(e.Log[most : most+n])
	high.sort(e.Log[2*most : 2*most+n])
	sure := "with " + number(w.confidence()*100) + "% confidence"
	text := fmt.Sprintf("mean %s over %d intervals, stable %s", w.number(candidate.mean()), n, w.number(low.mean()))
	if low.at != high.at {
		text += " to " + w.number(high.mean())
	}
	switch {
	case w.up() && w.higher(&candidate, &high, 1):
		return text + ": higher " + sure
	case w.down() && w.higher(&candidate, &low, -1):
		return text + ": lower " + sure
	case w.up() && w.down():
		return text + ": neither higher nor lower " + sure + w.before(e)
	case w.down():
		return text + ": not lower " + sure + w.before(e)
	}
	return text + ": not higher " + sure + w.before(e)
}

// before says that harm was shown earlier.
func (w MannWhitney) before(e *health.Evidence) string {
	if e.Verdict == health.Degraded {
		return ", but it was before"
	}
	return ""
}

func (w MannWhitney) number(x float64) string {
	if w.Histogram == "" && w.Gauge == "" {
		return number(x*100) + "%"
	}
	return number(x)
}

// number writes three significant digits.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
