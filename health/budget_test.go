package health

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAlpha(t *testing.T) {
	compare, back := Compare{Bad: "b", Total: "t"}, Reactions{Degraded: Rollback}
	p := Policy{Budget: 0.01, Holds: 0.06, Signals: []Signal{
		{Name: "a", Judge: compare, On: back},
		{Name: "b", Judge: compare, On: back, Stake: 3},
		{Name: "c", Judge: compare},
		{Name: "d", Judge: compare},
		{Name: "e", Judge: compare, Stake: 4},
		{Name: "f", Judge: compare, On: back, Advisory: true},
		{Name: "g", Judge: Threshold{Bad: "b", Total: "t", Max: 0.1}, On: back},
	}}.Normalize()
	for i, want := range []float64{0.0025, 0.0075, 0.01, 0.01, 0.04, 0.06, 0} {
		if got := p.Alpha(i); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", p.Signals[i].Name, got, want)
		}
	}
	if b, h := p.Budgets(); b != 0.01 || h != 0.06 {
		t.Errorf("%v %v", b, h)
	}
	if b, h := (&Policy{}).Budgets(); b != 0.01 || h != 0.05 {
		t.Errorf("by default %v %v", b, h)
	}
	if !p.Spends(Rollback) || !p.Spends(Hold) {
		t.Error("both budgets are spent")
	}
	for _, i := range []int{5, 6} {
		if one := (&Policy{Signals: p.Signals[i : i+1]}); one.Spends(Rollback) || one.Spends(Hold) {
			t.Errorf("%s spends a budget", p.Signals[i].Name)
		}
	}
}

// evidenceOf is what a comparison knows after one interval in which so many of 100
// requests failed, and 50 of 10,000 of stable's.
func evidenceOf(p *Policy, i int, bad float64) Evidence {
	var e Evidence
	p.Fold(i, &e, &Sample{From: start, To: at(10), Candidate: Arm{Exposure: 100, Bad: bad}, Stable: Arm{Exposure: 10_000, Bad: 50}})
	return e
}

// The pool is the average of e-values by their stakes: it blames where that reaches
// 1/budget, and only then.
func TestPool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		judge := Compare{Bad: "b", Total: "t", Dispersion: 1}
		p := Policy{Budget: 0.01}
		for _, name := range []string{"a", "b", "c"} {
			p.Signals = append(p.Signals, Signal{
				Name: name, Judge: judge, Stake: float64(rapid.IntRange(0, 5).Draw(t, "stake")),
				On:       Reactions{Degraded: rapid.SampledFrom([]Reaction{Rollback, Rollback, Rollback, Hold}).Draw(t, "reaction")},
				Advisory: rapid.IntRange(0, 5).Draw(t, "advisory") == 0,
			})
		}
		p = p.Normalize()
		ev := make([]Evidence, 4)
		sum, stakes, best, blame, shown := 0.0, 0.0, 0.0, -1, false
		for i := range p.Signals {
			ev[i] = evidenceOf(&p, i, rapid.SampledFrom([]float64{0, 4, 5, 5, 6}).Draw(t, "bad"))
			if p.Signals[i].Advisory || p.Signals[i].On.Degraded != Rollback {
				continue
			}
			harm, _ := judge.LogE(&ev[i])
			part := p.Signals[i].stake() * math.Exp(harm)
			sum, stakes = sum+part, stakes+p.Signals[i].stake()
			if part > best {
				best, blame = part, i
			}
			shown = shown || ev[i].Verdict == Degraded
		}
		want := -1
		if sum/max(1, stakes) >= 100 && !shown {
			want = blame
		}
		if got := p.Pool(Traffic{Served: true, Stable: true}, ev); got != want {
			t.Fatalf("%d is to blame, want %d: %v of 100 with stakes of %v", got, want, sum/stakes, stakes)
		}
		for i := range p.Signals { // what one has seen later, another is still to see
			if want >= 0 && i != want && !p.Signals[i].Advisory && p.Signals[i].On.Degraded == Rollback {
				ev[i].Through = ev[i].Through.Add(time.Second)
				if got := p.Pool(Traffic{Served: true, Stable: true}, ev); got != -1 {
					t.Fatalf("%d is to blame though one ended later", got)
				}
				break
			}
		}
	})
}

// A pool of three that no one of which has shown enough.
func TestPoolOfThree(t *testing.T) {
	p := Policy{Budget: 0.01}
	for _, name := range []string{"a", "b", "c"} {
		p.Signals = append(p.Signals, Signal{Name: name, Judge: Compare{Bad: "b", Total: "t", Dispersion: 1}, On: Reactions{Degraded: Rollback}})
	}
	p = p.Normalize()
	all := Traffic{Served: true, Stable: true}
	ev := []Evidence{evidenceOf(&p, 0, 5), evidenceOf(&p, 1, 5), evidenceOf(&p, 2, 4), {}}
	var harm [3]float64
	for i := range harm {
		harm[i] = math.Exp(ev[i].Log[atHarm])
	}
	t.Logf("evidence of %v", harm)
	if harm[1] >= 300 || harm[0]+harm[1]+harm[2] < 300 || ev[1].Verdict == Degraded {
		t.Fatalf("%v: the test shows nothing", harm)
	}
	if got := p.Pool(all, ev); got != 0 {
		t.Errorf("%d is to blame", got)
	}
	p.Signals[0].Stake, p.Signals[1].Stake = 0.01, 0.01 // and now they hardly count
	if got := p.Pool(all, ev); got != -1 {
		t.Errorf("%d is to blame by a stake of a hundredth", got)
	}
	p.Signals[0].Stake, p.Signals[1].Stake = 1, 1
	ev[2].Through = ev[2].Through.Add(time.Second)
	if got := p.Pool(all, ev); got != -1 {
		t.Errorf("%d is to blame before all have seen the same time", got)
	}
	p.Signals[2].Mirrored = true // and is not measured here
	if got := p.Pool(all, ev); got != 0 {
		t.Errorf("%d is to blame where one sees nothing", got)
	}
}

func TestCondemn(t *testing.T) {
	e := Evidence{Verdict: Healthy, Through: at(10), Clean: start, Passes: 3, Proven: true}
	e.Condemn()
	same2(t, e, Evidence{Verdict: Degraded, Through: at(10), Since: at(10)})
}

func same2(t *testing.T, got, want Evidence) {
	t.Helper()
	if got.Verdict != want.Verdict || got.Since != want.Since || got.Clean != want.Clean || got.Passes != want.Passes || got.Proven != want.Proven {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Harm of half of what condemns, in logarithms, is neither health nor proof.
func TestSuspicion(t *testing.T) {
	p := rollbackPolicy(0.001, Compare{Bad: "b", Total: "t", Margin: 50, Dispersion: 1})
	var e Evidence
	for i := range 200 { // proven by far
		p.Fold(0, &e, &Sample{From: at(10 * i), To: at(10*i + 10), Candidate: Arm{Exposure: 1000, Bad: 5}, Stable: Arm{Exposure: 10_000, Bad: 50}})
	}
	if !e.Proven || e.Verdict != Healthy {
		t.Fatalf("%s, proven %v at %v", e.Verdict, e.Proven, e.Log[atProof])
	}
	for i := 200; e.Verdict != Degraded; i++ {
		p.Fold(0, &e, &Sample{From: at(10 * i), To: at(10*i + 10), Candidate: Arm{Exposure: 1000, Bad: 12}, Stable: Arm{Exposure: 10_000, Bad: 50}})
		suspect, shown := e.Log[atHarm] >= math.Log(1000)/2, e.Log[atHarm] >= math.Log(1000)
		want := map[bool]Verdict{true: Inconclusive, false: Healthy}[suspect]
		if shown {
			want = Degraded
		}
		if e.Verdict != want || e.Proven != (want == Healthy) {
			t.Fatalf("%s, proven %v, at %v", e.Verdict, e.Proven, e.Log[atHarm])
		}
	}
}
