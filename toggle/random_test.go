package toggle_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// What random sets and subjects are made of: few things, so that they meet.
var (
	attributes = []string{"country", "age", "app", "ip", "since", "tags"} // never written
	texts      = []string{
		"CH", "DE", "C", "ada@example.org", "1.2.3", "1.2.3-rc.1", "v2", "1.10.0", "10.1.2.3", "10.200.0.1", "::ffff:10.1.2.3", "2001:db8::1",
		"fe80::1%eth0", "2026-11-02T09:00:00Z", "2026-11-02T10:30:00+01:00", "9999-12-31T23:59:59Z", "2026-11-02T9:00:00Z", "true", "17", "",
	} // never written
	numbers  = []float64{0, 17, 17.5, 18, 65, -1, 1 << 53, 1 << 54}                                                         // never written
	networks = []string{"10.1.0.0/16", "10.0.0.0/8", "::ffff:10.1.2.0/120", "10.1.2.3", "2001:db8::/32", "fe80::1", "::/0"} // never written
	versions = []string{"<2", ">=1.2.3", ">1.2.3-rc.1 <=1.10", "=2.0.0", "1.2.3", "!=1.2.3", ">=1.2.3-a <1.2.3"}            // never written
	patterns = []string{"^C", "@example\\.org$", "[0-9]+\\.", "^$"}                                                         // never written
	salts    = []string{"", "", "s", "t"}                                                                                   // never written
)

// instant is one of few, with some that no nanoseconds can hold.
func instant(t *rapid.T, wide bool) time.Time {
	if wide && rapid.IntRange(0, 9).Draw(t, "wide") == 0 {
		return rapid.SampledFrom([]time.Time{{}, time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)}).Draw(t, "far")
	}
	return now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "half hours")) * 30 * time.Minute)
}

func scalar(t *rapid.T) toggle.Value {
	switch rapid.IntRange(0, 9).Draw(t, "scalar") {
	case 0:
		return toggle.Bool(rapid.Bool().Draw(t, "bool"))
	case 1, 2, 3:
		return toggle.Num(rapid.SampledFrom(numbers).Draw(t, "number"))
	}
	return toggle.Text(rapid.SampledFrom(texts).Draw(t, "text"))
}

// value is whatever an attribute may be.
func value(t *rapid.T) toggle.Value {
	switch rapid.IntRange(0, 11).Draw(t, "value") {
	case 0:
		return toggle.Value{}
	case 1:
		return toggle.Time(instant(t, false))
	case 2, 3:
		return toggle.Values(rapid.SliceOfN(rapid.Custom(value), 0, 3).Draw(t, "list")...)
	case 4:
		v, _ := toggle.Of(map[string]any{"a": 1})
		return v
	}
	return scalar(t)
}

func subject(t *rapid.T) toggle.Subject {
	sub := toggle.Subject{Key: rapid.SampledFrom([]string{"", "a", "b", "user-1", "user-2", "user-3"}).Draw(t, "key")}
	if sub.Key == "b" {
		sub.Key = rapid.String().Draw(t, "any key")
	}
	sub.Attributes = rapid.MapOfN(rapid.SampledFrom(attributes), rapid.Custom(value), 0, len(attributes)).Draw(t, "attributes")
	if rapid.IntRange(0, 9).Draw(t, "unseen") == 0 {
		sub.Attributes["key"], sub.Attributes["now"] = toggle.Text("CH"), toggle.Text("CH")
	}
	return sub
}

// test is an attribute with one test.
func test(t *rapid.T) toggle.Condition {
	c := toggle.Condition{Attribute: rapid.SampledFrom(append([]string{"key"}, attributes...)).Draw(t, "attribute")}
	some := func(from []string) []string {
		list := rapid.SliceOfN(rapid.SampledFrom(from), 1, 3).Draw(t, "list")
		return slices.DeleteFunc(list, func(s string) bool { return s == "" && len(list) > 0 })
	}
	alternatives := func() []string {
		return append(some(texts), rapid.SampledFrom([]string{"C", "1.", "org", "ch", "ORG"}).Draw(t, "alternative"))
	}
	switch rapid.IntRange(0, 13).Draw(t, "test") {
	case 0:
		c.Equals = new(scalar(t))
	case 1:
		c.In = rapid.SliceOfN(rapid.Custom(scalar), 1, 4).Draw(t, "in")
	case 2:
		for _, s := range rapid.SliceOfN(rapid.SampledFrom(texts), 5, 8).Draw(t, "many") {
			c.In = append(c.In, toggle.Text(s))
		}
	case 3:
		bounds(t, &c)
	case 4:
		c.Attribute, c.From = rapid.SampledFrom([]string{"now", "since"}).Draw(t, "instant"), instant(t, false)
		if rapid.Bool().Draw(t, "until") {
			c.Until = c.From.Add(time.Hour)
		}
	case 5:
		c.Attribute, c.Until = rapid.SampledFrom([]string{"now", "since"}).Draw(t, "instant"), instant(t, false)
	case 6:
		c.Prefix, c.IgnoreCase = alternatives(), rapid.Bool().Draw(t, "ignore case")
	case 7:
		c.Suffix, c.IgnoreCase = alternatives(), rapid.Bool().Draw(t, "ignore case")
	case 8:
		c.Contains, c.IgnoreCase = alternatives(), rapid.Bool().Draw(t, "ignore case")
	case 9:
		c.Matches = rapid.SampledFrom(patterns).Draw(t, "matches")
	case 10:
		c.Version = rapid.SampledFrom(versions).Draw(t, "version")
	case 11:
		c.CIDR = some(networks)
	case 12:
		c.Is = rapid.SampledFrom([]string{"boolean", "string", "number", "JSON", "instant", "list"}).Draw(t, "is")
	default:
		if p := new(rapid.Bool().Draw(t, "want")); rapid.Bool().Draw(t, "present") {
			c.Present = p
		} else {
			c.Null = p
		}
	}
	return c
}

func bounds(t *rapid.T, c *toggle.Condition) {
	low := rapid.SampledFrom([]float64{0, 17, 17.5}).Draw(t, "low")
	high := rapid.SampledFrom([]float64{18, 65}).Draw(t, "high")
	c.Numeric = rapid.Bool().Draw(t, "numeric")
	sides := rapid.IntRange(1, 3).Draw(t, "sides")
	if open := rapid.Bool().Draw(t, "open low"); sides&1 != 0 {
		*either(open, &c.Above, &c.AtLeast) = &low
	}
	if open := rapid.Bool().Draw(t, "open high"); sides&2 != 0 {
		*either(open, &c.Below, &c.AtMost) = &high
	}
}

// condition is at most depth levels of conditions, which may name segments.
func condition(t *rapid.T, depth int, segments []string) toggle.Condition {
	kind := rapid.IntRange(0, 10).Draw(t, "condition")
	list := func() []toggle.Condition {
		all := make([]toggle.Condition, rapid.IntRange(1, 3).Draw(t, "conditions"))
		for i := range all {
			all[i] = condition(t, depth-1, segments)
		}
		return all
	}
	switch {
	case kind == 0:
		return toggle.Condition{}
	case kind == 1 && len(segments) > 0:
		return toggle.Condition{Segment: rapid.SampledFrom(segments).Draw(t, "segment")}
	case kind <= 3 && depth > 0:
		return toggle.Condition{All: list()}
	case kind <= 5 && depth > 0:
		return toggle.Condition{Any: list()}
	case kind == 6 && depth > 0:
		return toggle.Condition{Unless: new(condition(t, depth-1, segments))}
	case kind == 7 && depth > 0:
		return toggle.Condition{Not: new(condition(t, depth-1, segments))}
	}
	return test(t)
}

func share(t *rapid.T) bucket.Share {
	return rapid.SampledFrom([]bucket.Share{0, 1, 100_000, 500_000, 500_000, 999_999, bucket.Everybody}).Draw(t, "share")
}

func rolloutOf(t *rapid.T, variants []string) *toggle.Rollout {
	r := &toggle.Rollout{Exposure: share(t), Salt: rapid.SampledFrom(salts).Draw(t, "salt")}
	r.By = rapid.SampledFrom(append([]string{"", "", ""}, attributes...)).Draw(t, "by")
	if rapid.Bool().Draw(t, "serve") {
		r.Serve = rapid.SampledFrom(variants).Draw(t, "variant")
		return r
	}
	var weights []int64
	for i, v := range rapid.Permutation(variants).Draw(t, "parts") {
		w := rapid.SampledFrom([]int64{1, 1, 2, 0, 7}).Draw(t, "weight") + int64(either(i == 0, 1, 0))
		r.Split, weights = append(r.Split, toggle.Part{Variant: v, Weight: w}), append(weights, w)
	}
	if len(weights) > 1 && rapid.IntRange(0, 3).Draw(t, "slots") == 0 {
		slices.Reverse(weights) // who had these slots before had others
		for _, s := range bucket.Reweight(bucket.Reweight(nil, weights), weightsOf(r.Split)) {
			r.Slots = append(r.Slots, toggle.Slots{Variant: r.Split[s.Variant].Variant, From: s.From, To: s.To})
		}
	}
	return r
}

func weightsOf(parts []toggle.Part) (all []int64) {
	for _, p := range parts {
		all = append(all, p.Weight)
	}
	return all
}

// randomSettings are settings whose prerequisites are among flags.
func randomSettings(t *rapid.T, variants, segments, flags []string) toggle.Settings {
	s := toggle.Settings{Enabled: rapid.IntRange(0, 6).Draw(t, "enabled") > 0}
	for range rapid.IntRange(-3, 2).Draw(t, "prerequisites") {
		list := rapid.SliceOfN(rapid.SampledFrom([]string{"on", "off", "red", "blue"}), 1, 3).Draw(t, "variants")
		s.Prerequisites = append(s.Prerequisites, toggle.Prerequisite{Flag: rapid.SampledFrom(flags).Draw(t, "flag"), Variants: list})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "rules") {
		r := toggle.Rule{When: condition(t, 2, segments)}
		if rapid.Bool().Draw(t, "named") {
			r.Name = fmt.Sprintf("rule %d", i)
		}
		if rapid.Bool().Draw(t, "shared") {
			r.Rollout = rolloutOf(t, variants)
			r.Rollout.Next = rapid.Bool().Draw(t, "next")
		} else {
			r.Serve = rapid.SampledFrom(variants).Draw(t, "served")
		}
		s.Rules = append(s.Rules, r)
	}
	if rapid.Bool().Draw(t, "rollout") {
		s.Rollout = rolloutOf(t, variants)
	}
	at := instant(t, false)
	for range rapid.IntRange(-2, 3).Draw(t, "changes") {
		c := toggle.Change{At: at, Enabled: new(rapid.Bool().Draw(t, "on"))}
		if s.Rollout != nil && rapid.Bool().Draw(t, "exposed") {
			c.Exposure = new(share(t))
			c.Enabled = either(rapid.Bool().Draw(t, "only"), nil, c.Enabled)
		}
		s.Schedule, at = append(s.Schedule, c), at.Add(30*time.Minute)
	}
	return s
}

// randomSet is a valid set. Flags ask those of lower names, and some that is not there.
func randomSet(t *rapid.T) toggle.Set {
	set := toggle.Set{Segments: map[string]toggle.Condition{}, Flags: map[string]toggle.Flag{}}
	for i := range rapid.IntRange(0, 3).Draw(t, "segments") {
		set.Segments[fmt.Sprintf("segment %d", i)] = condition(t, 2, slices.Sorted(maps.Keys(set.Segments)))
	}
	segments, flags := slices.Sorted(maps.Keys(set.Segments)), []string{"gone", "broken"}
	for i := range rapid.IntRange(1, 5).Draw(t, "flags") {
		f := toggle.Flag{Kind: toggle.Ops, Owner: "shop", Salt: rapid.SampledFrom(salts).Draw(t, "flag's salt")}
		variants := []string{"on", "off"}
		switch rapid.IntRange(0, 3).Draw(t, "type") {
		case 0:
			f.Variants = map[string]toggle.Value{"red": toggle.Text("#f00"), "blue": toggle.Text("#00f"), "none": toggle.Text("")}
			variants = []string{"red", "blue", "none"}
			f.Default = rapid.SampledFrom(variants).Draw(t, "default")
		case 1:
			f.Variants, variants = map[string]toggle.Value{"one": toggle.Num(1)}, []string{"one"}
			f.Default = "one"
		}
		if rapid.IntRange(0, 3).Draw(t, "caller's") == 0 {
			variants = append(variants, toggle.CallersDefault)
		}
		if rapid.Bool().Draw(t, "has off") {
			f.Off = rapid.SampledFrom(variants).Draw(t, "off")
		}
		if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
			f.Stale = toggle.ServeOff
		}
		f.Settings = randomSettings(t, variants, segments, flags)
		if rapid.IntRange(0, 3).Draw(t, "environments") == 0 {
			f.Environments = map[string]toggle.Settings{"test": randomSettings(t, variants, segments, flags), "idle": {}}
		}
		name := fmt.Sprintf("flag %d", i)
		set.Flags[name], flags = f, append(flags, name, name)
	}
	return set
}
