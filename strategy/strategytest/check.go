package strategytest

import (
	"errors"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Breach is one way in which an allocation, or a mover, breaks a promise.
type Breach struct {
	// Promise is its number: 1 weights, 2 floor and ceiling, 3 share, 4 counts,
	// 5 release, 6 unready instances, 7 arrival, 8 scaling, 15 rollback.
	Promise int
	// Text says what was done, in numbers.
	Text string
}

// Error is the promise in words, and what was done.
func (b *Breach) Error() string {
	return fmt.Sprintf("promise %d (%s): %s", b.Promise, words(b.Promise), b.Text)
}

func words(promise int) string {
	switch promise {
	case 1:
		return "weights are 0% to 100% and add up to 100%"
	case 2:
		return "ready instances stay above the floor, and all of them below the ceiling"
	case 3:
		return "no version is raised above what its settled instances carry"
	case 4:
		return "each version keeps what its step says"
	case 5:
		return "capacity goes only after its traffic went"
	case 6:
		return "unready instances go first, and block nothing"
	case 7:
		return "an obedient target arrives"
	case 8:
		return "scaling neither strands a rollout nor changes its size"
	default:
		return "a rollback is always possible, and the candidate is not raised by choice"
	}
}

// Check says whether one allocation keeps promises 1 to 6 (and of 15, that the
// candidate is not raised above the step while others could serve): nil, or one
// *[Breach] for each that is broken, joined. It reckons on its own, with searches
// and fractions instead of the formulas of [strategy.Move], so that it can judge
// any mover, and what a host makes of an allocation before it is applied.
//
// The rules are those of Move: one allocation adds instances or takes some away,
// never both. Of what cannot be observed or planned (negative counts, more ready
// instances than there are, an invalid size) only promise 1 is checked.
func Check(f strategy.Fleet, to *strategy.Step, p *strategy.Pace, a strategy.Allocation) error {
	c := check{f: &f, to: to, p: p, a: &a}
	c.have = [versions]strategy.Counts{f.Stable, f.Candidate, f.Leftover}
	c.want = [versions]strategy.Share{a.Stable, a.Candidate, a.Leftover}
	c.weights()
	if len(c.breaches) == 0 && c.observable() && c.reckon() {
		c.routes()
		if f.Can.Unlimited {
			c.onlyWeights()
		} else {
			c.oneWay()
			c.floors()
			c.additions()
			c.shares()
			c.releases()
			c.unready()
		}
	}
	if len(c.breaches) == 0 {
		return nil
	}
	return errors.Join(c.breaches...)
}

// The versions of a fleet, as indices.
const (
	stable = iota
	candidate
	leftover
	versions
)

func name(v int) string { return [versions]string{"stable", "candidate", "leftover"}[v] }

const full = int64(strategy.Full)

// check is one call of Check.
type check struct {
	bounds
	f        *strategy.Fleet
	to       *strategy.Step
	p        *strategy.Pace
	a        *strategy.Allocation
	have     [versions]strategy.Counts
	want     [versions]strategy.Share
	breaches []error
}

func (c *check) broken(promise int, format string, args ...any) {
	c.breaches = append(c.breaches, &Breach{promise, fmt.Sprintf(format, args...)})
}

// observable reports whether there can be such a fleet at all.
func (c *check) observable() bool {
	in := func(n, limit int64) bool { return 0 <= n && n <= limit }
	for v := range c.have {
		h := &c.have[v]
		if !in(h.Instances, maxCount) || !in(h.Stopping, maxCount) || !in(h.Ready, h.Instances) || !in(h.Starting, h.Instances-h.Ready) ||
			!in(h.Settled, h.Ready) || !in(h.Releasable, h.Ready) || !in(int64(h.Weight), full) {
			return false
		}
	}
	return in(c.f.Desired, maxCount) && in(c.f.Before, maxCount) && in(c.f.Can.Quota, maxCount) && in(int64(c.f.Can.Grain), full)
}

// reckon works out what the step and the pace mean in the fleet, and reports
// whether a plan may have them.
func (c *check) reckon() bool {
	if c.to.Weight < 0 || c.to.Weight > strategy.Full {
		return false
	}
	b, ok := boundsOf(c.f, c.to, c.p)
	c.bounds = b
	return ok
}

func (c *check) weights() {
	var sum int64
	for v := range c.want {
		w := &c.want[v]
		if w.Weight < 0 || w.Weight > strategy.Full || w.Instances < 0 || w.Instances > maxCount {
			c.broken(1, "%s is to have %d instances and %s", name(v), w.Instances, w.Weight)
		}
		sum += int64(w.Weight)
	}
	if sum != full {
		c.broken(1, "the weights add up to %d of 10000", sum)
	}
	if c.a.Mirror < 0 || c.a.Mirror > strategy.Full {
		c.broken(1, "%s of the requests are to be mirrored", c.a.Mirror)
	}
}

// onlyWeights is for a target without instances.
func (c *check) onlyWeights() {
	if w := int64(c.want[candidate].Weight); w > max(c.aim[candidate], int64(c.have[candidate].Weight)) {
		c.broken(15, "the candidate is raised to %s", c.want[candidate].Weight)
	}
}

// routes asks that nobody is sent to a candidate that cannot serve.
func (c *check) routes() {
	cannot := !c.f.Can.Unlimited && c.have[candidate].Ready == 0
	if c.a.Routed {
		switch {
		case len(c.to.Routes) == 0:
			c.broken(15, "requests are routed to the candidate, and the step has no routes")
		case cannot:
			c.broken(3, "requests are routed to the candidate, which has no ready instance")
		case !c.f.Can.Unlimited && !c.f.Routed && c.have[candidate].Settled < c.size[candidate]:
			c.broken(3, "routes are set with %d settled instances of the candidate, and the step has %d", c.have[candidate].Settled, c.size[candidate])
		}
	}
	if !c.a.Routed && c.f.Routed && len(c.to.Routes) > 0 && !cannot {
		c.broken(7, "routes end while the candidate has %d ready instances", c.have[candidate].Ready)
	}
	if c.a.Mirror > 0 {
		switch {
		case c.a.Mirror != c.to.Mirror:
			c.broken(15, "%s of the requests are mirrored, and the step has %s", c.a.Mirror, c.to.Mirror)
		case cannot:
			c.broken(3, "requests are mirrored to the candidate, which has no ready instance")
		}
	}
}
