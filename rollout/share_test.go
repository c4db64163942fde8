package rollout

import (
	"testing"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// TestShare: a step that shares nothing by chance has the share of the nearest one before
// it that does, else of the nearest after it.
func TestShare(t *testing.T) {
	none, all := strategy.Step{}, strategy.Step{Weight: strategy.Full}
	users := strategy.Step{Weight: 3000, Routes: []strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}}}
	tenth, half := strategy.Step{Weight: 1000}, strategy.Step{Weight: 5000}
	for name, c := range map[string]struct {
		steps []strategy.Step
		want  []float64
	}{
		"its own":       {[]strategy.Step{tenth, half}, []float64{0.1, 0.5}},
		"of the before": {[]strategy.Step{tenth, none, half, all}, []float64{0.1, 0.1, 0.5, 0.5}},
		"of the after":  {[]strategy.Step{users, none, tenth, half}, []float64{0.1, 0.1, 0.1, 0.5}},
		"of none":       {[]strategy.Step{users, none, all}, []float64{0, 0, 0}},
	} {
		s := stage{ladder: strategy.Ladder{Steps: c.steps}}
		for k, want := range c.want {
			if got := s.share(k); got != want {
				t.Errorf("%s: step %d has %v, want %v", name, k, got, want)
			}
		}
	}
}
