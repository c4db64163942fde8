package kayenta

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

func TestMannWhitneyExplain(t *testing.T) {
	base := MannWhitney{Gauge: "g"}
	apart := [][2]float64{{11, 1}, {12, 2}, {13, 3}, {14, 4}, {15, 5}}
	for _, c := range []struct {
		judge MannWhitney
		pairs [][2]float64
		want  string
	}{
		{base, nil, "0 points of 5 that are needed"},
		{base, apart[:2], "2 points of 5 that are needed"},
		{base, apart, "mean 13 over 5 intervals, stable 3: higher with 98% confidence"},
		{MannWhitney{Gauge: "g", Direction: Decrease}, apart, "mean 13 over 5 intervals, stable 3: not lower with 98% confidence"},
		{MannWhitney{Gauge: "g", Direction: Either, Tolerance: 0.9}, apart, "mean 13 over 5 intervals, stable 3: neither higher nor lower with 98% confidence"},
	} {
		e, _ := verdicts(c.judge, c.pairs...)
		if got := c.judge.Explain(&e); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	w := MannWhitney{Bad: "b", Total: "t"}
	g := signalOf(w)
	var e health.Evidence
	for k := range 6 {
		s := gauges(k, 0, 0)
		s.Candidate, s.Stable = health.Arm{Exposure: 1000, Bad: 9}, health.Arm{Exposure: 1000, Bad: 10}
		s.Overlap = []health.Arm{{Exposure: 1000, Bad: 12}}
		if k < 5 {
			s.Candidate.Bad = 30
		}
		g.Fold(&e, &s)
	}
	if got, want := w.Explain(&e), "mean 2.65% over 6 intervals, stable 1% to 1.2%: not higher with 98% confidence, but it was before"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	g.Begin(&e)
	if got, want := w.Explain(&e), "0 points of 5 that are needed, but it was before"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMannWhitneyValidate(t *testing.T) {
	one := "must have either bad and total, histogram and quantile, or gauge"
	for _, c := range []struct {
		judge MannWhitney
		want  []string
	}{
		{MannWhitney{Gauge: "g"}, nil},
		{MannWhitney{Histogram: "h", Quantile: 0.9, Direction: Either, Confidence: 0.5, Tolerance: -1, Effect: 5, MinPoints: 60, MinSample: 9}, nil},
		{MannWhitney{}, []string{one}},
		{MannWhitney{Bad: "b"}, []string{one}},
		{MannWhitney{Bad: "b", Total: "t", Gauge: "g", Quantile: 0.5}, []string{one, "quantile: 0.5 must not be given without histogram"}},
		{MannWhitney{Histogram: "h", Direction: "up", Confidence: 98, Tolerance: 1, Effect: -1, MinPoints: 4, MinSample: -1}, []string{
			"quantile: 0 must be above 0 and below 1: 0.99 is the 99th percentile", `direction: "up" must be increase, decrease or either`,
			"confidence: 98 must be from 0.5 to below 1: 0.98 is 98 %", "tolerance: 1 must be below 1: 0.25 is a quarter of the shift",
			"effect: -1 must be finite and not negative: 0.2 is 20 %", "minPoints: 4 must be from 5 to 60, or 0 for the default",
			"minSample: -1 must not be negative",
		}},
		{MannWhitney{Gauge: "g", Confidence: math.NaN(), Tolerance: math.NaN(), Effect: math.NaN()}, []string{
			"confidence: NaN must be from 0.5 to below 1: 0.98 is 98 %", "tolerance: NaN must be below 1: 0.25 is a quarter of the shift",
			"effect: NaN must be finite and not negative: 0.2 is 20 %",
		}},
	} {
		var got []string
		for _, f := range strict.Fields(c.judge.Validate()) {
			got = append(got, f.Error())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
