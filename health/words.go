package health

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Explain says how the last value compares with the limits, and how many checks
// failed: "5.1% is above 1% (3 of 20 checks failed)".
func (t Threshold) Explain(e *Evidence) string {
	if len(e.Counts) != thresholdCounts || len(e.Log) == 0 || e.Counts[countChecked] == 0 {
		return fmt.Sprintf("fewer than %d events so far", t.minSample())
	}
	text := t.compared(e.Log[0], e.Counts[countBeyond] == 1)
	n := e.Counts[countFailed]
	if e.Verdict == Degraded && e.Counts[countBeyond] == 0 && t.within(e.Log[0]) != failed { // harm shown before is not undone by the last check
		return fmt.Sprintf("%d of %d checks failed, the last one did not: %s", n, e.Counts[countChecked], text)
	}
	if n > 0 {
		text += fmt.Sprintf(" (%d of %d checks failed)", n, e.Counts[countChecked])
	}
	if e.Verdict == Inconclusive && e.Counts[countRun] == 0 && e.Counts[countBeyond] == 0 {
		text += ", too few events since"
	}
	return text
}

// compared says how a value stands to the limits.
func (t Threshold) compared(value float64, beyond bool) string {
	subject := ""
	if t.Histogram != "" {
		subject = "p" + strconv.FormatFloat(t.Quantile*100, 'g', 6, 64) + " "
	}
	limit, relation := t.Max, "is not above"
	switch {
	case beyond:
		return subject + "is above " + t.number(value, value) + ", the last bound of the histogram"
	case t.capped() && t.within(value) == failed && value > t.Max:
		relation = "is above"
	case t.within(value) == failed:
		limit, relation = t.Min, "is below"
	case !t.capped():
		limit, relation = t.Min, "is not below"
	}
	return subject + t.number(value, limit) + " " + relation + " " + t.number(limit, value)
}

// number shows x with as many digits as it takes to tell it from other: a
// percentage of a rate, or a quantile in the unit that the histogram's name ends
// with if that is seconds.
func (t Threshold) number(x, other float64) string {
	unit := secondsOf(t.Histogram)
	if t.Histogram == "" {
		x, other, unit = x*100, other*100, "%"
	}
	digits := 3
	for ; digits < 12 && x != other && rounded(x, digits) == rounded(other, digits); digits++ {
	}
	return plain(rounded(x, digits)) + unit
}

// secondsOf is the unit that the name of a histogram ends with, if that is seconds.
func secondsOf(selector string) string {
	if name, _, _ := strings.Cut(selector, "{"); strings.HasSuffix(name, "_seconds") {
		return "s"
	}
	return ""
}

// rounded is x with so many significant digits.
func rounded(x float64, digits int) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64) // a number that was just written
	return r
}

// plain writes no exponent where people do not expect one.
func plain(x float64) string {
	if a := math.Abs(x); a != 0 && a < 1e-6 || a >= 1e15 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
