package health

import (
	"fmt"
	"testing"
	"time"
)

func ExamplePolicy_Forecast() {
	p := Policy{Signals: []Signal{{
		Name: "errors", Judge: Compare{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total", Margin: 1.5},
		On: Reactions{Degraded: Rollback},
	}}}
	fmt.Println(p.Forecast(0, Load{Candidate: 20, Stable: 380, Base: 0.005}, 2))
	fmt.Println(p.Forecast(0, Load{Candidate: 500, Stable: 9500, Base: 0.005}, 4))
	// Output:
	// At 20 requests a minute on the candidate, a 1.5x margin needs about 8 hours (10,000 requests); 2x stable's rate is found after about 3 hours, when 36 requests have failed.
	// At 500 requests a minute on the candidate, a 1.5x margin needs about 20 minutes (10,000 requests); 4x stable's rate is found after about 1 minute, when 11 requests have failed.
}

// The forecast is near what simulations take.
func TestForecast(t *testing.T) {
	t.Run("proof", func(t *testing.T) {
		for _, margin := range []float64{1.5, 2, 3} {
			p := rollbackPolicy(0, Compare{Bad: "b", Total: "t", Margin: margin, Dispersion: 1})
			want := p.Forecast(0, Load{Candidate: 500, Stable: 9500, Base: 0.005}, 2).Proof
			var sum time.Duration
			const runs = 60
			for seed := range uint64(runs) {
				s := newStream(seed, 10*time.Second, 500, 9500, 0.005, 0.005)
				var e Evidence
				for !e.Proven && s.now.Before(start.Add(300*time.Minute)) {
					x := s.next()
					p.Fold(0, &e, &x)
				}
				sum += s.now.Sub(start)
			}
			ratio := sum.Minutes() / runs / want.Minutes()
			t.Logf("margin %v: %v, simulated %v", margin, want, sum/runs)
			if ratio < 0.7 || ratio > 1.5 {
				t.Errorf("margin %v: %v, simulated %v", margin, want, sum/runs)
			}
		}
	})
	t.Run("delay", func(t *testing.T) {
		for _, ratio := range []float64{2, 4} {
			p := rollbackPolicy(0.001, Compare{Bad: "b", Total: "t", Dispersion: 1})
			want := p.Forecast(0, Load{Candidate: 500, Stable: 9500, Base: 0.005}, ratio)
			sum, runs := 0, 100
			for seed := range uint64(runs) {
				after, _ := condemned(p, newStream(seed, 5*time.Second, 500, 9500, 0.005*ratio, 0.005), 1440)
				sum += after
			}
			mean := float64(sum) / float64(runs) / 12
			t.Logf("ratio %v: %v, simulated %.2f minutes", ratio, want.Delay, mean)
			if r := mean / want.Delay.Minutes(); r < 0.7 || r > 1.5 {
				t.Errorf("ratio %v: %v, simulated %.2f minutes", ratio, want.Delay, mean)
			}
		}
	})
}

func TestForecastOfNothing(t *testing.T) {
	compare := Compare{Bad: "b", Total: "t", Margin: 2}
	good := Load{Candidate: 10, Stable: 90, Base: 0.01}
	for name, c := range map[string]struct {
		judge Judge
		load  Load
		ratio float64
	}{
		"no candidate": {compare, Load{Stable: 90, Base: 0.01}, 2}, "no base": {compare, Load{Candidate: 10, Stable: 90}, 2},
		"no ratio": {compare, good, 0}, "a threshold": {Threshold{Bad: "b", Total: "t", Max: 0.1}, good, 2},
		"crashes": {Compare{Total: "t", Per: PerTime}, good, 2}, "crashes an hour": {Objective{Total: "t", Per: PerTime, Max: 1}, good, 2},
	} {
		if f := rollbackPolicy(0, c.judge).Forecast(0, c.load, c.ratio); f != (Forecast{}) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	p := rollbackPolicy(0, compare)
	if f := p.Forecast(0, good, 1.01); f.Delay != 0 || f.Harmed != 0 || f.Proof == 0 {
		t.Errorf("a rise of a hundredth: %+v", f)
	}
	// An objective says so, and what it has in common with simulations.
	o := rollbackPolicy(0.001, Objective{Bad: "b", Total: "t", Max: 0.02})
	f := o.Forecast(0, Load{Candidate: 500, Base: 0.005}, 10)
	if want := "At 500 requests a minute on the candidate, a proof of less than 2% needs about 54 seconds (450 requests); 10x stable's rate is found after about 1 minute, when 29 requests have failed."; f.String() != want {
		t.Errorf("%q", f.String())
	}
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		3 * time.Second: "3 seconds", 500 * time.Millisecond: "1 second", time.Minute: "1 minute", 80 * time.Minute: "80 minutes",
		9 * time.Hour: "9 hours", 50 * time.Hour: "2 days",
	} {
		if got := about(d); got != want {
			t.Errorf("about(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestLintForecasts(t *testing.T) {
	p := Policy{Signals: []Signal{
		{Name: "errors", Judge: Compare{Bad: "b", Total: "t"}},
		{Name: "slow", Judge: Latency{Histogram: "h"}},
		{Name: "failing", Judge: &Objective{Bad: "b", Total: "t", Max: 0.02}},
		{Name: "mute", Judge: Compare{Bad: "b", Total: "t"}, Advisory: true},
	}}.Normalize()
	got := p.Lint(Load{Stable: 1000, Base: 0.005}, Load{Candidate: 100, Stable: 900, Base: 0.005})
	for _, text := range got {
		t.Log(text)
	}
	if len(got) != 2 {
		t.Fatalf("%q", got)
	}
}
