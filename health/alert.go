package health

import (
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Alert is harm while an alert fires that somebody else has a rule for. A look finds one
// firing or none. The signal is degraded once ConsecutiveLimit looks in a row found one,
// and healthy again by a look that finds none; until the limit is reached a firing alert
// is inconclusive.
//
// No alert is a good sign only where alerts could fire at all: a source must make sure
// of that, as package health/alertmanager does, and say that there is no data where it
// cannot. An alert never proves a release good enough, and has no budget: how often it
// fires by chance is known to nobody here, so its reaction is best left at hold.
type Alert struct {
	// Match is the selector of the alerts by their labels, as a metric's: {service="checkout"}.
	// The label alertname is the name of an alert.
	Match string `json:"match"`
	// ConsecutiveLimit is how many looks in a row must find an alert firing for the
	// signal to be degraded. Default 1: at once.
	ConsecutiveLimit int `json:"consecutiveLimit"`
}

const maxMatch = 1000

// Kind is "alert".
func (a Alert) Kind() string { return "alert" }

// Measure names the alerts.
func (a Alert) Measure() Measure { return Measure{Alert: a.Match} }

// Validate joins a *FieldError for everything wrong with the judge.
func (a Alert) Validate() error {
	var all strict.Problems
	n := len(a.Match)
	if n < len(`{a=""}`) || n > maxMatch || a.Match[0] != '{' || a.Match[n-1] != '}' || !utf8.ValidString(a.Match) {
		all.Add("match", a.Match, `must be a selector in braces of at most 1000 bytes: {service="checkout"}`)
	}
	a.looks().validate(&all)
	return all.Err()
}

func (a Alert) looks() looks { return looks{consecutiveLimit: or(a.ConsecutiveLimit, 1)} }

// Begin leaves everything as it is: what is kept speaks against the release.
func (a Alert) Begin(*Evidence) {}

// Fold adds a look: the candidate's Exposure is 1, and Bad is 1 if an alert fires.
func (a Alert) Fold(e *Evidence, s *Sample) bool {
	return a.looks().fold(e, s.Candidate.Bad, s.Candidate.Exposure, s.Candidate.Exposure > 0)
}

// Explain says whether an alert fires: "an alert that matches {service="checkout"}
// fires, 3 times in a row".
func (a Alert) Explain(e *Evidence) string {
	switch c := seen(e); {
	case c == nil:
		return "nobody looked for alerts yet"
	case c[lookBad] == 0:
		return "no alert that matches " + a.Match + " fires"
	default:
		return "an alert that matches " + a.Match + " fires" + inARow(c)
	}
}
