package strategytest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

// bent is Move with a twist.
func bent(twist func(f *strategy.Fleet, to *strategy.Step, a *strategy.Allocation)) strategytest.Mover {
	return func(f strategy.Fleet, to *strategy.Step, p *strategy.Pace) strategy.Allocation {
		a := strategy.Move(f, to, p)
		twist(&f, to, &a)
		return a
	}
}

// TestBrokenMovers: each promise has a mover that breaks it and is found out.
func TestBrokenMovers(t *testing.T) {
	var small []strategy.Fleet
	for d := range int64(6) {
		for _, can := range []strategy.Can{{Split: true, Match: true, Mirror: true}, {}} {
			small = append(small, strategy.Fleet{Desired: d, Can: can})
		}
	}
	strategies := []strategy.Strategy{strategy.Canary{}, strategy.BlueGreen{Routes: routes()}, strategy.DarkLaunch{}, strategy.Recreate{}}
	toggled := false
	for _, c := range []struct {
		name    string
		promise int
		move    strategytest.Mover
	}{
		{"a basis point is lost", 1, bent(func(_ *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) { a.Stable.Weight-- })},
		{"one more than there may be", 2, bent(func(f *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) {
			if a.Candidate.Instances > f.Candidate.Instances {
				a.Candidate.Instances++
			}
		})},
		{"all at once", 2, bent(func(_ *strategy.Fleet, to *strategy.Step, a *strategy.Allocation) {
			if to.Weight == strategy.Full {
				a.Stable.Instances = 0
			}
		})},
		{"the step's weights at once", 3, bent(func(f *strategy.Fleet, to *strategy.Step, a *strategy.Allocation) {
			w := to.WeightFor(f.Desired, f.Can)
			a.Stable.Weight, a.Candidate.Weight, a.Leftover.Weight = strategy.Full-w, w, 0
		})},
		{"routes at once", 3, bent(func(_ *strategy.Fleet, to *strategy.Step, a *strategy.Allocation) { a.Routed = len(to.Routes) > 0 })},
		{"mirror at once", 3, bent(func(_ *strategy.Fleet, to *strategy.Step, a *strategy.Allocation) { a.Mirror = to.Mirror })},
		{"one less than the step says", 4, bent(func(f *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) {
			if a.Candidate.Instances == f.Candidate.Instances && f.Candidate.Ready < f.Candidate.Instances {
				a.Candidate.Instances--
			}
		})},
		{"what is drained does not matter", 5, func(f strategy.Fleet, to *strategy.Step, p *strategy.Pace) strategy.Allocation {
			for _, c := range []*strategy.Counts{&f.Stable, &f.Candidate, &f.Leftover} {
				c.Releasable = c.Ready
			}
			return strategy.Move(f, to, p)
		}},
		{"who is routed does not matter", 5, func(f strategy.Fleet, to *strategy.Step, p *strategy.Pace) strategy.Allocation {
			f.Routed = false
			return strategy.Move(f, to, p)
		}},
		{"unready leftovers stay", 6, bent(func(f *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) {
			if f.Leftover.Ready == 0 {
				a.Leftover.Instances = f.Leftover.Instances
			}
		})},
		{"nothing moves", 7, func(f strategy.Fleet, _ *strategy.Step, _ *strategy.Pace) strategy.Allocation {
			w := [3]strategy.Weight{f.Stable.Weight, f.Candidate.Weight, f.Leftover.Weight}
			if w == [3]strategy.Weight{} {
				w[0] = strategy.Full
			}
			return strategy.Allocation{
				Stable:    strategy.Share{Instances: f.Stable.Instances, Weight: w[0]},
				Candidate: strategy.Share{Instances: f.Candidate.Instances, Weight: w[1]},
				Leftover:  strategy.Share{Instances: f.Leftover.Instances, Weight: w[2]},
				Routed:    f.Routed, Mirror: f.Mirror,
			}
		}},
		{"routes come and go", 7, bent(func(_ *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) {
			toggled = !toggled
			a.Routed = a.Routed && toggled
		})},
		{"the way back from the middle is forgotten", 7, func(f strategy.Fleet, to *strategy.Step, p *strategy.Pace) strategy.Allocation {
			if f.Candidate.Weight == strategy.Full/2 && f.Stable.Weight == strategy.Full/2 && to.Weight == 0 && f.Stable.Instances < f.Desired {
				return strategy.Move(f, &strategy.Step{Weight: strategy.Full / 2}, p)
			}
			return strategy.Move(f, to, p)
		}},
		{"the candidate is preferred", 15, bent(func(f *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) {
			if f.Candidate.Settled >= f.Desired && f.Can.Split {
				a.Stable.Weight, a.Candidate.Weight, a.Leftover.Weight = 0, strategy.Full, 0
			}
		})},
	} {
		found := false
		for _, s := range strategies {
			err := strategytest.Test(s, strategytest.With(c.move), strategytest.Fleets(small...))
			found = found || err != nil && strings.Contains(err.Error(), fmt.Sprintf("promise %d (", c.promise))
		}
		if !found {
			t.Errorf("%s: promise %d was not missed", c.name, c.promise)
		}
	}
}

// TestProblem is what a problem says, and how it is taken apart.
func TestProblem(t *testing.T) {
	lossy := bent(func(_ *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) { a.Stable.Weight = 0 })
	only := strategytest.Fleets(strategy.Fleet{Desired: 4, Can: strategy.Can{Split: true}})
	err := strategytest.Test(strategy.Canary{}, strategytest.With(lossy), only, strategytest.Rounds(0), strategytest.Seed(7))
	want := `step "stable": promise 1 (weights are 0% to 100% and add up to 100%): the weights add up to 0 of 10000
	fleet  desired 4; stable 4 with 100%; the target splits
	to     stable  0%      0          100%
	by     pace: surge 25%, unavailable 25%
	wanted stable 4 with 0%; candidate 0 with 0%
	that is on the way up the ladder`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
	var problem *strategytest.Problem
	var breach *strategytest.Breach
	if !errors.As(err, &problem) || !errors.As(err, &breach) || breach.Promise != 1 || problem.Fleet.Desired != 4 {
		t.Errorf("%+v, %+v", problem, breach)
	}
}

// TestSameSeed: a seed is all that chance depends on.
func TestSameSeed(t *testing.T) {
	shaky := bent(func(f *strategy.Fleet, _ *strategy.Step, a *strategy.Allocation) {
		if f.Leftover.Starting > 0 {
			a.Leftover.Instances++
		}
	})
	texts := map[uint64]string{}
	for _, seed := range []uint64{1, 2, 1} {
		err := strategytest.Test(strategy.Rolling{}, strategytest.With(shaky), strategytest.Seed(seed))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("seed %d", seed)) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if was, ok := texts[seed]; ok && was != err.Error() {
			t.Errorf("seed %d: %s, and then %v", seed, was, err)
		}
		texts[seed] = err.Error()
	}
}
