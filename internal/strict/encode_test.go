package strict_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

func TestEncodeWrites(t *testing.T) {
	no, empty := false, []string{}
	var g gate = &approval{Count: 2}
	for _, c := range []struct {
		v    any
		want string
	}{
		{plan{}, `{}`},
		{&plan{}, `{}`},
		{plan{NoTag: 1, Skipped: 2, hidden: 3}, `{}`},
		{plan{Name: "a", Tier: "b", Dry: true, Count: -1, Tiny: 1, Port: 2, Big: 1<<64 - 1}, `{"name":"a","tier":"b","dry":true,"count":-1,"tiny":1,"port":2,"big":18446744073709551615}`},
		{plan{Name: "<&>\"\\/\n\r\t\b\x01\x7fä😀\u2028"}, `{"name":"<&>\"\\/\n\r\t\u0008\u0001` + "\x7fä😀\u2028" + `"}`},
		{plan{Ratio: 0.1, Narrow: 0.1}, `{"ratio":0.1,"narrow":0.1}`},
		{[]float64{0, math.Copysign(0, -1), 1e20, 1e21, 1e-6, 1e-7, math.MaxFloat64, 1500}, `[0,-0,100000000000000000000,1e+21,0.000001,1e-07,1.7976931348623157e+308,1500]`},
		{plan{Wait: 90 * time.Minute, Start: time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.FixedZone("", 7200))}, `{"wait":"1h30m","start":"2026-01-02T01:04:05.5Z"}`},
		{[]time.Duration{0}, `["0s"]`},
		{plan{Raw: json.RawMessage(` {"b" : "<", "a":[ 1.0 ] } `)}, `{"raw":{"b":"<","a":[1.0]}}`},
		{plan{Maybe: &no, Nested: &plan{}}, `{"maybe":false,"nested":{}}`},
		{plan{Tags: empty, At: map[string]time.Duration{}, Inner: inner{List: []int{}}}, `{}`},
		{plan{Inner: inner{List: []int{0}}}, `{"inner":{"list":[0]}}`},
		{plan{Weights: weights{0, 100}}, `{"weights":["0%","100%"]}`},
		{plan{At: map[string]time.Duration{"b": 1, "a": 2, "": 3}}, `{"at":{"":"3ns","a":"2ns","b":"1ns"}}`},
		{plan{Levels: map[level]int{"LOW": 1, "high": 0}}, `{"levels":{"high":0,"low":1}}`},
		{plan{Pair: pair{3, 4}}, `{"pair":[3,4]}`},
		{plan{Gate: bake{}}, `{"gate":{"bake":{}}}`},
		{plan{Gate: all(nil)}, `{"gate":{"all":[]}}`},
		{plan{Gate: g, Gates: []gate{g, all{manual("")}}}, `{"gate":{"approval":{"count":2}},"gates":[{"approval":{"count":2}},{"all":[{"manual":""}]}]}`},
		{plan{Named: map[string]gate{"x": manual("y")}}, `{"named":{"x":{"manual":"y"}}}`},
		{signal{Name: "errors", Test: threshold{0.5}, On: map[string]string{"a": "b"}}, `{"name":"errors","threshold":{"max":0.5},"on":{"a":"b"}}`},
		{signal{Test: compare{}}, `{"compare":{}}`},
		{signal{}, `{}`},
		{plan{base: base{Owner: "o", Name: "shadowed"}, Base2: Base2{Team: "t"}}, `{"owner":"o","team":"t"}`},
		{&g, `{"approval":{"count":2}}`},
		{g, `{"count":2}`},
		{all(nil), `[]`},
		{map[string]int(nil), `{}`},
		{weight(7), `"7%"`},
		{"x", `"x"`},
	} {
		got, err := strict.Encode(c.v)
		if err != nil || string(got) != c.want {
			t.Errorf("%+v: got\n%s %v, want\n%s", c.v, got, err, c.want)
		}
	}
}

// wrapped writes and reads itself with the codec, as a plan does.
type wrapped struct {
	Gates []gate   `json:"gates"`
	Inner *wrapped `json:"inner"`
}

func (w wrapped) MarshalJSON() ([]byte, error)     { return strict.Encode(w) }
func (w *wrapped) UnmarshalJSON(data []byte) error { return strict.Decode(data, limit, kinds, w) }

func TestOwnMethodsAreNotCalledAtTheTop(t *testing.T) {
	const text = `{"gates":[{"manual":"a"}],"inner":{"inner":{"gates":[{"all":[]}]}}}`
	var w wrapped
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(w); err != nil || string(got) != text {
		t.Errorf("got %s %v", got, err)
	}
	if got, err := strict.Encode(&w); err != nil || string(got) != text {
		t.Errorf("got %s %v", got, err)
	}
	err := strict.Decode([]byte(`{"inner": {"inner": {"gates": [{"bake": {"x": 1}}], "y": 2}}}`), limit, nil, &w)
	if want := "inner.inner.gates[0].bake.x: unknown field\ninner.inner.y: unknown field"; fmt.Sprint(err) != want {
		t.Errorf("got %v", err)
	}
}

type (
	hiddenInline struct {
		a test `strict:"inline"`
	}
	kindless struct{}
	nameless struct{}
	clash    struct{}
	broken   struct{ Text string }
)

func (nameless) Kind() string { return "" }
func (clash) Kind() string    { return "name" }
func (b *broken) MarshalJSON() ([]byte, error) {
	if b.Text == "" {
		return nil, errors.New("is empty")
	}
	return []byte(b.Text), nil
}
func (b *broken) UnmarshalJSON(_ []byte) error { return nil }

func TestEncodeRefuses(t *testing.T) {
	type box struct {
		Any   any             `json:"any"`
		List  []any           `json:"list"`
		Ptrs  map[string]*int `json:"ptrs"`
		Chan  chan int        `json:"chan"`
		Codes map[int]int     `json:"codes"`
		Own   broken          `json:"own"`
	}
	type twoTests struct {
		A test `strict:"inline"`
		B test `strict:"inline"`
	}
	type ring struct {
		Left  *ring `json:"left"`
		Right *ring `json:"right"`
	}
	round := new(ring)
	round.Left, round.Right = round, round
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"nil", nil, "must not be nil"},
		{"nil pointer", (*plan)(nil), "must not be nil"},
		{"nil interface", new(gate), "must not be nil"},
		{"nil in list", plan{Gates: []gate{bake{}, nil}}, "gates[1]: must not be nil"},
		{"nil in map", box{Ptrs: map[string]*int{"a": nil}}, "ptrs.a: must not be nil"},
		{"nil kind", plan{Gate: (*approval)(nil)}, "gate: must not be nil"},
		{"nil raw in list", []json.RawMessage{nil}, "[0]: must be written as JSON: line 1, column 1 (byte 0): the input ends where a value is expected"},
		{"NaN", plan{Ratio: math.NaN(), Nested: &plan{Narrow: float32(math.Inf(-1))}}, "ratio: NaN must be a finite number\nnested.narrow: -Inf must be a finite number"},
		{"text", plan{Name: "a\xff"}, `name: "a\xff" must be valid UTF-8`},
		{"key", plan{At: map[string]time.Duration{"\xff": 1}}, `at["\xff"]: "\xff" must be valid UTF-8`},
		{"time", plan{Start: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "start: 10000-01-01 00:00:00 +0000 UTC must be a time from the year 0 to 9999"},
		{"raw", plan{Raw: json.RawMessage(`{x}`)}, "raw: must be written as JSON: line 1, column 2 (byte 1): a key in quotes is expected, not 'x'"},
		{"raw with null", plan{Raw: json.RawMessage(`{"x":null,"y":1,"y":2}`)}, "raw.x: must not be null\nraw.y: must be given only once"},
		{"text of its own", plan{Weights: weights{7, 101}}, "weights[1]: 101 must be from 0 to 100"},
		{"keys of their own", plan{Levels: map[level]int{"bad2": 2, "bad1": 1}}, "levels.bad1: is bad\nlevels.bad2: is bad\nlevels[\"\"]: must be given only once"},
		{"keys that become one", plan{Levels: map[level]int{"LOW": 2, "low": 1}}, "levels.low: must be given only once"},
		{"JSON of its own", &box{Own: broken{"nul"}}, "own: must be written as JSON: line 1, column 4 (byte 3): the input ends where null is expected"},
		{"JSON of its own, not addressable", box{Own: broken{"null"}}, "own: must not be null"},
		{"JSON of its own, refused", []broken{{}}, "[0]: is empty"},
		{"flaw", struct {
			A hiddenInline `json:"a"`
		}{hiddenInline{threshold{}}}, "a: cannot be written: strict_test.hiddenInline.a is inline, but is no exported interface"},
		{"no kind", box{Any: kindless{}}, "any: strict_test.kindless cannot be written, it has no method Kind"},
		{"empty kind", box{List: []any{nameless{}}}, `list[0][""]: the kind "" of strict_test.nameless is empty or stands for something else here`},
		{"kind that is a field", signal{Test: clash{}}, `name: the kind "name" of strict_test.clash is empty or stands for something else here`},
		{"one kind twice", twoTests{threshold{}, threshold{}}, `cannot be written: strict_test.twoTests has two inline fields of strict_test.test`},
		{"channel", box{Chan: make(chan int)}, "chan: chan int cannot be written"},
		{"keys", box{Codes: map[int]int{1: 1}}, "codes: map[int]int cannot be written, its keys are no texts"},
		{"long list", make([]bool, 10001), "a list of 10001 must have at most 10000 elements"},
		{"circle", round, strings.Repeat("left.", 63) + "left: must not be nested deeper than 64 levels"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := strict.Encode(c.v)
			if fmt.Sprint(err) != c.want || out != nil {
				t.Errorf("got %s\n%v\nwant\n%s", out, err, c.want)
			}
		})
	}
}

// unset knows by itself what is zero.
type unset int

func (u unset) IsZero() bool { return u < 0 }

func TestEncodeAsksIsZero(t *testing.T) {
	type box struct {
		A unset  `json:"a"`
		B *unset `json:"b"`
	}
	minus := unset(-1)
	for _, c := range []struct {
		v    box
		want string
	}{
		{box{A: -1}, `{}`},
		{box{A: 0}, `{}`}, // reads as 0 all the same
		{box{A: 1}, `{"a":1}`},
		{box{B: &minus}, `{"b":-1}`},
	} {
		if got, err := strict.Encode(c.v); err != nil || string(got) != c.want {
			t.Errorf("%+v: got %s %v, want %s", c.v, got, err, c.want)
		}
	}
}

func TestDepthIsTheSameBothWays(t *testing.T) {
	p := new(plan)
	for range 63 {
		p = &plan{Nested: p}
	}
	text, err := strict.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	if bad := complaints(string(text), new(plan)); bad != "" {
		t.Error(bad)
	}
	p.Nested.Raw = json.RawMessage(strings.Repeat("[", 62) + strings.Repeat("]", 62))
	if _, err := strict.Encode(p); err != nil {
		t.Error(err)
	}
	p.Nested.Raw = json.RawMessage(strings.Repeat("[", 63) + strings.Repeat("]", 63))
	if _, err := strict.Encode(p); err == nil {
		t.Error("65 levels were written")
	}
}

func TestFormatDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{1, "1ns"},
		{1500, "1.5µs"},
		{1500 * time.Microsecond, "1.5ms"},
		{1500 * time.Millisecond, "1.5s"},
		{10 * time.Second, "10s"},
		{10 * time.Minute, "10m"},
		{90 * time.Minute, "1h30m"},
		{10 * time.Hour, "10h"},
		{time.Hour + 5*time.Second, "1h5s"},
		{time.Hour + time.Second/2, "1h0.5s"},
		{time.Minute + time.Second/2, "1m0.5s"},
		{10*time.Hour + 10*time.Minute + 10*time.Second, "10h10m10s"},
		{-90 * time.Minute, "-1h30m"},
		{math.MinInt64, "-2562047h47m16.854775808s"},
	} {
		got := strict.FormatDuration(c.d)
		if back, err := time.ParseDuration(got); got != c.want || err != nil || back != c.d {
			t.Errorf("%d: got %s, read as %d, %v; want %s", c.d, got, back, err, c.want)
		}
	}
}
