package health

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Latency asks whether the candidate is slower than stable, by a histogram: whether
// more of its requests are slower than any of at most 16 bounds. Each bound has a
// process like that of [Compare]; harm is the weighted average of them all, which is
// one process again whatever they have in common, and proof the weakest of them: an
// average would prove a candidate whose tail is five times worse.
//
// It may be looked at at any time, like Compare, and what is said there about bursts
// holds here.
type Latency struct {
	// Histogram is the selector of a histogram, classic or native.
	Histogram string `json:"histogram"`
	// By is the label that names the endpoint, for gates that count requests.
	By string `json:"by"`
	// Objective is the bound that matters most, in the unit of the histogram: it has half
	// of the weight. It must be a bound of the histogram, or the verdict is Error. 0: all
	// weigh the same.
	Objective float64 `json:"objective"`
	// Bounds are those to look at, rising, at most 16. By default those of the histogram;
	// if it has more than 16, those nearest to the quantiles .5, .75, .9, .95, .99 and
	// .999 of stable in the first interval, which is judged no more then.
	Bounds []float64 `json:"bounds"`
	// Tolerance, Margin, Dispersion, MinSample, Unit and Cohort are as in [Compare].
	Tolerance  float64 `json:"tolerance"`
	Margin     float64 `json:"margin"`
	Dispersion float64 `json:"dispersion"`
	MinSample  int64   `json:"minSample"`
	Unit       string  `json:"unit"`
	Cohort     bool    `json:"cohort"`
}

// maxLanes is how many bounds are looked at.
const maxLanes = 16

// tails are the quantiles of stable that bounds are chosen by.
var tails = [...]float64{0.5, 0.75, 0.9, 0.95, 0.99, 0.999} // never written

// sentinelTail is the part of stable's requests that is slower than the bound by which
// the dispersion is learned: enough of them to learn from, few enough to be a tail.
const sentinelTail = 0.05

// Kind is "latency".
func (l Latency) Kind() string { return "latency" }

// Measure names the histogram.
func (l Latency) Measure() Measure {
	m := Measure{Histogram: l.Histogram, By: l.By, Compare: true, Cohort: l.Cohort, Users: l.Unit == unitUser}
	if l.Dispersion == 0 {
		m.Learn = learnPast
	}
	return m
}

// Sample is MinSample with its default.
func (l Latency) Sample() int64 { return l.minSample() }

func (l *Latency) minSample() int64 { return or(l.MinSample, defaultMinSample) }

// Validate joins a *FieldError for everything wrong with the judge.
func (l Latency) Validate() error {
	var all strict.Problems
	if l.Histogram == "" {
		all.Add("histogram", nil, "must be given")
	}
	if n := len(l.Bounds); n > maxLanes {
		all.Add("bounds", n, fmt.Sprintf("must be at most %d", maxLanes))
	}
	checkBounds(&all, l.Bounds)
	if !finite(l.Objective) {
		all.Add("objective", l.Objective, "must be finite")
	} else if l.Objective != 0 && len(l.Bounds) > 0 && !slices.Contains(l.Bounds, l.Objective) {
		all.Add("objective", l.Objective, "must be one of the bounds")
	}
	checkUnit(&all, l.Unit)
	checkMargins(&all, l.Tolerance, l.Margin)
	checkSequence(&all, l.Dispersion, l.MinSample)
	return all.Err()
}

func (l *Latency) sequence(lanes int) sequence {
	q := sequence{
		harm: gridHarm, tolerance: or(l.Tolerance, 1), margin: l.Margin,
		dispersion: l.Dispersion, minSample: float64(l.minSample()), lanes: lanes,
	}
	if l.Margin > 0 {
		q.proof = gridProof
	}
	return q
}

// of is the sequence that evidence was gathered by; without lanes if there is none.
func (l *Latency) of(e *Evidence) sequence {
	q := l.sequence(0)
	if n := len(e.Log) - q.size(); n > 0 && n%q.laneSize() == 0 && n/q.laneSize() <= maxLanes {
		q.lanes = n / q.laneSize()
	}
	return q
}

// Begin starts a step, as that of [Compare].
func (l Latency) Begin(e *Evidence) {
	if q := l.of(e); q.lanes > 0 {
		q.begin(e)
	}
}

// Fold adds one sample. A bound that its histogram does not have is left out of it.
func (l Latency) Fold(e *Evidence, s *Sample) bool {
	q, compared := l.of(e), false
	switch {
	case len(s.Bounds) == 0 || len(s.Candidate.Buckets) == 0:
	case q.lanes == 0 && l.unknown(s) != 0:
		if e.Verdict != Degraded {
			e.Verdict = Error
		}
		e.Reason = "the histogram has no bound at " + plain(l.unknown(s)) + "; it has " + listed(s.Bounds)
		return false
	case q.lanes == 0:
		if chosen := l.open(e, s); chosen {
			q = l.of(e)
			break // what bounds were chosen by is no evidence about them
		}
		if q = l.of(e); q.lanes == 0 {
			break
		}
		fallthrough
	default:
		var tallies [maxLanes]tally
		if there := q.find(e.Log, s, tallies[:q.lanes]); there {
			compared = q.compare(e, s, tallies[:q.lanes], false)
		}
		if compared {
			l.weigh(&q, e.Log)
		}
	}
	if q.lanes == 0 {
		if e.Verdict != Degraded {
			e.Verdict = Inconclusive
		}
		return false
	}
	e.Verdict = q.verdict(e)
	return compared
}

// unknown is a bound that the judge is to look at and the histogram does not have; 0 if
// there is none. It may be one in another unit.
func (l *Latency) unknown(s *Sample) float64 {
	if l.Objective != 0 && !slices.Contains(s.Bounds, l.Objective) {
		return l.Objective
	}
	for _, b := range l.Bounds {
		if !slices.Contains(s.Bounds, b) {
			return b
		}
	}
	return 0
}

// listed names some bounds.
func listed(bounds []float64) string {
	text := ""
	for i, b := range bounds {
		switch {
		case i == maxLanes:
			return text + ", and more"
		case i > 0:
			text += ", "
		}
		text += plain(b)
	}
	return text
}

// weigh brings the sums up to date: the objective has half of the weight, the others
// share what is left.
func (l *Latency) weigh(q *sequence, log []float64) {
	var weights [maxLanes]float64
	objective := -1
	for k := range q.lanes {
		if head, _, _ := q.lane(log, k); l.Objective != 0 && head[laneBound] == l.Objective {
			objective = k
		}
	}
	for k := range q.lanes {
		switch {
		case objective < 0 || q.lanes == 1:
			weights[k] = -math.Log(float64(q.lanes))
		case k == objective:
			weights[k] = -math.Ln2
		default:
			weights[k] = -math.Log(2 * float64(q.lanes-1))
		}
	}
	q.weigh(log, weights[:q.lanes])
}

// find says which bucket the bound of each lane is the end of. It is false if none of
// them is there.
func (q *sequence) find(log []float64, s *Sample, into []tally) (there bool) {
	span := seconds(s)
	for k := range into {
		head, _, _ := q.lane(log, k)
		at, ok := slices.BinarySearch(s.Bounds, head[laneBound])
		into[k] = tally{above: at, span: span, absent: !ok}
		there = there || ok
	}
	return there
}

// open begins evidence about the bounds that are given, or else about those of the
// sample. It reports whether they were chosen by what stable did in it.
func (l *Latency) open(e *Evidence, s *Sample) (chosen bool) {
	bounds := l.Bounds
	if len(bounds) == 0 {
		if bounds = s.Bounds; len(bounds) > maxLanes {
			if bounds = l.choose(s); len(bounds) == 0 {
				return false // nothing to choose by yet
			}
			chosen = true
		}
	}
	q := l.sequence(len(bounds))
	q.open(e)
	for k, b := range bounds {
		head, _, _ := q.lane(e.Log, k)
		head[laneBound] = b
	}
	e.Log[atSentinel] = float64(l.sentinel(bounds, s))
	return chosen
}

// choose picks the bounds nearest to the tails of stable, and the objective.
func (l *Latency) choose(s *Sample) []float64 {
	var chosen []float64
	for _, q := range tails {
		if at := beyondShare(s, 1-q); at >= 0 {
			chosen = append(chosen, s.Bounds[at])
		}
	}
	if len(chosen) > 0 && l.Objective != 0 && slices.Contains(s.Bounds, l.Objective) {
		chosen = append(chosen, l.Objective)
	}
	slices.Sort(chosen)
	return slices.Compact(chosen)
}

// beyondShare is the index of the lowest bound beyond which at most that share of
// stable's requests lie; -1 if there were none.
func beyondShare(s *Sample, share float64) int {
	total := sum(s.Stable.Buckets)
	if total <= 0 {
		return -1
	}
	beyond := total
	for i := range s.Bounds {
		if beyond -= float64(s.Stable.Buckets[i]); beyond <= share*total {
			return i
		}
	}
	return len(s.Bounds) - 1
}

// sentinel is the lane by which dispersion is learned and harm is expected: that of the
// objective, or one in stable's tail.
func (l *Latency) sentinel(bounds []float64, s *Sample) int {
	if k := slices.Index(bounds, l.Objective); l.Objective != 0 && k >= 0 {
		return k
	}
	at := beyondShare(s, sentinelTail)
	if at < 0 {
		return len(bounds) / 2
	}
	k, _ := slices.BinarySearch(bounds, s.Bounds[at])
	return min(k, len(bounds)-1)
}

func (l Latency) sound(e *Evidence) bool {
	q := l.of(e)
	return q.lanes == 0 || q.sound(e)
}

// LogE is ln of what speaks for harm at any bound, and of what proves the candidate at
// every bound.
func (l Latency) LogE(e *Evidence) (harm, proof float64) {
	q := l.of(e)
	if q.lanes == 0 {
		return 0, math.Inf(-1)
	}
	return q.logE(e)
}

// Explain names the bound with the strongest evidence: "3.1x stable's requests slower
// than 0.5, evidence 1 : 48,000 after 312 requests".
func (l Latency) Explain(e *Evidence) string {
	q := l.of(e)
	if q.lanes == 0 || e.Log[atN] == 0 || e.Log[atK] == 0 {
		return "nothing to compare yet"
	}
	worst, most := 0, math.Inf(-1)
	for k := range q.lanes {
		if _, harm, _ := q.lane(e.Log, k); harm.value(q.harm) > most {
			worst, most = k, harm.value(q.harm)
		}
	}
	head, _, _ := q.lane(e.Log, worst)
	return times(head[laneX]/e.Log[atN], head[laneY]/e.Log[atK]) + " stable's share of requests slower than " +
		plain(head[laneBound]) + secondsOf(l.Histogram) + ", evidence " + odds(e.Log[atHarm]) + " after " + grouped(e.Log[atN]) + " requests" + q.remarks(e.Log)
}
