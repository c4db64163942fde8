package route

import (
	"net/http"
	"testing"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// cases are what a proxy meets, from the cheapest to the dearest.
var cases = []struct {
	name   string
	routes []strategy.Route
	sticky strategy.Sticky
}{
	{"drawn", nil, strategy.Sticky{}},
	{"sticky", nil, strategy.Sticky{Source: strategy.Header, Name: "x-user"}},
	{"route", []strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}}, strategy.Sticky{Source: strategy.Header, Name: "x-user"}},
	{"list", []strategy.Route{{Source: strategy.Header, Name: "x-user", In: []string{"a", "b", "c"}}}, strategy.Sticky{Source: strategy.Header, Name: "x-user"}},
	{"regexp", []strategy.Route{{Source: strategy.Header, Name: "x-user", Regexp: "qa-[0-9]+"}}, strategy.Sticky{Source: strategy.Header, Name: "x-user"}},
}

// ask is how a host asks: with a function of its own around the request.
func ask(table *Table, a strategy.Allocation, header http.Header, draw uint64) Decision {
	return table.Route(a, Request{Draw: draw, Attribute: func(source, name string) (string, bool) {
		if values := header[name]; source == strategy.Header && len(values) > 0 {
			return values[0], true
		}
		return "", false
	}})
}

func benchHeader() http.Header {
	return http.Header{"X-User": {"6f1c3a2e-9f0a-4a57-8f0e-2f4f7f9f3a11"}, "X-Beta": {"0"}}
}

func TestNoAllocations(t *testing.T) {
	header := benchHeader()
	a := weights(1000, 0)
	a.Routed, a.Mirror = true, 100
	for _, c := range cases {
		table := tableOf(t, c.sticky, "checkout", c.routes...)
		draw := uint64(0)
		if n := testing.AllocsPerRun(1000, func() { draw++; ask(table, a, header, draw) }); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	header := benchHeader()
	a := weights(1000, 0)
	a.Routed, a.Mirror = true, 100
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			table := tableOf(b, c.sticky, "checkout", c.routes...)
			b.ReportAllocs()
			draw := uint64(0)
			for b.Loop() {
				draw++
				ask(table, a, header, draw)
			}
		})
	}
}
