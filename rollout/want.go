package rollout

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// want decides what every stage that was begun is to look like. A stage that was
// not observed in this call keeps what was wanted. All wants that change in a
// decision share the next fence.
func (d *decision) want() {
	changed := false
	for i := range d.s.Stages {
		if d.stage(i).Phase == Pending {
			continue
		}
		if !d.fresh.has(i) {
			continue
		}
		next := d.wanted(i)
		k := slices.IndexFunc(d.s.Want, func(w Want) bool { return w.Stage == next.Stage })
		if k >= 0 && d.s.Want[k].Fence.Epoch == d.stage(i).Epoch && sameWant(&d.s.Want[k], &next) {
			continue
		}
		if !changed {
			changed, d.dirty = true, true
			d.s.Want = slices.Clone(d.s.Want)
			d.s.Seq++
		}
		if k < 0 && len(next.Routes) > 0 || k >= 0 && !slices.EqualFunc(d.s.Want[k].Routes, next.Routes, strategy.Route.Equal) {
			d.change(i).Rerouted = d.now
		}
		next.Fence = Fence{Epoch: d.stage(i).Epoch, Seq: d.s.Seq}
		if k >= 0 {
			d.s.Want[k] = next
		} else {
			d.s.Want = append(d.s.Want, next)
		}
	}
}

// wanted is the next safe allocation of a stage on the way to where it is to be.
func (d *decision) wanted(i int) Want {
	d.size(i)
	st, c := d.stage(i), &d.m.stages[i]
	f, to := d.fleet(i), d.heading(i)
	a := strategy.Move(f, &to, c.pace())
	w := Want{
		Stage: c.Name, Target: c.Target, Step: to.Name,
		Stable: st.Stable, Candidate: Artifact{d.m.plan.Release.Version, d.m.plan.Release.Digest},
		Allocation: a, Sticky: c.ladder.Sticky, MinReady: c.ladder.Pace.MinReady, Drain: c.ladder.Pace.Drain,
	}
	if a.Routed {
		w.Routes = to.Routes
	}
	if f.Leftover.Instances > 0 || f.Leftover.Weight > 0 {
		w.Leftovers = leftovers(st, d.m.plan.Release.Version, a.Leftover)
	}
	if last := d.wantOf(i); strategy.Overloaded(f, a, c.pace()) && (last == nil || last.Allocation != a) {
		d.event(EventOverload, i, "", "too little is ready: %s of the traffic for stable, %s for the candidate, with %d and %d ready", a.Stable.Weight, a.Candidate.Weight, f.Stable.Ready, f.Candidate.Ready)
	}
	return w
}

// leftovers spreads what leftovers are to have over their versions: what goes is
// taken from the first of them.
func leftovers(st *StageState, candidate string, total strategy.Share) []Leftover {
	var all []Leftover
	for k := len(st.Fleet.Versions) - 1; k >= 0; k-- {
		v := &st.Fleet.Versions[k]
		if v.Version == candidate || v.Version == st.Stable.Version {
			continue
		}
		share := strategy.Share{Instances: min(v.Instances, total.Instances), Weight: min(v.Weight, total.Weight)}
		total.Instances -= share.Instances
		total.Weight -= share.Weight
		all = append(all, Leftover{v.Version, share})
	}
	heir := 0 // what is more than they had goes to one that is to have instances
	for k := range all {
		if all[k].Share.Instances > all[heir].Share.Instances {
			heir = k
		}
	}
	all[heir].Share.Weight += total.Weight
	slices.Reverse(all)
	return all
}

func sameWant(a, b *Want) bool {
	return a.Step == b.Step && a.Target == b.Target && a.Stable == b.Stable && a.Candidate == b.Candidate &&
		a.Allocation == b.Allocation && a.Sticky == b.Sticky && a.MinReady == b.MinReady && a.Drain == b.Drain &&
		slices.Equal(a.Leftovers, b.Leftovers) && slices.EqualFunc(a.Routes, b.Routes, strategy.Route.Equal)
}

// ask decides what is to be measured: every signal of every stage that is judged,
// as far as the present step gives it anything to measure.
func (d *decision) ask() {
	n, same := 0, true
	for i := range d.s.Stages {
		if d.judged(i) {
			for k := range d.m.stages[i].policy.Signals {
				if !d.expected(i, k) {
					continue
				}
				same = same && n < len(d.s.Ask) && d.asked(i, k, &d.s.Ask[n])
				n++
			}
		}
	}
	if same && n == len(d.s.Ask) {
		return
	}
	d.dirty = true
	asks := make([]health.Ask, 0, n)
	for i := range d.s.Stages {
		if d.judged(i) {
			for k := range d.m.stages[i].policy.Signals {
				if d.expected(i, k) {
					asks = append(asks, d.question(i, k))
				}
			}
		}
	}
	d.s.Ask = asks
}

// key is that of the ask about a stage's signal in this attempt, on this clock.
func (d *decision) key(stage, signal string) string {
	if d.s.Jumps > 0 {
		return fmt.Sprintf("%d.%d/%s/%s", d.s.Attempt, d.s.Jumps, stage, signal)
	}
	return fmt.Sprintf("%d/%s/%s", d.s.Attempt, stage, signal)
}

// asking is the key of the ask about a stage's k-th signal that stands; empty if
// none does.
func (d *decision) asking(i, k int) string {
	for n := range d.s.Ask {
		if a := &d.s.Ask[n]; a.Stage == d.m.stages[i].Name && a.Signal == d.m.stages[i].policy.Signals[k].Name {
			return a.Key
		}
	}
	return ""
}

// asked reports whether an ask is still the one about a stage's k-th signal.
func (d *decision) asked(i, k int, a *health.Ask) bool {
	return a.Stage == d.m.stages[i].Name && a.Signal == d.m.stages[i].policy.Signals[k].Name &&
		a.From.Equal(d.stage(i).Evidence[k].Through) && a.Stable == d.compared(i, k)
}

// compared is the version whose counts a signal needs beside the candidate's. A
// page of stable that cannot be read must not blind a judge that never looks at it.
func (d *decision) compared(i, k int) string {
	c := &d.m.stages[i]
	if m := &c.asks[k].measure; *m == (health.Measure{}) || m.Compare || c.policy.Signals[k].Scope == "stable" {
		return d.stage(i).Stable.Version
	}
	return ""
}

func (d *decision) question(i, k int) health.Ask {
	st, c := d.stage(i), &d.m.stages[i]
	g, q := &c.policy.Signals[k], &c.asks[k]
	from := st.Evidence[k].Through
	return health.Ask{
		Key: d.key(c.Name, g.Name), Stage: c.Name, Signal: g.Name, Scope: g.Scope, Query: g.Query, Mirrored: g.Mirrored,
		Candidate: d.m.plan.Release.Version, Stable: d.compared(i, k), Digest: d.m.plan.Release.Digest,
		Start: d.s.Started, From: from, Due: from.Add(g.Every), WarmUp: g.Warming(),
		Measure: q.measure, Counts: q.counts,
	}
}

// wake says when time alone goes on, and who else does.
func (d *decision) wake() (at time.Time, awaits string) {
	soonest := func(t time.Time) {
		if t.After(d.now) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	poll := d.now.Add(d.m.plan.Poll)
	for i := range d.s.Stages {
		d.wakeStage(i, soonest, poll)
	}
	for k := range d.s.Ask {
		soonest(d.s.Ask[k].Due)
	}
	switch {
	case d.s.Hold != nil:
		awaits = "an order that answers the hold"
	case !d.s.Paused.IsZero():
		awaits = "an order to resume or roll back"
	default:
		for i := range d.s.Stages {
			switch st := d.stage(i); {
			case awaits != "":
			case st.Phase == Waiting, st.Phase == Moving && st.stands():
				awaits = d.awaits(i)
			case st.Phase == Pending && d.needsMet(i):
				if awaits = d.m.stages[i].begins; d.asks(i) {
					awaits = d.place(i).awaits
				}
			}
		}
	}
	return at, awaits
}

// awaits is what a stage waits for at its step: its gates, or once they are open the
// signal that is not healthy.
func (d *decision) awaits(i int) string {
	st, c := d.stage(i), &d.m.stages[i]
	switch {
	case st.stands():
		return c.stands
	case st.Waived != "" && d.consult(i, c.gates[st.Step]).Answer != gate.Open:
		return c.bound[st.Step]
	}
	if d.place(i).asks && d.passable(i) && d.kept(i) && d.asks(i) {
		return d.place(i).awaits
	}
	if a := d.assessment(i); d.kept(i) && a.Blame >= 0 && d.evaluate(i, c.gates[st.Step]).Answer == gate.Open {
		return c.judges[a.Blame]
	}
	return c.awaits[st.Step]
}

// wakeStage names the instants at which a stage is to be looked at again.
func (d *decision) wakeStage(i int, soonest func(time.Time), poll time.Time) {
	st, c := d.stage(i), &d.m.stages[i]
	if st.Phase == Back {
		return
	}
	soonest(poll) // fleets are looked at, not heard of
	if len(c.pausing) > 0 && (st.Phase == Moving || st.Phase == Waiting) {
		soonest(d.consult(i, c.pausing).Next)
	}
	switch {
	case st.Phase == Pending && !d.stopped() && d.needsMet(i):
		soonest(d.evaluate(i, c.entry).Next)
	case st.Phase == Moving && !d.still(i), st.Phase == RollingBack:
		soonest(c.deadline(st.Progress))
	case st.Phase == Waiting && !d.stopped():
		soonest(d.consult(i, c.gates[st.Step]).Next)
		soonest(st.Ledger.Reached.Add(d.target(i).Keep))
		if c.GateDeadline > 0 {
			soonest(d.due(i))
		}
		soonest(c.policy.Readiness.Next(&st.Evidence[len(st.Evidence)-1]))
		soonest(c.policy.NextMissing(d.now, d.missingSince(i), d.traffic(i), st.Evidence))
	}
}
