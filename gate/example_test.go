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

func ExampleBake_early() {
	bake := gate.Bake{For: 30 * time.Minute, Min: 10 * time.Minute, Early: true}
	ledger := gate.Ledger{Healthy: 12 * time.Minute, Serving: 3, Warm: 3, Signals: []gate.Signal{
		{Name: "errors", Verdict: health.Healthy, Provable: true},
	}}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fmt.Println(bake.Explain(gate.NewFacts(now, &ledger, nil)))
	ledger.Signals[0].Proven = true
	fmt.Println(bake.Explain(gate.NewFacts(now, &ledger, nil)))
	// Output:
	// bake: 12m of 30m healthy, not ended early: errors is not proven
	// bake: ended early after 12m of 30m: proven
}

func ExamplePeak() {
	evening := gate.Hours{Days: gate.EveryDay, From: 18 * time.Hour, To: 21 * time.Hour}
	gates, err := gate.Compile([]gate.Gate{
		gate.Bake{For: time.Hour, Peak: &gate.Peak{Zone: "Europe/Berlin", Hours: evening}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	peak := gate.Peaks(gates)[0] // a rollout keeps it in the ledger
	entry := peak.Entry()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) // 13:00 in Berlin
	entry.Healthy = peak.Within(noon, noon.Add(5*time.Hour+20*time.Minute))
	ledger := gate.Ledger{Healthy: 5 * time.Hour, Peaks: []gate.Covered{entry}}
	fmt.Println(gates[0].Explain(gate.NewFacts(noon, &ledger, nil)))
	// Output:
	// bake: 20m of 3h in 18:00-21:00 Europe/Berlin
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
	ledger := gate.Ledger{Digest: "sha256:4a1", Signals: []gate.Signal{
		{Name: "errors", Verdict: health.Healthy, Healthy: 3 * time.Minute},
		{Name: "e2e", Verdict: health.Healthy, Healthy: time.Hour, Digest: "sha256:9f0"},
	}}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	facts := gate.NewFacts(now, &ledger, nil)
	fmt.Println(gate.Healthy{For: 5 * time.Minute}.Explain(facts))
	fmt.Println(gate.Healthy{Signals: []string{"e2e"}, Digest: true}.Explain(facts))
	// Output:
	// healthy: 3m of 5m with errors healthy
	// healthy: e2e is healthy for another artifact, sha256:9f0
}

func ExampleFact() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lease := gate.Fact{Name: "deploys/eu", Value: "held", MaxAge: time.Minute}
	vouched := []gate.Vouched{{Name: "deploys/eu", Value: "held", At: now.Add(-10 * time.Second)}}
	fmt.Println(lease.Explain(gate.NewFacts(now, nil, nil)))
	fmt.Println(lease.Explain(gate.NewFacts(now, nil, vouched)))
	fmt.Println(lease.Explain(gate.NewFacts(now.Add(time.Minute), nil, vouched)))
	// Output:
	// fact: deploys/eu is not known
	// fact: deploys/eu is held, look again at 2026-03-01T12:00:50Z
	// fact: deploys/eu was known 1m10s ago, and is too old after 1m
}

func ExampleAny() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	facts := gate.NewFacts(now, &gate.Ledger{Healthy: time.Hour}, nil)
	long := gate.Named{Name: "seen for long", Gate: gate.Bake{For: 4 * time.Hour}}
	much := gate.Named{Name: "seen by many", Gate: gate.All{gate.Bake{For: 10 * time.Minute}, gate.Requests{Min: 50_000}}}
	fmt.Println(gate.Any{long, much}.Explain(facts))
	fmt.Println(gate.AtLeast{N: 2, Of: []gate.Gate{long, much, gate.Bake{For: time.Hour}}}.Explain(facts))
	// Output:
	// any of: seen for long (bake: 1h of 4h healthy); seen by many (requests: 0 of 50000)
	// at least 2 of: seen for long (bake: 1h of 4h healthy); seen by many (requests: 0 of 50000)
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
	fact, ok := f.Vouched("ticket")
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
	vouched := []gate.Vouched{{Name: "ticket", Value: "CHG-7", At: now}}
	fmt.Println(ticket.Explain(gate.NewFacts(now, nil, nil)))
	fmt.Println(ticket.Evaluate(gate.NewFacts(now, nil, vouched)).Answer)
	fmt.Println(ticket.Evaluate(gate.NewFacts(now.Add(5*time.Minute), nil, vouched)).Answer)
	// Output:
	// ticket: a change ticket, not too old
	// open
	// wait
}

// Two people decide, neither of them the author, and see what they decide on.
func ExampleApproval() {
	approval := gate.Approval{Count: 2, Roles: []string{"release-manager"}, NotAuthor: true}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ledger := gate.Ledger{
		Stage: "eu", Step: "10%", Digest: "sha256:4a1", Reached: now.Add(-time.Hour), Healthy: 58 * time.Minute,
		Counts: []gate.Count{{Signal: "errors", N: 41230}, {Signal: "errors", Endpoint: "POST /orders", N: 5120}},
		Signals: []gate.Signal{
			{Name: "errors", Verdict: health.Healthy, Since: now.Add(-58 * time.Minute), Healthy: 58 * time.Minute},
			{Name: "latency", Verdict: health.Inconclusive, Since: now.Add(-3 * time.Minute), Advisory: true},
		},
		Votes: []gate.Vote{{
			By: "ann", Roles: []string{"release-manager"}, Kind: gate.Approve,
			Stage: "eu", Step: "10%", Digest: "sha256:4a1", At: now.Add(-5 * time.Minute),
		}},
	}
	facts := gate.NewFacts(now, &ledger, nil).With(&gate.Brief{
		Release: "checkout", Version: "2.1.0", Replaces: "2.0.4", Author: "bob",
		Notes: "The tax of an order is rounded once, not for each item.\nOrders can have two addresses.",
		Risk:  "totals may differ by a cent from those of 2.0.4",
		Next:  "step 10% is left for 50%: 50% of the requests",
		Back:  "2.0.4, at once",
	})
	reason := approval.Explain(facts)
	fmt.Println(reason)
	for _, line := range reason.Lines() {
		fmt.Println(line)
	}
	// Output:
	// approval: 1 of 2 approvals by release-manager, not the author, given by ann
	// wait approval: 1 of 2 approvals by release-manager, not the author, given by ann
	//   release: checkout 2.1.0 in place of 2.0.4, by bob
	//   artifact: sha256:4a1
	//   changes:
	//     The tax of an order is rounded once, not for each item.
	//     Orders can have two addresses.
	//   risk: totals may differ by a cent from those of 2.0.4
	//   where: step 10% of stage eu for 1h, since 2026-03-01T11:00:00Z
	//   so far: 58m of healthy time, 41230 requests, 5120 to POST /orders
	//   signal errors is healthy for 58m, measured for 58m
	//   signal latency, which only advises, is inconclusive for 3m
	//   what happens next: step 10% is left for 50%: 50% of the requests
	//   what can be gone back to: 2.0.4, at once
}
