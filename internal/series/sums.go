package series

import (
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Sums is what an interval adds up to.
type Sums struct {
	Bounds []float64 // common to all that was added; nil: there was no histogram

	arm     [Arms]health.Arm
	buckets [Arms][]float64
	counts  map[string]float64
}

// Add adds what a process did to an arm.
func (u *Sums) Add(which int, p *Pending) {
	a := &u.arm[which]
	a.Exposure += p.Total
	a.Bad += p.Bad
	a.Time += p.Time.Seconds()
	u.spread(which, p.Bounds, p.Buckets)
	if which != Candidate {
		return
	}
	for name, n := range p.Counts {
		u.count(name, n)
	}
}

func (u *Sums) count(name string, n float64) {
	if u.counts == nil {
		u.counts = map[string]float64{}
	}
	u.counts[name] += n
}

// Value adds what a gauge shows.
func (u *Sums) Value(which int, v float64) {
	u.arm[which].Values = append(u.arm[which].Values, v)
}

// Merge adds other sums. Of gauges only the present values count.
func (u *Sums) Merge(o *Sums) {
	for i := range o.arm {
		a, more := &u.arm[i], &o.arm[i]
		a.Exposure += more.Exposure
		a.Bad += more.Bad
		a.Time += more.Time
		u.spread(i, o.Bounds, o.buckets[i])
	}
	for name, n := range o.counts {
		u.count(name, n)
	}
}

// Clone is a copy that can be changed.
func (u *Sums) Clone() *Sums {
	c := *u
	c.counts = maps.Clone(u.counts)
	for i := range c.arm {
		c.arm[i].Values = slices.Clone(u.arm[i].Values)
		c.buckets[i] = slices.Clone(u.buckets[i])
	}
	return &c
}

// Narrow leaves the bounds that others have, too.
func (u *Sums) Narrow(bounds []float64) {
	if u.Bounds == nil {
		u.Bounds = bounds
		return
	}
	both := common(u.Bounds, bounds)
	for i, b := range u.buckets {
		if b != nil {
			u.buckets[i] = narrow(b, u.Bounds, both, false)
		}
	}
	u.Bounds = both
}

func (u *Sums) spread(which int, bounds, buckets []float64) {
	if buckets == nil {
		return
	}
	u.Narrow(bounds)
	_, u.buckets[which] = Merge(u.Bounds, u.buckets[which], bounds, buckets)
	if len(u.buckets[which]) > len(u.Bounds)+1 {
		u.buckets[which] = narrow(u.buckets[which], bounds, u.Bounds, false)
	}
}

// Arms are the sums as a sample tells them.
func (u *Sums) Arms() (arms [Arms]health.Arm) {
	arms = u.arm
	for i := range arms {
		a := &arms[i]
		a.Values = slices.Sorted(slices.Values(a.Values))
		if u.Bounds == nil {
			continue
		}
		a.Buckets = make([]uint64, len(u.Bounds)+1)
		for k, n := range u.buckets[i] {
			a.Buckets[k] = uint64(n)
		}
	}
	return arms
}

// Counts are the candidate's requests to the endpoints that were asked for, the
// empty name being all of them.
func (u *Sums) Counts(names []string, by model.LabelName) (out []health.Count) {
	for _, name := range names {
		n := u.counts[name]
		switch {
		case name == "":
			n = u.arm[Candidate].Exposure
		case by == "":
			continue
		}
		out = append(out, health.Count{Name: name, N: int64(math.Floor(n))})
	}
	return out
}
