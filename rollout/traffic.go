package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// trafficOf is what there is to measure at a step of the given share. All of the
// traffic leaves nothing to stable, and nothing to mirror.
func trafficOf(step *strategy.Step, share strategy.Weight) health.Traffic {
	return health.Traffic{
		Served:   share > 0 || len(step.Routes) > 0,
		Matched:  share == 0 && len(step.Routes) > 0,
		Mirrored: step.Mirror > 0 && share < strategy.Full,
		Stable:   share < strategy.Full,
	}
}

// traffic is what there is to measure in a stage: what the present step gives, and
// what is observed besides. After a retry the candidate may serve all of the traffic
// for long on its way to a step that gives it none.
func (d *decision) traffic(i int) health.Traffic {
	st, step := d.stage(i), d.target(i)
	t := trafficOf(step, step.WeightFor(st.Fleet.Desired, st.Fleet.Can))
	f := split(&d.m.stages[i], d.m.plan.Release.Version, st, &st.Fleet)
	serves, stable := serving(&f, &f.Candidate), serving(&f, &f.Stable)
	t.Stable = t.Stable || stable
	t.Mirrored = t.Mirrored || f.Mirror > 0 && t.Stable
	t.Matched = (t.Matched || !t.Served && f.Routed) && !serves
	t.Served = t.Served || serves || f.Routed
	t.Alone = d.alone(i, &f)
	return t
}

// alone reports whether the candidate has a single instance, by what is observed or by
// what the step gives it. One that crashes is an instance still.
func (d *decision) alone(i int, f *strategy.Fleet) bool {
	if f.Can.Unlimited {
		return false
	}
	size, _ := d.target(i).Sizes(f.Desired, f.Can)
	return size <= 1 || f.Candidate.Instances <= 1
}

// weigh tells a sample the shares of the traffic that were assigned to the versions, if
// they were the same for all of its interval: the router was observed with them before
// it began and is still.
func (d *decision) weigh(i int, s *health.Sample) {
	st := d.stage(i)
	s.Candidate.Weight, s.Stable.Weight = 0, 0
	o, w := d.observed(i), d.wantOf(i)
	if !d.fresh.has(i) || st.Weighed.IsZero() || s.Began().Before(st.Weighed) || o.seen(d.now).Before(s.To.Add(-time.Second)) || !o.Can.Split || o.Routed {
		return
	}
	f := split(&d.m.stages[i], d.m.plan.Release.Version, st, &st.Fleet)
	if w != nil && w.Allocation.Candidate.Weight != f.Candidate.Weight {
		return // the router may be on its way to other ones
	}
	s.Candidate.Weight, s.Stable.Weight = int64(f.Candidate.Weight), int64(f.Stable.Weight)
}

// serving reports whether a version is observed to get requests other than those
// that match routes: by its weight, or without a splitter by what is ready.
func serving(f *strategy.Fleet, v *strategy.Counts) bool {
	if f.Can.Split || f.Can.Unlimited {
		return v.Weight > 0
	}
	return v.Ready > 0
}

// gives says what the candidate gets at the present step: "10% of the traffic",
// "0% of the traffic and what matches its routes".
func (d *decision) gives(i int) string {
	o, step := &d.stage(i).Fleet, d.target(i)
	share := step.WeightFor(o.Desired, o.Can)
	text := share.String() + " of the traffic"
	if len(step.Routes) > 0 && share < strategy.Full {
		text += " and what matches its " + strings.TrimPrefix(plural(len(step.Routes), "route"), "1 ")
	}
	if step.Mirror > 0 {
		text += ", and copies of " + step.Mirror.String() + " of stable's"
	}
	return text
}

// arrived reports whether a stage's fleet, as it was observed in this call, looks
// like the present step.
func (d *decision) arrived(i int) bool {
	step, f := d.target(i), d.fleet(i)
	if !d.m.stages[i].ladder.Arrived(f, step) {
		return false
	}
	nothing := f.Desired == 0 && !f.Can.Unlimited // then it does not matter what is routed
	return len(step.Routes) == 0 || nothing || d.rerouted(i, step)
}

// rerouted reports whether the target was told the routes of a step before it was
// observed: that it has routes in effect does not say which.
func (d *decision) rerouted(i int, step *strategy.Step) bool {
	w := d.wantOf(i)
	return w != nil && slices.EqualFunc(w.Routes, step.Routes, strategy.Route.Equal) && d.observed(i).seen(d.now).After(d.stage(i).Rerouted)
}

// wantOf is the last want of a stage; nil if there is none.
func (d *decision) wantOf(i int) *Want {
	for k := range d.s.Want {
		if d.s.Want[k].Stage == d.m.stages[i].Name {
			return &d.s.Want[k]
		}
	}
	return nil
}

// planned is the traffic of a step as far as the plan knows it: what follows from
// the sizes is some.
func planned(step *strategy.Step) health.Traffic {
	share := step.Weight
	if step.Proportional {
		share = 1
	}
	return trafficOf(step, share)
}

// expected reports whether a stage's k-th signal can be measured at the present
// step.
func (d *decision) expected(i, k int) bool {
	signals := d.m.stages[i].policy.Signals
	return k >= len(signals) || signals[k].Expected(d.traffic(i))
}

// afresh begins to measure what was not measured until now, because there was
// nothing that it could be measured by: of that time nothing is known, and
// nothing is missed.
func (d *decision) afresh(i int) {
	signals := d.m.stages[i].policy.Signals
	if st := d.stage(i); !d.judged(i) || len(st.Evidence) <= len(signals) {
		return
	}
	for k := range signals {
		if !d.expected(i, k) || d.asking(i, k) != "" || !d.stage(i).Evidence[k].Through.Before(d.now) {
			continue
		}
		e := d.evidence(i, k)
		signals[k].Begin(e)
		e.Through = d.now
		if d.stage(i).Phase == Waiting {
			e.Seen = d.now
			l := d.ledger(i)
			l.Healthy, l.Peaks = 0, d.m.stages[i].uncovered(d.stage(i).Step) // what was baked without it counts no more
			d.bakeFrom(i)
		}
	}
}

// checkOpen refuses gates that can never open at a step, because what they wait for
// is not measured there. The paths are relative to the list.
func (c *stage) checkOpen(gates []gate.Gate, step *strategy.Step) error {
	return gate.CanOpen(gates, func(g gate.Gate) error {
		var wrong strict.Problems
		switch g := g.(type) {
		case gate.Requests:
			wrong.Join("", c.checkRequests(&g, step))
		case *gate.Requests:
			wrong.Join("", c.checkRequests(g, step))
		case gate.Healthy:
			wrong.Join("", c.checkHealthy(&g, step))
		case *gate.Healthy:
			wrong.Join("", c.checkHealthy(g, step))
		}
		wrong.Join("", c.checkEndpoints(g, step))
		return wrong.Err()
	})
}

func (c *stage) checkRequests(g *gate.Requests, step *strategy.Step) error {
	if g.Signal != "" {
		return c.checkMeasured("signal", g.Signal, step)
	}
	if c.countingSignal("", planned(step)) < 0 && c.countedAnywhere("") {
		return &FieldError{Rule: "can never open at step " + step.Name + ": no signal that counts requests is measured there"}
	}
	return nil
}

// checkEndpoints refuses to count the requests to an endpoint by a signal that does
// not tell them apart. Which signal counts may differ from step to step.
func (c *stage) checkEndpoints(g gate.Gate, step *strategy.Step) error {
	var wrong strict.Problems
	for _, n := range gate.Wanted([]gate.Gate{g}) {
		i := c.countingSignal(n.Signal, planned(step))
		if n.Endpoint == "" || i < 0 {
			continue
		}
		if j := c.policy.Signals[i].Judge; measures(j) && measureOf(j).By == "" {
			wrong.Add("endpoint", n.Endpoint, "is waited for at step "+step.Name+", but signal "+c.policy.Signals[i].Name+", which counts the requests there, does not say by which label (by)")
		}
	}
	return wrong.Err()
}

func (c *stage) checkHealthy(g *gate.Healthy, step *strategy.Step) error {
	var wrong strict.Problems
	for n, name := range g.Signals {
		wrong.Join("", c.checkMeasured(fmt.Sprintf("signals[%d]", n), name, step))
	}
	return wrong.Err()
}

// checkMeasured refuses to wait for a signal at a step where it is not measured.
func (c *stage) checkMeasured(path, name string, step *strategy.Step) error {
	k := slices.IndexFunc(c.policy.Signals, func(g health.Signal) bool { return g.Name == name })
	if k < 0 || c.policy.Signals[k].Expected(planned(step)) {
		return nil
	}
	what := "the candidate gets no requests there"
	switch {
	case c.policy.Signals[k].Mirrored:
		what = "the candidate gets no mirrored requests there"
	case c.policy.Signals[k].Scope == "stable":
		what = "stable gets no requests there"
	}
	var wrong strict.Problems
	wrong.Add(path, name, "is never measured at step "+step.Name+": "+what)
	return wrong.Err()
}
