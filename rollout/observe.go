package rollout

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// maxAge is how old an observation may be to be decided on.
const maxAge = time.Minute

// observe takes in the observations of this call. What cannot be used changes
// nothing but the trouble that is reported.
func (d *decision) observe() {
	for i := range d.m.stages {
		d.look(i)
	}
}

// look takes in what was observed of a stage: also again, once its phase has changed
// in a way that changes what can be used.
func (d *decision) look(i int) {
	o := d.observed(i)
	if o == nil {
		return
	}
	if p := d.stage(i).Phase; p != Pending && o.Err == "" && o.Fence.Epoch > max(d.stage(i).Epoch, d.stage(i).Follows) {
		d.change(i).Follows = o.Fence.Epoch
	}
	trouble := d.usable(i, o)
	if d.stage(i).Phase != Pending { // before that it matters only once the stage may begin
		d.trouble(i, trouble)
	}
	d.fresh.set(i, trouble == "" && !o.seen(d.now).Before(d.stage(i).Fleet.At))
	if d.fresh.has(i) {
		d.remember(i, o)
	}
}

func (d *decision) observed(i int) *Observed {
	for k := range d.in.Fleets {
		if d.in.Fleets[k].Stage == d.m.stages[i].Name {
			return &d.in.Fleets[k]
		}
	}
	return nil
}

// seen is when the observation was made, in the machine's time.
func (o *Observed) seen(now time.Time) time.Time {
	if o.At.IsZero() || o.At.After(now) {
		return now
	}
	return o.At.UTC().Round(0)
}

// trouble notes why a fleet cannot be decided on, or that it can be again. What is
// told is the beginning of a trouble: its words may differ at every look.
func (d *decision) trouble(i int, why string) {
	switch troubled := !d.stage(i).Troubled.IsZero(); {
	case why == "" && troubled:
		st := d.change(i)
		st.Trouble, st.Troubled = "", time.Time{}
	case why != "" && !troubled:
		st := d.change(i)
		st.Trouble, st.Troubled = why, d.now
		d.event(EventTrouble, i, "", "%s", why)
	}
}

// usable says why an observation cannot be decided on; empty if it can.
func (d *decision) usable(i int, o *Observed) string {
	if o.Err != "" {
		return "the fleet cannot be observed: " + o.Err
	}
	if age := d.now.Sub(o.seen(d.now)); age > maxAge {
		return "the observation of the fleet is older than " + strict.FormatDuration(maxAge)
	}
	st := d.stage(i)
	if why := d.foreign(o); why != "" && st.Phase != RollingBack && st.Phase != Back { // whatever it is, the way down is open to it
		return why
	}
	if d.lost(i) {
		return fmt.Sprintf("the target follows a later rollout: its epoch is %d, this one's %d", st.Follows, st.Epoch)
	}
	return ""
}

// foreign says that the candidate runs with another digest than the release; empty if
// it does not.
func (d *decision) foreign(o *Observed) string {
	r := d.m.plan.Release
	for k := range o.Versions {
		if v := &o.Versions[k]; r.Digest != "" && v.Version == r.Version && v.Digest != "" && v.Digest != r.Digest {
			return fmt.Sprintf("version %s runs with digest %s, the release has %s", v.Version, v.Digest, r.Digest)
		}
	}
	return ""
}

// remember keeps an observation, if it says anything new.
func (d *decision) remember(i int, o *Observed) {
	st := d.stage(i)
	if st.Phase == Pending || sameFleet(&st.Fleet, o) {
		return
	}
	at := o.seen(d.now)
	st = d.change(i)
	c := &d.m.stages[i]
	before, after := split(c, d.m.plan.Release.Version, st, &st.Fleet), split(c, d.m.plan.Release.Version, st, o)
	st.Settling.note(after, at)
	st.Draining.note(before, after, at)
	if st.Fleet.Desired != o.Desired {
		st.Best = 0 // what is left to do is another thing now
	}
	if before.Candidate.Weight != after.Candidate.Weight || before.Stable.Weight != after.Stable.Weight || st.Weighed.IsZero() {
		st.Weighed = at
	}
	st.Fleet = *o
	st.Fleet.At = at
	st.Fleet.Versions = append([]Version(nil), o.Versions...)
	d.afresh(i)
}

// oneLine is what is wrong with an observation, without line breaks.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

func sameFleet(a, b *Observed) bool {
	if a.Desired != b.Desired || a.Can != b.Can || a.Routed != b.Routed || a.Mirror != b.Mirror || a.Fence != b.Fence || len(a.Versions) != len(b.Versions) {
		return false
	}
	for k := range a.Versions {
		if a.Versions[k] != b.Versions[k] {
			return false
		}
	}
	return true
}

const maxCount = 1<<31 - 1

// Check says everything that makes an observation impossible: it is then an error
// of the target, and nothing is decided on it.
func (o *Observed) Check() error {
	var wrong strict.Problems
	if o.Desired < 0 || o.Desired > maxCount {
		wrong.Add("desired", o.Desired, ruleCount)
	}
	if o.Mirror < 0 || o.Mirror > strategy.Full {
		wrong.Add("mirror", int64(o.Mirror), ruleWeight)
	}
	if o.Fence.Epoch > 2*maxEpoch {
		wrong.Add("fence.epoch", o.Fence.Epoch, fmt.Sprintf("must be at most %d: nothing could follow", uint64(2*maxEpoch)))
	}
	o.checkCan(&wrong)
	if len(o.Versions) > 1000 {
		wrong.Add("versions", len(o.Versions), "must be at most 1000")
		return wrong.Err()
	}
	var weights, ready int64
	for k := range o.Versions {
		v := &o.Versions[k]
		if err := v.check(o.Versions[:k]); err != nil {
			wrong.Join(fmt.Sprintf("versions[%d]", k), err)
		}
		weights, ready = weights+int64(v.Weight), ready+v.Ready
	}
	idle := weights == 0 && ready == 0 && (!o.Can.Unlimited || len(o.Versions) == 0) // nothing to send traffic to
	if (o.Can.Split || o.Can.Unlimited) && !idle && weights != int64(strategy.Full) {
		wrong.Add("versions", nil, fmt.Sprintf("the weights must add up to 100%%, not %s", strategy.Weight(weights)))
	}
	return wrong.Err()
}

// checkCan refuses what a target says that it does and cannot do: a stage would wait
// for ever for it to end.
func (o *Observed) checkCan(wrong *strict.Problems) {
	if o.Routed && !o.Can.Match {
		wrong.Add("routed", o.Routed, "must be false: the target cannot match requests")
	}
	if o.Mirror > 0 && !o.Can.Mirror {
		wrong.Add("mirror", int64(o.Mirror), "must be 0: the target cannot mirror requests")
	}
	if o.Can.Grain < 0 || o.Can.Grain > strategy.Full {
		wrong.Add("can.grain", int64(o.Can.Grain), ruleWeight)
	}
	if o.Can.Quota < 0 {
		wrong.Add("can.quota", o.Can.Quota, "must not be negative; 0 means none")
	}
}

const (
	ruleCount  = "must be from 0 to 2147483647"
	ruleWeight = "must be from 0 to 10000 basis points"
)

func (v *Version) check(others []Version) error {
	var wrong strict.Problems
	if v.Version == "" {
		wrong.Add("version", nil, "must be given")
	}
	checkText(&wrong, "version", v.Version, maxName)
	checkText(&wrong, "digest", v.Digest, maxText)
	for k := range others {
		if others[k].Version == v.Version {
			wrong.Add("version", v.Version, "must be there once")
		}
	}
	if v.Instances < 0 || v.Instances > maxCount {
		wrong.Add("instances", v.Instances, ruleCount)
	}
	if v.Stopping < 0 || v.Stopping > maxCount {
		wrong.Add("stopping", v.Stopping, ruleCount)
	}
	if v.Ready < 0 || v.Ready > v.Instances {
		wrong.Add("ready", v.Ready, "must be from 0 to the number of instances")
	}
	if v.Starting < 0 || v.Starting > v.Instances-v.Ready {
		wrong.Add("starting", v.Starting, "must be from 0 to the number of instances that are not ready")
	}
	if v.Weight < 0 || v.Weight > strategy.Full {
		wrong.Add("weight", int64(v.Weight), ruleWeight)
	}
	return wrong.Err()
}

// note keeps the ages of what is ready now.
func (s *Settling) note(f strategy.Fleet, at time.Time) {
	s.Stable = note(s.Stable, f.Stable.Ready, at)
	s.Candidate = note(s.Candidate, f.Candidate.Ready, at)
	s.Leftover = note(s.Leftover, f.Leftover.Ready, at)
}

// note keeps when weights fell. The candidate also has requests to finish of routes
// that are no more, and of mirrors.
func (g *Draining) note(before, after strategy.Fleet, at time.Time) {
	fell := func(t *time.Time, before, after strategy.Counts) {
		if after.Weight < before.Weight {
			*t = at
		}
	}
	fell(&g.Stable, before.Stable, after.Stable)
	fell(&g.Candidate, before.Candidate, after.Candidate)
	fell(&g.Leftover, before.Leftover, after.Leftover)
	if before.Routed && !after.Routed || after.Mirror < before.Mirror {
		g.Candidate = at
	}
}

// split sorts the observed versions into stable, candidate and leftovers.
func split(c *stage, candidate string, st *StageState, o *Observed) strategy.Fleet {
	f := strategy.Fleet{Desired: o.Desired, Routed: o.Routed, Mirror: o.Mirror, Can: o.Can}
	for k := range o.Versions {
		v := &o.Versions[k]
		part := &f.Leftover
		switch v.Version {
		case candidate:
			part = &f.Candidate
		case st.Stable.Version:
			part = &f.Stable
		}
		part.Instances += v.Instances
		part.Starting += v.Starting
		part.Stopping += v.Stopping
		part.Ready += v.Ready
		part.Weight += v.Weight
	}
	return f
}

// fleetOf is what was observed last, with the time that passed since turned into
// counts: who is settled, and who may be released.
func fleetOf(c *stage, candidate string, st *StageState, now time.Time) strategy.Fleet {
	f := split(c, candidate, st, &st.Fleet)
	apply := func(part *strategy.Counts, marks []Mark, fell time.Time) {
		part.Settled = part.Ready
		if c.ladder.Pace.MinReady > 0 {
			part.Settled = min(part.Ready, settled(marks, c.ladder.Pace.MinReady, now))
		}
		if c.ladder.Pace.Drain <= 0 || fell.IsZero() || !fell.Add(c.ladder.Pace.Drain).After(now) {
			part.Releasable = part.Ready
		}
	}
	apply(&f.Stable, st.Settling.Stable, st.Draining.Stable)
	apply(&f.Candidate, st.Settling.Candidate, st.Draining.Candidate)
	apply(&f.Leftover, st.Settling.Leftover, st.Draining.Leftover)
	if st.Phase == Moving && st.Sized < f.Desired { // at a step its sizes say who grows, and on the way back stable does
		f.Before = st.Sized
	}
	return f
}
