package strategy

import "testing"

// TestArrivedAsksForStable: a step has not arrived before stable carries its share,
// whatever the candidate looks like.
func TestArrivedAsksForStable(t *testing.T) {
	half := Step{Name: "half", Weight: 5000}
	bottom := Bottom()
	ready := func(n int64, w Weight) Counts {
		return Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: w}
	}
	unready := func(c Counts, settled, ready int64) Counts {
		c.Settled, c.Ready = settled, ready
		return c
	}
	for _, c := range []struct {
		name      string
		to        *Step
		stable    Counts
		candidate Counts
		split     bool
		want      bool
	}{
		{"as the step says", &half, ready(5, 5000), ready(5, 5000), true, true},
		{"stable is ready but not settled", &half, unready(ready(5, 5000), 0, 5), ready(5, 5000), true, false},
		{"one of stable is not settled", &half, unready(ready(5, 5000), 4, 4), ready(5, 5000), true, true}, // 4 carry half of a floor of 8
		{"too few of stable are settled", &half, unready(ready(5, 5000), 3, 5), ready(5, 5000), true, false},
		{"too few of stable", &half, ready(4, 5000), ready(5, 5000), true, false},
		{"back, and stable is not ready", &bottom, unready(ready(10, 10000), 0, 0), Counts{}, false, false},
		{"back, without a splitter", &bottom, ready(10, 10000), Counts{}, false, true},
		{"back, with weight left", &bottom, ready(10, 9999), Counts{Weight: 1}, true, false},
	} {
		f := Fleet{Desired: 10, Stable: c.stable, Candidate: c.candidate, Can: Can{Split: c.split}}
		if got := Arrived(f, c.to, &Pace{}); got != c.want {
			t.Errorf("%s: arrived is %v", c.name, got)
		}
	}
}
