package health_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

func ExampleAlert() {
	policy := health.Policy{Signals: []health.Signal{{
		Name: "alerts", Judge: health.Alert{Match: `{service="checkout"}`, ConsecutiveLimit: 2},
	}}}.Normalize()

	var e health.Evidence
	for i, firing := range []float64{0, 1, 1} {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		policy.Signals[0].Fold(&e, &health.Sample{
			From: from, To: from.Add(10 * time.Second),
			Candidate: health.Arm{Exposure: 1, Bad: firing},
		})
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy       alerts: no alert that matches {service="checkout"} fires
	// inconclusive  alerts: an alert that matches {service="checkout"} fires
	// degraded      alerts: an alert that matches {service="checkout"} fires, 2 times in a row
}

func ExampleProbe() {
	policy := health.Policy{Signals: []health.Signal{{
		Name: "alive", Judge: health.Probe{Of: "liveness", HTTP: "/healthz"},
	}}}.Normalize()

	var e health.Evidence
	for i, failed := range []float64{0, 2, 2, 2, 0} {
		from := noon.Add(time.Duration(i) * 10 * time.Second)
		policy.Signals[0].Fold(&e, &health.Sample{
			From: from, To: from.Add(10 * time.Second),
			Candidate: health.Arm{Exposure: 3, Bad: failed}, // instances
		})
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// healthy       alive: 3 instances passed the probe http /healthz
	// inconclusive  alive: 2 of 3 instances failed the probe http /healthz
	// inconclusive  alive: 2 of 3 instances failed the probe http /healthz, 2 times in a row
	// degraded      alive: 2 of 3 instances failed the probe http /healthz, 3 times in a row
	// healthy       alive: 3 instances passed the probe http /healthz
}

func ExampleTest() {
	policy := health.Policy{Signals: []health.Signal{{
		Name: "e2e", Judge: health.Test{Suite: "checkout", FailureLimit: 1}, Every: time.Minute,
	}}}.Normalize()

	var e health.Evidence
	for i, run := range []health.Sample{
		{Candidate: health.Arm{Exposure: 1, Bad: 1}, Reason: "expected 3 items, got 2"},
		{Candidate: health.Arm{Exposure: 1}},
		{Fetch: health.Error, Reason: "not finished after 5m"},
	} {
		run.From = noon.Add(time.Duration(i) * time.Minute)
		run.To = run.From.Add(time.Minute)
		policy.Signals[0].Fold(&e, &run)
		fmt.Printf("%-12s  %s\n", e.Verdict, policy.Explain(0, &e, e.Through))
	}
	// Output:
	// inconclusive  e2e: the test checkout failed; expected 3 items, got 2
	// healthy       e2e: the test checkout passed (1 of 2 runs failed)
	// error         e2e: the measurement went wrong; not finished after 5m
}
