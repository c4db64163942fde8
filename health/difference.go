package health

import (
	"math"
	"time"
)

// Difference compares one value of the candidate with that of stable at the same
// time: a rate (Bad and Total), a quantile of a histogram (Histogram and Quantile),
// a gauge (Gauge, the mean of the instances) or events per instance in a time (Total,
// with Per "time").
//
// Samples are gathered into a block until both versions have enough in it: each
// MinSample events, or, with Per, each the time Over of one instance, and time for so
// many events at the higher of the two rates (so that a candidate without any can
// fail). A gauge is compared in every sample. Then the candidate may be worse by
// Relative of stable's value or by Absolute, whichever is more; what is still worse fails
// the check, what equals the limit to nine digits does not. Failing checks are
// limited as those of a [Threshold]. Instances in their warm-up never count.
//
// Where stable had no event at all, Relative is taken of one event: nothing can be so
// many times worse than nothing. A quantile or a gauge that is 0 on stable has no share
// either, and what is worse than it is inconclusive, unless there is an Absolute.
//
// If the times of the versions differ ([Sample.Overlap]), the candidate fails where it
// is worse than all that stable did, passes where it is not worse than any of that, and
// is inconclusive in between.
//
// A difference says nothing about chance, no more than a threshold does: two versions
// that are alike differ by this much now and then, the sooner the less there was to
// compare. [Compare] and [Latency] say how sure they are and keep to a budget; use a
// difference where there is nothing to count, and leave its reaction at hold. It never
// proves a release good enough.
type Difference struct {
	// Bad and Total are selectors of counters: bad events, and all events.
	Bad   string `json:"bad"`
	Total string `json:"total"`
	// Per is what Total is held against if not Bad against it: "time" ([PerTime]).
	Per string `json:"per"`
	// Over is the time of one instance in which events are counted if Per is "time", and
	// the least that a check needs of both versions. Default 1s; from 1s to a year.
	Over time.Duration `json:"over"`
	// Histogram is the selector of a histogram, instead of Bad and Total.
	Histogram string `json:"histogram"`
	// By is the label that names the endpoint, for gates that count requests.
	By string `json:"by"`
	// Quantile of the histogram that is compared, above 0 and below 1: 0.99.
	Quantile float64 `json:"quantile"`
	// Gauge is the selector of a gauge, one value per instance.
	Gauge string `json:"gauge"`
	// Relative is by how much of stable's value the candidate may be worse: 0.2 is 20 %.
	Relative float64 `json:"relative"`
	// Absolute is by how much it may be worse in the unit of the value: of a rate a
	// fraction (0.001 is 0.1 %), or events per instance in Over. One of both must be
	// given; with both, the one that allows more counts.
	Absolute float64 `json:"absolute"`
	// Fewer says that too little is worse, as of throughput; without it too much is.
	Fewer bool `json:"fewer"`
	// FailureLimit and ConsecutiveLimit are those of a [Threshold].
	FailureLimit     int `json:"failureLimit"`
	ConsecutiveLimit int `json:"consecutiveLimit"`
	// MinSample is how many events a check needs of either version. Default 20; from 1 to
	// a billion.
	MinSample int64 `json:"minSample"`
}

// The layout of the evidence. Log holds what the last check was about, then the
// running blocks of the candidate and of stable, twice: its most and its least, if the
// times differ.
const (
	countSide   = limitCounts + iota // which blocks these are: see print
	countOpen                        // 1 if the candidate's value lies beyond the last bound; and 2 if stable's does
	countResult                      // of the last check
	differenceCounts
)

const (
	logValue = iota // the candidate's
	logLimit        // what it was held against
	logLeast        // stable's values
	logMost
	differenceHead
)

// Kind is "difference".
func (d Difference) Kind() string { return "difference" }

// Measure names the counters, the histogram or the gauge, of both versions.
func (d Difference) Measure() Measure {
	return Measure{Bad: d.Bad, Total: d.Total, Histogram: d.Histogram, By: d.By, Per: d.Per, Gauge: d.Gauge, Compare: true}
}

// Sample is MinSample with its default, or 0 where events are not what is waited for.
func (d Difference) Sample() int64 {
	if f := d.form(); f != formRate && f != formQuantile {
		return 0
	}
	return d.minSample()
}

func (d Difference) minSample() int64   { return or(max(d.MinSample, 0), defaultMinSample) }
func (d Difference) over() float64      { return or(d.Over, defaultOver).Seconds() }
func (d Difference) failures() failures { return failures{d.FailureLimit, d.ConsecutiveLimit} }
func (d Difference) form() form         { return formOf(d.Histogram, d.Gauge, d.Per) }

// Begin starts a step: the running blocks and the run of failures start from
// nothing, the number of failed checks stays.
func (d Difference) Begin(e *Evidence) {
	if len(e.Log) > differenceHead {
		clear(e.Log[differenceHead:])
	}
	if len(e.Counts) == differenceCounts {
		e.Counts[countRun] = 0
	}
}

// Fold adds one sample. While a block fills up the verdict stays what it was.
func (d Difference) Fold(e *Evidence, s *Sample) bool {
	f := d.form()
	least, most := d.extremes(s)
	if f == formQuantile && len(s.Candidate.Buckets) == 0 && least == nil {
		e.Verdict = d.failures().conclude(e, pending, false) // without buckets nothing is known of the bounds either
		return false
	}
	own, low, high := d.blocks(e, s)
	f.add(own, &s.Candidate)
	if least != nil {
		f.add(low, least)
		f.add(high, most)
	}
	result := pending
	if d.enough(s, least, own, low, high) {
		c, l, h := d.value(own, &s.Candidate, s.Bounds), d.value(low, least, s.Bounds), d.value(high, most, s.Bounds)
		var limit float64
		result, limit = d.judge(c, l, h)
		e.Counts[countChecked]++
		e.Counts[countOpen], e.Counts[countResult] = c.beyond|h.beyond<<1, int64(result)
		e.Log[logValue], e.Log[logLimit], e.Log[logLeast], e.Log[logMost] = c.value, limit, l.value, h.value
		clear(e.Log[differenceHead:])
	}
	e.Verdict = d.failures().conclude(e, result, f.holds(&s.Candidate) && least != nil)
	return result != pending
}

// blocks gives the running blocks their size. Evidence of another shape holds none that
// could go on.
func (d Difference) blocks(e *Evidence, s *Sample) (own, low, high []float64) {
	if len(e.Counts) != differenceCounts {
		e.Counts = make([]int64, differenceCounts)
		e.Log = nil
	}
	f := d.form()
	width, print := f.width(s.Bounds), f.print(s.Bounds)
	switch {
	case len(e.Log) != differenceHead+3*width:
		e.Log = make([]float64, differenceHead+3*width)
	case e.Counts[countSide] != print:
		clear(e.Log[differenceHead:])
	}
	e.Counts[countSide] = print
	blocks := e.Log[differenceHead:]
	return blocks[:width], blocks[width : 2*width], blocks[2*width:]
}

// extremes are the arms of stable in which its value was the smallest and the largest,
// among those that hold any; nil if none does.
func (d Difference) extremes(s *Sample) (least, most *Arm) {
	var low, high float64
	look := func(a *Arm) {
		if !d.form().holds(a) {
			return
		}
		v := d.of(a, s.Bounds)
		if least == nil || v < low {
			least, low = a, v
		}
		if most == nil || v > high {
			most, high = a, v
		}
	}
	look(&s.Stable)
	for i := range s.Overlap {
		look(&s.Overlap[i])
	}
	return least, most
}

// of is the value of an arm that holds something.
func (d Difference) of(a *Arm, bounds []float64) float64 {
	switch d.form() {
	case formRate:
		return a.Bad / a.Exposure
	case formTime:
		return min(a.Exposure/a.Time, math.MaxFloat64)
	case formGauge:
		return mean(a.Values, nil)
	}
	v, _ := a.Quantile(d.Quantile, bounds)
	return v
}

// enough reports whether the blocks can be compared.
func (d Difference) enough(s *Sample, stable *Arm, own, low, high []float64) bool {
	need := float64(d.minSample()) * (1 - alike)
	switch d.form() {
	case formGauge:
		return len(s.Candidate.Values) > 0 && stable != nil
	case formRate:
		return min(own[1], low[1], high[1]) >= need
	case formTime:
		shortest := min(own[1], low[1], high[1])
		return shortest >= d.over()*(1-alike) && max(own[0]/own[1], high[0]/high[1])*shortest >= need
	}
	return min(total(own), total(low), total(high)) >= need
}
