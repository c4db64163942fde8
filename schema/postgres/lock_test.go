package postgres

import "testing"

// The table of the manual, "Conflicting Lock Modes": x where two transactions cannot hold both.
func TestConflicts(t *testing.T) {
	table := []string{
		".......x", // AccessShare
		"......xx", // RowShare
		"....xxxx", // RowExclusive
		"...xxxxx", // ShareUpdateExclusive
		"..xx.xxx", // Share
		"..xxxxxx", // ShareRowExclusive
		".xxxxxxx", // Exclusive
		"xxxxxxxx", // AccessExclusive
	}
	for i, row := range table {
		for j, c := range row {
			if got := modes[i+1].Conflicts(modes[j+1]); got != (c == 'x') {
				t.Errorf("%s, %s: %v", modes[i+1], modes[j+1], got)
			}
		}
		if modes[i+1].Conflicts(NoLock) || !modes[i+1].Conflicts("other") {
			t.Errorf("%s against none or an unknown one", modes[i+1])
		}
	}
}
