package main

import (
	"fmt"
	"math"
)

// Levels of the grid are counts of errors since the last check, and limits counts of
// failed checks.
const (
	gridLevels = 64
	gridLimits = 64
)

// grid tries all fixed thresholds at once: level l fails a check with more than l errors,
// and limit k ends the rollout when more than k checks failed.
type grid struct {
	runs   int
	failed [gridLevels]int // of the present run
	ended  [gridLevels][gridLimits]int
	sum    [gridLevels][gridLimits]int // of the checks at which they ended
}

func (g *grid) begin() {
	g.runs++
	clear(g.failed[:])
}

func (g *grid) check(iv *interval, check int) {
	for l := range min(gridLevels, int(iv.plain.candidate.x)) {
		if k := g.failed[l]; k < gridLimits {
			g.ended[l][k]++
			g.sum[l][k] += check
			g.failed[l]++
		}
	}
}

func (g *grid) add(o *grid) {
	g.runs += o.runs
	for l := range g.ended {
		for k := range g.ended[l] {
			g.ended[l][k] += o.ended[l][k]
			g.sum[l][k] += o.sum[l][k]
		}
	}
}

// fixed is one of the thresholds, as a method.
type fixed struct{ level, limit, failed int }

func (f *fixed) begin(float64) { f.failed = 0 }

func (f *fixed) check(iv *interval) outcome {
	if iv.plain.candidate.x > float64(f.level) {
		f.failed++
	}
	if f.failed > f.limit {
		return rollsBack
	}
	return goOn
}

func (f *fixed) String() string {
	return fmt.Sprintf("more than %d errors, limit %d", f.level, f.limit)
}

// best is the threshold that ends soonest of those that end no more healthy rollouts
// than falsely of so many runs did; nil if there is none.
func (t *trial) best(healthy *trial, falsely, of int) *fixed {
	var best *fixed
	least := math.Inf(1)
	for l := range t.grid.ended {
		for k := range t.grid.ended[l] {
			if healthy.grid.ended[l][k]*of > falsely*healthy.grid.runs {
				continue
			}
			mean := float64(t.grid.sum[l][k] + (t.grid.runs-t.grid.ended[l][k])*t.checks())
			if mean < least {
				best, least = &fixed{level: l, limit: k}, mean
			}
		}
	}
	return best
}

// hindsightName is the method's.
const hindsightName = "best fixed threshold in hindsight"

// hindsight is the best fixed threshold for a scenario that is no more often wrong in the
// healthy one than a method, whose alpha it is listed under.
func (t *trial) hindsight(m *method, healthy *trial, falsely, of int) (method, *fixed) {
	f := t.best(healthy, falsely, of)
	if f == nil {
		return method{}, nil
	}
	return method{name: hindsightName, alpha: m.alpha, start: func(*scenario) detector {
		own := *f
		return &own
	}}, f
}
