package health

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// both is one interval of both versions.
func both(k int, candidate, stable Arm, overlap ...Arm) Sample {
	return Sample{From: at(10 * k), To: at(10*k + 10), Candidate: candidate, Stable: stable, Overlap: overlap}
}

func bads(bad, total float64) Arm     { return Arm{Bad: bad, Exposure: total} }
func during(events, secs float64) Arm { return Arm{Exposure: events, Time: secs} }
func gauges(values ...float64) Arm    { return Arm{Values: values} }

func TestDifferenceVerdicts(t *testing.T) {
	const d, h, i = Degraded, Healthy, Inconclusive
	fifth := Difference{Bad: "b", Total: "t", Relative: 0.2, MinSample: 100}
	with := func(change func(*Difference)) Difference {
		j := fifth
		change(&j)
		return j
	}
	cpu := Difference{Gauge: "g", Relative: 0.2}
	served := Difference{Total: "t", Per: PerTime, Over: time.Minute, Relative: 0.2, Fewer: true, MinSample: 10}
	crashes := Difference{Total: "t", Per: PerTime, Over: time.Minute, Relative: 0.5, MinSample: 4}
	for name, c := range map[string]struct {
		judge   Difference
		samples []Sample
		want    []Verdict
	}{
		"a fifth is allowed":       {fifth, []Sample{both(0, bads(12, 100), bads(100, 1000))}, []Verdict{h}},
		"more is not":              {fifth, []Sample{both(0, bads(13, 100), bads(100, 1000))}, []Verdict{d}},
		"better":                   {fifth, []Sample{both(0, bads(0, 100), bads(100, 1000))}, []Verdict{h}},
		"gathered":                 {fifth, []Sample{both(0, bads(20, 99), bads(10, 100)), both(1, bads(0, 1), Arm{})}, []Verdict{i, d}},
		"too few of the candidate": {fifth, []Sample{both(0, bads(99, 99), bads(0, 1e6))}, []Verdict{i}},
		"too few of stable":        {fifth, []Sample{both(0, bads(1e6, 1e6), bads(0, 99))}, []Verdict{i}},
		"no stable":                {fifth, []Sample{both(0, bads(0, 1e6), Arm{}), both(1, bads(0, 1e6), Arm{})}, []Verdict{i, i}},
		"stable goes away": {
			fifth,
			[]Sample{both(0, bads(1, 100), bads(1, 100)), both(1, bads(50, 50), Arm{}), both(2, bads(0, 50), bads(0, 50))},
			[]Verdict{h, i, i},
		},
		"limits": {
			with(func(j *Difference) { j.FailureLimit = 1 }),
			[]Sample{both(0, bads(50, 100), bads(1, 100)), both(1, bads(1, 100), bads(1, 100)), both(2, bads(50, 100), bads(1, 100))},
			[]Verdict{i, h, d},
		},
		"stable had none, one more":     {fifth, []Sample{both(0, bads(1, 100), bads(0, 100))}, []Verdict{h}},
		"stable had none, two more":     {fifth, []Sample{both(0, bads(2, 100), bads(0, 100))}, []Verdict{d}},
		"stable had none of few":        {fifth, []Sample{both(0, bads(12, 1000), bads(0, 100))}, []Verdict{h}},
		"stable had none of very many":  {fifth, []Sample{both(0, bads(1, 100), bads(0, 1e6))}, []Verdict{d}},
		"both had none":                 {fifth, []Sample{both(0, bads(0, 100), bads(0, 100))}, []Verdict{h}},
		"absolute":                      {with(func(j *Difference) { j.Relative, j.Absolute = 0, 0.05 }), []Sample{both(0, bads(15, 100), bads(10, 100)), both(1, bads(16, 100), bads(10, 100))}, []Verdict{h, d}},
		"the larger of both, absolute":  {with(func(j *Difference) { j.Absolute = 0.05 }), []Sample{both(0, bads(6, 100), bads(1, 100)), both(1, bads(7, 100), bads(1, 100))}, []Verdict{h, d}},
		"the larger of both, relative":  {with(func(j *Difference) { j.Absolute = 0.05 }), []Sample{both(0, bads(60, 100), bads(50, 100)), both(1, bads(61, 100), bads(50, 100))}, []Verdict{h, d}},
		"fewer":                         {with(func(j *Difference) { j.Fewer = true }), []Sample{both(0, bads(40, 100), bads(50, 100)), both(1, bads(39, 100), bads(50, 100))}, []Verdict{h, d}},
		"fewer than none":               {with(func(j *Difference) { j.Fewer = true }), []Sample{both(0, bads(0, 100), bads(0, 100))}, []Verdict{h}},
		"warming counts for nothing":    {fifth, []Sample{{From: at(0), To: at(10), Warming: bads(100, 100), Stable: bads(1, 100)}}, []Verdict{i}},
		"harm against the largest":      {fifth, []Sample{both(0, bads(18, 100), bads(1, 100), bads(15, 100), Arm{})}, []Verdict{i}},
		"harm against all":              {fifth, []Sample{both(0, bads(19, 100), bads(1, 100), bads(15, 100))}, []Verdict{d}},
		"a pass against the smallest":   {fifth, []Sample{both(0, bads(12, 100), bads(15, 100), bads(10, 100))}, []Verdict{h}},
		"no pass against the smallest":  {fifth, []Sample{both(0, bads(13, 100), bads(15, 100), bads(10, 100))}, []Verdict{i}},
		"only before and after":         {fifth, []Sample{both(0, bads(13, 100), Arm{}, bads(10, 100))}, []Verdict{d}},
		"fewer, harm against the least": {with(func(j *Difference) { j.Fewer = true }), []Sample{both(0, bads(39, 100), bads(50, 100), bads(40, 100)), both(1, bads(31, 100), bads(50, 100), bads(40, 100))}, []Verdict{i, d}},

		"gauge":                        {cpu, []Sample{both(0, gauges(1, 2, 3.6), gauges(1, 3)), both(1, gauges(2.5), gauges(2))}, []Verdict{h, d}},
		"gauge of nobody":              {cpu, []Sample{both(0, Arm{}, gauges(2)), both(1, gauges(2), Arm{})}, []Verdict{i, i}},
		"gauge below zero":             {cpu, []Sample{both(0, gauges(-8), gauges(-10)), both(1, gauges(-7), gauges(-10))}, []Verdict{h, d}},
		"gauge of zero":                {cpu, []Sample{both(0, gauges(0), gauges(0)), both(1, gauges(1e-9), gauges(0)), both(2, gauges(-1), gauges(0))}, []Verdict{h, i, h}},
		"gauge of zero, fewer":         {Difference{Gauge: "g", Relative: 0.2, Fewer: true}, []Sample{both(0, gauges(0), gauges(0)), both(1, gauges(-1), gauges(0))}, []Verdict{h, i}},
		"gauge of zero, and an amount": {Difference{Gauge: "g", Relative: 0.2, Absolute: 2}, []Sample{both(0, gauges(2), gauges(0)), both(1, gauges(2.1), gauges(0))}, []Verdict{h, d}},
		"gauges beyond all numbers":    {cpu, []Sample{both(0, gauges(math.MaxFloat64), gauges(math.MaxFloat64)), both(1, gauges(math.MaxFloat64), gauges(-math.MaxFloat64))}, []Verdict{h, d}},

		"served":                        {served, []Sample{both(0, during(80, 100), during(1900, 1900)), both(1, during(79, 100), during(1900, 1900))}, []Verdict{h, d}},
		"nothing served":                {served, []Sample{both(0, during(0, 60), during(600, 60))}, []Verdict{d}},
		"served by nobody":              {served, []Sample{both(0, during(0, 60), during(0, 60))}, []Verdict{i}},
		"too short":                     {served, []Sample{both(0, during(0, 59), during(6000, 600)), both(1, during(0, 1), Arm{})}, []Verdict{i, d}},
		"too little was to be expected": {served, []Sample{both(0, during(0, 60), during(90, 600)), both(1, during(0, 60), during(90, 600))}, []Verdict{i, d}},
		"crashes":                       {crashes, []Sample{both(0, during(6, 60), during(4, 60)), both(1, during(7, 60), during(4, 60))}, []Verdict{h, d}},
		"crashes of one only":           {crashes, []Sample{both(0, during(4, 60), during(0, 600))}, []Verdict{d}},
		"more crashes than one may be":  {crashes, []Sample{both(0, during(4, 600), during(0, 600)), both(1, during(1, 60), during(0, 60))}, []Verdict{d, d}},
	} {
		t.Run(name, func(t *testing.T) {
			g := signalOf(c.judge)
			var e Evidence
			for k := range c.samples {
				if err := c.samples[k].Check(); err != nil {
					t.Fatal(err)
				}
				if g.Fold(&e, &c.samples[k]); e.Verdict != c.want[k] {
					t.Fatalf("sample %d: %s, want %s (%+v)", k, e.Verdict, c.want[k], e)
				}
			}
		})
	}
}

func TestDifferenceOfQuantiles(t *testing.T) {
	slow := Difference{Histogram: "h", Quantile: 0.5, Relative: 0.5, MinSample: 10}
	fast := Difference{Histogram: "h", Quantile: 0.5, Relative: 0.5, MinSample: 10, Fewer: true}
	buckets := func(n ...uint64) Arm { return Arm{Buckets: n} }
	for name, c := range map[string]struct {
		judge             Difference
		candidate, stable Arm
		want              Verdict
	}{
		"alike":                         {slow, buckets(0, 10, 0), buckets(0, 1000, 0), Healthy},
		"half as much more":             {slow, buckets(0, 10, 0), buckets(10, 0, 0), Degraded},
		"too few":                       {slow, buckets(0, 9, 0), buckets(10, 0, 0), Inconclusive},
		"too few of stable":             {slow, buckets(0, 10, 0), buckets(9, 0, 0), Inconclusive},
		"no buckets":                    {slow, Arm{}, Arm{}, Inconclusive},
		"beyond":                        {slow, buckets(0, 0, 10), buckets(10, 0, 0), Degraded},
		"beyond, and stable at the end": {slow, buckets(0, 0, 10), buckets(0, 10, 0), Inconclusive},
		"both beyond":                   {slow, buckets(0, 0, 10), buckets(0, 0, 10), Inconclusive},
		"stable beyond":                 {slow, buckets(0, 10, 0), buckets(0, 0, 10), Healthy},
		"fewer: alike":                  {fast, buckets(0, 10, 0), buckets(0, 10, 0), Healthy},
		"fewer: less":                   {fast, buckets(10, 0, 0), buckets(0, 10, 0), Degraded},
		"fewer: beyond":                 {fast, buckets(0, 0, 10), buckets(0, 10, 0), Healthy},
		"fewer: stable beyond":          {fast, buckets(0, 10, 0), buckets(0, 0, 10), Inconclusive},
		"fewer: stable beyond, and far": {fast, buckets(10, 0, 0), buckets(0, 0, 10), Degraded},
	} {
		s := both(0, c.candidate, c.stable)
		s.Bounds = []float64{1, 2}
		s.Candidate.Exposure = 10
		if e := foldAll(signalOf(c.judge), []Sample{s}); e.Verdict != c.want {
			t.Errorf("%s: %s, want %s (%+v)", name, e.Verdict, c.want, e)
		}
	}
	g := signalOf(slow)
	var e Evidence
	for k, bounds := range [][]float64{{1, 2}, {1, 3}, {1, 3}} { // blocks of other bounds do not go on
		s := both(k, buckets(9, 0, 0), buckets(9, 0, 0))
		s.Bounds = bounds
		if g.Fold(&e, &s); (e.Verdict == Healthy) != (k == 2) {
			t.Errorf("interval %d: %s", k, e.Verdict)
		}
	}
}

// TestPromise23DifferenceOfEquals: equal inputs, equal verdict. What is exactly as
// stable is never condemned, and harm is judged no milder when it grows.
func TestPromise23DifferenceOfEquals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := difference(t)
		g, worse := signalOf(d), signalOf(d)
		var e, w Evidence
		now := start
		for range rapid.IntRange(1, 8).Draw(t, "samples") {
			s := good(t, now)
			now = s.To
			s.Stable, s.Overlap = s.Candidate, nil
			g.Fold(&e, &s)
			if e.Verdict == Degraded || len(e.Counts) > 0 && e.Counts[countFailed] > 0 {
				t.Fatalf("as good as stable, and condemned: %+v", e)
			}
			if d.form() == formRate {
				s.Candidate.Bad = s.Candidate.Exposure * map[bool]float64{false: 1, true: 0}[d.Fewer]
				worse.Fold(&w, &s)
				if w.Verdict == Healthy && e.Verdict != Healthy {
					t.Fatalf("worse, and better judged: %+v, %+v", w, e)
				}
			}
		}
	})
}

// TestPromise23DifferenceUnits: the unit of a histogram or a gauge does not matter, nor
// whether events are counted per second or per hour.
func TestPromise23DifferenceUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := difference(t)
		k := rapid.SampledFrom([]float64{1000, 0.001, 60, 1 / 3.0, 1e9}).Draw(t, "unit")
		scaled := d
		switch d.form() {
		case formRate, formTime:
			return
		}
		scaled.Absolute = d.Absolute * k
		a, b := signalOf(d), signalOf(scaled)
		var ea, eb Evidence
		for _, s := range mixed(t, 12) {
			a.Fold(&ea, &s)
			s.Bounds = scale(s.Bounds, k)
			s.Candidate.Values, s.Stable.Values = scale(s.Candidate.Values, k), scale(s.Stable.Values, k)
			for i := range s.Overlap {
				s.Overlap[i].Values = scale(s.Overlap[i].Values, k)
			}
			b.Fold(&eb, &s)
			if ea.Verdict != eb.Verdict {
				t.Fatalf("%+v, times %g %+v", ea, k, eb)
			}
		}
	})
}

// TestPromise23DifferenceMinimumSample: no verdict before both versions had enough.
func TestPromise23DifferenceMinimumSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := difference(t)
		if d.form() != formRate && d.form() != formQuantile {
			return
		}
		d.MinSample = rapid.Int64Range(1, 100).Draw(t, "minSample")
		g := signalOf(d)
		var e Evidence
		candidate, stable := 0.0, 0.0
		for _, s := range mixed(t, 12) {
			g.Fold(&e, &s)
			if s.Check() == nil && (s.Fetch == "" || s.Fetch == Healthy) {
				candidate += s.Candidate.Exposure
				most := s.Stable.Exposure
				for i := range s.Overlap {
					most = max(most, s.Overlap[i].Exposure)
				}
				stable += most
			}
			if (e.Verdict == Healthy || e.Verdict == Degraded) && min(candidate, stable) < float64(d.MinSample) {
				t.Fatalf("%s after %g and %g events: %+v", e.Verdict, candidate, stable, e)
			}
			if e.Proven {
				t.Fatal("a difference proves nothing")
			}
		}
	})
}

func TestDifferenceAcrossSteps(t *testing.T) {
	g := signalOf(Difference{Bad: "b", Total: "t", Relative: 1, MinSample: 100, FailureLimit: 1, ConsecutiveLimit: 2})
	var e Evidence
	fold := func(k int, bad, total float64, want Verdict) {
		t.Helper()
		s := both(k, bads(bad, total), bads(1, total))
		if g.Fold(&e, &s); e.Verdict != want {
			t.Fatalf("interval %d: %s, want %s (%+v)", k, e.Verdict, want, e)
		}
	}
	fold(0, 50, 100, Inconclusive)
	fold(1, 50, 50, Inconclusive)
	g.Begin(&e)
	fold(2, 0, 50, Inconclusive) // with the block before it this would be a check
	fold(3, 0, 50, Healthy)
	fold(4, 50, 100, Degraded) // the second of this attempt
	g.Begin(&e)
	fold(5, 0, 100, Degraded)
}

func TestDifferenceExplain(t *testing.T) {
	rates := Difference{Bad: "b", Total: "t", Relative: 0.2}
	slow := Difference{Histogram: "h_seconds", Quantile: 0.99, Relative: 0.2}
	fewer := Difference{Total: "t", Per: PerTime, Relative: 0.2, Fewer: true}
	spreads := func(candidate, stable []uint64) Sample {
		s := both(0, Arm{Exposure: 20, Buckets: candidate}, Arm{Exposure: 20, Buckets: stable})
		s.Bounds = []float64{1, 2}
		return s
	}
	for _, c := range []struct {
		judge   Difference
		samples []Sample
		want    string
	}{
		{rates, nil, "too little of both versions to compare so far"},
		{rates, []Sample{both(0, bads(30, 1000), bads(10, 1000))}, "3% is above 1.2%, stable has 1% (1 of 1 checks failed)"},
		{rates, []Sample{both(0, bads(12, 1000), bads(10, 1000))}, "1.2% is not above 1.2%, stable has 1%"},
		{rates, []Sample{both(0, bads(13, 1000), bads(10, 1000), bads(20, 1000))}, "1.3% may be above 2.4%, stable has 1% to 2%"},
		{rates, []Sample{both(0, bads(13, 1000), bads(13, 1000)), both(1, Arm{}, Arm{})}, "1.3% is not above 1.56%, stable has 1.3%, too few events since"},
		{slow, []Sample{spreads([]uint64{0, 0, 20}, []uint64{20, 0, 0})}, "p99 is above 2s, the last bound of the histogram, stable has 0.99s (1 of 1 checks failed)"},
		{slow, []Sample{spreads([]uint64{20, 0, 0}, []uint64{0, 0, 20})}, "p99 0.99s is not above 2.4s, stable is above 2s"},
		{fewer, []Sample{both(0, during(10, 10), during(200, 100))}, "1/s is below 1.6/s, stable has 2/s (1 of 1 checks failed)"},
	} {
		e := foldAll(signalOf(c.judge), c.samples)
		if got := c.judge.Explain(&e); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestDifferenceValidate(t *testing.T) {
	for _, c := range []struct {
		judge Difference
		want  []string
	}{
		{Difference{Bad: "b", Total: "t", Relative: 0.2}, nil},
		{Difference{Gauge: "g", Absolute: 1e9, Relative: 5}, nil},
		{Difference{Total: "t", Per: "time", Relative: 0.2, Fewer: true, MinSample: 5, Over: time.Hour}, nil},
		{Difference{}, []string{
			"must have either bad and total, total and per, histogram and quantile, or gauge",
			"relative: or absolute must be given: versions that are alike differ, too",
		}},
		{Difference{Bad: "b", Total: "t", Relative: 1, Absolute: 1, Fewer: true, FailureLimit: -1, MinSample: -1}, []string{
			"relative: 1 must be below 1 with fewer: 0.2 is 20 %", "absolute: 1 must be a fraction below 1: 0.01 is 1 %",
			"failureLimit: -1 must not be negative", "minSample: -1 must be from 1 to 1000000000, or 0 for the default",
		}},
		{Difference{Gauge: "g", Relative: math.NaN(), Absolute: math.Inf(1)}, []string{
			"relative: NaN must be finite and not negative: 0.2 is 20 %", "absolute: +Inf must be finite and not negative",
		}},
	} {
		wantErrors(t, c.judge.Validate(), c.want...)
	}
}

func BenchmarkDifference(b *testing.B) {
	s := both(0, bads(1, 500), bads(19, 9500))
	judge, e := Judge(Difference{Bad: "b", Total: "t", Relative: 0.2}), Evidence{}
	judge.Fold(&e, &s)
	b.ReportAllocs()
	for b.Loop() {
		judge.Fold(&e, &s)
	}
}

// TestDifferenceAllocatesNothing: no form does, once the evidence has its size.
func TestDifferenceAllocatesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := good(t, start)
		var e Evidence
		judge := Judge(difference(t))
		judge.Fold(&e, &s)
		if n := testing.AllocsPerRun(3, func() { judge.Fold(&e, &s) }); n != 0 && len(s.Candidate.Buckets) > 0 {
			t.Errorf("%+v: %v allocations", judge, n)
		}
	})
}
