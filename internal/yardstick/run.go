package main

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-20fe5ead/gradatim/health"
)

// fewRuns are those that a method has at least, and meanRuns those of ours where the mean
// is held against a limit.
const (
	fewRuns  = 2_000
	meanRuns = 10_000
)

// enough is how many runs it takes to show a promise: at half of the false rate that is
// promised its limit would not be above it.
func enough(promised float64) int { return int(math.Ceil(20/promised - 1e-9)) }

// runsOf is how many runs a method has; wanted is 0 for the default.
func runsOf(m *method, s *scenario, wanted int) int {
	switch {
	case wanted > 0:
		return wanted
	case m.ours && s.must:
		return meanRuns
	case m.ours && m.exact(s) && !s.worse:
		return max(fewRuns, enough(promise(s, m)))
	}
	return fewRuns
}

// fate is what became of one run under one method, in checks since the begin.
type fate struct {
	ended, held int // the first check that asked for it; 0 if none did
	harmed      float64
}

// trial is all runs of a scenario with one cadence of checks.
type trial struct {
	scenario *scenario
	seconds  int // between checks
	seed     uint64
	methods  []method
	fates    [][]fate  // by method and run
	pasts    []float64 // by run, where any method asks: see dispersion
	grid     *grid     // of fixed thresholds, if they are wanted; of a candidate that is worse few runs will do
}

func newTrial(s *scenario, seconds int, seed uint64, methods []method, runs int, withGrid bool) *trial {
	t := &trial{scenario: s, seconds: seconds, seed: seed, methods: methods}
	for i := range methods {
		t.fates = append(t.fates, make([]fate, runsOf(&methods[i], s, runs)))
	}
	if withGrid {
		t.grid = &grid{}
	}
	return t
}

// runs is the largest number of runs of a method.
func (t *trial) runs() int {
	most := 0
	for _, f := range t.fates {
		most = max(most, len(f))
	}
	return most
}

// checks is how many a run has.
func (t *trial) checks() int {
	return t.scenario.minutes * 60 / t.seconds * t.scenario.stages * t.scenario.attempts
}

// chunk is how many runs are given out at a time.
const chunk = 50

// play does all runs. Each writes what is its own, so that the result does not depend on
// how many are done at the same time.
func (t *trial) play() {
	if t.pasts == nil {
		t.pasts = make([]float64, t.runs())
	}
	var next atomic.Int64
	var group sync.WaitGroup
	var lock sync.Mutex // of the grid, whose sums are whole numbers
	runs := t.runs()
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			w := t.worker()
			for {
				from := int(next.Add(chunk)) - chunk
				if from >= runs {
					break
				}
				for run := from; run < min(from+chunk, runs); run++ {
					w.play(run)
				}
			}
			if t.grid != nil {
				lock.Lock()
				t.grid.add(w.grid)
				lock.Unlock()
			}
		})
	}
	group.Wait()
}

// worker plays one run after the other.
type worker struct {
	*trial
	detectors []detector
	active    []int // of the methods
	iv        interval
	grid      *grid
}

func (t *trial) worker() *worker {
	w := &worker{trial: t}
	for i := range t.methods {
		w.detectors = append(w.detectors, t.methods[i].start(t.scenario))
	}
	if t.grid != nil {
		w.grid = &grid{}
	}
	return w
}

func (w *worker) play(run int) {
	w.active = w.active[:0]
	for i, f := range w.fates {
		if run < len(f) {
			w.active = append(w.active, i)
		}
	}
	g := w.grid
	if w.scenario.worse && run >= fewRuns {
		g = nil
	}
	if g != nil {
		g.begin()
	}
	s, r := w.scenario, newDice(w.seed, w.scenario.name, run)
	check, harmed, past := 0, 0.0, w.dispersion(run)
	for range s.stages * s.attempts {
		next := s.start(r, w.seconds/slotSeconds)
		for _, i := range w.active {
			w.detectors[i].begin(past)
		}
		for range s.minutes * 60 / w.seconds {
			next(&w.iv)
			check++
			harmed += w.iv.harmed
			if g != nil {
				g.check(&w.iv, check)
			}
			w.check(run, check, harmed)
			if len(w.active) == 0 && g == nil {
				return
			}
		}
	}
}

// pastHours is how far back a source is asked to look.
const pastHours = 5

// dispersion is what a source learns from the time before the run, if anybody asks.
func (w *worker) dispersion(run int) float64 {
	asks := slices.ContainsFunc(w.active, func(i int) bool { return w.methods[i].ours })
	if !asks || w.pasts[run] > 0 {
		return w.pasts[run]
	}
	var d health.Dispersion
	next := w.scenario.past(newDice(w.seed, w.scenario.name+", before", run))
	for slot := range pastHours * 60 * slotsPerMinute {
		a := next(slot)
		d.Add(slotSeconds, a.n, a.x)
	}
	w.pasts[run] = d.Factor()
	return w.pasts[run]
}

// check asks the methods that have not ended yet.
func (w *worker) check(run, check int, harmed float64) {
	w.active = slices.DeleteFunc(w.active, func(i int) bool {
		f := &w.fates[i][run]
		f.harmed = harmed
		switch w.detectors[i].check(&w.iv) {
		case holds:
			if f.held == 0 {
				f.held = check
			}
			if w.scenario.hold {
				f.ended = check
			}
		case rollsBack:
			f.ended = check
		}
		return f.ended > 0
	})
}

// row is what a method did in all runs.
type row struct {
	method       *method
	seconds      int
	runs         int
	ended, held  int     // runs that were ended, that were held
	early        int     // of those ended, before the candidate was worse
	mean, median float64 // minutes since it was, of all that were not early; never ended counts as the end
	deviation    float64 // standard error of the mean
	harmed       float64 // mean
	bound        float64 // minutes; 0 if there is none
}

// rows sum up.
func (t *trial) rows() []row {
	s := t.scenario
	var rows []row
	for i, fates := range t.fates {
		m := &t.methods[i]
		r := row{method: m, seconds: t.seconds, runs: len(fates)}
		if s.worse && (m.ours || !s.hold) { // what only compares cannot find it at all
			r.bound = bound(m.level(s), s.information)
		}
		onset := s.onset * 60 / t.seconds
		var late []float64
		for _, f := range fates {
			r.harmed += f.harmed / float64(len(fates))
			if f.held > 0 {
				r.held++
			}
			end := t.checks()
			if f.ended > 0 {
				r.ended++
				end = f.ended
			}
			if s.worse && end <= onset {
				r.early++
				continue
			}
			late = append(late, float64((end-onset)*t.seconds)/60)
		}
		r.average(late, float64((t.checks()-onset)*t.seconds)/60)
		rows = append(rows, r)
	}
	return rows
}

// average sums up how long it took; nothing says that it took all the time there was.
func (r *row) average(minutes []float64, all float64) {
	if len(minutes) == 0 {
		r.mean, r.median = all, all
		return
	}
	n := float64(len(minutes))
	sum, squares := 0.0, 0.0
	for _, m := range minutes {
		sum += m
		squares += m * m
	}
	r.mean = sum / n
	r.deviation = math.Sqrt(max(0, squares/n-r.mean*r.mean) / n)
	slices.Sort(minutes)
	r.median = minutes[len(minutes)/2]
}
