package review

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// passing is a flag with rules that pass people on, each by a hash of its own.
func passing(exposures ...bucket.Share) toggle.Flag {
	f := flagOf(nil)
	yes := toggle.Bool(true)
	for i, share := range exposures {
		name := string(rune('a' + i))
		f.Rules = append(f.Rules, toggle.Rule{
			Name: name, When: toggle.Condition{Attribute: name, Equals: &yes},
			Rollout: &toggle.Rollout{Exposure: share, Serve: "b", Salt: name, Next: true},
		})
	}
	return f
}

// What is the same up to some rule tells nobody apart together with others; what comes
// after does.
func TestClassesThatAreLookedAt(t *testing.T) {
	const one, all = "- a b c", "- a b c ab ac bc abc"
	same := func(*toggle.Flag) {}
	for name, c := range map[string]struct {
		before, after func(f *toggle.Flag)
		want          string
	}{
		"the same":         {same, same, one},
		"first":            {same, func(f *toggle.Flag) { f.Rules[0].Rollout.Exposure++ }, all},
		"second":           {same, func(f *toggle.Flag) { f.Rules[1].Rollout.Exposure++ }, one + " bc"},
		"last":             {same, func(f *toggle.Flag) { f.Rules[2].Rollout.Exposure++ }, one},
		"hashed":           {same, func(f *toggle.Flag) { f.Rules[1].Rollout.By = "company" }, one + " bc"},
		"served":           {same, func(f *toggle.Flag) { f.Rules[1].Rollout.Serve = "c" }, one + " bc"},
		"default":          {same, func(f *toggle.Flag) { f.Default = "d" }, one},
		"on":               {func(f *toggle.Flag) { f.Enabled = false }, same, all},
		"off":              {same, func(f *toggle.Flag) { f.Enabled = false }, all},
		"passes nobody on": {same, func(f *toggle.Flag) { f.Rules[1].Rollout.Next = false }, one + " bc"},
		"condition":        {same, func(f *toggle.Flag) { f.Rules[1].When.Attribute = "c" }, "- a c b cb"},
	} {
		before, after := passing(10, 10, 10), passing(10, 10, 10)
		c.before(&before)
		c.after(&after)
		b, a := sides(&before, &after)
		list, whole := classes(b, a)
		var got []string
		for _, k := range list {
			word := "-"
			for i, m := range k.matched {
				if i == 0 {
					word = ""
				}
				_, rest, _ := strings.Cut(m, `"attribute":"`)
				word += rest[:1]
			}
			got = append(got, word)
		}
		if !whole || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

// A report that has not looked at everybody says so.
func TestPartial(t *testing.T) {
	before, after := passing(make([]bucket.Share, 12)...), passing(make([]bucket.Share, 12)...)
	before.Enabled = false
	for i := range after.Rules {
		after.Rules[i].Rollout.Exposure = bucket.Everybody / 10
	}
	r := Diff(setOf(before), setOf(after), Options{})
	found := r.Above(bucket.Everybody)
	if !r.Flags[0].Partial || len(found) != 1 || found[0].Code != Unknown || !strings.Contains(r.String(), "too many rules") {
		t.Error(r.Flags[0].Partial, found)
	}
	if n := len(r.Flags[0].Moves); n >= maxClasses || n < maxClasses/2 {
		t.Error(n)
	}
	few := passing(make([]bucket.Share, 10)...)
	b, a := sides(&few, &few)
	for i, whole := range []bool{true, true, false} { // 1024 sets for each that fails
		if list, ok := classes(b, a); ok != whole || len(list) > maxClasses {
			t.Error(i, len(list), ok)
		}
		a.prerequisites = append(a.prerequisites, fmt.Sprint("flag is ", i))
	}
}

// Where hashes are too many to multiply, keys are counted.
func TestManyHashes(t *testing.T) {
	before, after := passing(slices.Repeat([]bucket.Share{10_000}, 17)...), passing(slices.Repeat([]bucket.Share{12_000}, 17)...)
	for i := range before.Rules {
		before.Rules[i].When, after.Rules[i].When = toggle.Condition{}, toggle.Condition{}
	}
	m := onlyMove(before, after)
	if m.Basis != Sampled || m.Leaves != 0 {
		t.Errorf("%+v", m)
	}
	compareKeys(t, before, after, m, nil, 50_000)
}
