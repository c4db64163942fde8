package main

import (
	"math"
	"testing"
)

// ended is what so many runs of one method come to.
func ended(t *testing.T, scenario, name string, seconds, runs int) row {
	t.Helper()
	s := find(t, scenario)
	for _, m := range methodsFor(s) {
		if m.name == name {
			trial := newTrial(s, seconds, 1, []method{m}, runs, false)
			trial.play()
			return trial.rows()[0]
		}
	}
	t.Fatalf("there is no method %q in %s", name, scenario)
	return row{}
}

// The figures are those that the methods were first studied with, or follow from the
// binomial law; the tolerances are four standard errors of both.
func TestMethodsAreAsStudied(t *testing.T) {
	for _, c := range []struct {
		scenario, method string
		seconds, runs    int
		rate, mean       float64 // a mean of 0 is not looked at
	}{
		{"errors-0.5%", "threshold 1%, limit 0", 60, 400, 0.9219, 0},
		{"errors-0.5%", "threshold 1%, limit 3", 60, 400, 0.2393, 0},
		{"errors-0.5%", "threshold 1%, 5 in all", 60, 400, 0.1040, 0},
		{"errors-0.5%", "z-test, repeated", 60, 400, 0.31, 0},
		{"errors-0.5%", "Mann-Whitney 98%", 60, 400, 0.021, 0},
		{"errors-0.5%", "bare 0.05", 60, 400, 0.009, 0},
		{"errors-1%", "threshold 1%, limit 0", 60, 200, 1, 2.604},
		{"errors-1%", "threshold 1%, limit 3", 60, 200, 1, 10.416},
		{"errors-1%", "threshold 1%, 5 in all", 60, 200, 1, 13.02},
		{"errors-1%", "z-test, repeated", 60, 200, 1, 2.43},
		{"errors-1%", "Mann-Whitney 98%", 60, 200, 1, 11.01},
		{"errors-1%", "bare 0.05", 60, 200, 1, 6.06},
		{"errors-1%", "bare 0.001", 60, 200, 1, 10.71},
		{"errors-1%", "bare 0.05", 5, 200, 1, 4.92},
		{"errors-1%", "bare 0.001", 5, 200, 1, 9.72},
		{"errors-2%", "Mann-Whitney 98%", 60, 200, 1, 5.43},
		{"errors-2%", "bare 0.001", 60, 200, 1, 2.11},
		{"errors-5%", "bare 0.001", 5, 200, 1, 0.35},
		{"quiet-0.5%", "threshold 1%, limit 3", 60, 200, 0.832, 0},
		{"quiet-5%", "bare 0.001", 60, 200, 1, 8.81},
		{"incident-shared", "threshold 1%, limit 3", 60, 150, 1, 0},
		{"bursts", "bare 0.001", 60, 200, 0.096, 0},
		{"bursts", "bare 0.05", 5, 200, 0.342, 0},
		{"latency-same", "p99 > 500 ms, limit 0", 60, 150, 0.623, 0},
		{"latency-x1.10", "p99 > 500 ms, limit 3", 60, 150, 0.586, 0},
		{"latency-2%+1s", "p99 > 500 ms, limit 3", 60, 150, 1, 4.07},
		{"latency-2%+1s", "bare 0.001", 60, 150, 1, 1.04},
	} {
		r := ended(t, c.scenario, c.method, c.seconds, c.runs)
		noise := 4*math.Sqrt(c.rate*(1-c.rate)*(1/float64(c.runs)+1.0/2000)) + 0.002
		if math.Abs(r.rate()-c.rate) > noise {
			t.Errorf("%s, %s: %.4f of the runs ended, want %.4f", c.scenario, r.label(), r.rate(), c.rate)
		}
		if c.mean > 0 && math.Abs(r.mean-c.mean) > 4*math.Hypot(r.deviation, r.deviation/2)+0.02 {
			t.Errorf("%s, %s: after %.2f min in the mean, want %.2f", c.scenario, r.label(), r.mean, c.mean)
		}
	}
}

func TestP99(t *testing.T) {
	var a arm
	if !math.IsNaN(p99(&a)) {
		t.Error("of nothing there is no quantile")
	}
	a.buckets[6] = 100 // 0.25 to 0.5
	if got := p99(&a); math.Abs(got-0.4975) > 1e-12 {
		t.Errorf("p99 = %g, want 0.4975", got)
	}
	a.buckets[buckets-1] = 100
	if got := p99(&a); got != 10 {
		t.Errorf("p99 beyond the last bound = %g, want 10", got)
	}
}
