package health

import (
	"slices"
	"time"
)

// Evidence is what a judge has learned from the samples of one signal: one shape
// for all judges, of constant size, owned by the state of the rollout. Numbers
// are finite.
type Evidence struct {
	// Through is the end of the last interval that was folded.
	Through time.Time `json:"through"`
	// Seen is the end of the last interval that held anything conclusive: freshness
	// is measured from it.
	Seen time.Time `json:"seen"`
	// Clean is where the present unbroken run of gapless intervals began in which the
	// verdict was healthy; zero while it is not. Intervals that only fill up what is
	// too little to judge belong to the run. Bake time counts from it.
	Clean time.Time `json:"clean"`
	// Since is when the verdict became what it is; zero while nothing was seen.
	Since time.Time `json:"since"`
	// Passes is how many conclusive intervals in a row were healthy, gaps or not.
	Passes int64 `json:"passes"`
	// Verdict is the judge's, as of Through; [Policy.Assess] adds freshness.
	Verdict Verdict `json:"verdict"`
	// Proven says that the candidate was shown good enough, apart from the verdict.
	Proven bool `json:"proven"`
	// Alone says that harm was shown while the candidate was to have a single instance
	// ([Reactions]): it stays so, however many there are later.
	Alone bool `json:"alone"`
	// Doubt says that what the judge gathers now was measured elsewhere in part, so that
	// its next check can speak against the release only ([Signal.FoldHarm]).
	Doubt bool `json:"doubt"`
	// Reason is what the source says of the last interval: why it could not be measured,
	// or what was seen.
	Reason string `json:"reason"`
	// Dropped counts samples that overlapped what was folded and were left out;
	// Overlap is the end of the last of them, so that none is counted twice.
	Dropped int64     `json:"dropped"`
	Overlap time.Time `json:"overlap"`
	// Counts and Log are the judge's own.
	Counts []int64   `json:"counts"`
	Log    []float64 `json:"log"`
}

// Clone returns evidence that shares no memory with e.
func (e Evidence) Clone() Evidence {
	e.Counts = slices.Clone(e.Counts)
	e.Log = slices.Clone(e.Log)
	return e
}

// largestLog bounds what may stand in the log of evidence: far above anything that is
// ever counted, and far below where sums and products of such numbers are none.
const largestLog = 1e100

// Sound reports whether the evidence may be that of the signal. A state that was read
// back may have been changed by others.
func (g *Signal) Sound(e *Evidence) bool {
	for _, x := range e.Log {
		if !(x >= -largestLog && x <= largestLog) {
			return false
		}
	}
	j, ok := g.Judge.(interface{ sound(e *Evidence) bool })
	return !ok || j.sound(e)
}

// become sets the verdict as of the end of an interval.
func (e *Evidence) become(v Verdict, at time.Time) {
	if v != e.Verdict {
		e.Verdict, e.Since = v, at
	}
}

// begin starts a step: what speaks for the release is forgotten, what speaks
// against it stays.
func (e *Evidence) begin() {
	e.Clean, e.Passes, e.Proven, e.Doubt = time.Time{}, 0, false, false
	if e.Verdict != Degraded {
		e.Verdict, e.Since = "", time.Time{}
	}
}

// doubt takes back what speaks for the release. The healthy run goes on if the next
// interval is healthy again.
func (e *Evidence) doubt() {
	e.Passes, e.Proven = 0, false
	if e.Verdict == Healthy {
		e.become(Inconclusive, e.Through)
	}
}
