package rollout_test

import (
	"flag"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

var long = flag.Bool("long", false, "walk with fleets of three, which takes a quarter of an hour or more: give a -timeout")

// TestExhaustiveWalk visits every state that a machine can get into with a small
// fleet and a short ladder: targets that do all, only the weights or only the
// instances of what is wanted, every instance becoming ready or not, and every order
// at every moment. No state breaks a promise, and from each of them the rollout
// ends once the world obeys. Package strategy walks its mover with larger fleets.
func TestExhaustiveWalk(t *testing.T) {
	t.Parallel()
	ladders := [][]strategy.Weight{{strategy.Full}, {5000}, {100, 5000, strategy.Full}} // 5000 alone is a cap, and awaits a decision
	most := int64(2)
	switch {
	case *long:
		most = 3
	case testing.Short():
		most = 1
	}
	var visited atomic.Int64
	t.Cleanup(func() { t.Logf("%d states", visited.Load()) })
	for desired := most; desired >= 0; desired-- { // the long ones first
		for _, weights := range ladders {
			for _, split := range []bool{true, false} {
				for _, react := range []health.Reaction{health.Hold, health.Rollback} {
					t.Run(fmt.Sprintf("desired=%d/weights=%v/split=%t/degraded=%s", desired, weights, split, react), func(t *testing.T) {
						t.Parallel()
						w := newWalk(t, desired, weights, split, react)
						w.visit()
						visited.Add(int64(len(w.seen)))
					})
				}
			}
		}
	}
}

var readiness = [2][2]string{{"1.0 loses one", "1.0 gains one"}, {"2.0 loses one", "2.0 gains one"}}

// place is a state of the machine and of the world.
type place struct {
	s    rollout.State
	f    fleet
	now  time.Time
	last string // what led here, for the message
}

type walk struct {
	t     *testing.T
	m     *rollout.Machine
	steps []strategy.Step
	seen  map[spot]bool
	ends  map[spot]bool // from here the rollout ends
	todo  []place
}

func newWalk(t *testing.T, desired int64, weights []strategy.Weight, split bool, react health.Reaction) *walk {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Canary{Weights: weights, Pace: strategy.Pace{Surge: strategy.Count(1)}}
	p.Stages[0].Gates = rollout.Gates{}
	p.Stages[0].Deadline = 1000 * time.Hour
	p.Health = health.Policy{Readiness: health.Readiness{Every: time.Second, Grace: -1, On: health.Reactions{Degraded: react}}}
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	f := newFleet("1.0", desired)
	f.can.Split = split
	f.versions = append(f.versions, rollout.Version{Version: "2.0"})
	l, err := p.Stages[0].Strategy.Ladder()
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{t: t, m: m, steps: l.Steps, seen: map[spot]bool{}, ends: map[spot]bool{}}
	w.decide(place{f: *f, now: epoch}, "")
	return w
}

// spot is a place without its times, IDs and counters: two places with one spot
// behave alike.
type spot struct {
	phase                      rollout.Phase
	step                       int
	waived, paused, rolledBack bool
	hold                       rollout.Cause
	outcome                    rollout.Outcome
	ready                      health.Verdict
	still, want                strategy.Allocation
	versions                   [2]rollout.Version
}

func (p place) spot() spot {
	st := &p.s.Stages[0]
	at := spot{
		phase: st.Phase, step: st.Step,
		waived: st.Waived != "", paused: !p.s.Paused.IsZero(), rolledBack: p.s.RolledBack,
		outcome: p.s.Outcome, ready: st.Evidence[len(st.Evidence)-1].Verdict,
		still: st.Still, want: p.s.Want[0].Allocation,
		versions: [2]rollout.Version(p.f.versions),
	}
	if p.s.Hold != nil {
		at.hold = p.s.Hold.Cause
	}
	return at
}

func (w *walk) visit() {
	for len(w.todo) > 0 {
		p := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		w.end(p)
		if p.s.Outcome != "" {
			continue
		}
		for _, part := range []string{"all", "weights", "instances"} {
			w.decide(p.obeyed(part), part)
		}
		for k := range p.f.versions {
			for _, by := range []int64{-1, 1} {
				if ready := p.f.versions[k].Ready + by; ready >= 0 && ready <= p.f.versions[k].Instances {
					q := p.copy()
					q.f.versions[k].Ready = ready
					w.decide(q, readiness[k][max(0, by)])
				}
			}
		}
		for _, kind := range []rollout.CommandKind{rollout.Pause, rollout.Resume, rollout.RollBack, rollout.Promote, rollout.Keep} {
			w.decide(p.copy(), string(kind), rollout.Command{ID: fmt.Sprint(kind, p.s.Rev), Kind: kind, By: "ada"})
		}
	}
}

func (p place) copy() place {
	p.f.versions = slices.Clone(p.f.versions)
	return p
}

// obeyed is the place after the target did a part of what is wanted.
func (p place) obeyed(part string) place {
	p = p.copy()
	want := p.s.Want[0].Allocation
	for k, share := range []strategy.Share{want.Stable, want.Candidate} {
		v := &p.f.versions[k]
		if part != "instances" {
			v.Weight = share.Weight
		}
		if part != "weights" {
			v.Instances = share.Instances
			v.Ready = min(v.Ready, v.Instances) // unready ones are stopped first
		}
	}
	return p
}

// step decides on a place and checks what must hold.
func (w *walk) step(p place, what string, orders ...rollout.Command) place {
	in := rollout.Input{Now: p.now, Fleets: []rollout.Observed{p.f.observe("prod")}, Commands: orders}
	next, out := w.m.Decide(p.s, in)
	a := next.Want[0].Allocation
	stable, candidate := p.f.versions[0], p.f.versions[1]
	if a.Stable.Weight+a.Candidate.Weight != strategy.Full {
		w.t.Fatalf("promise 1 after %s: %+v", what, a)
	}
	if p.f.can.Split && stable.Ready+candidate.Ready > 0 && (stable.Ready == 0 && a.Stable.Weight > 0 || candidate.Ready == 0 && a.Candidate.Weight > 0) {
		w.t.Fatalf("promise 3 after %s: %+v on %+v", what, a, p.f.versions)
	}
	if !out.Done && out.Wake.IsZero() {
		w.t.Fatalf("promise 12 after %s: no wake time", what)
	}
	for _, e := range out.Events {
		kept := e.Kind == rollout.EventDone && e.By != ""
		if e.Kind != rollout.EventPassed && !kept {
			continue
		}
		step := w.weight(e.Step)
		if p.f.desired == 0 {
			continue // nothing runs, and the router may say what it likes
		}
		if p.f.can.Split && candidate.Weight != step || candidate.Ready < candidate.Instances || candidate.Ready == 0 {
			w.t.Fatalf("promise 13 after %s: step %s is passed or kept with %+v", what, e.Step, p.f.versions)
		}
	}
	p.s, p.last = next, what
	p.now = p.now.Add(time.Second)
	return p
}

func (w *walk) weight(step string) strategy.Weight {
	var weight strategy.Weight
	if err := weight.UnmarshalText([]byte(step)); err != nil {
		w.t.Fatal(err)
	}
	return weight
}

// decide takes a place further and puts it on the list if it is new.
func (w *walk) decide(p place, what string, orders ...rollout.Command) {
	p = w.step(p, what, orders...)
	if at := p.spot(); !w.seen[at] {
		w.seen[at] = true
		w.todo = append(w.todo, p)
	}
}

// end lets the world obey until the rollout ends, answering every question: first by
// resuming, then by rolling back.
func (w *walk) end(p place) {
	var passed []spot
	for n := range 80 {
		at := p.spot()
		if p.s.Outcome != "" || w.ends[at] {
			for _, before := range passed {
				w.ends[before] = true
			}
			return
		}
		passed = append(passed, at)
		p = p.obeyed("all")
		for k := range p.f.versions {
			p.f.versions[k].Ready = p.f.versions[k].Instances
		}
		var orders []rollout.Command
		if st := &p.s.Stages[0]; st.Phase == rollout.Waiting && w.steps[st.Step].Await != "" {
			orders = []rollout.Command{{ID: fmt.Sprint("go on", p.s.Rev), Kind: rollout.Promote}}
		}
		if p.s.Hold != nil || !p.s.Paused.IsZero() {
			kind := rollout.Resume
			if n > 30 {
				kind = rollout.RollBack
			}
			orders = []rollout.Command{{ID: fmt.Sprint("end", p.s.Rev), Kind: kind}}
		}
		p = w.step(p, "obeys", orders...)
	}
	w.t.Fatalf("after %q the rollout does not end: %s\n%+v", p.last, encode(w.t, p.s), p.f)
}
