package main

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// TestRun: what is printed is always the same, but for the evidence.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		if err := run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		const want = `2.0: step 10% is reached: the exposure is 19%
2.0: step 50% is reached: the exposure is 55%
2.0: stage web goes back to 1.0: orders: more than stable's rate, ...
2.0: rolledBack, 10% of the users have one page
2.1: step 10% is reached: the exposure is 19%
2.1: step 50% is reached: the exposure is 55%
2.1: step 100% is reached: the exposure is 100%
2.1: completed, 100% of the users have one page
`
		// How strong the evidence is follows from who is first in the instant of a look.
		got := regexp.MustCompile(`evidence.*`).ReplaceAllString(out.String(), "...")
		if got != want {
			t.Errorf("%s", got)
		}
	})
}
