package gate_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/gate"
)

func TestRequests(t *testing.T) {
	counts := []gate.Count{
		{Signal: "errors", N: 9000.9},
		{Signal: "errors", Endpoint: "POST /orders", N: 412.7},
		{Signal: "latency", Endpoint: "POST /orders", N: 500},
	}
	for _, tc := range []struct {
		name   string
		gate   gate.Requests
		counts []gate.Count
		want   gate.Answer
		words  string
	}{
		{"nothing counted", gate.Requests{Min: 1}, nil, gate.Wait, "requests: 0 of 1"},
		{"all endpoints", gate.Requests{Min: 9000}, counts, gate.Open, "requests: 9000 of 9000"},
		{"part of one is none", gate.Requests{Min: 9001}, counts, gate.Wait, "requests: 9000 of 9001"},
		{
			"one endpoint, the first",
			gate.Requests{Min: 5000, Endpoint: "POST /orders"},
			counts, gate.Wait,
			"requests: 412 of 5000 to POST /orders",
		},
		{
			"by one signal",
			gate.Requests{Min: 413, Endpoint: "POST /orders", Signal: "errors"},
			counts, gate.Wait,
			"requests: 412 of 413 to POST /orders counted by errors",
		},
		{"by a signal that does not count", gate.Requests{Min: 1, Signal: "e2e"}, counts, gate.Wait, "requests: 0 of 1 counted by e2e"},
		{"all are not the first endpoint", gate.Requests{Min: 1}, counts[1:], gate.Wait, "requests: 0 of 1"},
		{"another endpoint", gate.Requests{Min: 1, Endpoint: "GET /"}, counts, gate.Wait, "requests: 0 of 1 to GET /"},
		{"zero asks for one", gate.Requests{}, nil, gate.Wait, "requests: 0 of 1"},
		{"negative too", gate.Requests{Min: math.MinInt64}, nil, gate.Wait, "requests: 0 of 1"},
		{"not a number", gate.Requests{Min: 1}, []gate.Count{{N: math.NaN()}}, gate.Wait, "requests: 0 of 1"},
		{"infinite", gate.Requests{Min: 1}, []gate.Count{{N: math.Inf(1)}}, gate.Wait, "requests: 0 of 1"},
		{"negative count", gate.Requests{Min: 1}, []gate.Count{{N: -1e300}}, gate.Wait, "requests: 0 of 1"},
		{"a number beside none", gate.Requests{Min: 2}, []gate.Count{{N: math.NaN()}, {Signal: "x", N: 2}, {N: math.Inf(1)}}, gate.Wait, "requests: 0 of 2"},
		{"huge", gate.Requests{Min: math.MaxInt64}, []gate.Count{{N: 1e300}}, gate.Open, ""},
	} {
		f := facts(gate.Ledger{Counts: tc.counts})
		if d := tc.gate.Evaluate(f); d != (gate.Decision{Answer: tc.want}) {
			t.Errorf("%s: %v, want %v", tc.name, d, tc.want)
		}
		if got := tc.gate.Explain(f).String(); got != tc.words && tc.words != "" {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.words)
		}
	}
	want := []gate.Count{{Signal: "errors", Endpoint: "GET /", Need: 7}}
	if diff := cmp.Diff(want, gate.Requests{Min: 7, Signal: "errors", Endpoint: "GET /"}.Counts()); diff != "" {
		t.Error(diff)
	}
}
