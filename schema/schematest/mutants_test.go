package schematest_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/schematest"
)

// mutants are a plan without one of its steps or needs, and with neighbours in the other order.
func mutants(p schema.Plan) (out []schema.Plan) {
	add := func(what string, change func(*schema.Plan)) {
		m := p
		m.Steps = slices.Clone(p.Steps)
		m.Name = p.Name + ", " + what
		change(&m)
		out = append(out, m)
	}
	for i, s := range p.Steps {
		add("without "+s.Name, func(m *schema.Plan) { m.Steps = slices.Delete(m.Steps, i, i+1) })
		if i > 0 {
			add("earlier: "+s.Name, func(m *schema.Plan) { m.Steps[i-1], m.Steps[i] = m.Steps[i], m.Steps[i-1] })
		}
		for k, n := range s.Needs {
			add(fmt.Sprintf("%s without %s", s.Name, n), func(m *schema.Plan) {
				m.Steps[i].Needs = slices.Delete(slices.Clone(s.Needs), k, k+1)
			})
		}
	}
	return out
}

// narrow is a horizon that has only what was deployed last.
func narrow(p schema.Plan) []schema.Row {
	rows := []schema.Row{{After: "start", Back: p.Start.Running}}
	for i, s := range p.Steps {
		rows = append(rows, schema.Row{After: s.Name, Back: rows[i].Back})
		if s.Deploy != "" {
			rows[i+1].Back = []string{s.Deploy}
		}
	}
	return rows
}

// TestAgreesWithVerify: an application that is what its plan says passes wherever the plan is safe, and where the plan is not
// what goes wrong is found here as well. That the goal is not reached only Verify can see.
func TestAgreesWithVerify(t *testing.T) {
	safe, found := 0, 0
	for _, plan := range []schema.Plan{rename(), triggers(), required()} {
		for _, m := range mutants(plan) {
			m, err := schema.Declare(m, schema.Options{})
			if err != nil {
				t.Fatal(err)
			}
			result, err := schema.Verify(m, schema.Options{})
			if err != nil {
				t.Fatal(err)
			}
			rows := result.Horizon
			if len(rows) != len(m.Steps)+1 {
				rows = narrow(m) // it was not safe without anybody going back
			}
			err = schematest.Test(m, &toy{plan: m}, schematest.Options{Horizon: rows, Schedules: 200})
			var f *schematest.Failure
			switch {
			case err != nil && !errors.As(err, &f):
				t.Fatal(err)
			case result.Safe && err != nil:
				t.Errorf("%s is safe: %v", m.Name, err)
			case result.Safe:
				safe++
			case err == nil && result.Counterexample.Kind != schema.Stuck:
				t.Errorf("%s is not safe, and nothing was found: %s", m.Name, result.Explain())
			case err != nil:
				found++
			}
		}
	}
	t.Logf("%d mutants are safe and pass, %d are not and fail", safe, found)
	if safe < 5 || found < 10 {
		t.Error("too few mutants of a kind")
	}
}
