package toggle_test

import (
	"bytes"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// The compiled evaluation is the naive one, for any set, subject and time, and says
// rightly whether time matters.
func TestEvaluationIsTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := naive{set: randomSet(t), environment: rapid.SampledFrom([]string{"", "test", "idle", "other"}).Draw(t, "environment")}
		if err := n.set.Validate(); err != nil {
			t.Fatal(err)
		}
		n.broken = map[string]bool{"broken": rapid.Bool().Draw(t, "has a broken flag")}
		if n.broken["broken"] {
			n.set.Flags["broken"] = toggle.Flag{Owner: "nobody knows what kind it is"}
		}
		s, _ := toggle.Compile(n.set, toggle.Options{Environment: n.environment})
		for range 8 {
			sub, at := subject(t), instant(t, true)
			other := instant(t, true)
			for _, name := range append(s.Names(), "unknown") {
				got, want := answerOf(s.Evaluate(name, &sub, at)), n.evaluate(name, sub, at)
				if got != want {
					t.Fatalf("%s for %+v at %v:\ngot  %+v\nwant %+v", name, sub, at, got, want)
				}
				if later := answerOf(s.Evaluate(name, &sub, other)); later != got && !s.Timed(name) {
					t.Fatalf("%s is not timed, and is %+v at %v, and %+v at %v", name, got, at, later, other)
				}
			}
		}
	})
}

// A set has one written form, which is read as what was written, and evaluates alike.
func TestWrittenFormIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := randomSet(t)
		data, err := set.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var read toggle.Set
		if err := read.UnmarshalJSON(data); err != nil {
			t.Fatal(err)
		}
		again, err := read.MarshalJSON()
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("written\n%s\nand then\n%s\n%v", data, again, err)
		}
		made, _ := toggle.Compile(set, toggle.Options{})
		loaded, err := toggle.Load(data, toggle.Options{})
		if err != nil || made.Digest() != loaded.Digest() {
			t.Fatal(err, made.Digest(), loaded.Digest())
		}
		sub, at := subject(t), instant(t, true)
		for _, name := range made.Names() {
			if a, b := made.Evaluate(name, &sub, at), loaded.Evaluate(name, &sub, at); answerOf(a) != answerOf(b) {
				t.Fatalf("%s is %v, and %v when it was loaded", name, a, b)
			}
		}
	})
}

// Whatever flag is broken, it is the only one that changes; and with the snapshot before
// nothing changes at all.
func TestOneBrokenFlagBreaksNoOther(t *testing.T) {
	breakers := map[string]func(*toggle.Flag){
		"kind":     func(f *toggle.Flag) { f.Kind = "" },
		"variants": func(f *toggle.Flag) { f.Variants = map[string]toggle.Value{"a": toggle.Num(1), "b": toggle.Text("")} },
		"default":  func(f *toggle.Flag) { f.Default = "purple" },
		"rule":     func(f *toggle.Flag) { f.Rules = append(f.Rules[:len(f.Rules):len(f.Rules)], toggle.Rule{}) },
		"segment": func(f *toggle.Flag) {
			f.Rules = append(f.Rules[:len(f.Rules):len(f.Rules)], toggle.Rule{When: toggle.Condition{Segment: "gone"}})
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		set := randomSet(t)
		good, err := toggle.Compile(set, toggle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		name := rapid.SampledFrom(good.Names()).Draw(t, "name")
		f := set.Flags[name]
		breakers[rapid.SampledFrom([]string{"kind", "variants", "default", "rule", "segment"}).Draw(t, "how")](&f)
		set.Flags = maps.Clone(set.Flags)
		set.Flags[name] = f
		n := naive{set: set, broken: map[string]bool{name: true}}
		bad, err := toggle.Compile(set, toggle.Options{})
		if err == nil {
			t.Fatal("it is not broken")
		}
		kept, err := toggle.Compile(set, toggle.Options{Previous: good})
		if err == nil {
			t.Fatal("it was not told")
		}
		sub, at := subject(t), instant(t, true)
		for _, other := range good.Names() {
			if got, want := answerOf(bad.Evaluate(other, &sub, at)), n.evaluate(other, sub, at); got != want {
				t.Fatalf("%s, with %s broken:\ngot  %+v\nwant %+v", other, name, got, want)
			}
			if got, want := kept.Evaluate(other, &sub, at), good.Evaluate(other, &sub, at); got != want {
				t.Fatalf("%s, with %s broken and the snapshot before: got %v, want %v", other, name, got, want)
			}
		}
	})
}
