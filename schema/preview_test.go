package schema_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/schema"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; rewrite it with go test ./schema -update):\n%s", path, diff)
	}
}

func TestPreview(t *testing.T) {
	p := declared(t, rename())
	found, err := schema.Verify(p, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	preview := schema.Preview{Plan: p, Result: found}
	golden(t, "rename.txt", preview.String())
	golden(t, "rename.md", preview.Markdown())
	golden(t, "rename.mermaid", preview.Mermaid())
}
