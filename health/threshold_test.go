package health

import (
	"math"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

func TestThresholdVerdicts(t *testing.T) {
	share := Threshold{Bad: "b", Total: "t", Max: 0.01, MinSample: 100}
	with := func(change func(*Threshold)) Threshold {
		th := share
		change(&th)
		return th
	}
	type arms struct{ bad, total, warmBad, warmTotal float64 }
	const d, h, i = Degraded, Healthy, Inconclusive
	for name, c := range map[string]struct {
		judge   Threshold
		samples []arms
		want    []Verdict
	}{
		"good":                    {share, []arms{{0, 100, 0, 0}, {1, 200, 0, 0}}, []Verdict{h, h}},
		"equal is not above":      {share, []arms{{1, 100, 0, 0}, {7, 700, 0, 0}}, []Verdict{h, h}},
		"above":                   {share, []arms{{2, 100, 0, 0}}, []Verdict{d}},
		"no traffic":              {share, []arms{{0, 0, 0, 0}, {0, 100, 0, 0}, {0, 0, 0, 0}, {0, 50, 0, 0}}, []Verdict{i, h, i, i}},
		"gathered":                {share, []arms{{0, 40, 0, 0}, {0, 40, 0, 0}, {0, 40, 0, 0}}, []Verdict{i, i, h}},
		"stays in a block":        {share, []arms{{0, 100, 0, 0}, {5, 40, 0, 0}, {0, 60, 0, 0}}, []Verdict{h, i, d}}, // five bad ones of a hundred are too many already
		"stays in a good block":   {share, []arms{{0, 100, 0, 0}, {1, 40, 0, 0}, {0, 59, 0, 0}}, []Verdict{h, h, h}},
		"degraded stays":          {share, []arms{{2, 100, 0, 0}, {0, 0, 0, 0}, {0, 1e6, 0, 0}}, []Verdict{d, d, d}},
		"warming never passes":    {share, []arms{{0, 0, 0, 1e6}, {0, 99, 0, 1e6}, {0, 1, 0, 0}}, []Verdict{i, i, h}},
		"warming fails":           {share, []arms{{0, 0, 2, 100}}, []Verdict{d}},
		"warming does not dilute": {share, []arms{{0, 0, 0, 99}, {5, 50, 0, 0}, {5, 50, 0, 0}}, []Verdict{i, d, d}},
		"warming does not dilute what is past": {
			share, []arms{{0, 0, 0, 1e6}, {2, 100, 0, 1e6}}, []Verdict{i, d},
		},
		"limit": {
			with(func(t *Threshold) { t.FailureLimit = 2 }),
			[]arms{{2, 100, 0, 0}, {0, 100, 0, 0}, {2, 100, 0, 0}, {0, 100, 0, 0}, {2, 100, 0, 0}, {0, 100, 0, 0}},
			[]Verdict{i, h, i, h, d, d},
		},
		"consecutive": {
			with(func(t *Threshold) { t.ConsecutiveLimit = 2 }),
			[]arms{{2, 100, 0, 0}, {0, 100, 0, 0}, {2, 100, 0, 0}, {0, 50, 0, 0}, {2, 50, 0, 0}, {2, 100, 0, 0}, {0, 100, 0, 0}, {2, 100, 0, 0}},
			[]Verdict{i, h, i, i, d, d, h, i},
		},
		"both, in a row first": {
			with(func(t *Threshold) { t.ConsecutiveLimit, t.FailureLimit = 2, 5 }),
			[]arms{{2, 100, 0, 0}, {2, 100, 0, 0}, {0, 100, 0, 0}},
			[]Verdict{i, d, h},
		},
		"both, in all first": {
			with(func(t *Threshold) { t.ConsecutiveLimit, t.FailureLimit = 3, 1 }),
			[]arms{{2, 100, 0, 0}, {0, 100, 0, 0}, {2, 100, 0, 0}, {0, 100, 0, 0}},
			[]Verdict{i, h, d, d},
		},
		"minimum": {
			with(func(t *Threshold) { t.Max, t.Min = 0, 0.9 }),
			[]arms{{90, 100, 0, 0}, {100, 100, 0, 0}, {89, 100, 0, 0}},
			[]Verdict{h, h, d},
		},
		"maximum and minimum": {
			with(func(t *Threshold) { t.Max, t.Min, t.FailureLimit = 0.2, 0.1, 1 }),
			[]arms{{15, 100, 0, 0}, {9, 100, 0, 0}, {15, 100, 0, 0}, {21, 100, 0, 0}},
			[]Verdict{h, i, h, d},
		},
		"rounding is not above": { // 0.1 + 0.2 is not quite 0.3
			Threshold{Bad: "b", Total: "t", Max: 0.1, MinSample: 3}, []arms{{0.1, 1, 0, 0}, {0.2, 2, 0, 0}}, []Verdict{i, h},
		},
		"rounding is not below": { // ten times 0.1 is not quite 1
			Threshold{Bad: "b", Total: "t", Max: 0.1, MinSample: 1},
			[]arms{{0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}, {0, .1, 0, 0}},
			[]Verdict{i, i, i, i, i, i, i, i, i, h},
		},
		"nothing is allowed": {
			Threshold{Bad: "b", Total: "t"}, []arms{{0, 19, 0, 0}, {0, 1, 0, 0}, {1, 1e6, 0, 0}}, []Verdict{i, h, d},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := signalOf(c.judge)
			var e Evidence
			for k, a := range c.samples {
				s := rate(10*k, 10*k+10, a.bad, a.total)
				s.Warming = Arm{Exposure: a.warmTotal, Bad: a.warmBad}
				g.Fold(&e, &s)
				if e.Verdict != c.want[k] {
					t.Fatalf("sample %d: %s, want %s (%+v)", k, e.Verdict, c.want[k], e)
				}
			}
		})
	}
}

func TestThresholdAcrossSteps(t *testing.T) {
	g := signalOf(Threshold{Bad: "b", Total: "t", Max: 0.01, FailureLimit: 1, ConsecutiveLimit: 2})
	var e Evidence
	fold := func(k int, bad float64, want Verdict) {
		t.Helper()
		s := rate(10*k, 10*k+10, bad, 100)
		if g.Fold(&e, &s); e.Verdict != want {
			t.Fatalf("interval %d: %s, want %s", k, e.Verdict, want)
		}
	}
	fold(0, 50, Inconclusive)
	g.Begin(&e)
	if e.Verdict != "" {
		t.Fatalf("%s at the new step", e.Verdict)
	}
	fold(1, 0, Healthy)
	fold(2, 50, Degraded) // the second of this attempt
	g.Begin(&e)
	fold(3, 0, Degraded)
}

func TestThresholdConsecutiveAcrossSteps(t *testing.T) {
	g := signalOf(Threshold{Bad: "b", Total: "t", Max: 0.01, ConsecutiveLimit: 2})
	var e Evidence
	for k, bad := range []float64{50, 50, 0} {
		s := rate(10*k, 10*k+10, bad, 100)
		g.Fold(&e, &s)
		if k == 1 {
			g.Begin(&e) // the run is forgotten, the harm is not until a check passes
			if e.Verdict != Degraded {
				t.Fatal(e.Verdict)
			}
		}
	}
	if e.Verdict != Healthy {
		t.Fatal(e.Verdict)
	}
}

func TestThresholdHistogram(t *testing.T) {
	bounds := []float64{0.1, 0.2, 0.5}
	p90 := Threshold{Histogram: "h", Quantile: 0.9, Max: 0.2, MinSample: 10}
	for name, c := range map[string]struct {
		judge   Threshold
		buckets []uint64
		want    Verdict
	}{
		"good":                           {p90, []uint64{9, 1, 0, 0}, Healthy},
		"at the bound":                   {p90, []uint64{0, 9, 1, 0}, Healthy},
		"above":                          {p90, []uint64{0, 8, 2, 0}, Degraded},
		"too few":                        {p90, []uint64{0, 0, 9, 0}, Inconclusive},
		"empty":                          {p90, []uint64{0, 0, 0, 0}, Inconclusive},
		"no buckets":                     {p90, nil, Inconclusive},
		"beyond all bounds":              {p90, []uint64{0, 0, 0, 10}, Degraded},
		"beyond the bound that is max":   {Threshold{Histogram: "h", Quantile: 0.9, Max: 0.5}, []uint64{0, 0, 0, 20}, Degraded},
		"beyond, and max is further":     {Threshold{Histogram: "h", Quantile: 0.9, Max: 1}, []uint64{0, 0, 0, 20}, Inconclusive},
		"beyond min":                     {Threshold{Histogram: "h", Quantile: 0.9, Min: 0.4}, []uint64{0, 0, 0, 20}, Healthy},
		"beyond, and min is further":     {Threshold{Histogram: "h", Quantile: 0.9, Min: 1}, []uint64{0, 0, 0, 20}, Inconclusive},
		"below min":                      {Threshold{Histogram: "h", Quantile: 0.9, Min: 0.4}, []uint64{20, 0, 0, 0}, Degraded},
		"more than 64 bits hold, passes": {p90, []uint64{math.MaxUint64, math.MaxUint64, 0, 0}, Healthy},
	} {
		t.Run(name, func(t *testing.T) {
			s := spread(0, 10, bounds, c.buckets...)
			s.Candidate.Exposure = 10
			e := foldAll(signalOf(c.judge), []Sample{s})
			if e.Verdict != c.want {
				t.Errorf("%s, want %s (%+v)", e.Verdict, c.want, e)
			}
		})
	}
}

func TestThresholdBoundsChange(t *testing.T) {
	g := signalOf(Threshold{Histogram: "h", Quantile: 0.5, Max: 1, MinSample: 20})
	var e Evidence
	fold := func(k int, bounds []float64, want Verdict, buckets ...uint64) {
		t.Helper()
		s := spread(10*k, 10*k+10, bounds, buckets...)
		if g.Fold(&e, &s); e.Verdict != want {
			t.Fatalf("interval %d: %s, want %s (%+v)", k, e.Verdict, want, e)
		}
	}
	fold(0, []float64{1, 2}, Inconclusive, 0, 19, 0)
	fold(1, []float64{1, 3}, Inconclusive, 19, 0, 0) // 38 in all, but not of one histogram
	fold(2, []float64{1, 3}, Healthy, 1, 0, 0)
	fold(3, []float64{1}, Inconclusive, 0, 19) // more than half of twenty are beyond
	fold(4, []float64{1, 3}, Inconclusive)     // nothing was done
	fold(5, []float64{1}, Degraded, 0, 1)      // the block went on
}

// TestThresholdEvidenceOfAnotherShape feeds evidence of another judge, as after a
// changed plan.
func TestThresholdEvidenceOfAnotherShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := foldAll(signalOf(classical(t)), mixed(t, 5))
		if rapid.Bool().Draw(t, "odd") {
			e.Counts = rapid.SliceOfN(rapid.Int64(), 0, 7).Draw(t, "counts")
			e.Log = rapid.SliceOfN(rapid.OneOf(rapid.Just(math.MaxFloat64), rapid.Float64Range(0, math.MaxFloat64)), 0, 12).Draw(t, "log")
		}
		g := signalOf(classical(t))
		p := Policy{Signals: []Signal{*g}}
		if rapid.Bool().Draw(t, "step") {
			g.Begin(&e)
		}
		for range 3 {
			s := good(t, later(start, e.Through))
			g.Fold(&e, &s)
			sound(t, &e)
			p.Explain(0, &e, s.To)
		}
	})
}

// oracle is the rule of a rate threshold once more, in whole numbers and without
// blocks that are kept: limits in thousandths, and every block added up anew.
type oracle struct {
	th               Threshold
	max, min, sample int
	all, past        [][2]int // bad, total per interval
	failed, run      int
	verdict          Verdict
}

// lost: good events alone cannot make the running block pass once it is full.
func (o *oracle) lost() bool {
	b, n := 0, 0
	for _, x := range o.all {
		b, n = b+x[0], n+x[1]
	}
	return (o.max > 0 || o.min == 0) && b*1000 > o.max*o.sample || o.min > 0 && (n-b)*1000 > (1000-o.min)*o.sample
}

func (o *oracle) fold(bad, total, warmBad, warmTotal int) {
	o.all = append(o.all, [2]int{bad + warmBad, total + warmTotal})
	o.past = append(o.past, [2]int{bad, total})
	look := func(block [][2]int) (full, bad bool) {
		b, n := 0, 0
		for _, x := range block {
			b, n = b+x[0], n+x[1]
		}
		capped := o.max > 0 || o.min == 0
		return n >= o.sample, capped && b*1000 > o.max*n || o.min > 0 && b*1000 < o.min*n
	}
	allFull, allBad := look(o.all)
	pastFull, pastBad := look(o.past)
	failing := allFull && allBad || pastFull && pastBad
	if allFull || failing {
		o.all = nil
	}
	if pastFull || failing {
		o.past = nil
	}
	over := func() bool {
		return (o.th.ConsecutiveLimit == 0 || o.th.FailureLimit > 0) && o.failed > o.th.FailureLimit
	}
	switch {
	case failing:
		o.failed++
		o.run++
		row := o.th.ConsecutiveLimit > 0 && o.run >= o.th.ConsecutiveLimit
		if o.verdict != Degraded {
			o.verdict = Inconclusive
		}
		if over() || row {
			o.verdict = Degraded
		}
	case pastFull:
		o.run = 0
		o.verdict = Healthy
		if over() {
			o.verdict = Degraded
		}
	case o.verdict != Degraded && (total == 0 || o.verdict == "" || o.lost()):
		o.verdict = Inconclusive
	}
}

func TestThresholdIsItsOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := oracle{
			max:    rapid.SampledFrom([]int{0, 1, 10, 100, 333, 500}).Draw(t, "max"),
			sample: rapid.IntRange(1, 60).Draw(t, "sample"),
		}
		if o.max > 0 {
			o.min = rapid.SampledFrom([]int{0, 0, 1, o.max}).Draw(t, "min")
		}
		o.th = Threshold{
			Bad: "b", Total: "t", Max: float64(o.max) / 1000, Min: float64(o.min) / 1000, MinSample: int64(o.sample),
			FailureLimit:     rapid.IntRange(0, 2).Draw(t, "failureLimit"),
			ConsecutiveLimit: rapid.IntRange(0, 2).Draw(t, "consecutiveLimit"),
		}
		g := signalOf(o.th)
		var e Evidence
		for k := range rapid.IntRange(1, 30).Draw(t, "intervals") {
			if rapid.IntRange(0, 7).Draw(t, "step") == 0 {
				g.Begin(&e)
				o.all, o.past, o.run = nil, nil, 0
				if o.verdict != Degraded {
					o.verdict = ""
				}
			}
			total := rapid.IntRange(0, 40).Draw(t, "total")
			bad := rapid.IntRange(0, total).Draw(t, "bad")
			warm := rapid.IntRange(0, 40).Draw(t, "warm")
			if rapid.Bool().Draw(t, "fine") {
				bad, warm = 0, 0
			}
			warmBad := rapid.IntRange(0, warm).Draw(t, "warmBad")
			s := rate(k, k+1, float64(bad), float64(total))
			s.Warming = Arm{Exposure: float64(warm), Bad: float64(warmBad)}
			g.Fold(&e, &s)
			o.fold(bad, total, warmBad, warm)
			if e.Verdict != o.verdict || e.Counts[countFailed] != int64(o.failed) || e.Counts[countRun] != int64(o.run) {
				t.Fatalf("interval %d: %+v, oracle %+v", k, e, o)
			}
		}
	})
}

// bucketQuantile is BucketQuantile of Prometheus (promql/quantile.go) for classic
// histograms, on cumulative buckets of which the last is infinite.
func bucketQuantile(q float64, bounds, cumulative []float64) float64 {
	rank := q * cumulative[len(cumulative)-1]
	b := sort.Search(len(cumulative)-1, func(i int) bool { return cumulative[i] >= rank })
	if b == len(cumulative)-1 {
		return bounds[len(bounds)-1]
	}
	if b == 0 && bounds[0] <= 0 {
		return bounds[0]
	}
	start, count := 0.0, cumulative[b]
	if b > 0 {
		start = bounds[b-1]
		count -= cumulative[b-1]
		rank -= cumulative[b-1]
	}
	return start + (bounds[b]-start)*(rank/count)
}

func TestQuantileIsThatOfPrometheus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.Float64Range(0.001, 0.999).Draw(t, "q")
		n := rapid.IntRange(1, 20).Draw(t, "bounds")
		bounds, buckets, cumulative := make([]float64, n), make([]float64, n+1), make([]float64, n+1)
		upper, total := rapid.Float64Range(-5, 5).Draw(t, "first"), 0.0
		for i := range buckets {
			if i < n {
				bounds[i] = upper
				upper += rapid.Float64Range(0.001, 5).Draw(t, "width")
			}
			buckets[i] = float64(rapid.IntRange(0, 9).Draw(t, "bucket"))
			total += buckets[i]
			cumulative[i] = total
		}
		if total == 0 {
			t.Skip()
		}
		got, beyond := quantile(q, total, buckets, bounds)
		want := bucketQuantile(q, bounds, cumulative)
		if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("%g, want %g", got, want)
		}
		if beyond != (cumulative[n-1] < q*total) {
			t.Fatalf("beyond: %v", beyond)
		}
	})
}

func TestPlusStaysFinite(t *testing.T) {
	if x := plus(math.MaxFloat64, math.MaxFloat64); x != math.MaxFloat64 {
		t.Error(x)
	}
}

func TestThresholdExplain(t *testing.T) {
	share := Threshold{Bad: "b", Total: "t", Max: 0.01}
	p99 := Threshold{Histogram: "h", Quantile: 0.999, Max: 1500}
	for _, c := range []struct {
		judge   Judge
		samples []Sample
		want    string
	}{
		{share, nil, "fewer than 20 events so far"},
		{share, []Sample{rate(0, 1, 0, 19)}, "fewer than 20 events so far"},
		{share, []Sample{rate(0, 1, 51, 1000)}, "5.1% is above 1% (1 of 1 checks failed)"},
		{share, []Sample{rate(0, 1, 10001, 1e6)}, "1.0001% is above 1% (1 of 1 checks failed)"},
		{share, []Sample{rate(0, 1, 1, 1000)}, "0.1% is not above 1%"},
		{share, []Sample{rate(0, 1, 10, 1000)}, "1% is not above 1%"},
		{share, []Sample{rate(0, 1, 1, 1000), rate(1, 2, 0, 0)}, "0.1% is not above 1%, too few events since"},
		{share, []Sample{rate(0, 1, 51, 1000), rate(1, 2, 0, 20)}, "1 of 2 checks failed, the last one did not: 0% is not above 1%"},
		{Threshold{Bad: "b", Total: "t", Min: 0.95}, []Sample{rate(0, 1, 90, 100)}, "90% is below 95% (1 of 1 checks failed)"},
		{Threshold{Bad: "b", Total: "t", Min: 0.95}, []Sample{rate(0, 1, 96, 100)}, "96% is not below 95%"},
		{p99, []Sample{spread(0, 1, []float64{1000, 2000}, 0, 20, 0)}, "p99.9 2000 is above 1500 (1 of 1 checks failed)"},
		{p99, []Sample{spread(0, 1, []float64{1000, 2000}, 20, 0, 0)}, "p99.9 999 is not above 1500"},
		{p99, []Sample{spread(0, 1, []float64{1000}, 0, 20)}, "p99.9 is above 1000, the last bound of the histogram"},
	} {
		e := foldAll(signalOf(c.judge), c.samples)
		if got := c.judge.(Explainer).Explain(&e); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestThresholdValidate(t *testing.T) {
	either := "must have either bad and total, total and per, histogram and quantile, or gauge"
	for _, c := range []struct {
		judge Threshold
		want  []string
	}{
		{Threshold{Bad: "b", Total: "t", Max: 0.01}, nil},
		{Threshold{Bad: "b", Total: "t"}, nil},
		{Threshold{Bad: "b", Total: "t", Min: 1}, nil},
		{Threshold{Histogram: "h", Quantile: 0.99, Max: 0.3, By: "path"}, nil},
		{Threshold{}, []string{either}},
		{Threshold{Bad: "b", Total: "t", Histogram: "h"}, []string{either}},
		{Threshold{Bad: "b"}, []string{"total: must be given with bad"}},
		{Threshold{Total: "t", Max: 5, Quantile: 0.5}, []string{
			"bad: must be given with total", "quantile: 0.5 must not be given without histogram",
			"max: 5 must be a fraction below 1: 0.01 is 1 %",
		}},
		{Threshold{Bad: "b", Total: "t", Max: math.NaN(), Min: math.Inf(1)}, []string{
			"max: NaN must be a fraction below 1: 0.01 is 1 %", "min: +Inf must be a fraction from 0 to 1: 0.01 is 1 %",
		}},
		{Threshold{Bad: "b", Total: "t", Max: 0.1, Min: 0.2}, []string{"min: 0.2 must not be above max"}},
		{Threshold{Histogram: "h"}, []string{
			"quantile: 0 must be above 0 and below 1: 0.99 is the 99th percentile", "max: or min must be given",
		}},
		{Threshold{Histogram: "h", Quantile: 99, Max: math.Inf(1), Min: -1, FailureLimit: -1, ConsecutiveLimit: -1, MinSample: 2e9}, []string{
			"quantile: 99 must be above 0 and below 1: 0.99 is the 99th percentile", "max: +Inf must be finite",
			"min: -1 must be finite and not negative", "failureLimit: -1 must not be negative",
			"consecutiveLimit: -1 must not be negative", "minSample: 2000000000 must be from 1 to 1000000000, or 0 for the default",
		}},
	} {
		wantErrors(t, c.judge.Validate(), c.want...)
	}
}
