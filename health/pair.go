package health

import (
	"slices"
	"time"
)

// frequent is the rate from which on the form for events that are not rare is used: the
// other one wastes much of what such events say.
const frequent = 0.2

// known is how many events of stable it takes to say so.
const known = 100

// longestCarry bounds, in seconds, for how long what one version did is kept because
// the other did nothing: what was done at very different times cannot be compared.
const longestCarry = 60

// compare takes in an interval of both versions, lane by lane, and reports whether it
// could be compared. Fewer says that too few events are harm, and too many prove.
func (q *sequence) compare(e *Evidence, s *Sample, tallies []tally, fewer bool) bool {
	log := e.Log
	if s.Dispersion > log[atTold] { // it is of the time before, and holds from the first interval on
		log[atTold] = s.Dispersion
	}
	if age := since(log, s.From); age < 0 || age > longestCarry { // below 0: the clock was set back meanwhile
		q.drop(log)
	}
	first := pairOf(s, tallies[0], !fewer, true)
	if n, k := first.n+log[atCarryN], first.k+log[atCarryK]; !(n > 0 && k > 0) || n > most || k > most {
		if n <= most && k <= most {
			q.carry(log, s, tallies)
		}
		q.learn(log, s, tallies)
		return false
	}
	if e.Doubt {
		q.unprove(e)
	}
	i := interval{q: q, log: log, s: s, fewer: fewer, doubt: e.Doubt, phi: q.phi(log), sentinel: sentinel(log, len(tallies))}
	q.onset(log)
	for k, t := range tallies {
		if !t.absent {
			c := first
			if k > 0 {
				c = pairOf(s, t, !fewer, true)
			}
			i.lane(k, t, c)
		}
	}
	i.total(&first, tallies)
	e.Doubt = false // nothing of it is left
	return true
}

// interval is a sample that is being taken in.
type interval struct {
	q            *sequence
	log          []float64
	s            *Sample
	fewer, doubt bool
	phi          float64
	sentinel     int
}

// lane takes in one kind of bad events.
func (i *interval) lane(k int, t tally, c counts) {
	q, log := i.q, i.log
	head, harm, proof := q.lane(log, k)
	c.carry(log, head)
	if !c.sane() {
		return
	}
	var by [maxRatios]float64
	z := by[:q.harm.size()]
	share := c.share(q.tolerance)
	if rate := (head[laneY] + 0.5) / (log[atK] + 1); log[atK] >= known && rate > frequent && q.tolerance == 1 && t.per == "" {
		q.harm.odds(z, &c, rate, i.phi)
	} else {
		weights, _ := q.cached(log)
		if share != log[atHarmShare] {
			q.harm.shares(weights, share)
			log[atHarmShare] = share
		}
		q.harm.pair(z, weights, &c, i.phi)
	}
	harm.multiply(z)
	if k == i.sentinel {
		*purseAt(log[atPurse:]).expected += share * (c.x + c.y)
	}
	if q.proof != nil && !i.doubt {
		i.prove(t, head, proof, &c)
	}
	head[laneX] += c.x
	head[laneY] += c.y
}

// prove adds an interval to what proves the candidate: warming instances do not, and
// stable was as good as it was at any time that overlaps.
func (i *interval) prove(t tally, head []float64, proof []float64, harm *counts) {
	q, log, c := i.q, i.log, *harm
	if len(i.s.Overlap) > 0 || t.per == PerTime {
		c = pairOf(i.s, t, i.fewer, false)
		c.carry(log, head)
	}
	if !c.sane() {
		return
	}
	_, weights := q.cached(log)
	if share := c.share(q.margin); share != log[atProofShare] {
		q.proof.shares(weights, share)
		log[atProofShare] = share
	}
	var by [maxRatios]float64
	z := by[:q.proof.size()]
	q.proof.pair(z, weights, &c, i.phi)
	for j, x := range z {
		proof[j] += x
	}
}

// total adds the interval to what was seen, and to what is known of the dispersion.
func (i *interval) total(c *counts, tallies []tally) {
	q, log, t := i.q, i.log, tallies[0]
	switch {
	case i.doubt: // says nothing for the release
	case t.per == PerShare:
		log[atStep] += c.x + c.y // no share of the traffic says how much there was
	case t.per == PerTime:
		log[atStep] += i.s.Candidate.Time
	default:
		log[atStep] += c.n + log[atCarryN]
	}
	log[atN] += c.n + log[atCarryN]
	log[atK] += c.k + log[atCarryK]
	q.learn(log, i.s, tallies)
	if log[atCarried] != 0 {
		q.drop(log)
	}
}

// pairOf is what both versions did. What is counted by time counts from the first
// second: a crash is a crash.
func pairOf(s *Sample, t tally, largest, harm bool) (c counts) {
	if t.per == "" && t.above < 0 && len(s.Overlap) == 0 { // most are like this
		c = counts{s.Candidate.Exposure, s.Candidate.Bad, s.Stable.Exposure, s.Stable.Bad}
		if c.n >= least && c.k >= least {
			return c
		}
	}
	c.n, c.x = t.of(&s.Candidate)
	if harm && t.per == PerTime {
		n, x := t.of(&s.Warming)
		c.n, c.x = c.n+n, c.x+x
	}
	c.k, c.y = t.stable(s, largest)
	return c
}

// carry adds what was carried into an interval of a lane.
func (c *counts) carry(log, head []float64) {
	if log[atCarried] != 0 {
		c.n, c.k = c.n+log[atCarryN], c.k+log[atCarryK]
		c.x, c.y = c.x+head[laneCarryX], c.y+head[laneCarryY]
	}
}

// carry keeps what one version did while the other did nothing, for the next interval.
func (q *sequence) carry(log []float64, s *Sample, tallies []tally) {
	incomplete := slices.ContainsFunc(tallies, func(t tally) bool { return t.absent })
	if incomplete || since(log, s.To) > longestCarry {
		q.drop(log)
	}
	if incomplete || tallies[0].per != "" || s.To.Sub(s.From).Seconds() > longestCarry || len(s.Overlap) > 0 {
		return
	}
	if log[atCarried] == 0 {
		log[atCarried] = unix(s.From)
	}
	for k, t := range tallies {
		c := pairOf(s, t, true, true)
		if k == 0 {
			log[atCarryN] += c.n
			log[atCarryK] += c.k
		}
		head, _, _ := q.lane(log, k)
		head[laneCarryX] += c.x
		head[laneCarryY] += c.y
	}
}

// since is for how many seconds something is carried at an instant.
func since(log []float64, now time.Time) float64 {
	if log[atCarried] == 0 {
		return 0
	}
	return unix(now) - log[atCarried]
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// drop forgets what was carried.
func (q *sequence) drop(log []float64) {
	log[atCarried], log[atCarryN], log[atCarryK] = 0, 0, 0
	for k := range q.lanes {
		head, _, _ := q.lane(log, k)
		head[laneCarryX], head[laneCarryY] = 0, 0
	}
}
