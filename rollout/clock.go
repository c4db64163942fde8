package rollout

import (
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// slack is how far the host's clock may step back, and a sample lie ahead of it,
// without a word: hosts that take turns do not agree to the second. The machine's
// time stands still that long.
const slack = 10 * time.Second

// outage is how long nobody decides before that counts as an outage of the host:
// hosts call at least as often as the plan polls.
func (d *decision) outage() time.Duration { return max(time.Minute, 4*d.m.plan.Poll) }

// clock sets the machine's time. It never runs backwards: a clock that jumped back
// by more than the slack takes all remembered instants with it, so that what was
// waited for is neither lost nor waited for again. A jump forward, or an outage of
// the host, is not held against the release: deadlines begin anew. And it earns
// nothing: only samples earn bake time.
func (d *decision) clock() {
	d.now = d.in.Now.UTC().Round(0)
	back := d.s.Clock.Sub(d.now)
	switch {
	case !d.s.Clock.IsZero() && -back >= d.outage():
		d.restartDeadlines()
		d.event(EventClock, -1, "", "nobody decided for %s: deadlines begin anew", strict.FormatDuration((-back).Truncate(time.Second)))
	case back <= 0:
	case back <= slack:
		d.now = d.s.Clock
	default:
		d.rebase(-back)
		d.event(EventClock, -1, "", "the clock jumped back by %s; everything waited for is kept", strict.FormatDuration(back.Round(time.Millisecond)))
	}
}

// rebase moves every instant of the state by a duration.
func (d *decision) rebase(by time.Duration) {
	move := func(instants ...*time.Time) {
		for _, t := range instants {
			if !t.IsZero() {
				*t = t.Add(by)
			}
		}
	}
	d.s.Jumps++
	d.s.Ask = slices.Clone(d.s.Ask)
	for k := range d.s.Ask {
		a := &d.s.Ask[k]
		a.Key = d.key(a.Stage, a.Signal)
	}
	move(&d.s.Clock, &d.s.Started, &d.s.Paused)
	if d.s.Hold != nil {
		hold := *d.s.Hold
		move(&hold.Since)
		d.s.Hold = &hold
	}
	for i := range d.s.Stages {
		st := d.change(i)
		move(&st.Begun, &st.Progress, &st.Off, &st.Troubled, &st.Rerouted, &st.Weighed, &st.Fleet.At, &st.Standing.From, &st.Standing.To)
		st.Elsewhere = slices.Clone(st.Elsewhere)
		for k := range st.Elsewhere {
			move(&st.Elsewhere[k].From, &st.Elsewhere[k].To)
		}
		move(&st.Draining.Stable, &st.Draining.Candidate, &st.Draining.Leftover)
		for _, marks := range []*[]Mark{&st.Settling.Stable, &st.Settling.Candidate, &st.Settling.Leftover} {
			moved := make([]Mark, len(*marks))
			for k, m := range *marks {
				moved[k] = Mark{m.Count, m.Since.Add(by)}
			}
			*marks = moved
		}
		l := d.ledger(i)
		move(&l.Reached, &l.Frontier)
		if len(l.Peaks) > 0 && !l.Reached.IsZero() { // at which hours the time before was measured is not known any more
			l.Frontier = latest(l.Frontier, d.now)
		}
		for k := range l.Signals {
			move(&l.Signals[k].Since, &l.Signals[k].From, &l.Signals[k].Counted)
		}
		for k := range l.Votes {
			move(&l.Votes[k].At)
		}
		for k := range st.Evidence {
			e := d.evidence(i, k)
			move(&e.Through, &e.Seen, &e.Clean, &e.Since, &e.Overlap)
		}
	}
}
