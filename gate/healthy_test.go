package gate_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

func TestHealthy(t *testing.T) {
	errors := gate.Signal{Name: "errors", Verdict: health.Healthy, Healthy: 3 * time.Minute, Passes: 3, Digest: "sha256:1"}
	latency := gate.Signal{Name: "latency", Verdict: health.Healthy, Since: noon.Add(-time.Hour), Healthy: time.Minute, Passes: 9, Digest: "sha256:2"}
	degraded := gate.Signal{Name: "e2e", Verdict: health.Degraded, Healthy: time.Hour, Passes: 9}
	advisory := gate.Signal{Name: "cpu", Verdict: health.Degraded, Advisory: true}
	idle := gate.Signal{Name: "shadow", Unmeasured: true}
	harmful := gate.Signal{Name: "shadow", Verdict: health.Degraded, Unmeasured: true}
	praised := gate.Signal{Name: "cpu", Verdict: health.Healthy, Advisory: true}
	for _, tc := range []struct {
		name    string
		gate    gate.Healthy
		signals []gate.Signal
		want    gate.Answer
		words   string
	}{
		{"no signals at all", gate.Healthy{}, nil, gate.Wait, "healthy: there are no signals that count"},
		{"all are", gate.Healthy{}, []gate.Signal{errors, latency}, gate.Open, "healthy: errors is healthy, latency is healthy"},
		{"one is not", gate.Healthy{}, []gate.Signal{errors, degraded}, gate.Wait, "healthy: e2e is degraded"},
		{"one that is not asked for", gate.Healthy{Signals: []string{"errors"}}, []gate.Signal{degraded, errors}, gate.Open, "healthy: errors is healthy"},
		{"advisory ones do not count", gate.Healthy{}, []gate.Signal{advisory, errors}, gate.Open, "healthy: errors is healthy"},
		{"and advisory ones alone are none", gate.Healthy{}, []gate.Signal{praised}, gate.Wait, "healthy: there are no signals that count"},
		{"unless they are named", gate.Healthy{Signals: []string{"cpu"}}, []gate.Signal{advisory, errors}, gate.Wait, "healthy: cpu is degraded"},
		{"what cannot be measured does not count", gate.Healthy{}, []gate.Signal{idle, errors}, gate.Open, "healthy: errors is healthy"},
		{"and that alone is nothing", gate.Healthy{}, []gate.Signal{idle}, gate.Wait, "healthy: there are no signals that count"},
		{"unless it has shown harm", gate.Healthy{}, []gate.Signal{harmful, errors}, gate.Wait, "healthy: shadow is degraded"},
		{"or is named", gate.Healthy{Signals: []string{"shadow", "errors"}}, []gate.Signal{idle, errors}, gate.Wait, "healthy: shadow is not measured at this step"},
		{"one that there is not", gate.Healthy{Signals: []string{"errors", "cpu"}}, []gate.Signal{errors}, gate.Wait, "healthy: cpu is not measured"},
		{"nothing seen yet", gate.Healthy{}, []gate.Signal{{Name: "cpu"}}, gate.Wait, "healthy: cpu is noData"},
		{"a verdict nobody knows", gate.Healthy{}, []gate.Signal{{Name: "cpu", Verdict: "fine"}}, gate.Wait, "healthy: cpu is fine"},
		{"inconclusive", gate.Healthy{}, []gate.Signal{{Name: "cpu", Verdict: health.Inconclusive}}, gate.Wait, "healthy: cpu is inconclusive"},
		{
			"for not long enough",
			gate.Healthy{For: 5 * time.Minute},
			[]gate.Signal{errors},
			gate.Wait,
			"healthy: 3m of 5m with errors healthy",
		},
		{"the last one decides", gate.Healthy{For: 5 * time.Minute}, []gate.Signal{errors, latency}, gate.Wait, ""},
		{"in any order", gate.Healthy{For: 5 * time.Minute}, []gate.Signal{latency, errors}, gate.Wait, ""},
		{"time does not heal", gate.Healthy{For: 5 * time.Minute}, []gate.Signal{errors, degraded, latency}, gate.Wait, ""},
		{"one is up, one is not", gate.Healthy{For: 2 * time.Minute}, []gate.Signal{errors, latency}, gate.Wait, ""},
		{"exactly long enough", gate.Healthy{For: 3 * time.Minute}, []gate.Signal{errors}, gate.Open, "healthy: errors is healthy"},
		{"one nanosecond too short", gate.Healthy{For: 3*time.Minute + 1}, []gate.Signal{errors}, gate.Wait, ""},
		{"of this artifact", gate.Healthy{Signals: []string{"errors"}, Digest: true}, []gate.Signal{latency, errors}, gate.Open, "healthy: errors is healthy"},
		{"of another one", gate.Healthy{Digest: true}, []gate.Signal{latency, errors}, gate.Wait, "healthy: latency is healthy for another artifact, sha256:2"},
		{"of which is not said", gate.Healthy{Digest: true}, []gate.Signal{{Name: "cpu", Verdict: health.Healthy}}, gate.Wait, "healthy: of which artifact cpu is healthy is not said"},
		{"often enough", gate.Healthy{Passes: 3}, []gate.Signal{errors}, gate.Open, ""},
		{
			"not often enough",
			gate.Healthy{Passes: 4, For: time.Hour},
			[]gate.Signal{errors, latency},
			gate.Wait,
			"healthy: 3 of 4 intervals in a row with errors healthy, 1m of 1h with latency healthy",
		},
		{"negative asks for nothing more", gate.Healthy{Passes: -1, For: -1}, []gate.Signal{errors}, gate.Open, ""},
	} {
		f := facts(gate.Ledger{Digest: "sha256:1", Signals: tc.signals})
		want := gate.Decision{Answer: tc.want}
		if d := tc.gate.Evaluate(f); d != want {
			t.Errorf("%s: %v, want %v", tc.name, d, want)
		}
		if r := tc.gate.Explain(f); r.Answer != want.Answer || r.At != want.Next || int(r.Need) != len(r.Parts) {
			t.Errorf("%s: %+v, want %v", tc.name, r, want)
		}
		if got := tc.gate.Explain(f).String(); got != tc.words && tc.words != "" {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.words)
		}
	}
}

// Of a release without a digest nothing was tested, whatever does not say of which.
func TestHealthyWithoutDigest(t *testing.T) {
	l := gate.Ledger{Signals: []gate.Signal{{Name: "e2e", Verdict: health.Healthy}}}
	if d := (gate.Healthy{Digest: true}).Evaluate(facts(l)); d.Answer != gate.Wait {
		t.Errorf("%v", d)
	}
}

// TestNamedIsAskedForWhereItIsNotMeasured: who names a signal is not content with what
// it said where it was measured.
func TestNamedIsAskedForWhereItIsNotMeasured(t *testing.T) {
	l := gate.Ledger{Signals: []gate.Signal{{Name: "errors", Verdict: health.Healthy, Unmeasured: true}, {Name: "shadow", Verdict: health.Healthy}}}
	for _, c := range []struct {
		gate gate.Healthy
		want gate.Answer
	}{
		{gate.Healthy{}, gate.Open},
		{gate.Healthy{Signals: []string{"shadow"}}, gate.Open},
		{gate.Healthy{Signals: []string{"errors"}}, gate.Wait},
		{gate.Healthy{Signals: []string{"shadow", "errors"}}, gate.Wait},
	} {
		if got := c.gate.Evaluate(gate.NewFacts(noon, &l, nil)).Answer; got != c.want {
			t.Errorf("%v: %v", c.gate.Signals, got)
		}
	}
}
