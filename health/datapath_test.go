package health

import (
	"testing"
	"time"
)

// Each test of this file shows a rule of the data path at work, and that healthy
// releases are condemned without it.

// falsely counts how many healthy releases are condemned.
func falsely(runs int, p *Policy, intervals int, next func(seed uint64) func() Sample) (n int) {
	for seed := range uint64(runs) {
		var e Evidence
		draw := next(seed)
		for range intervals {
			s := draw()
			p.Fold(0, &e, &s)
		}
		if e.Verdict == Degraded {
			n++
		}
	}
	return n
}

// An incident hits both versions, and stable is measured 10 seconds before the candidate:
// as seen by both, it begins and ends at different times.
func TestOverlapKeepsAnIncidentFromLookingLikeHarm(t *testing.T) {
	const every, skew = 20 * time.Second, 10 * time.Second
	drawn := func(overlap bool) func(seed uint64) func() Sample {
		return func(seed uint64) func() Sample {
			s := newStream(seed, skew, 500, 9500, 0, 0) // in slots as long as the skew
			var slots []Sample
			for i := range 240 {
				s.pc = 0.005
				if at := time.Duration(i) * skew; at >= 5*time.Minute && at < 7*time.Minute {
					s.pc = 0.3
				}
				s.pb = s.pc
				slots = append(slots, s.next())
			}
			stable := func(k int) Arm { // of slots 2k and 2k+1
				if k < 0 {
					return Arm{}
				}
				a, b := slots[2*k].Stable, slots[2*k+1].Stable
				return Arm{Exposure: a.Exposure + b.Exposure, Bad: a.Bad + b.Bad}
			}
			k := 0
			return func() Sample {
				a, b := slots[2*k+1].Candidate, slots[2*k+2].Candidate
				x := Sample{From: start.Add(time.Duration(k) * every), To: start.Add(time.Duration(k+1) * every), Stable: stable(k)}
				x.Candidate = Arm{Exposure: a.Exposure + b.Exposure, Bad: a.Bad + b.Bad}
				if overlap {
					x.Overlap = []Arm{stable(k - 1), stable(k + 1)}
				}
				k++
				return x
			}
		}
	}
	p := rollbackPolicy(0.001, Compare{Bad: "b", Total: "t"})
	if n := falsely(40, p, 110, drawn(true)); n > 0 {
		t.Errorf("%d of 40 healthy releases are condemned", n)
	}
	if n := falsely(40, p, 110, drawn(false)); n < 20 {
		t.Errorf("only %d of 40 are condemned without the overlap: the test shows nothing", n)
	}
}

// Errors that come in groups are fewer than they are: what stable shows of that divides
// the evidence.
func TestDispersionKeepsBurstsFromLookingLikeHarm(t *testing.T) {
	bursts := func(seed uint64) func() Sample {
		s := newStream(seed, 5*time.Second, 500, 9500, 0.005/3, 0.005/3) // groups of 1 to 5, 3 on the average
		return func() Sample {
			x := s.next()
			for _, a := range []*Arm{&x.Candidate, &x.Stable} {
				bad := 0.0
				for range int(a.Bad) {
					bad += float64(1 + s.r.IntN(5))
				}
				a.Bad = min(bad, a.Exposure)
			}
			return x
		}
	}
	const runs, intervals = 200, 720
	told := func(seed uint64) func() Sample { // the source knows the past
		var d Dispersion
		past := bursts(seed + 1<<32)
		for range 3600 {
			x := past()
			d.Add(5, x.Stable.Exposure, x.Stable.Bad)
		}
		draw, factor := bursts(seed), d.Factor()
		if factor < 3 || factor > 7 { // the largest of three that vary
			t.Fatalf("a factor of %v was learned, it is 3.67", factor)
		}
		return func() Sample {
			x := draw()
			x.Dispersion = factor
			return x
		}
	}
	p := func(dispersion float64) *Policy {
		return rollbackPolicy(0.01, Compare{Bad: "b", Total: "t", Dispersion: dispersion})
	}
	if n := falsely(runs, p(0), intervals, told); n > 6 {
		t.Errorf("%d of %d are condemned with what was learned before", n, runs)
	}
	warming := func(seed uint64) func() Sample { // stable shows what it is like before the candidate counts
		draw, n := bursts(seed), 0
		return func() Sample {
			x := draw()
			if n++; n <= 24 {
				x.Candidate, x.Warming = Arm{}, x.Candidate
			}
			return x
		}
	}
	if n := falsely(runs, p(0), intervals, warming); n > 10 {
		t.Errorf("%d of %d are condemned with what is learned on the way", n, runs)
	}
	if n := falsely(runs, p(5), intervals, bursts); n > 6 {
		t.Errorf("%d of %d are condemned with what was declared", n, runs)
	}
	if n := falsely(runs, p(1), intervals, bursts); n < 30 {
		t.Errorf("only %d of %d are condemned without: the test shows nothing", n, runs)
	}
}

// What instances do in their warm-up is not compared. It is held against an objective,
// and crashes are crashes.
func TestWarmUpKeepsColdStartsFromLookingLikeHarm(t *testing.T) {
	cold := func(warming bool) func(seed uint64) func() Sample {
		return func(seed uint64) func() Sample {
			s := newStream(seed, 10*time.Second, 500, 9500, 0.05, 0.005)
			n := 0
			return func() Sample {
				if n++; n > 6 {
					s.pc = 0.005
				}
				x := s.next()
				if n <= 6 && warming {
					x.Candidate, x.Warming = Arm{}, x.Candidate
				}
				return x
			}
		}
	}
	compare := rollbackPolicy(0.001, Compare{Bad: "b", Total: "t"})
	if n := falsely(40, compare, 60, cold(true)); n > 0 {
		t.Errorf("%d of 40 are condemned for cold starts", n)
	}
	if n := falsely(40, compare, 60, cold(false)); n < 30 {
		t.Errorf("only %d of 40 are condemned without a warm-up: the test shows nothing", n)
	}
	if n := falsely(40, rollbackPolicy(0.001, Objective{Bad: "b", Total: "t", Max: 0.01}), 60, cold(true)); n < 30 {
		t.Errorf("an objective condemns only %d of 40 that break it in their warm-up", n)
	}
	crashes := Sample{From: start, To: at(10), Warming: Arm{Exposure: 5, Time: 10}, Candidate: Arm{Time: 10}, Stable: Arm{Time: 200}}
	var e Evidence
	rollbackPolicy(0.001, Compare{Total: "restarts", Per: PerTime}).Fold(0, &e, &crashes)
	if e.Verdict != Degraded {
		t.Errorf("5 crashes in the warm-up, none of stable: %s", e.Verdict)
	}
}

// A candidate that breaks what both versions depend on looks no worse than stable.
func TestObjectiveFindsWhatBothVersionsSuffer(t *testing.T) {
	broken := func(seed uint64) func() Sample { return newStream(seed, 10*time.Second, 500, 9500, 0.05, 0.05).next }
	if n := falsely(40, rollbackPolicy(0.001, Compare{Bad: "b", Total: "t"}), 60, broken); n > 0 {
		t.Errorf("a comparison finds %d of 40", n)
	}
	if n := falsely(40, rollbackPolicy(0.001, Objective{Bad: "b", Total: "t", Max: 0.02}), 60, broken); n < 40 {
		t.Errorf("an objective finds only %d of 40", n)
	}
}

// Where one version did nothing, what the other did is compared with what follows, if
// that follows soon.
func TestCarry(t *testing.T) {
	j := Compare{Bad: "b", Total: "t", Dispersion: 1}
	pair := func(from, to int, n, x, k, y float64) Sample {
		return Sample{From: at(from), To: at(to), Candidate: Arm{Exposure: n, Bad: x}, Stable: Arm{Exposure: k, Bad: y}}
	}
	harm := func(samples ...Sample) float64 {
		e := foldAll(signalOf(j), samples)
		return e.Log[atHarm]
	}
	whole := harm(pair(0, 20, 30, 4, 500, 10))
	if got := harm(pair(0, 10, 0, 0, 200, 7), pair(10, 20, 30, 4, 300, 3)); got != whole {
		t.Errorf("stable's part is carried: %v, want %v", got, whole)
	}
	if got := harm(pair(0, 10, 10, 3, 0, 0), pair(10, 20, 20, 1, 500, 10)); got != whole {
		t.Errorf("the candidate's part is carried: %v, want %v", got, whole)
	}
	late := harm(pair(0, 50, 0, 0, 200, 7), pair(50, 100, 0, 0, 100, 1), pair(100, 110, 30, 4, 300, 3))
	if want := harm(pair(0, 10, 30, 4, 400, 4)); late != want {
		t.Errorf("what is older than a minute is not: %v, want %v", late, want)
	}
}

// A single candidate instance may have a bad machine: comparisons hold, until the plan
// says otherwise. What is not compared does not depend on it.
func TestASingleInstanceHolds(t *testing.T) {
	p := Policy{Signals: []Signal{
		{Name: "compare", Judge: Compare{Bad: "b", Total: "t"}, On: Reactions{Degraded: Rollback}},
		{Name: "sure", Judge: Compare{Bad: "b", Total: "t"}, On: Reactions{Degraded: Rollback, Alone: Rollback}},
		{Name: "objective", Judge: Objective{Bad: "b", Total: "t", Max: 0.1}, On: Reactions{Degraded: Rollback}},
	}}.Normalize()
	for i, want := range []Reaction{Hold, Rollback, Rollback} {
		ev := make([]Evidence, 4)
		ev[i] = Evidence{Verdict: Degraded, Seen: start}
		if a := p.Assess(start, time.Time{}, Traffic{Served: true, Alone: true}, ev); a.Do != want {
			t.Errorf("%s asks for %s with a single instance, want %s", p.Signals[i].Name, a.Do, want)
		}
		if a := p.Assess(start, time.Time{}, Traffic{Served: true}, ev); a.Do != Rollback {
			t.Errorf("%s asks for %s with several", p.Signals[i].Name, a.Do)
		}
		ev[i].Alone = true // it was shown by one
		if a := p.Assess(start, time.Time{}, Traffic{Served: true}, ev); a.Do != want {
			t.Errorf("%s asks for %s by what one has shown, want %s", p.Signals[i].Name, a.Do, want)
		}
	}
}
