package strategytest

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Mover is what is tested: [strategy.Move], or another with the same promises.
type Mover func(strategy.Fleet, *strategy.Step, *strategy.Pace) strategy.Allocation

// patience is after how many intervals without progress a climb is given up: more
// than anything takes to start, to settle and to drain.
const patience = 40

// Step is one interval on the way to a step in which the target obeys and all goes
// well. The error is a [*Problem] if the move breaks a promise.
func (w *World) Step(move Mover, to *strategy.Step) error {
	a, err := w.move(move, to)
	if err == nil {
		w.Apply(a, All)
		w.Obey()
	}
	return err
}

// Suffer is one interval on the way to a step in which the target does a part of
// what it is told, or nothing, and anything may happen. The error is a [*Problem]
// if the move breaks a promise.
func (w *World) Suffer(move Mover, to *strategy.Step, choose Choose) error {
	a, err := w.move(move, to)
	if err == nil {
		w.Apply(a, []Part{All, Nothing, Weights, More, Some, Fewer}[choose(6)])
		w.Misbehave(choose)
	}
	return err
}

func (w *World) move(move Mover, to *strategy.Step) (strategy.Allocation, error) {
	f := w.Observe()
	a := move(f, to, &w.pace)
	if f.Before > 0 { // an event that makes no difference any more is over
		alone := f
		alone.Before = 0
		if b := move(alone, to, &w.pace); b == a {
			w.before, f = 0, alone
		}
	}
	if err := Check(f, to, &w.pace, a); err != nil {
		return a, &Problem{f, to, &w.pace, a, err}
	}
	return a, nil
}

// Climb lets an obedient target climb to a step, and checks each move on the way.
// It must get nearer at least every now and then, arrive if the step is
// [World.Feasible], and then stay as it is.
func (w *World) Climb(move Mover, to *strategy.Step) error {
	nearest, at, growing := int64(1)<<62, 0, false
	for n := 0; ; n++ {
		f := w.Observe()
		switch arrived := strategy.Arrived(f, to, &w.pace); {
		case arrived && !w.Feasible(to):
			return nil // by chance, and not for long
		case arrived:
			return w.stay(move, to)
		}
		if d := strategy.Distance(f, to, &w.pace); d < nearest || growing { // growth is no way back
			nearest, at = d, n
		}
		growing = f.Before > 0
		if n-at > patience+w.drain {
			if !w.Feasible(to) {
				return nil
			}
			lost := &Breach{7, fmt.Sprintf("after %d moves it has not got nearer for %d", n, n-at)}
			return &Problem{f, to, &w.pace, move(f, to, &w.pace), lost}
		}
		if err := w.Step(move, to); err != nil {
			return err
		}
	}
}

// Feasible reports whether the world as it is now must reach the step: it is
// [strategy.Feasible], and the quota has a place for leftovers.
func (w *World) Feasible(to *strategy.Step) bool {
	if strategy.Feasible(to, &w.pace, w.desired, w.can) != nil {
		return false
	}
	f := strategy.Fleet{Desired: w.desired, Can: w.can}
	b, ok := boundsOf(&f, to, &w.pace)
	if !ok || w.can.Unlimited {
		return true
	}
	// A leftover that serves needs a place beside what the step runs.
	return w.can.Quota == 0 || w.v[leftover].all() == 0 || b.size[stable]+b.size[candidate] < w.can.Quota
}

// stay asks that a fleet that has arrived is left as it is.
func (w *World) stay(move Mover, to *strategy.Step) error {
	for range 3 {
		f := w.Observe()
		a := move(f, to, &w.pace)
		err := Check(f, to, &w.pace, a)
		if err == nil && !still(&f, to, &a) {
			err = &Breach{7, "the fleet has arrived, and is moved on"}
		}
		if err == nil && !strategy.Arrived(f, to, &w.pace) {
			err = &Breach{7, "the fleet had arrived, was left alone, and has not any more"}
		}
		if err != nil {
			return &Problem{f, to, &w.pace, a, err}
		}
		w.Apply(a, All)
		w.Obey()
	}
	return nil
}

// still reports whether an allocation is what a fleet that has arrived is.
func still(f *strategy.Fleet, to *strategy.Step, a *strategy.Allocation) bool {
	if f.Desired <= 0 && !f.Can.Unlimited {
		return a.Stable.Instances+a.Candidate.Instances+a.Leftover.Instances == 0
	}
	aim := to.WeightFor(f.Desired, f.Can)
	weights := a.Candidate.Weight == aim && a.Leftover.Weight == 0 || !f.Can.Split && !f.Can.Unlimited
	counts := a.Stable.Instances == f.Stable.Instances && a.Candidate.Instances == f.Candidate.Instances && a.Leftover.Instances == f.Leftover.Instances
	return weights && counts && a.Routed == (len(to.Routes) > 0) && a.Mirror == to.Mirror
}
