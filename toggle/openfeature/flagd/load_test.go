package flagd

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

func snapshot(t *testing.T, data string) *toggle.Snapshot {
	t.Helper()
	set, err := Load([]byte(data), Options{Owner: "us"})
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, set)
}

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

func TestBucketsAreFlagds(t *testing.T) {
	file, err := os.ReadFile("testdata/buckets.json")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/buckets.txt")
	if err != nil {
		t.Fatal(err)
	}
	s, seen := snapshot(t, string(file)), 0
	for line := range strings.Lines(string(golden)) {
		if f := strings.Fields(line); f[0] != "#" {
			sub := &toggle.Subject{Key: f[1], Attributes: map[string]toggle.Value{}}
			if f[2] != "-" {
				sub.Attributes["email"] = toggle.Text(f[2])
			}
			if r := s.Evaluate(f[0], sub, time.Time{}); r.Variant != f[3] {
				t.Errorf("%s: %v", strings.TrimSpace(line), r)
			}
			seen++
		}
	}
	if seen != 3*71 {
		t.Errorf("%d lines", seen)
	}
}

// with is a file with one flag f that has variants a and b.
func with(targeting string) string {
	return `{"flags": {"f": {"state": "ENABLED", "variants": {"a": "A", "b": "B", "true": "T", "false": "F"}, "defaultVariant": "b",
		"targeting": ` + targeting + `}}, "$evaluators": {"internal": {"ends_with": [{"var": "email"}, "@example.com"]},
		"loop": {"!": [{"$ref": "loop"}]}}}`
}

func TestVersions(t *testing.T) {
	for _, c := range []struct{ op, target, version, want string }{
		{"=", "1.2.3", "v1.2.3", "true"},
		{"=", "1.2.3", "V1.2.3", "true"},
		{"=", "v1.2", "1.2.0", "true"},
		{"!=", "1.2.3", "1.2.3+build", "false"},
		{"<", "1.2.3", "1.2.3-rc.1", "true"},
		{"<=", "1.2.3", "1.2.4", "false"},
		{">", "1.9.0", "1.10.0", "true"},
		{">=", "2", "1.99.99", "false"},
		{"^", "1.2.3", "1.99.0", "true"},
		{"^", "1.2.3", "1.0.0-alpha", "true"},
		{"^", "1.2.3", "2.0.0-alpha", "false"},
		{"^", "0.2.3", "0.9.0", "true"},
		{"~", "1.2.3", "1.2.99", "true"},
		{"~", "1.2.3", "1.3.0-0", "false"},
		{"~", "1.9", "1.10.0", "false"},
		{"=", "1.2.3", "", "b"},
		{"=", "1.2.3", "1.2.x", "b"},
		{"!=", "1.2.3", "1.2-rc", "b"},
		{"!=", "1.2.3", "01.2.3", "b"},
	} {
		s := snapshot(t, with(`{"sem_ver": [{"var": "v"}, "`+c.op+`", "`+c.target+`"]}`))
		sub := &toggle.Subject{Attributes: map[string]toggle.Value{"v": toggle.Text(c.version)}}
		if r := s.Evaluate("f", sub, time.Time{}); r.Variant != c.want {
			t.Errorf("%q %s %s: %v, want %s", c.version, c.op, c.target, r, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	s := snapshot(t, `{"flags": [
		{"key": "off", "state": "DISABLED", "variants": {"a": 1}, "defaultVariant": "a"},
		{"key": "mine", "state": "ENABLED", "variants": {"a": 1}, "defaultVariant": null},
		{"key": "plain", "state": "ENABLED", "variants": {"a": {"x": [1, 2]}}, "defaultVariant": "a", "targeting": {},
			"metadata": {"owner": "them", "kind": "release", "expires": "2030-01-01T00:00:00Z", "other": 1}}
	]}`)
	for name, want := range map[string]struct {
		variant string
		reason  toggle.Reason
	}{"off": {"", toggle.Disabled}, "mine": {"", toggle.Static}, "plain": {"a", toggle.Static}} { // order does not matter: independent
		if r := s.Evaluate(name, nil, time.Time{}); r.Variant != want.variant || r.Reason != want.reason || r.Error != "" {
			t.Errorf("%s: %v", name, r)
		}
	}
	if f, _ := s.Flag("plain"); f.Owner != "them" || f.Kind != toggle.Release || f.Expires.Year() != 2030 {
		t.Errorf("%+v", f)
	}
	mail := &toggle.Subject{Attributes: map[string]toggle.Value{"email": toggle.Text("x@example.com")}}
	if r := snapshot(t, with(`{"if": [{"$ref": "internal"}, "a"]}`)).Evaluate("f", mail, time.Time{}); r.Variant != "a" {
		t.Error(r)
	}
	lists := &toggle.Subject{Attributes: map[string]toggle.Value{"groups": toggle.Texts("beta", "alphabet")}}
	for part, want := range map[string]string{"beta": "true", "alpha": "false"} { // order does not matter: as above
		if r := snapshot(t, with(`{"in": ["`+part+`", {"var": "groups"}]}`)).Evaluate("f", lists, time.Time{}); r.Variant != want {
			t.Errorf("%s: %v", part, r)
		}
	}
}

func TestWhatCannotBeSaidIsAnError(t *testing.T) {
	const at = "flags.f.targeting"
	for _, c := range []struct{ targeting, path, rule string }{
		{`{"+": [1, 2]}`, at + ".+", "must be one of if"},
		{`{"==": [1, 2], "!": 3}`, at, "one operator"},
		{`"c"`, at, "a variant of the flag"},
		{`["a"]`, at, "a variant of the flag"},
		{`{"var": "x"}`, at + ".var", "must not choose"},
		{`{"if": [{"==": [{"var": "x"}, {"var": "y"}]}, "a"]}`, at + ".if[0].==", "an attribute with a literal"},
		{`{"<": [{"var": "x"}, "b"]}`, at + ".<[1]", "strings are not ordered"},
		{`{"!": [{"var": "user.email"}]}`, at + ".![0].var", "without dots"},
		{`{"!": [{"var": "key"}]}`, at + ".![0].var", "the subject's key"},
		{`{"!": [{"$ref": "nothing"}]}`, at + ".![0].$ref", "one of $evaluators"},
		{`{"$ref": "loop"}`, "", "must be simpler"},
		{`{"sem_ver": [{"var": "v"}, "==", "1.0.0"]}`, at + ".sem_ver[1]", "= != <"},
		{`{"sem_ver": [{"var": "v"}, "=", "one"]}`, at + ".sem_ver[2]", "semantic version"},
		{`{"fractional": [["a", 1.5], ["b", 1]]}`, at + ".fractional[0][1]", "whole number"},
		{`{"fractional": [["a", 1], ["b", 1], ["a", 1]]}`, at + ".fractional", "one place only"},
		{`{"fractional": [["a", 1], [{"fractional": [["a"], ["b"]]}, 1]]}`, at + ".fractional[1][0].fractional", "a literal"},
		{`{"fractional": [["a", {"var": "w"}], ["b"]]}`, at + ".fractional[0][1]", "same for everybody"},
		{`{"fractional": [{"cat": [{"var": "x"}, "salt"]}, ["a"], ["b"]]}`, at + ".fractional[0].cat[0]", "only the last"},
		{`{"fractional": [["a", 2147483647], ["b", 1]]}`, at + ".fractional", "a sum of at most"},
		{`{"if": [{"==": [{"var": "x"}, 1e999]}, "a"]}`, at, "64 bits"},
		{`{"if": [{"$ref": "large"}, "a"]}`, at + ".if[0].$ref", "one of $evaluators"},
	} {
		other := `"flags": {"other": {"state": "ENABLED", "variants": {"x": 1}, "defaultVariant": "x"}, `
		data := strings.Replace(with(c.targeting), `"flags": {`, other, 1)
		if strings.Contains(c.targeting, "large") {
			data = strings.Replace(data, `"loop":`, `"large": {"==": [{"var": "x"}, 1e999]}, "loop":`, 1)
		}
		set, err := Load([]byte(data), Options{Owner: "us"})
		if _, ok := set.Flags["other"]; !ok || len(set.Flags) != 1 {
			t.Errorf("%s: %d flags", c.targeting, len(set.Flags))
		}
		if err == nil || !strings.Contains(err.Error(), c.path+": ") && c.path != "" || !strings.Contains(err.Error(), c.rule) {
			t.Errorf("%s: %v", c.targeting, err)
		}
	}
	for _, data := range []string{
		``, `[]`, `{}`, `{"flags": 1}`, `{"flags": [{}]}`, `{"flags": {"f": {"state": "ON", "variants": {"a": 1}}}}`,
		`{"flags": {"f": {"variants": {}}}}`, `{"flags": {"f": {"variants": {"a": 1, "b": "x"}}}}`, `{"flags": {"f": {"variants": {"a": null}}}}`,
		`{"flags": {"f": {"variants": {"a": 1}, "defaultVariant": "b"}}}`, `{"flags": {"f": null}}`,
	} {
		if set, err := Load([]byte(data), Options{Owner: "us"}); err == nil || len(set.Flags) > 0 {
			t.Errorf("%s: %v, %v", data, set, err)
		}
	}
	if _, err := Load([]byte(`{"flags": {}}`), Options{Bucketing: bucket.Native}); err == nil {
		t.Error("flags of flagd may be in our own buckets")
	}
}

// TestBorders: what a random expression rarely meets.
func TestBorders(t *testing.T) {
	const split = `, {"var": "v"}]}, ["a", 1], ["b", 1], ["true", 1], ["false", 1]]}`
	for _, c := range []struct {
		targeting string
		v         toggle.Value
		want      string
	}{
		{`{"<=": [{"var": "v"}, null]}`, toggle.Num(0), "false"},
		{`{"<=": [{"var": "v"}, null]}`, toggle.Num(-1), "true"},
		{`{">=": [{"var": "v"}, null]}`, toggle.Num(0), "false"},
		{`{">=": [{"var": "v"}, null]}`, toggle.Num(1), "true"},
	} {
		sub := &toggle.Subject{Key: "k", Attributes: map[string]toggle.Value{"v": c.v}}
		if r := snapshot(t, with(c.targeting)).Evaluate("f", sub, time.Time{}); r.Variant != c.want {
			t.Errorf("%s of %v: %v, want %s", c.targeting, c.v, r, c.want)
		}
	}
	plain := snapshot(t, with(`{"fractional": [{"cat": ["salt"`+split))
	spaced := snapshot(t, with(`{"fractional": [{"cat": [" \t", "salt"`+split))
	for i := range 20 {
		sub := &toggle.Subject{Attributes: map[string]toggle.Value{"v": toggle.Num(float64(i))}}
		if a, b := plain.Evaluate("f", sub, time.Time{}), spaced.Evaluate("f", sub, time.Time{}); a.Variant != b.Variant {
			t.Errorf("%d: %v, and with space before it %v", i, a, b)
		}
	}
}

// TestTwice: which of two flags with one name is meant cannot be known.
func TestTwice(t *testing.T) {
	const one, two = `"state": "ENABLED", "variants": {"x": 1}, "defaultVariant": "x"}`, `"state": "DISABLED", "variants": {"x": 1}}`
	for _, data := range []string{
		`{"flags": {"a": {` + one + `, "b": {` + one + `, "a": {` + two + `}}`,
		`{"flags": [{"key": "a", ` + one + `, {"key": "b", ` + one + `, {"key": "a", ` + two + `]}`,
	} {
		set, err := Load([]byte(data), Options{Owner: "us"})
		if _, ok := set.Flags["b"]; !ok || len(set.Flags) != 1 || err == nil || !strings.Contains(err.Error(), "must be defined once") {
			t.Errorf("%s: %v, %v", data, set, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		`{"if": [{"in": [{"var": "x"}, "ab"]}, "a", {"fractional": [["a", 1], ["b"]]}]}`, `{"and": [{"or": [{"var": "x"}]}, {"$ref": "loop"}]}`,
		`{"fractional": [{"cat": ["", {"var": "x"}]}, [{"if": [{"<": [1, {"var": ["x", 2]}, 3]}, "a"]}, -1], ["b", null]]}`,
		`{"sem_ver": [{"var": "x"}, "^", "1.2"]}`, `{"===": [{"var": "$flagd.timestamp"}, 1e300]}`,
	} {
		f.Add([]byte(with(s)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, _ := Load(data, Options{Owner: "us"})
		s := compile(t, set)
		for _, name := range s.Names() {
			s.Evaluate(name, &toggle.Subject{Key: "k", Attributes: map[string]toggle.Value{"x": toggle.Num(2)}}, time.Time{})
		}
	})
}
