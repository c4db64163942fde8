package kayenta

import (
	"math"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Kind is the kind of [MannWhitney] in a plan.
const Kind = "mannWhitney"

// Direction says which side of stable is harm.
type Direction string

// The directions.
const (
	Increase Direction = "increase" // more than stable is harm
	Decrease Direction = "decrease" // less is
	Either   Direction = "either"   // both are
)

// MannWhitney compares the candidate with stable by the test of Mann and Whitney, in the
// way of Kayenta. Each interval gives one point of either version: a rate (Bad and
// Total), a quantile of a histogram (Histogram and Quantile) or the mean of the instances
// of a gauge (Gauge). The candidate is degraded if the confidence interval of the shift
// between the points lies beyond the tolerance, and the means differ by the effect. Harm
// once shown stays for the attempt.
//
// Only the last 60 points count, all of the same step. The distribution is approximated
// by the normal one, with the corrections for ties and for continuity. A quantile beyond
// the last bound counts as that bound. Instances in their warm-up never count. Where the
// times of the versions differ ([health.Sample.Overlap]), the candidate is degraded by the
// test against the points of stable that are least in its disfavour, healthy by the one
// against the others, and inconclusive in between.
//
// It says nothing about how often it condemns healthy releases, and never proves one good
// enough.
type MannWhitney struct {
	// Bad and Total are selectors of counters: bad events, and all events.
	Bad   string `json:"bad"`
	Total string `json:"total"`
	// Histogram is the selector of a histogram, instead of Bad and Total.
	Histogram string `json:"histogram"`
	// Quantile of the histogram that is compared, above 0 and below 1: 0.99.
	Quantile float64 `json:"quantile"`
	// Gauge is the selector of a gauge, one value per instance.
	Gauge string `json:"gauge"`
	// By is the label that names the endpoint, for gates that count requests.
	By string `json:"by"`
	// Direction says what is harm: [Increase] (the default), [Decrease] or [Either].
	Direction Direction `json:"direction"`
	// Confidence is that of the interval, of both sides together. Default 0.98; from 0.5
	// to below 1.
	Confidence float64 `json:"confidence"`
	// Tolerance is how far the interval must stay away from no shift, as a share of the
	// estimated shift. Default 0.25; from 0 to below 1; a negative one means none.
	Tolerance float64 `json:"tolerance"`
	// Effect is by how much of stable's mean the means must differ besides: 0.2 is 20 %.
	// Default 0: in the same direction at all.
	Effect float64 `json:"effect"`
	// MinPoints is how many points of either version a test needs; at most 60. Default, and
	// least, as many as can show anything at the confidence: 5 at 98 %, 11 at 99.99 %.
	MinPoints int `json:"minPoints"`
	// MinSample is how many events either version needs in an interval for a point; with
	// fewer the interval gives none. Default 1; of a gauge it means nothing.
	MinSample int64 `json:"minSample"`
}

const (
	most              = 60 // points
	defaultConfidence = 0.98
	defaultTolerance  = 0.25
	leastPoints       = 5
)

// The layout of the evidence. Log holds the points of the candidate, then those of
// stable, twice: its least and its most, if the times differ. Each is a ring.
const (
	countPoints = iota // that are in the rings
	countNext          // where the next one goes
	countFailed        // tests that failed in this attempt
	counts
)

// Kind is "mannWhitney".
func (w MannWhitney) Kind() string { return Kind }

// Measure names the counters, the histogram or the gauge, of both versions.
func (w MannWhitney) Measure() health.Measure {
	return health.Measure{Bad: w.Bad, Total: w.Total, Histogram: w.Histogram, Gauge: w.Gauge, By: w.By, Compare: true}
}

// minPoints are at least so many that the largest score there can be is more than the
// quantile: with fewer, no harm could be shown, and all would seem healthy.
func (w MannWhitney) minPoints() int64 {
	n := max(w.MinPoints, leastPoints)
	for n < most {
		k := float64(n)
		if (k*k/2-0.5)/math.Sqrt(k*k*(2*k+1)/12) > w.quantile() {
			break
		}
		n++
	}
	return int64(n)
}

// quantile of the normal distribution for the confidence.
func (w MannWhitney) quantile() float64 { return math.Sqrt2 * math.Erfinv(w.confidence()) }

func (w MannWhitney) minSample() float64 { return float64(max(w.MinSample, 1)) }

func (w MannWhitney) confidence() float64 {
	if w.Confidence == 0 {
		return defaultConfidence
	}
	return w.Confidence
}

func (w MannWhitney) tolerance() float64 {
	if w.Tolerance == 0 {
		return defaultTolerance
	}
	return max(w.Tolerance, 0)
}

// Begin starts a step: its points are others. How many tests failed stays.
func (w MannWhitney) Begin(e *health.Evidence) {
	if w.known(e) {
		e.Counts[countPoints], e.Counts[countNext] = 0, 0
		clear(e.Log)
	}
}

// known reports whether the evidence is this judge's.
func (w MannWhitney) known(e *health.Evidence) bool {
	return len(e.Counts) == counts && len(e.Log) == 3*most &&
		e.Counts[countPoints] >= 0 && e.Counts[countPoints] <= most && e.Counts[countNext] >= 0 && e.Counts[countNext] < most
}

// Fold adds one sample. Until there are enough points the verdict is inconclusive.
func (w MannWhitney) Fold(e *health.Evidence, s *health.Sample) bool {
	if !w.known(e) {
		e.Counts, e.Log = make([]int64, counts), make([]float64, 3*most)
	}
	candidate, ok := w.point(&s.Candidate, s.Bounds)
	low, high, both := w.stable(s)
	if ok && both {
		i := e.Counts[countNext]
		e.Log[i], e.Log[most+i], e.Log[2*most+i] = candidate, low, high
		e.Counts[countNext] = (i + 1) % most
		e.Counts[countPoints] = min(e.Counts[countPoints]+1, most)
	}
	conclusive := ok && both && e.Counts[countPoints] >= w.minPoints()
	verdict := health.Inconclusive
	if conclusive {
		verdict = w.judge(e)
	}
	if verdict == health.Degraded {
		e.Counts[countFailed]++
	}
	if e.Counts[countFailed] > 0 {
		verdict = health.Degraded
	}
	e.Verdict = verdict
	return conclusive
}

// point is the value of an arm, if it did enough.
func (w MannWhitney) point(a *health.Arm, bounds []float64) (float64, bool) {
	switch {
	case w.Gauge != "":
		mean, n := 0.0, float64(len(a.Values))
		for _, x := range a.Values {
			mean += x / n
		}
		return max(-math.MaxFloat64, min(mean, math.MaxFloat64)), n > 0
	case w.Histogram != "":
		events := 0.0
		for _, n := range a.Buckets {
			events += float64(n)
		}
		value, _ := a.Quantile(w.Quantile, bounds)
		return value, events >= w.minSample()
	case a.Exposure < w.minSample():
		return 0, false
	}
	return a.Bad / a.Exposure, true
}

// stable is the smallest and the largest point of stable over the time of a sample.
func (w MannWhitney) stable(s *health.Sample) (low, high float64, ok bool) {
	low, ok = w.point(&s.Stable, s.Bounds)
	high = low
	for i := range s.Overlap {
		x, told := w.point(&s.Overlap[i], s.Bounds)
		switch {
		case told && !ok:
			low, high, ok = x, x, true
		case told:
			low, high = min(low, x), max(high, x)
		}
	}
	return low, high, ok
}

// judge makes the test for either direction that is harm.
func (w MannWhitney) judge(e *health.Evidence) health.Verdict {
	n := e.Counts[countPoints]
	var candidate, low, high points
	candidate.sort(e.Log[:n])
	low.sort(e.Log[most : most+n])
	high.sort(e.Log[2*most : 2*most+n])
	switch {
	case w.harmed(&candidate, &low, &high):
		return health.Degraded
	case low.at != high.at && w.harmed(&candidate, &high, &low):
		return health.Inconclusive // beside the points of stable that are most in its disfavour
	}
	return health.Healthy
}

// harmed reports whether harm is shown in a direction that matters: above the high points
// of stable, or below the low ones.
func (w MannWhitney) harmed(candidate, low, high *points) bool {
	return w.up() && w.higher(candidate, high, 1) || w.down() && w.higher(candidate, low, -1)
}

func (w MannWhitney) up() bool   { return w.Direction != Decrease }
func (w MannWhitney) down() bool { return w.Direction == Decrease || w.Direction == Either }

// higher reports whether the candidate's points are shown to be higher than stable's, or
// lower if the sign is negative. That the lower end of the confidence interval of the
// shift lies above a limit is the same as that the test, with stable moved up by the
// limit, gives more than the quantile: no end has to be solved for.
func (w MannWhitney) higher(candidate, stable *points, sign float64) bool {
	shift := shift(candidate, stable)
	if sign*shift <= 0 {
		return false // a shift is never farther away from none than its estimate
	}
	apart := sign * (candidate.mean() - stable.mean())
	if apart <= 0 || apart < w.Effect*math.Abs(stable.mean())*(1-alike) {
		return false
	}
	return sign*score(candidate, stable, w.tolerance()*shift) > w.quantile()
}
