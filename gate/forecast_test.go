package gate_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

// policy has a signal of every kind that can be forecast, and some that cannot.
func policy() *health.Policy {
	return &health.Policy{Proof: 0.05, Signals: []health.Signal{
		{Name: "no-margin", Judge: health.Compare{Bad: "b", Total: "t"}},
		{Name: "copies", Mirrored: true, Judge: health.Compare{Bad: "b", Total: "t", Margin: 2}},
		{Name: "shown", Advisory: true, Judge: health.Compare{Bad: "b", Total: "t", Margin: 3}},
		{Name: "limit", Judge: health.Threshold{Bad: "b", Total: "t", Max: 0.1}},
		{Name: "errors", Judge: health.Compare{Bad: "b", Total: "t", Margin: 1.5}},
		{Name: "latency", Judge: health.Latency{Histogram: "h", Objective: 0.25, Margin: 2}},
		{Name: "outage", Judge: health.Objective{Bad: "b", Total: "t", Max: 0.05}},
	}}
}

// placed is one gate at a step with that share.
func placed(t interface{ Fatal(...any) }, g gate.Gate, share float64) gate.Gate {
	gates, err := gate.Placed([]gate.Gate{g}, gate.Place{Stage: "eu", Step: "5%", Share: share, Policy: policy()})
	if err != nil {
		t.Fatal(err)
	}
	return gates[0]
}

func need(g gate.Gate) int64 { return gate.Wanted([]gate.Gate{g})[0].Need }

// The number is that of the forecast, whatever the rate.
func TestRequestsForecast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := policy()
		i := rapid.SampledFrom([]int{2, 4, 5, 6}).Draw(t, "signal")
		share := rapid.Float64Range(0.001, 0.999).Draw(t, "share")
		base := rapid.Float64Range(0.0001, 0.02).Draw(t, "base")
		rate := rapid.Float64Range(1000, 1e7).Draw(t, "rate")
		want := p.Forecast(i, health.Load{Candidate: rate * share, Stable: rate * (1 - share), Base: base}, 1).Requests
		got := need(placed(t, gate.Requests{Base: health.Probability(base), Signal: p.Signals[i].Name}, share))
		if math.Abs(float64(got)-math.Ceil(want)) > 1+3e-6*want {
			t.Fatalf("%d requests, forecast are %v", got, want)
		}
	})
}

func TestRequestsPlaced(t *testing.T) {
	for name, tc := range map[string]struct {
		gate  gate.Requests
		share float64
		words string
	}{
		"the first with a margin": {gate.Requests{Base: 0.005}, 0.05, "requests: 412 of 10023 on the candidate, as many as a 1.5x margin takes"},
		"the named one":           {gate.Requests{Base: 0.005, Signal: "shown"}, 0.05, "requests: 0 of 872 counted by shown, as many as a 3x margin takes"},
		"an objective":            {gate.Requests{Base: 0.005, Signal: "outage"}, 0.05, "requests: 0 of 127 counted by outage, as many as a proof of less than 5% takes"},
		"without a share":         {gate.Requests{Base: 0.005, Signal: "outage"}, 0, "requests: 0 of 127 counted by outage, as many as a proof of less than 5% takes"},
		"at least min":            {gate.Requests{Min: 20_000, Base: 0.005}, 0.05, "requests: 412 of 20000"},
		"without base":            {gate.Requests{Min: 2000}, 0, "requests: 412 of 2000"},
	} {
		f := facts(gate.Ledger{Counts: []gate.Count{{Signal: "errors", N: 412}}})
		if got := placed(t, tc.gate, tc.share).Explain(f).String(); got != tc.words {
			t.Errorf("%s: %q, want %q", name, got, tc.words)
		}
	}
}

// It opens with the last request of the number, and not before it is placed.
func TestRequestsPlacedOpens(t *testing.T) {
	r := gate.Requests{Min: 1, Base: 0.005, Signal: "errors"}
	ready := placed(t, r, 0.05)
	n := need(ready)
	for count, want := range map[float64]gate.Answer{float64(n) - 0.5: gate.Wait, float64(n): gate.Open} {
		f := facts(gate.Ledger{Counts: []gate.Count{{Signal: "errors", N: count}}})
		if d := ready.Evaluate(f); d != (gate.Decision{Answer: want}) {
			t.Errorf("%v of %d: %v", count, n, d)
		}
		if d := r.Evaluate(f); d != (gate.Decision{}) {
			t.Errorf("not placed: %v", d)
		}
		if got := r.Explain(f).String(); !strings.Contains(got, "not computed yet") {
			t.Error(got)
		}
	}
	again, err := gate.Placed([]gate.Gate{ready}, gate.Place{})
	if err != nil || again[0] != ready {
		t.Errorf("placed twice: %v, %v", again, err)
	}
}

func TestRequestsNotPlaced(t *testing.T) {
	nothing := &health.Policy{Signals: policy().Signals[:4]}
	for name, tc := range map[string]struct {
		gate   gate.Requests
		share  float64
		policy *health.Policy
		want   string
	}{
		"no margin":     {gate.Requests{Base: 0.005}, 0.05, nothing, "0.5% needs a signal that has a margin, such as compare: {margin: 1.5}"},
		"its margin":    {gate.Requests{Base: 0.005, Signal: "no-margin"}, 0.05, policy(), "0.5% needs a margin of signal no-margin, such as compare: {margin: 1.5}"},
		"a limit":       {gate.Requests{Base: 0.005, Signal: "limit"}, 0.05, policy(), "0.5% needs a margin of signal limit, such as compare: {margin: 1.5}"},
		"copies":        {gate.Requests{Base: 0.005, Signal: "copies"}, 0.05, policy(), "0.5% needs a signal of the requests that the candidate serves, and copies is none"},
		"no share":      {gate.Requests{Base: 0.005}, 0, policy(), "0.5% needs a step at which candidate and stable share the requests: signal errors compares them"},
		"all of them":   {gate.Requests{Base: 0.005}, 1, policy(), "0.5% needs a step at which candidate and stable share the requests: signal errors compares them"},
		"never reached": {gate.Requests{Base: 0.06, Signal: "outage"}, 0.05, policy(), "6% must be lower: signal outage would never find a proof of less than 5%"},
		"no policy":     {gate.Requests{Base: 0.005}, 0.05, nil, "0.5% needs a signal that has a margin, and there is no policy"},
	} {
		_, err := gate.Placed([]gate.Gate{gate.Bake{}, gate.All{tc.gate}}, gate.Place{Share: tc.share, Policy: tc.policy})
		if want := "[1].all[0].requests.base: " + tc.want; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestRequestsBaseProblems(t *testing.T) {
	_, err := gate.Compile([]gate.Gate{
		gate.Requests{Base: 0.01},
		gate.Requests{Base: 0.01, Min: -1},
		gate.Requests{Base: -0.01},
		gate.Requests{Base: health.Probability(math.NaN())},
		gate.Requests{Base: 1},
		gate.Requests{Base: 0.01, Endpoint: "GET /"},
	})
	want := []string{
		"[1].requests.min: -1 must not be negative",
		"[2].requests.base: -1% must be above 0% and below 100%",
		"[3].requests.base: NaN% must be above 0% and below 100%",
		"[4].requests.base: 100% must be above 0% and below 100%",
		"[5].requests.base: 1% must not be given with an endpoint: what is computed are all requests",
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("%v", err)
	}
}
