package health

import "time"

// Threshold is an absolute limit on one value of the candidate, which is one of:
//
//   - a rate: the bad events as a share of all (Bad and Total);
//   - a quantile of a histogram (Histogram and Quantile): latency;
//   - a gauge, such as CPU, memory or the depth of a queue (Gauge), of the worst
//     instance or, with Mean, of all instances together;
//   - events in a time (Total, with Per "time"): throughput with a Min, and crashes,
//     restarts or OOM kills with a Max. It is measured in events per instance in Over.
//
// Samples are gathered into a block until it holds enough: MinSample events, or the
// time Over of one instance, or half of it of two. Then the block is checked
// against the limits, and a new one begins. A gauge is checked in every sample, and
// more events than Max are too many as soon as they happened. A value above Max or
// below Min fails the check, one that equals a limit does not (numbers are told
// apart to nine digits, so that it does not matter in which unit they are). How
// many checks may fail is said by FailureLimit and ConsecutiveLimit; a failing
// check within them is inconclusive. So is a check in a grey zone, between PassMax
// and Max or PassMin and Min, which neither passes nor fails.
//
// Candidate instances in their warm-up can fail a check and never pass one: the
// value is computed with and without them, either fails the check, and only the one
// without passes it. A Min of a gauge or of events in a time does not look at them:
// what has just started is naturally empty and idle.
//
// A threshold says nothing about chance. Looked at every minute it condemns
// healthy releases whose rate is near the limit sooner or later ([Policy.Lint] says
// how often), so its reaction is best left at hold. It never proves a release good
// enough.
type Threshold struct {
	// Bad and Total are selectors of counters: bad events, and all events.
	Bad   string `json:"bad"`
	Total string `json:"total"`
	// Per is what Total is held against if not Bad against it: "time" ([PerTime]).
	Per string `json:"per"`
	// Over is the time of one instance in which Max and Min count events if Per is
	// "time": with "1s" they are events per second and instance, with "1h" per hour.
	// It is how much time a check needs, too, so the longer it is, the less chance has
	// to say, and the later the signal says anything: its MaxGap must be longer than Over
	// takes with the fewest instances of a step. Default 1s; from 1s to a year.
	Over time.Duration `json:"over"`
	// Histogram is the selector of a histogram, instead of Bad and Total.
	Histogram string `json:"histogram"`
	// By is the label that names the endpoint, for gates that count requests.
	By string `json:"by"`
	// Quantile of the histogram that is limited, above 0 and below 1: 0.99.
	Quantile float64 `json:"quantile"`
	// Gauge is the selector of a gauge, one value per instance.
	Gauge string `json:"gauge"`
	// Mean limits the mean of the instances; without it the largest value counts
	// against Max and the smallest against Min.
	Mean bool `json:"mean"`
	// Max is the largest value that is allowed: a fraction (0.01 is 1 %) of a rate,
	// in the unit of the histogram or gauge, or events per instance in Over. Of a
	// quantile it should stand on a bucket bound: between bounds it is only
	// interpolated. With a Min, a Max of 0 means none.
	Max float64 `json:"max"`
	// Min is the smallest value that is allowed; 0 means none.
	Min float64 `json:"min"`
	// PassMax and PassMin are the largest and the smallest value that pass: what lies
	// between them and Max or Min is inconclusive. 0: what does not fail passes.
	PassMax float64 `json:"passMax"`
	PassMin float64 `json:"passMin"`
	// FailureLimit is how many checks of an attempt may fail. The signal is degraded
	// by the next one, until a new attempt.
	FailureLimit int `json:"failureLimit"`
	// ConsecutiveLimit is how many checks must fail in a row for the signal to be
	// degraded; 0 means none. Given alone, it takes the place of FailureLimit, and a
	// passing check makes the signal healthy again; one in a grey zone changes nothing.
	// With both limits, the first decides.
	ConsecutiveLimit int `json:"consecutiveLimit"`
	// MinSample is how many events a check of a rate or a quantile needs. Default 20;
	// from 1 to a billion. A block of 20 cannot tell a rate of 1 % from one of 5 %:
	// give more where the limit is low.
	MinSample int64 `json:"minSample"`
}

const (
	defaultMinSample = 20
	mostMinSample    = 1e9
	defaultOver      = time.Second
)

// The layout of the evidence. Log holds the last value that was checked, then the
// running block with warming instances, then the one without: two numbers each of a
// rate (bad, total) and of events in a time (events, seconds), one per bucket of a
// histogram, none of a gauge.
const (
	countBounds = limitCounts + iota // which blocks these are: see print
	countBeyond                      // 1 if the last value lies beyond the last bound, 0 if not
	thresholdCounts
)

// Kind is "threshold".
func (t Threshold) Kind() string { return "threshold" }

// Measure names the counters, the histogram or the gauge.
func (t Threshold) Measure() Measure {
	return Measure{Bad: t.Bad, Total: t.Total, Histogram: t.Histogram, By: t.By, Per: t.Per, Gauge: t.Gauge}
}

// Sample is MinSample with its default, or 0 where events are not what is waited for.
func (t Threshold) Sample() int64 {
	if f := t.form(); f != formRate && f != formQuantile {
		return 0
	}
	return t.minSample()
}

func (t Threshold) minSample() int64 { return or(max(t.MinSample, 0), defaultMinSample) }
func (t Threshold) over() float64    { return or(t.Over, defaultOver).Seconds() }

func (t Threshold) failures() failures { return failures{t.FailureLimit, t.ConsecutiveLimit} }

func (t Threshold) form() form { return formOf(t.Histogram, t.Gauge, t.Per) }

// Begin starts a step: the running blocks and the run of failures start from
// nothing, the number of failed checks stays.
func (t Threshold) Begin(e *Evidence) {
	if len(e.Log) > 0 {
		clear(e.Log[1:])
	}
	if len(e.Counts) == thresholdCounts {
		e.Counts[countRun] = 0
	}
}

// Fold adds one sample. While a block fills up the verdict stays what it was, unless
// the block cannot pass any more: then it is inconclusive. A sample whose buckets have
// other bounds than those before it begins new blocks.
func (t Threshold) Fold(e *Evidence, s *Sample) bool {
	f := t.form()
	if f == formQuantile && len(s.Candidate.Buckets) == 0 && len(s.Warming.Buckets) == 0 {
		e.Verdict = t.failures().conclude(e, pending, false) // without buckets nothing is known of the bounds either
		return false
	}
	all, past := t.blocks(e, s)
	var with, without checked
	if f == formGauge {
		with, without = t.gauges(s)
	} else {
		f.add(all, &s.Candidate)
		f.add(all, &s.Warming)
		f.add(past, &s.Candidate)
		with, without = t.check(all, s.Bounds), t.check(past, s.Bounds)
	}
	if with.result == failed && with.low && f != formRate && f != formQuantile {
		with.result = unclear // what has just started may be empty and idle
	}
	c := without
	if c.result != failed && with.result == failed {
		c = with
	}
	if with.result != pending || c.result == failed {
		clear(all)
	}
	if without.result != pending || c.result == failed {
		clear(past)
	}
	if c.result != pending {
		e.Counts[countChecked]++
		e.Counts[countBeyond] = c.beyond
		e.Log[0] = c.value
	}
	e.Verdict = t.failures().conclude(e, c.result, f.holds(&s.Candidate) && !t.lost(all, s.Bounds))
	return c.result != pending
}

// blocks gives the running blocks their size. Evidence of another shape (a first
// sample, a changed judge, changed bounds) holds no block that could go on.
func (t Threshold) blocks(e *Evidence, s *Sample) (all, past []float64) {
	if len(e.Counts) != thresholdCounts {
		e.Counts = make([]int64, thresholdCounts)
	}
	f := t.form()
	width, print := f.width(s.Bounds), f.print(s.Bounds)
	switch {
	case len(e.Log) != 1+2*width:
		e.Log = make([]float64, 1+2*width)
	case e.Counts[countBounds] != print:
		clear(e.Log[1:])
	}
	e.Counts[countBounds] = print
	return e.Log[1 : 1+width], e.Log[1+width:]
}
