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
