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

// TestNothingArrivesAtTheImpossible: a fleet that shrank below its step has not
// arrived at it, whatever it looks like.
func TestNothingArrivesAtTheImpossible(t *testing.T) {
	l, _ := Rolling{Batches: 5}.Ladder()
	one := Counts{Instances: 1, Ready: 1, Settled: 1, Releasable: 1, Weight: Full}
	for _, f := range []Fleet{{Desired: 1, Stable: one}, {Desired: 1, Candidate: one}} {
		if to := &l.Steps[2]; Arrived(f, to, &l.Pace) || Distance(f, to, &l.Pace) == 0 {
			t.Errorf("%+v is at %v", f, to.Weight)
		}
	}
	part, _ := Rolling{Partition: Count(3)}.Ladder()
	for desired, want := range []bool{true, false, false, false, true} {
		if err := Feasible(&part.Steps[0], &part.Pace, int64(desired), Can{}); (err == nil) != want {
			t.Errorf("a partition of 3 of %d: %v", desired, err)
		}
	}
}

// TestArrivedAtTheQuota: a fleet that is what the step says has arrived, though a
// quota leaves no room to exchange anything.
func TestArrivedAtTheQuota(t *testing.T) {
	p := Pace{Unavailable: Count(0)}
	can := Can{Split: true, Quota: 4}
	for name, c := range map[string]struct {
		f  Fleet
		to Step
	}{
		"stable":    {Fleet{Desired: 4, Stable: served(4, Full), Can: can}, Bottom()},
		"candidate": {Fleet{Desired: 4, Candidate: served(4, Full), Can: can}, Step{Name: "all", Weight: Full}},
	} {
		if !Arrived(c.f, &c.to, &p) {
			t.Errorf("%s: not arrived, %d away", name, Distance(c.f, &c.to, &p))
		}
		if Feasible(&c.to, &p, 4, can) == nil {
			t.Errorf("%s: can be reached from elsewhere", name)
		}
		l := Ladder{Steps: []Step{{Name: "all", Weight: Full}}, Pace: p}
		if _, err := PreviewRollback(l, c.f, ""); (err == nil) != (name == "stable") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
