package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// advance takes a stage one transition further, if one is due.
func (d *decision) advance(i int) {
	switch d.stage(i).Phase {
	case Pending:
		d.enter(i)
	case Moving:
		d.stand(i)
		d.move(i)
	case Waiting:
		d.stand(i)
		d.leave(i)
	case RollingBack:
		d.back(i)
	}
}

// enter begins a stage once the stages it needs are done and its entry gates are
// open. No stage begins while anything goes back.
func (d *decision) enter(i int) {
	c := &d.m.stages[i]
	if d.stopped() || !d.needsMet(i) {
		return
	}
	for k := range d.s.Stages {
		if p := d.stage(k).Phase; p == RollingBack || p == Back {
			return
		}
	}
	if d.stage(i).Progress.IsZero() {
		d.change(i).Progress = d.now // from here on it could begin
	}
	switch gates := d.evaluate(i, c.entry); gates.Answer {
	case gate.Refuse:
		d.hold(i, CauseRefused, "stage %s: %s", c.Name, d.words(i, c.entry))
		return
	case gate.Wait:
		if st := d.stage(i); !st.Off.IsZero() {
			d.change(i).Off = time.Time{} // nothing is due yet
			d.trouble(i, "")
		}
		d.tellAsked(i)
		if limit := c.GateDeadline; limit > 0 && !d.now.Before(d.stage(i).Progress.Add(limit)) {
			d.hold(i, CauseDeadline, "the entry gates of stage %s stayed closed for %s: %s", c.Name, strict.FormatDuration(limit), d.words(i, c.entry))
		}
		return
	}
	if !d.fresh.has(i) {
		if o := d.observed(i); o != nil {
			d.trouble(i, d.usable(i, o))
		}
		d.off(i, "stage "+c.Name+" was not observed")
		return
	}
	d.begin(i)
}

// begin starts a stage with what its fleet is now.
func (d *decision) begin(i int) {
	c, o := &d.m.stages[i], d.observed(i)
	r := d.m.plan.Release
	if d.stage(i).Waived != "" { // what it says it replaces was waived: it replaces what there is
		r.Replaces = ""
	}
	stable, mismatch, passing := stableOf(&r, o)
	if mismatch != "" {
		if d.stage(i).Off.IsZero() {
			d.change(i).Off = d.now
		}
		if !passing || !d.now.Before(c.deadline(d.stage(i).Off)) {
			d.hold(i, CauseMismatch, "stage %s: %s", c.Name, mismatch)
		} else {
			d.trouble(i, mismatch)
		}
		return
	}
	d.trouble(i, "")
	st := d.change(i)
	st.Phase, st.Stable, st.Begun, st.Off, st.Fleet = Moving, stable, d.now, time.Time{}, Observed{}
	st.Settling, st.Draining = Settling{}, Draining{}
	st.Ledger.Earlier = d.earlier()
	st.Epoch = d.nextEpoch(i)
	d.remember(i, o)
	st = d.change(i)
	st.Step, st.Sized = d.firstStep(i), o.Desired
	d.refresh(i)
	from := "it is the first deploy"
	if stable.Version != "" {
		from = "it replaces " + stable.Version
	}
	d.event(EventBegan, i, "", "stage %s begins with %s: %s", c.Name, d.m.plan.Release.Version, from)
	d.moving(i)
}

func (d *decision) needsMet(i int) bool {
	for _, need := range d.m.stages[i].needs {
		if d.stage(need).Phase != Done {
			return false
		}
	}
	return true
}

func (d *decision) earlier() int {
	n := 0
	for i := range d.s.Stages {
		if d.stage(i).Phase == Done {
			n++
		}
	}
	return n
}

// firstStep is where a stage starts to climb. A first deploy has nothing to share
// the traffic with: its only step is the last.
func (d *decision) firstStep(i int) int {
	if d.stage(i).Stable.Version == "" {
		return d.m.stages[i].last()
	}
	return 0
}

// refresh gives a stage the evidence of a new attempt: none.
func (d *decision) refresh(i int) {
	st, c := d.change(i), &d.m.stages[i]
	st.Evidence = make([]health.Evidence, len(c.policy.Signals)+1)
	for k := range st.Evidence {
		st.Evidence[k].Through = d.now
	}
	d.owned[i].evidence = true
	st.Waived, st.Progress, st.Best = "", d.now, 0
	d.renew(i, time.Time{})
}

// renew gives a stage the ledger of a new step.
func (d *decision) renew(i int, reached time.Time) {
	st, c := d.change(i), &d.m.stages[i]
	st.Elsewhere, st.Away, st.Asked = nil, 0, false
	st.Ledger = gate.Ledger{
		Stage: c.Name, Step: c.ladder.Steps[st.Step].Name, Digest: d.m.plan.Release.Digest, Last: st.Step == c.last(),
		Reached: reached, Frontier: reached, Earlier: st.Ledger.Earlier,
		Counts:  append([]gate.Count(nil), c.counts[st.Step]...),
		Peaks:   c.uncovered(st.Step),
		Signals: make([]gate.Signal, len(st.Evidence)),
	}
	d.owned[i].ledger = true
	for k := range st.Ledger.Signals {
		st.Ledger.Signals[k] = gate.Signal{Name: signalName(c, k), Since: d.now, Advisory: k < len(c.policy.Signals) && c.policy.Signals[k].Advisory}
	}
}

// moving starts the clock of a move towards the stage's present step.
func (d *decision) moving(i int) {
	st, c := d.change(i), &d.m.stages[i]
	st.Progress, st.Best = d.now, 0
	d.afresh(i)
	d.event(EventMoving, i, "", "moving to step %s: %s", c.ladder.Steps[st.Step].Name, d.gives(i))
}

// move follows a stage on its way to a step.
func (d *decision) move(i int) {
	if d.stopped() {
		return
	}
	c := &d.m.stages[i]
	if d.stage(i).stands() {
		d.refused(i, c.pausing)
		return
	}
	if d.fresh.has(i) {
		f, to := d.fleet(i), d.target(i)
		if d.arrived(i) {
			d.reach(i)
			return
		}
		if err := c.ladder.Feasible(to, f.Desired, f.Can); err != nil {
			d.hold(i, CauseInfeasible, "step %s of stage %s cannot be reached: %v", to.Name, c.Name, err)
			return
		}
		n := d.remains(i, to)
		if b := d.stage(i).Best; f.Before > 0 && b != 0 && n > b {
			d.change(i).Best = n // what a scale event adds to both versions is no step back
		}
		d.progress(i, n)
	}
	if d.now.Before(c.deadline(d.stage(i).Progress)) {
		return
	}
	words := "step " + d.target(i).Name + " of stage " + c.Name + " made no progress for " + strict.FormatDuration(c.Deadline) + d.troubled(i)
	if d.m.plan.OnFailure.Deadline == health.Rollback && d.rollbackDue(i) {
		d.rollBack(i, words)
		return
	}
	d.hold(i, d.overdue(i, CauseDeadline), "%s", words)
}

// overdue is the cause of a hold for what did not come in time, unless a known one is
// behind it.
func (d *decision) overdue(i int, cause Cause) Cause {
	if o := d.observed(i); o != nil && d.foreign(o) != "" {
		return CauseMismatch
	}
	return cause
}

// troubled is what is known about why a stage is not as it should be.
func (d *decision) troubled(i int) string {
	st := d.stage(i)
	if st.Trouble != "" {
		return ": " + st.Trouble
	}
	w := d.wantOf(i)
	if w == nil {
		return ""
	}
	var lacks []string
	switch f := &st.Fleet; {
	case w.Allocation.Routed && !f.Routed:
		lacks = append(lacks, "its routes are not in effect")
	case f.Routed && !w.Allocation.Routed:
		lacks = append(lacks, "routes that are not wanted are in effect")
	}
	if st.Fleet.Mirror != w.Allocation.Mirror {
		lacks = append(lacks, fmt.Sprintf("%s of stable's requests are mirrored, not %s", st.Fleet.Mirror, w.Allocation.Mirror))
	}
	if len(lacks) == 0 {
		return ""
	}
	return ": " + strings.Join(lacks, ", and ")
}

// remains is how far a stage is from a step when it has what it is asked for now: an
// instance that was only asked for is no progress, one that is ready is. Otherwise
// every scale event, which asks for one more, would put off a deadline.
func (d *decision) remains(i int, to *strategy.Step) int64 {
	f, pace := d.fleet(i), d.m.stages[i].pace()
	a := strategy.Move(f, to, pace)
	f.Stable.Instances, f.Candidate.Instances, f.Leftover.Instances = a.Stable.Instances, a.Candidate.Instances, a.Leftover.Instances
	return max(1, strategy.Distance(f, to, pace)) // 0 is a best that is not known yet
}

// progress notes that a move came closer to its step than it was before.
func (d *decision) progress(i int, distance int64) {
	if st := d.stage(i); st.Best == 0 || distance < st.Best {
		st = d.change(i)
		if st.Best != 0 {
			st.Progress = d.now
		}
		st.Best = distance
	}
}

// reach begins the waiting at a step: everything that speaks for the release, and
// everything that gates count, starts from nothing.
func (d *decision) reach(i int) {
	st, c := d.change(i), &d.m.stages[i]
	st.Phase = Waiting
	for k := range st.Evidence {
		if e := d.evidence(i, k); k < len(c.policy.Signals) {
			c.policy.Signals[k].Begin(e)
		} else {
			c.policy.Readiness.Begin(e)
		}
	}
	votes := st.Ledger.Votes // given on the way to the step they are about
	d.renew(i, d.now)
	st.Ledger.Votes = slices.Clone(votes)
	f := d.fleet(i)
	size, _ := d.target(i).Sizes(f.Desired, f.Can)
	st.Ready = min(size, f.Candidate.Ready)
	d.event(EventReached, i, "", "step %s is reached: %s", d.target(i).Name, d.gives(i))
}

// leave lets a stage go on from the step it waits at, if everything is open in
// this very call.
func (d *decision) leave(i int) {
	if d.stopped() {
		return
	}
	c := &d.m.stages[i]
	gates := c.gates[d.stage(i).Step]
	if d.stage(i).stands() {
		d.refused(i, gates)
		return
	}
	if !d.looks(i) || d.refused(i, gates) {
		return
	}
	waived := d.stage(i).Waived != "" // but for what no waiver opens
	if d.passable(i) && d.consult(i, gates).Answer == gate.Open && (waived || d.kept(i)) {
		d.pass(i)
		return
	}
	if d.place(i).asks && d.passable(i) && d.kept(i) {
		d.tellAsked(i)
	}
	if limit := c.GateDeadline; limit > 0 && !waived && !d.now.Before(d.due(i)) {
		d.hold(i, CauseDeadline, "the gates of step %s of stage %s stayed closed for %s: %s", d.target(i).Name, c.Name, strict.FormatDuration(limit), d.missing(i))
	}
}

// due is when the gates of the step that a stage waits at are to be open. While the
// step is only kept they have time.
func (d *decision) due(i int) time.Time {
	st := d.stage(i)
	return latest(st.Ledger.Reached.Add(d.target(i).Keep), st.Progress, st.Standing.To).Add(d.m.stages[i].GateDeadline)
}

// looks reports whether the fleet was seen in this call to look like the step that
// the stage waits at, and holds if it has not for too long, or cannot any more.
func (d *decision) looks(i int) bool {
	c := &d.m.stages[i]
	if !d.fresh.has(i) {
		d.off(i, "stage "+c.Name+" was not observed")
		return false
	}
	if !d.seated(i) {
		f, to := d.fleet(i), d.target(i)
		if err := c.ladder.Feasible(to, f.Desired, f.Can); err != nil {
			d.hold(i, CauseInfeasible, "step %s of stage %s cannot be kept: %v", to.Name, c.Name, err)
			return false
		}
		d.off(i, "the fleet of stage "+c.Name+" did not look like step "+to.Name)
		return false
	}
	return true
}

// off notes that a stage is not as it should be, and holds when that lasts for the
// stage's deadline.
func (d *decision) off(i int, what string) {
	c := &d.m.stages[i]
	if d.stage(i).Off.IsZero() {
		d.change(i).Off = d.now
	}
	if !d.now.Before(c.deadline(latest(d.stage(i).Off, d.stage(i).Standing.To))) {
		d.hold(i, d.overdue(i, CauseDeadline), "%s for %s%s", what, strict.FormatDuration(c.Deadline), d.troubled(i))
	}
}

// passable is what no gate is needed for and only partly waived: the signals say
// healthy now, which a waiver replaces unless one of them is degraded.
func (d *decision) passable(i int) bool {
	st := d.stage(i)
	switch v := d.assessment(i).Verdict; {
	case v == health.Degraded:
		return false
	case st.Waived != "":
		return true
	default:
		return v == health.Healthy
	}
}

// kept reports whether the step was kept for as long as it says, and awaits nobody.
func (d *decision) kept(i int) bool {
	step := d.target(i)
	return step.Await == "" && !d.now.Before(d.stage(i).Ledger.Reached.Add(step.Keep))
}

// pass leaves a step upwards.
func (d *decision) pass(i int) {
	st, c := d.change(i), &d.m.stages[i]
	d.event(EventPassed, i, "", "step %s is passed", c.ladder.Steps[st.Step].Name)
	st.Waived = ""
	if st.Step == c.last() {
		st.Phase = Done
		d.event(EventDone, i, "", "stage %s is done: %s serves", c.Name, d.m.plan.Release.Version)
		return
	}
	st.Phase = Moving
	st.Step++
	d.renew(i, time.Time{})
	d.moving(i)
}

// evaluate asks all gates of a list: open if every one is.
func (d *decision) evaluate(i int, gates []gate.Gate) gate.Decision {
	return gate.All(gates).Evaluate(d.facts(i))
}

// words are what the gates of a list say, those that are not open; if any refuses, those
// that do.
func (d *decision) words(i int, gates []gate.Gate) string {
	facts, refused := d.told(i), d.evaluate(i, gates).Answer == gate.Refuse
	text := ""
	for _, g := range gates {
		if r := g.Explain(facts); r.Answer != gate.Open && (r.Answer == gate.Refuse || !refused) {
			if text != "" {
				text += "; "
			}
			text += r.String()
		}
	}
	if text == "" {
		return "its gates are open"
	}
	return text
}
