package health

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Test is an end-to-end test that is run again and again: every sample is a finished
// run. How many runs may fail is said by FailureLimit and ConsecutiveLimit; one that
// fails within them is inconclusive, and one that passes is healthy. A run that could not
// be made, took too long or was cancelled is no run at all: neither a failure nor health.
//
// The signal's Every is the pause between two runs, and its MaxGap, from when a run is
// missed, must be longer than the pause and a run together. A test never proves a
// release good enough.
type Test struct {
	// Suite is the name of a test that the source knows.
	Suite string `json:"suite"`
	// FailureLimit is how many runs of an attempt may fail. The signal is degraded by
	// the next one, until a new attempt.
	FailureLimit int `json:"failureLimit"`
	// ConsecutiveLimit is how many runs must fail in a row for the signal to be degraded;
	// 0 means none. Given alone, it takes the place of FailureLimit, and a passing run
	// makes the signal healthy again. With both, the first decides.
	ConsecutiveLimit int `json:"consecutiveLimit"`
}

// Kind is "test".
func (t Test) Kind() string { return "test" }

// Measure names the test.
func (t Test) Measure() Measure { return Measure{Test: t.Suite} }

// Validate joins a *FieldError for everything wrong with the test.
func (t Test) Validate() error {
	var all strict.Problems
	checkWord(&all, "suite", t.Suite, maxName)
	t.looks().validate(&all)
	return all.Err()
}

func (t Test) looks() looks { return looks{t.FailureLimit, t.ConsecutiveLimit} }

// Begin leaves everything as it is: what is kept speaks against the release.
func (t Test) Begin(*Evidence) {}

// Fold adds a run: the candidate's Exposure is 1, and Bad is 1 if it failed.
func (t Test) Fold(e *Evidence, s *Sample) bool {
	return t.looks().fold(e, s.Candidate.Bad, s.Candidate.Exposure, s.Candidate.Exposure > 0)
}

// Explain says how the last run ended: "the test checkout failed (2 of 5 runs failed)".
func (t Test) Explain(e *Evidence) string {
	c := seen(e)
	if c == nil {
		return "the test " + t.Suite + " did not end yet"
	}
	ended := "passed"
	if c[lookBad] > 0 {
		ended = "failed"
	}
	text := "the test " + t.Suite + " " + ended
	if c[lookFailed] > 0 && c[lookAll] > 1 {
		text += fmt.Sprintf(" (%d of %d runs failed)", c[lookFailed], c[lookAll])
	}
	return text
}
