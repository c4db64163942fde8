package health

import (
	"math"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Objective asks whether the candidate is worse than a rate that is written down,
// whatever stable does: more of its requests fail than may, or its instances crash more
// often. A candidate that breaks what both versions depend on looks no worse than
// stable, and is found by this.
//
// Like [Compare] it may be looked at at any time. The budget bounds the probability that
// a release that stays below Max at all times is ever condemned: Max is to be what users
// would call an incident, and not what is usual.
type Objective struct {
	// Bad and Total are selectors of counters: bad events, and all events. With Per there
	// is only Total.
	Bad   string `json:"bad"`
	Total string `json:"total"`
	// By is the label that names the endpoint, for gates that count requests.
	By string `json:"by"`
	// Per is "time" to count events per instance and hour; empty, Bad is held against Total.
	Per string `json:"per"`
	// Max is the rate that is no harm yet: a fraction (0.02 is 2 %), or events per instance
	// and hour. It must be above 0, and per hour at most a billion.
	Max float64 `json:"max"`
	// Dispersion is how many events come together at most: 1, the default, if they are
	// independent.
	Dispersion float64 `json:"dispersion"`
	// MinSample is as in [Compare].
	MinSample int64 `json:"minSample"`
}

// maxHourly bounds what can be meant, and keeps all arithmetic far from overflow.
const maxHourly = 1e9

// Kind is "objective".
func (o Objective) Kind() string { return "objective" }

// Measure names the counters.
func (o Objective) Measure() Measure {
	return Measure{Bad: o.Bad, Total: o.Total, By: o.By, Per: o.Per}
}

// Sample is MinSample with its default.
func (o Objective) Sample() int64 {
	if o.Per != "" {
		return 0
	}
	return or(o.MinSample, defaultMinSample)
}

// Validate joins a *FieldError for everything wrong with the objective.
func (o Objective) Validate() error {
	var all strict.Problems
	checkCounters(&all, o.Bad, o.Total, o.By, o.Per)
	switch {
	case o.Per == "" && !(o.Max > 0 && o.Max < 1):
		all.Add("max", o.Max, "must be a fraction above 0 and below 1: 0.02 is 2 %")
	case o.Per == PerTime && !(o.Max > 0 && o.Max <= maxHourly):
		all.Add("max", o.Max, "must be so many events per instance and hour, above 0 and at most a billion")
	case o.Per != "" && o.Per != PerTime:
		all.Add("per", o.Per, "must be time, or be left out")
	}
	checkSequence(&all, o.Dispersion, o.MinSample)
	return all.Err()
}

func (o *Objective) sequence() sequence {
	return sequence{
		harm: gridHarm, proof: gridProof, dispersion: or(o.Dispersion, 1),
		minSample: float64(or(o.MinSample, defaultMinSample)), lanes: 1,
	}
}

// rate is Max per what a tally counts.
func (o *Objective) rate() float64 {
	if o.Per == PerTime {
		return o.Max / 3600
	}
	return o.Max
}

// Begin starts a step, as that of [Compare].
func (o Objective) Begin(e *Evidence) {
	q := o.sequence()
	q.begin(e)
}

// Fold adds one sample. Instances in their warm-up speak against the release, and not
// for it.
func (o Objective) Fold(e *Evidence, s *Sample) bool {
	q := o.sequence()
	if !q.ready(e) {
		q.open(e)
	}
	t := tally{per: o.Per, above: -1}
	n, x := t.of(&s.Candidate)
	w, y := t.of(&s.Warming)
	if all := n + w; all > 0 && all <= most && x+y <= most {
		o.add(&q, e, n, x, w, y)
	}
	e.Verdict = q.verdict(e)
	return n > 0
}

// add takes in n events and x bad ones, and w and y of instances in their warm-up.
func (o *Objective) add(q *sequence, e *Evidence, n, x, w, y float64) {
	q.onset(e.Log)
	if e.Doubt {
		q.unprove(e)
	}
	head, harm, proof := q.lane(e.Log, 0)
	var by [maxRatios]float64
	z := by[:q.harm.size()]
	q.harm.one(z, n+w, x+y, o.rate(), q.dispersion)
	harm.multiply(z)
	if !e.Doubt {
		z = by[:q.proof.size()]
		q.proof.one(z, n, x, o.rate(), q.dispersion)
		for j, x := range z {
			proof[j] += x
		}
		e.Log[atStep] += n
	}
	e.Doubt = false // nothing of it is left
	*purseAt(e.Log[atPurse:]).expected += (n + w) * o.rate()
	e.Log[atN] += n + w
	head[laneX] += x + y
	q.weigh(e.Log, nil)
}

func (o Objective) sound(e *Evidence) bool {
	q := o.sequence()
	return q.sound(e)
}

// LogE is ln of what speaks for harm, and of what proves that the candidate is better
// than Max.
func (o Objective) LogE(e *Evidence) (harm, proof float64) {
	q := o.sequence()
	if !q.ready(e) {
		return 0, math.Inf(-1)
	}
	return q.logE(e)
}

// Explain says how the rate compares with the objective, and how strong the evidence is.
func (o Objective) Explain(e *Evidence) string {
	q := o.sequence()
	if !q.ready(e) || e.Log[atN] == 0 {
		return "nothing to judge yet"
	}
	head, _, _ := q.lane(e.Log, 0)
	n := e.Log[atN]
	rate, unit, after := 100*head[laneX]/n, "%", grouped(n)+" requests"
	limit := 100 * o.Max
	if o.Per == PerTime {
		rate, unit, limit = 3600*head[laneX]/n, " per instance and hour", o.Max
		after = grouped(head[laneX]) + " events in " + grouped(n) + " instance-seconds"
	}
	return plain(rounded(rate, 3)) + unit + " against an objective of " + plain(rounded(limit, 3)) + unit +
		", evidence " + odds(e.Log[atHarm]) + " after " + after + q.remarks(e.Log)
}
