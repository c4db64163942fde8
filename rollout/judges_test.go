package rollout

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Every judge that a plan may name is read, checked, asked for and written again.
func TestBuiltinJudgesInPlans(t *testing.T) {
	text := `{"release":{"name":"checkout","version":"1.1.0"},"stages":[{"name":"eu","target":"eu","strategy":{"rolling":{}}}],
		"health":{"signals":[
			{"name":"alerts","alert":{"match":"{service=\"checkout\"}","consecutiveLimit":2}},
			{"name":"alive","probe":{"of":"liveness","http":"/healthz"}},
			{"name":"db","scope":"downstream","probe":{"tcp":"5432","consecutiveLimit":1}},
			{"name":"e2e","every":"1m","test":{"suite":"checkout","failureLimit":1}}]}}`
	var p Plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	want := []health.Judge{
		health.Alert{Match: `{service="checkout"}`, ConsecutiveLimit: 2},
		health.Probe{Of: "liveness", HTTP: "/healthz"},
		health.Probe{TCP: "5432", ConsecutiveLimit: 1},
		health.Test{Suite: "checkout", FailureLimit: 1},
	}
	for k := range want {
		if d := cmp.Diff(want[k], p.Health.Signals[k].Judge); d != "" {
			t.Errorf("signal %d (-want +got):\n%s", k, d)
		}
	}
	m, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []health.Measure{{Alert: `{service="checkout"}`}, {Probe: "http /healthz"}, {Probe: "tcp 5432"}, {Test: "checkout"}} {
		if got := m.stages[0].asks[k].measure; got != want {
			t.Errorf("signal %d is asked for as %+v", k, got)
		}
	}
	again, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Plan
	if err := json.Unmarshal(again, &back); err != nil {
		t.Fatalf("%s: %v", again, err)
	}
	if d := cmp.Diff(p.Health, back.Health); d != "" {
		t.Errorf("written and read (-want +got):\n%s", d)
	}
	p.Health.Signals[1].Judge = health.Probe{}
	if _, err := Compile(p); len(strict.Fields(err)) != 1 || strict.Fields(err)[0].Path != "health.signals[1].probe" {
		t.Errorf("a probe of nothing: %v", err)
	}
}
