package health

import (
	"math"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// side is the value of one version. Beyond is 1 if the true value is above that by an
// unknown amount; one is the value that a single event would have made, if there was
// none.
type side struct {
	value, one float64
	beyond     int64
}

// value is that of a block, or of an arm if samples stand for themselves.
func (d Difference) value(block []float64, a *Arm, bounds []float64) side {
	switch d.form() {
	case formRate:
		return side{value: min(block[0]/block[1], 1), one: single(block, 1)}
	case formTime:
		return side{value: min(block[0]/block[1]*d.over(), math.MaxFloat64), one: single(block, d.over())}
	case formGauge:
		return side{value: mean(a.Values, nil)}
	}
	v, beyond := quantile(d.Quantile, total(block), block, bounds)
	x := side{value: v}
	if beyond {
		x.beyond = 1
	}
	return x
}

func single(block []float64, unit float64) float64 {
	if block[0] > 0 {
		return 0
	}
	return unit / block[1]
}

// limit is how bad the candidate may be beside stable.
func (d Difference) limit(s side) float64 {
	slack := max(d.Relative*math.Abs(s.value), d.Absolute)
	if d.Fewer {
		return max(s.value-slack, -math.MaxFloat64)
	}
	limit := s.value + slack
	if d.Relative > 0 && s.one > 0 {
		limit = max(limit, s.one*(1+d.Relative))
	}
	return min(limit, math.MaxFloat64)
}

// judge compares the candidate with what stable's value was at least and at most. The
// limit is the one that it had to break.
func (d Difference) judge(c, least, most side) (result, float64) {
	loose, pass := most, least
	if d.Fewer {
		loose, pass = least, most
	}
	limit := d.limit(loose)
	known := loose.value != 0 || loose.one > 0 || d.Absolute > 0 // of nothing there is no share
	switch {
	case known && d.broken(c, loose, limit):
		return failed, limit
	case d.kept(c, pass, d.limit(pass)):
		return passed, limit
	}
	return unclear, limit
}

// broken reports whether the candidate is worse than a limit, for certain.
func (d Difference) broken(c, stable side, limit float64) bool {
	if d.Fewer {
		return above(limit, c.value) // never, if it lies beyond the last bound
	}
	return stable.beyond == 0 && (above(c.value, limit) || c.beyond == 1 && !above(limit, c.value))
}

// kept reports whether it is not worse, for certain.
func (d Difference) kept(c, stable side, limit float64) bool {
	if d.Fewer {
		return stable.beyond == 0 && !above(limit, c.value)
	}
	return c.beyond == 0 && !above(c.value, limit)
}

// Validate joins a *FieldError for everything wrong with the difference.
func (d Difference) Validate() error {
	var all strict.Problems
	x := subject{d.Bad, d.Total, d.Per, d.Histogram, d.Gauge, d.Quantile, d.Over, d.MinSample}
	x.validate(&all)
	switch {
	case !finite(d.Relative) || d.Relative < 0:
		all.Add("relative", d.Relative, "must be finite and not negative: 0.2 is 20 %")
	case d.Fewer && d.Relative >= 1:
		all.Add("relative", d.Relative, "must be below 1 with fewer: 0.2 is 20 %")
	case d.Relative == 0 && d.Absolute == 0:
		all.Add("relative", nil, "or absolute must be given: versions that are alike differ, too")
	}
	switch {
	case !finite(d.Absolute) || d.Absolute < 0:
		all.Add("absolute", d.Absolute, "must be finite and not negative")
	case d.form() == formRate && d.Absolute >= 1:
		all.Add("absolute", d.Absolute, "must be a fraction below 1: 0.01 is 1 %")
	}
	d.failures().validate(&all)
	x.validateSize(&all)
	return all.Err()
}

// Explain says how the last values compare, and how many checks failed: "3% is above
// 1.2%, stable has 1% (1 of 4 checks failed)".
func (d Difference) Explain(e *Evidence) string {
	if len(e.Counts) != differenceCounts || len(e.Log) < differenceHead || e.Counts[countChecked] == 0 {
		return "too little of both versions to compare so far"
	}
	q := quantity{d.form(), d.Histogram + d.Gauge, d.Quantile, or(d.Over, defaultOver)}
	value, limit, least, most := e.Log[logValue], e.Log[logLimit], e.Log[logLeast], e.Log[logMost]
	last := result(e.Counts[countResult])
	relation := "above "
	if d.Fewer {
		relation = "below "
	}
	text := q.name()
	switch {
	case e.Counts[countOpen]&1 == 1:
		text += "is above " + q.number(value, value) + ", the last bound of the histogram"
	case last == failed:
		text += q.number(value, limit) + " is " + relation + q.number(limit, value)
	case last == passed:
		text += q.number(value, limit) + " is not " + relation + q.number(limit, value)
	default:
		text += q.number(value, limit) + " may be " + relation + q.number(limit, value)
	}
	text += ", stable "
	switch {
	case e.Counts[countOpen]&2 == 2:
		text += "is above " + q.number(least, least)
	case least != most:
		text += "has " + q.number(least, most) + " to " + q.number(most, least)
	default:
		text += "has " + q.number(most, value)
	}
	return e.checks(text, d.form(), false, last)
}
