package gate_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// fifty is a tree of 50 gates as a cautious team might write it, all kinds among them.
func fifty(t testing.TB) gate.Gate {
	office := func(zone string) gate.Gate {
		return gate.Window{Zone: zone, Open: []gate.Hours{hours("mon-thu 09:00-17:00"), hours("fri 09:00-12:00")}}
	}
	owners := gate.Approval{Count: 2, Roles: []string{"owner"}, Lasts: 24 * time.Hour}
	region := func(name string, staffed, override gate.Gate) gate.Gate {
		return gate.Named{Name: name, Gate: gate.All{
			staffed,
			gate.Bake{For: time.Hour, Factor: 0.5, Min: 10 * time.Minute},
			gate.Requests{Min: 5000, Endpoint: "POST /orders"},
			gate.Any{
				gate.Fact{Name: name, Value: "held", MaxAge: time.Minute},
				override,
			},
			gate.AtLeast{N: 2, Of: []gate.Gate{
				gate.Healthy{Signals: []string{"errors"}, For: 5 * time.Minute},
				gate.Healthy{Signals: []string{"latency"}, Passes: 3},
				gate.Fact{Name: "ticket", Value: "approved"},
			}},
		}}
	}
	return compiled(t, gate.All{
		region("eu", office("Europe/Berlin"), owners), region("us", office("America/New_York"), owners),
		region("asia", gate.Fact{Name: "on call", Value: "asia"}, gate.Fact{Name: "override", Value: "on"}),
		region("africa", gate.Fact{Name: "on call", Value: "africa"}, gate.Fact{Name: "override", Value: "on"}),
		yearEnd(),
	})
}

func TestFifty(t *testing.T) {
	g, f := fifty(t), busyFacts()
	n, kinds := 0, map[string]bool{}
	gate.Walk([]gate.Gate{g}, func(g gate.Gate) {
		n++
		kinds[g.Kind()] = true
	})
	for kind := range timed()[reflect.TypeFor[gate.Gate]()] { // order does not matter: each is looked up
		if !kinds[kind] {
			t.Errorf("there is no %s among them", kind)
		}
	}
	if n != 50 {
		t.Errorf("%d gates", n)
	}
	if n := testing.AllocsPerRun(100, func() { g.Evaluate(f) }); n != 0 {
		t.Errorf("they allocate %v times", n)
	}
}

func BenchmarkBake(b *testing.B) {
	bench(b, gate.Bake{For: time.Hour, Factor: 0.5, Min: 10 * time.Minute}, busyFacts())
}

func BenchmarkBakeEarly(b *testing.B) {
	bench(b, gate.Bake{For: time.Hour, Factor: 0.9, Min: time.Minute, Early: true}, facts(proven()))
}

func bench(b *testing.B, g gate.Gate, f gate.Facts) {
	b.ReportAllocs()
	for b.Loop() {
		g.Evaluate(f)
	}
}

func BenchmarkEvaluateTree(b *testing.B) {
	g, f := fifty(b), busyFacts()
	b.ReportAllocs()
	for b.Loop() {
		g.Evaluate(f)
	}
}
