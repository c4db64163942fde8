package strategy

import "testing"

// TestStartingIsAskedFor: while a scale event is shared, what is starting counts,
// whatever the pace leaves out of the ceiling; or a fleet would grow at each look.
func TestStartingIsAskedFor(t *testing.T) {
	full, p := Step{Name: "all", Weight: Full}, Pace{IgnoreStarting: true}
	f := Fleet{Desired: 10, Before: 8, Can: Can{Split: true}}
	f.Stable = Counts{Instances: 6, Ready: 6, Settled: 6, Releasable: 6, Weight: 7500}
	f.Candidate = Counts{Instances: 2, Ready: 2, Settled: 2, Releasable: 2, Weight: 2500}
	for range 10 {
		a := Move(f, &full, &p)
		f.Stable.Instances, f.Stable.Starting = a.Stable.Instances, a.Stable.Instances-f.Stable.Ready
		f.Candidate.Instances, f.Candidate.Starting = a.Candidate.Instances, a.Candidate.Instances-f.Candidate.Ready
	}
	if f.Stable.Instances > 10 || f.Candidate.Instances > 10 {
		t.Errorf("%d and %d", f.Stable.Instances, f.Candidate.Instances)
	}
}

// TestScaledBesideAnEnd: a scale event gives nobody more than the step does.
func TestScaledBesideAnEnd(t *testing.T) {
	counts := Counts{Instances: 23, Ready: 23, Settled: 23, Releasable: 23, Weight: Full}
	for name, to := range map[string]Step{
		"stable":    {Name: "none", Candidate: Count(0), Stable: Count(23)},
		"candidate": {Name: "all", Weight: Full, Candidate: Count(23), Stable: Count(0)},
	} {
		f := Fleet{Desired: 40, Before: 1}
		p := Pace{Unavailable: Count(17)}
		want := Share{Instances: 23, Weight: Full}
		if f.Stable = counts; to.Weight == Full {
			f.Stable, f.Candidate = Counts{}, counts
		}
		if a := Move(f, &to, &p); !Arrived(f, &to, &p) || a.Stable != want && a.Candidate != want {
			t.Errorf("%s: %v, %+v", name, Arrived(f, &to, &p), a)
		}
	}
}

// TestCoarseRouterServes: no traffic, or all of it, is not near to some.
func TestCoarseRouterServes(t *testing.T) {
	counts := func(n int64, w Weight) Counts {
		return Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: w}
	}
	can := Can{Split: true, Grain: 500}
	for _, w := range []Weight{100, 9900} {
		f := Fleet{Desired: 4, Can: can, Stable: counts(4, Full), Candidate: counts(4, 0)}
		if w > 5000 {
			f.Stable.Weight, f.Candidate.Weight = 0, Full
		}
		to := Step{Name: "some", Weight: w, Candidate: Count(4), Stable: Count(4)}
		if Arrived(f, &to, &Pace{}) || Feasible(&to, &Pace{}, 4, can) == nil {
			t.Errorf("%v with %v is arrived at, or feasible", w, f.Candidate.Weight)
		}
		to.Weight = 600
		if w > 5000 {
			to.Weight = 9400
		}
		if err := Feasible(&to, &Pace{}, 4, can); err != nil || Arrived(f, &to, &Pace{}) {
			t.Errorf("%v: %v", to.Weight, err)
		}
	}
	toggle := Can{Unlimited: true, Grain: 100}
	if Feasible(&Step{Weight: 50}, &Pace{}, 0, toggle) == nil || Feasible(&Step{Weight: 100}, &Pace{}, 0, toggle) != nil {
		t.Error("a coarse toggle")
	}
}

// served is a version all of whose instances serve a share.
func served(n int64, w Weight) Counts {
	return Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: w}
}

// TestRollbackGrowsStable: who goes back wants no more of the candidate, whatever the
// autoscaler does.
func TestRollbackGrowsStable(t *testing.T) {
	bottom := Bottom()
	f := Fleet{Desired: 20, Before: 10, Stable: served(5, 5000), Candidate: Counts{Instances: 7, Weight: 5000}, Can: Can{Split: true}}
	if a := Move(f, &bottom, &Pace{}); a.Stable.Instances != 18 || a.Candidate.Instances != 7 {
		t.Errorf("%+v", a)
	}
	f = Fleet{Desired: 3, Before: 2, Stable: served(1, 5000), Candidate: served(1, 5000)}
	if a := Move(f, &bottom, &Pace{Surge: Count(0)}); a.Stable.Instances != 2 || a.Candidate.Instances != 1 {
		t.Errorf("%+v", a)
	}
}

// TestStoppingSharesNoGrowth: what is stopping and counted leaves less to share.
func TestStoppingSharesNoGrowth(t *testing.T) {
	f := Fleet{Desired: 10, Before: 9, Stable: served(5, 5000), Candidate: served(4, 5000), Can: Can{Split: true}}
	f.Stable.Stopping = 3
	a := Move(f, &Step{Name: "all", Weight: Full, Candidate: Count(20)}, &Pace{CountStopping: true})
	if more := a.Stable.Instances + a.Candidate.Instances - 9; more != 1 {
		t.Errorf("%d are added: %+v", more, a)
	}
}

// TestSwitchIsOne: beside all of stable the candidate gets nothing more until it is
// complete, and keeps what it has.
func TestSwitchIsOne(t *testing.T) {
	for _, pace := range []Pace{{}, {Surge: Count(0)}} {
		l, err := BlueGreen{Pace: pace}.Ladder()
		if err != nil {
			t.Fatal(err)
		}
		f := Fleet{Desired: 10, Stable: served(10, Full), Candidate: served(9, 0), Can: Can{Split: true}}
		f.Candidate.Instances = 10
		to := &l.Steps[1]
		if to.Name != "switch" {
			t.Fatal(l)
		}
		if a := Move(f, to, &l.Pace); a.Candidate.Weight != 0 {
			t.Errorf("%v with 9 of 10 settled", a.Candidate.Weight)
		}
		f.Candidate = served(10, 0)
		if a := Move(f, to, &l.Pace); a.Candidate.Weight != Full {
			t.Errorf("%v with all settled", a.Candidate.Weight)
		}
		f.Stable.Weight, f.Candidate.Weight, f.Candidate.Settled = 5000, 5000, 9
		if a := Move(f, to, &l.Pace); a.Candidate.Weight != 5000 {
			t.Errorf("%v after an instance was exchanged", a.Candidate.Weight)
		}
	}
}

// TestCohortStays: who is routed to the candidate is so until it has all traffic.
func TestCohortStays(t *testing.T) {
	beta := []Route{{Source: User, Name: "group", Value: "beta"}}
	for _, s := range []Strategy{
		ABTest{Routes: beta, Candidate: Percent(20)}, BlueGreen{Routes: beta}, BlueGreen{Routes: beta, Weights: []Weight{1000, Full}},
	} {
		l, err := s.Ladder()
		if err != nil {
			t.Fatal(err)
		}
		fc, err := Preview(l, Fleet{Desired: 10, Can: Can{Split: true, Match: true}})
		if err != nil {
			t.Fatal(err)
		}
		routed := false
		for _, r := range fc.Rows {
			if routed && !r.Routed && r.Candidate.Weight < Full {
				t.Errorf("%s: the cohort sees stable again at step %s:\n%v", s.Kind(), r.Step, fc)
			}
			routed = routed || r.Routed
		}
		if !routed || fc.Rows[len(fc.Rows)-1].Routed {
			t.Errorf("%s: routed %v:\n%v", s.Kind(), routed, fc)
		}
	}
}

// TestGrainWithoutInstances: a coarse router is found where there is nothing else.
func TestGrainWithoutInstances(t *testing.T) {
	l, _ := Canary{Weights: []Weight{1250, Full}}.Ladder()
	found := Lint(l, Setting{Fleet: Fleet{Can: Can{Unlimited: true, Grain: 100}}})
	if len(found) != 1 || found[0].Rule != RuleWeight || found[0].Step != "12.5%" {
		t.Errorf("%+v", found)
	}
}

// TestScaledDownSharesNothing: there is no growth to share when a service shrinks.
func TestScaledDownSharesNothing(t *testing.T) {
	f := Fleet{Desired: 10, Before: 20, Stable: served(6, 6000), Candidate: served(5, 4000), Can: Can{Split: true}}
	if a := Move(f, &Step{Name: "all", Weight: Full}, &Pace{}); a.Stable.Instances != 6 || a.Candidate.Instances != 7 {
		t.Errorf("%+v", a)
	}
}
