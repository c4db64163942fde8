package rollout

import (
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// irreversible says why a stage cannot go back to stable; empty if it can.
func (d *decision) irreversible(i int) string {
	if why := d.m.plan.Release.Irreversible; why != "" {
		return "the release is irreversible: " + why
	}
	if d.stage(i).Stable.Version == "" {
		return "it is the first deploy, there is nothing to go back to"
	}
	return ""
}

// rollbackDue reports whether a failure of a stage may roll back automatically:
// once per attempt, and only to a stable that is in the horizon.
func (d *decision) rollbackDue(i int) bool { return !d.s.RolledBack && d.irreversible(i) == "" }

// rollBack sends a failed stage back to stable, and by policy every other stage
// that was begun.
func (d *decision) rollBack(i int, why string) {
	d.s.RolledBack = true
	d.turn(i, "", why)
	if d.m.plan.OnFailure.Rollback == RollbackAll {
		d.turnAll("", "stage "+d.m.stages[i].Name+" failed")
	}
}

func (d *decision) turnAll(by, why string) {
	for i := range d.s.Stages {
		switch d.stage(i).Phase {
		case Moving, Waiting, Done:
			if d.irreversible(i) == "" && !d.superseded(i) {
				d.turn(i, by, why)
			}
		}
	}
	for i := range d.s.Stages { // now it is known which orders answer
		switch d.stage(i).Phase {
		case Moving, Waiting, Done:
			if no := d.irreversible(i); no != "" && !d.superseded(i) {
				d.hold(i, CauseIrreversible, "stage %s cannot go back: %s", d.m.stages[i].Name, no)
			}
		}
	}
}

// turn starts the way down of one stage, which answers a hold of it.
func (d *decision) turn(i int, by, why string) {
	if h := d.s.Hold; h != nil && h.Stage == d.m.stages[i].Name {
		d.clearHold()
	}
	st := d.change(i)
	st.Progress, st.Best, st.Waived, st.Ready, st.Standing = d.now, 0, "", 0, Span{}
	d.event(EventRollback, i, by, "stage %s goes back to %s: %s", d.m.stages[i].Name, st.Stable.Version, why)
	st.Phase = RollingBack
	d.look(i)
	needing := d.needing(i)
	for k := range d.s.Stages { // what needs this one stops
		if p := d.stage(k).Phase; !needing[k] || p != Moving && p != Waiting {
			continue
		}
		if no := d.irreversible(k); no != "" {
			d.hold(k, CauseIrreversible, "stage %s needs stage %s, which goes back, and cannot go back itself: %s", d.m.stages[k].Name, d.m.stages[i].Name, no)
		} else {
			d.turn(k, "", "it needs stage "+d.m.stages[i].Name+", which goes back")
		}
	}
}

// needing are the stages that need a stage, or one that needs it, and so on: what is
// done in between stays as it is.
func (d *decision) needing(i int) []bool {
	all := make([]bool, len(d.m.stages))
	for more := true; more; {
		more = false
		for k := range all {
			if !all[k] && slices.ContainsFunc(d.m.stages[k].needs, func(n int) bool { return n == i || all[n] }) {
				all[k], more = true, true
			}
		}
	}
	return all
}

// lost reports whether the target of a stage follows a later rollout.
func (d *decision) lost(i int) bool {
	st := d.stage(i)
	return st.Phase != Pending && st.Follows > st.Epoch
}

// ours are the wants that are to be applied: none of a stage whose target follows a later
// rollout.
func (d *decision) ours() []Want {
	for i := range d.s.Stages {
		if d.lost(i) {
			return slices.DeleteFunc(slices.Clone(d.s.Want), func(w Want) bool { return d.lost(stageIndex(d.m.plan.Stages, w.Stage)) })
		}
	}
	return d.s.Want
}

// superseded reports whether a stage was done before a later rollout had its target:
// what serves there now is not this one's to judge or to take away. An order that names
// the stage does.
func (d *decision) superseded(i int) bool { return d.stage(i).Phase == Done && d.lost(i) }

// nextEpoch is above all that the stage, its target and the host know of.
func (d *decision) nextEpoch(i int) uint64 {
	next := max(d.stage(i).Epoch, d.stage(i).Follows) + 1
	next = max(next, d.in.Epoch)
	if o := d.observed(i); o != nil && o.Err == "" {
		next = max(next, o.Fence.Epoch+1)
	}
	return next
}

// regain takes the target of a stage back from a later rollout: only on an order. A
// stage that is on its way back goes on.
func (d *decision) regain(i int, c *Command) {
	if !d.lost(i) {
		return
	}
	st := d.change(i)
	st.Epoch = d.nextEpoch(i)
	st.Progress, st.Best = d.now, 0
	d.event(EventResumed, i, c.By, "stage %s takes its target back from a later rollout%s", d.m.stages[i].Name, because(c))
	d.trouble(i, "")
	d.look(i)
}

// orderedBack carries out an operator's rollback.
func (d *decision) orderedBack(c *Command) string {
	why := "ordered" + because(c)
	if c.Stage != "" {
		i := stageIndex(d.m.plan.Stages, c.Stage)
		if d.stage(i).Phase == RollingBack && d.lost(i) {
			if h := d.s.Hold; h != nil && h.Stage == c.Stage {
				d.clearHold()
			}
			d.regain(i, c)
			return ""
		}
		if p := d.stage(i).Phase; p != Moving && p != Waiting && p != Done {
			return "the stage is not on its way up"
		}
		if step := d.m.stages[i].ladder.Steps[d.stage(i).Step].Name; c.Step != "" && c.Step != step {
			return "it is about step " + c.Step + ", the stage is at " + step
		}
		if no := d.irreversible(i); no != "" {
			return no
		}
		d.regain(i, c)
		d.turn(i, c.By, why)
		return ""
	}
	begun, able, no, but := 0, 0, "", ""
	for i := range d.s.Stages {
		switch d.stage(i).Phase {
		case Moving, Waiting, Done:
			if d.superseded(i) {
				but = " but what later rollouts have now"
				continue
			}
			begun++
			if why := d.irreversible(i); why != "" {
				no = "stage " + d.m.stages[i].Name + ": " + why
			} else {
				able++
			}
		case RollingBack:
			begun++
			if no = "it is on its way back already"; d.lost(i) {
				able++
			}
		}
	}
	if begun > 0 && able == 0 {
		return no
	}
	d.clearHold()
	d.s.Paused = time.Time{}
	if begun == 0 { // nothing was done: that is how it ends
		d.s.Outcome = WentBack
		d.event(EventRolledBack, -1, c.By, "nothing%s was begun, and nothing will be%s", but, because(c))
		return ""
	}
	for i := range d.s.Stages {
		if p := d.stage(i).Phase; p == RollingBack || (p == Moving || p == Waiting) && d.irreversible(i) == "" {
			d.regain(i, c)
		}
	}
	d.turnAll(c.By, why)
	return ""
}

// back follows a stage on its way down. Neither a pause nor a hold stops it: stable
// is where it is safe.
func (d *decision) back(i int) {
	st, c := d.stage(i), &d.m.stages[i]
	if d.fresh.has(i) {
		f := d.fleet(i)
		if c.ladder.Arrived(f, &bottom) {
			d.change(i).Phase = Back
			if h := d.s.Hold; h != nil && h.Stage == c.Name {
				d.clearHold()
			}
			d.event(EventRolledBack, i, "", "stage %s is back at %s", c.Name, st.Stable.Version)
			return
		}
		d.progress(i, d.remains(i, &bottom))
		switch had := d.stage(i).Ready; {
		case f.Stable.Ready != 0 && f.Stable.Ready != had:
			d.change(i).Ready = f.Stable.Ready
		case f.Stable.Ready == 0 && had > 0 && f.Desired > 0:
			d.hold(i, CauseStable, "stable lost its last ready instance on the way back of stage %s: the candidate serves what it can", c.Name)
		}
	}
	if d.now.Before(c.deadline(d.stage(i).Progress)) {
		return
	}
	why := d.troubled(i)
	if err := c.ladder.Feasible(&bottom, d.stage(i).Fleet.Desired, d.stage(i).Fleet.Can); err != nil {
		why += ": " + err.Error()
	}
	d.hold(i, CauseDeadline, "the way back of stage %s made no progress for %s%s", c.Name, strict.FormatDuration(c.Deadline), why)
}
