package main

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestRun: what is printed is always the same.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		if err := run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		const want = `2.0: step 10% is reached
2.0: step 50% is reached
2.0: rolledBack, 10 % of the users have one page
2.1: step 10% is reached
2.1: step 50% is reached
2.1: step 100% is reached
2.1: completed, 100 % of the users have one page
`
		if out.String() != want {
			t.Errorf("%s", out.String())
		}
	})
}
