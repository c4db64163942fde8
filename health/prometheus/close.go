package prometheus

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// maxApart is how far from one another the newest samples of the arms may be; in a
// short interval it is a tenth of it. Further apart, one arm sees the beginning of an
// incident an interval before the other.
const maxApart = time.Second

// mostValues is how many instances a gauge may have; no sample holds more.
const mostValues = 1000

// close ends the interval that is open, if it can be ended at an instant.
func (t *track) close(at, now time.Time, f *fault) (health.Sample, bool) {
	maxOpen := t.options.MaxOpen
	if maxOpen == 0 {
		maxOpen = 3 * t.Cadence
	}
	switch late := t.due(at) && at.Sub(t.From) > maxOpen; {
	case f.wrong != "": // it will be wrong the next time, too
		if t.Due(now) && now.After(t.From) {
			return t.fail(health.Error, f.wrong, now), true
		}
	case !at.After(t.From) && t.Open, at.Before(t.From): // no time has passed
	case f.broken != "" && t.due(at) && at.After(t.From):
		return t.fail(health.Error, f.broken, at), true
	case f.away != "" && late:
		return t.fail(health.NoData, f.away, at), true
	case f.misses > 0 && late:
		return t.fail(health.Error, f.reason(), at), true
	case f.reason() != "":
	case !t.Open:
		t.start(at)
	case t.due(at) && at.Sub(t.From) >= t.options.Scrape:
		return t.end(at, f)
	}
	return health.Sample{}, false
}

// start begins to count. What was done before is of no interval, but known.
func (t *track) start(at time.Time) {
	t.before = t.sum()
	t.Start(at)
	t.clear()
}

// end ends an interval in which all targets were scraped.
func (t *track) end(at time.Time, f *fault) (health.Sample, bool) {
	u := t.sum()
	arms := u.Arms()
	did := arms[t.main()].Exposure+arms[series.Warming].Exposure > 0
	if !did && !f.seen {
		// What the others did meanwhile has nothing to be compared with, and kept it would
		// be compared with what this one does at another time.
		t.clear()
		t.carry, t.before = nil, nil
		t.Drop(series.Candidate, series.Stable, series.Warming)
		return t.fail(health.NoData, t.nothing(f), at), true
	}
	if err := t.refuse(u, &arms); err != nil {
		return t.fail(health.Error, err.Error(), at), true
	}
	h := &held{sample: t.Blank(at), sums: u, before: t.before, ready: true}
	h.sample.Reason, h.sample.Dispersion = t.words(), t.factor
	last := t.held
	if last != nil {
		x, err := t.tell(last, u)
		if err != nil {
			return t.fail(health.Error, err.Error(), at), true
		}
		t.settle(at, u)
		t.held = h
		h.ready = !t.apart(f, h)
		return x, true
	}
	if t.apart(f, h) {
		h.ready = false
		t.settle(at, u)
		t.held = h
		return health.Sample{}, false
	}
	x, err := t.tell(h, nil)
	if err != nil {
		return t.fail(health.Error, err.Error(), at), true
	}
	t.settle(at, u)
	return x, true
}

// settle begins the next interval: all that is pending is in the sums of this one.
func (t *track) settle(at time.Time, u *series.Sums) {
	t.clear()
	t.before, t.carry = u, nil
	t.From = at
}

// refuse says what makes sums useless. What no sample can tell is dropped.
func (t *track) refuse(u *series.Sums, arms *[series.Arms]health.Arm) error {
	for i := range arms {
		if n := len(arms[i].Values); n > mostValues {
			return fmt.Errorf("%d instances have a value of %s, more than %d", n, t.query.Subject, mostValues)
		}
	}
	if u.Bounds != nil && len(u.Bounds) == 0 {
		return errBounds
	}
	err := series.TooMany(arms)
	if err != nil {
		t.clear()
		t.carry, t.held = nil, nil
		t.Drop(series.Candidate, series.Stable, series.Warming)
	}
	return err
}

// apart reports whether the arms of an interval were not measured over the same time.
func (t *track) apart(f *fault, h *held) bool {
	limit := min(maxApart, h.sample.To.Sub(h.sample.From)/10)
	return t.Ask.Measure.Compare && f.apart() > limit
}

// tell gives an interval. After is what was done in the next one, if this one had to
// wait for it.
func (t *track) tell(h *held, after *series.Sums) (health.Sample, error) {
	u, x := h.sums.Clone(), h.sample
	var others []*series.Sums
	if !h.ready {
		for _, o := range []*series.Sums{h.before, after} {
			if o != nil {
				others = append(others, o)
			}
		}
	}
	for _, o := range others {
		if u.Bounds != nil && o.Bounds != nil {
			u.Narrow(o.Bounds)
		}
	}
	if u.Bounds != nil && len(u.Bounds) == 0 {
		return health.Sample{}, errBounds
	}
	arms := u.Arms()
	if err := t.Balance(&arms); err != nil {
		return health.Sample{}, err
	}
	for _, o := range others {
		own := o.Clone()
		if u.Bounds != nil {
			own.Narrow(u.Bounds)
		}
		a := own.Arms()[series.Stable]
		a.Bad, a.Values = min(a.Bad, a.Exposure), nil
		x.Overlap = append(x.Overlap, a)
	}
	x.Candidate, x.Stable, x.Warming, x.Bounds = arms[series.Candidate], arms[series.Stable], arms[series.Warming], u.Bounds
	x.Counts = u.Counts(t.Ask.Counts, t.query.By)
	return t.Tell(x), nil
}

// fail reports an interval that could not be measured, and with it the one that waited
// for it. What is known of both goes into the next one.
func (t *track) fail(v health.Verdict, reason string, to time.Time) health.Sample {
	if h := t.held; h != nil {
		t.From, t.held = h.sample.From, nil
		if t.carry == nil {
			t.carry = &series.Sums{}
		}
		t.carry.Merge(h.sums)
	}
	return t.Fail(v, reason, to)
}

// nothing says in words why there is nothing to judge.
func (t *track) nothing(f *fault) string {
	switch {
	case f.found == 0 && t.arms != "":
		return fmt.Sprintf("no target of %s=%q has series that match %s", t.arms, t.subject(), t.query.Subject)
	default:
		return fmt.Sprintf("no series matches %s", t.query.Subject)
	}
}

// main is the arm without which there is nothing to judge.
func (t *track) main() int {
	if t.Ask.Scope == "stable" {
		return series.Stable
	}
	return series.Candidate
}

// sum adds up what is pending, each process to the arm it belongs to.
func (t *track) sum() *series.Sums {
	u := &series.Sums{}
	for _, k := range t.keys() {
		x := t.targets[k]
		c := x.current()
		for _, p := range x.procs {
			which, ok := t.arm(p)
			if !ok {
				continue
			}
			u.Add(which, &p.pending)
			if t.query.Gauge != nil && p == c && x.here {
				u.Value(which, p.gauge)
			}
		}
	}
	if t.carry != nil {
		u.Merge(t.carry)
	}
	return u
}

// clear forgets what is pending.
func (t *track) clear() {
	for _, x := range t.targets {
		for _, p := range x.procs {
			p.pending = series.Pending{}
		}
	}
}
