package health

// Verdict is what the evidence of a signal says. The empty Verdict means that
// nothing was seen yet and is treated as NoData everywhere. Only Healthy ever
// lets a rollout go on.
type Verdict string

// The verdicts.
const (
	Healthy      Verdict = "healthy"      // fresh data, minimum sample met, no harm shown
	Degraded     Verdict = "degraded"     // harm shown
	Inconclusive Verdict = "inconclusive" // below the minimum sample, or in a declared grey zone
	NoData       Verdict = "noData"       // nothing was measured
	Error        Verdict = "error"        // the measurement itself went wrong
	Cancelled    Verdict = "cancelled"    // the measurement was stopped before it ended
)

// Missing reports whether the verdict says nothing about the release: no data, a
// measurement that went wrong or was cancelled.
func (v Verdict) Missing() bool {
	return v != Healthy && v != Degraded && v != Inconclusive
}

// known reports whether it is one of the verdicts.
func (v Verdict) known() bool {
	switch v {
	case Healthy, Degraded, Inconclusive, NoData, Error, Cancelled:
		return true
	}
	return false
}

// rank orders verdicts by how much they matter when several signals are combined.
func (v Verdict) rank() int {
	switch v {
	case Healthy:
		return 0
	case Inconclusive:
		return 1
	case Cancelled:
		return 2
	case Error:
		return 4
	case Degraded:
		return 5
	default:
		return 3 // NoData, nothing, and words that nobody knows
	}
}

// Reaction is what a signal asks for when it is degraded or missing. The empty
// Reaction is Hold.
type Reaction string

// The reactions.
const (
	Hold     Reaction = "hold"     // stop and ask a person
	Rollback Reaction = "rollback" // go back to stable
	Continue Reaction = "continue" // nothing to do; only in an [Assessment], never declared
)

// Reactions declares what follows from a signal.
type Reactions struct {
	Degraded Reaction `json:"degraded"` // harm shown
	Missing  Reaction `json:"missing"`  // no conclusive data for the signal's MaxGap
	// Alone takes the place of Degraded in a comparison with stable while the candidate
	// has a single instance: what is wrong may be that one, or its machine, as well as the
	// version, and no test can tell. Default hold.
	Alone Reaction `json:"alone"`
}
