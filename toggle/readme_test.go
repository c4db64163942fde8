package toggle_test

import (
	"os"
	"strings"
	"testing"
)

// The flags in the README are those of the example.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "<!-- flags: ")
	_, rest, _ = strings.Cut(rest, "```json\n")
	flags, _, ok := strings.Cut(rest, "\n```")
	if !ok || flags != strings.ReplaceAll(checkout, "\t", "  ") {
		t.Errorf("the README has\n%s\nand the example\n%s", flags, checkout)
	}
}
