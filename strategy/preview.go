package strategy

import (
	"fmt"
	"slices"
)

// Forecast is every move of a way through a ladder, and what it costs. How long a
// move lasts is not known, so costs are in instance-steps: instances above the
// desired size, added up over the moves.
type Forecast struct {
	Desired int64 `json:"desired"`
	// Floor is how many ready instances no move goes below by its own action.
	Floor int64 `json:"floor"`
	// Start is the fleet before the first move.
	Start Allocation `json:"start"`
	Rows  []Row      `json:"rows"`
	// Steps are the steps of the way, in its order, the one it ended at included.
	Steps []StepCost `json:"steps"`
	Cost
}

// Row is one move: what the fleet looks like after it (of a target without a
// splitter, with the weights that the counts then give), and what it costs.
type Row struct {
	Step string `json:"step"`
	Allocation
	// Ready is the least that is ready during the move: what goes is gone, and what
	// comes is not ready yet.
	Ready int64 `json:"ready"`
	// Peak is the most that is present during the move: what comes is there before
	// anything goes.
	Peak int64 `json:"peak"`
	// Extra is how much of that is above the desired size: the instance-steps of
	// the move.
	Extra int64 `json:"extra"`
}

// Cost is what several moves cost together.
type Cost struct {
	Moves int   `json:"moves"`
	Ready int64 `json:"ready"` // the least that is ready at any time
	Peak  int64 `json:"peak"`  // the most that is present at any time
	Extra int64 `json:"extra"` // instance-steps
}

// StepCost is what the way to one step costs, from the step before or the start.
type StepCost struct {
	Step string `json:"step"`
	Cost
}

// maxRows is where a preview ends: about a hundred megabytes.
const maxRows = 1_000_000

// Preview climbs the ladder from the fleet as it is, and says every move. What a
// move asks for is there, ready, settled and drained at the next look; a real
// target is slower, and may need more moves. A fleet that has a desired size and no
// instance at all is taken as the usual start: stable at the desired size, with all
// of the traffic.
//
// The error says that the ladder is not valid, that a step is not [Feasible] or not
// to be reached from this fleet, or that there are more than 1,000,000 moves; the
// forecast then ends there. The time it takes grows with the number of moves alone.
func Preview(l Ladder, f Fleet) (Forecast, error) {
	if err := l.Validate(); err != nil {
		return Forecast{}, err
	}
	return foresee(&l, start(f), l.Steps, Move, maxRows)
}

// PreviewRollback says every move of the rollback to [Bottom] from a step of the
// ladder, by its name, that a fleet of this size has arrived at. With an empty name
// it starts from the fleet as it is. All else is as in [Preview].
func PreviewRollback(l Ladder, f Fleet, from string) (Forecast, error) {
	if err := l.Validate(); err != nil {
		return Forecast{}, err
	}
	if from == "" {
		return foresee(&l, start(f), []Step{Bottom()}, Move, maxRows)
	}
	for i := range l.Steps {
		step := &l.Steps[i]
		if step.Name != from {
			continue
		}
		if err := l.Feasible(step, f.Desired, f.Can); err != nil {
			return Forecast{}, fmt.Errorf("step %q: %w", from, err)
		}
		return foresee(&l, arrived(f, step), []Step{Bottom()}, Move, maxRows)
	}
	return Forecast{}, fmt.Errorf("no step is named %q", from)
}

// foresee calls move once for each row.
func foresee(l *Ladder, f Fleet, steps []Step, move func(Fleet, *Step, *Pace) Allocation, limit int) (Forecast, error) {
	p := &l.Pace
	fc := Forecast{Desired: f.Desired, Start: shares(f)}
	if !f.Can.Unlimited {
		fc.Floor = p.floor(f.Desired)
	}
	fc.Cost = standing(&f)
	for i := range steps {
		step := &steps[i]
		if err := l.Feasible(step, f.Desired, f.Can); err != nil && !l.Arrived(f, step) {
			return fc, fmt.Errorf("step %q: %w", step.Name, err)
		}
		fc.Steps = append(fc.Steps, StepCost{step.Name, standing(&f)})
		for !Arrived(f, step, p) {
			a := move(f, step, p)
			next := obeyed(&f, a)
			if next == f {
				return fc, fmt.Errorf("step %q: the moves end before it is reached", step.Name)
			}
			if asked(&f, &next) { // or it waits for what is not ready yet
				if len(fc.Rows) >= limit {
					return fc, fmt.Errorf("step %q: a preview has at most %d moves", step.Name, limit)
				}
				fc.add(row(step.Name, &f, &next))
			}
			f = next
		}
	}
	return fc, nil
}

func (fc *Forecast) add(r Row) {
	if len(fc.Rows) == cap(fc.Rows) { // append grows by less, and copies long forecasts more often
		fc.Rows = slices.Grow(fc.Rows, len(fc.Rows)+32)
	}
	fc.Rows = append(fc.Rows, r)
	for _, c := range [...]*Cost{&fc.Cost, &fc.Steps[len(fc.Steps)-1].Cost} {
		c.Moves++
		c.Ready = min(c.Ready, r.Ready)
		c.Peak = max(c.Peak, r.Peak)
		c.Extra += r.Extra
	}
}

// row is the move from one fleet to another.
func row(step string, from, to *Fleet) Row {
	r := Row{Step: step, Allocation: shares(*to)}
	for _, v := range [...]struct{ have, want *Counts }{{&from.Stable, &to.Stable}, {&from.Candidate, &to.Candidate}, {&from.Leftover, &to.Leftover}} {
		r.Ready += min(v.have.Ready, v.want.Instances)
		r.Peak += max(v.have.Instances, v.want.Instances) + v.have.Stopping
	}
	r.Extra = max(0, r.Peak-from.Desired)
	return r
}

// asked reports whether a move asks for anything. Without a splitter that is no
// weight: it follows what is ready.
func asked(from, to *Fleet) bool {
	a, b := shares(*from), shares(*to)
	if !from.Can.Split && !from.Can.Unlimited {
		for _, s := range [...]*Share{&a.Stable, &a.Candidate, &a.Leftover, &b.Stable, &b.Candidate, &b.Leftover} {
			s.Weight = 0
		}
	}
	return a != b
}

// standing is the cost of no move.
func standing(f *Fleet) Cost {
	r := row("", f, f)
	return Cost{Ready: r.Ready, Peak: r.Peak}
}

// start is the fleet with counts that can be, and the usual one if nothing runs.
func start(f Fleet) Fleet {
	f.Desired = clamp(f.Desired, maxCount)
	for _, c := range [...]*Counts{&f.Stable, &f.Candidate, &f.Leftover} {
		c.set(c)
		if f.Can.Unlimited {
			*c = Counts{Weight: c.Weight}
		}
	}
	if f.Stable.Instances+f.Candidate.Instances+f.Leftover.Instances > 0 || f.Can.Unlimited && f.Stable.Weight+f.Candidate.Weight+f.Leftover.Weight == Full {
		return f
	}
	bottom := Bottom()
	return arrived(f, &bottom)
}

// arrived is a fleet that is what the step says.
func arrived(f Fleet, at *Step) Fleet {
	f.Desired = clamp(f.Desired, maxCount)
	candidate, stable := at.Sizes(f.Desired, f.Can)
	weight := at.WeightFor(f.Desired, f.Can)
	return obeyed(&f, Allocation{
		Stable:    Share{stable, Full - weight},
		Candidate: Share{candidate, weight},
		Routed:    len(at.Routes) > 0,
		Mirror:    at.Mirror,
	})
}

// obeyed is the fleet at the next look at a target that did all that it was told.
// A scale event is over then.
func obeyed(f *Fleet, a Allocation) Fleet {
	next := Fleet{
		Desired: f.Desired, Can: f.Can, Routed: a.Routed, Mirror: a.Mirror,
		Stable: running(a.Stable), Candidate: running(a.Candidate), Leftover: running(a.Leftover),
	}
	if f.Can.Split || f.Can.Unlimited {
		return next
	}
	m := move{have: [versions]Counts{next.Stable, next.Candidate, next.Leftover}}
	if m.ready() > 0 { // traffic follows what is ready
		m.spread(Full)
		next.Stable.Weight, next.Candidate.Weight, next.Leftover.Weight = m.want[stable].Weight, m.want[candidate].Weight, m.want[leftover].Weight
	}
	return next
}

func running(s Share) Counts {
	n := s.Instances
	return Counts{Instances: n, Ready: n, Settled: n, Releasable: n, Weight: s.Weight}
}

// shares is a fleet as an allocation.
func shares(f Fleet) Allocation {
	return Allocation{
		Stable:    Share{f.Stable.Instances, f.Stable.Weight},
		Candidate: Share{f.Candidate.Instances, f.Candidate.Weight},
		Leftover:  Share{f.Leftover.Instances, f.Leftover.Weight},
		Routed:    f.Routed,
		Mirror:    f.Mirror,
	}
}
