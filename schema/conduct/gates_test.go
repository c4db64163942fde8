package conduct_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/conduct"
)

// TestGates: a contract step waits for its needs, for the rollout that could still go back, and for a toggle.
func TestGates(t *testing.T) {
	c := conductor(t, rename(), map[string][]gate.Gate{"drop a": {gate.Fact{Name: "toggle/read-b", Value: "on"}}})
	gates, err := c.Gates("drop a")
	if err != nil {
		t.Fatal(err)
	}
	unused := schema.Condition{Is: schema.Unused, Form: "a"}
	all := conduct.Seen{At: noon, Holds: []schema.Condition{unused}, Settled: []string{"deploy v4"}}.Facts()
	all = append(all, gate.Vouched{Name: "toggle/read-b", Value: "on", At: noon})
	ask := func(now time.Time, facts []gate.Vouched) gate.Answer {
		return gates.Evaluate(gate.NewFacts(now, &gate.Ledger{}, facts)).Answer
	}
	if ask(noon, all) != gate.Open {
		t.Error("closed although all holds")
	}
	for i := range all {
		aged := slices.Clone(all)
		aged[i].At = noon.Add(-5 * time.Minute)
		if ask(noon, aged) != gate.Wait {
			t.Errorf("open on %s of five minutes ago", aged[i].Name)
		}
	}
	if len(all) != 3 {
		t.Fatalf("facts %v", all)
	}
	for i := range all {
		if ask(noon, slices.Delete(slices.Clone(all), i, i+1)) != gate.Wait {
			t.Errorf("open without %s", all[i].Name)
		}
	}
	if _, err := c.Gates("never"); err == nil {
		t.Error("a step that is not in the plan has gates")
	}
}

// TestSettled: relaxing does not take v2 from the rollout of v3, and needs not wait for it; deploying v4 does.
func TestSettled(t *testing.T) {
	c := conductor(t, rename(), nil)
	for step, want := range map[string][]string{
		"add b": nil, "deploy v2": nil, "backfill": nil, "deploy v3": {"deploy v2"}, "relax a": nil, "deploy v4": {"deploy v3"}, "drop a": {"deploy v4"},
	} {
		gates, err := c.Gates(step)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range gates {
			if f, ok := g.(gate.Fact); ok && strings.HasPrefix(f.Name, "schema/settled/") {
				got = append(got, strings.TrimPrefix(f.Name, "schema/settled/"))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s waits for the rollouts of %q, want %q", step, got, want)
		}
	}
}

// TestFactNames: no two conditions have one name.
func TestFactNames(t *testing.T) {
	words := []string{"", "a", "b", "=b", "a=", "a/b", "/", "%", "%3D", "=", "proven", "app@v1"}
	var all []schema.Condition
	for _, one := range words {
		all = append(all, drained(one))
		for _, is := range []schema.Is{schema.Unused, schema.Expired, schema.CaughtUp} {
			all = append(all, schema.Condition{Is: is, Form: one}, schema.Condition{Is: is, Form: one, Once: true})
		}
		for _, other := range words {
			for _, once := range []bool{false, true} {
				all = append(
					all, schema.Condition{Is: schema.Maintained, Form: one, From: other, Once: once},
					schema.Condition{Is: schema.Proven, Form: one, From: other, Once: once},
					schema.Condition{Is: schema.Absent, Form: one, Value: other, Once: once},
				)
			}
		}
	}
	seen := map[string]schema.Condition{}
	for _, c := range all {
		name := conduct.FactName(c)
		if other, known := seen[name]; known {
			t.Errorf("%+v and %+v are both %s", other, c, name)
		}
		seen[name] = c
	}
}

// TestNextDeploymentWaits: one rollout of a service at a time, also where the second forgoes nothing.
func TestNextDeploymentWaits(t *testing.T) {
	p := rename()
	again := p.Versions[1]
	again.Name = "v2b"
	p.Versions = []schema.Version{p.Versions[0], p.Versions[1], again}
	p.Steps = append(slices.Clone(p.Steps[:2]), schema.Step{Name: "deploy v2b", Phase: schema.DeployPhase, Deploy: "app@v2b"})
	p.Steps = append(p.Steps, schema.Step{Name: "alone", Phase: schema.Prove, Needs: []schema.Condition{drained("app@v1"), drained("app@v2")}})
	p.Goal = schema.World{Forms: []string{"a", "b"}, Running: []string{"app@v2b"}, Refuses: p.Start.Refuses}
	gates, err := conductor(t, p, nil).Gates("deploy v2b")
	if err != nil || len(gates) != 1 || gates[0].(gate.Fact).Name != "schema/settled/deploy v2" {
		t.Errorf("%v, %v", gates, err)
	}
}

func TestFactsAreListedOnce(t *testing.T) {
	got := conduct.Seen{At: noon, Holds: []schema.Condition{proven, proven}, World: schema.World{Running: []string{"app@v1"}}}.Facts()
	if len(got) != 2 || got[0].Name != "schema/proven/b=a" || got[1].Name != "schema/runs/app@v1" || !got[0].At.Equal(noon) {
		t.Errorf("%v", got)
	}
}
