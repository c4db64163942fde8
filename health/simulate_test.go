package health

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// stream simulates requests of two versions in intervals.
type stream struct {
	r      *rand.Rand
	now    time.Time
	every  time.Duration
	c, b   float64 // requests per minute
	pc, pb float64 // of them bad
}

func newStream(seed uint64, every time.Duration, c, b, pc, pb float64) *stream {
	return &stream{r: rand.New(rand.NewPCG(seed, 22)), now: start, every: every, c: c, b: b, pc: pc, pb: pb}
}

// binomial draws by waiting times between successes.
func binomial(r *rand.Rand, n int, p float64) float64 {
	if p <= 0 {
		return 0
	}
	x, at, skip := 0, 0, math.Log1p(-p)
	for {
		at += 1 + int(math.Log(1-r.Float64())/skip)
		if at > n {
			return float64(x)
		}
		x++
	}
}

func (s *stream) next() Sample {
	minutes := s.every.Minutes()
	x := Sample{From: s.now, To: s.now.Add(s.every)}
	draw := func(rate, p float64) Arm {
		n := int(rate * minutes)
		return Arm{Exposure: float64(n), Bad: binomial(s.r, n, p)}
	}
	x.Candidate, x.Stable = draw(s.c, s.pc), draw(s.b, s.pb)
	s.now = x.To
	return x
}

// condemned folds intervals until the signal is degraded, and says after how many.
func condemned(p *Policy, s *stream, most int) (after int, ended bool) {
	var e Evidence
	for n := range most {
		x := s.next()
		p.Fold(0, &e, &x)
		if e.Verdict == Degraded {
			return n + 1, true
		}
	}
	return most, false
}

func rollbackPolicy(budget Probability, j Judge) *Policy {
	p := Policy{Budget: budget, Signals: []Signal{{Name: "errors", Judge: j, On: Reactions{Degraded: Rollback}}}}.Normalize()
	return &p
}

// Promise 22 where it is exact: requests are independent.
func TestPromise22FalseRollbacks(t *testing.T) {
	const runs, budget = 400, 0.05
	for name, traffic := range map[string]func(uint64) *stream{
		"5% of much traffic": func(seed uint64) *stream { return newStream(seed, 5*time.Second, 500, 9500, 0.005, 0.005) },
		"half of little":     func(seed uint64) *stream { return newStream(seed, time.Minute, 60, 60, 0.02, 0.02) },
		"frequent events":    func(seed uint64) *stream { return newStream(seed, time.Minute, 60, 240, 0.4, 0.4) },
		"better than stable": func(seed uint64) *stream { return newStream(seed, time.Minute, 500, 500, 0.01, 0.02) },
	} {
		t.Run(name, func(t *testing.T) {
			p, ended := rollbackPolicy(budget, Compare{Bad: "b", Total: "t"}), 0
			for seed := range uint64(runs) {
				if _, end := condemned(p, traffic(seed), 360); end {
					ended++
				}
			}
			// 20 are allowed on the average, if the bound were met with equality.
			if limit := runs*budget + 4*math.Sqrt(runs*budget); float64(ended) > limit {
				t.Errorf("%d of %d healthy candidates were condemned at a budget of %v", ended, runs, budget)
			}
			t.Logf("%d of %d", ended, runs)
		})
	}
}

// What is much worse is found soon.
func TestCompareFinds(t *testing.T) {
	for _, c := range []struct {
		budget  Probability
		rate    float64
		minutes float64 // no more than 1.5 times the information bound and an interval
	}{
		{0.001, 0.01, 1.5*7.59 + 1.0/12},
		{0.001, 0.02, 1.5*1.17 + 1.0/12},
		{0.001, 0.05, 1.5*0.222 + 1.0/12},
		{0.05, 0.01, 1.5*3.29 + 1.0/12},
	} {
		p, sum, runs := rollbackPolicy(c.budget, Compare{Bad: "b", Total: "t"}), 0, 100
		for seed := range uint64(runs) {
			after, ended := condemned(p, newStream(seed, 5*time.Second, 500, 9500, c.rate, 0.005), 1440)
			if !ended {
				t.Fatalf("a rate of %v is not found", c.rate)
			}
			sum += after
		}
		mean := float64(sum) / float64(runs) / 12
		t.Logf("budget %v rate %v: %.2f of %.2f minutes", c.budget, c.rate, mean, c.minutes)
		if mean > c.minutes {
			t.Errorf("budget %v: a rate of %v is found after %.2f minutes, want %.2f", c.budget, c.rate, mean, c.minutes)
		}
	}
}

// What a source knows of the time before the rollout holds for the first interval, too.
func TestToldDispersionHoldsFromTheBegin(t *testing.T) {
	for told, want := range map[float64]Verdict{0: Degraded, 12: Healthy} {
		p, e := rollbackPolicy(0.001, Compare{Bad: "b", Total: "t"}), Evidence{}
		p.Fold(0, &e, &Sample{
			From: start, To: start.Add(time.Minute), Dispersion: told,
			Candidate: Arm{Exposure: 500, Bad: 16}, Stable: Arm{Exposure: 9500, Bad: 48},
		})
		if e.Verdict != want {
			t.Errorf("told %g: %s, want %s", told, e.Verdict, want)
		}
	}
}
