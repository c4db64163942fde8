package health

import "testing"

// TestPassesAreConclusive: intervals that only fill up a block are no passes, and the
// run goes on.
func TestPassesAreConclusive(t *testing.T) {
	g := signalOf(Threshold{Bad: "b", Total: "t", Max: 0.01, MinSample: 1000})
	samples := []Sample{rate(0, 1, 0, 1000)}
	for i := 1; i < 9; i++ {
		samples = append(samples, rate(i, i+1, 1, 1))
	}
	e := foldAll(g, samples)
	if e.Verdict != Healthy || e.Passes != 1 || !e.Clean.Equal(at(0)) || !e.Seen.Equal(at(1)) {
		t.Errorf("%s, %d passes, clean since %s, seen at %s", e.Verdict, e.Passes, e.Clean, e.Seen)
	}
	e = foldAll(g, append(samples, rate(9, 10, 0, 992)))
	if e.Verdict != Healthy || e.Passes != 2 || !e.Clean.Equal(at(0)) {
		t.Errorf("%s, %d passes, clean since %s", e.Verdict, e.Passes, e.Clean)
	}
}

// great is a judge whose verdict nobody knows.
type great struct{ Threshold }

func (great) Fold(e *Evidence, _ *Sample) bool {
	e.Verdict = "great"
	return true
}

// TestUnknownVerdictIsAnError: it says nothing about the release.
func TestUnknownVerdictIsAnError(t *testing.T) {
	e := foldAll(signalOf(great{Threshold{Bad: "b", Total: "t", Max: 0.01}}), []Sample{rate(0, 1, 0, 1000)})
	if e.Verdict != Error || e.Reason != `the judge threshold says "great", which is no verdict` {
		t.Errorf("%s: %s", e.Verdict, e.Reason)
	}
}

// TestFoldHarm: what was measured elsewhere speaks against the release only, also as part
// of a check that ends later; the run of what is healthy goes on.
func TestFoldHarm(t *testing.T) {
	g := signalOf(Threshold{Bad: "b", Total: "t", Max: 0.01, MinSample: 1000})
	e := foldAll(g, []Sample{rate(0, 1, 0, 1000), rate(1, 2, 0, 1000)})
	say := func(passes int64, v Verdict, doubt bool) {
		t.Helper()
		if e.Passes != passes || e.Verdict != v || e.Doubt != doubt || v != Degraded && !e.Clean.Equal(at(0)) {
			t.Errorf("%d passes, %s, doubt %v, clean since %s", e.Passes, e.Verdict, e.Doubt, e.Clean)
		}
	}
	fold := func(f func(*Evidence, *Sample) bool, s Sample) {
		t.Helper()
		if !f(&e, &s) {
			t.Error("not folded")
		}
	}
	say(2, Healthy, false)
	fold(g.FoldHarm, rate(2, 3, 0, 1000)) // a whole check
	say(0, Inconclusive, false)
	fold(g.Fold, rate(3, 4, 0, 1000))
	say(1, Healthy, false)
	fold(g.FoldHarm, rate(4, 5, 0, 900)) // part of one
	say(0, Inconclusive, true)
	fold(g.Fold, rate(5, 6, 0, 100))
	say(0, Inconclusive, false)
	fold(g.Fold, rate(6, 7, 0, 1000))
	say(1, Healthy, false)
	fold(g.FoldHarm, rate(7, 8, 0, 900))
	g.Begin(&e)
	fold(g.Fold, rate(8, 9, 0, 1000))
	if e.Passes != 1 || e.Verdict != Healthy {
		t.Errorf("at a new step: %d passes, %s", e.Passes, e.Verdict)
	}
	fold(g.FoldHarm, rate(9, 10, 500, 500))
	fold(g.FoldHarm, rate(10, 11, 0, 500))
	say(0, Degraded, false)
	if again := rate(10, 11, 0, 500); g.FoldHarm(&e, &again) {
		t.Error("folded twice")
	}
	e = foldAll(g, []Sample{rate(0, 2, 0, 1000)})
	if late := rate(1, 3, 0, 1000); !g.FoldHarm(&e, &late) || e.Dropped != 1 || e.Verdict != Healthy {
		t.Errorf("%d dropped, %s", e.Dropped, e.Verdict)
	}
}
