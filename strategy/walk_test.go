package strategy_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

// How far the walk goes; never written.
var (
	walkSize   = flag.Int("walk.size", 4, "instances of the largest fleet that is walked from, at most 6: 5 takes more than a minute")
	walkFaults = flag.Int("walk.faults", 1, "what may go wrong at once: 2 takes ten times as long, give a -timeout")
)

// TestExhaustiveWalk visits every fleet that can come about from a small one,
// under every pace and target of a small set, while the step changes at will among
// all steps of all strategies (so every ladder is in it, up, down and interrupted),
// allocations are applied in part, instances become ready, fail and die, and the
// service is scaled. No allocation may break a promise, and from each of these
// fleets an obedient target must arrive at each feasible step.
func TestExhaustiveWalk(t *testing.T) {
	size, faults := int8(*walkSize), *walkFaults
	if testing.Short() {
		size = min(size, 3)
	}
	split := strategy.Can{Split: true}
	whole := strategy.Can{Split: true, Match: true, Mirror: true}
	count, percent := strategy.Count, strategy.Percent
	plain, rich := steps(t, false), steps(t, true)
	if !testing.Short() { // on the way that most take, more may happen
		walk(t, strategy.Pace{}, split, plain, min(size, 4), 2)
		walk(t, strategy.Pace{}, strategy.Can{}, plain, min(size, 4), 2)
		walk(t, strategy.Pace{Surge: count(0), Unavailable: count(1)}, split, plain, min(size, 4), 2)
	}
	for _, can := range []strategy.Can{split, {}} {
		for surge := range int64(3) {
			for unavailable := range int64(3) {
				walk(t, strategy.Pace{Surge: count(surge), Unavailable: count(unavailable)}, can, plain, size, faults)
				both := can
				both.Match, both.Mirror = true, true
				walk(t, strategy.Pace{Surge: count(surge), Unavailable: count(unavailable)}, both, rich, size-1, faults)
			}
		}
		for _, p := range []strategy.Pace{
			{Surge: percent(25), Unavailable: percent(50)},
			{Surge: count(0), Unavailable: percent(100)},
			{Surge: percent(100), Unavailable: count(0)},
			{Exclusive: true, CountStopping: true},
			{Surge: count(1), Unavailable: count(0), Overload: true},
		} {
			walk(t, p, can, plain, size, faults)
		}
	}
	for _, p := range []strategy.Pace{{}, {Surge: percent(100), Unavailable: count(0)}, {Exclusive: true}} {
		walk(t, p, whole, rich, size-1, faults)
		walk(t, p, strategy.Can{Match: true, Mirror: true}, rich, size-1, faults)
		walk(t, p, strategy.Can{Split: true, Quota: int64(size)}, plain, size-1, faults)
	}
}

// steps are the distinct steps of all strategies: with routes and mirrors, or
// those that have neither.
func steps(t *testing.T, rich bool) []strategy.Step {
	one, half := strategy.Count(1), strategy.Percent(50)
	distinct := []strategy.Step{strategy.Bottom()}
	for _, s := range []strategy.Strategy{
		strategy.Recreate{},
		strategy.Rolling{},
		strategy.Rolling{Batches: 3},
		strategy.Rolling{Partition: half},
		strategy.Rolling{Partition: one},
		strategy.BlueGreen{},
		strategy.BlueGreen{Preview: one, Routes: beta()},
		strategy.Canary{Weights: []strategy.Weight{100, 2500, full}},
		strategy.Canary{Weights: []strategy.Weight{5000, full}, FullStable: true},
		strategy.ABTest{},
		strategy.ABTest{Routes: beta()},
		strategy.DarkLaunch{},
		strategy.DarkLaunch{Candidate: strategy.Percent(100)},
	} {
		l, err := s.Ladder()
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range l.Steps {
			step.Keep, step.Await = 0, ""
			if (len(step.Routes) > 0 || step.Mirror > 0) && !rich || isIn(step, distinct) {
				continue
			}
			distinct = append(distinct, step)
		}
	}
	return distinct
}

func isIn(step strategy.Step, steps []strategy.Step) bool {
	for i := range steps {
		other := steps[i]
		other.Name = step.Name
		if fmt.Sprintf("%+v", other) == fmt.Sprintf("%+v", step) {
			return true
		}
	}
	return false
}

func walk(t *testing.T, p strategy.Pace, can strategy.Can, steps []strategy.Step, size int8, faults int) {
	name := fmt.Sprintf("surge %v, unavailable %v, exclusive %t, overload %t, %+v", p.Surge, p.Unavailable, p.Exclusive, p.Overload, can)
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		begun := time.Now()
		w := walker{pace: p, can: can, seen: map[uint64]struct{}{}, most: size}
		w.steps = steps
		w.moves = make([]map[uint64]int8, len(steps)+stubborn)
		for i := range w.moves {
			w.moves[i] = map[uint64]int8{}
		}
		w.start(size)
		for round := 0; round <= faults; round++ {
			w.faults = round < faults
			for len(w.todo) > 0 && !t.Failed() {
				from := w.todo[len(w.todo)-1]
				w.todo = w.todo[:len(w.todo)-1]
				w.visit(t, &from)
			}
			w.todo, w.later = w.later, nil
		}
		t.Logf("%d fleets, %d steps, at most %d moves to a step, %v", len(w.seen), len(steps), w.longest, time.Since(begun).Round(time.Millisecond))
	})
}

// stubborn are the ways on which the unready instances of what is left never
// become ready again: to the first step, the bottom, and to the second, all of it.
const stubborn = 2

// place is a fleet of the walk.
type place struct {
	desired, before  int8
	instances, ready [3]int8
	stable, leftover int16 // weights; the candidate has the rest
	routed, mirrored bool
}

// key is the place in one number.
func (at *place) key() uint64 {
	k := uint64(at.desired)<<3 | uint64(at.before)
	for v := range at.instances {
		k = k<<8 | uint64(at.instances[v])<<4 | uint64(at.ready[v])
	}
	k = k<<14 | uint64(at.stable)
	k = k<<14 | uint64(at.leftover)
	if at.routed {
		k |= 1 << 62
	}
	if at.mirrored {
		k |= 1 << 63
	}
	return k
}

type walker struct {
	pace    strategy.Pace
	can     strategy.Can
	steps   []strategy.Step
	most    int8 // greatest desired size
	seen    map[uint64]struct{}
	moves   []map[uint64]int8 // for each step
	todo    []place
	later   []place // where a fault leads
	faults  bool
	longest int8
}

// start adds every fleet of up to n instances of three versions, with every
// weight that is whole on one of them, or even on two.
func (w *walker) start(n int8) {
	for code := range 1 << 18 {
		var at place
		sum := int8(0)
		for v := range 3 {
			at.instances[v] = int8(code >> (6 * v) & 7)
			at.ready[v] = int8(code >> (6*v + 3) & 7)
			sum += at.instances[v]
		}
		if sum > n || at.ready[0] > at.instances[0] || at.ready[1] > at.instances[1] || at.ready[2] > at.instances[2] {
			continue
		}
		for at.desired = 0; at.desired <= w.most; at.desired++ {
			for _, weights := range [][2]int16{{10000, 0}, {0, 0}, {0, 10000}, {5000, 0}, {5000, 5000}, {0, 5000}} {
				at.stable, at.leftover = weights[0], weights[1]
				for _, at.routed = range []bool{false, w.can.Match} {
					at.mirrored = at.routed && w.can.Mirror
					w.reach(at)
				}
			}
		}
	}
}

// spread is the traffic of a target without a splitter.
func (w *walker) spread(at *place) {
	if w.can.Split {
		return
	}
	at.stable, at.leftover = 10000, 0
	if sum := int(at.ready[0]) + int(at.ready[1]) + int(at.ready[2]); sum > 0 {
		at.stable = int16(10000 * int(at.ready[0]) / sum)
		at.leftover = int16(10000 * int(at.ready[2]) / sum)
	}
}

func (w *walker) reach(at place) {
	w.spread(&at)
	k := at.key()
	if _, ok := w.seen[k]; !ok {
		w.seen[k] = struct{}{}
		w.todo = append(w.todo, at)
	}
}

func (at *place) fleet(can strategy.Can) strategy.Fleet {
	counts := func(v int, weight strategy.Weight) strategy.Counts {
		r := int64(at.ready[v])
		return strategy.Counts{Instances: int64(at.instances[v]), Ready: r, Settled: r, Releasable: r, Weight: weight}
	}
	stable, leftover := strategy.Weight(at.stable), strategy.Weight(at.leftover)
	f := strategy.Fleet{Desired: int64(at.desired), Before: int64(at.before), Can: can, Routed: at.routed}
	f.Stable, f.Candidate, f.Leftover = counts(0, stable), counts(1, full-stable-leftover), counts(2, leftover)
	if at.mirrored {
		f.Mirror = mirrored
	}
	return f
}

// mirrored is the one share that the steps of the walk mirror.
const mirrored = full / 10

// apply is what a target does that is told all or a part of an allocation.
func (at *place) apply(a *strategy.Allocation, weights, more, fewer bool) place {
	next := *at
	for v, share := range [3]strategy.Share{a.Stable, a.Candidate, a.Leftover} {
		n := int8(share.Instances)
		if n > at.instances[v] && more || n < at.instances[v] && fewer {
			next.instances[v] = n
			next.ready[v] = min(next.ready[v], n)
		}
	}
	if weights {
		next.stable, next.leftover = int16(a.Stable.Weight), int16(a.Leftover.Weight)
		next.routed, next.mirrored = a.Routed, a.Mirror > 0
	}
	if more {
		next.before = 0
	}
	return next
}

func (w *walker) visit(t *testing.T, at *place) {
	f := at.fleet(w.can)
	for i := range w.steps {
		step := &w.steps[i]
		a := strategy.Move(f, step, &w.pace)
		if err := strategytest.Check(f, step, &w.pace, a); err != nil {
			t.Fatal(&strategytest.Problem{Fleet: f, Step: step, Pace: &w.pace, Got: a, Err: err})
		}
		w.reach(at.apply(&a, true, true, true))
		w.reach(at.apply(&a, true, false, false))
		w.reach(at.apply(&a, false, true, false))
		w.reach(at.apply(&a, false, false, true))
		if !w.feasible(step, at) {
			continue
		}
		w.longest = max(w.longest, w.arrive(t, *at, i, i, 64))
		if i < stubborn {
			w.longest = max(w.longest, w.arrive(t, *at, i, len(w.steps)+i, 64))
		}
	}
	if w.faults {
		w.fail(at)
	}
}

// feasible leaves out a quota that has no place for a leftover that serves.
func (w *walker) feasible(step *strategy.Step, at *place) bool {
	if strategy.Feasible(step, &w.pace, int64(at.desired), w.can) != nil {
		return false
	}
	candidate, stable := step.Sizes(int64(at.desired), w.can)
	return w.can.Quota == 0 || at.instances[2] == 0 || candidate+stable < w.can.Quota
}

// fail reaches what one fault or scale event makes of a fleet.
func (w *walker) fail(at *place) {
	todo := w.todo
	w.todo = w.later
	for v := range 3 {
		one := *at
		if one.ready[v] < one.instances[v] {
			one.ready[v]++ // becomes ready
			w.reach(one)
			one = *at
			one.instances[v]-- // an unready one dies
			w.reach(one)
		}
		if at.ready[v] > 0 {
			one = *at
			one.ready[v]-- // fails
			w.reach(one)
			one.instances[v]-- // dies
			w.reach(one)
		}
	}
	for _, d := range []int8{at.desired - 1, at.desired + 1} {
		if d < 0 || d > w.most {
			continue
		}
		scaled := *at
		scaled.desired = d
		w.reach(scaled) // by a host that does not know the size before
		if scaled.before == 0 {
			scaled.before = at.desired
			w.reach(scaled)
		}
	}
	w.todo, w.later = todo, w.todo
}

// arrive is how many moves an obedient target needs, of which all that runs
// becomes ready after each move, but for a stubborn way.
func (w *walker) arrive(t *testing.T, at place, to, way int, limit int8) int8 {
	k := at.key()
	if n, ok := w.moves[way][k]; ok {
		return n
	}
	f := at.fleet(w.can)
	step := &w.steps[to]
	a := strategy.Move(f, step, &w.pace)
	if strategy.Arrived(f, step, &w.pace) {
		w.moves[way][k] = 0
		if again := at.apply(&a, true, true, true); again.instances != at.instances {
			t.Fatal(&strategytest.Problem{Fleet: f, Step: step, Pace: &w.pace, Got: a, Err: fmt.Errorf("arrived, and moves on")})
		}
		return 0
	}
	if limit == 0 {
		t.Fatal(&strategytest.Problem{Fleet: f, Step: step, Pace: &w.pace, Got: a, Err: fmt.Errorf("does not arrive, stubborn %t", to != way)})
	}
	next := at.apply(&a, true, true, true)
	if to == way {
		next.ready = next.instances
	} else {
		next.ready[to] = next.instances[to] // the bottom is stable's, the second step the candidate's
	}
	w.spread(&next)
	n := 1 + w.arrive(t, next, to, way, limit-1)
	w.moves[way][k] = n
	return n
}
