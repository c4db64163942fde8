package strategy_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

// breaches are what of one promise an error is about.
func breaches(err error, promise int) []*strategytest.Breach {
	var found []*strategytest.Breach
	switch err := err.(type) {
	case *strategytest.Breach:
		if err.Promise == promise {
			found = append(found, err)
		}
	case interface{ Unwrap() []error }:
		for _, one := range err.Unwrap() {
			found = append(found, breaches(one, promise)...)
		}
	}
	return found
}

// oneMove checks a single move from any fleet at all to any step.
func oneMove(t *testing.T, promise int) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		f, to, p := drawFleet(t), drawStep(t, drawCount), drawPace(t, drawCount)
		a := strategy.Move(f, &to, &p)
		err := strategytest.Check(f, &to, &p, a)
		if len(breaches(err, promise)) > 0 {
			t.Fatal(&strategytest.Problem{Fleet: f, Step: &to, Pace: &p, Got: a, Err: err})
		}
		if f.Can.Unlimited && a.Candidate.Weight != to.WeightFor(f.Desired, f.Can) {
			t.Fatalf("a target without instances has what it is told: %+v", a)
		}
	})
}

func TestPromise1Weights(t *testing.T)         { oneMove(t, 1) }
func TestPromise2FloorAndCeiling(t *testing.T) { oneMove(t, 2) }
func TestPromise3Share(t *testing.T)           { oneMove(t, 3) }
func TestPromise4Sizes(t *testing.T)           { oneMove(t, 4) }
func TestPromise5Release(t *testing.T)         { oneMove(t, 5) }
func TestPromise6Unready(t *testing.T)         { oneMove(t, 6) }
func TestPromise15NoRaise(t *testing.T)        { oneMove(t, 15) }

// TestPromise1AnyInput is about numbers that nothing real has.
func TestPromise1AnyInput(t *testing.T) {
	number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-5, 20), rapid.SampledFrom([]int64{-1 << 63, 1<<63 - 1, maxCount, maxCount + 1}))
	weight := rapid.Custom(func(t *rapid.T) strategy.Weight { return strategy.Weight(rapid.Int32().Draw(t, "w")) })
	size := rapid.Custom(func(t *rapid.T) strategy.Size {
		switch rapid.IntRange(0, 2).Draw(t, "unit") {
		case 0:
			return strategy.Count(number.Draw(t, "n"))
		case 1:
			return strategy.Part(weight.Draw(t, "part"))
		default:
			return strategy.Size{}
		}
	})
	counts := rapid.Custom(func(t *rapid.T) strategy.Counts {
		n := func() int64 { return number.Draw(t, "count") }
		return strategy.Counts{Instances: n(), Starting: n(), Stopping: n(), Ready: n(), Settled: n(), Releasable: n(), Weight: weight.Draw(t, "weight")}
	})
	rapid.Check(t, func(t *rapid.T) {
		f := strategy.Fleet{
			Desired: number.Draw(t, "desired"), Before: number.Draw(t, "before"),
			Stable: counts.Draw(t, "s"), Candidate: counts.Draw(t, "c"), Leftover: counts.Draw(t, "l"),
			Routed: rapid.Bool().Draw(t, "routed"), Mirror: weight.Draw(t, "observed mirror"), Can: drawCan(t),
		}
		f.Can.Quota, f.Can.Grain = number.Draw(t, "quota"), weight.Draw(t, "grain")
		p := drawPace(t, drawCount)
		p.Surge, p.Unavailable = size.Draw(t, "surge"), size.Draw(t, "unavailable")
		to := strategy.Step{
			Weight: weight.Draw(t, "to"), Candidate: size.Draw(t, "candidate"), Stable: size.Draw(t, "stable"),
			Mirror: weight.Draw(t, "mirror"), Proportional: rapid.Bool().Draw(t, "proportional"),
		}
		a := strategy.Move(f, &to, &p)
		if err := strategytest.Check(f, &to, &p, a); len(breaches(err, 1)) > 0 {
			t.Fatalf("%v: %+v", err, a)
		}
		if d := strategy.Distance(f, &to, &p); d < 0 || d >= 1<<50 || (d == 0) != strategy.Arrived(f, &to, &p) {
			t.Fatalf("distance %d", d)
		}
		_ = strategy.Feasible(&to, &p, f.Desired, f.Can)
		_ = strategy.Overloaded(f, a, &p)
		_ = strategy.Ladder{Steps: []strategy.Step{to, to}, Pace: p}.Validate()
		_ = strategy.Ladder{Steps: []strategy.Step{to, to}, Pace: p}.String()
	})
}

// TestPromise4Counts is about the sizes of steps that name none.
func TestPromise4Counts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, can := drawCount(t, "desired"), strategy.Can{Split: rapid.Bool().Draw(t, "split")}
		low, high := drawWeight(t, "low"), drawWeight(t, "high")
		if low > high {
			low, high = high, low
		}
		fewer, rest := (&strategy.Step{Weight: low}).Sizes(d, can)
		more, _ := (&strategy.Step{Weight: high}).Sizes(d, can)
		if fewer > more {
			t.Fatalf("%v has %d candidates, %v has %d", low, fewer, high, more)
		}
		if 0 < low && low < full && d >= 2 && (fewer < 1 || rest < 1) {
			t.Fatalf("%v of %d is %d and %d", low, d, fewer, rest)
		}
		if !can.Split && fewer+rest != d {
			t.Fatalf("%v of %d is %d and %d", low, d, fewer, rest)
		}
		if can.Split && (fewer*int64(full) < d*int64(low) || rest*int64(full) < d*int64(full-low)) {
			t.Fatalf("%v of %d is %d and %d, which do not carry it", low, d, fewer, rest)
		}
	})
}

// TestPromise4SameSizes reckons any step's sizes and share in another way.
func TestPromise4SameSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, can, to := drawCount(t, "desired"), drawCan(t), drawStep(t, drawCount)
		candidate, stable := to.Sizes(d, can)
		wantCandidate, wantStable, weight, err := strategytest.Sizes(&to, d, can)
		if err != nil || candidate != wantCandidate || stable != wantStable {
			t.Fatalf("%+v of %d is %d and %d, must be %d and %d, %v", to, d, candidate, stable, wantCandidate, wantStable, err)
		}
		if share := to.WeightFor(d, can); share != weight {
			t.Fatalf("%+v of %d is %v, must be %v", to, d, share, weight)
		}
	})
}

// TestPromise7Arrival lets a target do its worst for a while, and then obey.
func TestPromise7Arrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, count := drawWorld(t)
		choose := chooser(t)
		for range rapid.IntRange(0, 25).Draw(t, "moves") {
			to := drawStep(t, drawFew)
			if err := w.Suffer(strategy.Move, &to, choose); err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 5).Draw(t, "scale") == 0 {
				w.Scale(count(t, "desired"))
			}
		}
		to, bottom := drawStep(t, drawFew), strategy.Bottom()
		for _, step := range []*strategy.Step{&to, &bottom} {
			if err := w.Climb(strategy.Move, step); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestPromise8Scaling scales the service half-way, again and again: what is there
// in the end is what the step says for the last desired size.
func TestPromise8Scaling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, count := drawWorld(t)
		to := drawStep(t, drawFew)
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			for range rapid.IntRange(0, 8).Draw(t, "moves") {
				if err := w.Step(strategy.Move, &to); err != nil {
					t.Fatal(err)
				}
			}
			w.Scale(count(t, "desired"))
		}
		if err := w.Climb(strategy.Move, &to); err != nil {
			t.Fatal(err)
		}
		f := w.Observe()
		candidate, stable, _, _ := strategytest.Sizes(&to, f.Desired, f.Can)
		if w.Feasible(&to) && (f.Stable.Instances != stable || f.Candidate.Instances != candidate || f.Leftover.Instances != 0) {
			t.Fatalf("%+v, must be %d and %d", f, stable, candidate)
		}
	})
}
