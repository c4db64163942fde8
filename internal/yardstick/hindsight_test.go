package main

import "testing"

// A cell of the grid is the threshold of that level and limit.
func TestGrid(t *testing.T) {
	const runs = 200
	healthy := newTrial(find(t, healthyName), 60, 1, nil, runs, true)
	healthy.fates = [][]fate{make([]fate, runs)} // of nobody, so that there are runs
	healthy.methods = []method{{start: func(*scenario) detector { return &fixed{level: 1000} }}}
	worse := newTrial(find(t, "errors-1%"), 60, 1, healthy.methods, runs, true)
	healthy.play()
	worse.play()
	for _, f := range []fixed{{level: 5}, {level: 5, limit: 3}, {level: 7, limit: 1}, {level: 9, limit: 0}} {
		m := method{start: func(*scenario) detector { own := f; return &own }}
		for _, grid := range []*trial{healthy, worse} {
			one := newTrial(grid.scenario, 60, 1, []method{m}, runs, false)
			one.play()
			sum := 0
			for _, fate := range one.fates[0] {
				sum += fate.ended
			}
			r := one.rows()[0]
			if r.ended != grid.grid.ended[f.level][f.limit] || sum != grid.grid.sum[f.level][f.limit] {
				t.Errorf("%s in %s: the grid has %d ended after %d checks, want %d after %d", &f, grid.scenario.name,
					grid.grid.ended[f.level][f.limit], grid.grid.sum[f.level][f.limit], r.ended, sum)
			}
		}
	}
	// The row of the best is that of the best.
	m, best := worse.hindsight(&method{alpha: 0.05}, healthy, 20, runs)
	one := newTrial(worse.scenario, 60, 1, []method{m}, runs, false)
	one.play()
	sum := 0
	for _, fate := range one.fates[0] {
		sum += fate.ended
	}
	if m.alpha != 0.05 || sum != worse.grid.sum[best.level][best.limit] {
		t.Errorf("%s ended after %d checks, those of its row after %d", best, worse.grid.sum[best.level][best.limit], sum)
	}
	if of := worse.best(healthy, 20, 10*runs); *of != *worse.best(healthy, 2, runs) || *of == *best {
		t.Errorf("%s is the best for 20 of %d, and for 20 of %d", of, 10*runs, runs)
	}
	for _, falsely := range []int{0, 2, 20} {
		best := worse.best(healthy, falsely, runs)
		if best == nil {
			t.Fatal("there is no threshold")
		}
		if n := healthy.grid.ended[best.level][best.limit]; n > falsely {
			t.Errorf("%s ends %d healthy runs, and may %d", best, n, falsely)
		}
		mean := func(l, k int) int { return worse.grid.sum[l][k] + (runs-worse.grid.ended[l][k])*60 }
		for l := range gridLevels {
			for k := range gridLimits {
				if healthy.grid.ended[l][k] <= falsely && mean(l, k) < mean(best.level, best.limit) {
					t.Fatalf("%s is not the best: %s is better", best, &fixed{level: l, limit: k})
				}
			}
		}
	}
}
