package kayenta

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

func TestScore(t *testing.T) {
	const d, h, i, n, x = health.Degraded, health.Healthy, health.Inconclusive, health.NoData, health.Error
	of := func(group string, verdicts ...health.Verdict) (all []Metric) {
		for k, v := range verdicts {
			all = append(all, Metric{Name: group + string(rune('a'+k)), Group: group, Verdict: v})
		}
		return all
	}
	with := func(change func(*Metric), all []Metric) []Metric {
		change(&all[len(all)-1])
		return all
	}
	join := func(groups ...[]Metric) []Metric { return slices.Concat(groups...) }
	critical := func(m *Metric) { m.Critical = true }
	optional := func(m *Metric) { m.Optional = true }
	halves := Scoring{Weights: map[string]float64{"errors": 80}}
	for name, c := range map[string]struct {
		scoring Scoring
		metrics []Metric
		score   float64
		want    health.Verdict
		reason  string
	}{
		"all pass":           {Scoring{}, of("a", h, h), 100, h, "100 of 100 points"},
		"marginal":           {Scoring{}, of("a", h, h, h, d), 75, i, "75 of 100 points"},
		"fails":              {Scoring{}, of("a", h, h, d), 200 / 3.0, d, "66.67 of 100 points"},
		"other limits":       {Scoring{Pass: 60, Marginal: 30}, of("a", h, h, d), 200 / 3.0, h, "66.67 of 100 points"},
		"a low pass":         {Scoring{Pass: 60}, of("a", h, d), 50, d, "50 of 100 points"},
		"groups, not counts": {Scoring{}, join(of("a", h, h, h, h, h, h), of("b", d)), 50, d, "50 of 100 points"},
		"weights":            {halves, join(of("errors", h), of("b", d)), 80, i, "80 of 100 points"},
		"the rest is shared": {halves, join(of("errors", h), of("b", h), of("c", d)), 90, i, "90 of 100 points"},
		"weights of nobody":  {Scoring{Weights: map[string]float64{"x": 90}}, join(of("a", h), of("b", d)), 50, d, "50 of 100 points"},
		"no weight at all":   {Scoring{Weights: map[string]float64{"a": 0}}, of("a", d), 0, n, "no metric has a weight"},
		"critical passes":    {Scoring{}, with(critical, of("a", h)), 100, h, "100 of 100 points"},
		"critical fails": {
			Scoring{}, join(of("a", h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h), with(critical, of("b", d))), 50, d, "metric ba is critical and fails",
		},
		"the first that is critical": {Scoring{}, []Metric{{Name: "b", Verdict: d, Critical: true}, {Name: "a", Verdict: d, Critical: true}, {Name: "c", Verdict: d, Critical: true}}, 0, d, "metric a is critical and fails"},
		"critical without a weight": {
			Scoring{Weights: map[string]float64{"a": 100}}, join(of("a", h), with(critical, of("b", d))), 100, d, "metric ba is critical and fails",
		},
		"critical without a name": {Scoring{}, []Metric{{Verdict: h}, {Verdict: d, Critical: true}}, 50, d, "metric  is critical and fails"},
		"critical is not known": {
			Scoring{Weights: map[string]float64{"a": 100}}, join(of("a", h), with(critical, of("b", n))), 100, i, "metric ba is critical and nothing is known of it",
		},
		"nothing":                  {Scoring{}, nil, 0, n, "nothing is known of any metric"},
		"nothing is known":         {Scoring{}, of("a", n, x, i, "", "fine"), 0, n, "nothing is known of any metric"},
		"nodata is no pass":        {Scoring{}, of("a", h, n), 50, i, "50 to 100 of 100 points, as not all metrics are known"},
		"nodata may yet pass":      {Scoring{}, of("a", d, i), 0, d, "0 of 100 points"}, // 50 at most
		"nodata, and it may pass":  {Scoring{Marginal: 50}, of("a", d, i), 0, i, "0 to 50 of 100 points, as not all metrics are known"},
		"nodata changes nothing":   {Scoring{Pass: 50}, of("a", h, n), 50, h, "50 of 100 points"},
		"optional is left out":     {Scoring{}, with(optional, of("a", h, n)), 100, h, "100 of 100 points"},
		"optional fails":           {Scoring{}, with(optional, of("a", h, d)), 50, d, "50 of 100 points"},
		"optional is all there is": {Scoring{}, with(optional, of("a", n)), 0, n, "nothing is known of any metric"},
		"not valid":                {Scoring{Pass: 101}, of("a", h), 0, x, "pass: 101 must be a percentage from above 0 to 100"},
	} {
		got := c.scoring.Score(c.metrics)
		if math.Abs(got.Score-c.score) > 1e-9 || got.Verdict != c.want || got.Reason != c.reason {
			t.Errorf("%s: %+v, want %v %s %q", name, got, c.score, c.want, c.reason)
		}
	}
}

// TestScoreProperties: neither the order of metrics nor the scale of weights matters, more
// harm is never better, and less knowledge never makes healthy.
func TestScoreProperties(t *testing.T) {
	rank := map[health.Verdict]int{health.Degraded: 0, health.Inconclusive: 1, health.NoData: 1, health.Healthy: 2}
	rapid.Check(t, func(t *rapid.T) {
		s := Scoring{Pass: float64(rapid.IntRange(50, 100).Draw(t, "pass")), Marginal: float64(rapid.IntRange(1, 50).Draw(t, "marginal")), Weights: map[string]float64{}}
		for _, g := range []string{"a", "b", "c"} {
			if rapid.Bool().Draw(t, "given") {
				s.Weights[g] = float64(rapid.IntRange(0, 33).Draw(t, "weight"))
			}
		}
		var metrics []Metric
		for i := range rapid.IntRange(1, 12).Draw(t, "n") {
			metrics = append(metrics, Metric{
				Name: string(rune('a' + i)), Group: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "group"),
				Verdict:  rapid.SampledFrom([]health.Verdict{health.Healthy, health.Healthy, health.Degraded, health.NoData, health.Inconclusive, health.Error}).Draw(t, "verdict"),
				Critical: rapid.IntRange(0, 9).Draw(t, "critical") == 0, Optional: rapid.IntRange(0, 3).Draw(t, "optional") == 0,
			})
		}
		want := s.Score(metrics)
		if got := s.Score(rapid.Permutation(metrics).Draw(t, "order")); got != want {
			t.Fatalf("%+v, in another order %+v", want, got)
		}
		if !(want.Score >= 0 && want.Score <= 100+rounding) {
			t.Fatalf("%+v", want)
		}
		i := rapid.IntRange(0, len(metrics)-1).Draw(t, "which")
		worse := slices.Clone(metrics)
		if worse[i].Verdict == health.Healthy {
			worse[i].Verdict = health.Degraded
			if got := s.Score(worse); rank[got.Verdict] > rank[want.Verdict] || got.Score > want.Score+rounding {
				t.Fatalf("%+v, with more harm %+v", want, got)
			}
			worse[i].Verdict = health.NoData
			if got := s.Score(worse); !worse[i].Optional && (got.Score > want.Score+rounding || got.Verdict == health.Healthy && want.Verdict != health.Healthy) {
				t.Fatalf("%+v, with less known %+v", want, got)
			}
		}
	})
}

func TestScoringValidate(t *testing.T) {
	for _, c := range []struct {
		scoring Scoring
		want    []string
	}{
		{Scoring{}, nil},
		{Scoring{Weights: map[string]float64{"a": 33.3, "b": 66.7}, Pass: 80, Marginal: 80}, nil},
		{Scoring{Weights: map[string]float64{"a": 50, "b": 60}, Pass: math.NaN()}, []string{
			"weights: 110 must be at most 100 together", "pass: NaN must be a percentage from above 0 to 100", "marginal: NaN must be above 0, and not above pass",
		}},
		{Scoring{Weights: map[string]float64{"a": -1, "b": math.Inf(1)}, Marginal: 96}, []string{
			"weights.a: -1 must be a percentage from 0 to 100", "weights.b: +Inf must be a percentage from 0 to 100",
			"weights: +Inf must be at most 100 together", "marginal: 96 must be above 0, and not above pass",
		}},
	} {
		var got []string
		for _, f := range strict.Fields(c.scoring.Validate()) {
			got = append(got, f.Error())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
