package health_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ExampleThreshold() {
	policy := health.Policy{Signals: []health.Signal{{
		Name:  "errors",
		Judge: health.Threshold{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total", Max: 0.01, FailureLimit: 1},
	}}}.Normalize()
	errors := &policy.Signals[0]

	var e health.Evidence
	for i, bad := range []float64{3, 51, 2, 60} {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		errors.Fold(&e, &health.Sample{
			From: from, To: from.Add(10 * time.Second),
			Candidate: health.Arm{Exposure: 1000, Bad: bad},
		})
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy       errors: 0.3% is not above 1%
	// inconclusive  errors: 5.1% is above 1% (1 of 2 checks failed)
	// healthy       errors: 0.2% is not above 1% (1 of 3 checks failed)
	// degraded      errors: 6% is above 1% (2 of 4 checks failed)
}

func ExampleThreshold_quantile() {
	policy := health.Policy{Signals: []health.Signal{{
		Name:  "latency",
		Judge: health.Threshold{Histogram: "http_request_seconds", Quantile: 0.95, Max: 0.25},
	}}}.Normalize()
	latency := &policy.Signals[0]

	var e health.Evidence
	for i, buckets := range [][]uint64{{800, 180, 20, 0}, {700, 200, 80, 20}} {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		latency.Fold(&e, &health.Sample{
			From: from, To: from.Add(10 * time.Second),
			Bounds:    []float64{0.1, 0.25, 0.5}, // seconds
			Candidate: health.Arm{Exposure: 1000, Buckets: buckets},
		})
		fmt.Println(e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy latency: p95 0.225s is not above 0.25s
	// degraded latency: p95 0.406s is above 0.25s (1 of 2 checks failed)
}

func ExampleThreshold_gauge() {
	memory := health.Signal{Name: "memory", Judge: health.Threshold{Gauge: "process_resident_memory_bytes", PassMax: 800e6, Max: 1e9}}
	restarts := health.Signal{Name: "restarts", Judge: health.Threshold{Total: "restarts_total", Per: health.PerTime, Over: time.Hour, Max: 1}}

	policy := health.Policy{Signals: []health.Signal{memory, restarts}}.Normalize()
	var e [2]health.Evidence
	for i, largest := range []float64{700e6, 900e6, 1.2e9} {
		from := noon.Add(time.Duration(i) * 10 * time.Minute)
		for k := range e { // three instances, one of which restarts in every interval
			policy.Signals[k].Fold(&e[k], &health.Sample{From: from, To: from.Add(10 * time.Minute), Candidate: health.Arm{
				Values: []float64{400e6, 500e6, largest}, Exposure: 1, Time: 3 * 600,
			}})
			fmt.Printf("%-12s  %s\n", e[k].Verdict, policy.Explain(k, &e[k], e[k].Through))
		}
	}
	// Output:
	// healthy       memory: 700000000 is not above 800000000
	// inconclusive  restarts: no data yet
	// inconclusive  memory: 900000000 is above 800000000, in the grey zone up to 1000000000
	// degraded      restarts: 2/h is above 1/h (1 of 1 checks failed)
	// degraded      memory: 1200000000 is above 1000000000 (1 of 3 checks failed)
	// degraded      restarts: 2/h is above 1/h (1 of 1 checks failed)
}

func ExampleDifference() {
	policy := health.Policy{Signals: []health.Signal{{
		Name:  "latency",
		Judge: health.Difference{Histogram: "http_request_seconds", Quantile: 0.95, Relative: 0.2, FailureLimit: 1},
	}}}.Normalize()
	latency := &policy.Signals[0]

	var e health.Evidence
	for i, buckets := range [][]uint64{{80, 18, 2, 0}, {70, 20, 8, 2}, {70, 10, 10, 10}} {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		latency.Fold(&e, &health.Sample{
			From: from, To: from.Add(10 * time.Second),
			Bounds:    []float64{0.1, 0.25, 0.5}, // seconds
			Candidate: health.Arm{Exposure: 100, Buckets: buckets},
			Stable:    health.Arm{Exposure: 1000, Buckets: []uint64{790, 180, 30, 0}},
		})
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy       latency: p95 0.225s is not above 0.28s, stable has 0.233s
	// inconclusive  latency: p95 0.406s is above 0.28s, stable has 0.233s (1 of 2 checks failed)
	// degraded      latency: p95 is above 0.5s, the last bound of the histogram, stable has 0.233s (2 of 3 checks failed)
}

func ExamplePolicy_Lint() {
	policy := health.Policy{Signals: []health.Signal{
		{Name: "errors", Every: time.Minute, Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, FailureLimit: 3}},
		{Name: "memory", Judge: health.Threshold{Gauge: "process_resident_memory_bytes", Max: 1e9}},
	}}.Normalize()
	for _, text := range policy.Lint(health.Load{Candidate: 500, Stable: 9500, Base: 0.005, For: time.Hour}) {
		fmt.Println(text)
	}
	// Output:
	// Signal errors has no budget: at 500 requests a minute and 0.5% errors on stable it condemns 24% of healthy releases within 1h.
	// Signal memory has no budget: how often it condemns a healthy release is unknown.
}

func ExamplePolicy_Assess() {
	policy := health.Policy{Signals: []health.Signal{
		{Name: "errors", Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01}, On: health.Reactions{Missing: health.Rollback}},
	}}.Normalize()

	evidence := make([]health.Evidence, len(policy.Signals)+1) // readiness is the last
	policy.Signals[0].Fold(&evidence[0], &health.Sample{From: noon, To: noon.Add(10 * time.Second), Candidate: health.Arm{Exposure: 500}})
	policy.Readiness.Observe(&evidence[1], noon.Add(10*time.Second), 3, 3)

	show := func(now time.Time) {
		a := policy.Assess(now, noon, health.Traffic{Served: true}, evidence)
		fmt.Printf("%s %s %s\n", now.Format(time.TimeOnly), a.Verdict, a.Do)
		if a.Blame >= 0 {
			fmt.Println("        ", policy.Explain(a.Blame, &evidence[a.Blame], now))
		}
	}
	now := noon.Add(10 * time.Second)
	for !now.IsZero() { // nothing comes any more
		show(now)
		now = policy.NextMissing(now, noon, health.Traffic{Served: true}, evidence)
	}
	// Output:
	// 12:00:10 healthy continue
	// 12:00:40 noData hold
	//          readiness: no data for 30s
	// 12:02:10 noData rollback
	//          errors: no data for 2m
}

func ExampleCompare() {
	policy := health.Policy{Budget: 0.001, Signals: []health.Signal{{
		Name:  "errors",
		Judge: health.Compare{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total", Margin: 2},
		On:    health.Reactions{Degraded: health.Rollback},
	}}}.Normalize()

	var e health.Evidence
	for i, bad := range []float64{1, 0, 4, 5, 6} {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		policy.Fold(0, &e, &health.Sample{
			From: from, To: from.Add(10 * time.Second),
			Candidate: health.Arm{Exposure: 80, Bad: bad},
			Stable:    health.Arm{Exposure: 1500, Bad: 8},
		})
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy       errors: 2.3x stable's rate, 1.25% against 0.533%, evidence none after 80 requests
	// healthy       errors: 1.2x stable's rate, 0.625% against 0.533%, evidence none after 160 requests
	// healthy       errors: 3.9x stable's rate, 2.08% against 0.533%, evidence 1 : 5 after 240 requests
	// inconclusive  errors: 5.9x stable's rate, 3.12% against 0.533%, evidence 1 : 910 after 320 requests
	// degraded      errors: 7.5x stable's rate, 4% against 0.533%, evidence 1 : 1,700,000 after 400 requests
}

func ExampleLatency() {
	policy := health.Policy{Signals: []health.Signal{{
		Name:  "latency",
		Judge: health.Latency{Histogram: "http_request_duration_seconds", Objective: 0.25},
		On:    health.Reactions{Degraded: health.Rollback},
	}}}.Normalize()

	var e health.Evidence
	for i := range 3 {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		policy.Fold(0, &e, &health.Sample{
			From: from, To: from.Add(10 * time.Second), Bounds: []float64{0.1, 0.25, 0.5},
			Candidate: health.Arm{Exposure: 100, Buckets: []uint64{60, 30, 6, 4}},
			Stable:    health.Arm{Exposure: 900, Buckets: []uint64{560, 310, 25, 5}},
		})
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy       latency: 7.2x stable's share of requests slower than 0.5s, evidence 1 : 8 after 100 requests
	// degraded      latency: 3x stable's share of requests slower than 0.25s, evidence 1 : 230 after 200 requests
	// degraded      latency: 3x stable's share of requests slower than 0.25s, evidence 1 : 7,200 after 300 requests
}

func ExampleObjective() {
	policy := health.Policy{Signals: []health.Signal{{
		Name:  "failing",
		Judge: health.Objective{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total", Max: 0.02},
	}}}.Normalize()

	var e health.Evidence
	for i, bad := range []float64{0, 3, 14, 19} {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		policy.Fold(0, &e, &health.Sample{
			From: from, To: from.Add(10 * time.Second), Candidate: health.Arm{Exposure: 200, Bad: bad},
		})
		fmt.Printf("%-12s  proven: %-5v  %s\n", e.Verdict, e.Proven, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy       proven: false  failing: 0% against an objective of 2%, evidence none after 200 requests
	// healthy       proven: false  failing: 0.75% against an objective of 2%, evidence none after 400 requests
	// inconclusive  proven: false  failing: 2.83% against an objective of 2%, evidence 1 : 13 after 600 requests
	// degraded      proven: false  failing: 4.5% against an objective of 2%, evidence 1 : 9,500,000 after 800 requests
}
