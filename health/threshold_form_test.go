package health

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// values is one interval of a gauge.
func values(k int, past, warm []float64) Sample {
	return Sample{From: at(10 * k), To: at(10*k + 10), Candidate: Arm{Values: past}, Warming: Arm{Values: warm}}
}

// timed is one interval of events in a time, of instances past their warm-up.
func timed(k int, events, seconds float64) Sample {
	return Sample{From: at(10 * k), To: at(10*k + 10), Candidate: Arm{Exposure: events, Time: seconds}}
}

func TestThresholdGauge(t *testing.T) {
	worst := Threshold{Gauge: "g", Max: 10}
	least := Threshold{Gauge: "g", Min: 2}
	mean := Threshold{Gauge: "g", Max: 10, Mean: true}
	for name, c := range map[string]struct {
		judge      Threshold
		past, warm []float64
		want       Verdict
	}{
		"one":                               {worst, []float64{10}, nil, Healthy},
		"negative":                          {worst, []float64{-20, -1}, nil, Healthy},
		"the worst of three":                {worst, []float64{1, 2, 11}, nil, Degraded},
		"the mean of three":                 {mean, []float64{1, 2, 11}, nil, Healthy},
		"the mean is above":                 {mean, []float64{1, 2, 28}, nil, Degraded},
		"the smallest":                      {least, []float64{1, 20, 20}, nil, Degraded},
		"not below":                         {least, []float64{2, 20, 20}, nil, Healthy},
		"a range":                           {Threshold{Gauge: "g", Min: 2, Max: 10}, []float64{2, 10}, nil, Healthy},
		"above a range":                     {Threshold{Gauge: "g", Min: 2, Max: 10}, []float64{2, 11}, nil, Degraded},
		"below a range":                     {Threshold{Gauge: "g", Min: 2, Max: 10}, []float64{1, 10}, nil, Degraded},
		"only warming, and good":            {worst, nil, []float64{1}, Inconclusive},
		"only warming, and bad":             {worst, nil, []float64{11}, Degraded},
		"one of the warming is bad":         {worst, []float64{1}, []float64{1, 11}, Degraded},
		"warming does not dilute":           {mean, []float64{11}, []float64{0, 0, 0}, Degraded},
		"warming counts in the mean":        {mean, []float64{9}, []float64{12}, Degraded},
		"the mean of all, with warming":     {mean, []float64{9}, []float64{10.5}, Healthy},
		"what has just started is empty":    {least, []float64{2}, []float64{0}, Healthy},
		"nothing":                           {worst, nil, nil, Inconclusive},
		"huge":                              {Threshold{Gauge: "g", Max: 1, Mean: true}, []float64{-math.MaxFloat64, math.MaxFloat64, math.MaxFloat64}, nil, Degraded},
		"grey":                              {Threshold{Gauge: "g", Max: 10, PassMax: 8}, []float64{1, 9}, nil, Inconclusive},
		"not grey":                          {Threshold{Gauge: "g", Max: 10, PassMax: 8}, []float64{1, 8}, nil, Healthy},
		"grey below":                        {Threshold{Gauge: "g", Min: 2, PassMin: 3}, []float64{2.5, 8}, nil, Inconclusive},
		"above grey":                        {Threshold{Gauge: "g", Max: 10, PassMax: 8}, []float64{1, 11}, nil, Degraded},
		"grey while warming does not count": {Threshold{Gauge: "g", Max: 10, PassMax: 8}, []float64{1}, []float64{9}, Healthy},
	} {
		e := foldAll(signalOf(c.judge), []Sample{values(0, c.past, c.warm)})
		if e.Verdict != c.want {
			t.Errorf("%s: %s, want %s (%+v)", name, e.Verdict, c.want, e)
		}
		if seen := c.past != nil || c.want == Degraded; seen == e.Seen.IsZero() {
			t.Errorf("%s: seen at %v", name, e.Seen)
		}
	}
}

func TestThresholdPerTime(t *testing.T) {
	crashes := Threshold{Total: "t", Per: PerTime, Over: time.Minute, Max: 2}
	requests := Threshold{Total: "t", Per: PerTime, Min: 5}
	const d, h, i = Degraded, Healthy, Inconclusive
	type arm struct{ events, seconds, warm, warmSeconds float64 }
	for name, c := range map[string]struct {
		judge Threshold
		arms  []arm
		want  []Verdict
	}{
		"none so far":                      {crashes, []arm{{0, 59, 0, 0}, {0, 1, 0, 0}, {0, 10, 0, 0}}, []Verdict{i, h, h}},
		"as many as may be":                {crashes, []arm{{2, 59, 0, 0}, {0, 1, 0, 0}}, []Verdict{i, h}},
		"one more":                         {crashes, []arm{{2, 20, 0, 0}, {1, 20, 0, 0}}, []Verdict{i, d}},
		"more, in more time":               {crashes, []arm{{4, 120, 0, 0}, {5, 120, 0, 0}}, []Verdict{h, d}},
		"a new block":                      {crashes, []arm{{2, 60, 0, 0}, {2, 60, 0, 0}}, []Verdict{h, h}},
		"while warming":                    {crashes, []arm{{0, 0, 3, 1}}, []Verdict{d}},
		"before and after warm-up":         {crashes, []arm{{1, 30, 2, 1}}, []Verdict{d}},
		"warming time is nobody's":         {crashes, []arm{{3, 60, 0, 600}}, []Verdict{d}},
		"warming passes nothing":           {crashes, []arm{{0, 0, 0, 600}, {0, 59, 0, 600}, {0, 1, 0, 600}}, []Verdict{i, i, h}},
		"without a time":                   {crashes, []arm{{2, 0, 0, 0}, {1, 0, 0, 0}}, []Verdict{i, d}},
		"not one":                          {Threshold{Total: "t", Per: PerTime}, []arm{{0, 10, 0, 0}, {1, 1e9, 0, 0}}, []Verdict{h, d}},
		"enough":                           {requests, []arm{{50, 10, 0, 0}}, []Verdict{h}},
		"too few":                          {requests, []arm{{49, 10, 0, 0}}, []Verdict{d}},
		"none at all":                      {requests, []arm{{0, 10, 0, 0}}, []Verdict{d}},
		"less than a second":               {requests, []arm{{0, 0.5, 0, 0}, {0, 0.5, 0, 0}}, []Verdict{i, d}},
		"many, before the second is over":  {requests, []arm{{50, 0.5, 0, 0}}, []Verdict{i}},
		"what has just started is idle":    {requests, []arm{{50, 10, 0, 100}, {50, 10, 0, 100}}, []Verdict{h, h}},
		"warming requests are not its own": {requests, []arm{{0, 10, 1000, 10}}, []Verdict{d}},
		"a range":                          {Threshold{Total: "t", Per: PerTime, Min: 5, Max: 10}, []arm{{60, 10, 0, 0}, {110, 10, 0, 0}}, []Verdict{h, d}},
		"grey": {
			Threshold{Total: "t", Per: PerTime, Over: time.Minute, Max: 2, PassMax: 1},
			[]arm{{0, 60, 0, 0}, {2, 30, 0, 0}, {0, 30, 0, 0}, {0, 60, 0, 0}},
			[]Verdict{h, i, i, h},
		},
	} {
		g := signalOf(c.judge)
		var e Evidence
		for k, a := range c.arms {
			s := timed(k, a.events, a.seconds)
			s.Warming = Arm{Exposure: a.warm, Time: a.warmSeconds}
			if g.Fold(&e, &s); e.Verdict != c.want[k] {
				t.Errorf("%s: sample %d: %s, want %s (%+v)", name, k, e.Verdict, c.want[k], e)
				break
			}
		}
	}
}

// TestThresholdGrey: what neither passes nor fails changes no count of failures, in all
// or in a row, and keeps the signal fresh.
func TestThresholdGrey(t *testing.T) {
	const d, h, i = Degraded, Healthy, Inconclusive
	rows := Threshold{Bad: "b", Total: "t", Max: 0.05, PassMax: 0.02, MinSample: 100, ConsecutiveLimit: 2}
	share := Threshold{Bad: "b", Total: "t", Min: 0.9, PassMin: 0.95, MinSample: 100}
	slow := Threshold{Histogram: "h", Quantile: 0.5, Max: 2, PassMax: 1, MinSample: 10}
	for _, c := range []struct {
		judge Threshold
		bad   []float64
		want  []Verdict
	}{
		{rows, []float64{2, 3, 5, 6, 3, 6, 3, 2}, []Verdict{h, i, i, i, i, d, d, h}},
		{share, []float64{95, 94, 90, 89, 95}, []Verdict{h, i, i, d, d}},
		{slow, []float64{4, 6, 4}, []Verdict{h, i, h}},
	} {
		g := signalOf(c.judge)
		var e Evidence
		for k, bad := range c.bad {
			s := rate(10*k, 10*k+10, bad, 100)
			if c.judge.Histogram != "" {
				s = spread(10*k, 10*k+10, []float64{1, 2}, uint64(10-bad), uint64(bad), 0)
			}
			if g.Fold(&e, &s); e.Verdict != c.want[k] || !e.Seen.Equal(s.To) {
				t.Errorf("sample %d of %v: %s, want %s (%+v)", k, c.bad, e.Verdict, c.want[k], e)
			}
		}
	}
	g := signalOf(rows)
	if e := foldAll(g, []Sample{rate(0, 1, 0, 100), rate(1, 2, 3, 50)}); e.Verdict != Inconclusive {
		t.Errorf("a block that can only become grey: %s", e.Verdict)
	}
}

// TestThresholdBeyondGrey: above the last bound is above all that passes, or it is not
// known.
func TestThresholdBeyondGrey(t *testing.T) {
	for _, c := range []struct {
		pass float64
		want Verdict
	}{{0, Healthy}, {0.5, Healthy}, {0.6, Inconclusive}} {
		th := Threshold{Histogram: "h", Quantile: 0.5, Min: 0.4, PassMin: c.pass}
		if e := foldAll(signalOf(th), []Sample{spread(0, 1, []float64{0.5}, 0, 20)}); e.Verdict != c.want {
			t.Errorf("passes from %g on: %s, want %s", c.pass, e.Verdict, c.want)
		}
	}
}

// TestThresholdOfAnotherForm: a block of a rate does not go on as one of events in a time.
func TestThresholdOfAnotherForm(t *testing.T) {
	e := foldAll(signalOf(Threshold{Bad: "b", Total: "t", Max: 0.9}), []Sample{rate(0, 10, 9, 19)})
	s := timed(1, 0, 30)
	signalOf(Threshold{Total: "t", Per: PerTime, Over: 40 * time.Second, Max: 1}).Fold(&e, &s)
	if e.Verdict != Inconclusive || e.Counts[countChecked] != 0 {
		t.Errorf("%+v", e)
	}
}

// TestSample: events are waited for only where a check needs a number of them.
func TestSample(t *testing.T) {
	for _, c := range []struct {
		judge Sampler
		want  int64
	}{
		{Threshold{Bad: "b", Total: "t"}, 20},
		{Threshold{Histogram: "h", MinSample: 7}, 7},
		{Threshold{Gauge: "g"}, 0},
		{Threshold{Total: "t", Per: PerTime}, 0},
		{Difference{Bad: "b", Total: "t", MinSample: 7}, 7},
		{Difference{Histogram: "h"}, 20},
		{Difference{Gauge: "g"}, 0},
		{Difference{Total: "t", Per: PerTime, MinSample: 7}, 0},
	} {
		if got := c.judge.Sample(); got != c.want {
			t.Errorf("%+v: %d, want %d", c.judge, got, c.want)
		}
	}
}

func TestPromise23UnitsOfAnyForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		th := anyThreshold(t)
		k := rapid.SampledFrom([]float64{1000, 0.001, 60, 1 / 3.0, 1e9}).Draw(t, "unit")
		if th.form() == formRate || th.form() == formTime {
			return // counts, and seconds everywhere
		}
		scaled := th
		scaled.Max, scaled.Min, scaled.PassMax, scaled.PassMin = th.Max*k, th.Min*k, th.PassMax*k, th.PassMin*k
		a, b := signalOf(th), signalOf(scaled)
		var ea, eb Evidence
		for _, s := range mixed(t, 12) {
			a.Fold(&ea, &s)
			s.Bounds = scale(s.Bounds, k)
			s.Candidate.Values, s.Warming.Values = scale(s.Candidate.Values, k), scale(s.Warming.Values, k)
			b.Fold(&eb, &s)
			if ea.Verdict != eb.Verdict {
				t.Fatalf("%+v, times %g %+v", ea, k, eb)
			}
		}
	})
}

func scale(all []float64, k float64) []float64 {
	all = slices.Clone(all)
	for i := range all {
		all[i] *= k
	}
	return all
}

// TestThresholdPerTimeIsARate: two instances for half of the time say what one says.
func TestThresholdPerTimeIsARate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		th := Threshold{
			Total: "t", Per: PerTime, Over: time.Duration(rapid.IntRange(1, 60).Draw(t, "over")) * time.Second,
			Max: float64(rapid.IntRange(0, 5).Draw(t, "max")), FailureLimit: rapid.IntRange(0, 2).Draw(t, "limit"),
		}
		var events, seconds, failures float64 // of the running block, in whole numbers
		over := th.Over.Seconds()
		g := signalOf(th)
		var e Evidence
		for k := range 20 {
			n, d := float64(rapid.IntRange(0, 2).Draw(t, "events")), float64(rapid.IntRange(0, 30).Draw(t, "seconds"))
			s := timed(k, n, d)
			g.Fold(&e, &s)
			events, seconds = events+n, seconds+d
			bad := events > th.Max && seconds < over || seconds >= over && events*over > th.Max*seconds
			if bad {
				failures++
			}
			if bad || seconds >= over {
				events, seconds = 0, 0
			}
			if float64(e.Counts[countFailed]) != failures || (failures > float64(th.FailureLimit)) != (e.Verdict == Degraded) {
				t.Fatalf("sample %d: %g checks failed, %+v", k, failures, e)
			}
		}
	})
}

func TestThresholdFormsExplain(t *testing.T) {
	memory := Threshold{Gauge: "memory_bytes", Max: 1e9}
	wait := Threshold{Gauge: `wait_seconds{pool="a"}`, Min: 2, Max: 10, PassMin: 3, PassMax: 8}
	crashes := Threshold{Total: "t", Per: PerTime, Over: time.Hour, Max: 2}
	for _, c := range []struct {
		judge   Threshold
		samples []Sample
		want    string
	}{
		{memory, nil, "no values so far"},
		{memory, []Sample{values(0, []float64{1, 2e9}, nil)}, "2000000000 is above 1000000000 (1 of 1 checks failed)"},
		{memory, []Sample{values(0, []float64{1, 2}, nil), values(1, nil, []float64{1})}, "2 is not above 1000000000, no values since"},
		{wait, []Sample{values(0, []float64{5, 9}, nil)}, "9s is above 8s, in the grey zone up to 10s"},
		{wait, []Sample{values(0, []float64{2.5, 5}, nil)}, "2.5s is below 3s, in the grey zone down to 2s"},
		{wait, []Sample{values(0, []float64{5, 6}, nil)}, "6s is not above 8s"},
		{wait, []Sample{values(0, []float64{1, 6}, nil)}, "1s is below 2s (1 of 1 checks failed)"},
		{crashes, []Sample{timed(0, 0, 10)}, "measured for less than 1h so far"},
		{crashes, []Sample{timed(0, 0, 3600), timed(1, 0, 0)}, "0/h is not above 2/h, measured for too short since"},
		{crashes, []Sample{timed(0, 1, 1), timed(1, 2, 2)}, "3/h is above 2/h (1 of 1 checks failed)"},
		{Threshold{Total: "t", Per: PerTime, Min: 5}, []Sample{timed(0, 12, 10)}, "1.2/s is below 5/s (1 of 1 checks failed)"},
		{Threshold{Total: "t", Per: PerTime, Over: time.Minute, Min: 5}, []Sample{timed(0, 60, 60)}, "60/min is not below 5/min"},
		{Threshold{Total: "t", Per: PerTime, Over: 10 * time.Minute, Max: 5}, []Sample{timed(0, 6, 60)}, "6 in 10m is above 5 in 10m (1 of 1 checks failed)"},
		{Threshold{Bad: "b", Total: "t", Max: 0.01, PassMax: 0.005}, []Sample{rate(0, 1, 7, 1000)}, "0.7% is above 0.5%, in the grey zone up to 1%"},
	} {
		e := foldAll(signalOf(c.judge), c.samples)
		if got := c.judge.Explain(&e); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestThresholdFormsValidate(t *testing.T) {
	one := "must have either bad and total, total and per, histogram and quantile, or gauge"
	for _, c := range []struct {
		judge Threshold
		want  []string
	}{
		{Threshold{Gauge: "g", Max: 1}, nil},
		{Threshold{Gauge: "g", Max: -1}, nil},
		{Threshold{Gauge: "g", Min: 1, Mean: true, Max: 5, PassMin: 2, PassMax: 4}, nil},
		{Threshold{Total: "t", Per: "time"}, nil},
		{Threshold{Total: "t", Per: "time", Over: time.Hour, Min: 100}, nil},
		{Threshold{Gauge: "g", Total: "t", Max: 1}, []string{one}},
		{Threshold{Gauge: "g", Histogram: "h", Max: 1}, []string{one}},
		{Threshold{Gauge: "g", Over: time.Hour, MinSample: 5, Quantile: 0.5, Per: "time"}, []string{
			`per: "time" must be time, and be given with total alone`, "quantile: 0.5 must not be given without histogram", "max: or min must be given",
			"over: 1h0m0s must not be given without per", "minSample: 5 must not be given with a gauge: every sample is checked",
		}},
		{Threshold{Bad: "b", Total: "t", Mean: true}, []string{"mean: must not be given without gauge"}},
		{Threshold{Bad: "b", Per: "time"}, []string{`bad: "b" must not be given with per: total alone is counted`, "total: must be given with bad"}},
		{Threshold{Total: "t", Per: "share", Over: -1, MinSample: 7, Max: -1, Min: math.NaN()}, []string{
			`per: "share" must be time, and be given with total alone`, "max: -1 must be finite and not negative",
			"min: NaN must be finite and not negative", "over: -1ns must be from 1s to a year, or 0 for 1s",
			"minSample: 7 must not be given with per: a check needs the time over",
		}},
		{Threshold{Bad: "b", Total: "t", Max: 0.01, PassMax: 0.02, PassMin: 0.5}, []string{
			"passMax: 0.02 must not be above max", "passMin: 0.5 must be given with min, and not be below it",
			"passMin: 0.5 must not be above what passes max: nothing would pass",
		}},
		{Threshold{Gauge: "g", Min: 5, PassMax: 4, PassMin: 4}, []string{
			"passMax: 4 must not be above max", "passMin: 4 must be given with min, and not be below it",
		}},
		{Threshold{Gauge: "g", Max: 5, PassMax: math.NaN()}, []string{"passMax: NaN must not be above max"}},
	} {
		wantErrors(t, c.judge.Validate(), c.want...)
	}
}

func BenchmarkThresholdForms(b *testing.B) {
	bounds := []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
	s := Sample{
		To: at(10), Bounds: bounds,
		Candidate: Arm{Exposure: 500, Bad: 2, Time: 10, Values: []float64{1, 2, 3}, Buckets: []uint64{100, 100, 100, 100, 50, 30, 10, 6, 4, 0, 0, 0}},
	}
	for _, c := range []struct {
		name  string
		judge Threshold
	}{
		{"rate", Threshold{Bad: "b", Total: "t", Max: 0.01}},
		{"quantile", Threshold{Histogram: "h", Quantile: 0.99, Max: 1}},
		{"gauge", Threshold{Gauge: "g", Max: 5}},
		{"time", Threshold{Total: "t", Per: PerTime, Max: 100}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var e Evidence
			judge := Judge(c.judge)
			judge.Fold(&e, &s)
			b.ReportAllocs()
			for b.Loop() {
				judge.Fold(&e, &s)
			}
		})
	}
}

// TestThresholdAllocatesNothing: no form does, once the evidence has its size.
func TestThresholdAllocatesNothing(t *testing.T) {
	s := spread(0, 10, []float64{1, 2}, 10, 10, 0)
	s.Candidate.Values, s.Candidate.Time = []float64{1}, 10
	for _, th := range []Threshold{
		{Bad: "b", Total: "t", Max: 0.01},
		{Histogram: "h", Quantile: 0.99, Max: 1},
		{Gauge: "g", Max: 5, Mean: true},
		{Total: "t", Per: PerTime, Over: time.Minute, Max: 1},
	} {
		var e Evidence
		judge := Judge(th)
		judge.Fold(&e, &s)
		if n := testing.AllocsPerRun(10, func() { judge.Fold(&e, &s) }); n != 0 {
			t.Errorf("%+v: %v allocations", th, n)
		}
	}
}
