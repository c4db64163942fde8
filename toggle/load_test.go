package toggle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Whatever is wrong with one flag or segment, the others are there.
func TestLoadKeepsTheOthers(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for _, c := range []struct{ part, want string }{
		{`"bad": 1`, "flags.bad: 1 must be an object"},
		{`"bad": null`, "flags.bad: must not be null"},
		{`"bad": {` + about + `, "owner": null}`, "flags.bad.owner: must be given only once\nflags.bad.owner: must not be null"},
		{`"bad": {` + about + `, "colour": {"a": null}}`, "flags.bad.colour: unknown field"},
		{`"bad": {` + about + `, "colour": [` + strings.Repeat("1,", 10000) + `1]}`, "flags.bad.colour: unknown field"},
		{`"bad": {` + about + `, "off": "` + "\xff" + `"}`, "flags.bad: line 1, column 42 (byte 41): the input is not valid UTF-8"},
		{`"bad": {` + about + `, "off": "\ud800"}`, "flags.bad: line 1, column 42 (byte 41): half of a surrogate pair is no character"},
		{`"bad": {` + about + `, "x": ` + deep + `}`, "flags.bad: line 1, column 102 (byte 101): must not be nested deeper than 64 levels"},
		{`"bad": {` + about + `}, "bad": {` + about + `}`, "flags.bad: must be given only once"},
		{`"": {` + about + `}`, `flags[""]: must have a name`},
	} {
		s, err := toggle.Load([]byte(`{"segments": {"s": {}}, "flags": {`+c.part+`, "good": {`+about+`, "enabled": true}}}`), toggle.Options{})
		if err == nil || err.Error() != c.want {
			t.Errorf("%.80s:\ngot  %v\nwant %s", c.part, err, c.want)
		}
		if s == nil {
			t.Errorf("%.80s: there is no snapshot", c.part)
			continue
		}
		bad, good := s.Evaluate(s.Names()[0], nil, now), s.Evaluate("good", nil, now)
		if bad.Error != toggle.FlagBroken || good.Reason != toggle.Static {
			t.Errorf("%.80s: %+v and %+v", c.part, bad, good)
		}
	}
	for _, c := range []struct{ segments, want string }{
		{`"bad": null`, "segments.bad: must not be null"},
		{`"bad": {"not": null}`, "segments.bad.not: must not be null"},
		{`"bad": {}, "bad": {}`, "segments.bad: must be given only once"},
	} {
		s, err := toggle.Load([]byte(`{"segments": {`+c.segments+`, "s": {}}, "flags": {"good": {`+about+`, "enabled": true,
			"rules": [{"when": {"segment": "s"}, "serve": "on"}]}}}`), toggle.Options{})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.segments, err, c.want)
		} else if !s.Bool("good", nil, now, false) {
			t.Errorf("%s: %v", c.segments, s.Evaluate("good", nil, now))
		}
	}
}

// What is wrong with all is an error without a snapshot, which says where.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{``, "line 1, column 1 (byte 0): the input ends where a value is expected"},
		{`[]`, "a list must be an object"},
		{`null`, "must not be null"},
		{`{"flags": {"a": {}}`, `line 1, column 20 (byte 19): the input ends where "," or "}" is expected`},
		{`{"flags": {"a": {}}} {}`, "line 1, column 22 (byte 21): nothing may follow the value"},
		{`{"flags": {"a": null}} x`, "line 1, column 24 (byte 23): nothing may follow the value"},
		{`{"flags": [1]}`, "flags: a list must be an object"},
		{`{"flags": null}`, "flags: must not be null"},
		{`{"flag": {}}`, `flag: unknown field`},
		{`{"Flags": {}}`, `Flags: unknown field, did you mean "flags"?`},
		{`{"flags": {}, "flags": {}}`, "flags: must be given only once"},
		{`{"flags": {"` + "\xff" + `": {}}}`, "line 1, column 13 (byte 12): the input is not valid UTF-8"},
	} {
		s, err := toggle.Load([]byte(c.data), toggle.Options{})
		if s != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s:\ngot  %v, %v\nwant %s", c.data, s, err, c.want)
		}
	}
}

// set is a set of boolean flags that are enabled and served on, where the flags it asks
// are on.
func set(asks map[string]string) []byte {
	var all []string
	for name, flags := range asks {
		var f strings.Builder
		f.WriteString(fmt.Sprintf(`%q: {%s, "enabled": true, "default": "on", "off": "off", "prerequisites": [`, name, about))
		for i, q := range strings.Fields(flags) {
			if i > 0 {
				f.WriteString(", ")
			}
			f.WriteString(fmt.Sprintf(`{"flag": %q, "variants": ["on"]}`, q))
		}
		all = append(all, f.String()+"]}")
	}
	return []byte(`{"flags": {` + strings.Join(all, ", ") + `}}`)
}

// states is what each flag of a snapshot serves.
func states(s *toggle.Snapshot) string {
	var all []string
	for _, n := range s.Names() {
		r := s.Evaluate(n, nil, now)
		all = append(all, n+"="+either(r.Error == "", r.Variant, "broken"))
	}
	return strings.Join(all, " ")
}

func TestPrerequisites(t *testing.T) {
	const back, many = ".prerequisites: must not lead back to the flag", ".prerequisites: must lead to at most 1000 evaluations"
	diamonds := map[string]string{"d00": ""}
	for i := range 12 {
		diamonds[fmt.Sprintf("d%02d", i+1)] = fmt.Sprintf("d%02d d%02d", i, i)
	}
	chain := map[string]string{"c0000": ""}
	for i := range 1002 {
		chain[fmt.Sprintf("c%04d", i+1)] = fmt.Sprintf("c%04d", i)
	}
	for _, c := range []struct {
		name   string
		asks   map[string]string
		states string
		errors []string
	}{
		{"missing", map[string]string{"a": "b"}, "a=off", nil},
		{"chain", map[string]string{"a": "b", "b": "c", "c": ""}, "a=on b=on c=on", nil},
		{"diamond", map[string]string{"a": "b c", "b": "d", "c": "d", "d": ""}, "a=on b=on c=on d=on", nil},
		{"itself", map[string]string{"a": "a", "b": "a"}, "a=broken b=off", []string{"flags.a" + back}},
		{"two circles with one flag", map[string]string{"a": "b", "b": "a d", "d": "a", "e": "d"}, "a=broken b=broken d=broken e=off", []string{
			"flags.a" + back, "flags.b" + back, "flags.d" + back,
		}},
		{"two circles apart", map[string]string{"a": "b", "b": "a", "c": "d a", "d": "c"}, "a=broken b=broken c=broken d=broken", []string{
			"flags.a" + back, "flags.b" + back, "flags.c" + back, "flags.d" + back,
		}},
		{"diamonds that double", diamonds, "", []string{"flags.d09" + many, "flags.d10" + many, "flags.d11" + many, "flags.d12" + many}},
		{"a long chain", chain, "", []string{"flags.c1000" + many, "flags.c1001" + many, "flags.c1002" + many}},
	} {
		s, err := toggle.Load(set(c.asks), toggle.Options{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != strings.Join(c.errors, "\n") {
			t.Errorf("%s: %s", c.name, got)
		}
		if got := states(s); c.states != "" && got != c.states {
			t.Errorf("%s: got %s, want %s", c.name, got, c.states)
		}
	}
}

func TestPrerequisiteReasons(t *testing.T) {
	data := `{"flags": {
		"a": {` + about + `, "enabled": true, "default": "on", "off": "off", "prerequisites": [{"flag": "base", "variants": ["on"]}, %s]},
		"base": {` + about + `, "enabled": true, "default": "on"},
		"broken": {},
		"keyed": {` + about + `, "enabled": true, "rollout": {"exposure": "50%%", "serve": "on"}},
		"off": {` + about + `}
	}}`
	for _, c := range []struct{ prerequisite, want string }{
		{`{"flag": "base", "variants": ["on"]}`, "on: no rule matched"},
		{`{"flag": "gone", "variants": ["on"]}`, "off: prerequisite gone is not there"},
		{`{"flag": "broken", "variants": ["on"]}`, "off: prerequisite broken cannot be evaluated"},
		{`{"flag": "keyed", "variants": ["on", "off"]}`, "off: prerequisite keyed cannot be evaluated"},
		{`{"flag": "off", "variants": ["on", "maybe"]}`, "off: prerequisite off is not on or maybe"},
		{`{"flag": "off", "variants": ["off"]}`, "on: no rule matched"},
	} {
		s, _ := toggle.Load(fmt.Appendf(nil, data, c.prerequisite), toggle.Options{})
		if got := s.Evaluate("a", nil, now); got.String() != c.want {
			t.Errorf("%s: got %v, want %s", c.prerequisite, got, c.want)
		}
	}
}

// A flag that is broken now stays as it was; also if what it asked then closes a circle
// with what is new. The snapshot before stays as it is.
func TestPreviousIsKept(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after map[string]string
		breaks        string // a flag that is broken in form
		want          string
	}{
		{"broken", map[string]string{"a": "b", "b": ""}, map[string]string{"a": "", "b": "gone"}, "a", "a=off b=off"},
		{"broken and new", map[string]string{"b": ""}, map[string]string{"a": "", "b": ""}, "a", "a=broken b=on"},
		{"circle", map[string]string{"a": "", "b": "a"}, map[string]string{"a": "b", "b": "a"}, "", "a=on b=on"},
		{"circle with what was kept", map[string]string{"a": "c", "c": ""}, map[string]string{"a": "", "c": "a"}, "a", "a=on c=on"},
		{"circle of which one is new", map[string]string{"a": ""}, map[string]string{"a": "b", "b": "a"}, "", "a=on b=broken"},
		{
			"circle by keeping",
			map[string]string{"a": "c", "b": "", "c": ""},
			map[string]string{"a": "b", "b": "a", "c": "a"},
			"", "a=on b=on c=on",
		},
		{
			"shifted places",
			map[string]string{"m": "z", "z": ""},
			map[string]string{"a": "", "b": "", "m": "", "z": ""},
			"m",
			"a=on b=on m=on z=on",
		},
	} {
		before, err := toggle.Load(set(c.before), toggle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		was := states(before)
		data := set(c.after)
		if c.breaks != "" {
			data = []byte(strings.Replace(string(data), `"`+c.breaks+`": {"kind": "ops"`, `"`+c.breaks+`": {"kind": "opps"`, 1))
		}
		for range 2 { // what was kept is kept again
			s, err := toggle.Load(data, toggle.Options{Previous: before})
			if err == nil {
				t.Errorf("%s: nothing was told", c.name)
			}
			if got := states(s); got != c.want {
				t.Errorf("%s: got %s, want %s", c.name, got, c.want)
			}
			if is := states(before); is != was {
				t.Errorf("%s: the snapshot before was %s, and is %s", c.name, was, is)
			}
			before, _ = s.With(toggle.Changes{Kills: []string{"a", "b", "c"}}) // kills are not kept
			was = states(before)
		}
	}
	before, _ := toggle.Load(set(map[string]string{"a": ""}), toggle.Options{Environment: "test"})
	s, _ := toggle.Load([]byte(`{"flags": {"a": {}}}`), toggle.Options{Previous: before})
	if got := states(s); got != "a=broken" {
		t.Errorf("kept from another environment: %s", got)
	}
}
