package unleash

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// compile compiles the set and, as what a user keeps must be the same, the set that was
// written and read.
func compile(t *testing.T, set toggle.Set) *toggle.Snapshot {
	t.Helper()
	s, err := toggle.Compile(set, toggle.Options{})
	if err != nil {
		t.Fatalf("what was loaded does not compile: %v", err)
	}
	b, err := set.MarshalJSON()
	if err != nil {
		t.Fatalf("what was loaded cannot be written: %v", err)
	}
	kept, err := toggle.Load(b, toggle.Options{})
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if kept.Digest() != s.Digest() {
		t.Fatalf("what was read is not what was written: %s", b)
	}
	return kept
}

func TestBucketsAreUnleashs(t *testing.T) {
	file, err := os.ReadFile("testdata/buckets.json")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/buckets.txt")
	if err != nil {
		t.Fatal(err)
	}
	set, err := Load(file, Options{Owner: "us"})
	if err != nil {
		t.Fatal(err)
	}
	s, seen := compile(t, set), 0
	for line := range strings.Lines(string(golden)) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		sub := &toggle.Subject{Key: strings.TrimPrefix(f[1], "-"), Attributes: map[string]toggle.Value{"sessionId": toggle.Text(f[2])}}
		on, which := s.Evaluate(f[0], sub, time.Time{}), s.Evaluate(Variant(f[0]), sub, time.Time{})
		if on.Value.Bool() != (f[3] == "true") || which.Variant != strings.TrimPrefix(f[4], "-") {
			t.Errorf("%s: %v, %v", strings.TrimSpace(line), on, which)
		}
		seen++
	}
	if seen != 3*71 {
		t.Errorf("%d lines", seen)
	}
	if v := s.Num(Variant("all"), &toggle.Subject{Key: "user-1"}, time.Time{}, 0); v != 1.5 && v != 2 {
		t.Errorf("%v is no payload", v)
	}
}

// with is a file with a feature f that has a strategy, and one without any.
func with(strategy string) string {
	return `{"features": [{"name": "f", "enabled": true, "strategies": [` + strategy + `]}, {"name": "other", "enabled": true}],
		"segments": [{"id": 1, "constraints": [{"contextName": "a", "operator": "IN", "values": ["x"]}]},
			{"id": 2, "constraints": [{"contextName": "a", "operator": "BETWEEN"}]}, {"id": 4}, {"id": 4}, null]}`
}

func TestWhatCannotBeSaidIsAnError(t *testing.T) {
	const at = "features[0].strategies[0]"
	constraint := func(s string) string { return `{"name": "default", "constraints": [` + s + `]}` }
	for _, c := range []struct{ strategy, path, rule string }{
		{`{"name": "mine"}`, at + ".name", "Unleash's own"},
		{`{"name": "flexibleRollout", "parameters": {"rollout": "many"}}`, at + ".parameters.rollout", "a percentage"},
		{`{"name": "flexibleRollout", "parameters": {"rollout": 50, "stickiness": "random"}}`, at + ".parameters.stickiness", "chance"},
		{`{"name": "gradualRolloutRandom", "parameters": {"percentage": "50"}}`, at + ".parameters.percentage", "chance"},
		{`{"name": "gradualRolloutUserId", "parameters": {"percentage": "50"}}`, at + ".parameters.groupId", "must be given"},
		{`{"name": "applicationHostname", "parameters": {"hostNames": "here"}}`, at + ".name", "Options.Hostname"},
		{`{"name": "default", "segments": [3]}`, at + ".segments[0]", "a segment of the file"},
		{`{"name": "default", "segments": [2]}`, at + ".segments[0]", "that is right"},
		{constraint(`{"contextName": "a", "operator": "BETWEEN"}`), at + ".constraints[0].operator", "must be one of IN"},
		{constraint(`{"contextName": "key", "operator": "IN"}`), at + ".constraints[0].contextName", "not key or now"},
		{constraint(`{"contextName": "a", "operator": "NUM_EQ", "value": "0x10"}`), at + ".constraints[0].value", "decimal"},
		{constraint(`{"contextName": "a", "operator": "DATE_AFTER", "value": "today"}`), at + ".constraints[0].value", "an instant"},
		{constraint(`{"contextName": "a", "operator": "SEMVER_EQ", "value": "v1.2"}`), at + ".constraints[0].value", "semantic version"},
		{constraint(`{"contextName": "a", "operator": "REGEX", "value": "("}`), at + ".constraints[0].value", "regular expression"},
		{`{"name": "flexibleRollout", "parameters": {"rollout": 50, "stickiness": "default", "groupId": "f"},
			"variants": [{"name": "a", "weight": 1, "stickiness": "a"}, {"name": "b", "weight": 1}]}`, at, "stickiness of its rollout"},
		{`{"name": "default", "parameters": {"groupId": "f"}, 
			"variants": [{"name": "a", "weight": 1, "payload": {"type": "json", "value": "1"}}]}`, at + ".variants[0].payload", "of type string"},
		{`{"name": "gradualRolloutSessionId", "parameters": {"percentage": 50, "groupId": "f"},
			"variants": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]}`, at, "stickiness of its rollout"},
		{`{"name": "default", "parameters": {"groupId": "f"}, "variants": [
			{"name": "a", "weight": 1, "payload": {"type": "string", "value": "1"}},
			{"name": "b", "weight": 0}]}`, "features[0].variants", "payload, or none"},
		{`{"name": "flexibleRollout", "parameters": {"rollout": "Inf"}}`, at + ".parameters.rollout", "a percentage"},
		{`{"name": "default", "disabled": true}`, at + ".disabled", "must not be there"},
		{`{"name": "default", "segments": [4]}`, at + ".segments[0]", "that is right"},
		{`{"name": "default", "segments": [0]}`, at + ".segments[0]", "that is right"},
		{`{"name": "default", "parameters": {"groupId": "f"},
			"variants": [{"name": "a", "weight": 1}, {"name": "a", "weight": 2}]}`, `features[0].flags["f:variant"].rules[0].rollout.split[1].variant`, "one part only"},
		{`7`, "features[0]", "must be a feature"},
	} {
		set, err := Load([]byte(with(c.strategy)), Options{Owner: "us"})
		if _, ok := set.Flags["other"]; !ok || len(set.Flags) > 1 {
			t.Errorf("%s: %d flags, and not the other alone", c.strategy, len(set.Flags))
		}
		if err == nil || !strings.Contains(err.Error(), c.path+": ") || !strings.Contains(err.Error(), c.rule) {
			t.Errorf("%s: %v", c.strategy, err)
		}
	}
	for _, data := range []string{``, `[]`, `{"features": 1}`, `{"features": [{}]}`, `{"features": [{"name": "f"}, {"name": "f"}]}`} {
		if set, err := Load([]byte(data), Options{Owner: "us"}); err == nil || len(set.Flags) > 0 {
			t.Errorf("%s: %v, %v", data, set, err)
		}
	}
	left, err := Load([]byte(`{"features": [{"name": "a", "enabled": true, "dependencies": [{"feature": "b"}]},
		{"name": "b", "strategies": [{"name": "mine"}]}]}`), Options{Owner: "us"})
	if err == nil || len(left.Flags) > 0 || !strings.Contains(err.Error(), "features[0].dependencies[0].feature: ") {
		t.Errorf("what depends on a feature that is left out: %v, %v", left, err)
	}
}

func TestHostnameAndExpressions(t *testing.T) {
	for _, c := range []struct {
		strategy string
		want     bool
	}{
		{`{"name": "applicationHostname", "parameters": {"hostNames": "there,HERE"}}`, true},
		{`{"name": "applicationHostname", "parameters": {"hostNames": "there"}}`, false},
		{`{"name": "gradualRolloutRandom", "parameters": {"percentage": "100"}}`, true},
		{`{"name": "gradualRolloutRandom", "parameters": {"percentage": 0}}`, false},
		{`{"name": "default", "segments": [1]}`, false},
		{`{"name": "default", "constraints": [{"contextName": "a", "operator": "REGEX", "value": "^V.*E$", "caseInsensitive": true}]}`, true},
		{`{"name": "default", "constraints": [{"contextName": "none", "operator": "REGEX", "value": ".*", "inverted": true}]}`, true},
		{`{"name": "default", "constraints": [{"contextName": "n", "operator": "IN", "values": ["7"]}]}`, true},
		{`{"name": "default", "constraints": [{"contextName": "currentTime", "operator": "DATE_AFTER", "value": "2026-01-01T00:00:00Z"}]}`, true},
		{`{"name": "default", "constraints": [{"contextName": "currentTime",
			"operator": "DATE_BEFORE", "value": "2026-01-01T00:00:00Z"}]}`, false},
	} {
		set, _ := Load([]byte(with(c.strategy)), Options{Owner: "us", Hostname: "here"}) // segment 2 is wrong
		s, err := toggle.Compile(set, toggle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sub := &toggle.Subject{Attributes: map[string]toggle.Value{"a": toggle.Text("value"), "n": toggle.Num(7)}}
		r := s.Evaluate("f", sub, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
		if r.Error != "" || r.Value.Bool() != c.want {
			t.Errorf("%s: %v", c.strategy, r)
		}
	}
}

// TestVariantsHaveTheirOwnHash: who has which variant of a feature does not change with its
// rollout, whose group has another name.
func TestVariantsHaveTheirOwnHash(t *testing.T) {
	load := func(rollout string) *toggle.Snapshot {
		set, err := Load([]byte(`{"features": [{"name": "f", "enabled": true, "strategies": [{"name": "flexibleRollout",
			"parameters": {"rollout": "`+rollout+`", "stickiness": "userId", "groupId": "g"}}], "variants": [
			{"name": "a", "weight": 1, "stickiness": "userId"}, {"name": "b", "weight": 1, "stickiness": "userId"}]}]}`), Options{Owner: "us"})
		if err != nil {
			t.Fatal(err)
		}
		return compile(t, set)
	}
	half, all, seen := load("50"), load("100"), map[string]int{}
	for i := range 200 {
		sub := &toggle.Subject{Key: "user-" + strconv.Itoa(i)}
		a, b := half.Evaluate(Variant("f"), sub, time.Time{}), all.Evaluate(Variant("f"), sub, time.Time{})
		if half.Bool("f", sub, time.Time{}, false) != (a.Variant != "") || a.Variant != "" && a.Variant != b.Variant {
			t.Errorf("%s: %v, and at 100 %% %v", sub.Key, a, b)
		}
		seen[a.Variant]++
	}
	if len(seen) != 3 {
		t.Errorf("got %v", seen)
	}
}

// TestBorders: what a random file rarely meets.
func TestBorders(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		constraint string
		now        time.Time
		want       bool
	}{
		{`"operator": "DATE_AFTER"`, noon, false},
		{`"operator": "DATE_AFTER"`, noon.Add(1), true},
		{`"operator": "DATE_BEFORE"`, noon, false},
		{`"operator": "DATE_BEFORE"`, noon.Add(-1), true},
	} {
		set, _ := Load([]byte(with(`{"name": "default", "constraints": [{"contextName": "currentTime", "value": "2026-01-01T12:00:00Z", `+
			c.constraint+`}]}`)), Options{Owner: "us"}) // two segments are wrong
		if got := compile(t, set).Bool("f", &toggle.Subject{}, c.now, !c.want); got != c.want {
			t.Errorf("%s at %v: %v", c.constraint, c.now, got)
		}
	}
	set, err := Load([]byte(`{"features": [{"name": "a", "enabled": true, "dependencies": [{"feature": "b"}]},
		{"name": "b", "enabled": true, "dependencies": [{"feature": "c"}]}, {"name": "c", "enabled": true}]}`), Options{Owner: "us"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"a": false, "b": true, "c": true} { // order does not matter: independent
		if got := compile(t, set).Bool(name, &toggle.Subject{}, noon, !want); got != want {
			t.Errorf("%s, where dependencies have one level: %v", name, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	file, err := os.ReadFile("testdata/buckets.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(with(`{"name": "flexibleRollout", "segments": [1], "parameters": {"rollout": 1},
		"variants": [{"name": "a", "overrides": [{"contextName": "a"}]}]}`)))
	f.Add([]byte(with(`{"name": "remoteAddress", "parameters": {"IPs": "10.0.0.1,::/0"},
		"constraints": [{"contextName": "a", "operator": "NUM_LT", "value": "1e9"}]}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, _ := Load(data, Options{Owner: "us"})
		s := compile(t, set)
		for _, name := range s.Names() {
			s.Evaluate(name, &toggle.Subject{Key: "k"}, time.Time{})
		}
	})
}
