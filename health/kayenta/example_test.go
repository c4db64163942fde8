package kayenta_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/kayenta"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ExampleMannWhitney() {
	policy := health.Policy{Signals: []health.Signal{{
		Name:  "errors",
		Every: time.Minute,
		Judge: kayenta.MannWhitney{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total", Effect: 0.2},
	}}}.Normalize()
	errors := &policy.Signals[0]

	var e health.Evidence
	for i, bad := range []float64{11, 9, 14, 10, 12, 13} { // of stable 5 to 7
		from := noon.Add(time.Duration(i) * time.Minute)
		errors.Fold(&e, &health.Sample{
			From: from, To: from.Add(time.Minute),
			Candidate: health.Arm{Exposure: 1000, Bad: bad},
			Stable:    health.Arm{Exposure: 1000, Bad: float64(5 + i%3)},
		})
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// inconclusive  errors: no data yet
	// inconclusive  errors: no data yet
	// inconclusive  errors: no data yet
	// inconclusive  errors: no data yet
	// degraded      errors: mean 1.12% over 5 intervals, stable 0.58%: higher with 98% confidence
	// degraded      errors: mean 1.15% over 6 intervals, stable 0.6%: higher with 98% confidence
}

// ExampleMannWhitney_plan reads a plan that has the judge in it.
func ExampleMannWhitney_plan() {
	codec := rollout.Codec{Judges: map[string]func() health.Judge{
		kayenta.Kind: func() health.Judge { return kayenta.MannWhitney{} },
	}}
	plan, err := codec.DecodePlan([]byte(`{
		"release": {"name": "checkout", "version": "2.1.0"},
		"stages": [{"name": "eu", "strategy": {"canary": {}}}],
		"health": {"signals": [
			{"name": "cpu", "every": "1m", "mannWhitney": {"gauge": "cpu_usage", "direction": "increase", "confidence": 0.99}}
		]}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	machine, err := rollout.Compile(plan)
	if err != nil {
		fmt.Println(err)
		return
	}
	judge := machine.Plan().Health.Signals[0].Judge.(kayenta.MannWhitney)
	fmt.Println(judge.Kind(), judge.Gauge, judge.Direction, judge.Confidence)
	// Output:
	// mannWhitney cpu_usage increase 0.99
}

func ExampleScoring_Score() {
	scoring := kayenta.Scoring{Weights: map[string]float64{"errors": 50}, Pass: 90, Marginal: 70}
	metrics := []kayenta.Metric{
		{Name: "5xx", Group: "errors", Verdict: health.Healthy, Critical: true},
		{Name: "timeouts", Group: "errors", Verdict: health.Healthy},
		{Name: "p99", Group: "latency", Verdict: health.Degraded},
		{Name: "cpu", Group: "system", Verdict: health.Healthy},
		{Name: "memory", Group: "system", Verdict: health.NoData},
	}
	show := func() {
		r := scoring.Score(metrics)
		fmt.Println(r.Verdict, r.Reason)
	}
	show()
	metrics[4].Verdict = health.Healthy
	show()
	metrics[2].Verdict = health.Healthy
	show()
	metrics[0].Verdict = health.Degraded
	show()
	// Output:
	// inconclusive 62.5 to 75 of 100 points, as not all metrics are known
	// inconclusive 75 of 100 points
	// healthy 100 of 100 points
	// degraded metric 5xx is critical and fails
}
