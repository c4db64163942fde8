package health

import "github.com/seed-20fe5ead/gradatim/internal/strict"

// result is what a check says.
type result uint8

const (
	pending result = iota // there is too little to check
	passed
	failed
	unclear // neither: in a grey zone, or beyond what a histogram shows
)

// failures are how many checks may fail, in an attempt and in a row.
type failures struct{ all, row int }

// Where failures keep their counts, at the front of those of the evidence.
const (
	countFailed  = iota // checks that failed in this attempt
	countRun            // of them, how many in a row, at this step
	countChecked        // checks in this attempt
	limitCounts
)

// conclude is the verdict after a sample; open says that what is gathered holds
// events and can still pass.
func (l failures) conclude(e *Evidence, r result, open bool) Verdict {
	switch {
	case r == failed:
		e.Counts[countFailed]++
		e.Counts[countRun]++
		if e.Verdict == Degraded || l.exceeded(e) || l.row > 0 && e.Counts[countRun] >= int64(l.row) {
			return Degraded
		}
		return Inconclusive
	case r == passed:
		e.Counts[countRun] = 0
		if l.exceeded(e) {
			return Degraded
		}
		return Healthy
	case e.Verdict == Degraded:
		return Degraded
	case r == unclear, !open, e.Verdict.Missing():
		return Inconclusive
	}
	return e.Verdict
}

// exceeded reports whether more checks failed in the attempt than may fail.
func (l failures) exceeded(e *Evidence) bool {
	return (l.all > 0 || l.row == 0) && e.Counts[countFailed] > int64(l.all)
}

func (l failures) validate(all *strict.Problems) {
	if l.all < 0 {
		all.Add("failureLimit", l.all, "must not be negative")
	}
	if l.row < 0 {
		all.Add("consecutiveLimit", l.row, "must not be negative")
	}
}
