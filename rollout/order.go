package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// maxTaken bounds how many orders are remembered as taken that are not listed any
// more.
const maxTaken = 1000

// order takes the orders of this call that were not taken yet, in their order.
func (d *decision) order() {
	before := len(d.s.Taken)
	for k := range d.in.Commands {
		c := &d.in.Commands[k]
		if slices.Contains(d.s.Taken, c.ID) {
			continue
		}
		d.s.Taken = append(slices.Clip(d.s.Taken), c.ID)
		d.dirty = true
		if why := d.obey(c); why != "" {
			d.event(EventRefused, stageIndex(d.m.plan.Stages, c.Stage), c.By, "%s is refused: %s", c.Kind, why)
		}
	}
	if len(d.s.Taken) > max(before, maxTaken) {
		d.forget(len(d.s.Taken) - maxTaken)
	}
}

// forget drops as many of the taken orders, the oldest first, but none that is listed:
// it would be taken again.
func (d *decision) forget(n int) {
	kept := make([]string, 0, len(d.s.Taken))
	for _, id := range d.s.Taken {
		if n > 0 && !slices.ContainsFunc(d.in.Commands, func(c Command) bool { return c.ID == id }) {
			n--
			continue
		}
		kept = append(kept, id)
	}
	d.s.Taken = kept
}

// unreadable refuses an order that did not come as it was given.
func (c *Command) unreadable() string {
	switch {
	case c.Kind == leftOut:
		return c.Reason
	case strings.HasPrefix(c.ID, unusable):
		return fmt.Sprintf("its ID must be 1 to %d bytes of text", maxName)
	case len(c.Roles) > maxRoles:
		return fmt.Sprintf("it names more than %d roles", maxRoles)
	}
	return ""
}

// retried reports whether an order asks to take an ended rollout up again.
func (d *decision) retried() bool {
	return d.s.Outcome == WentBack && slices.ContainsFunc(d.in.Commands, func(c Command) bool {
		return c.Kind == Retry && c.unreadable() == "" && !slices.Contains(d.s.Taken, c.ID) && d.whole(&c) == "" && d.digest(&c) == ""
	})
}

// obey carries an order out, or says why not.
func (d *decision) obey(c *Command) string {
	if why := c.unreadable(); why != "" {
		return why
	}
	if d.s.Outcome != outcomeRunning && c.Kind != Retry {
		return "the rollout has ended"
	}
	if c.Stage != "" && stageIndex(d.m.plan.Stages, c.Stage) < 0 {
		return "there is no stage " + c.Stage
	}
	if why := d.digest(c); why != "" {
		return why
	}
	if why := d.whole(c); why != "" {
		return why
	}
	switch c.Kind {
	case Pause:
		return d.pause(c)
	case Resume:
		return d.resume(c)
	case RollBack:
		return d.orderedBack(c)
	case Promote:
		return d.promote(c)
	case Keep:
		return d.keep(c)
	case Retry:
		return d.retry(c)
	case Approve, Reject, Revoke:
		return d.vote(c)
	default:
		return "nobody knows this order"
	}
}

// digest refuses an order about another artifact.
func (d *decision) digest(c *Command) string {
	if r := d.m.plan.Release; c.Digest != "" && c.Digest != r.Digest {
		return "it is about digest " + c.Digest + ", the release has " + r.Digest
	}
	return ""
}

// whole refuses to take an order about the whole rollout for one about a stage.
func (d *decision) whole(c *Command) string {
	if (c.Kind == Pause || c.Kind == Resume || c.Kind == Retry) && (c.Stage != "" || c.Step != "") {
		return "it is about the whole rollout, and cannot name a stage or a step"
	}
	return ""
}

func (d *decision) pause(c *Command) string {
	if !d.s.Paused.IsZero() {
		return "the rollout is paused already"
	}
	if d.s.Hold == nil {
		d.freezeAll()
	}
	d.s.Paused = d.now
	d.event(EventPaused, -1, c.By, "paused%s", because(c))
	return ""
}

func (d *decision) resume(c *Command) string {
	if d.s.Paused.IsZero() && d.s.Hold == nil {
		return "the rollout is neither paused nor held"
	}
	d.clearHold()
	d.s.Paused = time.Time{}
	d.restartDeadlines()
	d.event(EventResumed, -1, c.By, "resumed%s", because(c))
	return ""
}

// restartDeadlines gives every move its whole deadline again, and credits no bake
// for the time that stood still.
func (d *decision) restartDeadlines() {
	for i := range d.s.Stages {
		if p := d.stage(i).Phase; p == Back || p == Pending && d.stage(i).Progress.IsZero() {
			continue
		}
		st := d.change(i)
		st.Progress, st.Best = d.now, 0
		if !st.Off.IsZero() { // what is wrong now stays so, since now
			st.Off = d.now
		}
		if !st.Troubled.IsZero() {
			st.Troubled = d.now
		}
		d.bakeFrom(i)
	}
}

// promote waives what the present step waits for, or that a stage is to replace what
// the release says. It is taken while the stage is still on its way to the step, too,
// and then holds once the step is reached.
func (d *decision) promote(c *Command) string {
	i, why := d.addressed(c)
	if why != "" {
		return why
	}
	st := d.stage(i)
	if d.unlike(i) {
		d.clearHold()
		d.change(i).Waived = c.ID
		d.event(EventWaived, i, c.By, "what stage %s replaces is what runs there%s", d.m.stages[i].Name, because(c))
		return ""
	}
	if st.Phase != Moving && st.Phase != Waiting {
		return "the stage is not on its way up"
	}
	switch {
	case d.lost(i):
		return "the target follows a later rollout, and that is not waived"
	case d.assessment(i).Verdict == health.Degraded:
		return "a signal is degraded, and that is not waived"
	}
	if why := d.answered(i); why != "" {
		return why
	}
	d.change(i).Waived = c.ID
	d.event(EventWaived, i, c.By, "what step %s waits for is waived%s", d.m.stages[i].ladder.Steps[st.Step].Name, because(c))
	return ""
}

// unlike reports whether a hold asks about a stage that was not begun because its fleet
// does not run what the release says it replaces.
func (d *decision) unlike(i int) bool {
	h, o := d.s.Hold, d.observed(i)
	if h == nil || h.Stage != d.m.stages[i].Name || h.Cause != CauseMismatch || d.stage(i).Phase != Pending || o == nil || d.usable(i, o) != "" {
		return false
	}
	_, mismatch, _ := stableOf(&d.m.plan.Release, o)
	return mismatch != ""
}

// answered takes back the question of a hold that a decision about a stage's step
// answers: the waiting at it. Of any other hold it says that it stands.
func (d *decision) answered(i int) string {
	if h := d.s.Hold; h != nil {
		if h.Stage != d.m.stages[i].Name || !h.Cause.waits() || d.stage(i).Phase == Moving && h.Cause != CauseRefused {
			return "the rollout is held: " + h.Reason
		}
		d.clearHold()
	}
	return ""
}

// keep ends a stage at the present step, which awaits a decision.
func (d *decision) keep(c *Command) string {
	i, why := d.addressed(c)
	if why != "" {
		return why
	}
	st, step := d.stage(i), d.target(i)
	switch {
	case st.Phase != Waiting:
		return "the stage does not wait at a step"
	case step.Await == "":
		return "step " + step.Name + " awaits no decision"
	case d.assessment(i).Verdict == health.Degraded:
		return "a signal is degraded, and that is not kept"
	case !d.fresh.has(i) || !d.arrived(i):
		return "the fleet is not seen to look like step " + step.Name
	}
	if why := d.answered(i); why != "" {
		return why
	}
	st = d.change(i)
	st.Phase, st.Waived, st.Off, st.Standing = Done, "", time.Time{}, Span{}
	d.event(EventDone, i, c.By, "stage %s is done: %s%s", d.m.stages[i].Name, d.keptAt(i), because(c))
	return ""
}

// keptAt says at which step a stage was kept.
func (d *decision) keptAt(i int) string {
	return fmt.Sprintf("kept at step %s: %s", d.target(i).Name, d.gives(i))
}

// addressed is the stage that an order about a step is about: the one it names, or
// the only one that it can mean; and the step must be the present one.
func (d *decision) addressed(c *Command) (int, string) {
	i := stageIndex(d.m.plan.Stages, c.Stage)
	if c.Stage == "" {
		n, at := 0, 0 // that it can mean, and those of them at its step
		for k := range d.s.Stages {
			if !d.meant(c, k) {
				continue
			}
			n++
			if here := d.standing(k) == c.Step; here || i < 0 {
				i = k
				if here {
					at++
				}
			}
		}
		if exact := c.Kind.votes() && (c.Step != "" || c.Kind == Approve) && at == 1; n > 1 && !exact {
			return -1, "it must name its stage: more than one can be meant"
		}
	}
	if i < 0 {
		return -1, "no stage is on its way up"
	}
	step := d.m.stages[i].ladder.Steps[d.stage(i).Step].Name
	if c.Kind.votes() {
		step = d.standing(i)
	}
	switch {
	case c.Step == "" || c.Step == step:
	case step == "":
		return -1, "it is about step " + c.Step + ", the stage was not begun"
	default:
		return -1, "it is about step " + c.Step + ", the stage is at " + step
	}
	return i, ""
}

// meant reports whether an order that names no stage can mean this one.
func (d *decision) meant(c *Command, i int) bool {
	if c.Kind.votes() {
		return d.takesVotes(i)
	}
	p := d.stage(i).Phase
	return p == Moving || p == Waiting || d.unlike(i)
}

// retry begins a new attempt: fresh evidence and budget, every stage that is not
// done from its first step again; one that is done and degraded from where it is.
func (d *decision) retry(c *Command) string {
	if d.s.Hold == nil && d.s.Paused.IsZero() && d.s.Outcome == outcomeRunning {
		return "there is nothing to retry: the rollout is neither held nor paused nor rolled back"
	}
	for i := range d.s.Stages {
		if d.stage(i).Phase == RollingBack {
			return "stage " + d.m.stages[i].Name + " is still on its way back"
		}
	}
	d.s.Attempt++
	d.s.Ask = nil // those of the last attempt are cancelled
	d.s.RolledBack, d.s.Hold, d.s.Paused, d.s.Outcome = false, nil, time.Time{}, outcomeRunning
	d.event(EventStarted, -1, c.By, "attempt %d starts%s", d.s.Attempt, because(c))
	for i := range d.s.Stages {
		phase := d.stage(i).Phase
		if phase == Done && !d.lost(i) && d.assessment(i).Verdict == health.Degraded {
			phase = Waiting // it serves on, and is judged again before it is done
		}
		switch phase {
		case Pending:
			st := d.change(i)
			st.Progress, st.Off, st.Asked = time.Time{}, time.Time{}, false
			d.ledger(i).Votes = nil
			if !st.Troubled.IsZero() {
				st.Troubled = d.now
			}
		case Done:
			d.refresh(i)
		case Back: // it begins again when what it needs is done, with what serves then
			st := d.change(i)
			st.Phase, st.Step, st.Progress, st.Off = Pending, 0, time.Time{}, time.Time{}
			d.refresh(i)
			st.Ledger.Step = ""
			name := d.m.stages[i].Name
			d.s.Want = slices.DeleteFunc(slices.Clone(d.s.Want), func(w Want) bool { return w.Stage == name })
			d.trouble(i, "")
			d.look(i) // whom the target follows now is looked at when the stage begins
		default:
			st := d.change(i)
			if st.Phase != Done {
				st.Step = d.firstStep(i)
			}
			if d.lost(i) {
				d.regain(i, c)
			} else {
				st.Epoch = d.nextEpoch(i)
			}
			if st.Phase == Waiting && st.stands() { // from here on it is on its way
				d.freeze(i)
			}
			st.Phase = Moving
			d.refresh(i)
			d.moving(i)
		}
	}
	return ""
}

func because(c *Command) string {
	if c.Reason == "" {
		return ""
	}
	return ": " + c.Reason
}
