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
