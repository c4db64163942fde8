package health

import (
	"strings"
	"testing"
	"time"
)

// twenty are more bounds than are looked at.
var twenty = func() (b []float64) {
	for i := range 20 {
		b = append(b, float64(i+1))
	}
	return b
}()

// slow has 10,000 requests, a share of which are in the last bucket, and the others in
// the first ones, ever fewer.
func slow(n int, share float64) Arm {
	a := Arm{Exposure: float64(n), Buckets: make([]uint64, 21)}
	left := float64(n) * (1 - share)
	for i := range 20 {
		a.Buckets[i] = uint64(left / 2)
		left -= float64(a.Buckets[i])
	}
	a.Buckets[20] = uint64(float64(n)*share + left)
	return a
}

// Bounds that are chosen by what stable did in an interval are judged by later ones.
func TestLatencyChoosesItsBounds(t *testing.T) {
	l := Latency{Histogram: "h", Objective: 17}
	g := signalOf(l)
	var e Evidence
	idle := Sample{From: start, To: at(10), Bounds: twenty, Candidate: slow(1000, 0.5), Stable: Arm{Buckets: make([]uint64, 21)}}
	if g.Fold(&e, &idle); len(e.Log) != 0 || e.Verdict != Inconclusive {
		t.Fatalf("%d numbers, %s: without stable there is nothing to choose by", len(e.Log), e.Verdict)
	}
	s := Sample{From: at(10), To: at(20), Bounds: twenty, Candidate: slow(1000, 0.5), Stable: slow(10_000, 0.0001)}
	g.Fold(&e, &s)
	if harm, _ := l.LogE(&e); harm != 0 || e.Verdict == Degraded {
		t.Fatalf("harm of %v by the interval that the bounds were chosen by", harm)
	}
	q := l.of(&e)
	var bounds []float64
	for k := range q.lanes {
		head, _, _ := q.lane(e.Log, k)
		bounds = append(bounds, head[laneBound])
	}
	if want := []float64{2, 3, 4, 5, 7, 11, 17}; len(bounds) != len(want) {
		t.Fatalf("bounds %v, want %v", bounds, want)
	} else {
		for k := range want {
			if bounds[k] != want[k] {
				t.Fatalf("bounds %v, want %v", bounds, want)
			}
		}
	}
	s.From, s.To = at(20), at(30)
	if g.Fold(&e, &s); e.Verdict != Degraded {
		t.Fatalf("%s by the next", e.Verdict)
	}
	if text := l.Explain(&e); !strings.Contains(text, "stable's share of requests slower than") {
		t.Errorf("%q", text)
	}
}

// A bound that a histogram does not have says nothing about the one that stands there.
func TestLatencyWithoutABound(t *testing.T) {
	l := Latency{Histogram: "h", Bounds: []float64{1, 2, 4}, Dispersion: 1}
	g := signalOf(l)
	arm := func(buckets ...uint64) Arm { return Arm{Exposure: sum(buckets), Buckets: buckets} }
	var e Evidence
	g.Fold(&e, &Sample{From: start.Add(-time.Second), To: start, Bounds: []float64{1, 2, 4}, Candidate: arm(0, 0, 0, 0), Stable: arm(0, 0, 0, 0)})
	g.Fold(&e, &Sample{From: start, To: at(10), Bounds: []float64{1, 4}, Candidate: arm(900, 10, 90), Stable: arm(9900, 50, 50)})
	q := l.of(&e)
	for k, want := range []bool{true, false, true} {
		if _, harm, _ := q.lane(e.Log, k); (harm.value(q.harm) > 1) != want {
			t.Errorf("bound %v: harm of %v", l.Bounds[k], harm.value(q.harm))
		}
	}
	g.Fold(&e, &Sample{From: at(10), To: at(20), Bounds: []float64{3}, Candidate: arm(900, 100), Stable: arm(9900, 100)})
	if e.Log[atN] != 1000 {
		t.Errorf("%v requests were judged by bounds that nobody looks at", e.Log[atN])
	}
	g.Fold(&e, &Sample{From: at(20), To: at(30), Candidate: Arm{Exposure: 5}, Stable: Arm{Exposure: 5}})
	if e.Log[atN] != 1000 {
		t.Error("a sample without buckets was judged")
	}
}

// Every bound must be proven: a tail that is five times worse is not hidden by the rest.
func TestLatencyProofIsTheWeakest(t *testing.T) {
	l := Latency{Histogram: "h", Margin: 2, Dispersion: 1}
	p := rollbackPolicy(0.001, l)
	arm := func(buckets ...uint64) Arm { return Arm{Exposure: sum(buckets), Buckets: buckets} }
	run := func(tail uint64) (e Evidence) {
		for i := range 60 {
			p.Fold(0, &e, &Sample{
				From: at(10 * i), To: at(10*i + 10), Bounds: []float64{0.1, 1},
				Candidate: arm(800, 200-tail, tail), Stable: arm(8000, 1990, 10),
			})
			if e.Verdict == Degraded {
				break
			}
		}
		return e
	}
	if e := run(1); !e.Proven {
		t.Errorf("%s, a proof of %v", e.Verdict, e.Log[atProof])
	}
	if e := run(5); e.Proven || e.Verdict != Degraded {
		t.Errorf("a tail five times worse: %s, proven %v", e.Verdict, e.Proven)
	}
}

// A bound in another unit, or none of the histogram's, is a mistake in the plan.
func TestLatencyOfUnknownBounds(t *testing.T) {
	s := Sample{From: start, To: at(10), Bounds: []float64{0.1, 0.25}, Candidate: Arm{Exposure: 9, Buckets: []uint64{3, 3, 3}}, Stable: Arm{Exposure: 9, Buckets: []uint64{3, 3, 3}}}
	for _, l := range []Latency{{Histogram: "h", Objective: 250}, {Histogram: "h", Bounds: []float64{0.1, 250}}} {
		var e Evidence
		p := rollbackPolicy(0, l)
		p.Fold(0, &e, &s)
		if e.Verdict != Error || e.Reason != "the histogram has no bound at 250; it has 0.1, 0.25" || len(e.Log) != 0 {
			t.Errorf("%s: %q, %d numbers", e.Verdict, e.Reason, len(e.Log))
		}
	}
}
