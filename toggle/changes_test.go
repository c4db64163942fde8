package toggle_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

const changeable = `{"flags": {
	"bool": {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off", "stale": "off"},
	"keep": {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off"},
	"asks": {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off", "prerequisites": [{"flag": "bool", "variants": ["on"]}]},
	"asks-new": {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off", "prerequisites": [{"flag": "new", "variants": ["on"]}]},
	"asks-keyed": {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off", "prerequisites": [{"flag": "keyed", "variants": ["on"]}]},
	"keyed": {"kind": "ops", "owner": "shop", "enabled": true, "rollout": {"exposure": "50%", "serve": "on"},
		"schedule": [{"at": "2026-01-01T00:00:00Z", "exposure": "40%"}]},
	"color": {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"red": "#f00", "blue": "#00f"}, "default": "red", "stale": "off"},
	"count": {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"one": 1, "two": 2}, "default": "one"},
	"broken": {"stale": "off"}
}}`

func TestWith(t *testing.T) {
	base, _ := toggle.Load([]byte(changeable), toggle.Options{})
	variant := func(v string) toggle.Override { return toggle.Override{Variant: v} }
	serve := func(v toggle.Value) toggle.Override { return toggle.Override{Value: v} }
	for _, c := range []struct {
		name     string
		changes  toggle.Changes
		flag     string
		want     string
		problems string
	}{
		{"nothing", toggle.Changes{}, "bool", "on: everybody gets it", ""},
		{"kill", toggle.Changes{Kills: []string{"bool"}}, "bool", "off: the flag was killed", ""},
		{"kill of another", toggle.Changes{Kills: []string{"bool"}}, "keep", "on: everybody gets it", ""},
		{"kill without off", toggle.Changes{Kills: []string{"color"}}, "color", "red: the flag was killed", ""},
		{"kill of what is asked", toggle.Changes{Kills: []string{"bool"}}, "asks", "off: prerequisite bool is not on", ""},
		{"kill of what is timed", toggle.Changes{Kills: []string{"keyed"}}, "keyed", "off: the flag was killed", ""},
		{"kill of what is unknown", toggle.Changes{Kills: []string{"x"}}, "x", "the caller's default: there is no such flag", ""},
		{
			"kill of what is broken",
			toggle.Changes{Kills: []string{"broken"}},
			"broken",
			"the caller's default: flag broken is broken: see what was wrong when it was loaded", "",
		},
		{"override", toggle.Changes{Overrides: map[string]toggle.Override{"bool": variant("off")}}, "bool", "off: it was overridden here", ""},
		{
			"override by value",
			toggle.Changes{Overrides: map[string]toggle.Override{"count": serve(toggle.Num(7))}},
			"count",
			"7: it was overridden here", "",
		},
		{
			"override of what is asked",
			toggle.Changes{Overrides: map[string]toggle.Override{"keyed": variant("on")}},
			"asks-keyed",
			"on: no rule matched", "",
		},
		{
			"override by value of what is asked",
			toggle.Changes{Overrides: map[string]toggle.Override{"bool": serve(toggle.Bool(true))}},
			"asks",
			"off: prerequisite bool is not on", "",
		},
		{
			"override of what is unknown",
			toggle.Changes{Overrides: map[string]toggle.Override{"new": serve(toggle.Text("x"))}},
			"new", `"x": it was overridden here`, "",
		},
		{
			"prerequisite of what is unknown",
			toggle.Changes{Overrides: map[string]toggle.Override{"new": serve(toggle.Bool(true))}},
			"asks-new",
			"off: prerequisite new is not there", "",
		},
		{
			"override of what is broken",
			toggle.Changes{Overrides: map[string]toggle.Override{"broken": serve(toggle.Num(1))}},
			"broken", "1: it was overridden here", "",
		},
		{
			"kill beats override",
			toggle.Changes{Kills: []string{"bool"}, Overrides: map[string]toggle.Override{"bool": variant("on")}},
			"bool",
			"off: the flag was killed", "",
		},
		{
			"kill beats override of what is unknown",
			toggle.Changes{Kills: []string{"new"}, Overrides: map[string]toggle.Override{"new": serve(toggle.Bool(true))}},
			"new", "the caller's default: there is no such flag", "",
		},
		{
			"kill beats override of what is broken",
			toggle.Changes{Kills: []string{"broken"}, Overrides: map[string]toggle.Override{"broken": serve(toggle.Bool(true))}},
			"broken",
			"the caller's default: flag broken is broken: see what was wrong when it was loaded", "",
		},
		{"stale", toggle.Changes{Stale: true}, "bool", "off: the source was silent for too long", ""},
		{"stale without off", toggle.Changes{Stale: true}, "color", "red: the source was silent for too long", ""},
		{"stale, kept", toggle.Changes{Stale: true}, "keep", "on: everybody gets it", ""},
		{
			"stale, broken",
			toggle.Changes{Stale: true},
			"broken",
			"the caller's default: flag broken is broken: see what was wrong when it was loaded", "",
		},
		{"stale and asked", toggle.Changes{Stale: true}, "asks", "off: prerequisite bool is not on", ""},
		{
			"override beats stale",
			toggle.Changes{Stale: true, Overrides: map[string]toggle.Override{"bool": variant("on")}},
			"bool", "on: it was overridden here", "",
		},
		{"kill beats stale", toggle.Changes{Stale: true, Kills: []string{"bool"}}, "bool", "off: the flag was killed", ""},
		{
			"empty",
			toggle.Changes{Overrides: map[string]toggle.Override{"bool": {}}},
			"bool", "on: everybody gets it",
			"overrides.bool: must have a variant or a value",
		},
		{
			"both",
			toggle.Changes{Overrides: map[string]toggle.Override{"bool": {Variant: "on", Value: toggle.Bool(true)}}},
			"bool",
			"on: everybody gets it", "overrides.bool: must have either a variant or a value",
		},
		{
			"no such variant",
			toggle.Changes{Overrides: map[string]toggle.Override{"color": variant("green")}},
			"color",
			"red: everybody gets it", `overrides.color.variant: "green" must be one of blue, red`,
		},
		{
			"another type",
			toggle.Changes{Overrides: map[string]toggle.Override{"color": serve(toggle.Num(1))}},
			"color",
			"red: everybody gets it", `overrides.color.value: 1 must be a string, as the flag is`,
		},
		{
			"a list",
			toggle.Changes{Overrides: map[string]toggle.Override{"new": serve(toggle.Texts("a"))}},
			"new",
			"the caller's default: there is no such flag", `overrides.new.value: ["a"] must be a boolean, a string, a number, an object or a list in JSON`,
		},
		{
			"an instant",
			toggle.Changes{Overrides: map[string]toggle.Override{"new": serve(toggle.Time(now))}},
			"new",
			"the caller's default: there is no such flag", `overrides.new.value: "2026-11-02T09:00:00Z" must be a boolean, a string, a number, an object or a list in JSON`,
		},
		{
			"variant of what is unknown",
			toggle.Changes{Overrides: map[string]toggle.Override{"new": variant("on"), "bool": variant("off")}},
			"bool",
			"off: it was overridden here", `overrides.new.variant: "on" must be a value: there is no flag "new" with variants`,
		},
	} {
		before := states(base)
		s, err := base.With(toggle.Changes{Kills: []string{"keep"}}) // it is not kept
		if err != nil {
			t.Fatal(err)
		}
		if s, err = s.With(c.changes); (err == nil) != (c.problems == "") || err != nil && err.Error() != c.problems {
			t.Errorf("%s: got %v, want %s", c.name, err, c.problems)
		}
		if got := s.Evaluate(c.flag, nil, now).String(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if s.Digest() != base.Digest() || states(base) != before {
			t.Errorf("%s: the snapshot before has changed", c.name)
		}
	}
	killed, _ := base.With(toggle.Changes{Kills: []string{"keyed"}})
	if killed.Timed("keyed") || !base.Timed("keyed") || !base.Timed("asks-keyed") || base.Timed("asks") {
		t.Error("what is timed is told wrongly")
	}
}

func TestNoSnapshot(t *testing.T) {
	var none *toggle.Snapshot
	var empty toggle.Snapshot
	if r := none.Evaluate("a", nil, now); r.Error != toggle.NotReady || none.Bool("a", nil, now, true) != true {
		t.Error(r)
	}
	if r := (toggle.Handle{}).Evaluate(nil, now); r.Error != toggle.NotReady {
		t.Error(r)
	}
	if r := empty.Evaluate("a", nil, now); r.Error != toggle.FlagNotFound || empty.Timed("a") {
		t.Error(r)
	}
	for _, s := range []*toggle.Snapshot{none, &empty} {
		if _, ok := s.Flag("a"); ok || len(s.Names()) > 0 || s.Environment() != "" || s.Digest() != "" {
			t.Error("there is something in nothing")
		}
		pinned, err := s.With(toggle.Changes{Kills: []string{"b"}, Overrides: map[string]toggle.Override{"a": {Value: toggle.Bool(true)}}})
		if err != nil || !pinned.Bool("a", nil, now, false) {
			t.Error(err, pinned.Evaluate("a", nil, now))
		}
	}
}

func TestGetters(t *testing.T) {
	s, _ := toggle.Load([]byte(`{"flags": {
		"bool": {`+about+`, "enabled": true, "default": "on"},
		"text": {`+about+`, "variants": {"a": "x"}, "default": "a"},
		"num": {`+about+`, "variants": {"a": 1.5}, "default": "a"},
		"json": {`+about+`, "variants": {"a": {"b": [1, {"c": "d"}]}}, "default": "a"},
		"broken": {}
	}}`), toggle.Options{})
	for _, name := range []string{"bool", "text", "num", "json", "broken", "gone"} {
		h := s.Handle(name)
		got := []any{
			s.Bool(name, nil, now, true) == h.Bool(nil, now, true) && s.Bool(name, nil, now, false) == (name == "bool"),
			s.Text(name, nil, now, "?") == either(name == "text", "x", "?") && h.Text(nil, now, "!") == either(name == "text", "x", "!"),
			s.Num(name, nil, now, 7) == either(name == "num", 1.5, 7) && h.Num(nil, now, 8) == either(name == "num", 1.5, 8),
			s.JSON(name, nil, now, "?") == either(name == "json", `{"b":[1,{"c":"d"}]}`, "?") && h.JSON(nil, now, "!") == s.JSON(name, nil, now, "!"),
			h.Of(s), !h.Of(nil), !toggle.Handle{}.Of(s), h.Evaluate(nil, now) == s.Evaluate(name, nil, now),
		}
		for i, ok := range got {
			if ok != true {
				t.Errorf("%s: getter %d is wrong", name, i)
			}
		}
		r := s.Evaluate(name, nil, now)
		for _, of := range []toggle.Type{toggle.Boolean, toggle.String, toggle.Number, toggle.JSON} {
			switch as := r.As(of); {
			case r.Error != "" || r.Value.Type() == of:
				if as != r {
					t.Errorf("%s as %v: %+v", name, of, as)
				}
			case as.Error != toggle.TypeMismatch || as.Value.Type() != toggle.Nothing || as.Reason != toggle.Failed || as.Variant != "":
				t.Errorf("%s as %v: %+v", name, of, as)
			}
		}
	}
	as := s.Evaluate("json", nil, now).As(toggle.Boolean).String()
	if want := "the caller's default: the flag is JSON"; as != want {
		t.Error(as)
	}
	if f, ok := s.Flag("text"); !ok || f.Default != "a" || s.Environment() != "" {
		t.Error(f, ok)
	}
	if _, ok := s.Flag("gone"); ok {
		t.Error("there is a flag that is not there")
	}
}

// Changes of a schedule stay in force; the instant belongs to what begins.
func TestSchedule(t *testing.T) {
	s, err := toggle.Load([]byte(`{"flags": {
		"a": {`+about+`, "rollout": {"exposure": "0%", "serve": "on"}, "schedule": [
			{"at": "2026-01-01T00:00:00Z", "enabled": true},
			{"at": "2026-01-02T00:00:00Z", "exposure": "100%"},
			{"at": "2026-01-02T00:00:00.000000001Z", "enabled": false},
			{"at": "2026-01-04T00:00:00Z", "enabled": true}
		]},
		"early": {`+about+`, "schedule": [{"at": "1900-01-01T00:00:00Z", "enabled": true}]}
	}}`), toggle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, want string }{
		{"0001-01-01T00:00:00Z", "off: the flag is not enabled"},
		{"2025-12-31T23:59:59.999999999Z", "off: the flag is not enabled"},
		{"2026-01-01T00:00:00Z", "off: no rule matched"},
		{"2026-01-01T23:59:59.999999999Z", "off: no rule matched"},
		{"2026-01-02T00:00:00Z", "on: no rule matched"},
		{"2026-01-02T01:00:00+01:00", "on: no rule matched"},
		{"2026-01-02T00:00:00.000000001Z", "off: the flag is not enabled"},
		{"2026-01-04T00:00:00Z", "on: no rule matched"},
		{"9999-01-01T00:00:00Z", "on: no rule matched"},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Evaluate("a", nil, at).String(); got != c.want {
			t.Errorf("at %s: got %s, want %s", c.at, got, c.want)
		}
	}
	if r := s.Evaluate("early", nil, time.Time{}); r.Reason != toggle.Disabled {
		t.Error("the zero time is after 1900:", r)
	}
}
