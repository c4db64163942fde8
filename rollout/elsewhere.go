package rollout

import (
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// maxSpans bounds how many times elsewhere are told apart: the oldest are one that is as
// long.
const maxSpans = 100

// elsewhere reports whether most of an interval is not of the step that a stage waits
// at: the fleet looked otherwise.
func (d *decision) elsewhere(i int, s *health.Sample) bool {
	st, away := d.stage(i), time.Duration(0)
	if st.Phase != Waiting {
		return false
	}
	for _, span := range st.Elsewhere {
		to := s.To
		if !span.To.IsZero() && span.To.Before(to) {
			to = span.To
		}
		away += max(0, to.Sub(latest(span.From, s.From)))
	}
	return away > s.To.Sub(s.From)/2
}

// seated reports whether the fleet of a stage that waits at a step is seen in this call
// to look like it. If it was not for a while, that ends here.
func (d *decision) seated(i int) bool {
	if !d.fresh.has(i) || !d.arrived(i) {
		return false
	}
	if st := d.stage(i); !st.Off.IsZero() {
		away := d.now.Sub(latest(st.Off, st.Ledger.Frontier))
		st = d.change(i)
		st.Off, st.Away = time.Time{}, st.Away+max(0, away)
	}
	if last := len(d.stage(i).Elsewhere) - 1; last >= 0 && d.stage(i).Elsewhere[last].To.IsZero() {
		st := d.change(i)
		st.Elsewhere = slices.Clone(st.Elsewhere)
		st.Elsewhere[last].To = d.now
	}
	return true
}

// unseated notes that the fleet of a stage that waits at a step is not seen to look like
// it.
func (d *decision) unseated(i int) {
	if st := d.stage(i); st.Off.IsZero() {
		d.change(i).Off = d.now
	}
	o, st := d.observed(i), d.stage(i)
	seen := d.fresh.has(i) || o != nil && o.Err == "" && d.foreign(o) != ""
	if last := len(st.Elsewhere) - 1; seen && (last < 0 || !st.Elsewhere[last].To.IsZero()) {
		spans := append(d.unmeasured(i), Span{From: d.now})
		if len(spans) > maxSpans {
			spans[1].From = spans[1].From.Add(spans[0].From.Sub(spans[0].To))
			spans = spans[1:]
		}
		d.change(i).Elsewhere = spans
	}
}

// unmeasured are the times elsewhere that a signal has not measured yet.
func (d *decision) unmeasured(i int) []Span {
	st := d.stage(i)
	through := d.now
	for k := range d.m.stages[i].policy.Signals {
		if e := &st.Evidence[k]; d.expected(i, k) && e.Through.Before(through) {
			through = e.Through
		}
	}
	return slices.DeleteFunc(slices.Clone(st.Elsewhere), func(s Span) bool { return !s.To.After(through) })
}
