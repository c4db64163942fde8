package strict_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

const limit = 1 << 20

// complaints is what Decode says about input, a line for each problem.
func complaints(input string, into any) string {
	err := strict.Decode([]byte(input), limit, kinds, into)
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDecodeRefusesInPlan(t *testing.T) {
	const gates = "must be an object with exactly one key, one of all, approval, bake, manual"
	deep := strings.Repeat(`{"nested":`, 64) + `{}` + strings.Repeat(`}`, 64)
	for _, c := range []struct{ name, input, want string }{
		{"unknown field", `{"colour": 1}`, `colour: unknown field`},
		{"other case", `{"Name": "x"}`, `Name: unknown field, did you mean "name"?`},
		{"field without tag", `{"NoTag": 1}`, `NoTag: unknown field`},
		{"field that is no data", `{"Skipped": 1}`, `Skipped: unknown field`},
		{"unexported field", `{"hidden": 1}`, `hidden: unknown field`},
		{"name of an embedded struct", `{"base": {}}`, `base: unknown field`},
		{"odd key", `{"a.b c": 1}`, `["a.b c"]: unknown field`},
		{"empty key", `{"": 1}`, `[""]: unknown field`},
		{"duplicate", `{"name": "a", "dry": true, "name": "b"}`, `name: must be given only once`},
		{"duplicate, escaped", `{"name": "a", "n\u0061me": "b"}`, `name: must be given only once`},
		{"duplicate with a problem", `{"name": "a", "name": 1}`, "name: must be given only once\nname: 1 must be a text"},
		{"duplicate in a map", `{"at": {"half": "1s", "half": "2s"}}`, `at.half: must be given only once`},
		{"duplicate after the text of the key", `{"levels": {"low": 1, "LOW": 2}}`, `levels.LOW: must be given only once`},
		{"duplicate in raw", `{"raw": {"a": {"b": 1, "b": 1}}}`, `raw.a.b: must be given only once`},
		{"key that is refused", `{"levels": {"none": 1, "": 2}}`, `levels.none: is no level`},

		{"text", `{"name": 1}`, `name: 1 must be a text`},
		{"named text", `{"tier": ["a"]}`, `tier: a list must be a text`},
		{"text in list", `{"tags": ["a", {}]}`, `tags[1]: an object must be a text`},
		{"truth", `{"dry": "true"}`, `dry: "true" must be true or false`},
		{"whole", `{"count": 1.0}`, `count: 1.0 must be a whole number from -9223372036854775808 to 9223372036854775807`},
		{"whole with exponent", `{"count": 1e3}`, `count: 1e3 must be a whole number from -9223372036854775808 to 9223372036854775807`},
		{"whole, not text", `{"count": "1"}`, `count: "1" must be a whole number from -9223372036854775808 to 9223372036854775807`},
		{"int8", `{"tiny": 128}`, `tiny: 128 must be a whole number from -128 to 127`},
		{"uint16", `{"port": -1}`, `port: -1 must be a whole number from 0 to 65535`},
		{"uint64", `{"big": 18446744073709551616}`, `big: 18446744073709551616 must be a whole number from 0 to 18446744073709551615`},
		{"float", `{"ratio": false}`, `ratio: false must be a number`},
		{"float range", `{"ratio": 1e400}`, `ratio: 1e400 must be a number that 64 bits can hold`},
		{"float32 range", `{"narrow": -1e39}`, `narrow: -1e39 must be a number that 32 bits can hold`},
		{"duration", `{"wait": "10 minutes"}`, `wait: "10 minutes" must be a duration, such as "10m" or "1h30m"`},
		{"duration number", `{"wait": 600}`, `wait: 600 must be a duration, such as "10m" or "1h30m"`},
		{"duration range", `{"wait": "3000000h"}`, `wait: "3000000h" must be a duration, such as "10m" or "1h30m"`},
		{"time", `{"start": "2026-01-02"}`, `start: "2026-01-02" must be a time, such as "2006-01-02T15:04:05Z"`},
		{"time with one digit", `{"start": "2026-01-02T3:04:05Z"}`, `start: "2026-01-02T3:04:05Z" must be a time, such as "2006-01-02T15:04:05Z"`},
		{"time with a comma", `{"start": "2026-01-02T03:04:05,5Z"}`, `start: "2026-01-02T03:04:05,5Z" must be a time, such as "2006-01-02T15:04:05Z"`},
		{"time with a day's offset", `{"start": "2026-01-02T03:04:05+24:00"}`, `start: "2026-01-02T03:04:05+24:00" must be a time, such as "2006-01-02T15:04:05Z"`},
		{"time with a long offset", `{"start": "2026-01-02T03:04:05-00:60"}`, `start: "2026-01-02T03:04:05-00:60" must be a time, such as "2006-01-02T15:04:05Z"`},
		{"time before the year 0", `{"start": "0000-01-01T00:00:00+01:00"}`, `start: "0000-01-01T00:00:00+01:00" must be a time, such as "2006-01-02T15:04:05Z"`},
		{"list", `{"tags": {}}`, `tags: an object must be a list`},
		{"map", `{"at": []}`, `at: a list must be an object`},
		{"map of maps", `{"tables": {"gold": {"x": true}}}`, `tables.gold.x: true must be a whole number from -9223372036854775808 to 9223372036854775807`},
		{"struct", `{"inner": "x"}`, `inner: "x" must be an object`},
		{"top", `[]`, `a list must be an object`},
		{"long value", `{"dry": "` + strings.Repeat("x", 100) + `"}`, `dry: "` + strings.Repeat("x", 80) + `"… must be true or false`},

		{"null", `null`, `must not be null`},
		{"null field", `{"name": null}`, `name: must not be null`},
		{"null pointer", `{"maybe": null, "nested": {"maybe": null}}`, "maybe: must not be null\nnested.maybe: must not be null"},
		{"null in list", `{"gates": [null]}`, `gates[0]: must not be null`},
		{"null in map", `{"at": {"half": null}}`, `at.half: must not be null`},
		{"null raw", `{"raw": null}`, `raw: must not be null`},
		{"null in raw", `{"raw": [1, {"a": null}]}`, `raw[1].a: must not be null`},
		{"null kind", `{"gate": {"bake": null}}`, `gate.bake: must not be null`},
		{"null inline", `{"signals": [{"threshold": null}]}`, `signals[0].threshold: must not be null`},
		{"null for an unmarshaler", `{"pair": [1, null]}`, `pair[1]: must not be null`},

		{"text of its own", `{"weights": ["10%", "101%"]}`, `weights[1]: "101%" must be a share from 0% to 100%`},
		{"text of its own, form", `{"weights": [10]}`, `weights[0]: 10 must be a text`},
		{"JSON of its own", `{"pair": [1]}`, `pair: must be two numbers`},
		{"JSON of its own, fields", `{"pair": [1, "x", "y"]}`, `pair[1]: "x" must be a whole number from -9223372036854775808 to 9223372036854775807` +
			"\n" + `pair[2]: "y" must be a whole number from -9223372036854775808 to 9223372036854775807`},

		{"kind unknown", `{"gate": {"Bake": {}}}`, `gate: {"Bake"} ` + gates},
		{"kind missing", `{"gate": {}}`, `gate: {} ` + gates},
		{"kind no object", `{"gates": ["bake"]}`, `gates[0]: "bake" ` + gates},
		{"kind twice", `{"gate": {"bake": {}, "bake": {}}}`, `gate: {"bake", "bake"} ` + gates},
		{
			"two kinds, with problems", `{"gate": {"bake": {"x": 1}, "manual": 1}}`,
			"gate.bake.x: unknown field\ngate.manual: 1 must be a text\n" + `gate: {"bake", "manual"} ` + gates,
		},
		{"in a kind", `{"gate": {"bake": {"for": 1}}}`, `gate.bake.for: 1 must be a duration, such as "10m" or "1h30m"`},
		{
			"in a list kind", `{"named": {"step": {"all": [{"manual": "x"}, {"all": [{"bake": {"for": ""}}]}]}}}`,
			`named.step.all[1].all[0].bake.for: "" must be a duration, such as "10m" or "1h30m"`,
		},
		{"in an inline kind", `{"signals": [{"name": "errors", "threshold": {"max": "x"}}]}`, `signals[0].threshold.max: "x" must be a number`},
		{"unknown beside inline", `{"signals": [{"treshold": {}}]}`, `signals[0].treshold: unknown field; the kinds known here are compare, threshold`},
		{
			"other case of an inline kind", `{"signals": [{"Compare": {}}]}`,
			`signals[0].Compare: unknown field, did you mean "compare"?; the kinds known here are compare, threshold`,
		},
		{
			"two inline kinds", `{"signals": [{"threshold": {}, "compare": {"x": 1}}]}`,
			"signals[0].compare.x: unknown field\nsignals[0]: only one of compare, threshold may be given",
		},
		{"inline kind twice", `{"signals": [{"threshold": {}, "threshold": {}}]}`, `signals[0].threshold: must be given only once`},

		{"too deep", deep, `line 1, column 641 (byte 640): must not be nested deeper than 64 levels`},
		{"far too deep", strings.Repeat("[", limit/2), `line 1, column 65 (byte 64): must not be nested deeper than 64 levels`},
		{"long list", `{"tags": [` + strings.Repeat(`"",`, 10000) + `""]}`, `tags: a list of 10001 must have at most 10000 elements`},
		{"long list in raw", `{"raw": {"a": [` + strings.Repeat(`1,`, 10001) + `1]}}`, `raw.a: a list of 10002 must have at most 10000 elements`},

		{
			"everything at once", `{"name": 1, "colour": 2, "gates": [{"bake": {"factor": "x"}}, null], "count": 1, "count": 2}`,
			"name: 1 must be a text\ncolour: unknown field\n" + `gates[0].bake.factor: "x" must be a number` +
				"\ngates[1]: must not be null\ncount: must be given only once",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p plan
			if got := complaints(c.input, &p); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if !reflect.DeepEqual(p, plan{}) {
				t.Errorf("left behind: %+v", p)
			}
		})
	}
}

func TestDecodeSyntax(t *testing.T) {
	for _, c := range []struct{ input, want string }{
		{"", "line 1, column 1 (byte 0): the input ends where a value is expected"},
		{" \n\t\r", "line 2, column 3 (byte 4): the input ends where a value is expected"},
		{"{\n  \"ä\" 1}", `line 2, column 7 (byte 9): ":" is expected, not '1'`},
		{`{"a":1,}`, `line 1, column 8 (byte 7): a key in quotes is expected, not '}'`},
		{`{"a":1 "b":2}`, `line 1, column 8 (byte 7): "," or "}" is expected, not '"'`},
		{`{a:1}`, `line 1, column 2 (byte 1): a key in quotes is expected, not 'a'`},
		{`{"a`, `line 1, column 4 (byte 3): the input ends within a text`},
		{`{"a":1`, `line 1, column 7 (byte 6): the input ends where "," or "}" is expected`},
		{`[1,]`, `line 1, column 4 (byte 3): a value is expected, not ']'`},
		{`[1 2]`, `line 1, column 4 (byte 3): "," or "]" is expected, not '2'`},
		{`[1] x`, `line 1, column 5 (byte 4): nothing may follow the value`},
		{`{}{}`, `line 1, column 3 (byte 2): nothing may follow the value`},
		{"[1]\x00", `line 1, column 4 (byte 3): nothing may follow the value`},
		{"\x00", `line 1, column 1 (byte 0): a value is expected, not '\x00'`},
		{"\ufeff{}", `line 1, column 1 (byte 0): a value is expected, not '\ufeff'`},
		{`"abc`, `line 1, column 5 (byte 4): the input ends within a text`},
		{`"a\`, `line 1, column 4 (byte 3): the input ends where one of " \ / b f n r t u is expected`},
		{`"\x"`, `line 1, column 3 (byte 2): one of " \ / b f n r t u is expected, not 'x'`},
		{`"\u12g4"`, `line 1, column 6 (byte 5): a hexadecimal digit is expected, not 'g'`},
		{`"\ud800"`, `line 1, column 2 (byte 1): half of a surrogate pair is no character`},
		{`"\udc00"`, `line 1, column 2 (byte 1): half of a surrogate pair is no character`},
		{`"\ud800\u0041"`, `line 1, column 2 (byte 1): half of a surrogate pair is no character`},
		{`"\ud800\u"`, `line 1, column 10 (byte 9): a hexadecimal digit is expected, not '"'`},
		{"\"a\nb\"", `line 1, column 3 (byte 2): a control character in a text must be escaped`},
		{"\"\xff\"", `line 1, column 2 (byte 1): the input is not valid UTF-8`},
		{"[\xc3", `line 1, column 2 (byte 1): the input is not valid UTF-8`},
		{"\"\xed\xa0\x80\"", `line 1, column 2 (byte 1): the input is not valid UTF-8`},
		{`01`, `line 1, column 2 (byte 1): a number must not start with 0`},
		{`-`, `line 1, column 2 (byte 1): the input ends where a digit is expected`},
		{`+1`, `line 1, column 1 (byte 0): a value is expected, not '+'`},
		{`1.`, `line 1, column 3 (byte 2): the input ends where a digit is expected`},
		{`.5`, `line 1, column 1 (byte 0): a value is expected, not '.'`},
		{`1e+`, `line 1, column 4 (byte 3): the input ends where a digit is expected`},
		{`NaN`, `line 1, column 1 (byte 0): a value is expected, not 'N'`},
		{`trug`, `line 1, column 4 (byte 3): true is expected, not 'g'`},
		{`nul`, `line 1, column 4 (byte 3): the input ends where null is expected`},
		{`truex`, `line 1, column 5 (byte 4): nothing may follow the value`},
		{`/* */ {}`, `line 1, column 1 (byte 0): a value is expected, not '/'`},
	} {
		var p plan
		got := strict.Decode([]byte(c.input), limit, kinds, &p)
		if fields := strict.Fields(got); len(fields) != 1 || fields[0].Path != "" || got.Error() != c.want {
			t.Errorf("%q: got\n%v\nwant\n%s", c.input, got, c.want)
		}
	}
}

func TestDecodeReads(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		input string
		want  plan
	}{
		{` {} `, plan{}},
		{`{"name": "\"\\\/\b\f\n\r\t\u0041\ud83d\ude00ä\u2028"}`, plan{Name: "\"\\/\b\f\n\r\tA😀ä\u2028"}},
		{`{"tier": "gold", "dry": true, "count": -0, "tiny": -128, "port": 65535}`, plan{Tier: "gold", Dry: true, Tiny: -128, Port: 65535}},
		{`{"count": -9223372036854775808, "big": 18446744073709551615}`, plan{Count: -1 << 63, Big: 1<<64 - 1}},
		{`{"ratio": 1.5E+3, "narrow": 0.25}`, plan{Ratio: 1500, Narrow: 0.25}},
		{`{"ratio": 7}`, plan{Ratio: 7}},
		{`{"wait": "-1h30m"}`, plan{Wait: -90 * time.Minute}},
		{`{"start": "2026-01-02T03:04:05.5+02:00"}`, plan{Start: time.Date(2026, 1, 2, 1, 4, 5, 5e8, time.UTC)}},
		{`{"raw": {"b" : [1.0], "a":"\u0041"} }`, plan{Raw: []byte(`{"b" : [1.0], "a":"\u0041"}`)}},
		{`{"maybe": true}`, plan{Maybe: &yes}},
		{`{"maybe": false, "nested": {}}`, plan{Maybe: &no, Nested: &plan{}}},
		{`{"tags": [], "at": {}, "inner": {"list": []}}`, plan{}},
		{`{"tags": ["a", ""]}`, plan{Tags: []string{"a", ""}}},
		{`{"weights": ["0%", "100%"]}`, plan{Weights: weights{0, 100}}},
		{`{"at": {"half": "5m", "app.io/x": "1s"}}`, plan{At: map[string]time.Duration{"half": 5 * time.Minute, "app.io/x": time.Second}}},
		{`{"tables": {"gold": {"x": 1}}}`, plan{Tables: map[tier]map[string]int{"gold": {"x": 1}}}},
		{`{"levels": {"LOW": 1}}`, plan{Levels: map[level]int{"low": 1}}},
		{`{"pair": [3, 4]}`, plan{Pair: pair{3, 4}}},
		{`{"gate": {"approval": {"count": 2}}}`, plan{Gate: &approval{2}}},
		{`{"gate": {"all": []}}`, plan{Gate: all(nil)}},
		{`{"gates": [{"bake": {"for": "10m"}}, {"all": [{"manual": "x"}]}]}`, plan{Gates: []gate{bake{For: 10 * time.Minute}, all{manual("x")}}}},
		{
			`{"signals": [{"threshold": {"max": 0.5}, "name": "errors", "on": {"degraded": "hold"}}, {"name": "none"}]}`,
			plan{Signals: []signal{{Name: "errors", Test: threshold{0.5}, On: map[string]string{"degraded": "hold"}}, {Name: "none"}}},
		},
		{`{"Plain": true}`, plan{Plain: true}},
		{`{"owner": "o", "team": "t", "name": "n"}`, plan{Name: "n", base: base{Owner: "o"}, Base2: Base2{Team: "t"}}},
	} {
		got := plan{Name: "was here", Tags: []string{"so was I"}}
		if bad := complaints(c.input, &got); bad != "" {
			t.Errorf("%s: %s", c.input, bad)
		} else if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.input, got, c.want)
		}
	}
}

func TestDecodeTop(t *testing.T) {
	var (
		g     gate
		w     weight
		d     time.Duration
		table map[string]int
		ptr   *inner
	)
	for _, c := range []struct {
		input string
		into  any
		want  any
	}{
		{`{"bake": {"for": "1m"}}`, &g, gate(bake{For: time.Minute})},
		{`"7%"`, &w, weight(7)},
		{`"7s"`, &d, 7 * time.Second},
		{`{"a": 1}`, &table, map[string]int{"a": 1}},
		{`{"list": [1]}`, &ptr, &inner{List: []int{1}}},
	} {
		if bad := complaints(c.input, c.into); bad != "" {
			t.Errorf("%s: %s", c.input, bad)
		} else if got := reflect.ValueOf(c.into).Elem().Interface(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.input, got, c.want)
		}
	}
}

func TestDecodeLimit(t *testing.T) {
	var p plan
	if err := strict.Decode([]byte(`{}`), 2, kinds, &p); err != nil {
		t.Error(err)
	}
	err := strict.Decode([]byte(`{x}`), 2, kinds, &p)
	if err == nil || err.Error() != "an input of 3 bytes must have at most 2 bytes" {
		t.Error(err)
	}
}

func TestDecodeLeavesIntoAlone(t *testing.T) {
	p := plan{Name: "was here", Tags: []string{"a"}, At: map[string]time.Duration{"x": 1}}
	if complaints(`{"name": "new", "tags": ["b"], "at": {"x": "1s"}, "count": "x"}`, &p) == "" {
		t.Fatal("accepted")
	}
	if want := (plan{Name: "was here", Tags: []string{"a"}, At: map[string]time.Duration{"x": 1}}); !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v", p)
	}
}

func TestDecodeManyProblems(t *testing.T) {
	var list []string
	fields := strict.Fields(strict.Decode([]byte("["+strings.Repeat("1,", 9999)+"1]"), limit, nil, &list))
	if len(fields) != 101 || fields[100].Error() != "9900 more problems are not shown" || fields[99].Path != "[99]" {
		t.Errorf("%d fields, last %v", len(fields), fields[len(fields)-1])
	}
}

func TestDecodeManyUnknownFields(t *testing.T) {
	var text strings.Builder
	for i := range 150 {
		fmt.Fprintf(&text, `,"f%d":1`, i)
	}
	fields := strict.Fields(strict.Decode([]byte("{"+text.String()[1:]+"}"), limit, nil, new(plan)))
	if len(fields) != 101 || fields[99].Path != "f99" || fields[100].Error() != "50 more problems are not shown" {
		t.Errorf("%d fields, last %v", len(fields), fields[len(fields)-1])
	}
}

// Wrong types are mistakes of a program. They are errors all the same: a decoder must not panic.
func TestDecodeMistakes(t *testing.T) {
	// Made here because vet would not let it be declared.
	twice := reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"a"`},
		{Name: "B", Type: reflect.TypeFor[int](), Tag: `json:"a"`},
	})
	type inlineText struct {
		A string `strict:"inline"`
	}
	var nilPlan *plan
	wrong := strict.Kinds{reflect.TypeFor[gate](): {
		"nil":     func() any { return nil },
		"another": func() any { return 7 },
		"value":   func() any { return approval{} }, // only *approval is a gate
		"none":    nil,
	}}
	for _, c := range []struct {
		input string
		kinds strict.Kinds
		into  any
		want  string
	}{
		{`{}`, nil, nil, "cannot decode into <nil>, which is no pointer or nil"},
		{`{}`, nil, plan{}, "cannot decode into strict_test.plan, which is no pointer or nil"},
		{`{}`, nil, nilPlan, "cannot decode into *strict_test.plan, which is no pointer or nil"},
		{`{}`, nil, new(any), "cannot be read: no kinds are known for interface {}"},
		{`{"gate": {"bake": {}}}`, nil, new(plan), "gate: cannot be read: no kinds are known for strict_test.gate"},
		{`{"threshold": {}}`, nil, new(signal), "threshold: unknown field"},
		{`{"nil": {}}`, wrong, new(gate), "nil: cannot be read: its kind is made as <nil>, which is no strict_test.gate"},
		{`{"another": 1}`, wrong, new(gate), "another: cannot be read: its kind is made as int, which is no strict_test.gate"},
		{`{"value": {}}`, wrong, new(gate), "value: cannot be read: its kind is made as strict_test.approval, which is no strict_test.gate"},
		{`{"none": {}}`, wrong, new(gate), `{"none"} must be an object with exactly one key, one of another, nil, none, value`},
		{`{}`, nil, reflect.New(twice).Interface(), `cannot be read: ` + twice.String() + ` has two fields named "a"`},
		{`{}`, nil, new(inlineText), "cannot be read: strict_test.inlineText.A is inline, but is no exported interface"},
		{`{}`, nil, new(hiddenInline), "cannot be read: strict_test.hiddenInline.a is inline, but is no exported interface"},
		{`{}`, nil, new(map[int]int), "cannot be read into map[int]int, whose keys are no texts"},
		{`{}`, nil, new(chan int), "cannot be read into chan int"},
		{`[]`, nil, new([2]int), "cannot be read into [2]int"},
	} {
		err := strict.Decode([]byte(c.input), limit, c.kinds, c.into)
		if fmt.Sprint(err) != c.want {
			t.Errorf("%s into %T: got %v, want %s", c.input, c.into, err, c.want)
		}
	}
}
