package client

import (
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// view is what evaluations see. It never changes; its set is shared by the views that differ
// in nothing else than state and time.
type view struct {
	*set
	state     State
	confirmed time.Time
}

// set is a snapshot with what the client adds to each flag.
type set struct {
	snapshot *toggle.Snapshot
	flags    map[string]*entry
	absent   *entry // of any other name
}

// entry is one flag of a set.
type entry struct {
	of     *set
	fixed  *toggle.Result // what everybody gets; nil if it depends
	flag   toggle.Handle
	timed  bool
	counts *counts // nil if they are not counted
}

func (s *set) find(name string) *entry {
	if e := s.flags[name]; e != nil {
		return e
	}
	return s.absent
}

// look evaluates. The clock is looked at only if what is served depends on it.
func (e *entry) look(sub *toggle.Subject) *toggle.Result {
	if e.fixed != nil {
		return e.fixed
	}
	return e.evaluate(sub)
}

func (e *entry) evaluate(sub *toggle.Subject) *toggle.Result {
	var now time.Time
	if e.timed {
		now = time.Now()
	}
	return e.flag.Look(sub, now)
}

// store makes the view of the truth what evaluations see from now on. The caller holds mu.
func (c *Client) store() {
	t := &c.truth
	snapshot, err := t.base.With(toggle.Changes{Kills: t.killed(), Overrides: t.overrides, Stale: t.state == Stale})
	t.misfit = err
	c.view.Store(&view{c.entries(snapshot), t.state, t.confirmed})
}

// confirm is store for when only the state and the time differ, and the state not in what
// is served.
func (c *Client) confirm() {
	c.view.Store(&view{c.view.Load().set, c.truth.state, c.truth.confirmed})
}

func (c *Client) entries(snapshot *toggle.Snapshot) *set {
	names := snapshot.Names()
	for n := range c.truth.overrides {
		if !slices.Contains(names, n) {
			names = append(names, n) // an override makes it
		}
	}
	s := &set{snapshot: snapshot, flags: make(map[string]*entry, len(names))}
	all := make([]entry, len(names)+1)
	for i, n := range names {
		h := snapshot.Handle(n)
		all[i] = entry{of: s, flag: h, fixed: h.Fixed(), timed: h.Timed(), counts: c.tally.of(n)}
		s.flags[n] = &all[i]
	}
	s.absent = &all[len(names)]
	*s.absent = entry{of: s, counts: c.tally.of("")}
	if c.truth.state != NotReady {
		s.absent.flag = (&toggle.Snapshot{}).Handle("")
	}
	s.absent.fixed = s.absent.flag.Fixed()
	return s
}

func (t *truth) killed() []string {
	all := make([]string, 0, len(t.kills))
	for n := range t.kills {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}
