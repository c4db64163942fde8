package strategy

import (
	"strings"
	"testing"
)

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

// TestPlantedBugs are cases that were once not covered.
func TestPlantedBugs(t *testing.T) {
	ready := func(n int64, w Weight) Counts {
		return Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: w}
	}
	full, bottom := Step{Name: "all", Weight: Full}, Bottom()

	// The place of a leftover is only there while stable is not complete.
	f := Fleet{Desired: 4, Can: Can{Split: true}, Stable: ready(4, 5000), Leftover: ready(1, 5000), Candidate: ready(0, 0)}
	to, p := Step{Weight: 5000, Candidate: Count(2), Stable: Count(4)}, Pace{Surge: Count(0)}
	f.Candidate.Instances = 1
	if a := Move(f, &to, &p); a.Candidate.Instances != 1 {
		t.Errorf("above the ceiling: %+v", a)
	}

	// Who is overloaded need not be settled.
	f = Fleet{Desired: 4, Can: Can{Split: true}, Stable: ready(2, 0), Candidate: ready(4, Full)}
	f.Stable.Settled = 0
	if a := Move(f, &bottom, &Pace{Overload: true}); a.Stable.Weight != Full {
		t.Errorf("evacuated: %+v", a)
	}

	// Where nothing can serve, and no weights are valid, the candidate has all if the
	// step leaves nothing of stable.
	f = Fleet{Desired: 4, Can: Can{Split: true}}
	if a := Move(f, &full, &Pace{}); a.Candidate.Weight != Full {
		t.Errorf("nobody is ready: %+v", a)
	}
	if a := Move(f, &bottom, &Pace{}); a.Stable.Weight != Full {
		t.Errorf("nobody is ready: %+v", a)
	}

	if n := (&Pace{}).Need(10, 2*Full); n != 8 {
		t.Errorf("%d are needed for more than everything", n)
	}
	if s := Part(150).String() + " " + Part(-150).String(); s != "1.5% -1.5%" {
		t.Error(s)
	}
}

func TestPlantedInput(t *testing.T) {
	l := Ladder{Steps: []Step{{Name: "a", Weight: 5000}, {Name: "b", Proportional: true, Candidate: Count(1)}, {Name: "stable", Weight: 2000}}}
	want := `steps[2].name: "stable" must be another one: so the step below every ladder is called
steps[2].weight: 20% must be at least 50%, the weight of a step before`
	if err := l.Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	weights := make([]Weight, 100)
	for i := range weights {
		weights[i] = Weight(i + 1)
	}
	if _, err := (Canary{Weights: weights}).Ladder(); err == nil {
		t.Error("101 steps")
	}
	weights[99] = Full
	if l, err := (Canary{Weights: weights}).Ladder(); err != nil || l.Validate() != nil || len(l.Steps) != 100 {
		t.Errorf("100 steps: %v", err)
	}
	exclusive := Pace{Exclusive: true, Drain: -1}
	for _, s := range []Strategy{Rolling{Pace: exclusive}, BlueGreen{Pace: exclusive}, Canary{Pace: exclusive}, ABTest{Pace: exclusive}, DarkLaunch{Pace: exclusive}} {
		want := "drain: -1ns must not be negative\nexclusive: true must be left out: the strategy runs two versions at once; recreate does not"
		if _, err := s.Ladder(); err == nil || err.Error() != want {
			t.Errorf("%s: %v", s.Kind(), err)
		}
	}
	all := Rolling{Batches: 101, Partition: Count(-3)}
	if _, err := all.Ladder(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all at once: %v", err)
	}
	if _, err := (Canary{Weights: []Weight{20000}, Linear: 3, Max: -7, First: -5}).Ladder(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all at once: %v", err)
	}
}

func TestPlantedLint(t *testing.T) {
	// 33.34% of stable's requests and 1% served need 4 of 10 at a floor of 10.
	l := Ladder{Steps: []Step{{Name: "a", Weight: 100, Mirror: 3001, Candidate: Count(3), Stable: Count(10)}, {Name: "all", Weight: Full}}, Pace: Pace{Unavailable: Count(0)}}
	can := Can{Split: true, Mirror: true}
	if got := findings(l, Setting{Fleet: Fleet{Desired: 10, Can: can}}); !strings.HasPrefix(got, "a copies false") {
		t.Errorf("%q", got)
	}
	l.Steps[0].Mirror = 2929 // 1% and 28.9971%, rounded up, are 30%
	if got := findings(l, Setting{Fleet: Fleet{Desired: 10, Can: can}}); got != "" {
		t.Errorf("%q", got)
	}
	// 2 of 3 is 66.67% to the nearest.
	l = Ladder{Steps: []Step{{Name: "a", Weight: 6667}, {Name: "all", Weight: Full}}}
	if got := findings(l, Setting{Fleet: Fleet{Desired: 3}}); got != "" {
		t.Errorf("%q", got)
	}
	l = Ladder{Steps: []Step{{Name: "a", Weight: Full, Stable: Count(2)}}}
	if got, want := findings(l, Setting{Fleet: Fleet{Desired: 3, Can: can}}), "a unfinished false The last step runs 2 instances of stable on."; got != want {
		t.Errorf("%q", got)
	}
	l.Steps[0] = Step{Name: "a", Weight: 4000}
	if got, want := findings(l, Setting{Fleet: Fleet{Desired: 3, Can: can}}), "a unfinished false The last step leaves 60% of the traffic to stable."; got != want {
		t.Errorf("%q", got)
	}
}

func TestPlantedPreview(t *testing.T) {
	l, _ := BlueGreen{Routes: []Route{{Source: Header, Name: "x", Value: "1"}}}.Ladder()
	back, err := PreviewRollback(l, Fleet{Desired: 2, Can: Can{Split: true, Match: true}}, "preview")
	if err != nil || !back.Start.Routed || back.Rows[0].Routed || back.Rows[0].Candidate.Instances != 2 {
		t.Errorf("routes end first: %v\n%v", err, back)
	}
	l, _ = DarkLaunch{}.Ladder()
	if back, err = PreviewRollback(l, Fleet{Desired: 2, Can: Can{Split: true, Mirror: true}}, "dark"); err != nil || back.Start.Mirror != 1000 {
		t.Errorf("%v\n%v", err, back)
	}
	l, _ = Canary{}.Ladder()
	if fc, err := Preview(l, Fleet{Can: Can{Unlimited: true}}); err != nil || fc.Start.Stable.Weight != Full {
		t.Errorf("%v\n%v", err, fc)
	}
}
