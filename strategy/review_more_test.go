package strategy

import (
	"strings"
	"testing"
)

// served is a version all of whose instances serve a share.
func served(n int64, w Weight) Counts {
	return Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: w}
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

// TestRepeatedInAFleet: steps may be the same in this fleet only.
func TestRepeatedInAFleet(t *testing.T) {
	l, _ := Canary{Weights: []Weight{100, 1000, 2500, Full}}.Ladder()
	for desired, want := range map[int64]string{4: "10% 25%", 40: ""} {
		var steps []string
		for _, f := range Lint(l, Setting{Fleet: Fleet{Desired: desired}}) {
			if f.Rule == RuleRepeated {
				steps = append(steps, f.Step)
			}
		}
		if got := strings.Join(steps, " "); got != want {
			t.Errorf("of %d: %s", desired, got)
		}
	}
}

// TestStickyIsOneRule: what a target cannot keep apart is found, previewed and
// refused at the same steps.
func TestStickyIsOneRule(t *testing.T) {
	l, _ := Canary{Sticky: Sticky{Source: User, Name: "id"}, Weights: []Weight{1000, Full}}.Ladder()
	f := Fleet{Desired: 10, Can: Can{Split: true}}
	if _, err := Preview(l, f); err == nil || !strings.HasPrefix(err.Error(), `step "10%": users are to stay`) {
		t.Error(err)
	}
	found := Lint(l, Setting{Fleet: f})
	if len(found) != 1 || found[0].Step != "10%" || found[0].Rule != RuleMatch || !found[0].Blocks {
		t.Errorf("%+v", found)
	}
	at := Fleet{Desired: 10, Stable: served(9, 9000), Candidate: served(1, 1000), Can: Can{Split: true}}
	if step := &l.Steps[0]; l.Arrived(at, step) || !Arrived(at, step, &l.Pace) || l.Feasible(&l.Steps[1], 10, f.Can) != nil {
		t.Error("arrived among users that cannot be told apart, or everybody is parted")
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

// TestPartitionLeavesOne: a part of two is one.
func TestPartitionLeavesOne(t *testing.T) {
	l, _ := Rolling{Partition: Percent(95)}.Ladder()
	for _, n := range []int64{2, 5, 10, 19, 20} {
		if err := l.Feasible(&l.Steps[0], n, Can{}); err != nil {
			t.Errorf("of %d: %v", n, err)
		}
	}
	if l, _ = (Rolling{Partition: Percent(100)}).Ladder(); l.Feasible(&l.Steps[0], 10, Can{}) == nil {
		t.Error("all is no part")
	}
}

// TestNamesThatCannotBe are refused.
func TestNamesThatCannotBe(t *testing.T) {
	all := Step{Name: "all", Weight: Full}
	for _, l := range []Ladder{
		{Steps: []Step{{Name: "p", Stable: Percent(100)}, all}, Pace: Pace{Exclusive: true}},
		{Steps: []Step{{Name: " ", Weight: Full}}},
		{Steps: []Step{{Name: "a\u2028b", Weight: Full}}},
		{Steps: []Step{{Name: "a", Weight: Full, Routes: make([]Route, 101)}}},
		{Steps: []Step{all}, Sticky: Sticky{Source: Header, Name: "x id"}},
		{Steps: []Step{all}, Sticky: Sticky{Source: User, Name: " "}},
	} {
		if l.Validate() == nil {
			t.Errorf("accepted: %+v", l)
		}
	}
	for name, want := range map[string]bool{"x-Beta_1.~": true, "x beta": false, "a=b": false, "é": false, "x@": false, "x[": false} {
		for _, source := range []string{Header, Cookie} {
			if err := (Route{Source: source, Name: name, Value: "1"}).Validate(); (err == nil) != want {
				t.Errorf("%s %s: %v", source, name, err)
			}
		}
	}
	if err := (Route{Source: User, Name: "pays d'été", Value: "1"}).Validate(); err != nil {
		t.Error(err)
	}
}

// TestScaledDownSharesNothing: there is no growth to share when a service shrinks.
func TestScaledDownSharesNothing(t *testing.T) {
	f := Fleet{Desired: 10, Before: 20, Stable: served(6, 6000), Candidate: served(5, 4000), Can: Can{Split: true}}
	if a := Move(f, &Step{Name: "all", Weight: Full}, &Pace{}); a.Stable.Instances != 6 || a.Candidate.Instances != 7 {
		t.Errorf("%+v", a)
	}
}
