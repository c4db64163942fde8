package toggle_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// The flag file of the first version gets the answers of the first version, on every
// machine and for ever. What is in testdata/golden is never written again: whoever makes
// this test fail moves the users of flags that are out there. New features have new files.
func TestGoldenV1(t *testing.T) {
	want, err := os.ReadFile("testdata/golden/v1.answers.txt")
	if err != nil {
		t.Fatal(err)
	}
	got, lines := answersV1(t), strings.Split(string(want), "\n")
	if len(lines) != len(got)+1 {
		t.Fatalf("there are %d answers, want %d", len(got), len(lines)-1)
	}
	for i := range got {
		if got[i] != lines[i] {
			t.Errorf("line %d:\ngot  %s\nwant %s", i+1, got[i], lines[i])
		}
	}
}

// answersV1 is a line for each flag, subject and time.
func answersV1(t *testing.T) (lines []string) {
	flags, err := os.ReadFile("testdata/golden/v1.flags.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := toggle.Load(flags, toggle.Options{Environment: "production"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/golden/v1.subjects.json")
	if err != nil {
		t.Fatal(err)
	}
	var subjects map[string]struct {
		Key        string
		Attributes map[string]any
	}
	if err := json.Unmarshal(data, &subjects); err != nil {
		t.Fatal(err)
	}
	for _, name := range s.Names() {
		for _, who := range slices.Sorted(maps.Keys(subjects)) {
			sub := &toggle.Subject{Key: subjects[who].Key, Attributes: map[string]toggle.Value{}}
			for a, v := range subjects[who].Attributes { // order does not matter: it is a map, too
				if sub.Attributes[a], err = toggle.Of(v); err != nil {
					t.Fatal(err)
				}
			}
			for _, at := range []string{"2026-10-31T23:59:59Z", "2026-11-15T00:00:00Z", "2026-12-01T00:00:00Z"} {
				instant, err := time.Parse(time.RFC3339, at)
				if err != nil {
					t.Fatal(err)
				}
				r := s.Evaluate(name, sub, instant)
				line := fmt.Sprintf("%s %s %s: %v %q %s %q %q", name, who, at[:10], r.Value, r.Variant, r.Reason, r.Rule, r.Error)
				lines = append(lines, line)
				if !s.Timed(name) {
					break
				}
			}
		}
	}
	return lines
}
