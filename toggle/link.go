package toggle

import (
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// maxAsked bounds how many flags one evaluation asks, itself included.
const maxAsked = 1000

// lastGood is a flag that is broken now, as it was before; or it is broken.
func (s *Snapshot) lastGood(previous *Snapshot, name string, data *Flag) *flag {
	if previous != nil && previous.base != nil {
		previous = previous.base
	}
	if previous == nil || previous.environment != s.environment || previous.flags[name] == nil || previous.flags[name].broken {
		return brokenFlag(name, data)
	}
	f := *previous.flags[name]
	f.kept, f.phases = true, slices.Clone(f.phases) // linking writes to them
	return &f
}

func brokenFlag(name string, data *Flag) *flag {
	return &flag{
		name: name, data: *data, broken: true, kept: true,
		fixed: failed(FlagBroken, "flag "+name+" is broken: see what was wrong when it was loaded"),
	}
}

// link finds the flags of prerequisites, and breaks flags that lead back to themselves or
// ask too many. These stay as they were before, too; that may close another circle, so it
// is done until all is well. A circle has a new flag in it, for there was none before.
func (s *Snapshot) link(previous *Snapshot, problems *strict.Problems) {
	for wrong := s.walk(); len(wrong) > 0; wrong = s.walk() {
		all := true            // only flags that were kept are wrong: they ask too many by what is new
		for i := range wrong { // order does not matter: all of them are asked
			all = all && s.list[i].kept
		}
		for i, f := range s.list {
			if rule := wrong[i]; rule != "" && (all || !f.kept) {
				problems.Add(strict.At("flags", f.name)+".prerequisites", nil, rule)
				data := f.data
				if f = brokenFlag(f.name, &data); !all {
					f = s.lastGood(previous, f.name, &data)
				}
				s.list[i], s.flags[f.name] = f, f
			}
		}
	}
}

// walk resolves all prerequisites and returns what is wrong with them, by the flag's place.
func (s *Snapshot) walk() map[int]string {
	n := len(s.list)
	w := walk{s: s, asked: make([]int, n), order: make([]int, n), low: make([]int, n), wrong: map[int]string{}}
	for _, f := range s.list {
		for i := range f.phases {
			ph := &f.phases[i]
			ph.prerequisites = slices.Clone(ph.prerequisites)
			for j := range ph.prerequisites {
				ph.prerequisites[j].flag = s.place(ph.prerequisites[j].name)
			}
		}
	}
	for i := range s.list {
		if w.order[i] == 0 {
			w.visit(i)
		}
	}
	return w.wrong
}

// walk finds circles (Tarjan's strongly connected components), and counts how many flags
// the evaluation of each asks.
type walk struct {
	s          *Snapshot
	asked      []int // 0 until it is counted
	order, low []int // when it was entered, from 1; and the first that it leads back to
	entered    int
	open       []int // entered, and may be part of a circle with what is on the way
	wrong      map[int]string
}

func (w *walk) visit(at int) {
	w.entered++
	w.order[at], w.low[at] = w.entered, w.entered
	w.open = append(w.open, at)
	self := false
	for q := range w.s.list[at].asks() {
		if w.order[q] == 0 {
			w.visit(q)
		}
		if w.asked[q] == 0 { // it is open
			w.low[at] = min(w.low[at], w.low[q])
		}
		self = self || q == at
	}
	if w.low[at] < w.order[at] {
		return
	}
	first := len(w.open) - 1
	for w.open[first] != at {
		first--
	}
	circle := slices.Clone(w.open[first:])
	w.open = w.open[:first]
	if len(circle) > 1 || self {
		for _, i := range circle {
			w.asked[i], w.wrong[i] = 1, "must not lead back to the flag"
		}
		return
	}
	w.count(at)
}

// count counts the flags that one asks, and finds out whether time matters to it.
func (w *walk) count(at int) {
	n, f := 1, w.s.list[at]
	f.timed = f.fixed == nil && len(f.phases) > 1
	for i := range f.phases {
		ph := &f.phases[i]
		f.timed = f.timed || f.fixed == nil && ph.timed()
		phase := 1
		for j := range ph.prerequisites {
			if q := ph.prerequisites[j].flag; q >= 0 {
				phase = min(phase+w.asked[q], maxAsked+1)
				f.timed = f.timed || f.fixed == nil && w.s.list[q].timed
			}
		}
		n = max(n, phase)
	}
	if w.asked[at] = n; n > maxAsked {
		w.wrong[at] = fmt.Sprintf("must lead to at most %d evaluations", maxAsked)
	}
}

// asks yields the places of the flags of all prerequisites.
func (f *flag) asks() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range f.phases {
			for j := range f.phases[i].prerequisites {
				if q := f.phases[i].prerequisites[j].flag; q >= 0 && !yield(q) {
					return
				}
			}
		}
	}
}

// timed says whether a condition looks at the time.
func (p *phase) timed() bool {
	for i := range p.rules {
		if p.rules[i].when.timed() {
			return true
		}
	}
	return false
}

func (n *node) timed() bool {
	if n.from == fromNow {
		return true
	}
	for i := range n.kids {
		if n.kids[i].timed() {
			return true
		}
	}
	return false
}
