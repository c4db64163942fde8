package health_test

import (
	"math"
	"testing"

	"github.com/seed-20fe5ead/gradatim/health"
)

// told is a sequential judge of somebody else, with evidence that is given.
type told struct {
	health.Threshold
	harm float64
}

func (t told) LogE(*health.Evidence) (harm, proof float64) { return t.harm, math.Inf(-1) }

func TestProvable(t *testing.T) {
	for _, tc := range []struct {
		name  string
		judge health.Judge
		want  bool
	}{
		{"no judge", nil, false},
		{"compare", health.Compare{Bad: "b", Total: "t"}, false},
		{"compare with a margin", health.Compare{Bad: "b", Total: "t", Margin: 1.5}, true},
		{"not a margin", health.Compare{Bad: "b", Total: "t", Margin: math.NaN()}, false},
		{"latency", health.Latency{Histogram: "h"}, false},
		{"latency with a margin", health.Latency{Histogram: "h", Margin: 2}, true},
		{"objective", health.Objective{Bad: "b", Total: "t", Max: 0.1}, true},
		{"threshold", health.Threshold{Bad: "b", Total: "t", Max: 0.1}, false},
		{"difference", health.Difference{Gauge: "g", Relative: 1}, false},
		{"test", health.Test{Suite: "s"}, false},
		{"somebody else's that does not say", told{}, false},
	} {
		if g := (health.Signal{Judge: tc.judge}); g.Provable() != tc.want {
			t.Errorf("%s: %v", tc.name, !tc.want)
		}
	}
}

func TestSuspect(t *testing.T) {
	for _, tc := range []struct {
		name  string
		judge health.Judge
		want  bool
	}{
		{"no judge", nil, false},
		{"without evidence", health.Threshold{}, false},
		{"nothing seen", health.Compare{Margin: 1.5}, true},
		{"e-value 1", told{harm: 0}, true},
		{"above", told{harm: 0.1}, true},
		{"below", told{harm: -0.1}, false},
		{"not a number", told{harm: math.NaN()}, true},
		{"nothing says so much", told{harm: math.Inf(-1)}, true},
	} {
		g := health.Signal{Judge: tc.judge}
		e := new(health.Evidence)
		if n := testing.AllocsPerRun(10, func() { g.Suspect(e); g.Provable() }); n != 0 {
			t.Errorf("%s: allocates %v times", tc.name, n)
		}
		if g.Suspect(&health.Evidence{}) != tc.want {
			t.Errorf("%s: %v", tc.name, !tc.want)
		}
	}
}
