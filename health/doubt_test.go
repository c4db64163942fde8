package health

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

// arms is one interval of both versions.
func arms(from, to int, n, x, k, y float64) *Sample {
	return &Sample{From: at(from), To: at(to), Candidate: Arm{Exposure: n, Bad: x}, Stable: Arm{Exposure: k, Bad: y}}
}

// What was measured while the fleet was not what is to be judged is no part of the
// minimum sample.
func TestDoubtIsNoSample(t *testing.T) {
	for _, j := range []Sequential{Compare{Bad: "b", Total: "t", Dispersion: 1, Margin: 2}, Objective{Bad: "b", Total: "t", Max: 0.1}} {
		g := signalOf(j)
		var e Evidence
		g.FoldHarm(&e, arms(0, 10, 500, 0, 5000, 2500))
		if e.Verdict != Inconclusive || e.Passes != 0 {
			t.Errorf("%s: in doubt it is %s, %d passes", j.Kind(), e.Verdict, e.Passes)
		}
		g.Fold(&e, arms(10, 20, 19, 0, 190, 95))
		if e.Verdict != Inconclusive || e.Proven {
			t.Errorf("%s: %s, proven %t after 19 events", j.Kind(), e.Verdict, e.Proven)
		}
		g.Fold(&e, arms(20, 30, 1, 0, 10, 5))
		if e.Verdict != Healthy || e.Passes != 1 {
			t.Errorf("%s: %s, %d passes after 20 events", j.Kind(), e.Verdict, e.Passes)
		}
	}
}

// What is carried into a step is of the step before: it may speak against the release
// and does not speak for it.
func TestCarryIsOfTheStepBefore(t *testing.T) {
	g := signalOf(Compare{Bad: "b", Total: "t", Dispersion: 1, Margin: 3})
	var e Evidence
	g.Fold(&e, arms(0, 10, 500, 1, 5000, 100))
	g.Fold(&e, arms(10, 20, 5000, 0, 0, 0))
	g.Begin(&e)
	g.Fold(&e, arms(20, 30, 1, 0, 5000, 500))
	if _, proof := g.Judge.(Sequential).LogE(&e); e.Verdict != Inconclusive || e.Proven || proof > 0 {
		t.Errorf("%s, proven %t by %v after one request", e.Verdict, e.Proven, proof)
	}
	g.Fold(&e, arms(30, 40, 20, 0, 5000, 500))
	if e.Verdict != Healthy {
		t.Errorf("%s after 20 requests of the step", e.Verdict)
	}
}

// What one version did is not held against what the other does much later: through an
// outage of the source, or a gap.
func TestCarryGrowsOld(t *testing.T) {
	for name, between := range map[string]*Sample{"outage": {From: at(20), To: at(3600), Fetch: NoData}, "gap": nil} {
		g := signalOf(Compare{Bad: "b", Total: "t", Dispersion: 1})
		var e Evidence
		g.Fold(&e, arms(0, 10, 5000, 10, 50_000, 100))
		g.Fold(&e, arms(10, 20, 50, 25, 0, 0)) // an incident, of which nothing is known of stable
		if between != nil {
			g.Fold(&e, between)
		}
		g.Fold(&e, arms(3600, 3610, 500, 1, 5000, 10))
		if e.Verdict == Degraded || e.Log[atN] != 5500 {
			t.Errorf("%s: %s by %v requests: %s", name, e.Verdict, e.Log[atN], g.Judge.(Explainer).Explain(&e))
		}
	}
	g := signalOf(Compare{Bad: "b", Total: "t", Dispersion: 1})
	var e Evidence
	g.Fold(&e, arms(3600, 3610, 50, 25, 0, 0))
	e.Through = at(10) // the clock was set back, and the instants of the state with it
	g.Fold(&e, arms(20, 30, 500, 1, 5000, 10))
	if e.Log[atN] != 500 {
		t.Errorf("%v requests were compared across a jump of the clock", e.Log[atN])
	}
}

// Of a bound that the histogram does not have in an interval nothing is known, and
// nothing is carried.
func TestAbsentBoundIsNotCarried(t *testing.T) {
	g := signalOf(Latency{Histogram: "h", Bounds: []float64{0.1, 0.5}, Dispersion: 1})
	sample := func(from int, bounds []float64, candidate, stable []uint64) *Sample {
		return &Sample{From: at(from), To: at(from + 10), Bounds: bounds, Candidate: Arm{Buckets: candidate}, Stable: Arm{Buckets: stable}}
	}
	var e Evidence
	g.Fold(&e, sample(0, []float64{0.5}, []uint64{0, 0}, []uint64{100_000, 0})) // half of them slower than 0.1
	g.Fold(&e, sample(10, []float64{0.1, 0.5}, []uint64{50, 50, 0}, []uint64{50, 50, 0}))
	if e.Verdict == Degraded || e.Log[atHarm] > 0 {
		t.Errorf("%s: %s", e.Verdict, g.Judge.(Explainer).Explain(&e))
	}
}

// A state may come from anywhere: whatever evidence holds, taking in a sample does not
// panic, and it can be written again.
func TestOddEvidenceIsNoPanic(t *testing.T) {
	s := arms(10, 20, 100, 3, 1000, 20)
	s.Bounds = []float64{1, 2, 3}
	s.Candidate.Buckets, s.Stable.Buckets = []uint64{100, 20, 3, 1}, []uint64{1000, 100, 20, 10}
	s.Candidate.Time, s.Stable.Time, s.Candidate.Weight, s.Stable.Weight = 10, 100, 1000, 9000
	for _, j := range []Sequential{
		Compare{Bad: "b", Total: "t", Margin: 1.5},
		Compare{Total: "t", Per: PerTime},
		Compare{Total: "t", Per: PerShare, Fewer: true},
		Latency{Histogram: "h", Margin: 2},
		Objective{Bad: "b", Total: "t", Max: 0.1},
	} {
		g := signalOf(j)
		var fresh Evidence
		g.Fold(&fresh, s)
		for k := range fresh.Log {
			for _, odd := range []float64{-1, -0.5, 0.5, 1e9, 1e100, -1e300, 1e300, 5e-324} {
				e := fresh.Clone()
				e.Log[k] = odd
				sound := g.Sound(&e)
				if sound && math.Abs(odd) > 1e100 {
					t.Errorf("%s: %v at %d is said to be sound", j.Kind(), odd, k)
				}
				next := *s
				next.From, next.To = at(20), at(30)
				g.Fold(&e, &next)
				g.Begin(&e)
				next.From, next.To = at(30), at(30).Add(time.Hour)
				g.Fold(&e, &next)
				g.Judge.(Explainer).Explain(&e)
				if _, err := json.Marshal(e); err != nil && sound {
					t.Errorf("%s: of %v at %d: %v", j.Kind(), odd, k, err)
				}
			}
		}
		for n := range fresh.Log {
			e := fresh.Clone()
			e.Log = e.Log[:n]
			g.Fold(&e, arms(20, 30, 100, 3, 1000, 20))
			g.Begin(&e)
		}
	}
}

// One wrong word of a source about the past must not blind a comparison for good.
func TestToldDispersionIsBounded(t *testing.T) {
	g := signalOf(Compare{Bad: "b", Total: "t"})
	var e Evidence
	s := arms(0, 10, 100, 1, 1000, 10)
	s.Dispersion = 1e300
	g.Fold(&e, s)
	if e.Verdict != Error {
		t.Errorf("a dispersion of 1e300: %s", e.Verdict)
	}
	g.Fold(&e, arms(10, 20, 100, 90, 1000, 10))
	if e.Verdict != Degraded {
		t.Errorf("and after that %s", e.Verdict)
	}
}
