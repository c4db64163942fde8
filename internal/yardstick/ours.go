package main

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// The signals of ours, the same in every scenario and with every default: errors and
// latency compared with stable, which roll back, and an absolute limit, which holds.
// Where a scenario has no latencies the signal is there and sees nothing; its part of the
// budget is spent on it all the same.
const (
	oursErrors = iota
	oursLatency
	oursLimit
)

// policyOf is what a stage is judged by.
func policyOf(alpha float64, stages int) *health.Policy {
	back := health.Reactions{Degraded: health.Rollback}
	p := health.Policy{Budget: health.Probability(alpha), Signals: []health.Signal{
		{Name: "errors", Judge: health.Compare{Bad: "bad", Total: "requests"}, On: back},
		{Name: "latency", Judge: health.Latency{Histogram: "seconds"}, On: back},
		{Name: "limit", Judge: health.Objective{Bad: "bad", Total: "requests", Max: objective}},
	}}.Normalize()
	rollbacks, holds := p.Budgets()
	return p.Within(rollbacks/health.Probability(stages), holds/health.Probability(stages))
}

func ourMethods() []method {
	var all []method
	for _, alpha := range []float64{0.05, 0.001} {
		all = append(all, method{
			name: fmt.Sprintf("ours %g", alpha), alpha: alpha, ours: true, promises: true,
			start: func(s *scenario) detector { return newOurs(alpha, s) },
			effective: func(s *scenario) float64 {
				at := oursErrors
				switch {
				case s.hold:
					at = oursLimit
				case s.latency:
					at = oursLatency
				}
				return policyOf(alpha, s.stages).Alpha(at)
			},
		})
	}
	return all
}

// ours is the library at work, as a rollout calls it.
type ours struct {
	policy   *health.Policy
	scenario *scenario
	traffic  health.Traffic
	evidence [oursLimit + 1]health.Evidence
	from     time.Time // where the open interval began
	now      time.Time
	pending  view // what was seen in it
	past     float64
	// The buckets of the sample, kept to save allocations.
	candidate, stable, warming [buckets]uint64
}

// begun is when all runs begin.
var begun = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) // never written

func newOurs(alpha float64, s *scenario) *ours {
	return &ours{
		policy: policyOf(alpha, s.stages), scenario: s,
		traffic: health.Traffic{Served: true, Stable: true, Alone: s.alone},
	}
}

func (o *ours) begin(past float64) {
	clear(o.evidence[:])
	o.from, o.now, o.pending, o.past = begun, begun, view{}, past
}

func (o *ours) check(iv *interval) outcome {
	o.now = o.now.Add(time.Duration(iv.seconds) * time.Second)
	o.pending.add(&iv.careful)
	if iv.careful.open {
		return goOn
	}
	o.fold()
	o.from, o.pending = o.now, view{}
	ev := o.evidence[:]
	if blamed := o.policy.Pool(o.traffic, ev); blamed >= 0 {
		ev[blamed].Condemn()
	}
	switch o.policy.Assess(o.now, time.Time{}, o.traffic, ev).Do {
	case health.Rollback:
		return rollsBack
	case health.Hold:
		return holds
	}
	return goOn
}

// fold gives the interval that has ended to all signals.
func (o *ours) fold() {
	v := &o.pending
	x := health.Sample{From: o.from, To: o.now, Dispersion: o.past}
	x.Candidate, x.Stable, x.Warming = counted(&v.candidate), counted(&v.stable), counted(&v.warming)
	if v.skewed {
		x.Overlap = []health.Arm{counted(&v.before)}
	}
	o.policy.Fold(oursErrors, &o.evidence[oursErrors], &x)
	o.policy.Fold(oursLimit, &o.evidence[oursLimit], &x)
	x = health.Sample{From: o.from, To: o.now}
	if o.scenario.latency {
		x.Bounds = bounds[:]
		x.Candidate.Buckets = whole(&v.candidate, &o.candidate)
		x.Stable.Buckets = whole(&v.stable, &o.stable)
		x.Warming.Buckets = whole(&v.warming, &o.warming)
	}
	o.policy.Fold(oursLatency, &o.evidence[oursLatency], &x)
}

func counted(a *arm) health.Arm { return health.Arm{Exposure: a.n, Bad: a.x} }

func whole(a *arm, into *[buckets]uint64) []uint64 {
	for i, n := range a.buckets {
		into[i] = uint64(n)
	}
	return into[:]
}
