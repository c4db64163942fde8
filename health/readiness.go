package health

import "time"

// Where the counts of the evidence of readiness stand.
const (
	countReady = iota // instances that were ready when last noted
	countNeed         // instances that had to be
	readinessCounts
)

// Begin starts a step for the implicit signal.
func (r *Readiness) Begin(e *Evidence) { e.begin() }

// Observe adds what was seen of the candidate's instances at an instant, and
// reports whether that changed anything: it does when the verdict changes, or when
// Every has passed since it was last noted. An instant that is not later than what
// was noted changes nothing, except that the first one of a step may be the last
// one before it. It never writes into memory that a copy of the evidence shares.
//
// Too few ready instances are inconclusive at once, and degraded when that lasted
// Grace since the first observation with too few; enough are healthy again.
// Observations more than twice Every apart begin a new healthy run.
func (r *Readiness) Observe(e *Evidence, at time.Time, ready, need int64) bool {
	first := e.Verdict == "" && at.Equal(e.Through)
	if !first && !at.After(e.Through) || !writable(at) {
		return false
	}
	v := r.verdict(e, at, ready >= need)
	if v == e.Verdict && at.Sub(e.Through) < r.every() {
		return false
	}
	if len(e.Counts) != readinessCounts || e.Counts[countReady] != ready || e.Counts[countNeed] != need {
		e.Counts = []int64{countReady: ready, countNeed: need}
	}
	e.become(v, at)
	if v == Healthy {
		e.Passes++
		if e.Clean.IsZero() || at.Sub(e.Through) > 2*r.every() {
			e.Clean = at
		}
	} else {
		e.Clean, e.Passes = time.Time{}, 0
	}
	e.Through, e.Seen = at, at
	return true
}

// Next is the earliest instant at which an observation like the last one would
// change the evidence: when it is to be noted again, or its grace ends.
func (r *Readiness) Next(e *Evidence) time.Time {
	next := e.Through.Add(r.every())
	if end := e.Since.Add(r.grace()); e.Verdict == Inconclusive && end.Before(next) {
		return end
	}
	return next
}

func (r *Readiness) verdict(e *Evidence, at time.Time, enough bool) Verdict {
	if enough {
		return Healthy
	}
	first := at
	if e.Verdict == Inconclusive {
		first = e.Since
	}
	if e.Verdict == Degraded || at.Sub(first) >= r.grace() {
		return Degraded
	}
	return Inconclusive
}
