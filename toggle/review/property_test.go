package review

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// first checks a property that takes long for the first n draws only, and for all once it
// has failed.
func first(n int, property func(*rapid.T)) func(*rapid.T) {
	failed := false
	return func(t *rapid.T) {
		if n--; n < 0 && !failed {
			return
		}
		defer func() { failed = failed || t.Failed() }()
		property(t)
	}
}

// What is said of two rollouts is what counting every slot of every stream says.
func TestDiffIsWhatTheSlotsSay(t *testing.T) {
	rapid.Check(t, first(12, func(t *rapid.T) {
		before, after := flagOf(drawRollout(t)), flagOf(drawRollout(t))
		before.Off, after.Off = "a", "a"
		got, want := onlyMove(before, after), brute(t, &before, &after)
		if got.Moved != want.Moved || got.Minimum != want.Minimum || got.Joins != want.Joins || got.Leaves != want.Leaves {
			t.Fatalf("got %+v, and the slots say %+v", got, want)
		}
	}))
}

// What is said of two rollouts is what 100,000 keys get, as near as chance allows.
func TestDiffIsWhatKeysGet(t *testing.T) {
	const keys = 100_000
	rapid.Check(t, first(20, func(t *rapid.T) {
		before, after := flagOf(drawRollout(t)), flagOf(drawRollout(t))
		compareKeys(t, before, after, onlyMove(before, after), nil, keys)
	}))
}

// compareKeys evaluates keys before and after, with attributes that are true.
func compareKeys(t fatal, before, after toggle.Flag, m Move, matched []string, keys int) {
	t.Helper()
	moved, joins, leaves := countKeys(t, before, after, matched, keys)
	if !within(moved, keys, m.Moved) || !within(joins, keys, m.Joins) || !within(leaves, keys, m.Leaves) {
		t.Fatalf("%+v is said of those with %v, and of %d keys %d move, %d come on and %d go off", m, matched, keys, moved, joins, leaves)
	}
}

func countKeys(t fatal, before, after toggle.Flag, matched []string, keys int) (moved, joins, leaves int) {
	t.Helper()
	old, now := compiled(t, setOf(before)), compiled(t, setOf(after))
	sub := toggle.Subject{Attributes: map[string]toggle.Value{}}
	for _, a := range matched {
		sub.Attributes[a] = toggle.Bool(true)
	}
	_, oldOff := ends(&before)
	_, newOff := ends(&after)
	for i := range keys {
		sub.Key = "k" + strconv.Itoa(i)
		was, is := old.Evaluate("flag", &sub, day).Variant, now.Evaluate("flag", &sub, day).Variant
		if was == is {
			continue
		}
		moved++
		if was == oldOff && is != newOff {
			joins++
		}
		if was != oldOff && is == newOff {
			leaves++
		}
	}
	return moved, joins, leaves
}

// conditionOn is the condition of random rules on an attribute.
func conditionOn(attribute string) string {
	yes := toggle.Bool(true)
	return text(toggle.Condition{Attribute: attribute, Equals: &yes})
}

// attributesOf are those that the conditions of a class are about.
func attributesOf(c class) []string {
	var all []string
	for _, a := range attributes {
		if slices.Contains(c.matched, conditionOn(a)) {
			all = append(all, a)
		}
	}
	return all
}

// What is said of each class of subjects of a flag with rules is what its keys get.
func TestClassesAreWhatKeysGet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawFlag(t)
		after := drawNext(t, before)
		b, a := sides(&before, &after)
		all, _ := classes(b, a)
		for _, c := range all {
			m, _ := move(b, a, c)
			compareKeys(t, before, after, m, attributesOf(c), 500)
		}
		var any class // whether it is told or not
		for _, a := range rapid.SliceOfDistinct(rapid.SampledFrom(attributes), rapid.ID).Draw(t, "matched") {
			any.matched = append(any.matched, conditionOn(a))
		}
		m, _ := move(b, a, any)
		compareKeys(t, before, after, m, attributesOf(any), 500)
	})
}

// Whatever is true of somebody: of no group as many move, come on or go off as of one that
// is told. So a budget that the report keeps is kept for everybody; and if the report says
// that nobody moves, nobody does.
func TestClassesTellTheMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawFlag(t)
		after := drawNext(t, before)
		b, a := sides(&before, &after)
		others := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"p", "q"}), rapid.ID)
		b.prerequisites, a.prerequisites = others.Draw(t, "required before"), others.Draw(t, "required after")
		all, whole := classes(b, a)
		if !whole {
			t.Fatal("three conditions are too many")
		}
		for mask := range 1 << (len(attributes) + 2) {
			var c class
			for i, name := range attributes {
				if mask>>i&1 == 1 {
					c.matched = append(c.matched, conditionOn(name))
				}
			}
			for i, q := range []string{"p", "q"} {
				if mask>>(len(attributes)+i)&1 == 1 {
					c.failed = append(c.failed, q)
				}
			}
			m, _ := move(b, a, c)
			var most Move
			for _, told := range all {
				if !subset(told.matched, c.matched) || !subset(told.failed, c.failed) {
					continue
				}
				o, _ := move(b, a, told)
				most.Moved, most.Joins, most.Leaves = max(most.Moved, o.Moved), max(most.Joins, o.Joins), max(most.Leaves, o.Leaves)
			}
			if m.Moved > most.Moved || m.Joins > most.Joins || m.Leaves > most.Leaves {
				t.Fatalf("of those with %v, and of whom %v fail, %+v is so, and told is %+v", c.matched, c.failed, m, most)
			}
		}
	})
}

func subset(some, of []string) bool {
	return !slices.ContainsFunc(some, func(w string) bool { return !slices.Contains(of, w) })
}

func sides(before, after *toggle.Flag) (*logic, *logic) {
	b := side{"flag", before, &before.Settings, nil}
	a := side{"flag", after, &after.Settings, nil}
	return b.at(time.Time{}), a.at(time.Time{})
}

func TestSameIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := setOf(drawFlag(t))
		if r := Diff(s, s, Options{}); len(r.Flags) > 0 || len(r.Above(0)) > 0 || r.String() != "nothing changes\n" {
			t.Fatal(r)
		}
	})
}

// The way back moves as many as the way there, and those who came on go off.
func TestBackIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawFlag(t)
		after := drawNext(t, before)
		there, back := Diff(setOf(before), setOf(after), Options{}), Diff(setOf(after), setOf(before), Options{})
		if len(there.Flags) != len(back.Flags) {
			t.Fatal(there, back)
		}
		if len(there.Flags) == 0 {
			return
		}
		sum := func(all []Move) (s Move) {
			for _, m := range all {
				s.Moved, s.Minimum, s.Joins, s.Leaves = s.Moved+m.Moved, s.Minimum+m.Minimum, s.Joins+m.Joins, s.Leaves+m.Leaves
			}
			return s
		}
		x, y := sum(there.Flags[0].Moves), sum(back.Flags[0].Moves)
		if x.Moved != y.Moved || x.Minimum != y.Minimum || x.Joins != y.Leaves || x.Leaves != y.Joins {
			t.Fatal(there, back)
		}
	})
}

// No change of weights moves fewer than the minimum, and Reweight moves no more; and the
// way there does not matter for who gets how much.
func TestReweightMovesTheMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRollout(t)
		r.Exposure = drawShare().Draw(t, "exposure")
		parts := drawParts(t)
		better, err := Reweight(*r, parts)
		if err != nil {
			t.Fatal(err)
		}
		compiled(t, setOf(flagOf(&better)))
		naive := *r
		naive.Serve, naive.Split, naive.Slots = "", parts, nil
		m, n := onlyMove(flagOf(r), flagOf(&better)), onlyMove(flagOf(r), flagOf(&naive))
		if m.Moved != m.Minimum || n.Moved < n.Minimum {
			t.Fatalf("reweighted %+v, naively %+v", m, n)
		}
		if d := n.Minimum - m.Minimum; d < -bucket.Share(len(variants)) || d > bucket.Share(len(variants)) {
			t.Fatalf("the shares are others: reweighted %+v, naively %+v", m, n)
		}
	})
}

// Raising an exposure takes nobody off and gives nobody who was on another variant, whatever
// the split; and every slot that is in stays in.
func TestGrowthIsNested(t *testing.T) {
	checks, failed := 0, false
	rapid.Check(t, func(t *rapid.T) {
		r := drawRollout(t)
		low, high := drawShare().Draw(t, "low"), drawShare().Draw(t, "high")
		if low > high {
			low, high = high, low
		}
		before, after := *r, *r
		before.Exposure, after.Exposure = low, high
		b, a := flagOf(&before), flagOf(&after)
		if m := onlyMove(b, a); !m.Nested() || m.Joins != m.Moved || m.Moved != m.Minimum {
			t.Fatalf("%+v", m)
		}
		if checks++; checks > 5 && !failed { // the slots are millions
			return
		}
		gates := func(f *toggle.Flag) bucket.Stream {
			d, _ := f.Rollout.Distribution("flag", f)
			p, err := bucket.Compile(d)
			if err != nil {
				t.Fatal(err)
			}
			return p.Streams()[0]
		}
		counts := slots(gates(&b), gates(&a))
		if counts[slot{0, -1}] != 0 || counts[slot{-1, 0}] != int64(high-low) || counts[slot{0, 0}] != int64(low) {
			failed = true
			t.Fatal(low, high, counts)
		}
	})
}
