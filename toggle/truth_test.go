package toggle_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// ask is the truth of a condition of a subject. A rule only tells yes from the rest, so it
// is asked for the condition and for its opposite.
func ask(t *testing.T, when string, sub *toggle.Subject, at time.Time) truth {
	t.Helper()
	data := `{"flags": {"is": {` + about + `, "enabled": true, "rules": [{"when": ` + when + `, "serve": "on"}]},
		"not": {` + about + `, "enabled": true, "rules": [{"when": {"not": ` + when + `}, "serve": "on"}]}}}`
	s, err := toggle.Load([]byte(data), toggle.Options{})
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	is, not := s.Bool("is", sub, at, false), s.Bool("not", sub, at, false)
	if is && not {
		t.Errorf("%s is true and false", when)
	}
	return either(is, yes, either(not, no, maybe))
}

// The tables of Kleene's logic, for two and three conditions.
func TestKleene(t *testing.T) {
	sub := &toggle.Subject{Attributes: map[string]toggle.Value{"a": toggle.Num(1)}}
	conditions := map[truth]string{
		yes:   `{"attribute": "a", "equals": 1}`,
		no:    `{"attribute": "a", "equals": 2}`,
		maybe: `{"attribute": "b", "equals": 1}`,
	}
	rank := map[truth]int{no: 0, maybe: 1, yes: 2}
	all := []truth{no, maybe, yes}
	for _, x := range all {
		if got := ask(t, conditions[x], sub, now); got != x {
			t.Errorf("%s is %s", x, got)
		}
		if got, want := ask(t, `{"not": `+conditions[x]+`}`, sub, now), all[2-rank[x]]; got != want {
			t.Errorf("not %s is %s, want %s", x, got, want)
		}
		for _, y := range all {
			for _, z := range all {
				list := conditions[x] + `, ` + conditions[y] + `, ` + conditions[z]
				least, most := min(rank[x], rank[y], rank[z]), max(rank[x], rank[y], rank[z])
				if got := ask(t, `{"all": [`+list+`]}`, sub, now); got != all[least] {
					t.Errorf("all of %s %s %s is %s", x, y, z, got)
				}
				if got := ask(t, `{"any": [`+list+`]}`, sub, now); got != all[most] {
					t.Errorf("any of %s %s %s is %s", x, y, z, got)
				}
			}
		}
	}
}

// Every test of an attribute: of what it is true, false and unknown.
func TestEveryTest(t *testing.T) {
	const never = ` "absent", null, {"x": 1}`
	for _, c := range []struct{ test, yes, no, maybe string }{
		{`"equals": 1`, `1, 1.0, [2, 1]`, `2, 0, -1, [2], []`, `"1", true, ["1"],` + never},
		{`"equals": "a"`, `"a", ["b", "a"]`, `"A", "", "aa"`, `1, false, [1],` + never},
		{`"equals": true`, `true`, `false`, `1, "true",` + never},
		{`"equals": -0`, `0`, `1`, `false,` + never},
		{`"in": [1, "a"]`, `1, "a", [null, "a"]`, `2, "b", [2, "b"]`, `true, [2, null],` + never},
		{`"in": ["a", "b", "c", "d", "e"]`, `"a", "e", ["x", "e"]`, `"f", "", ["x"]`, `1, ["x", 1],` + never},
		{`"above": 1`, `1.0000001, 2`, `1, 0, -5`, `"2", true,` + never},
		{`"atLeast": 1`, `1, 2`, `0.999`, `"2",` + never},
		{`"below": 1`, `0.999, -1`, `1, 2`, `"0",` + never},
		{`"atMost": 1`, `1, 0`, `1.0000001`, `"0",` + never},
		{`"above": 1, "below": 3`, `2, [9, 2]`, `1, 3, 0, 4, [1, 3]`, `"2",` + never},
		{`"atLeast": 1, "atMost": 3`, `1, 3, 2`, `0.9, 3.1`, `"2",` + never},
		{
			`"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"`,
			`"2026-01-01T00:00:00Z", "2026-01-02T00:59:59.999999999+01:00", "2025-12-31T23:00:00-01:00"`,
			`"2025-12-31T23:59:59Z", "2026-01-02T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"`,
			`1767225600, "2026-01-01", "2026-01-01T00:00:00", "soon",` + never,
		},
		{`"from": "2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z"`, `"2025-12-31T23:59:59Z"`, `""`},
		{`"until": "2026-01-01T00:00:00Z"`, `"0001-01-01T00:00:00Z"`, `"2026-01-01T00:00:00Z"`, `""`},
		{`"prefix": ["a", "bc"]`, `"a", "ab", "bcd", ["x", "a"]`, `"", "b", "xa", "A"`, `1, [1],` + never},
		{`"suffix": ["a", "bc"]`, `"a", "ba", "abc"`, `"", "b", "ax"`, `1,` + never},
		{`"contains": ["a", "bc"]`, `"a", "bab", "xbcx"`, `"", "b", "cb"`, `1,` + never},
		{`"matches": "^a+$"`, `"a", "aaa"`, `"", "ab", "b"`, `1,` + never},
		{
			`"version": ">=1.2.0 <2.0.0"`, `"1.2.0", "v1.9.9", "1.2.0+build.007", "2.0.0-rc.1", "2-0"`, `"1.1.9", "2", "1.2.0-rc.1"`,
			`"1.02.0", "", "1.2.3.4", "1.2.0+", 1.2,` + never,
		},
		{`"version": "!=1.2.0"`, `"1.2.1", "1.2.0-a"`, `"1.2", "v1.2.0+x"`, `"x"`},
		{
			`"cidr": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]`, `"10.255.0.1", "::ffff:10.1.2.3", "2001:db8:1::", "192.0.2.7"`,
			`"11.0.0.0", "192.0.2.8", "2001:db9::", "::1"`, `"", "10.0.0", "10.0.0.0/8", "010.0.0.1", 10,` + never,
		},
		{`"cidr": ["0.0.0.0/0"]`, `"1.2.3.4", "::ffff:1.2.3.4"`, `"::1"`, `""`},
		{`"cidr": ["fe80::/10"]`, `"fe80::1%eth0"`, `"::ffff:1.2.3.4"`, `"fe80::1%"`},
		{`"present": true`, `1, "", null, [], {"x": 1}`, `"absent"`, ``},
		{`"present": false`, `"absent"`, `1, "", null, [], {"x": 1}`, ``},
		{`"null": true`, `null`, `1, "", [], [null], {"x": 1}`, `"absent"`},
		{`"null": false`, `1, "", [], [null], {"x": 1}`, `null`, `"absent"`},
	} {
		for want, values := range map[truth]string{yes: c.yes, no: c.no, maybe: c.maybe} { // order does not matter: each is asked alone
			var all []any
			if err := json.Unmarshal([]byte(`[`+values+`]`), &all); err != nil {
				t.Fatal(c.test, values, err)
			}
			for _, a := range all {
				v, err := toggle.Of(a)
				if err != nil {
					t.Fatal(err)
				}
				sub := &toggle.Subject{Attributes: map[string]toggle.Value{"a": v, "b": toggle.Text("a")}}
				if a == "absent" {
					delete(sub.Attributes, "a")
				}
				if got := ask(t, `{"attribute": "a", `+c.test+`}`, sub, now); got != want {
					t.Errorf("%s of %v: got %s, want %s", c.test, a, got, want)
				}
			}
		}
	}
}

// Key and now are not what the attributes of their names say.
func TestKeyAndNow(t *testing.T) {
	other := map[string]toggle.Value{"key": toggle.Text("other"), "now": toggle.Time(now.Add(time.Hour))}
	day := func(offset time.Duration) string { return now.Add(offset).Format(time.RFC3339Nano) }
	for _, c := range []struct {
		when string
		key  string
		want truth
	}{
		{`{"attribute": "key", "equals": "me"}`, "me", yes},
		{`{"attribute": "key", "equals": "other"}`, "me", no},
		{`{"attribute": "key", "equals": "other"}`, "", maybe},
		{`{"attribute": "key", "present": true}`, "me", yes},
		{`{"attribute": "key", "present": true}`, "", no},
		{`{"attribute": "key", "null": false}`, "me", yes},
		{`{"attribute": "key", "null": true}`, "", maybe},
		{`{"attribute": "now", "from": "` + day(0) + `"}`, "", yes},
		{`{"attribute": "now", "from": "` + day(1) + `"}`, "", no},
		{`{"attribute": "now", "until": "` + day(0) + `"}`, "", no},
		{`{"attribute": "now", "until": "` + day(1) + `"}`, "", yes},
	} {
		if got := ask(t, c.when, &toggle.Subject{Key: c.key, Attributes: other}, now); got != c.want {
			t.Errorf("%s for %q: got %s, want %s", c.when, c.key, got, c.want)
		}
	}
	for at, want := range map[time.Time]truth{{}: no, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC): yes} { // order does not matter: each is asked alone
		if got := ask(t, `{"attribute": "now", "from": "2026-01-01T00:00:00Z"}`, nil, at); got != want {
			t.Errorf("at %v: got %s, want %s", at, got, want)
		}
	}
	v := toggle.Time(now)
	if got := ask(t, fmt.Sprintf(`{"attribute": "a", "from": %v}`, v), &toggle.Subject{Attributes: map[string]toggle.Value{"a": v}}, now); got != yes {
		t.Error("an instant is not from itself on:", got)
	}
}
