package schematest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// cell is where the value of an attribute is looked up: in records, or in messages.
type cell struct {
	key, attribute string
	sent           bool
}

// pending is the transaction that is open.
type pending struct {
	Event
	end func(commit bool) error
}

// run is one schedule under way: the application, and what should be true of it.
type run struct {
	footprints
	rows []schema.Row
	app  App
	text func(attribute, class string, n int) string

	pos, top int      // steps made; and as many as ever were begun
	lost     []bool   // steps that were made and reported as failed
	fleet    []string // versions that run
	rolled   bool     // a version was brought back
	ahead    bool     // a version was started before its deployment: no step is made any more
	tx       *pending
	keys     []string
	has      map[cell]bool // there is a record
	meant    map[cell]Value
	past     map[cell][]string // what a replica may still say
	topics   map[cell][]string // the stores that the last message was sent to
	defaults map[string]string // by attribute: what a backfill writes where nothing is set

	fills   int     // backfills that were made again and changed nothing
	written int     // so that no two values are alike
	events  []Event // that happened
	lines   []string
}

// wrong is what goes wrong in a schedule.
type wrong struct {
	kind schema.Wrong
	text string
}

func (w *wrong) Error() string { return w.text }

func fails(kind schema.Wrong, format string, args ...any) error {
	return &wrong{kind, fmt.Sprintf(format, args...)}
}

func (t *suite) start() (*run, error) {
	r := &run{
		footprints: t.footprints, rows: t.rows, app: t.app, text: t.text,
		lost: make([]bool, len(t.plan.Steps)), fleet: slices.Clone(t.plan.Start.Running),
		has: map[cell]bool{}, meant: map[cell]Value{}, past: map[cell][]string{}, topics: map[cell][]string{}, defaults: map[string]string{},
	}
	for _, ref := range r.fleet {
		r.lines = append(r.lines, ref+" runs")
	}
	if err := t.app.Reset(); err != nil {
		return nil, fmt.Errorf("schematest: Reset: %w", err)
	}
	return r, nil
}

// goRound is what happens after every event: all that runs reads everything, and the host asks for the needs of the next
// step, whether or not it makes it then.
func (r *run) goRound() error {
	err := r.readAll()
	if err == nil && r.pos < len(r.plan.Steps) && !r.lost[r.pos] {
		_, err = r.missing(r.pos)
	}
	return err
}

// apply lets an event happen, if it can. The error is a *wrong.
func (r *run) apply(e Event) (bool, error) {
	n := len(r.lines)
	r.lines = append(r.lines, e.String())
	r.events = append(r.events, e)
	happened, err := r.happens(e)
	if err == nil && happened && e.Do != Ends {
		err = r.goRound()
	}
	if err == nil && !happened {
		r.events = r.events[:len(r.events)-1]
		r.lines = r.lines[:n]
	}
	return happened, err
}

func (r *run) happens(e Event) (bool, error) {
	if v := r.version(e.Version); v == nil && e.Do != Makes && e.Version != "" {
		return false, nil // of another plan
	}
	switch e.Do {
	case Makes:
		return r.step(e)
	case Starts:
		return r.brings(e.Version), nil
	case Leaves:
		return r.leaves(e.Version), nil
	case Writes:
		return r.write(e)
	case Deletes:
		return r.remove(e)
	case Begins:
		return r.begin(e)
	case Commits, GivesUp:
		return r.finish(e.Do == Commits)
	case Expires:
		return r.expire()
	case Ends:
		return true, r.walk(len(r.plan.Steps), false)
	}
	return false, nil
}

// busy says that a transaction is in the way, which is no failure while there is one.
func (r *run) busy(err error) bool { return r.tx != nil && errors.Is(err, ErrBusy) }

// step makes the named step, if the plan is there: it may pass over backfills, which may be over at any time, and over
// waits that hold, and go back to a backfill that a need of the next step asks for.
func (r *run) step(e Event) (bool, error) {
	at := slices.IndexFunc(r.plan.Steps, func(s schema.Step) bool { return s.Name == e.Step })
	if at < 0 || r.ahead || r.pos >= len(r.plan.Steps) && at >= r.pos {
		return false, nil
	}
	if at < r.pos {
		back, err := r.again()
		if err != nil || back != at {
			return false, err
		}
	}
	for i := r.pos; i <= at; i++ {
		s := &r.plan.Steps[i]
		if i < at && (s.Deploy != "" || len(s.Changes) > 0) {
			return false, nil
		}
		if i < at && s.Backfill != nil || r.lost[i] {
			continue
		}
		if missing, err := r.missing(i); err != nil || len(missing) > 0 {
			return false, err
		}
	}
	return r.carry(at, e.Outcome)
}

// carry makes a step whose needs hold.
func (r *run) carry(at int, outcome Outcome) (bool, error) {
	s := &r.plan.Steps[at]
	if s.Deploy != "" {
		if !slices.Contains(r.fleet, s.Deploy) {
			r.fleet = append(r.fleet, s.Deploy)
		}
		r.lines[len(r.lines)-1] = Event{Do: Makes, Step: s.Name, Version: s.Deploy}.String()
		r.passed(at + 1)
		return true, nil
	}
	if len(s.Changes) == 0 && s.Backfill == nil {
		r.passed(at + 1)
		return true, nil
	}
	err := r.app.Do(*s, outcome)
	if r.busy(err) {
		return false, nil
	}
	r.top = max(r.top, at+1)
	if b := s.Backfill; b != nil && b.From == "" {
		attribute := r.form[b.Form].Attribute
		r.defaults[attribute] = r.text(attribute, b.Value, 0)
	}
	if outcome != Done {
		r.lost[at] = r.lost[at] || outcome == Lost
		r.pos = at
		return true, nil
	}
	if err != nil {
		return true, fails(schema.StepFails, "step %q fails: %v", s.Name, err)
	}
	r.lost[at] = false
	r.passed(at + 1)
	return true, nil
}

func (r *run) passed(to int) {
	r.pos = to
	r.top = max(r.top, to)
}

// missing are the needs of a step that do not hold.
func (r *run) missing(at int) (out []schema.Condition, err error) {
	for _, n := range r.plan.Steps[at].Needs {
		holds, err := r.app.Holds(n, slices.Clone(r.fleet))
		if r.busy(err) {
			holds, err = false, nil
		}
		if err != nil {
			return nil, fails(schema.StepFails, "asking whether %s fails: %v", n, err)
		}
		if !holds {
			out = append(out, n)
		}
	}
	return out, nil
}

// again is the backfill that makes a need of the next step hold, -1 if none does.
func (r *run) again() (int, error) {
	if r.pos >= len(r.plan.Steps) {
		return -1, nil
	}
	missing, err := r.missing(r.pos)
	for _, n := range missing {
		for k := r.pos - 1; k >= 0; k-- {
			b := r.plan.Steps[k].Backfill
			if b != nil && b.Form == n.Form && (n.Is == schema.Proven || n.Is == schema.Absent) {
				return k, err
			}
		}
	}
	return -1, err
}
