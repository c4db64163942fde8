package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// A peak is covered by healthy time in its hours, on the step, of one day or of several.
func TestPeakIsCovered(t *testing.T) {
	peak := &gate.Peak{Hours: gate.Hours{Days: gate.EveryDay, From: 9*time.Hour + time.Minute, To: 9*time.Hour + 2*time.Minute}}
	p := half(gate.Bake{For: 5 * time.Second, Peak: peak}, gate.Any{gate.Bake{For: time.Second, Peak: peak}, gate.Fact{Name: "x"}}) // one entry for both
	s := newSim(t, p)
	l := func() *gate.Ledger { return &s.state.Stages[0].Ledger }
	run := func(seconds int) {
		for range seconds {
			s.step()
		}
	}
	run(60) // 09:00 to 09:01
	if n := len(l().Peaks); n != 1 || l().Peaks[0].Healthy != 0 || l().Healthy < 50*time.Second {
		t.Fatalf("%d entries, %v of %v", n, l().Peaks[0].Healthy, l().Healthy)
	}
	s.doing(t, "0s of 1m in 09:01-09:02")
	run(30)
	for range 10 {
		elsewhere(s)
	}
	run(120)
	have := l().Peaks[0].Healthy
	if have < 45*time.Second || have > 51*time.Second || s.state.Stages[0].Step != 0 {
		t.Fatalf("%v on the first day: %s", have, s.sum())
	}
	s.now = epoch.Add(24*time.Hour + 58*time.Second) // and what is missing on the next
	run(3)
	if more := l().Peaks[0].Healthy - have; more > 2*time.Second {
		t.Fatalf("%v by a jump", more)
	}
	run(5)
	if s.state.Stages[0].Step != 0 {
		t.Fatalf("passed early: %s", s.sum())
	}
	s.until(15, s.told(rollout.EventPassed, "50%"))
	s.until(15, s.told(rollout.EventReached, "100%"))
	if l().Peaks[0].Healthy != 0 {
		t.Errorf("%v at the next step", l().Peaks[0].Healthy)
	}
}

// What was measured before the clock jumps back into a peak is not of it, though a slower
// signal is measured only after that.
func TestPeakAfterAJumpBack(t *testing.T) {
	peak := &gate.Peak{Hours: gate.Hours{Days: gate.EveryDay, From: 8 * time.Hour, To: 8*time.Hour + time.Minute}}
	p := half(gate.Bake{For: 5 * time.Second, Peak: peak})
	slow := p.Health.Signals[0]
	slow.Name, slow.Every = "slow", 30*time.Second
	p.Health.Signals = append(p.Health.Signals, slow)
	s := newSim(t, p)
	s.until(40, s.phase(0, rollout.Waiting))
	l := func() *gate.Ledger { return &s.state.Stages[0].Ledger }
	s.until(100, func() bool { return l().Healthy > 0 }) // slow was just measured
	s.steps(20)
	s.now = time.Date(2026, 3, 1, 8, 0, 25, 0, time.UTC)
	s.steps(11)
	if at := l().Peaks[0].Healthy; at < 8*time.Second || at > 12*time.Second {
		t.Errorf("%v are healthy at the peak: it lasts for 10s", at)
	}
}

// Time in which the fleet did not look like the step is none of the peak, though it is
// measured only afterwards.
func TestPeakElsewhere(t *testing.T) {
	peak := &gate.Peak{Hours: gate.Hours{Days: gate.EveryDay, From: 9 * time.Hour, To: 10 * time.Hour}}
	p := half(gate.Bake{For: 5 * time.Second, Peak: peak})
	p.Health.Signals[0].Every = 30 * time.Second
	s := newSim(t, p)
	s.until(40, s.phase(0, rollout.Waiting))
	l := func() *gate.Ledger { return &s.state.Stages[0].Ledger }
	s.until(100, func() bool { return l().Healthy > 0 })
	healthy, atPeak := l().Healthy, l().Peaks[0].Healthy
	s.steps(5)
	for range 10 {
		in := s.input()
		in.Fleets[0].Versions[0].Weight, in.Fleets[0].Versions[1].Weight = 6000, 4000
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	s.until(30, func() bool { return l().Healthy > healthy })
	if a, b := l().Healthy-healthy, l().Peaks[0].Healthy-atPeak; a != 20*time.Second || b != a {
		t.Errorf("%v of 30s are healthy, %v of them at the peak", a, b)
	}
}
