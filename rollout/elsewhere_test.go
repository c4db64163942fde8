package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// requested is an interval of an ask with so many requests of each version.
func requested(a health.Ask, from, to time.Time, n float64) health.Sample {
	return health.Sample{
		Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: from, To: to,
		Candidate: health.Arm{Exposure: n}, Stable: health.Arm{Exposure: n},
	}
}

// TestLateIntervals: what a source brings late is compared with where the fleet was when
// it was measured, also if it has left again since.
func TestLateIntervals(t *testing.T) {
	for _, again := range []bool{false, true} {
		p := half(gate.Requests{Min: 3000})
		p.Health.Signals[0].Every, p.Health.Signals[0].MaxGap = 10*time.Second, time.Hour
		p.Stages[0].Deadline = 10 * time.Minute
		s := newSim(t, p)
		s.until(100, s.phase(0, rollout.Waiting))
		s.silent = true
		begun := s.now
		for s.now.Sub(begun) < time.Minute {
			elsewhere(s)
		}
		for s.now.Sub(begun) < 2*time.Minute {
			s.step()
		}
		if again {
			elsewhere(s)
			elsewhere(s)
			s.step()
		}
		if s.state.Hold != nil { // for readiness
			s.give(rollout.Resume, "")
			s.step()
		}
		a, in := s.state.Ask[0], s.input()
		for from := a.From; !from.Add(10 * time.Second).After(s.now); from = from.Add(10 * time.Second) {
			n := 7.0 // at the step
			if from.Before(begun.Add(50 * time.Second)) {
				n = 1000
			}
			in.Samples = append(in.Samples, requested(a, from, from.Add(10*time.Second), n))
		}
		s.decide(in)
		if n := s.state.Stages[0].Ledger.Counts[0].N; n < 35 || n > 1100 { // the first began before it left
			t.Errorf("left again %v: %v requests", again, n)
		}
	}
}

// TestTimesElsewhereAreBounded: the oldest become one that is as long.
func TestTimesElsewhereAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	for away, count := range []float64{0, 100, 0} { // mostly there, mostly elsewhere
		if away > 0 {
			bounded(t, away, 3-away, count)
		}
	}
}

func bounded(t *testing.T, away, there int, count float64) {
	t.Helper()
	p := half(gate.Requests{Min: 1000})
	p.Health.Signals[0].Every, p.Health.Signals[0].MaxGap = time.Hour, 10*time.Hour
	p.Health.Readiness.On.Degraded = ""
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	s.silent = true
	for range 300 {
		for range away {
			elsewhere(s)
		}
		for range there {
			s.step()
		}
	}
	spans, sum := s.state.Stages[0].Elsewhere, time.Duration(0)
	for k, span := range spans {
		if sum += span.To.Sub(span.From); k > 0 && !span.From.After(spans[k-1].To) {
			t.Fatalf("%v after %v", span, spans[k-1])
		}
	}
	if len(spans) != 100 || sum != time.Duration(300*away)*time.Second {
		t.Fatalf("%d, %s together", len(spans), sum)
	}
	a, in := s.state.Ask[0], s.input()
	in.Samples = []health.Sample{requested(a, s.state.Stages[0].Ledger.Reached, s.now, 100)}
	if s.decide(in); s.state.Stages[0].Step == 0 && s.state.Stages[0].Ledger.Counts[0].N != count {
		t.Errorf("%d of 3 s elsewhere: %v requests count", away, s.state.Stages[0].Ledger.Counts[0].N)
	}
}

// TestShortTimesElsewhere: they cost next to nothing, also beside an advisory signal that
// is never measured.
func TestShortTimesElsewhere(t *testing.T) {
	p := half(gate.Healthy{Passes: 40, Signals: []string{"errors"}})
	p.Health.Signals[0].Every, p.Health.Signals[0].MaxGap = time.Minute, 10*time.Minute
	p.Stages[0].Deadline = 10 * time.Minute
	extra := p.Health.Signals[0]
	extra.Name, extra.Advisory, extra.On = "extra", true, health.Reactions{}
	p.Health.Signals = append(p.Health.Signals, extra)
	s := newSim(t, p)
	s.until(100, s.phase(0, rollout.Waiting))
	for n := range 45 * 60 {
		in := s.input()
		in.Samples = nil
		for _, a := range s.state.Ask {
			if a.Signal == "errors" && !s.now.Before(a.Due) {
				in.Samples = append(in.Samples, s.sample(a))
			}
		}
		if n%60 >= 30 && n%60 < 32 {
			in.Fleets[0].Versions[0].Weight, in.Fleets[0].Versions[1].Weight = 9900, 100
		}
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	if s.state.Stages[0].Step == 0 {
		t.Errorf("%d passes, hold %v", s.state.Stages[0].Evidence[0].Passes, s.state.Hold)
	}
}

// TestRetryElsewhere: what was elsewhere before the attempt is forgotten.
func TestRetryElsewhere(t *testing.T) {
	s := newSim(t, half(gate.Requests{Min: 1000}))
	s.until(10, s.phase(0, rollout.Waiting))
	elsewhere(s)
	s.give(rollout.Pause, "")
	elsewhere(s)
	if n := len(s.state.Stages[0].Elsewhere); n != 1 {
		t.Fatalf("%d times elsewhere", n)
	}
	s.give(rollout.Retry, "")
	if s.step(); len(s.state.Stages[0].Elsewhere) > 0 {
		t.Errorf("%v", s.state.Stages[0].Elsewhere)
	}
	s.until(30, s.told(rollout.EventPassed, "50%"))
}

// TestFailedMeasurementCountsNothing: nor does one that cannot be, whatever it says of
// requests.
func TestFailedMeasurementCountsNothing(t *testing.T) {
	s := newSim(t, half(gate.Requests{Min: 1e6}))
	s.until(20, s.phase(0, rollout.Waiting))
	s.silent = true
	for k, fetch := range []health.Verdict{health.NoData, health.Error, health.Cancelled, health.Inconclusive, health.Degraded, "?"} {
		s.steps(1)
		in := s.input()
		x := requested(s.state.Ask[0], s.state.Ask[0].From, s.now, 100)
		x.Fetch = fetch
		in.Samples = []health.Sample{x}
		s.decide(in)
		if n := s.state.Stages[0].Ledger.Counts[0].N; n != 0 || k == 0 && s.state.Ask[0].From.Equal(x.From) {
			t.Errorf("%s: %v requests count", fetch, n)
		}
	}
}
