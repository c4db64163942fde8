package toggle_test

import (
	"math"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

type plan string

func TestOf(t *testing.T) {
	name := "ada"
	instant := time.Date(2026, 11, 2, 9, 0, 0, 1, time.FixedZone("", 3600))
	var none *string
	for _, c := range []struct {
		in   any
		of   toggle.Type
		want string
	}{
		{nil, toggle.Nothing, `null`},
		{none, toggle.Nothing, `null`},
		{true, toggle.Boolean, `true`},
		{"a", toggle.String, `"a"`},
		{plan("pro"), toggle.String, `"pro"`},
		{&name, toggle.String, `"ada"`},
		{7, toggle.Number, `7`},
		{int8(-7), toggle.Number, `-7`},
		{int64(-1 << 53), toggle.Number, `-9007199254740992`},
		{uint64(1 << 53), toggle.Number, `9007199254740992`},
		{uint16(9), toggle.Number, `9`},
		{float32(0.5), toggle.Number, `0.5`},
		{1.25, toggle.Number, `1.25`},
		{math.Copysign(0, -1), toggle.Number, `0`},
		{instant, toggle.Instant, `"2026-11-02T08:00:00.000000001Z"`},
		{&instant, toggle.Instant, `"2026-11-02T08:00:00.000000001Z"`},
		{toggle.Num(3), toggle.Number, `3`},
		{[]string{"a", "b"}, toggle.List, `["a","b"]`},
		{[]string{}, toggle.List, `[]`},
		{[]any{"a", 1, nil, true}, toggle.List, `["a",1,null,true]`},
		{[2]int{1, 2}, toggle.List, `[1,2]`},
		{[]any{[]any{1, 2}, map[string]any{"a": 1}}, toggle.List, `[[1,2],{"a":1}]`},
		{map[string]any{"b": []any{1, nil}, "a": "x"}, toggle.JSON, `{"a":"x","b":[1,null]}`},
		{struct{ A int }{1}, toggle.JSON, `{"A":1}`},
	} {
		v, err := toggle.Of(c.in)
		if err != nil || v.Type() != c.of || v.String() != c.want {
			t.Errorf("Of(%#v) = %v %v, %v; want %v %s", c.in, v.Type(), v, err, c.of, c.want)
		}
	}
	cycle := make([]any, 1)
	cycle[0] = cycle
	for _, c := range []struct {
		in   any
		want string
	}{
		{cycle, "[0]: cannot be a value: it is a []interface {}"},
		{math.NaN(), "NaN must be finite"},
		{float32(math.Inf(1)), "+Inf must be finite"},
		{int64(1<<53 + 1), "9007199254740993 must be from -2^53 to 2^53, or a string"},
		{int64(-1<<53 - 1), "-9007199254740993 must be from -2^53 to 2^53, or a string"},
		{uint64(1<<53 + 1), "9007199254740993 must be at most 2^53, or a string"},
		{time.Time{}, "0001-01-01T00:00:00Z must be between the years 1678 and 2261"},
		{[]any{1, math.NaN(), 2, math.Inf(-1)}, "[1]: NaN must be finite\n[3]: -Inf must be finite"},
		{func() {}, "cannot be a value: it is a func()"},
		{map[string]any{"a": math.NaN()}, "cannot be a value: it is a map[string]interface {}"},
	} {
		if v, err := toggle.Of(c.in); err == nil || err.Error() != c.want || v.Type() != toggle.Nothing {
			t.Errorf("Of(%#v) = %v, %v; want %s", c.in, v, err, c.want)
		}
	}
}
