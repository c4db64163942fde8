package gate_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

func TestHealthy(t *testing.T) {
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	errors := gate.Signal{Name: "errors", Verdict: health.Healthy, Since: ago(3 * time.Minute), Passes: 3}
	latency := gate.Signal{Name: "latency", Verdict: health.Healthy, Since: ago(time.Minute), Passes: 9}
	degraded := gate.Signal{Name: "e2e", Verdict: health.Degraded, Since: ago(time.Hour), Passes: 9}
	advisory := gate.Signal{Name: "cpu", Verdict: health.Degraded, Advisory: true}
	idle := gate.Signal{Name: "shadow", Unmeasured: true}
	harmful := gate.Signal{Name: "shadow", Verdict: health.Degraded, Unmeasured: true}
	praised := gate.Signal{Name: "cpu", Verdict: health.Healthy, Advisory: true}
	for _, tc := range []struct {
		name    string
		gate    gate.Healthy
		signals []gate.Signal
		want    gate.Answer
		next    time.Duration // from now; zero is none
		words   string
	}{
		{"no signals at all", gate.Healthy{}, nil, gate.Wait, 0, "healthy: there are no signals that count"},
		{"all are", gate.Healthy{}, []gate.Signal{errors, latency}, gate.Open, 0, "healthy: errors is healthy, latency is healthy"},
		{"one is not", gate.Healthy{}, []gate.Signal{errors, degraded}, gate.Wait, 0, "healthy: e2e is degraded"},
		{"one that is not asked for", gate.Healthy{Signals: []string{"errors"}}, []gate.Signal{degraded, errors}, gate.Open, 0, "healthy: errors is healthy"},
		{"advisory ones do not count", gate.Healthy{}, []gate.Signal{advisory, errors}, gate.Open, 0, "healthy: errors is healthy"},
		{"and advisory ones alone are none", gate.Healthy{}, []gate.Signal{praised}, gate.Wait, 0, "healthy: there are no signals that count"},
		{"unless they are named", gate.Healthy{Signals: []string{"cpu"}}, []gate.Signal{advisory, errors}, gate.Wait, 0, "healthy: cpu is degraded"},
		{"what cannot be measured does not count", gate.Healthy{}, []gate.Signal{idle, errors}, gate.Open, 0, "healthy: errors is healthy"},
		{"and that alone is nothing", gate.Healthy{}, []gate.Signal{idle}, gate.Wait, 0, "healthy: there are no signals that count"},
		{"unless it has shown harm", gate.Healthy{}, []gate.Signal{harmful, errors}, gate.Wait, 0, "healthy: shadow is degraded"},
		{"or is named", gate.Healthy{Signals: []string{"shadow", "errors"}}, []gate.Signal{idle, errors}, gate.Wait, 0, "healthy: shadow is not measured at this step"},
		{"one that there is not", gate.Healthy{Signals: []string{"errors", "cpu"}}, []gate.Signal{errors}, gate.Wait, 0, "healthy: cpu is not measured"},
		{"nothing seen yet", gate.Healthy{}, []gate.Signal{{Name: "cpu"}}, gate.Wait, 0, "healthy: cpu is noData"},
		{"a verdict nobody knows", gate.Healthy{}, []gate.Signal{{Name: "cpu", Verdict: "fine"}}, gate.Wait, 0, "healthy: cpu is fine"},
		{"inconclusive", gate.Healthy{}, []gate.Signal{{Name: "cpu", Verdict: health.Inconclusive}}, gate.Wait, 0, "healthy: cpu is inconclusive"},
		{
			"for not long enough",
			gate.Healthy{For: 5 * time.Minute},
			[]gate.Signal{errors},
			gate.Wait, 2 * time.Minute,
			"healthy: 3m of 5m with errors healthy, look again at 2026-03-01T12:02:00Z",
		},
		{"the last one decides", gate.Healthy{For: 5 * time.Minute}, []gate.Signal{errors, latency}, gate.Wait, 4 * time.Minute, ""},
		{"in any order", gate.Healthy{For: 5 * time.Minute}, []gate.Signal{latency, errors}, gate.Wait, 4 * time.Minute, ""},
		{"time does not heal", gate.Healthy{For: 5 * time.Minute}, []gate.Signal{errors, degraded, latency}, gate.Wait, 0, ""},
		{"one is up, one is not", gate.Healthy{For: 2 * time.Minute}, []gate.Signal{errors, latency}, gate.Wait, time.Minute, ""},
		{"exactly long enough", gate.Healthy{For: 3 * time.Minute}, []gate.Signal{errors}, gate.Open, 0, "healthy: errors is healthy"},
		{"one nanosecond too short", gate.Healthy{For: 3*time.Minute + 1}, []gate.Signal{errors}, gate.Wait, 1, ""},
		{
			"since nobody knows when",
			gate.Healthy{For: 1},
			[]gate.Signal{{Name: "cpu", Verdict: health.Healthy}},
			gate.Wait, 0,
			"healthy: since when cpu is healthy is not known",
		},
		{
			"since a time to come",
			gate.Healthy{For: time.Minute},
			[]gate.Signal{{Name: "cpu", Verdict: health.Healthy, Since: noon.Add(time.Minute)}},
			gate.Wait, 2 * time.Minute,
			"healthy: 0s of 1m with cpu healthy, look again at 2026-03-01T12:02:00Z",
		},
		{"often enough", gate.Healthy{Passes: 3}, []gate.Signal{errors}, gate.Open, 0, ""},
		{
			"not often enough",
			gate.Healthy{Passes: 4, For: time.Hour},
			[]gate.Signal{errors, latency},
			gate.Wait, 0,
			"healthy: 3 of 4 intervals in a row with errors healthy, 1m of 1h with latency healthy, look again at 2026-03-01T12:59:00Z",
		},
		{"negative asks for nothing more", gate.Healthy{Passes: -1, For: -1}, []gate.Signal{errors}, gate.Open, 0, ""},
	} {
		f := facts(gate.Ledger{Signals: tc.signals})
		want := gate.Decision{Answer: tc.want}
		if tc.next != 0 {
			want.Next = noon.Add(tc.next)
		}
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

// An instant beyond what a time can hold must not turn into one long past.
func TestHealthyAtTheEndOfTime(t *testing.T) {
	signal := gate.Signal{Name: "cpu", Verdict: health.Healthy, Since: time.Unix(1<<63-62135596801, 999_999_999)}
	d := gate.Healthy{For: time.Hour}.Evaluate(facts(gate.Ledger{Signals: []gate.Signal{signal}}))
	if d.Answer != gate.Wait {
		t.Errorf("%v, want to wait", d)
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
