package strategy

import (
	"fmt"
	"strings"
	"testing"
)

// What the mistakes of testdata/mutants.txt would break that no other test sees:
// single calls with numbers reckoned by hand.

// serving are n instances of which all is as it should be.
func serving(n int64, w Weight) Counts {
	return Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: w}
}

// TestMoveByHand are moves of fleets, 10 large if nothing else is said: a ceiling of
// 13 and a floor of 8, of which each instance carries 12.5%.
func TestMoveByHand(t *testing.T) {
	split := Can{Split: true}
	full, half, bottom := Step{Weight: Full}, Step{Weight: 5000}, Bottom()
	beta := Step{Candidate: Count(4), Stable: Percent(100), Routes: []Route{{Source: Header, Name: "x", Value: "1"}}}
	failing := Counts{Instances: 4, Ready: 3, Settled: 2, Releasable: 3}
	slow := Counts{Instances: 3, Starting: 3}
	for _, c := range []struct {
		name string
		f    Fleet
		to   Step
		p    Pace
		want string
	}{
		// Stable carries all of it. Of the leftover 50% need 4, of stable 100% need 8.
		{"what a leftover has goes to stable", Fleet{Stable: serving(10, 5000), Leftover: serving(5, 5000), Can: split}, half, Pace{}, "stable 8 100%, candidate 0 0%, leftover 4 0%"},
		// 6 of stable carry 75%. The rest is what the leftover has; 25% need 2.
		{"what stable cannot have stays with leftovers", Fleet{Stable: serving(6, 5000), Candidate: serving(4, 2500), Leftover: serving(4, 2500), Can: split}, bottom, Pace{}, "stable 6 75%, candidate 2 0%, leftover 2 25%"},
		// 4 of stable carry 50%. The leftover's 30% need 3, and 3 carry 37.5%.
		{"a leftover has what its instances carry", Fleet{Stable: serving(4, 5000), Candidate: serving(4, 2000), Leftover: serving(4, 3000), Can: split}, bottom, Pace{}, "stable 5 50%, candidate 4 12.5%, leftover 4 37.5%"},
		// 4 run and 4 may; but a leftover serves beside the candidate. 1 of 3 carries 33.34%.
		{"three versions have a place more", Fleet{Desired: 4, Stable: serving(2, 5000), Candidate: serving(1, 2500), Leftover: serving(1, 2500), Can: split}, bottom, Pace{Surge: Count(0)}, "stable 3 66.67%, candidate 1 0%, leftover 1 33.33%"},
		{"starting instances are not counted", Fleet{Stable: serving(10, Full), Candidate: slow}, full, Pace{IgnoreStarting: true}, "stable 10 100%, candidate 6 0%, leftover 0 0%"},
		{"starting instances count in a quota", Fleet{Stable: serving(10, Full), Candidate: Counts{Instances: 1, Starting: 1}, Can: Can{Quota: 11}}, full, Pace{IgnoreStarting: true}, "stable 8 100%, candidate 1 0%, leftover 0 0%"},
		{"starting instances are counted", Fleet{Stable: serving(10, Full), Candidate: slow}, full, Pace{}, "stable 8 100%, candidate 3 0%, leftover 0 0%"},
		// 12 are ready, and 10 must be.
		{"leftovers go before stable", Fleet{Stable: serving(2, 0), Candidate: Counts{Instances: 10, Ready: 8, Settled: 8, Releasable: 8}, Leftover: serving(2, 0)}, full, Pace{Unavailable: Count(0)}, "stable 2 16.67%, candidate 10 66.67%, leftover 0 16.66%"},
		{"at size 0 nothing is drained", Fleet{Desired: -1, Stable: Counts{Instances: 5, Ready: 5, Settled: 5, Weight: Full}, Candidate: serving(1, 0), Can: split}, full, Pace{}, "stable 0 0%, candidate 0 100%, leftover 0 0%"},
		{"room for one", Fleet{Desired: 1, Stable: serving(1, Full), Can: split}, full, Pace{Surge: Count(0)}, "stable 0 100%, candidate 0 0%, leftover 0 0%"},
		{"a quota with room for one", Fleet{Desired: 1, Stable: serving(1, Full), Can: Can{Split: true, Quota: 1}}, full, Pace{Unavailable: Count(1)}, "stable 0 100%, candidate 0 0%, leftover 0 0%"},
		// By their parts, candidate 6 and stable 4 would run, and the step says 4 and 4.
		{"a step that keeps both says how many", Fleet{Desired: 8, Before: 4, Stable: serving(2, 5000), Candidate: serving(2, 5000), Can: split}, half, Pace{}, "stable 4 50%, candidate 4 50%, leftover 0 0%"},
		// 13 run already, and the step has 20 of the candidate.
		{"a scale event that adds nothing", Fleet{Before: 9, Stable: serving(9, 0), Candidate: serving(4, 0)}, Step{Weight: Full, Candidate: Count(20)}, Pace{}, "stable 9 69.23%, candidate 11 30.77%, leftover 0 0%"},
		// 37.51% would need 4; 30% need 3.
		{"a router that comes no nearer", Fleet{Stable: serving(7, 6249), Candidate: serving(4, 3751), Can: Can{Split: true, Grain: 1000}}, Step{Weight: 3000}, Pace{}, "stable 7 70%, candidate 3 30%, leftover 0 0%"},
		{"routes wait for the candidate", Fleet{Stable: serving(10, Full), Candidate: failing, Can: split}, beta, Pace{}, "stable 10 100%, candidate 4 0%, leftover 0 0%"},
		{"routes stay when an instance fails", Fleet{Stable: serving(10, Full), Candidate: failing, Routed: true, Can: split}, beta, Pace{}, "stable 10 100%, candidate 4 0%, leftover 0 0%, routed"},
	} {
		if c.f.Desired == 0 {
			c.f.Desired = 10
		}
		a := Move(c.f, &c.to, &c.p)
		got := fmt.Sprintf("stable %d %s, candidate %d %s, leftover %d %s", a.Stable.Instances, a.Stable.Weight, a.Candidate.Instances, a.Candidate.Weight, a.Leftover.Instances, a.Leftover.Weight)
		if a.Routed {
			got += ", routed"
		}
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestNear(t *testing.T) {
	m := move{can: Can{Grain: 100}}
	for _, c := range []struct{ observed, wanted, want Weight }{
		{5000, 5000, 5000},
		{5099, 5000, 5000},
		{5100, 5000, 5100},
		{4901, 5000, 5000},
		{4900, 5000, 4900},
		{99, 0, 99},
		{9901, Full, 9901},
		{0, 1, 1},
	} {
		if got := m.near(c.observed, c.wanted); got != c.want {
			t.Errorf("%v where %v is wanted counts as %v, want %v", c.observed, c.wanted, got, c.want)
		}
	}
}

func TestArrivedByHand(t *testing.T) {
	routes := []Route{{Source: Header, Name: "x", Value: "1"}}
	beta := Step{Candidate: Count(2), Stable: Count(10), Routes: routes}
	nobody := Step{Candidate: Count(0), Stable: Count(10), Routes: routes}
	f := Fleet{Desired: 10, Stable: serving(10, Full), Candidate: serving(2, 0), Routed: true, Can: Can{Split: true, Match: true}}
	if !Arrived(f, &beta, &Pace{}) {
		t.Error("routed, and not arrived")
	}
	f.Routed = false
	if Arrived(f, &beta, &Pace{}) {
		t.Error("arrived without the routes")
	}
	f.Routed, f.Candidate.Settled = true, 1
	if Arrived(f, &beta, &Pace{}) {
		t.Error("arrived before the candidate is settled")
	}
	f.Candidate = Counts{}
	if Arrived(f, &nobody, &Pace{}) {
		t.Error("arrived without anybody for the routes")
	}
	half := Step{Weight: 5000}
	weights := Distance(Fleet{Desired: 10, Stable: serving(5, 0), Candidate: serving(5, 0), Leftover: Counts{Weight: Full}, Can: Can{Split: true}}, &half, &Pace{})
	instance := Distance(Fleet{Desired: 10, Stable: serving(6, 5000), Candidate: serving(5, 5000), Can: Can{Split: true}}, &half, &Pace{})
	if weights >= instance {
		t.Errorf("all of the weights count %d, an instance %d", weights, instance)
	}
	down := Fleet{Desired: 10, Can: Can{Split: true}, Stable: Counts{Instances: 10, Weight: Full}}
	if Overloaded(down, Allocation{Stable: Share{10, Full}}, &Pace{}) {
		t.Error("a fleet that is down is overloaded")
	}
}

func TestSizesByHand(t *testing.T) {
	if candidate, stable := (&Step{Weight: 5000, Candidate: Count(10)}).Sizes(10, Can{}); candidate != 10 || stable != 1 {
		t.Errorf("%d candidate, %d stable: between 0%% and 100%% stable has at least one", candidate, stable)
	}
	if floor := (&Pace{Exclusive: true}).floor(10); floor != 0 {
		t.Errorf("an exclusive pace has a floor of %d", floor)
	}
	if (Size{maxCount + 1, absolute}).valid() || !(Size{maxCount, absolute}).valid() {
		t.Error("sizes end at 2^31-1")
	}
	var c Counts
	c.set(&Counts{Instances: 3, Ready: 10, Settled: 9, Releasable: 12, Starting: 2})
	if want := (Counts{Instances: 3, Ready: 3, Settled: 3, Releasable: 3}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	c.set(&Counts{Instances: 5, Ready: 2, Settled: 4, Releasable: 4, Starting: 4})
	if want := (Counts{Instances: 5, Starting: 3, Ready: 2, Settled: 2, Releasable: 2}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}

// TestFeasibleByHand is about the last that is, and the first that is not: of a
// floor of 8 half of the traffic needs 4.
func TestFeasibleByHand(t *testing.T) {
	split := Can{Split: true}
	for _, c := range []struct {
		to   Step
		can  Can
		want bool
	}{
		{Step{Weight: Full, Candidate: Count(8)}, split, true},
		{Step{Weight: Full, Candidate: Count(7)}, split, false},
		{Step{Weight: Full, Candidate: Count(8), Stable: Count(0)}, Can{}, true},
		{Step{Weight: Full, Candidate: Count(7), Stable: Count(0)}, Can{}, false},
		{Step{Weight: 5000, Candidate: Count(4), Stable: Count(8)}, split, true},
		{Step{Weight: 5000, Candidate: Count(3), Stable: Count(8)}, split, false},
		{Step{Weight: 5000, Candidate: Count(8), Stable: Count(4)}, split, true},
		{Step{Weight: 5000, Candidate: Count(8), Stable: Count(3)}, split, false},
	} {
		if err := Feasible(&c.to, &Pace{}, 10, c.can); (err == nil) != c.want {
			t.Errorf("%v candidate, %v stable: %v", c.to.Candidate, c.to.Stable, err)
		}
	}
}

func TestLadderByHand(t *testing.T) {
	l := Ladder{Steps: []Step{{Name: "a\x07", Weight: 5000}, {Name: "all", Weight: Full}}}
	if err := l.Validate(); err == nil || !strings.Contains(err.Error(), "steps[0].name") {
		t.Errorf("a name that rings: %v", err)
	}
	l.Steps = []Step{{Name: "a", Weight: 5000}, {Name: "b", Weight: 5000}, {Name: "all", Weight: Full}}
	at := Setting{Fleet: Fleet{Desired: 10, Can: Can{Split: true}}}
	if found := Lint(l, at); len(found) != 1 || found[0].Rule != RuleRepeated {
		t.Errorf("two steps that do the same: %+v", found)
	}
	l.Steps[1].Await = "go"
	if found := Lint(l, at); len(found) != 0 {
		t.Errorf("the second awaits something: %+v", found)
	}
}

// TestForesee: one call of Move for each row, and an end, whatever the mover does.
func TestForesee(t *testing.T) {
	one := Pace{Surge: Count(1), Unavailable: Count(0)}
	full := Ladder{Steps: []Step{{Name: "all", Weight: Full}}, Pace: one}
	calls := 0
	count := func(f Fleet, to *Step, p *Pace) Allocation {
		calls++
		return Move(f, to, p)
	}
	fc, err := foresee(&full, start(Fleet{Desired: 3}), full.Steps, count, 6)
	if err != nil || len(fc.Rows) != 6 || calls != 6 {
		t.Errorf("%d rows and %d calls, %v\n%v", len(fc.Rows), calls, err, fc)
	}
	if fc, err = foresee(&full, start(Fleet{Desired: 3}), full.Steps, Move, 5); err == nil || len(fc.Rows) != 5 || fc.Moves != 5 {
		t.Errorf("%d rows, %v\n%v", len(fc.Rows), err, fc)
	}
	calls = 0
	lazy := func(f Fleet, _ *Step, _ *Pace) Allocation {
		if calls++; calls > 1 {
			t.Fatal("what does nothing is asked again")
		}
		return shares(f)
	}
	if fc, err = foresee(&full, start(Fleet{Desired: 3}), full.Steps, lazy, 5); err == nil || len(fc.Rows) != 0 {
		t.Errorf("%v\n%v", err, fc)
	}
	for _, split := range []bool{true, false} { // the candidate is not ready yet: the first look is no move
		f := Fleet{Desired: 1, Stable: serving(1, Full), Candidate: Counts{Instances: 1}, Can: Can{Split: split}}
		want := map[bool]int{true: 2, false: 1}[split] // its weight, and away with stable
		if fc, err := foresee(&full, f, full.Steps, Move, 10); err != nil || len(fc.Rows) != want || fc.Ready != 1 {
			t.Errorf("%v\n%v", err, fc)
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
