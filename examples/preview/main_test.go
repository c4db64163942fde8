package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected output anew: commit only what you can explain")

// now is some weeks before the freeze of the example.
var now = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// TestPreview compares what a person sees with what was read and found good.
func TestPreview(t *testing.T) {
	for name, args := range map[string][]string{ // order does not matter: each is a case of its own
		"default.txt":  {"-rate", "100", "-bad", "0.2"},
		"no-split.txt": {"-n", "4", "-rate", "10", "-split=false"},
		"large.txt":    {"-n", "10000", "-quota", "10001"},
	} {
		var out strings.Builder
		if err := run(args, &out, now); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, []byte(out.String()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestPreviewRefuses: everything that is wrong with a plan is said at once.
func TestPreviewRefuses(t *testing.T) {
	name := filepath.Join(t.TempDir(), "plan.json")
	plan := `{"release": {"name": "a", "version": "2"}, "stages": [{"name": "x", "strategy": {"canary": {"weights": ["10%", "5%"], "linear": 3}}}, {"name": "y", "strategy": {"abTest": {"share": "100%"}}}]}`
	if err := os.WriteFile(name, []byte(plan), 0o666); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err := run([]string{name}, &out, now)
	if err == nil {
		t.Fatalf("accepted:\n%s", &out)
	}
	for _, want := range []string{"stages[0].strategy.canary: at most one of weights, linear and exponential must be given", "stages[1].strategy.abTest.share: 100% must be 0% to below 100%"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %q", err, want)
		}
	}
}
