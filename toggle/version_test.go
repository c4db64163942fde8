package toggle_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// The examples of semver.org, section 11, and the edges of what is a version.
func TestVersionOrder(t *testing.T) {
	huge := strings.Repeat("9", 400)
	order := []string{
		"0", "0.0.1", "0.1", "1.0.0-0", "1.0.0-0.0", "1.0.0-9", "1.0.0-10", "1.0.0-" + huge, "1.0.0--", "1.0.0--1", "1.0.0-A", "1.0.0-alpha",
		"1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "2.0.0", "2.1.0",
		"2.1.1", "2.9", "2.10", "10", huge, "1" + huge,
	}
	for i, a := range order {
		for j, b := range order {
			want := either(i < j, -1, either(i > j, 1, 0))
			if got, ok := toggle.CompareVersions(a, b); got != want || !ok {
				t.Errorf("%.20s and %.20s: got %d %v, want %d", a, b, got, ok, want)
			}
		}
	}
	for _, same := range [][2]string{{"1", "1.0.0"}, {"v1.2", "1.2.0"}, {"V1", "1.0.0"}, {"1.0.0+a", "1.0.0+001"}, {"1-rc", "1.0.0-rc+x.y"}} {
		if got, ok := toggle.CompareVersions(same[0], same[1]); got != 0 || !ok {
			t.Errorf("%v: %d %v", same, got, ok)
		}
	}
	for _, s := range []string{
		"", "v", "vv1", "vV1", "1.", ".1", "1..2", "01", "1.02", "1.2.3.4", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3-a_b", "1.2.3+", "1.2.3+a..b", "1.2.3+a+b",
		"1.2.3+é", " 1", "1 ", "-1", "+1", "1e3", "１", "1.2.3-é", "1.2.x", "1.2.3-a.", "latest",
	} {
		if _, ok := toggle.CompareVersions(s, s); ok {
			t.Errorf("%q is no version", s)
		}
	}
}

// versionText is often a version, and close to one else.
func versionText() *rapid.Generator[string] {
	return rapid.StringMatching(`v?(0|[1-9][0-9]{0,2}|[0-9]{1,25})(\.(0|[1-9]|1[0-9])){0,3}(-[0-9a-b-]{1,3}(\.[0-9a-b-]{0,3}){0,2})?(\+[0-9a-]{0,2}(\.[0-9a]{1,2})?)?`)
}

// The order is the naive one: total, antisymmetric and transitive.
func TestVersionsAreTheNaiveOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := versionText().Draw(t, "a"), versionText().Draw(t, "b"), versionText().Draw(t, "c")
		_, okA := readVersion(a)
		_, okB := readVersion(b)
		got, ok := toggle.CompareVersions(a, b)
		if ok != (okA && okB) {
			t.Fatalf("%q and %q: %v, want %v and %v", a, b, ok, okA, okB)
		}
		if !ok {
			return
		}
		if want := compareVersions(a, b); got != want {
			t.Fatalf("%q and %q: got %d, want %d", a, b, got, want)
		}
		if back, _ := toggle.CompareVersions(b, a); back != -got {
			t.Fatalf("%q and %q: %d, and %d the other way", a, b, got, back)
		}
		bc, ok := toggle.CompareVersions(b, c)
		if ac, _ := toggle.CompareVersions(a, c); ok && got <= 0 && bc <= 0 && ac > 0 {
			t.Fatalf("%q, %q, %q are a circle", a, b, c)
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, s := range []string{"1.2.3", "v1.2-rc.1+b", "1.0.0-alpha.beta", "01.2", "1..", "", "-", "+", "v"} {
		f.Add(s, "1.0.0")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		_, okA := readVersion(a)
		_, okB := readVersion(b)
		got, ok := toggle.CompareVersions(a, b)
		if ok != (okA && okB) || ok && got != compareVersions(a, b) {
			t.Errorf("%q and %q: got %d %v", a, b, got, ok)
		}
	})
}
