package series

import (
	"slices"
	"time"
)

// Series is one label set with its running count.
type Series struct {
	Key        string
	Bad, Total bool
	Endpoint   string
	Value      float64
	Bounds     []float64 // of a histogram, without the last one to infinity
	Buckets    []float64 // cumulative, the last one is Value
	Fine       []Span    // of a native histogram: the buckets as they came
}

// Mark is what a series showed when it was last read.
type Mark struct {
	Value           float64
	Bounds, Buckets []float64
	Fine            []Span
}

// Mark is what there is to remember of the series.
func (x *Series) Mark() Mark { return Mark{x.Value, x.Bounds, x.Buckets, x.Fine} }

// Pending is what a process did that no sample has told yet.
type Pending struct {
	Since      time.Time // when the first of it may have happened
	Total, Bad float64
	Time       time.Duration // for which it was measured
	Bounds     []float64
	Buckets    []float64 // not cumulative
	Counts     map[string]float64
}

// Add counts the events of one series after last. One that is smaller than it was
// began again from 0, and a histogram does so as a whole.
func (n *Pending) Add(x *Series, last Mark, endpoints []string) {
	bounds := x.Bounds
	if last.Buckets != nil && x.Buckets != nil {
		bounds = common(x.Bounds, last.Bounds)
	}
	now, was := narrow(x.Buckets, x.Bounds, bounds, true), narrow(last.Buckets, last.Bounds, bounds, true)
	reset := x.Value < last.Value || shrank(last.Fine, x.Fine)
	for k := range was {
		reset = reset || now[k] < was[k]
	}
	if reset {
		last, was, now, bounds = Mark{}, nil, x.Buckets, x.Bounds
	}
	more := x.Value - last.Value
	if x.Buckets != nil {
		n.spread(bounds, now, was, more)
	}
	n.Count(x, more, endpoints)
}

// Count adds more events of one series.
func (n *Pending) Count(x *Series, more float64, endpoints []string) {
	if x.Bad {
		n.Bad += more
	}
	if !x.Total {
		return
	}
	n.Total += more
	if more > 0 && slices.Contains(endpoints, x.Endpoint) {
		if n.Counts == nil {
			n.Counts = map[string]float64{}
		}
		n.Counts[x.Endpoint] += more
	}
}

// spread adds events to the buckets. Pages are not always written in one instant,
// so that a bucket may have more events than a wider one: each event is in exactly
// one bucket all the same, and there are as many as the widest one says.
func (n *Pending) spread(bounds, now, last []float64, more float64) {
	did := make([]float64, len(now))
	below := 0.0
	for k := range now {
		upTo := now[k]
		if last != nil {
			upTo -= last[k]
		}
		upTo = max(below, min(upTo, more))
		did[k] = upTo - below
		below = upTo
	}
	n.Bounds, n.Buckets = Merge(n.Bounds, n.Buckets, bounds, did)
}

// Merge adds buckets that are not cumulative, between the bounds that both have. The
// first may be nil, and may be written to.
func Merge(bounds, buckets, more []float64, did []float64) ([]float64, []float64) {
	if buckets == nil {
		return more, slices.Clone(did)
	}
	both := common(bounds, more)
	sum, did := narrow(buckets, bounds, both, false), narrow(did, more, both, false)
	for k, x := range did {
		sum[k] += x
	}
	return both, sum
}

// Began notes from when on the events are that are added next.
func (n *Pending) Began(at time.Time) {
	if n.Since.IsZero() || at.Before(n.Since) {
		n.Since = at
	}
}

// Empty reports whether there was no event.
func (n *Pending) Empty() bool { return n.Total == 0 && n.Bad == 0 }
