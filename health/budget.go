package health

import (
	"math"
	"time"
)

// The defaults of the budgets: of all attempts of releases that are no worse at most so
// many are ever rolled back, or held, by sequential signals; and of candidates that are
// as bad as the margin at most so many are proven good enough by one signal at one step.
const (
	defaultBudget = 0.01
	defaultHolds  = 0.05
	defaultProof  = 0.05
)

func (p *Policy) budget() float64 { return float64(or(p.Budget, defaultBudget)) }
func (p *Policy) holds() float64  { return float64(or(p.Holds, defaultHolds)) }
func (p *Policy) proof() float64  { return float64(or(p.Proof, defaultProof)) }

// Budgets are what the policy allows, with their defaults: of rollbacks, and of holds.
func (p *Policy) Budgets() (rollbacks, holds Probability) {
	return Probability(p.budget()), Probability(p.holds())
}

// Within is the policy with other budgets: of one stage among several, because what is
// promised is promised of the attempt as a whole.
func (p Policy) Within(rollbacks, holds Probability) *Policy {
	p.Budget, p.Holds = rollbacks, holds
	return &p
}

// Spends reports whether any signal takes part in the budget of a reaction: it is
// sequential, counts, and asks for that.
func (p *Policy) Spends(r Reaction) bool {
	for i := range p.Signals {
		g := &p.Signals[i]
		if _, ok := g.Judge.(Sequential); ok && !g.Advisory && g.On.Degraded.declared() == r {
			return true
		}
	}
	return false
}

// pooled reports whether the i-th signal takes part in the budget of rollbacks.
func (p *Policy) pooled(i int) bool {
	g := &p.Signals[i]
	_, ok := g.Judge.(Sequential)
	return ok && !g.Advisory && g.On.Degraded == Rollback
}

// Alpha is the i-th signal's part of the budget, by its stake: it alone condemns a
// release that is no worse with at most this probability. Signals that hold divide
// Holds, and one that is advisory has all of that for itself. It is 0 if the signal is
// not sequential.
func (p *Policy) Alpha(i int) float64 {
	g := &p.Signals[i]
	if _, ok := g.Judge.(Sequential); !ok {
		return 0
	}
	if g.Advisory {
		return p.holds()
	}
	budget := p.holds()
	if p.pooled(i) {
		budget = p.budget()
	}
	return budget * p.part(i)
}

// part is the i-th signal's part of the stakes of those that share a budget with it.
func (p *Policy) part(i int) float64 {
	sum, pooled := 0.0, p.pooled(i)
	for k := range p.Signals {
		g := &p.Signals[k]
		if _, ok := g.Judge.(Sequential); ok && !g.Advisory && p.pooled(k) == pooled {
			sum += g.stake()
		}
	}
	return p.Signals[i].stake() / sum
}

// stake is the signal's, 1 by default.
func (g *Signal) stake() float64 { return or(g.Stake, 1) }

// limits are how much evidence a sequential signal needs, as ln E.
type limits struct {
	harm  float64 // degraded
	proof float64 // proven
}

func (p *Policy) limits(i int) limits {
	return limits{harm: -math.Log(p.Alpha(i)), proof: -math.Log(p.proof())}
}

// alone are the limits of a signal without a policy.
func alone() limits { return limits{harm: -math.Log(defaultBudget), proof: -math.Log(defaultProof)} }

// Fold adds a sample to the evidence of the i-th signal, as [Signal.Fold] does, with the
// signal's part of the budget. Evidence of a sequential signal that reaches half of what
// it needs, in logarithms, is inconclusive: the release waits to see more.
func (p *Policy) Fold(i int, e *Evidence, s *Sample) bool {
	return p.Signals[i].fold(e, s, false, p.limits(i))
}

// FoldHarm is [Signal.FoldHarm] with the signal's part of the budget.
func (p *Policy) FoldHarm(i int, e *Evidence, s *Sample) bool {
	return p.Signals[i].fold(e, s, true, p.limits(i))
}

// Pool reports which signal is to blame if none alone has shown enough harm and all that
// share the budget of rollbacks have together: the average of their e-values, by their
// stakes, is one too, and is never below any of its parts. It is -1 if they have not.
//
// They must have looked at the same time: evidence that ends at different instants is not
// pooled, because one may know already what the other is still to see. One that sees
// nothing of that traffic takes part with what it knows.
func (p *Policy) Pool(t Traffic, ev []Evidence) int {
	sum, top, blame := math.Inf(-1), math.Inf(-1), -1
	var through *Evidence
	for i := range p.Signals {
		if i >= len(ev) || !p.pooled(i) {
			continue
		}
		e := &ev[i]
		if e.Verdict == Degraded {
			return -1
		}
		if p.Signals[i].Expected(t) {
			if through != nil && !e.Through.Equal(through.Through) {
				return -1
			}
			through = e
		}
		harm, _ := p.Signals[i].Judge.(Sequential).LogE(e)
		harm += math.Log(p.part(i))
		if sum = plusLog(sum, harm); harm > top {
			top, blame = harm, i
		}
	}
	if sum < -math.Log(p.budget()) {
		return -1
	}
	return blame
}

// Condemn marks the evidence of a signal that [Policy.Pool] blames.
func (e *Evidence) Condemn() {
	e.become(Degraded, e.Through)
	e.Clean, e.Passes, e.Proven = time.Time{}, 0, false
}

// weigh sets what the evidence of a sequential judge says under the limits.
func (l limits) weigh(e *Evidence, j Sequential) {
	harm, proof := j.LogE(e)
	switch {
	case e.Verdict == Degraded:
	case harm >= l.harm:
		e.Verdict = Degraded
	case harm >= l.harm/2 && e.Verdict == Healthy:
		e.Verdict = Inconclusive
	}
	e.Proven = e.Verdict == Healthy && proof >= l.proof
}
