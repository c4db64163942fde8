package health

import (
	"math"
	"math/rand"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// yes is the most careless judge there could be.
type yes struct{}

func (yes) Kind() string      { return "yes" }
func (yes) Begin(e *Evidence) {}
func (yes) Fold(e *Evidence, s *Sample) bool {
	e.Verdict, e.Proven = Healthy, true
	return true
}

func TestPromise14NothingMissingIsHealthy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var j Judge = yes{}
		if rapid.Bool().Draw(t, "threshold") {
			j = classical(t)
		}
		g := signalOf(j)
		e := foldAll(g, mixed(t, 12))
		sound(t, &e)
		was := e.Clone()

		s := lost(t, later(start, e.Through))
		if !g.Fold(&e, &s) {
			t.Fatal("left out")
		}
		sound(t, &e)
		if e.Verdict == Healthy || was.Verdict == Degraded && e.Verdict != Degraded {
			t.Fatalf("%s became %s by %+v", was.Verdict, e.Verdict, s)
		}
		if s.Check() != nil || s.Fetch != "" {
			same(t, e.Counts, was.Counts, "the judge saw what is no data")
			same(t, e.Log, was.Log, "the judge saw what is no data")
			if e.Reason == "" && s.Fetch == "" {
				t.Fatal("no reason")
			}
		}
		p := Policy{Signals: []Signal{*g}}
		ready := Evidence{Verdict: Healthy, Seen: s.To}
		if a := p.Assess(s.To, time.Time{}, Traffic{Served: true, Stable: true}, []Evidence{e, ready}); a.Verdict == Healthy {
			t.Fatalf("%+v of %+v", a, e)
		}
	})
}

func TestPromise14StaleIsNotHealthy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Policy{Signals: []Signal{*signalOf(classical(t))}}
		e := foldAll(&p.Signals[0], mixed(t, 12))
		now := later(start, e.Seen).Add(p.gap(0) + time.Duration(rapid.Int64Range(0, 1e18).Draw(t, "later")))
		if v := p.Current(0, &e, now); v != NoData && v != Degraded || (v == Degraded) != (e.Verdict == Degraded) {
			t.Fatalf("%s of %+v", v, e)
		}
	})
}

func TestPromise10OrderWithinAnInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(classical(t))
		samples := mixed(t, 10)
		for i := range samples {
			if rapid.IntRange(0, 3).Draw(t, "rival") == 0 {
				rival := good(t, samples[i].From)
				rival.To = samples[i].To
				samples = append(samples, rival)
			}
		}
		order := func(a, b Sample) int { return a.Compare(&b) }
		want := foldAll(g, slices.SortedFunc(slices.Values(samples), order))
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		r.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		same(t, foldAll(g, slices.SortedFunc(slices.Values(samples), order)), want, "another order")
	})
}

func TestPromise10RestartAtEveryStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(classical(t))
		var kept, restarted Evidence
		for i, s := range mixed(t, 20) {
			if rapid.IntRange(0, 5).Draw(t, "step") == 0 {
				g.Begin(&kept)
				g.Begin(&restarted)
			}
			restarted = again(t, restarted)
			if a, b := g.Fold(&kept, &s), g.Fold(&restarted, &s); a != b {
				t.Fatalf("sample %d: changed %v, after a restart %v", i, a, b)
			}
			same(t, restarted, kept, "after a restart")
			sound(t, &kept)
		}
	})
}

func TestPromise22CountedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(classical(t))
		samples := mixed(t, 12)
		want := foldAll(g, samples)
		var e Evidence
		var dropped int64
		for i := range samples {
			g.Fold(&e, &samples[i])
			for range rapid.IntRange(0, 2).Draw(t, "again") {
				old := samples[rapid.IntRange(0, i).Draw(t, "which")]
				if rapid.Bool().Draw(t, "overlap") && old.From.Before(e.Through) {
					old.To = e.Through.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "beyond")) * time.Second / 2)
				}
				overlaps, newly := old.To.After(e.Through), old.To.After(e.Overlap)
				changed := g.Fold(&e, &old)
				if changed != (overlaps && newly) {
					t.Fatalf("changed: %v, overlaps: %v, newly: %v", changed, overlaps, newly)
				}
				if changed {
					dropped++
				}
			}
		}
		if e.Dropped != dropped {
			t.Fatalf("%d dropped, counted %d", dropped, e.Dropped)
		}
		e.Dropped, e.Overlap = 0, time.Time{}
		same(t, e, want, "a repeated sample was counted")
	})
}

func TestPromise23Units(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		th := threshold(t)
		th.Histogram, th.Quantile, th.Bad, th.Total = "h", 0.9, "", ""
		k := rapid.OneOf(rapid.SampledFrom([]float64{1000, 0.001, 60, 1 / 3.0}), rapid.Float64Range(1e-9, 1e9)).Draw(t, "unit")
		scaled := th
		scaled.Max, scaled.Min = th.Max*k, th.Min*k
		a, b := signalOf(th), signalOf(scaled)
		var ea, eb Evidence
		for _, s := range mixed(t, 12) {
			a.Fold(&ea, &s)
			s.Bounds = slices.Clone(s.Bounds)
			for i := range s.Bounds {
				s.Bounds[i] *= k
			}
			b.Fold(&eb, &s)
			if ea.Verdict != eb.Verdict || !slices.Equal(ea.Counts[:min(3, len(ea.Counts))], eb.Counts[:min(3, len(eb.Counts))]) {
				t.Fatalf("%+v, times %g %+v", ea, k, eb)
			}
		}
	})
}

func TestPromise23MinimumSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		th := threshold(t)
		th.MinSample = rapid.Int64Range(1, 200).Draw(t, "minSample")
		g := signalOf(th)
		var e Evidence
		past, all := 0.0, 0.0 // since the step began, or a lost block
		for _, s := range mixed(t, 12) {
			g.Fold(&e, &s)
			if s.Check() == nil && (s.Fetch == "" || s.Fetch == Healthy) {
				past += s.Candidate.Exposure
				all += s.Candidate.Exposure + s.Warming.Exposure
			}
			if e.Verdict == Healthy && past < float64(th.MinSample) || e.Verdict == Degraded && all < float64(th.MinSample) {
				t.Fatalf("%s after %g of %g events: %+v", e.Verdict, past, all, e)
			}
			if e.Proven {
				t.Fatal("a threshold proves nothing")
			}
		}
	})
}

func TestPromise9EvidenceStaysFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(threshold(t))
		g.Judge = Threshold{Bad: "b", Total: "t", Max: 0.5, MinSample: mostMinSample}
		bounds := []float64{-math.MaxFloat64, 0, math.MaxFloat64}
		if rapid.Bool().Draw(t, "histogram") {
			g.Judge = Threshold{Histogram: "h", Quantile: 0.5, Max: math.MaxFloat64}
		}
		var e Evidence
		for i := range rapid.IntRange(1, 20).Draw(t, "samples") {
			huge := rapid.SampledFrom([]float64{0, 1, 1e300, math.MaxFloat64}).Draw(t, "exposure")
			s := rate(i, i+1, huge*rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "bad"), huge)
			s.Warming = s.Candidate
			s.Bounds = bounds
			s.Candidate.Buckets = rapid.SliceOfN(rapid.Uint64(), 4, 4).Draw(t, "buckets")
			g.Fold(&e, &s)
			sound(t, &e)
			same(t, again(t, e), e, "round trip")
		}
	})
}

func TestBakeIsCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(yes{})
		var e Evidence
		var earned, allowed time.Duration
		frontier := start
		for _, s := range mixed(t, 20) {
			g.Fold(&e, &s)
			if e.Verdict == Healthy {
				allowed += min(s.To.Sub(s.From), 2*g.Every)
				earned += e.Through.Sub(later(frontier, e.Clean))
			}
			frontier = e.Through
			if earned != allowed {
				t.Fatalf("earned %s of %s that was covered", earned, allowed)
			}
		}
	})
}

func TestBeginKeepsOnlyHarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(anyThreshold(t))
		e := foldAll(g, mixed(t, 12))
		e.Proven = true // as a judge that can prove something would have it
		was := e.Clone()
		g.Begin(&e)
		if e.Proven || e.Passes != 0 || !e.Clean.IsZero() || e.Verdict != "" && e.Verdict != Degraded {
			t.Fatalf("something speaks for the release: %+v", e)
		}
		if (was.Verdict == Degraded) != (e.Verdict == Degraded) || len(e.Counts) > 0 && e.Counts[countFailed] != was.Counts[countFailed] {
			t.Fatalf("harm was forgotten: %+v, was %+v", e, was)
		}
		if e.Through != was.Through || e.Seen != was.Seen {
			t.Fatal("what was covered was forgotten")
		}
		for _, x := range e.Log[min(1, len(e.Log)):] {
			if x != 0 {
				t.Fatalf("a block goes on: %+v", e)
			}
		}
		once := e.Clone()
		g.Begin(&e)
		same(t, e, once, "twice")
	})
}
