package gate_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// fifty is a tree of 50 gates as a cautious team might write it, all kinds among them.
func fifty(t testing.TB) gate.Gate {
	region := func(name string) gate.Gate {
		return gate.Named{Name: name, Gate: gate.All{
			gate.Bake{For: time.Hour, Factor: 0.5, Min: 10 * time.Minute},
			gate.Requests{Min: 5000, Endpoint: "POST /orders"},
			gate.Any{
				gate.Fact{Name: name, Value: "held", MaxAge: time.Minute},
				gate.Fact{Name: "override", Value: "on"},
			},
			gate.AtLeast{N: 2, Of: []gate.Gate{
				gate.Healthy{Signals: []string{"errors"}, For: 5 * time.Minute},
				gate.Healthy{Signals: []string{"latency"}, Passes: 3},
				gate.Fact{Name: "ticket", Value: "approved"},
			}},
		}}
	}
	compiled, err := gate.Compile([]gate.Gate{gate.All{
		region("eu"), region("us"), region("asia"), region("africa"), gate.Bake{For: 20 * time.Minute}, gate.Healthy{}, gate.Fact{Name: "board", Value: "open"}, gate.Requests{Min: 100}, gate.Fact{Name: "pager"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return compiled[0]
}

func TestFiftyIsFifty(t *testing.T) {
	n := 0
	gate.Walk([]gate.Gate{fifty(t)}, func(gate.Gate) { n++ })
	if n != 50 {
		t.Errorf("%d gates", n)
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
