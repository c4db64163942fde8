package rollout

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// divide gives each stage its part of the attempt's budgets, which are those of the
// plan's own policy. A stage whose policy has a budget takes that out of it; those that
// have none share what is left equally. A stage without sequential signals that could
// spend it takes no part.
func (m *Machine) divide() error {
	var wrong strict.Problems
	rollbacks, holds := m.plan.Health.Budgets()
	back := m.shares(rollbacks, func(p *health.Policy) (health.Probability, bool) { return p.Budget, p.Spends(health.Rollback) })
	still := m.shares(holds, func(p *health.Policy) (health.Probability, bool) { return p.Holds, p.Spends(health.Hold) })
	if back.over {
		wrong.Add("health.budget", rollbacks, "must be above the budgets that stages take out of it, together: "+back.taken.String())
	}
	if still.over {
		wrong.Add("health.holds", holds, "must be above what stages take out of it, together: "+still.taken.String())
	}
	for i := range m.stages {
		c := &m.stages[i]
		c.policy = c.policy.Within(back.of(c.Health != nil, c.policy.Budget), still.of(c.Health != nil, c.policy.Holds))
	}
	return wrong.Err()
}

// shares is how a budget is divided.
type shares struct {
	each, taken health.Probability
	over        bool // more is taken than there is
}

// of is the part of a stage that has a policy of its own or not.
func (s shares) of(own bool, budget health.Probability) health.Probability {
	if own && budget > 0 {
		return budget
	}
	return s.each
}

func (m *Machine) shares(all health.Probability, of func(*health.Policy) (health.Probability, bool)) shares {
	s, n := shares{each: all}, 0
	for i := range m.stages {
		c := &m.stages[i]
		switch budget, spends := of(c.policy); {
		case !spends:
		case c.Health != nil && budget > 0:
			s.taken += budget
		default:
			n++
		}
	}
	const rounding = 1e-12
	s.over = s.taken > all+rounding || n > 0 && s.taken >= all
	if n > 0 {
		s.each = (all - s.taken) / health.Probability(n)
	}
	return s
}

// checkAssignment refuses comparisons whose reaction is a rollback where users are
// assigned to a version, and not requests, unless they are counted accordingly. What
// differs between the users would be taken for what differs between the versions.
func (c *stage) checkAssignment() error {
	var wrong strict.Problems
	routed := ""
	for k := range c.ladder.Steps {
		if s := &c.ladder.Steps[k]; len(s.Routes) > 0 && routed == "" {
			routed = s.Name
		}
	}
	for n := range c.policy.Signals {
		g := &c.policy.Signals[n]
		m := measureOf(g.Judge)
		if !m.Compare || g.Advisory || g.On.Degraded != health.Rollback || m.Per == health.PerTime {
			continue
		}
		at := "strategy" // the policy is the plan's, and right for other stages
		if c.Health != nil {
			at = fmt.Sprintf("health.signals[%d].on.degraded", n)
		}
		if routed != "" && !m.Cohort {
			wrong.Add(at, g.Name, "must hold when degraded and not roll back, because step "+routed+" routes some users to the candidate and the signal compares them with all others; or count the same kind of users on stable, and say cohort")
		}
		if !c.ladder.Sticky.IsZero() && !m.Users {
			wrong.Add(at, g.Name, "must hold when degraded and not roll back, because users stay with a version: one whose every request fails would count again and again; or count each user once, and say unit: user")
		}
	}
	return wrong.Err()
}
