package review

import (
	"strconv"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// many is a set of 1000 flags with three rules and an exposure.
func many(exposure bucket.Share) toggle.Set {
	s := toggle.Set{Flags: map[string]toggle.Flag{}}
	for i := range 1000 {
		f := flagOf(&toggle.Rollout{Exposure: exposure, Split: []toggle.Part{{Variant: "b", Weight: 1}, {Variant: "c", Weight: 1}}})
		for _, a := range attributes {
			yes := toggle.Bool(true)
			f.Rules = append(f.Rules, toggle.Rule{When: toggle.Condition{Attribute: a, Equals: &yes}, Serve: "d"})
		}
		s.Flags["flag-"+strconv.Itoa(i)] = f
	}
	return s
}

// BenchmarkDiff compares 1000 flags, all of which change.
func BenchmarkDiff(b *testing.B) {
	before, after := many(bucket.Everybody/10), many(bucket.Everybody/5)
	b.ReportAllocs()
	for b.Loop() {
		if r := Diff(before, after, Options{}); len(r.Flags) != 1000 {
			b.Fatal(len(r.Flags))
		}
	}
}

// BenchmarkLint looks at 1000 flags.
func BenchmarkLint(b *testing.B) {
	s := many(bucket.Everybody / 10)
	b.ReportAllocs()
	for b.Loop() {
		Lint(s, Options{Now: day})
	}
}

// BenchmarkLintSampled looks at as many flags of another algorithm as are sampled.
func BenchmarkLintSampled(b *testing.B) {
	s := toggle.Set{Flags: map[string]toggle.Flag{}}
	for i := range maxSampled {
		name := "flag-" + strconv.Itoa(i)
		f := flagOf(&toggle.Rollout{Exposure: bucket.Everybody / 10, Serve: "b", Salt: name, Bucketing: bucket.GrowthBookV2})
		s.Flags[name] = f
	}
	b.ReportAllocs()
	for b.Loop() {
		Lint(s, Options{})
	}
}
