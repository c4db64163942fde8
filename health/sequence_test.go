package health

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// tree walks every course that a few small intervals can take, each with its
// probability, and calls leaf with the evidence at the end of each and the largest harm
// and proof that were seen on the way.
func tree(p *Policy, depth int, draw func(depth int) []weighted, leaf func(chance, harm, proof float64, e *Evidence)) {
	j := p.Signals[0].Judge.(Sequential)
	var walk func(at int, e Evidence, chance, harm, proof float64)
	walk = func(at int, e Evidence, chance, harm, proof float64) {
		if at == depth {
			leaf(chance, harm, proof, &e)
			return
		}
		if at == depth/2 {
			p.Signals[0].Begin(&e)
			proof = math.Inf(-1) // a proof is of one step
		}
		for _, w := range draw(at) {
			next := e.Clone()
			w.s.From, w.s.To = start.Add(time.Duration(at)*time.Minute), start.Add(time.Duration(at+1)*time.Minute)
			p.Fold(0, &next, &w.s)
			h, g := j.LogE(&next)
			walk(at+1, next, chance*w.chance, max(harm, h), max(proof, g))
		}
	}
	walk(0, Evidence{}, 1, math.Inf(-1), math.Inf(-1))
}

type weighted struct {
	chance float64
	s      Sample
}

// outcomes are those of n requests of the candidate and k of stable, in groups of so
// many that fail together.
func outcomes(n, k int, p, q float64, group float64) []weighted {
	var all []weighted
	for x := range n + 1 {
		for y := range k + 1 {
			s := Sample{Candidate: Arm{Exposure: float64(n) * group, Bad: float64(x) * group}, Stable: Arm{Exposure: float64(k) * group, Bad: float64(y) * group}}
			all = append(all, weighted{chance(n, x, p) * chance(k, y, q), s})
		}
	}
	return all
}

// Promise 22, by every course that six intervals can take: the mixture of all bets, with
// steps that begin and a dispersion that is learned on the way, is an e-process, and the
// probability that it is ever above 1/alpha is at most alpha. So it is for proof.
func TestPromise22ByEnumeration(t *testing.T) {
	steady := func(p, q float64) func(int) []weighted {
		return func(int) []weighted { return outcomes(1, 2, p, q, 100) }
	}
	drifting := func(i int) []weighted { // rates and shares change all the time
		q := []float64{0.1, 0.5, 0.05, 0.4, 0.9, 0.2}[i]
		return outcomes(1+i%2, 1+(i+1)%2, q, q, 100)
	}
	for name, c := range map[string]struct {
		judge Sequential
		draw  func(int) []weighted
		proof bool // it is proof that must be fair
	}{
		"compare":            {Compare{Bad: "b", Total: "t", Dispersion: 100}, steady(0.3, 0.3), false},
		"better":             {Compare{Bad: "b", Total: "t", Dispersion: 100}, steady(0.2, 0.3), false},
		"drifting":           {Compare{Bad: "b", Total: "t", Dispersion: 100}, drifting, false},
		"fewer":              {Compare{Bad: "b", Total: "t", Fewer: true, Dispersion: 100}, steady(0.6, 0.6), false},
		"frequent tolerance": {Compare{Bad: "b", Total: "t", Tolerance: 2, Dispersion: 100}, steady(0.8, 0.4), false},
		"tolerance":          {Compare{Bad: "b", Total: "t", Tolerance: 1.5, Dispersion: 100}, steady(0.45, 0.3), false},
		"margin":             {Compare{Bad: "b", Total: "t", Margin: 2, Dispersion: 100}, steady(0.4, 0.2), true},
		"margin of fewer":    {Compare{Bad: "b", Total: "t", Fewer: true, Margin: 2, Dispersion: 100}, steady(0.2, 0.4), true},
		"objective":          {Objective{Bad: "b", Total: "t", Max: 0.3, Dispersion: 100}, steady(0.3, 0.9), false},
		"proof of objective": {Objective{Bad: "b", Total: "t", Max: 0.3, Dispersion: 100}, steady(0.3, 0), true},
	} {
		t.Run(name, func(t *testing.T) {
			p := rollbackPolicy(0, c.judge)
			total, mean := 0.0, 0.0
			ever := map[float64]float64{2: 0, 5: 0, 20: 0}
			tree(p, 6, c.draw, func(chance, harm, proof float64, e *Evidence) {
				total += chance
				last, highest := e.Log[atHarm], harm
				if c.proof {
					last, highest = e.Log[atProof], proof
				}
				mean += chance * math.Exp(last)
				for limit := range ever {
					if highest >= math.Log(limit) {
						ever[limit] += chance
					}
				}
			})
			if math.Abs(total-1) > 1e-9 {
				t.Fatalf("the courses add up to %v", total)
			}
			if mean > 1+1e-9 {
				t.Errorf("E has an expectation of %v", mean)
			}
			for limit, chance := range ever {
				if chance > 1/limit {
					t.Errorf("E is ever above %v with a probability of %v", limit, chance)
				}
			}
			t.Logf("expectation %v, ever above 2, 5, 20: %v", mean, ever)
		})
	}
}

func someSequential(t *rapid.T) Judge {
	margin := rapid.SampledFrom([]float64{0, 1.5}).Draw(t, "margin")
	dispersion := rapid.SampledFrom([]float64{0, 0, 1, 3}).Draw(t, "dispersion")
	switch rapid.IntRange(0, 4).Draw(t, "judge") {
	case 0:
		return Compare{Bad: "b", Total: "t", Margin: margin, Dispersion: dispersion}
	case 1:
		return Compare{Total: "t", Per: rapid.SampledFrom([]string{PerTime, PerShare}).Draw(t, "per"), Fewer: true, Margin: margin, Dispersion: dispersion}
	case 2:
		return Latency{Histogram: "h", Margin: margin, Dispersion: dispersion}
	case 3:
		return Latency{Histogram: "h", Objective: 1, Bounds: []float64{0.5, 1, 4}, Margin: margin}
	}
	return Objective{Bad: "b", Total: "t", Max: 0.1, Dispersion: max(1, dispersion)}
}

func somePair(t *rapid.T, from time.Time) Sample {
	s := good(t, from)
	s.Stable = arm(t, "stable", s.Bounds)
	for i := range rapid.IntRange(0, 2).Draw(t, "overlap") {
		_ = i
		s.Overlap = append(s.Overlap, arm(t, "overlap", s.Bounds))
	}
	for _, a := range []*Arm{&s.Candidate, &s.Stable, &s.Warming} {
		a.Time = rapid.Float64Range(0, 100).Draw(t, "time")
		a.Weight = int64(rapid.IntRange(0, 10_000).Draw(t, "weight"))
	}
	if rapid.IntRange(0, 5).Draw(t, "told") == 0 {
		s.Dispersion = rapid.Float64Range(1, 9).Draw(t, "dispersion")
	}
	return s
}

// A restart between any two samples changes nothing; evidence stays finite and of one
// size; bad data is no evidence; a judge never condemns by itself.
func TestSequentialEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := someSequential(t).(Sequential)
		g := signalOf(j)
		if err := g.validate(); err != nil {
			t.Fatal(err)
		}
		var e, restarted Evidence
		now, highest := start, 0.0
		for range rapid.IntRange(0, 30).Draw(t, "samples") {
			before, _ := j.LogE(&e)
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				g.Begin(&e)
				g.Begin(&restarted)
			case 1:
				s := lost(t, now)
				now = s.To
				idle := s.Candidate.Exposure == 0 // nothing was wrong with the measurement
				g.Fold(&e, &s)
				g.Fold(&restarted, &s)
				if e.Verdict == Healthy || e.Proven {
					t.Fatalf("%+v is healthy: %+v", s, e)
				}
				if after, _ := j.LogE(&e); after != before && !idle {
					t.Fatalf("%+v changed the evidence from %v to %v", s, before, after)
				}
			default:
				s := somePair(t, now)
				now = s.To
				fold := g.Fold
				if rapid.IntRange(0, 4).Draw(t, "elsewhere") == 0 {
					fold = g.FoldHarm
				}
				fold(&e, &s)
				fold(&restarted, &s)
			}
			restarted = again(t, restarted)
			same(t, restarted, e, "after a restart")
			for _, x := range e.Log {
				if !finite(x) {
					t.Fatalf("not finite: %+v", e)
				}
			}
			if n := len(e.Log); n > 500 || e.Counts != nil {
				t.Fatalf("%d numbers", n)
			}
			harm, proof := j.LogE(&e)
			if math.IsNaN(harm) || math.IsInf(harm, 0) || math.IsNaN(proof) || math.IsInf(proof, 1) {
				t.Fatalf("harm %v proof %v", harm, proof)
			}
			if highest = max(highest, harm); (e.Verdict == Degraded) != (highest >= alone().harm) {
				t.Fatalf("%s though there was evidence of %v", e.Verdict, highest)
			}
		}
	})
}

// Whatever is measured elsewhere speaks against the release only, and what proves it
// begins anew.
func TestSequentialProofBeginsAnewAfterDoubt(t *testing.T) {
	p := rollbackPolicy(0, Compare{Bad: "b", Total: "t", Margin: 2, Dispersion: 1})
	s := newStream(1, time.Minute, 500, 500, 0.01, 0.01)
	var e Evidence
	for range 30 {
		x := s.next()
		p.Fold(0, &e, &x)
	}
	if !e.Proven {
		t.Fatalf("not proven: %v", e.Log[atProof])
	}
	x := s.next()
	p.FoldHarm(0, &e, &x)
	if e.Proven || e.Log[atProof] > 0 || e.Verdict == Healthy {
		t.Fatalf("proven %v at %v, %v", e.Proven, e.Log[atProof], e.Verdict)
	}
	x = s.next()
	p.Fold(0, &e, &x)
	if e.Proven {
		t.Fatal("proven by one interval")
	}
	// A step that begins forgets the proof, and remembers the harm.
	harm := e.Log[atHarm]
	p.Signals[0].Begin(&e)
	if e.Log[atProof] != 0 || e.Log[atStep] != 0 || e.Log[atHarm] != harm {
		t.Fatalf("proof %v step %v harm %v, it was %v", e.Log[atProof], e.Log[atStep], e.Log[atHarm], harm)
	}
}

// Promise 23: in whatever unit latencies, shares and times are measured, the evidence is
// the same.
func TestPromise23UnitsOfSequentialJudges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]float64{1000, 1024, 1e-3, 60}).Draw(t, "unit")
		latency := func(unit float64) Latency {
			return Latency{Histogram: "h", Bounds: []float64{0.5 * unit, 1 * unit, 4 * unit}, Objective: 1 * unit, Margin: 2}
		}
		shares := Compare{Total: "t", Per: PerShare, Fewer: true, Margin: 2}
		times := Compare{Total: "t", Per: PerTime, Margin: 2}
		a, b := []*Signal{signalOf(latency(1)), signalOf(shares), signalOf(times)}, []*Signal{signalOf(latency(unit)), signalOf(shares), signalOf(times)}
		var x, y [3]Evidence
		now := start
		for range rapid.IntRange(1, 20).Draw(t, "samples") {
			s := somePair(t, now)
			now, s.Dispersion = s.To, 3
			for _, arm := range []*Arm{&s.Candidate, &s.Stable} {
				arm.Weight, arm.Time = 1+arm.Weight/100, 1+arm.Time
			}
			s.Warming.Time = math.Floor(s.Warming.Time) // a millionth of a second is none
			other := s
			other.Bounds = nil
			for _, bound := range s.Bounds {
				other.Bounds = append(other.Bounds, bound*unit)
			}
			other.Candidate.Weight, other.Stable.Weight = 7*s.Candidate.Weight, 7*s.Stable.Weight
			for i := range a {
				if i == 2 { // instance-seconds of twice as many instances that do half as much each
					other.Candidate.Time, other.Stable.Time, other.Warming.Time = 2*s.Candidate.Time, 2*s.Stable.Time, 2*s.Warming.Time
					other.Overlap = nil
					for _, o := range s.Overlap {
						o.Time *= 2
						other.Overlap = append(other.Overlap, o)
					}
				}
				a[i].Fold(&x[i], &s)
				b[i].Fold(&y[i], &other)
				h, p := a[i].Judge.(Sequential).LogE(&x[i])
				k, q := b[i].Judge.(Sequential).LogE(&y[i])
				if math.Abs(h-k) > 1e-9*(1+math.Abs(h)) || math.Abs(p-q) > 1e-9*(1+math.Abs(p)) {
					t.Fatalf("signal %d: harm %v and %v, proof %v and %v", i, h, k, p, q)
				}
			}
		}
	})
}

// An update allocates nothing once the evidence has its size.
func TestSequentialUpdatesDoNotAllocate(t *testing.T) {
	s := Sample{
		From: start, To: at(10), Bounds: []float64{0.5, 1, 4},
		Candidate: Arm{Exposure: 100, Bad: 2, Time: 30, Weight: 500, Buckets: []uint64{50, 30, 15, 5}},
		Stable:    Arm{Exposure: 900, Bad: 9, Time: 300, Weight: 9500, Buckets: []uint64{450, 300, 140, 10}},
	}
	s.Overlap = []Arm{s.Stable}
	for _, j := range []Judge{
		Compare{Bad: "b", Total: "t", Margin: 2}, Compare{Total: "t", Per: PerShare, Fewer: true}, Latency{Histogram: "h", Margin: 2}, Objective{Bad: "b", Total: "t", Max: 0.1},
	} {
		p := rollbackPolicy(0.01, j)
		var e Evidence
		p.Fold(0, &e, &s)
		next := s
		if n := testing.AllocsPerRun(100, func() {
			next.From, next.To = next.To, next.To.Add(10*time.Second)
			p.Fold(0, &e, &next)
			p.Pool(Traffic{Served: true, Stable: true}, nil)
		}); n > 0 {
			t.Errorf("%s allocates %v times", j.Kind(), n)
		}
	}
}
