package route

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// FuzzRoute gives tables and requests anything at all. Whatever New accepts must
// decide, and always in the same way.
func FuzzRoute(f *testing.F) {
	f.Add("header", "x-beta", "1", "", "", "", "user", "id", "salt", "1", true, uint64(0), int32(0), int32(0), int32(0))
	f.Add("cookie", "g", "", "qa-", "", "", "cookie", "g", "", "qa-7", true, uint64(1), int32(5000), int32(2000), int32(10000))
	f.Add("user", "id", "", "", `\Q(`, "", "", "", "\xff", "(", true, uint64(1)<<63, int32(-1), int32(1<<31-1), int32(-1<<31))
	f.Add("user", "id", "", "", "", "a,b,\x00", "user", "", "", "", false, ^uint64(0), int32(10000), int32(1), int32(1))
	f.Fuzz(func(t *testing.T, source, name, value, prefix, expr, in, sticky, stickyName, salt, has string, routed bool, draw uint64, candidate, leftover, mirror int32) {
		route := strategy.Route{Source: source, Name: name, Value: value, Prefix: prefix, Regexp: expr}
		if in != "" {
			route.In = strings.Split(in, ",")
		}
		table, err := New([]strategy.Route{route}, strategy.Sticky{Source: sticky, Name: stickyName}, salt)
		if (table == nil) == (err == nil) {
			t.Fatal(table, err)
		}
		if err != nil {
			table = &Table{}
		}
		a := strategy.Allocation{
			Candidate: strategy.Share{Weight: strategy.Weight(candidate)},
			Leftover:  strategy.Share{Weight: strategy.Weight(leftover)},
			Routed:    routed, Mirror: strategy.Weight(mirror),
		}
		r := Request{Draw: draw, Attribute: func(string, string) (string, bool) { return has, has != "" }}
		d := table.Route(a, r)
		if again := table.Route(a, r); again != d {
			t.Fatalf("%+v, then %+v", d, again)
		}
		switch {
		case d.Version != Stable && d.Version != Candidate && d.Version != Leftover,
			d.Mirror && (d.Version != Stable || mirror <= 0),
			d.Rule >= 0 && (!routed || err != nil || d.Version != Candidate || d.Drawn),
			d.Rule < 0 && d.Version == Candidate && candidate <= 0,
			d.Rule < 0 && d.Version == Leftover && leftover <= 0:
			t.Fatalf("%+v by %+v", d, a)
		}
	})
}
