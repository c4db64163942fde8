package bucket_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// readLines returns the lines of a file in testdata without its comments.
func readLines(t testing.TB, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(string(data)), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "#")
	})
}

func readKeys(t testing.TB) []string {
	t.Helper()
	var keys []string
	for _, line := range readLines(t, "keys.txt") {
		var key string
		if err := json.Unmarshal([]byte(line), &key); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

func compile(t testing.TB, d bucket.Distribution) *bucket.Plan {
	t.Helper()
	plan, err := bucket.Compile(d)
	if err != nil {
		t.Fatalf("%+v: %v", d, err)
	}
	return plan
}

// TestGolden: what the other systems decided, or in some cases a second implementation of their formulas; each file says
// which it is.
func TestGolden(t *testing.T) {
	keys := readKeys(t)
	seen := map[bucket.Algorithm]int{}
	for _, name := range []string{"launchdarkly", "growthbook", "statsig", "flagd", "unleash", "configcat", "flipt", "flagr", "split"} {
		lines := readLines(t, name+".txt")
		for ; len(lines) > 1; lines = lines[2:] {
			var d bucket.Distribution
			if err := json.Unmarshal([]byte(lines[0]), &d); err != nil {
				t.Fatal(err)
			}
			seen[d.Algorithm]++
			plan, want := compile(t, d), strings.Fields(lines[1])
			if len(want) != len(keys) {
				t.Fatalf("%s: %d answers for %d keys", lines[0], len(want), len(keys))
			}
			for i, key := range keys {
				if got := strconv.Itoa(plan.Pick(key)); got != want[i] {
					t.Errorf("%s: Pick(%.40q) = %s, want %s", lines[0], key, got, want[i])
				}
			}
		}
	}
	for _, a := range bucket.Algorithms()[1:] {
		if seen[a] < 5 {
			t.Errorf("%s: only %d distributions", a, seen[a])
		}
	}
}

// TestGoldenNative: positions that never change.
func TestGoldenNative(t *testing.T) {
	keys := readKeys(t)
	for lines := readLines(t, "native.txt"); len(lines) > 2; lines = lines[3:] {
		var salt string
		if err := json.Unmarshal([]byte(lines[0]), &salt); err != nil {
			t.Fatal(err)
		}
		plan := compile(t, bucket.Distribution{Salt: salt, Exposure: bucket.Everybody / 10, Weights: []int64{1, 2, 1}})
		gate, split := strings.Fields(lines[1]), strings.Fields(lines[2])
		for i, key := range keys {
			g, s := plan.Position(0, key), plan.Position(1, key)
			if got := strconv.FormatUint(g, 10); got != gate[i] {
				t.Errorf("salt %q, key %.40q: gate %s, want %s", salt, key, got, gate[i])
			}
			if got := strconv.FormatUint(s, 10); got != split[i] {
				t.Errorf("salt %q, key %.40q: split %s, want %s", salt, key, got, split[i])
			}
			want := -1
			if g < 100_000 {
				want = int((s + 250_000) / 500_000) // [0, 250000), [250000, 750000), the rest
			}
			if got := plan.Pick(key); got != want {
				t.Errorf("salt %q, key %.40q: Pick is %d, want %d", salt, key, got, want)
			}
		}
	}
}
