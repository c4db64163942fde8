package change_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// TestReadme plans the changes that the README shows, and compares the preview with the one there.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("explores for seconds what the other tests explore too")
	}
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\n## Schema changes\n")
	_, section, _ = strings.Cut(section, "```json\n")
	input, section, _ := strings.Cut(section, "```")
	_, section, _ = strings.Cut(section, "```\n")
	shown, _, found := strings.Cut(section, "```")
	if !found {
		t.Fatal("the README does not have the two blocks")
	}
	in, err := change.Decode([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := change.Plan(in, change.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := schema.Verify(plan, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := schema.Preview{Plan: plan, Result: result}.String()
	_, table, _ := strings.Cut(text, "\n\n")
	table, _, _ = strings.Cut(table, "\n\n1. ")
	if diff := cmp.Diff(strings.TrimRight(shown, "\n"), strings.TrimRight(table, "\n")); diff != "" {
		t.Errorf("README.md (-shown +planned):\n%s", diff)
	}
}
