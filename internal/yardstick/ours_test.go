package main

import (
	"math"
	"testing"
)

func TestPolicy(t *testing.T) {
	if err := policyOf(0.05, 1).Validate(); err != nil {
		t.Error(err)
	}
	p := policyOf(0.05, 3)
	for signal, want := range map[int]float64{oursErrors: 0.05 / 6, oursLatency: 0.05 / 6, oursLimit: 0.05 / 3} {
		if got := p.Alpha(signal); math.Abs(got-want) > 1e-12 {
			t.Errorf("signal %d has %g of the budget of a stage, want %g", signal, got, want)
		}
	}
	m := ourMethods()[1]
	for name, want := range map[string]float64{"errors-1%": 0.0005, "latency-x1.10": 0.0005, "incident-caused": 0.05, "stages-3": 0.001 / 6} {
		if got := m.level(find(t, name)); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is looked at with an alpha of %g, want %g", name, got, want)
		}
	}
}

// minutes that are plain to judge.
func bad() *interval {
	return &interval{seconds: 60, careful: view{candidate: arm{n: 500, x: 100}, stable: arm{n: 9500, x: 48}}}
}

func usually() *interval {
	return &interval{seconds: 60, careful: view{candidate: arm{n: 500, x: 2}, stable: arm{n: 9500, x: 48}}}
}

// last is what is asked for after the last of some minutes.
func last(s *scenario, all ...*interval) (o outcome) {
	d := newOurs(0.001, s)
	d.begin(1)
	for _, iv := range all {
		o = d.check(iv)
	}
	return o
}

func TestOurs(t *testing.T) {
	errors := find(t, "errors-1%")
	change := func(iv *interval, by func(*interval)) *interval { by(iv); return iv }
	open := func(iv *interval) { iv.careful.open = true }
	for _, c := range []struct {
		name string
		s    *scenario
		all  []*interval
		want outcome
	}{
		{"usual", errors, []*interval{usually(), usually()}, goOn},
		{"bad", errors, []*interval{bad()}, rollsBack},
		{"bad and not over", errors, []*interval{change(bad(), open)}, goOn},
		{"bad, not over, and over", errors, []*interval{change(bad(), open), usually()}, rollsBack},
		{"one instance", find(t, "bad-node"), []*interval{bad()}, holds},
		{"only a query shows it", errors, []*interval{change(usually(), func(iv *interval) { iv.plain = bad().careful })}, goOn},
		{"in the warm-up", errors, []*interval{change(usually(), func(iv *interval) { iv.careful.warming = bad().careful.candidate })}, holds},
		{"as bad as both", errors, []*interval{change(bad(), func(iv *interval) { iv.careful.stable.x = 1900 })}, holds},
		{"as bad as stable was before", errors, []*interval{change(bad(), func(iv *interval) {
			iv.careful.skewed, iv.careful.before = true, arm{n: 9500, x: 1900}
		})}, holds},
		{"slow", find(t, "latency-x1.10"), []*interval{change(usually(), func(iv *interval) {
			iv.careful.candidate.timed, iv.careful.stable.timed = true, true
			iv.careful.candidate.buckets = [buckets]float64{4: 300, 9: 200}
			iv.careful.stable.buckets = [buckets]float64{4: 9500}
		})}, rollsBack},
	} {
		if got := last(c.s, c.all...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// What two signals show nearly enough of is pooled: one of them alone would not do.
func TestOursPools(t *testing.T) {
	// 12 errors are enough if stable has few, and 13 slow requests likewise.
	minute := func(errors, slow float64) *interval {
		iv := &interval{seconds: 60, careful: view{candidate: arm{n: 500, x: 12, timed: true}, stable: arm{n: 9500, x: errors, timed: true}}}
		iv.careful.candidate.buckets = [buckets]float64{4: 487, 9: 13}
		iv.careful.stable.buckets = [buckets]float64{4: 9500 - slow, 9: slow}
		return iv
	}
	s := find(t, "latency-x1.10")
	const many = 1000.0
	// The most that stable may have for each of them to be enough.
	least := func(minute func(k float64) *interval) float64 {
		for k := many; k > 0; k-- {
			if last(s, minute(k)) == rollsBack {
				return k
			}
		}
		t.Fatal("it is never enough")
		return 0
	}
	errors := least(func(k float64) *interval { return minute(k, many) })
	slow := least(func(k float64) *interval { return minute(many, k) })
	if got := last(s, minute(errors+1, slow+1)); got != rollsBack {
		t.Errorf("nearly enough twice, with %g errors and %g slow requests of stable: %d", errors+1, slow+1, got)
	}
	if got := last(s, minute(errors+1, many)); got == rollsBack {
		t.Errorf("nearly enough once: %d", got)
	}
}

// An interval is counted once.
func TestOursCountsOnce(t *testing.T) {
	almost := usually()
	almost.careful.candidate.x = 9
	s := find(t, "errors-1%")
	if got := last(s, almost, usually(), usually(), usually()); got != goOn {
		t.Errorf("9 errors in a minute, and nothing after: %d", got)
	}
	d := newOurs(0.001, s)
	d.begin(1)
	d.check(almost)
	d.check(almost)
	if got := d.pending; got != (view{}) || !d.from.Equal(d.now) {
		t.Errorf("what was counted is still pending: %+v", got)
	}
}

// A stage has its part of the budget, and knows nothing of the one before.
func TestOursInStages(t *testing.T) {
	almost := &interval{seconds: 60, careful: view{candidate: arm{n: 500, x: 13}, stable: arm{n: 9500, x: 48}}}
	if one, three := last(find(t, "errors-1%"), almost), last(find(t, "stages-3"), almost); one != rollsBack || three != goOn {
		t.Errorf("the same minute ends a stage of one with %d, and one of three with %d", one, three)
	}
	d := newOurs(0.001, find(t, "stages-3"))
	d.begin(1)
	d.check(bad())
	d.begin(1)
	if got := d.check(usually()); got != goOn {
		t.Errorf("a stage begins with what the one before had shown: %d", got)
	}
}

// What is known of the past makes careful.
func TestOursKnowsThePast(t *testing.T) {
	iv := &interval{seconds: 60, careful: view{candidate: arm{n: 500, x: 16}, stable: arm{n: 9500, x: 48}}}
	d := newOurs(0.001, find(t, "bursts"))
	for past, want := range map[float64]outcome{1: rollsBack, 12: holds} {
		d.begin(past)
		if got := d.check(iv); got != want {
			t.Errorf("with a dispersion of %g: %d, want %d", past, got, want)
		}
	}
}

// What sources learn from the past is what there is.
func TestPast(t *testing.T) {
	for name, want := range map[string][2]float64{"errors-1%": {1, 1.15}, "bursts": {3.2, 4.6}, "storms": {20, 2000}} {
		s := find(t, name)
		trial := newTrial(s, 60, 1, ourMethods(), 20, false)
		trial.pasts = make([]float64, 20)
		w := trial.worker()
		w.active = []int{0}
		mean := 0.0
		for run := range 20 {
			mean += w.dispersion(run) / 20
		}
		if mean < want[0] || mean > want[1] {
			t.Errorf("%s: a dispersion of %.2f is learned, want %g to %g", name, mean, want[0], want[1])
		}
	}
}
