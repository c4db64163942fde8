package health

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Explain says how the last value compares with the limits, and how many checks
// failed: "5.1% is above 1% (3 of 20 checks failed)".
func (t Threshold) Explain(e *Evidence) string {
	if len(e.Counts) != thresholdCounts || len(e.Log) == 0 || e.Counts[countChecked] == 0 {
		switch t.form() {
		case formGauge:
			return "no values so far"
		case formTime:
			return "measured for less than " + strict.FormatDuration(or(t.Over, defaultOver)) + " so far"
		}
		return fmt.Sprintf("fewer than %d events so far", t.minSample())
	}
	beyond := e.Counts[countBeyond] == 1
	last := t.within(e.Log[0], e.Log[0]).result
	return e.checks(t.compared(e.Log[0], beyond), t.form(), beyond, last)
}

// checks adds to what the last check showed how many failed, and that the verdict is
// about too little since.
func (e *Evidence) checks(text string, f form, beyond bool, last result) string {
	n := e.Counts[countFailed]
	if e.Verdict == Degraded && !beyond && last != failed { // harm shown before is not undone by the last check
		return fmt.Sprintf("%d of %d checks failed, the last one did not: %s", n, e.Counts[countChecked], text)
	}
	if n > 0 {
		text += fmt.Sprintf(" (%d of %d checks failed)", n, e.Counts[countChecked])
	}
	if e.Verdict == Inconclusive && e.Counts[countRun] == 0 && !beyond && last != unclear {
		switch f {
		case formGauge:
			text += ", no values since"
		case formTime:
			text += ", measured for too short since"
		default:
			text += ", too few events since"
		}
	}
	return text
}

// compared says how a value stands to the limits.
func (t Threshold) compared(value float64, beyond bool) string {
	q := quantity{t.form(), t.Histogram + t.Gauge, t.Quantile, or(t.Over, defaultOver)}
	c := t.within(value, value)
	limit, relation, tail := t.Max, "is not above", ""
	switch {
	case beyond:
		return q.name() + "is above " + q.number(value, value) + ", the last bound of the histogram"
	case c.low:
		limit, relation = t.Min, "is below"
	case c.result == failed:
		relation = "is above"
	case c.result == unclear && t.capped() && above(value, t.most()):
		limit, relation, tail = t.most(), "is above", ", in the grey zone up to "+q.number(t.Max, t.most())
	case c.result == unclear:
		limit, relation, tail = t.least(), "is below", ", in the grey zone down to "+q.number(t.Min, t.least())
	case !t.capped():
		limit, relation = t.least(), "is not below"
	default:
		limit = t.most()
	}
	return q.name() + q.number(value, limit) + " " + relation + " " + q.number(limit, value) + tail
}

// quantity is how a value is written.
type quantity struct {
	form     form
	selector string // of the histogram or the gauge
	quantile float64
	over     time.Duration
}

// name is what stands before a value, so that one knows what it is.
func (q quantity) name() string {
	if q.form == formQuantile {
		return "p" + strconv.FormatFloat(q.quantile*100, 'g', 6, 64) + " "
	}
	return ""
}

// number shows x with as many digits as it takes to tell it from other: a
// percentage of a rate, events in a time, or a value in the unit that the name of the
// histogram or the gauge ends with if that is seconds.
func (q quantity) number(x, other float64) string {
	unit := ""
	switch {
	case q.form == formRate:
		x, other, unit = x*100, other*100, "%"
	case q.form == formTime:
		unit = perUnit(q.over)
	default:
		unit = secondsOf(q.selector)
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

// perUnit is the unit of events in a time.
func perUnit(over time.Duration) string {
	switch over {
	case time.Second:
		return "/s"
	case time.Minute:
		return "/min"
	case time.Hour:
		return "/h"
	}
	return " in " + strict.FormatDuration(over)
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
