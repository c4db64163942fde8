package health

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Bets in parts are the same as bets in logarithms, far beyond what a number can hold.
func TestBetsAreSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := gridProof
		b := bets{make([]float64, g.size()), new(float64)}
		b.start(0.5)
		want := make([]float64, g.size()) // logarithms
		for j := range want {
			want[j] = math.Log(0.5)
		}
		size := rapid.SampledFrom([]float64{1e-3, 1, 30, 1e4, 1e12}).Draw(t, "size")
		for range rapid.IntRange(1, 40).Draw(t, "intervals") {
			if rapid.IntRange(0, 3).Draw(t, "put") == 0 {
				b.put(0.01)
				for j := range want {
					want[j] = plusLog(want[j], math.Log(0.01))
				}
			}
			by := make([]float64, g.size())
			for j := range by {
				by[j] = rapid.Float64Range(-size, size).Draw(t, "by")
				want[j] += by[j]
			}
			b.multiply(by)
		}
		sum, largest := math.Inf(-1), 0.0
		for j, w := range g.weight {
			sum = plusLog(sum, math.Log(w)+want[j])
			largest = max(largest, math.Abs(want[j]))
			if !finite(b.part[j]) || b.part[j] < 0 {
				t.Fatalf("part %v", b.part)
			}
		}
		got := b.value(g)
		if !finite(got) || got > sum+1e-9*(1+largest) {
			t.Fatalf("%v is more than %v", got, sum)
		}
		if size <= 1 && math.Abs(got-sum) > 1e-9*(1+largest) { // nothing that matters is let go
			t.Fatalf("%v, want %v", got, sum)
		}
	})
}

func TestPlusLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(-60, 60).Draw(t, "a"), rapid.Float64Range(-60, 60).Draw(t, "b")
		if got, want := plusLog(a, b), math.Log(math.Exp(a)+math.Exp(b)); math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Fatalf("plusLog(%v, %v) = %v, want %v", a, b, got, want)
		}
	})
	if got := plusLog(math.Inf(-1), 3); got != 3 {
		t.Errorf("nothing and 3 are %v", got)
	}
}

// All that is ever put in adds up to at most 1.
func TestPurseIsNeverOverdrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, b := purseAt(make([]float64, purseSize)), bets{make([]float64, 1), new(float64)}
		p.open(b)
		for range rapid.IntRange(0, 500).Draw(t, "times") {
			if rapid.IntRange(0, 9).Draw(t, "step") == 0 {
				p.step(b)
			} else {
				*p.expected += rapid.Float64Range(0, 10).Draw(t, "expected")
				p.onset(b)
			}
			in := math.Exp(*b.top) * b.part[0]
			if !(*p.left > 0) || math.Abs(in+*p.left-1) > 1e-9 {
				t.Fatalf("%v is put in and %v left", in, *p.left)
			}
			if e := b.with(*p.left, &grid{weight: []float64{1}}); math.Abs(e) > 1e-9 {
				t.Fatalf("nothing happened, and ln E is %v", e)
			}
		}
	})
}

// Every bound of a histogram has the same put in: what is left is that of all.
func TestLanesShareAPurse(t *testing.T) {
	l := Latency{Histogram: "h", Dispersion: maxDispersion} // so that nothing is won or lost
	g := signalOf(l)
	var e Evidence
	for i := range 200 {
		if i == 100 {
			g.Begin(&e)
		}
		a := Arm{Exposure: 100, Buckets: []uint64{50, 30, 15, 5}}
		g.Fold(&e, &Sample{From: at(10 * i), To: at(10*i + 10), Bounds: []float64{1, 2, 4}, Candidate: a, Stable: a})
	}
	q := l.of(&e)
	p := purseAt(e.Log[atPurse:])
	if *p.times < 50 || *p.steps != 2 {
		t.Fatalf("put in %v times and at %v steps: the test shows nothing", *p.times, *p.steps)
	}
	for k := range q.lanes {
		if _, harm, _ := q.lane(e.Log, k); math.Abs(math.Exp(harm.value(q.harm))+*p.left-1) > 0.01 {
			t.Errorf("bound %d: %v put in, %v left", k, math.Exp(harm.value(q.harm)), *p.left)
		}
	}
}
