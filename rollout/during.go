package rollout

import (
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// compileDuring puts the gates that a stage needs on all of its way where they are
// asked: all before it begins, those that pause it also on the way, and all but those
// that let it continue before a step is left. It returns the latter.
func (c *stage) compileDuring(gates []gate.Gate) (step []gate.Gate) {
	c.entry = slices.Concat(c.entry, gates)
	for _, g := range gates {
		switch gate.WhenClosed(g) {
		case gate.Pause:
			c.pausing = append(c.pausing, g)
			step = append(step, g)
		case gate.Finish:
			step = append(step, g)
		}
	}
	return step
}

// checkClosed refuses gates that declare what they do to a rollout under way where they
// are asked at one moment only.
func checkClosed(gates []gate.Gate) error {
	return gate.Check(gates, func(g gate.Gate) error {
		c, ok := g.(gate.Closer)
		if !ok || gate.WhenClosed(g) == gate.Finish {
			return nil
		}
		var wrong strict.Problems
		wrong.Add("", string(c.WhenClosed()), "must stand in gates.during: here a gate is asked at one moment only, and finish is all that it can declare")
		return wrong.Err()
	})
}

// stand notes that a stage stands still because a gate that pauses it is not open, or
// that it goes on. Health is judged meanwhile, and what runs bakes on at a step; the way
// back is open.
func (d *decision) stand(i int) {
	c, st := &d.m.stages[i], d.stage(i)
	if len(c.pausing) == 0 {
		return
	}
	still := d.consult(i, c.pausing).Answer != gate.Open
	if still == st.stands() {
		return
	}
	where := "on the way to"
	if st.Phase == Waiting {
		where = "at"
	}
	if still {
		if st.Phase == Moving && !d.stopped() { // otherwise it was remembered then
			d.freeze(i)
		}
		d.change(i).Standing = Span{From: d.now}
		d.event(EventStandsStill, i, "", "stands still %s step %s: %s", where, d.target(i).Name, d.lacks(i, c.pausing))
		return
	}
	st = d.change(i)
	st.Standing.To = d.now
	if st.Phase == Moving {
		st.Progress, st.Best, where = d.now, 0, "to"
	}
	d.event(EventGoesOn, i, "", "goes on %s step %s", where, d.target(i).Name)
}

// stands reports whether a gate makes the stage stand still.
func (st *StageState) stands() bool { return !st.Standing.From.IsZero() && st.Standing.To.IsZero() }

// still reports whether a stage does not go up now, alone or with all others.
func (d *decision) still(i int) bool { return d.stopped() || d.stage(i).stands() }

// refused holds if one of the gates refuses: it can never open, or was rejected.
func (d *decision) refused(i int, gates []gate.Gate) bool {
	if d.consult(i, gates).Answer != gate.Refuse {
		return false
	}
	d.hold(i, CauseRefused, "stage %s, step %s: %s", d.m.stages[i].Name, d.target(i).Name, d.lacks(i, gates))
	return true
}

// consult asks gates of the present step as far as they are not waived.
func (d *decision) consult(i int, gates []gate.Gate) gate.Decision {
	st := d.stage(i)
	if st.Waived != "" {
		return gate.Waived(gates, d.facts(i))
	}
	return d.evaluate(i, gates)
}

// lacks are the words of those gates of the present step that are neither open nor
// waived.
func (d *decision) lacks(i int, gates []gate.Gate) string {
	st := d.stage(i)
	if st.Waived != "" {
		gates = binding(gates, d.told(i))
	}
	return d.words(i, gates)
}

// binding are the gates that are closed and that no waiver opens.
func binding(gates []gate.Gate, f gate.Facts) (left []gate.Gate) {
	for k, g := range gates {
		all, of := g.(gate.All)
		switch {
		case gate.Waived(gates[k:k+1], f).Answer == gate.Open:
		case of:
			left = append(left, binding(all, f)...)
		default:
			left = append(left, g)
		}
	}
	return left
}

// waits are the gates that a stage waits for now; none if it is not for gates.
func (d *decision) waits(i int) []gate.Gate {
	st, c := d.stage(i), &d.m.stages[i]
	switch {
	case st.Phase == Pending && d.needsMet(i):
		return c.entry
	case st.Phase == Moving && st.stands():
		return c.pausing
	case st.Phase == Waiting:
		return c.gates[st.Step]
	}
	return nil
}

// opens is when time alone opens the gates that a stage waits for; zero if it does not,
// or if they are open.
func (d *decision) opens(i int) time.Time {
	gates, facts := d.waits(i), d.told(i)
	if len(gates) == 0 || d.stopped() || d.consult(i, gates).Answer == gate.Open {
		return time.Time{}
	}
	asked := gate.Gate(gate.All(gates))
	if d.stage(i).Waived != "" {
		asked = waived(gates)
	}
	at, _ := gate.Opening(asked, facts)
	return at
}

// opening says when time alone opens what is waited for, as the end of a sentence.
func (d *decision) opening(i int) string {
	at := d.opens(i)
	if at.IsZero() {
		return ""
	}
	return ", opens " + at.UTC().Format("Mon 2006-01-02T15:04:05Z07:00")
}

// waived is what an operator's waiver leaves of gates, as one gate.
type waived []gate.Gate

func (waived) Kind() string                           { return "waived" }
func (w waived) Evaluate(f gate.Facts) gate.Decision  { return gate.Waived(w, f) }
func (w waived) Explain(f gate.Facts) (r gate.Reason) { return gate.All(binding(w, f)).Explain(f) }
