package rollout

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

// fold takes in the samples of this call, in an order that does not depend on how
// they came.
func (d *decision) fold() {
	samples := d.in.Samples
	if !slices.IsSortedFunc(samples, compareSamples) {
		samples = slices.SortedStableFunc(slices.Values(samples), compareSamples)
	}
	for k := range samples {
		d.foldSample(&samples[k])
	}
}

func compareSamples(a, b health.Sample) int { return a.Compare(&b) }

// judged reports whether evidence about a stage is gathered: from its begin until
// it goes back, or, once it is done, follows a later rollout.
func (d *decision) judged(i int) bool {
	p := d.stage(i).Phase
	return d.s.Outcome == outcomeRunning && (p == Moving || p == Waiting || p == Done && !d.lost(i))
}

func (d *decision) foldSample(s *health.Sample) {
	i := stageIndex(d.m.plan.Stages, s.Stage)
	if i < 0 || !d.judged(i) || s.To.After(d.now.Add(slack)) || !s.From.Before(s.To) {
		return
	}
	c := &d.m.stages[i]
	k := slices.IndexFunc(c.policy.Signals, func(g health.Signal) bool { return g.Name == s.Signal })
	if k < 0 {
		return
	}
	asked := d.asking(i, k)
	if s.Key != "" && s.Key != asked || asked == "" && !d.expected(i, k) {
		return // of another attempt, or of nothing that was asked
	}
	e := &d.stage(i).Evidence[k]
	if !s.To.After(e.Through) || s.From.Before(e.Through) && !s.To.After(e.Overlap) {
		return // covered already
	}
	if e.Verdict == health.Degraded && d.stage(i).Ledger.Signals[k].Verdict != health.Degraded {
		if d.harmed(i, k); !d.judged(i) {
			return
		}
	}
	x := *s
	x.From, x.To = s.From.UTC().Round(0), s.To.UTC().Round(0)
	if !s.Since.IsZero() {
		x.Since = s.Since.UTC().Round(0)
	}
	e = d.evidence(i, k)
	d.weigh(i, &x)
	d.foreignArtifact(i, k, &x)
	dropped, elsewhere := e.Dropped, d.elsewhere(i, &x)
	var changed bool
	if elsewhere {
		changed = c.policy.FoldHarm(k, e, &x)
	} else {
		changed = c.policy.Fold(k, e, &x)
	}
	if !changed {
		return
	}
	d.lonely(i, e)
	if e.Dropped != dropped {
		d.event(EventDropped, i, "", "signal %s: an interval overlaps what was counted and is left out", s.Signal)
		return
	}
	st := d.stage(i)
	if st.Phase == Waiting && x.Began().Before(st.Ledger.Reached) {
		c.policy.Signals[k].Begin(d.evidence(i, k)) // of an interval from before the step only harm counts
	} else if !elsewhere {
		d.count(i, k, &x)
		d.artifact(i, k, &x)
	}
}

// lonely notes that harm was shown at a step that gives the candidate a single instance.
func (d *decision) lonely(i int, e *health.Evidence) {
	f := &d.stage(i).Fleet
	if size, _ := d.target(i).Sizes(f.Desired, f.Can); e.Verdict == health.Degraded && e.Since.Equal(e.Through) && size <= 1 && !f.Can.Unlimited {
		e.Alone = true
	}
}

// harmed reacts to harm that a sample of this call has shown, before the next one of
// its signal may show that it is over.
func (d *decision) harmed(i, k int) {
	g := &d.m.stages[i].policy.Signals[k]
	if g.Advisory {
		return
	}
	d.verdict(i, k)
	d.react(i, health.Assessment{Verdict: health.Degraded, Do: d.m.stages[i].policy.Harmed(k, &d.stage(i).Evidence[k], d.traffic(i)), Blame: k})
}

// count adds the requests of an interval of the present step.
func (d *decision) count(i, k int, s *health.Sample) {
	st, c := d.stage(i), &d.m.stages[i]
	if st.Phase != Waiting || s.Fetch != "" && s.Fetch != health.Healthy || s.Check() != nil {
		return
	}
	for n, wanted := range c.counts[st.Step] {
		if wanted.Signal != c.policy.Signals[k].Name {
			continue
		}
		more := s.Candidate.Exposure
		if wanted.Endpoint != "" {
			more = 0
			for _, served := range s.Counts {
				if served.Name == wanted.Endpoint {
					more += float64(served.N)
				}
			}
		}
		if more > 0 {
			d.ledger(i).Counts[n].N += more
		}
	}
}

// readiness judges the implicit signal while a step is held: on the way to a step
// it is the deadline of the move that judges.
func (d *decision) readiness(i int) {
	st, c := d.stage(i), &d.m.stages[i]
	if st.Phase == Moving || !d.fresh.has(i) {
		return
	}
	f := d.fleet(i)
	size, _ := d.target(i).Sizes(f.Desired, f.Can)
	need := min(size, max(st.Ready, f.Candidate.Ready)) // what was ready is to stay so; what is new has time
	if need != st.Ready {
		d.change(i).Ready = need
		st = d.stage(i)
	}
	at := d.observed(i).seen(d.now)
	k := len(c.policy.Signals)
	probe := st.Evidence[k]
	if c.policy.Readiness.Observe(&probe, at, f.Candidate.Ready, need) {
		*d.evidence(i, k) = probe
	}
}

// bake credits the time up to which every signal that counts has been healthy
// without a gap. The frontier is where the slowest of them reaches; of what lies
// behind the last unhealthy, missing, paused or moving instant nothing is credited, and
// as much less as the fleet did not look like the step.
func (d *decision) bake(i int) {
	if d.stage(i).Phase != Waiting {
		return
	}
	if !d.seated(i) {
		d.unseated(i)
		return
	}
	st := d.stage(i)
	l := &st.Ledger
	through, clean, healthy := d.covered(i)
	if through.After(d.now) { // a source whose clock is ahead earns nothing in advance
		through = d.now
	}
	if !through.After(l.Frontier) {
		return
	}
	from, away := latest(l.Frontier, l.Reached, clean), st.Away
	if away > 0 {
		d.change(i).Away -= min(away, through.Sub(l.Frontier))
	}
	grow := d.ledger(i)
	grow.Frontier = through
	if healthy && !d.stopped() {
		grow.Healthy += max(0, through.Sub(from)-away)
		for n, peak := range d.m.stages[i].peaks[st.Step] { // which of it was away is not known: all of it
			grow.Peaks[n].Healthy += max(0, peak.Within(from, through)-away)
		}
	}
}

// bakeFrom credits no time before now that was not credited yet.
func (d *decision) bakeFrom(i int) {
	if l := d.ledger(i); !l.Reached.IsZero() {
		l.Frontier = latest(l.Frontier, d.now)
		d.change(i).Away = 0
		for k := range l.Signals {
			l.Signals[k].Counted = latest(l.Signals[k].Counted, d.now)
		}
	}
}

// covered says up to when all signals that count were measured, since when all of
// them are healthy without a gap, and whether all of them are healthy at all.
func (d *decision) covered(i int) (through, clean time.Time, healthy bool) {
	st, c := d.stage(i), &d.m.stages[i]
	healthy = true
	for k := range st.Evidence {
		e := &st.Evidence[k]
		measured := k < len(c.policy.Signals)
		if measured && c.policy.Signals[k].Advisory {
			continue
		}
		if !d.expected(i, k) {
			healthy = healthy && e.Verdict != health.Degraded
			continue
		}
		if measured || through.IsZero() { // readiness counts where nothing is measured
			if through.IsZero() || e.Through.Before(through) {
				through = e.Through
			}
		}
		clean = latest(clean, e.Clean)
		healthy = healthy && e.Verdict == health.Healthy && !e.Clean.IsZero()
	}
	return through, clean, healthy
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// assess takes what all signals of a stage say now, readiness among them, writes
// the verdicts into the ledger for the gates, credits bake time, and reacts.
func (d *decision) assess(i int) {
	if !d.judged(i) {
		return
	}
	d.readiness(i)
	if k := d.m.stages[i].policy.Pool(d.traffic(i), d.stage(i).Evidence); k >= 0 {
		e := d.evidence(i, k)
		e.Condemn()
		d.lonely(i, e)
	}
	d.bake(i)
	d.serve(i)
	for k := range d.stage(i).Evidence {
		d.verdict(i, k)
	}
	d.react(i, d.assessment(i))
}

// react does what an assessment asks for.
func (d *decision) react(i int, a health.Assessment) {
	c := &d.m.stages[i]
	if a.Verdict == health.Degraded && d.stage(i).Waived != "" {
		d.change(i).Waived = "" // it was given without knowing that
	}
	back := a.Do == health.Rollback && d.rollbackDue(i)
	if a.Do == health.Continue || d.s.Hold != nil && !back {
		return
	}
	words := c.policy.Explain(a.Blame, &d.stage(i).Evidence[a.Blame], d.now)
	if back {
		d.rollBack(i, words)
		return
	}
	cause := CauseDegraded
	if d.stage(i).Ledger.Signals[a.Blame].Verdict != health.Degraded {
		cause = d.overdue(i, CauseMissing)
		words += d.troubled(i)
	}
	if a.Do == health.Rollback && !d.s.RolledBack {
		d.hold(i, CauseIrreversible, "%s; the stage cannot go back: %s", words, d.irreversible(i))
		return
	}
	d.hold(i, cause, "%s", words)
}

// assessment is what all signals of a stage say together.
func (d *decision) assessment(i int) health.Assessment {
	st, c := d.stage(i), &d.m.stages[i]
	return c.policy.Assess(d.now, d.missingSince(i), d.traffic(i), st.Evidence)
}

// missingSince is since when data may be missed: from when the step was reached,
// and not while the rollout stands still.
func (d *decision) missingSince(i int) time.Time {
	st := d.stage(i)
	if st.Phase == Moving || d.stopped() {
		return time.Time{}
	}
	return latest(st.Ledger.Reached, st.Progress)
}

// verdict brings one signal's entry in the ledger up to date.
func (d *decision) verdict(i, k int) {
	st, c := d.stage(i), &d.m.stages[i]
	v, expected := c.policy.Current(k, &st.Evidence[k], d.now), d.expected(i, k)
	if !expected && v != health.Degraded {
		v = ""
	}
	have, e := st.Ledger.Signals[k], &st.Evidence[k]
	next := have
	next.Verdict, next.Passes, next.Unmeasured = v, e.Passes, !expected
	d.run(&next, e)
	if k < len(c.policy.Signals) {
		g := &c.policy.Signals[k]
		next.Provable, next.Proven, next.Suspect = g.Provable(), e.Proven && v == health.Healthy, g.Suspect(e)
	}
	if have == next {
		return
	}
	if have.Verdict != v {
		next.Since = d.now
	}
	d.ledger(i).Signals[k] = next
	if newsworthy(&st.Ledger, &have, v) && (expected || v == health.Degraded) {
		words := strings.TrimPrefix(c.policy.Explain(k, &st.Evidence[k], d.now), next.Name+": ")
		d.event(EventVerdict, i, "", "%s is %s: %s", next.Name, v, words)
	}
}

// newsworthy reports whether a change of verdict is more than a step beginning to
// be measured.
func newsworthy(l *gate.Ledger, have *gate.Signal, v health.Verdict) bool {
	switch {
	case have.Verdict == v:
		return false
	case v == health.Degraded || have.Verdict == health.Degraded:
		return true
	case v.Missing() || have.Verdict.Missing():
		return have.Verdict != "" && !l.Reached.IsZero() && have.Since.After(l.Reached)
	default:
		return false
	}
}

func signalName(c *stage, k int) string {
	if k < len(c.policy.Signals) {
		return c.policy.Signals[k].Name
	}
	return health.ReadinessName
}
