package health

import (
	"math"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Threshold is an absolute limit: on a rate, the bad events as a share of all
// (Bad and Total), or on a quantile of a histogram (Histogram and Quantile).
//
// Samples are gathered into a block until it holds MinSample events; then the
// block is checked against the limits, and a new one begins. A value above Max or
// below Min fails the check, one that equals a limit does not (numbers are told
// apart to nine digits, so that it does not matter in which unit they are). How
// many checks may fail is said by FailureLimit and ConsecutiveLimit; a failing
// check within them is inconclusive.
//
// Candidate instances in their warm-up can fail a check and never pass one: two
// blocks are gathered, one with and one without them, either fails the check, and
// only the one without passes it.
//
// A threshold says nothing about chance. Looked at every minute it condemns
// healthy releases whose rate is near the limit sooner or later, so its reaction
// is best left at hold. It never proves a release good enough.
type Threshold struct {
	// Bad and Total are selectors of counters: bad events, and all events.
	Bad   string `json:"bad"`
	Total string `json:"total"`
	// Histogram is the selector of a histogram, instead of Bad and Total.
	Histogram string `json:"histogram"`
	// By is the label that names the endpoint, for gates that count requests.
	By string `json:"by"`
	// Quantile of the histogram that is limited, above 0 and below 1: 0.99.
	Quantile float64 `json:"quantile"`
	// Max is the largest value that is allowed: a fraction (0.01 is 1 %) of a rate,
	// or in the histogram's own unit. It should stand on a bucket bound: between
	// bounds a quantile is only interpolated. With a Min, a Max of 0 means none.
	Max float64 `json:"max"`
	// Min is the smallest value that is allowed; 0 means none.
	Min float64 `json:"min"`
	// FailureLimit is how many checks of an attempt may fail. The signal is degraded
	// by the next one, until a new attempt.
	FailureLimit int `json:"failureLimit"`
	// ConsecutiveLimit is how many checks must fail in a row for the signal to be
	// degraded; 0 means none. Given alone, it takes the place of FailureLimit, and a
	// passing check makes the signal healthy again. With both, the first decides.
	ConsecutiveLimit int `json:"consecutiveLimit"`
	// MinSample is how many events a check needs. Default 20; from 1 to a billion. A
	// block of 20 cannot tell a rate of 1 % from one of 5 %: give more where the
	// limit is low.
	MinSample int64 `json:"minSample"`
}

const (
	defaultMinSample = 20
	mostMinSample    = 1e9
)

// The layout of the evidence. Log holds the last value that was checked, then the
// running block with warming instances, then the one without: two numbers each
// (bad, total) of a rate, one per bucket of a histogram.
const (
	countFailed  = iota // checks that failed in this attempt
	countRun            // of them, how many in a row, at this step
	countChecked        // checks in this attempt
	countBounds         // fingerprint of the bounds that the blocks are gathered over
	countBeyond         // 1 if the last value lies beyond the last bound, 0 if not
	thresholdCounts
)

// Kind is "threshold".
func (t Threshold) Kind() string { return "threshold" }

// Measure names the counters or the histogram.
func (t Threshold) Measure() Measure {
	return Measure{Bad: t.Bad, Total: t.Total, Histogram: t.Histogram, By: t.By}
}

// Sample is MinSample with its default.
func (t Threshold) Sample() int64 { return t.minSample() }

// Validate joins a *FieldError for everything wrong with the threshold.
func (t Threshold) Validate() error {
	var all strict.Problems
	rate := t.Bad != "" || t.Total != ""
	switch {
	case rate == (t.Histogram != ""):
		all.Add("", nil, "must have either bad and total, or histogram and quantile")
	case rate:
		t.validateRate(&all)
	default:
		t.validateQuantile(&all)
	}
	if t.Max != 0 && t.Min > t.Max {
		all.Add("min", t.Min, "must not be above max")
	}
	if t.FailureLimit < 0 {
		all.Add("failureLimit", t.FailureLimit, "must not be negative")
	}
	if t.ConsecutiveLimit < 0 {
		all.Add("consecutiveLimit", t.ConsecutiveLimit, "must not be negative")
	}
	if t.MinSample < 0 || t.MinSample > mostMinSample {
		all.Add("minSample", t.MinSample, "must be from 1 to 1000000000, or 0 for the default")
	}
	return all.Err()
}

func (t Threshold) validateRate(all *strict.Problems) {
	if t.Bad == "" {
		all.Add("bad", nil, "must be given with total")
	}
	if t.Total == "" {
		all.Add("total", nil, "must be given with bad")
	}
	if t.Quantile != 0 {
		all.Add("quantile", t.Quantile, "must not be given without histogram")
	}
	if !(t.Max >= 0 && t.Max < 1) {
		all.Add("max", t.Max, "must be a fraction below 1: 0.01 is 1 %")
	}
	if !(t.Min >= 0 && t.Min <= 1) {
		all.Add("min", t.Min, "must be a fraction from 0 to 1: 0.01 is 1 %")
	}
}

func (t Threshold) validateQuantile(all *strict.Problems) {
	if !(t.Quantile > 0 && t.Quantile < 1) {
		all.Add("quantile", t.Quantile, "must be above 0 and below 1: 0.99 is the 99th percentile")
	}
	if !finite(t.Max) {
		all.Add("max", t.Max, "must be finite")
	}
	if !finite(t.Min) || t.Min < 0 {
		all.Add("min", t.Min, "must be finite and not negative")
	}
	if t.Max == 0 && t.Min == 0 {
		all.Add("max", nil, "or min must be given")
	}
}

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
// the block cannot pass any more: then it is inconclusive. A sample whose buckets have other bounds than those
// before it begins new blocks.
func (t Threshold) Fold(e *Evidence, s *Sample) bool {
	events := s.Candidate.Exposure
	if t.Histogram != "" {
		events = sum(s.Candidate.Buckets)
		if len(s.Candidate.Buckets) == 0 && len(s.Warming.Buckets) == 0 {
			e.Verdict = t.conclude(e, pending, false) // without buckets nothing is known of the bounds either
			return false
		}
	}
	all, past := t.blocks(e, s)
	t.add(all, &s.Candidate)
	t.add(all, &s.Warming)
	t.add(past, &s.Candidate)

	with := t.check(all, s.Bounds)
	without := t.check(past, s.Bounds)
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
	e.Verdict = t.conclude(e, c.result, events > 0 && !t.lost(all, s.Bounds))
	return c.result != pending
}

// conclude is the verdict after a sample; open says that a running block has events
// and can still pass.
func (t Threshold) conclude(e *Evidence, r result, open bool) Verdict {
	switch {
	case r == failed:
		e.Counts[countFailed]++
		e.Counts[countRun]++
		if e.Verdict == Degraded || t.exceeded(e) || t.ConsecutiveLimit > 0 && e.Counts[countRun] >= int64(t.ConsecutiveLimit) {
			return Degraded
		}
		return Inconclusive
	case r == passed:
		e.Counts[countRun] = 0
		if t.exceeded(e) {
			return Degraded
		}
		return Healthy
	case e.Verdict == Degraded:
		return Degraded
	case r == unclear, !open, e.Verdict.Missing():
		return Inconclusive
	}
	return e.Verdict
}

// exceeded reports whether more checks failed in the attempt than may fail.
func (t Threshold) exceeded(e *Evidence) bool {
	return (t.FailureLimit > 0 || t.ConsecutiveLimit == 0) && e.Counts[countFailed] > int64(t.FailureLimit)
}

// blocks gives the running blocks their size. Evidence of another shape (a first
// sample, a changed judge, changed bounds) holds no block that could go on.
func (t Threshold) blocks(e *Evidence, s *Sample) (all, past []float64) {
	if len(e.Counts) != thresholdCounts {
		e.Counts = make([]int64, thresholdCounts)
	}
	width, print := 2, int64(0)
	if t.Histogram != "" {
		width, print = len(s.Bounds)+1, fingerprint(s.Bounds)
	}
	switch {
	case len(e.Log) != 1+2*width:
		e.Log = make([]float64, 1+2*width)
	case e.Counts[countBounds] != print:
		clear(e.Log[1:])
	}
	e.Counts[countBounds] = print
	return e.Log[1 : 1+width], e.Log[1+width:]
}

// add gathers what one version did into a block.
func (t Threshold) add(block []float64, a *Arm) {
	if t.Histogram == "" {
		block[0] = plus(block[0], a.Bad)
		block[1] = plus(block[1], a.Exposure)
		return
	}
	for i, n := range a.Buckets {
		block[i] = plus(block[i], float64(n))
	}
}

// plus adds numbers that are not negative, and stays finite.
func plus(a, b float64) float64 { return min(a+b, math.MaxFloat64) }

// fingerprint tells lists of bounds apart (FNV-1a, 64 bits): evidence has no room
// for the bounds themselves.
func fingerprint(bounds []float64) int64 {
	h := uint64(14695981039346656037)
	for _, b := range bounds {
		bits := math.Float64bits(b)
		for range 8 {
			h = (h ^ bits&0xff) * 1099511628211
			bits >>= 8
		}
	}
	return int64(h)
}
