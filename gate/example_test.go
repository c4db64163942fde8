package gate_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

// The first region bakes 1 h, each later one half of that, never below 10 min.
func ExampleBake() {
	bake := gate.Bake{For: time.Hour, Factor: 0.5, Min: 10 * time.Minute}
	for earlier := range 5 {
		fmt.Println(bake.Need(earlier))
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	facts := gate.NewFacts(now, &gate.Ledger{Healthy: 12 * time.Minute, Earlier: 1}, nil)
	fmt.Println(bake.Evaluate(facts).Answer)
	fmt.Println(bake.Explain(facts))
	// Output:
	// 1h0m0s
	// 30m0s
	// 15m0s
	// 10m0s
	// 10m0s
	// wait
	// bake: 12m of 30m healthy, shortened from 1h
}

func ExampleRequests() {
	requests := gate.Requests{Min: 5000, Endpoint: "POST /orders"}
	fmt.Println(requests.Counts()[0].Endpoint) // what the ledger must count for it

	ledger := gate.Ledger{Counts: []gate.Count{{Signal: "errors", Endpoint: "POST /orders", N: 412}}}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fmt.Println(requests.Explain(gate.NewFacts(now, &ledger, nil)))
	// Output:
	// POST /orders
	// requests: 412 of 5000 to POST /orders
}

func ExampleHealthy() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ledger := gate.Ledger{Signals: []gate.Signal{
		{Name: "errors", Verdict: health.Healthy, Since: now.Add(-3 * time.Minute)},
		{Name: "latency", Verdict: health.Healthy, Since: now.Add(-time.Hour)},
	}}
	healthy := gate.Healthy{For: 5 * time.Minute}
	d := healthy.Evaluate(gate.NewFacts(now, &ledger, nil))
	fmt.Println(d.Answer, d.Next)
	fmt.Println(healthy.Explain(gate.NewFacts(now, &ledger, nil)))
	fmt.Println(healthy.Evaluate(gate.NewFacts(d.Next, &ledger, nil)).Answer)
	// Output:
	// wait 2026-03-01 12:02:00 +0000 UTC
	// healthy: 3m of 5m with errors healthy, look again at 2026-03-01T12:02:00Z
	// open
}

func ExampleAll() {
	gates := gate.All{
		gate.Bake{For: 10 * time.Minute},
		gate.Requests{Min: 5000, Endpoint: "POST /orders"},
		gate.Healthy{Signals: []string{"e2e"}},
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	facts := gate.NewFacts(now, &gate.Ledger{
		Healthy: 3*time.Minute + 12*time.Second,
		Counts:  []gate.Count{{Signal: "errors", Endpoint: "POST /orders", N: 412}},
		Signals: []gate.Signal{{Name: "e2e", Verdict: health.Healthy}},
	}, nil)
	reason := gates.Explain(facts)
	fmt.Println(reason)
	for _, line := range reason.Lines() {
		fmt.Println(line)
	}
	// Output:
	// bake: 3m12s of 10m healthy; requests: 412 of 5000 to POST /orders
	// wait all: 1 of 3 gates
	//   wait bake: 3m12s of 10m healthy
	//   wait requests: 412 of 5000 to POST /orders
	//   open healthy: 1 of 1 signals
	//     open healthy: e2e is healthy
}

func ExampleCompile() {
	_, err := gate.Compile([]gate.Gate{
		gate.Requests{Min: 100},
		gate.All{gate.Bake{For: -time.Minute, Factor: 2}},
	})
	fmt.Println(err)
	// Output:
	// [1].all[0].bake.for: -1m must not be negative
	// [1].all[0].bake.factor: 2 must be above 0 and at most 1
}

// Ticket is open while the host vouches for an open change ticket.
type Ticket struct {
	MaxAge time.Duration `json:"maxAge"`
}

func (Ticket) Kind() string { return "ticket" }

func (t Ticket) Evaluate(f gate.Facts) gate.Decision {
	fact, ok := f.Fact("ticket")
	stale := fact.At.Add(t.MaxAge)
	if !ok || !f.Now().Before(stale) {
		return gate.Decision{Answer: gate.Wait} // until the host says more
	}
	return gate.Decision{Answer: gate.Open, Next: stale} // time alone closes it
}

func (t Ticket) Explain(f gate.Facts) gate.Reason {
	d := t.Evaluate(f)
	return gate.Reason{Kind: t.Kind(), Answer: d.Answer, At: d.Next, Text: "a change ticket, not too old"}
}

// A gate of one's own reads what the host vouches for.
func ExampleGate() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ticket := Ticket{MaxAge: 5 * time.Minute}
	vouched := []gate.Fact{{Name: "ticket", Value: "CHG-7", At: now}}
	fmt.Println(ticket.Explain(gate.NewFacts(now, nil, nil)))
	fmt.Println(ticket.Evaluate(gate.NewFacts(now, nil, vouched)).Answer)
	fmt.Println(ticket.Evaluate(gate.NewFacts(now.Add(5*time.Minute), nil, vouched)).Answer)
	// Output:
	// ticket: a change ticket, not too old
	// open
	// wait
}
