package toggle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// nested is a condition of so many levels.
func nested(levels int) toggle.Condition {
	c := toggle.Condition{Attribute: "a", Equals: new(toggle.Num(1))}
	for range levels {
		c = toggle.Condition{Not: new(c)}
	}
	return c
}

// What could not be written as JSON is wrong also where it comes from Go: the flag is
// broken, as it would be if it was loaded, and no other one is.
func TestWhatJSONCannotSayBreaksTheFlag(t *testing.T) {
	null, err := toggle.Of(map[string]any{"x": nil})
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for want, change := range map[string]func(*toggle.Flag){ // order does not matter: each is asked alone
		"flags.f.variants.a.x: must not be null": func(f *toggle.Flag) { f.Variants = map[string]toggle.Value{"a": null} },
		"flags.f.owner: ":                        func(f *toggle.Flag) { f.Owner = "\xff" },
		"flags.f.rollout.exposure: ":             func(f *toggle.Flag) { f.Rollout = &toggle.Rollout{Serve: "a", Exposure: -1} },
		"flags.f.rollout.good: ":                 func(f *toggle.Flag) { f.Rollout = &toggle.Rollout{Serve: "a", Good: 1_000_001} },
		"flags.f.schedule[0].exposure: ": func(f *toggle.Flag) {
			f.Rollout = &toggle.Rollout{Serve: "a"}
			f.Schedule = []toggle.Change{{At: now, Exposure: new(bucket.Everybody + 1)}}
		},
		"flags.f.rules[0].when.not.": func(f *toggle.Flag) { f.Rules = []toggle.Rule{{When: nested(10_000), Serve: "a"}} },
	} {
		good := toggle.Flag{
			Kind: toggle.Ops, Owner: "shop", Default: "a", Variants: map[string]toggle.Value{"a": toggle.Num(1)},
			Settings: toggle.Settings{Enabled: true},
		}
		bad := good
		change(&bad)
		set := toggle.Set{Flags: map[string]toggle.Flag{"f": bad, "g": good}}
		s, err := toggle.Compile(set, toggle.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %.300v, want %s", err, want)
		}
		if r := s.Evaluate("f", nil, now); r.Error != toggle.FlagBroken {
			t.Errorf("%s it is served: %v", want, r)
		}
		if r := s.Evaluate("g", nil, now); r.Reason != toggle.Static {
			t.Errorf("%s the other one is %v", want, r)
		}
		digests[s.Digest()] = want
		set.Flags["f"] = good
		before, _ := toggle.Compile(set, toggle.Options{})
		set.Flags["f"] = bad
		if s, _ = toggle.Compile(set, toggle.Options{Previous: before}); s.Evaluate("f", nil, now).Reason != toggle.Static {
			t.Errorf("%s it is not as it was before", want)
		}
	}
	if len(digests) != 6 {
		t.Errorf("sets that differ have one digest: %v", digests)
	}
	_, err = toggle.Compile(toggle.Set{Segments: map[string]toggle.Condition{"s": nested(10_000)}}, toggle.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "segments.s.not.") {
		t.Errorf("%.300v", err)
	}
}

// A snapshot keeps nothing that evaluation needs of the set that it was made of.
func TestSnapshotIsItsOwn(t *testing.T) {
	f := toggle.Flag{
		Kind: toggle.Ops, Owner: "shop", Default: "a", Variants: map[string]toggle.Value{"a": toggle.Num(1), "b": toggle.Num(2)},
		Settings: toggle.Settings{Enabled: true},
	}
	asking := f
	asking.Prerequisites = []toggle.Prerequisite{{Flag: "f", Variants: []string{"a"}}}
	asking.Rules = []toggle.Rule{
		{When: toggle.Condition{Attribute: "x", Prefix: []string{"p"}}, Serve: "b"},
		{When: toggle.Condition{Attribute: "x", In: []toggle.Value{toggle.Num(7)}}, Serve: "b"},
		{Rollout: &toggle.Rollout{Exposure: bucket.Everybody / 2, Split: []toggle.Part{{Variant: "b", Weight: 1}}}},
	}
	set := toggle.Set{Flags: map[string]toggle.Flag{"f": f, "g": asking}}
	s, err := toggle.Compile(set, toggle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	answers := func() (all []toggle.Result) {
		changed, err := s.With(toggle.Changes{Overrides: map[string]toggle.Override{"f": {Variant: "b"}}})
		if err != nil {
			t.Error(err)
		}
		for _, x := range []toggle.Value{{}, toggle.Text("pq"), toggle.Num(7)} {
			sub := &toggle.Subject{Key: "user-1", Attributes: map[string]toggle.Value{"x": x}}
			all = append(all, s.Evaluate("g", sub, now), changed.Evaluate("f", sub, now))
		}
		return all
	}
	before := answers()
	f.Variants["b"] = toggle.Num(3)
	delete(f.Variants, "a")
	asking.Prerequisites[0].Variants[0] = "b"
	asking.Rules[0].When.Prefix[0] = "q"
	asking.Rules[1].When.In[0] = toggle.Num(8)
	*asking.Rules[2].Rollout = toggle.Rollout{}
	clear(set.Flags)
	for i, r := range answers() {
		if r != before[i] {
			t.Errorf("answer %d was %v, and is %v", i, before[i], r)
		}
	}
}

// A result is one sentence, for every reason and error.
func TestResultIsASentence(t *testing.T) {
	b := toggle.Bool(true)
	for want, r := range map[string]toggle.Result{ // order does not matter: each is asked alone
		"on: everybody gets it":                      {Variant: "on", Value: b, Reason: toggle.Static},
		"on: no rule matched":                        {Variant: "on", Value: b, Reason: toggle.Default},
		"on: beta matched":                           {Variant: "on", Value: b, Reason: toggle.TargetingMatch, Rule: "beta"},
		"on: the bucket in rollout decided":          {Variant: "on", Value: b, Reason: toggle.Split, Rule: "rollout"},
		"on: the flag is not enabled":                {Variant: "on", Value: b, Reason: toggle.Disabled},
		"on: prerequisite p is not there":            {Variant: "on", Value: b, Reason: toggle.Prerequired, Detail: "prerequisite p is not there"},
		"on: the flag was killed":                    {Variant: "on", Value: b, Reason: toggle.Killed},
		"true: it was overridden here":               {Value: b, Reason: toggle.Overridden},
		"on: the source was silent for too long":     {Variant: "on", Value: b, Reason: toggle.Outdated},
		"the caller's default: everybody gets it":    {Reason: toggle.Static},
		"the caller's default: there is no such one": {Reason: toggle.Failed, Error: toggle.FlagNotFound, Detail: "there is no such one"},
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for of, want := range map[toggle.Value]string{ // order does not matter: each is asked alone
		toggle.Bool(true): "the flag is a boolean",
		toggle.Text("a"):  "the flag is a string",
		toggle.Num(1):     "the flag is a number",
		toggle.Time(now):  "the flag is of another type",
		toggle.Texts("a"): "the flag is of another type",
	} {
		if got := (toggle.Result{Value: of}).As(toggle.JSON); got.Detail != want || got.Error != toggle.TypeMismatch {
			t.Errorf("%v: %v", of, got)
		}
	}
}

// Whatever the time, it is before or after what a flag can name.
func TestFarTimes(t *testing.T) {
	s, err := toggle.Load([]byte(`{"flags": {"f": {`+about+`, "enabled": true, "rules": [
		{"name": "before", "when": {"attribute": "now", "until": "1700-01-01T00:00:00Z"}, "serve": "on"},
		{"name": "after", "when": {"attribute": "now", "from": "2260-01-01T00:00:00Z"}, "serve": "on"}
	]}}}`), toggle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for year, want := range map[int]string{ // order does not matter: each is asked alone
		-1: "before", 0: "before", 1: "before", 1601: "before", 1650: "before", 1677: "before", 1969: "", 2261: "after", 2262: "after", 2263: "after", 9999: "after", 200_000: "after",
	} {
		if r := s.Evaluate("f", nil, time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC)); r.Rule != want {
			t.Errorf("in %d: %v", year, r)
		}
	}
}

// What a JSON variant holds can be read with 64 bits; and a name that is not there is told
// with some of those that are.
func TestLoadOfOddities(t *testing.T) {
	many := make([]string, 100)
	for i := range many {
		many[i] = `"v` + strings.Repeat("x", i) + `": 1`
	}
	for data, want := range map[string]string{ // order does not matter: each is asked alone
		`"variants": {"a": [1e999]}, "default": "a"`:                                                "flags.f.variants.a: must have only numbers that 64 bits can hold",
		`"variants": {"a": {"b": null}}, "default": "a"`:                                            "flags.f.variants.a.b: must not be null",
		`"variants": {` + strings.Join(many, ", ") + `}, "default": "a"`:                            `flags.f.default: "a" must be one of v, vx, `,
		`"rules": [{"when": {"attribute": "x", "matches": "((a{100}){100}){100}"}, "serve": "on"}]`: "flags.f.rules[0].when.matches: ",
	} {
		s, err := toggle.Load([]byte(`{"flags": {"f": {`+about+`, `+data+`}, "g": {`+about+`}}}`), toggle.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 600 {
			t.Errorf("got %v, want %s", err, want)
		}
		if f, g := s.Evaluate("f", nil, now), s.Evaluate("g", nil, now); f.Error != toggle.FlagBroken || g.Error != "" {
			t.Errorf("%s: %v and %v", want, f, g)
		}
	}
}

// What a rollout says of salt and bucketing beats what its flag says; and a schedule may
// lower an exposure.
func TestRolloutBeatsFlag(t *testing.T) {
	r := toggle.Rollout{Serve: "on", Salt: "own", Bucketing: bucket.Unleash}
	d, _ := r.Distribution("f", &toggle.Flag{Salt: "flag's", Bucketing: bucket.Flagr})
	if d.Salt != "own" || d.Algorithm != bucket.Unleash {
		t.Errorf("%+v", d)
	}
	s, err := toggle.Load([]byte(`{"flags": {"f": {`+about+`, "enabled": true, "rollout": {"exposure": "100%", "serve": "on"},
		"schedule": [{"at": "2020-01-01T00:00:00Z", "exposure": "0%"}]}}}`), toggle.Options{})
	if err != nil || s.Bool("f", nil, now, true) || !s.Bool("f", nil, time.Time{}, false) {
		t.Error(err, s.Evaluate("f", nil, now))
	}
}
