package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// What a single instance has shown is a bad machine as likely as a bad version: once
// people have let the rollout go on, it is no reason to go back when there are more.
func TestHarmOfASingleInstance(t *testing.T) {
	plan := threeStages()
	plan.Stages = plan.Stages[:1]
	plan.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{1000, 5000, strategy.Full}}
	s := newSim(t, plan)
	bad := true // until it is held
	step := func() {
		in := s.input()
		for i := range in.Samples {
			x := &in.Samples[i]
			x.Candidate = health.Arm{Exposure: 40}
			if bad {
				x.Candidate.Bad = 20
			}
			x.Stable = health.Arm{Exposure: 160, Bad: 4}
		}
		out := s.decide(in)
		for i := range out.Want {
			s.obey(&out.Want[i])
		}
		s.now = s.now.Add(time.Second)
	}
	for range 60 {
		step()
		if s.state.Hold != nil {
			break
		}
	}
	if s.state.Hold == nil {
		t.Fatal("no hold", s.trace.String())
	}
	bad = false
	s.fleets["a"].desired = 30 // an autoscaler
	for range 30 {
		step()
	}
	if s.state.RolledBack {
		t.Error("it goes back by what one instance has shown")
	}
	if s.state.Stages[0].Phase == rollout.Done {
		t.Error("done")
	}
}

// An interval in whose last seconds the weights changed, of which the fleet that was
// observed before knows nothing.
func TestSharesThatChangeAtTheEnd(t *testing.T) {
	plan := threeStages()
	plan.Stages = plan.Stages[:1]
	plan.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{500, 5000, strategy.Full}}
	orders := comparing("logins")
	orders.Judge = health.Compare{Total: "logins", Per: health.PerShare, Dispersion: 1}
	plan.Health.Signals = []health.Signal{orders}
	s := newSim(t, plan)
	s.until(20, s.phase(0, rollout.Waiting))
	e := func() *health.Evidence { return &s.state.Stages[0].Evidence[0] }
	for range 3 {
		in := s.input()
		for i := range in.Samples {
			in.Samples[i].Candidate, in.Samples[i].Stable = health.Arm{Exposure: 5}, health.Arm{Exposure: 95}
		}
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	if len(e().Log) == 0 {
		t.Fatal("nothing was judged before: the test shows nothing")
	}
	// The router is changed right after it was observed; the observation is 8 s old.
	from := s.now
	s.now = s.now.Add(8 * time.Second)
	in := s.input()
	in.Fleets[0].At = from
	for i := range in.Samples {
		in.Samples[i].To = s.now
		in.Samples[i].Candidate, in.Samples[i].Stable = health.Arm{Exposure: 400}, health.Arm{Exposure: 400}
	}
	s.decide(in)
	if e().Verdict == health.Degraded {
		t.Error("degraded: the weights of the last 8 seconds were not observed")
	}
}

// What a sample counts from before the step, because it could not be told earlier, is not
// of the step: neither for its requests nor for its health.
func TestCountsKeptFromBeforeTheStep(t *testing.T) {
	for _, since := range []time.Duration{0, -time.Minute} {
		plan := canaryPlan()
		s := newSim(t, plan)
		s.until(5, s.phase(0, rollout.Waiting))
		s.step()
		in := s.input()
		before := s.state.Stages[0].Ledger.Counts[0].N
		if len(in.Samples) != 1 || in.Samples[0].From.Before(s.state.Stages[0].Ledger.Reached) {
			t.Fatal("the interval is not of the step")
		}
		if since != 0 {
			in.Samples[0].Since = in.Samples[0].From.Add(since)
		}
		s.decide(in)
		st := &s.state.Stages[0]
		if counted := st.Ledger.Counts[0].N > before; counted != (since == 0) || (st.Evidence[0].Verdict == health.Healthy) != counted {
			t.Errorf("since %v: requests counted: %v, %s", since, counted, st.Evidence[0].Verdict)
		}
	}
}
