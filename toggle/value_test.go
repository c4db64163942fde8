package toggle_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

func TestValueEdges(t *testing.T) {
	for _, c := range []struct {
		v    toggle.Value
		of   toggle.Type
		text string
	}{
		{toggle.Value{}, toggle.Nothing, `null`},
		{toggle.Num(math.NaN()), toggle.Nothing, `null`},
		{toggle.Num(math.Inf(-1)), toggle.Nothing, `null`},
		{toggle.Num(math.Copysign(0, -1)), toggle.Number, `0`},
		{toggle.Num(math.MaxFloat64), toggle.Number, `1.7976931348623157e+308`},
		{toggle.Num(5e-324), toggle.Number, `5e-324`},
		{toggle.Text("\xff<"), toggle.String, "\"\uFFFD\\u003c\""},
		{toggle.Time(time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC)), toggle.Instant, `"1678-01-01T00:00:00Z"`},
		{toggle.Time(time.Date(2261, 12, 31, 23, 59, 59, 999999999, time.UTC)), toggle.Instant, `"2261-12-31T23:59:59.999999999Z"`},
		{toggle.Time(time.Date(1677, 12, 31, 23, 59, 59, 0, time.UTC)), toggle.Nothing, `null`},
		{toggle.Time(time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)), toggle.Nothing, `null`},
		{toggle.Texts(), toggle.List, `[]`},
		{toggle.Values(toggle.Texts("a"), toggle.Num(1)), toggle.List, `[null,1]`},
	} {
		if c.v.Type() != c.of || c.v.String() != c.text {
			t.Errorf("got %v %v, want %v %s", c.v.Type(), c.v, c.of, c.text)
		}
	}
	if _, err := toggle.Text("\xff").MarshalJSON(); err == nil {
		t.Error("what is not UTF-8 was written as something else")
	}
	if got := fmt.Sprint(toggle.Nothing, toggle.Boolean, toggle.String, toggle.Number, toggle.JSON, toggle.Instant, toggle.List, toggle.Type(99)); got != "nothing boolean string number JSON instant list unknown" {
		t.Error(got)
	}
	v := toggle.Text("x")
	if v.Bool() || v.Num() != 0 || !v.Time().IsZero() || toggle.Num(1).Bool() || toggle.Num(1).Text() != "" || toggle.Bool(true).Num() != 0 {
		t.Error("a value of another type is not the zero one")
	}
}

// What was written is read as it was, and a list keeps nothing of what it was made of.
func TestValueRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(
			rapid.Custom(scalar), rapid.Map(rapid.Float64(), toggle.Num), rapid.Map(rapid.Int64Range(-1<<53, 1<<53), func(i int64) toggle.Value { return toggle.Num(float64(i)) }),
			rapid.Map(rapid.String(), toggle.Text), rapid.Map(rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.Int())), func(m map[string][]int) toggle.Value {
				v, _ := toggle.Of(m)
				return v
			}),
		).Draw(t, "value")
		data, err := v.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var read toggle.Value
		if err := json.Unmarshal(data, &read); err != nil || !reflect.DeepEqual(read.Any(), v.Any()) || read.Type() != v.Type() || read.String() != v.String() {
			t.Fatalf("%v was read as %v: %v", v, read, err)
		}
	})
	list := []toggle.Value{toggle.Num(1)}
	v := toggle.Values(list...)
	list[0] = toggle.Num(2)
	if v.String() != "[1]" {
		t.Error("the list was written to:", v)
	}
}

func TestValueNumbersAreKept(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "-0": "0", "1.50": "1.5", "1e3": "1000", "9007199254740992": "9007199254740992", "9007199254740993": "", "-9007199254740993": "",
		"12345678901234567890": "", "100000000000000000000": "100000000000000000000", "1e400": "", "-1e400": "", "0.1": "0.1", "1e-999": "0",
	} { // order does not matter: each is read alone
		var v toggle.Value
		switch err := v.UnmarshalJSON([]byte(text)); {
		case (err == nil) != (want != ""):
			t.Errorf("%s: %v", text, err)
		case err == nil && v.String() != want:
			t.Errorf("%s was read as %v, want %s", text, v, want)
		}
	}
}

// The key of a value: what is hashed is the same on every machine.
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		v    toggle.Value
		want string
	}{
		{toggle.Text("a"), "a"},
		{toggle.Bool(true), "true"},
		{toggle.Bool(false), "false"},
		{toggle.Num(0), "0"},
		{toggle.Num(math.Copysign(0, -1)), "0"},
		{toggle.Num(-17), "-17"},
		{toggle.Num(1 << 53), "9007199254740992"},
		{toggle.Num(-1 << 53), "-9007199254740992"},
		{toggle.Num(1e15), "1000000000000000"},
	} {
		if got, ok := toggle.Key(c.v); got != c.want || !ok {
			t.Errorf("the key of %v is %q %v, want %q", c.v, got, ok, c.want)
		}
	}
	object, _ := toggle.Of(map[string]any{"a": 1})
	for _, v := range []toggle.Value{{}, toggle.Text(""), toggle.Num(0.5), toggle.Num(1<<53 + 2), toggle.Num(1e300), toggle.Time(now), toggle.Texts("a"), object} {
		if got, ok := toggle.Key(v); ok {
			t.Errorf("the key of %v is %q, want none", v, got)
		}
	}
}

// Instants are read as RFC 3339 has it, and then as package time reads them.
func TestInstants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,11})?(Z|[+-][0-2][0-9]:[0-6][0-9])`),
			rapid.StringMatching(`(2026|0000|9999|1900|2000)-(02-2[89]|02-30|00-01|13-01|12-31|04-31|01-00)[T ]([0-9]|23|24):59:(59|60)([.,][0-9]{1,9})?[Zz+]?`),
		).Draw(t, "s")
		want, err := time.Parse(time.RFC3339Nano, s)
		wantOK := err == nil && instantForm.MatchString(s)
		got, ok := toggle.ParseInstant(s)
		if ok != wantOK || ok && !got.Equal(want) {
			t.Fatalf("%s: got %v %v, want %v %v", s, got, ok, want, wantOK)
		}
	})
}
