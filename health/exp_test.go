package health

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestExp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-200, 0).Draw(t, "x")
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 4e-16*want {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
		part := []float64{0.5, 0.5, 0.5}
		if timesExp(part, []float64{3 + x, 3, 3.5}, 3); math.Abs(part[0]-0.5*exp(3+x-3)) > 1e-15 || part[1] != 0.5 || part[2] != 0 {
			t.Fatalf("times exp(%v): %v", x, part)
		}
	})
	if exp(0) != 1 || exp(math.Copysign(0, -1)) != 1 {
		t.Fatal("exp(0) must be 1")
	}
}

func BenchmarkExp(b *testing.B) {
	for _, f := range []struct {
		name string
		exp  func(float64) float64
	}{{"own", exp}, {"math", math.Exp}} {
		b.Run(f.name, func(b *testing.B) {
			x := -2.5
			for b.Loop() {
				sinkFloat = f.exp(x)
				x -= 1e-9
			}
		})
	}
}
