package health

import (
	"fmt"
	"math"
)

// Sequential is a judge whose evidence may be looked at at any time. Its LogE is the
// natural logarithm of two e-values, numbers whose expectation is at most 1 at whatever
// moment one looks: harm, if the candidate is no worse than what it is held against (1 :
// 1000 is shown once in 1000 healthy releases at most), and proof, if the candidate is
// as bad as the margin; -Inf without one. The policy decides how much is enough
// ([Policy.Fold]): such a judge never says Degraded by itself, and sets Healthy and
// Inconclusive only.
type Sequential interface {
	Judge
	LogE(e *Evidence) (harm, proof float64)
}

// sequence is a sequential judge as it is computed: one process of harm, and one of
// proof, per lane. A lane is a kind of bad events; a comparison has one, latency one
// per bound.
type sequence struct {
	harm, proof       *grid // proof is nil without a margin
	tolerance, margin float64
	dispersion        float64 // 0: it is learned
	minSample         float64
	lanes             int
}

// The layout of the log. The head is followed by the weights of ratios that are cached,
// by what was learned of the dispersion, and by the lanes.
const (
	atHarm   = iota // ln E of harm
	atProof         // of proof
	atN             // events of the candidate in this attempt
	atK             // of stable
	atStep          // of the candidate at this step
	atCarryN        // what is carried into the next interval, because one of the versions did nothing
	atCarryK
	atCarried // since when, in Unix seconds; 0: nothing is
	atTold    // the dispersion, as the source told it
	atLearned // and as it was learned
	atSentinel
	atHarmShare // the share for which the weights of harm are cached
	atProofShare
	atPurse
	headSize = atPurse + purseSize
)

// The layout of a lane: what comes before its L.
const (
	laneBound  = iota // above it an event is bad
	laneX             // bad events of the candidate in this attempt
	laneY             // of stable
	laneCarryX        // carried
	laneCarryY
	laneHarm // ln of the unit of the bets on harm
	laneHead
)

func (q *sequence) proofs() int {
	if q.proof == nil {
		return 0
	}
	return q.proof.size()
}

func (q *sequence) cacheSize() int { return q.harm.size() + q.proofs() }
func (q *sequence) laneSize() int  { return laneHead + q.harm.size() + q.proofs() }

func (q *sequence) size() int {
	return headSize + q.cacheSize() + dispersionSize + q.lanes*q.laneSize()
}

func (q *sequence) cached(log []float64) (harm, proof []float64) {
	at := log[headSize:]
	return at[:q.harm.size()], at[q.harm.size():q.cacheSize()]
}

func (q *sequence) lane(log []float64, k int) (head []float64, harm bets, proof []float64) {
	at, harms := headSize+q.cacheSize()+dispersionSize+k*q.laneSize(), laneHead+q.harm.size()
	lane := log[at : at+q.laneSize()]
	return lane[:laneHead], bets{lane[laneHead:harms], &lane[laneHarm]}, lane[harms:]
}

// ready reports whether evidence has the size of the judge. What is of another shape
// knows nothing.
func (q *sequence) ready(e *Evidence) bool { return len(e.Log) == q.size() }

// open begins the evidence of an attempt.
func (q *sequence) open(e *Evidence) {
	e.Counts, e.Log = nil, make([]float64, q.size())
	e.Log[atHarmShare], e.Log[atProofShare] = -1, -1
	p := purseAt(e.Log[atPurse:])
	for k := range q.lanes {
		_, harm, _ := q.lane(e.Log, k)
		p.open(harm)
	}
}

// begin starts a step: what proves starts from nothing, and so does one more bet on
// harm.
func (q *sequence) begin(e *Evidence) {
	if !q.ready(e) {
		return
	}
	e.Log[atStep] = 0
	q.unprove(e)
	e.Doubt = e.Log[atCarried] != 0 // what is carried is of the step before
	p := purseAt(e.Log[atPurse:])
	left, steps := *p.left, *p.steps
	for k := range q.lanes {
		*p.left, *p.steps = left, steps // one purse puts the same into each lane
		_, harm, _ := q.lane(e.Log, k)
		p.step(harm)
	}
}

// unprove forgets what proves the candidate.
func (q *sequence) unprove(e *Evidence) {
	e.Log[atProof] = 0
	for k := range q.lanes {
		_, _, proof := q.lane(e.Log, k)
		clear(proof)
	}
}

// onset puts in what is due before an interval.
func (q *sequence) onset(log []float64) {
	p := purseAt(log[atPurse:])
	left, times, expected := *p.left, *p.times, *p.expected
	for k := range q.lanes {
		*p.left, *p.times, *p.expected = left, times, expected
		_, harm, _ := q.lane(log, k)
		p.onset(harm)
	}
}

// phi is the dispersion for the next interval: what was declared, or else the larger of
// the largest that was told and of what is learned by now, which may fall again.
func (q *sequence) phi(log []float64) float64 {
	if q.dispersion > 0 {
		return q.dispersion
	}
	phi := 1.0
	for _, known := range log[atTold : atLearned+1] {
		if known > phi {
			phi = known
		}
	}
	return phi
}

// sentinel is the lane by which the dispersion is learned and harm is expected. A state
// may say anything.
func sentinel(log []float64, lanes int) int {
	if k := int(log[atSentinel]); k > 0 && k < lanes {
		return k
	}
	return 0
}

// learn takes in what stable did, whether there was anything to compare with it or not,
// for the intervals that follow.
func (q *sequence) learn(log []float64, s *Sample, tallies []tally) {
	t := tallies[sentinel(log, len(tallies))]
	if q.dispersion > 0 || t.absent {
		return
	}
	n, x := t.of(&s.Stable)
	if blocks := blocks(log[headSize+q.cacheSize():]); blocks.add(t.span, n, x) {
		log[atLearned] = blocks.factor()
	}
}

// weigh brings the sums of a log up to date. Weights are the logarithms of those of the
// lanes; a single lane needs none.
func (q *sequence) weigh(log, weights []float64) {
	left, harm, proof := *purseAt(log[atPurse:]).left, 0.0, math.Inf(1)
	for k := range q.lanes {
		_, l, p := q.lane(log, k)
		switch {
		case q.lanes == 1:
			harm = l.with(left, q.harm)
		case k == 0:
			harm = plusLog(math.Log(left), weights[k]+l.value(q.harm))
		default:
			harm = plusLog(harm, weights[k]+l.value(q.harm))
		}
		if q.proof != nil {
			proof = min(proof, q.proof.sum(p)) // every lane must be proven: an average would pass a bad tail
		}
	}
	log[atHarm] = harm
	if q.proof != nil {
		log[atProof] = proof
	}
}

func (q *sequence) logE(e *Evidence) (harm, proof float64) {
	if !q.ready(e) {
		return 0, math.Inf(-1)
	}
	if q.proof == nil {
		return e.Log[atHarm], math.Inf(-1)
	}
	return e.Log[atHarm], e.Log[atProof]
}

// verdict is what a sequential judge says by itself. Evidence that came to no number
// knows nothing.
func (q *sequence) verdict(e *Evidence) Verdict {
	if e.Log != nil && !finite(e.Log[atHarm]+e.Log[atProof]) {
		e.Log = nil
	}
	switch {
	case e.Verdict == Degraded:
		return Degraded
	case e.Log == nil:
		return Inconclusive
	case e.Log[atStep] >= q.minSample*(1-alike):
		return Healthy
	}
	return Inconclusive
}

// remarks says what else there is to know of the evidence: how much the step still needs,
// and by what the evidence was divided, which is a guess where it was learned.
func (q *sequence) remarks(log []float64) string {
	text := ""
	if step := log[atStep]; step < q.minSample*(1-alike) {
		text += fmt.Sprintf("; %s of at least %s at this step", grouped(step), grouped(q.minSample))
	}
	if phi := q.phi(log); phi > 1 {
		text += fmt.Sprintf("; taken as %s times fewer, because errors come together", plain(rounded(phi, 2)))
		if q.dispersion == 0 {
			text += ", which is learned and approximate"
		}
	}
	return text
}

// sound reports whether evidence may have been gathered by the judge, as far as its
// arithmetic needs it: a state may have been changed by others.
func (q *sequence) sound(e *Evidence) bool {
	if !q.ready(e) {
		return true // it knows nothing
	}
	log := e.Log
	p := purseAt(log[atPurse:])
	ok := log[atN] >= 0 && log[atK] >= 0 && log[atCarryN] >= 0 && log[atCarryK] >= 0 &&
		*p.left >= 0 && *p.left <= 1 && *p.steps >= 0 && *p.times >= 0 && *p.expected >= 0
	for k := range q.lanes {
		head, harm, _ := q.lane(log, k)
		ok = ok && head[laneX] >= 0 && head[laneY] >= 0 && head[laneCarryX] >= 0 && head[laneCarryY] >= 0
		largest := 0.0
		for _, part := range harm.part {
			ok = ok && part >= 0
			largest = max(largest, part)
		}
		ok = ok && largest >= nothing
	}
	return ok
}
