package schema_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// After the writers were switched there is a way back to v2: by v3, which keeps both, and a backfill of what v4 left
// behind, which must not begin before v4 is gone.
func TestWayBackAfterTheWriteSwitch(t *testing.T) {
	p := declared(t, rename())
	back, err := schema.WayBack(p, "deploy v4", "app@v2", schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range back.Steps {
		names = append(names, s.Name)
	}
	if got, want := strings.Join(names, ", "), "go back to app@v3, fill a again, go back to app@v2, app@v2 alone"; got != want {
		t.Fatalf("steps %s, want %s", got, want)
	}
	// The backfill may begin too early: what it does is lost work, and is proven again. Nothing else may be left out.
	for i, s := range back.Steps[:3] {
		for k, need := range s.Needs {
			mutant := back
			mutant.Steps = slices.Clone(back.Steps)
			mutant.Steps[i].Needs = slices.Delete(slices.Clone(s.Needs), k, k+1)
			found, err := schema.Verify(mutant, schema.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if wasteful := s.Backfill != nil; found.Safe != wasteful {
				t.Errorf("without %q before %q: %s", need, s.Name, found.Explain())
			}
		}
	}
}

func TestNoWayBack(t *testing.T) {
	p := declared(t, rename())
	for _, c := range []struct{ after, to, wrong string }{
		{"drop a", "app@v3", "which does not exist"},
		{"drop a", "app@v1", "which does not exist"},
	} {
		_, err := schema.WayBack(p, c.after, c.to, schema.Options{})
		var none *schema.NoWayBack
		if !errors.As(err, &none) || !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("after %q to %s: %v", c.after, c.to, err)
		}
	}
}
