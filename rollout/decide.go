package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// decision is one call of Decide: the state under change, copied where it is
// written to and nowhere else, so that a call that changes nothing allocates
// nothing.
type decision struct {
	m   *Machine
	in  Input
	now time.Time // the machine's: never before the state's clock

	s      State
	owned  []owned // by stage, once s.Stages is a copy
	fresh  freshness
	dirty  bool // the state changed
	events []Event
}

// owned tells which parts of a stage are copies already.
type owned struct{ evidence, ledger bool }

// freshness is the set of stages of which this call brought a usable observation.
type freshness [MaxStages/64 + 1]uint64

func (f *freshness) set(i int, fresh bool) {
	if f[i/64] &^= 1 << (i % 64); fresh {
		f[i/64] |= 1 << (i % 64)
	}
}
func (f *freshness) has(i int) bool { return f[i/64]&(1<<(i%64)) != 0 }

// Decide is the whole machine: from a state and the world as it is to the next
// state and what to do. It changes neither of its arguments, and runs to its fixed
// point: deciding again with what it returned and the same input changes nothing.
//
// A state that [Machine.Check] refuses is returned as it is.
func (m *Machine) Decide(s State, in Input) (State, Output) {
	if err := m.Check(s); err != nil {
		return s, Output{Awaits: "the plan that the state belongs to: " + err.Error()}
	}
	if !sane(in.Now) || in.Now.IsZero() {
		return s, Output{Want: (&decision{m: m, s: s}).ours(), Ask: s.Ask, Done: s.Outcome != outcomeRunning, Awaits: "a clock: the time cannot be " + in.Now.String()}
	}
	in = legible(in)
	d := decision{m: m, in: in, s: s}
	if s.Outcome != outcomeRunning && !d.retried() {
		return s, Output{Want: d.ours(), Done: true}
	}
	d.clock()
	d.start()
	d.observe()
	d.fold()
	d.order()
	d.climb()
	d.want()
	d.ask()
	return d.finish()
}

// finish numbers the decision and says what to do.
func (d *decision) finish() (State, Output) {
	if d.s.Outcome == outcomeRunning && d.now.Sub(d.s.Clock) >= d.outage()/2 {
		d.dirty = true // a sign of life: what is longer than an outage without one is one
	}
	if d.dirty {
		d.s.Rev++
		d.s.Clock = d.now
	}
	out := Output{
		Save: d.dirty, Want: d.ours(), Ask: d.s.Ask, Events: d.events,
		Done: d.s.Outcome != outcomeRunning,
	}
	if !out.Done {
		out.Wake, out.Awaits = d.wake()
	}
	return d.s, out
}

// stage is a stage to be read.
func (d *decision) stage(i int) *StageState { return &d.s.Stages[i] }

// change is a stage to be written to.
func (d *decision) change(i int) *StageState {
	if d.owned == nil {
		d.s.Stages = slices.Clone(d.s.Stages)
		d.owned = make([]owned, len(d.s.Stages))
	}
	d.dirty = true
	return &d.s.Stages[i]
}

// evidence is the evidence of a stage's k-th signal, to be written to; whoever
// asks must know that it will change.
func (d *decision) evidence(i, k int) *health.Evidence {
	st := d.change(i)
	if !d.owned[i].evidence {
		d.owned[i].evidence = true
		st.Evidence = slices.Clone(st.Evidence)
		for j := range st.Evidence {
			st.Evidence[j] = st.Evidence[j].Clone()
		}
	}
	return &st.Evidence[k]
}

// ledger is the ledger of a stage, to be written to.
func (d *decision) ledger(i int) *gate.Ledger {
	st := d.change(i)
	if !d.owned[i].ledger {
		d.owned[i].ledger = true
		st.Ledger.Counts = slices.Clone(st.Ledger.Counts)
		st.Ledger.Peaks = slices.Clone(st.Ledger.Peaks)
		st.Ledger.Signals = slices.Clone(st.Ledger.Signals)
		st.Ledger.Votes = slices.Clone(st.Ledger.Votes)
	}
	return &st.Ledger
}

// event records what was decided about a stage (-1: about the rollout), and why.
func (d *decision) event(kind EventKind, i int, by, format string, args ...any) {
	e := Event{At: d.now, Kind: kind, By: by, Text: fmt.Sprintf(format, args...)}
	mend(4*maxText, &e.Text) // gates and judges of others may say anything
	if i >= 0 {
		e.Stage = d.m.stages[i].Name
		if d.stage(i).Phase != Pending {
			e.Step = d.m.stages[i].ladder.Steps[d.stage(i).Step].Name
		}
	}
	d.dirty = true
	d.events = append(d.events, e)
}

// start begins a rollout that was not started.
func (d *decision) start() {
	if d.s.Plan != "" {
		return
	}
	d.dirty = true
	d.s = State{
		Plan: d.m.digest, Rev: d.s.Rev, Started: d.now, Attempt: 1,
		Stages: make([]StageState, len(d.m.stages)),
	}
	d.owned = make([]owned, len(d.s.Stages))
	r := d.m.plan.Release
	for i := range d.s.Stages {
		d.s.Stages[i].Ledger.Stage, d.s.Stages[i].Ledger.Digest = d.m.stages[i].Name, r.Digest
	}
	d.event(EventStarted, -1, "", "release %s %s starts through %s", r.Name, r.Version, plural(len(d.m.stages), "stage"))
}

// climb runs every stage as far as it may go now. Every turn of the loop takes a
// stage further, and a stage has only so many phases and steps to go.
func (d *decision) climb() {
	turns := 8
	for i := range d.m.stages {
		turns += 4 + 2*len(d.m.stages[i].ladder.Steps)
	}
	for again := true; again && turns > 0 && d.s.Outcome == outcomeRunning; turns-- {
		told := len(d.events) // every change that leads to others is told
		for i := range d.m.stages {
			d.assess(i)
		}
		for i := range d.m.stages {
			d.advance(i)
		}
		d.conclude()
		again = len(d.events) > told
	}
}

// stopped reports whether nothing may go up: the rollout is paused, held or ended.
func (d *decision) stopped() bool {
	return !d.s.Paused.IsZero() || d.s.Hold != nil || d.s.Outcome != outcomeRunning
}

// conclude ends the rollout when nothing is left to do.
func (d *decision) conclude() {
	done, back := 0, 0
	for i := range d.s.Stages {
		switch d.stage(i).Phase {
		case Done:
			done++
		case Back:
			back++
		case Moving, Waiting, RollingBack:
			return
		}
	}
	r := d.m.plan.Release
	switch {
	case done == len(d.s.Stages):
		if d.stopped() {
			return
		}
		d.s.Outcome = Completed
		where := "everywhere"
		for i := range d.s.Stages {
			switch {
			case d.superseded(i):
				where = "where no later one is"
			case d.stage(i).Step < d.m.stages[i].last():
				where = "where it is kept"
			}
		}
		d.event(EventCompleted, -1, "", "release %s %s is %s", r.Name, r.Version, where)
	case back > 0:
		if h := d.s.Hold; h != nil && d.serves(stageIndex(d.m.plan.Stages, h.Stage)) {
			return // somebody is asked about a stage that still serves the release
		}
		d.s.Outcome, d.s.Hold, d.s.Paused = WentBack, nil, time.Time{}
		d.event(EventRolledBack, -1, "", "release %s %s is rolled back%s", r.Name, r.Version, d.remaining())
	}
}

// serves reports whether a stage may serve the release.
func (d *decision) serves(i int) bool { return d.stage(i).Phase != Back && !d.superseded(i) }

// remaining says which stages a release that is rolled back still serves.
func (d *decision) remaining() string {
	var back, done []string
	for i := range d.s.Stages {
		switch d.stage(i).Phase {
		case Back:
			back = append(back, d.m.stages[i].Name)
		case Done:
			if d.serves(i) {
				done = append(done, d.m.stages[i].Name)
			}
		}
	}
	if len(done) == 0 {
		return ""
	}
	return " in " + strings.Join(back, ", ") + ", and still serves " + strings.Join(done, ", ")
}

// hold stops the rollout and asks a person. The first reason stands.
func (d *decision) hold(i int, cause Cause, format string, args ...any) {
	if d.s.Hold != nil {
		return
	}
	if d.s.Paused.IsZero() {
		d.freezeAll()
	}
	reason := fmt.Sprintf(format, args...)
	mend(2*maxText, &reason)
	d.s.Hold = &Hold{Since: d.now, Stage: d.m.stages[i].Name, Cause: cause, Reason: reason}
	d.event(EventHold, i, "", "%s: awaits an order to %s", reason, d.answers(i, cause))
}

// answers are the orders that the hold of a stage may be answered with now: none that
// would be refused.
func (d *decision) answers(i int, cause Cause) string {
	orders := []string{"resume"}
	st := d.stage(i)
	switch {
	case d.unlike(i):
		orders = append(orders, "promote")
	case (st.Phase == Waiting && cause.waits() || st.Phase == Moving && cause == CauseRefused) && !d.lost(i) && d.assessment(i).Verdict != health.Degraded:
		orders = append(orders, "promote")
		if st.Phase == Waiting && d.target(i).Await != "" && d.fresh.has(i) && d.arrived(i) {
			orders = append(orders, "keep")
		}
	}
	begun, able, back := false, false, false
	for k := range d.s.Stages {
		switch d.stage(k).Phase {
		case Moving, Waiting, Done:
			if !d.superseded(k) {
				begun, able = true, able || d.irreversible(k) == ""
			}
		case RollingBack:
			begun, back, able = true, true, able || d.lost(k)
		}
	}
	if !back {
		orders = append(orders, "retry")
	}
	if able || !begun {
		orders = append(orders, "roll back")
	}
	last := len(orders) - 1
	if last == 0 {
		return orders[0]
	}
	return strings.Join(orders[:last], ", ") + " or " + orders[last]
}

// clearHold takes back the question of a hold: it was answered, or has become idle.
func (d *decision) clearHold() {
	if d.s.Hold != nil {
		d.s.Hold = nil
		d.restartDeadlines()
	}
}

// fleet is the last usable observation of a begun stage, time applied to it.
func (d *decision) fleet(i int) strategy.Fleet {
	return fleetOf(&d.m.stages[i], d.m.plan.Release.Version, d.stage(i), d.now)
}

// target is the step that a stage is to look like now, without regard to a pause.
func (d *decision) target(i int) *strategy.Step {
	switch st := d.stage(i); st.Phase {
	case RollingBack, Back:
		return &bottom
	default:
		if st.Stable.Version == "" {
			return &d.m.stages[i].first
		}
		return &d.m.stages[i].ladder.Steps[st.Step]
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
