package toggle_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"pgregory.net/rapid"
)

// holds says whether a condition matches a subject.
func matchesWhom(t *testing.T, when toggle.Condition, sub *toggle.Subject) bool {
	t.Helper()
	s, err := toggle.Compile(toggle.Set{Flags: map[string]toggle.Flag{"f": {
		Kind: toggle.Ops, Owner: "us",
		Settings: toggle.Settings{Enabled: true, Rules: []toggle.Rule{{When: when, Serve: "on"}}},
	}}}, toggle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Bool("f", sub, time.Time{}, false)
}

func TestUnlessIsTwoValued(t *testing.T) {
	ch := toggle.Text("CH")
	is := toggle.Condition{Attribute: "country", Equals: &ch}
	for _, c := range []struct {
		name  string
		value toggle.Value
		there bool
		want  bool
	}{
		{"equal", toggle.Text("CH"), true, false},
		{"different", toggle.Text("DE"), true, true},
		{"of another type", toggle.Num(1), true, true},
		{"null", toggle.Value{}, true, true},
		{"absent", toggle.Value{}, false, true},
	} {
		sub := &toggle.Subject{}
		if c.there {
			sub.Attributes = map[string]toggle.Value{"country": c.value}
		}
		if got := matchesWhom(t, toggle.Condition{Unless: &is}, sub); got != c.want {
			t.Errorf("%s: unless is %v", c.name, got)
		}
	}
}

func TestIs(t *testing.T) {
	values := map[string]toggle.Value{
		"boolean": toggle.Bool(false), "string": toggle.Text(""), "number": toggle.Num(0), "JSON": readValue(t, `{}`),
		"instant": toggle.Time(time.Unix(0, 0)), "list": toggle.Values(), "": {},
	}
	for of, v := range values { // order does not matter: the cases are independent
		sub := &toggle.Subject{Attributes: map[string]toggle.Value{"a": v}}
		for is := range values { // order does not matter: as above
			if is != "" && matchesWhom(t, toggle.Condition{Attribute: "a", Is: is}, sub) != (is == of) {
				t.Errorf("a %q is %q: wrong", of, is)
			}
		}
	}
	if matchesWhom(t, toggle.Condition{Not: &toggle.Condition{Attribute: "a", Is: "list"}}, &toggle.Subject{}) {
		t.Error("what is absent is known not to be a list")
	}
}

func readValue(t *testing.T, text string) (v toggle.Value) {
	t.Helper()
	if err := v.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNumericReadsDecimals(t *testing.T) {
	least := 18.0
	for text, want := range map[string]bool{ // order does not matter: the cases are independent
		"18": true, "17.9": false, "1.8e1": true, "+18": true, "1e999": true, "-1e999": false, "": false, "x": false, "0x20": false, " 18": false,
		"Inf": false, "NaN": false, "1_000": false, "18.": true, ".": false,
	} {
		sub := &toggle.Subject{Attributes: map[string]toggle.Value{"age": toggle.Text(text)}}
		if got := matchesWhom(t, toggle.Condition{Attribute: "age", AtLeast: &least, Numeric: true}, sub); got != want {
			t.Errorf("%q at least 18: %v", text, got)
		}
		if matchesWhom(t, toggle.Condition{Attribute: "age", AtLeast: &least}, sub) {
			t.Errorf("%q is a number without being asked for", text)
		}
	}
}

func TestIgnoreCaseIsLowerCase(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("aAbB\u00c9\u00e9\u0130\u03a3\u03c3\u00df-")), 1, 6, -1)
	rapid.Check(t, func(rt *rapid.T) {
		s, x := letters.Draw(rt, "s"), letters.Draw(rt, "x")
		sub := &toggle.Subject{Attributes: map[string]toggle.Value{"a": toggle.Text(s)}}
		low, key := strings.ToLower(s), strings.ToLower(x)
		for _, c := range []struct {
			when toggle.Condition
			want bool
		}{
			{toggle.Condition{Attribute: "a", IgnoreCase: true, Prefix: []string{x}}, strings.HasPrefix(low, key)},
			{toggle.Condition{Attribute: "a", IgnoreCase: true, Suffix: []string{x}}, strings.HasSuffix(low, key)},
			{toggle.Condition{Attribute: "a", IgnoreCase: true, Contains: []string{x}}, strings.Contains(low, key)},
		} {
			if got := matchesWhom(t, c.when, sub); got != c.want {
				rt.Fatalf("%q and %q: %+v is %v", s, x, c.when, got)
			}
		}
	})
}

func TestModifiersStandBesideTheirTests(t *testing.T) {
	one := toggle.Num(math.Pi)
	for _, c := range []toggle.Condition{
		{Attribute: "a", Equals: &one, Numeric: true},
		{Attribute: "a", Equals: &one, IgnoreCase: true},
		{Attribute: "a", Is: "text"},
		{Attribute: "a", Is: "nothing"},
		{Attribute: "now", Is: "instant"},
		{Unless: &toggle.Condition{}, Segment: "s"},
	} {
		set := toggle.Set{Segments: map[string]toggle.Condition{"c": c, "s": {}}}
		if err := set.Validate(); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func TestCallersDefaultIsNoError(t *testing.T) {
	text := map[string]toggle.Value{"a": toggle.Text("A")}
	served := func(f toggle.Flag, sub *toggle.Subject) toggle.Result {
		f.Kind, f.Owner = toggle.Ops, "us"
		s, err := toggle.Compile(toggle.Set{Flags: map[string]toggle.Flag{"f": f}}, toggle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Text("f", sub, time.Time{}, "mine"); got != "mine" {
			t.Errorf("%+v: %q", f, got)
		}
		return s.Evaluate("f", sub, time.Time{})
	}
	rule := toggle.Rule{Serve: "-"}
	split := &toggle.Rollout{Exposure: 1_000_000, Split: []toggle.Part{{Variant: "-", Weight: 1}, {Variant: "a"}}}
	for _, c := range []struct {
		flag toggle.Flag
		want toggle.Reason
	}{
		{toggle.Flag{Variants: text, Default: "a", Off: "-"}, toggle.Disabled},
		{toggle.Flag{Variants: text, Default: "-"}, toggle.Disabled},
		{toggle.Flag{Variants: text, Default: "-", Settings: toggle.Settings{Enabled: true}}, toggle.Static},
		{toggle.Flag{Variants: text, Default: "a", Settings: toggle.Settings{Enabled: true, Rules: []toggle.Rule{rule}}}, toggle.Static},
		{toggle.Flag{Variants: text, Default: "a", Settings: toggle.Settings{Enabled: true, Rollout: split}}, toggle.Static},
	} {
		r := served(c.flag, &toggle.Subject{Key: "k"})
		if r.Reason != c.want || r.Variant != "" || r.Error != "" || r.Value.Type() != toggle.Nothing || r.As(toggle.String).Error != "" {
			t.Errorf("%+v, want %s", r, c.want)
		}
		if !strings.HasPrefix(r.String(), "the caller's default: ") {
			t.Error(r)
		}
	}
	f := toggle.Flag{Kind: toggle.Ops, Owner: "us", Variants: map[string]toggle.Value{"-": toggle.Num(1)}, Default: "-"}
	if err := (toggle.Set{Flags: map[string]toggle.Flag{"f": f}}).Validate(); err == nil {
		t.Error("a variant may be named as the caller's default")
	}
}
