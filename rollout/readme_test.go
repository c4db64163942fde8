package rollout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// readmeBlock is the first block of the README in a section, and what comes after it.
func readmeBlock(t *testing.T, text, mark string) (block, rest string) {
	t.Helper()
	_, block, found := strings.Cut(text, mark+"\n")
	block, rest, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatalf("the README has no block %s", mark)
	}
	return strings.TrimSpace(block), rest
}

// TestReadmeGates compiles the stage that the README shows, with the policy that it shows
// before, and compares what its gates say with what the README says.
func TestReadmeGates(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	policy, _ := readmeBlock(t, string(data), "```json")
	_, section, _ := strings.Cut(string(data), "\n## Gates\n")
	stage, section := readmeBlock(t, section, "```json")
	shown, _ := readmeBlock(t, section, "```")

	plan := `{"release": {"name": "checkout", "version": "2.1.0", "author": "eve"}, "stages": [` + stage + `], ` + strings.TrimPrefix(policy, "{")
	var p rollout.Plan
	if err := p.UnmarshalJSON([]byte(plan)); err != nil {
		t.Fatal(err)
	}
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	gates, err := gate.Compile(p.Stages[0].Gates.Step)
	if err != nil {
		t.Fatal(err)
	}
	gates, err = gate.Placed(gates, gate.Place{Stage: "eu", Step: "5%", Share: 0.05, Policy: &p.Health})
	if err != nil {
		t.Fatal(err)
	}
	friday := time.Date(2026, 3, 6, 17, 0, 0, 0, time.UTC)
	facts := gate.NewFacts(friday, &gate.Ledger{
		Stage: "eu", Step: "5%", Reached: friday.Add(-43 * time.Minute), Healthy: 42 * time.Minute,
		Counts:  []gate.Count{{Signal: "errors", N: 4127}},
		Signals: []gate.Signal{{Name: "errors", Verdict: health.Healthy}, {Name: "latency", Verdict: health.Healthy}},
	}, nil).With(&gate.Brief{
		Release: "checkout", Version: "2.1.0", Replaces: "2.0.4", Notes: "card payments are retried", Risk: "retries twice",
		Next: "step 25% of stage eu", Back: "2.0.4, which still serves 95%",
	})
	reason := gate.All(gates).Explain(facts)
	lines := append([]string{reason.String(), ""}, reason.Lines()...)
	if diff := cmp.Diff(shown, strings.Join(lines, "\n")); diff != "" {
		t.Errorf("%s\nwant\n%s", diff, strings.Join(lines, "\n"))
	}
	for _, f := range m.LintGates("eu", friday) { // it is meant to be closed then
		if f.Path != "gates.entry[0].freeze" || f.Rule != gate.RuleClosed {
			t.Errorf("%+v", f)
		}
	}
}
