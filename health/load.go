package health

import "time"

// Load is the traffic of a stage while a step of it is watched, as far as it is known
// before the start: what false alarms and times to wait are computed from.
type Load struct {
	// Candidate and Stable are the requests a minute that each of them serves, all its
	// instances together; 0: none. Finite.
	Candidate float64
	Stable    float64
	// Base is the share of them that is bad on stable, above 0 and at most 1: 0.005 is
	// 0.5 %. 0 is unknown.
	Base float64
	// For is how long it is watched, warm-ups left out; 0 is unknown.
	For time.Duration
}

// valid reports whether enough is known to compute anything.
func (l *Load) valid() bool {
	return l.Candidate >= 0 && finite(l.Candidate) && l.Stable >= 0 && finite(l.Stable) &&
		l.Base > 0 && l.Base <= 1 && l.For >= 0
}
