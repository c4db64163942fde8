package health

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSampleCheck(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		change func(*Sample)
		want   []string
	}{
		"good":   {func(s *Sample) {}, nil},
		"empty":  {func(s *Sample) { *s = Sample{From: s.From, To: s.To} }, nil},
		"failed": {func(s *Sample) { s.Fetch = Error }, nil},
		"backwards": {func(s *Sample) { s.To = s.From }, []string{
			"from: 2026-03-01 12:00:00 +0000 UTC must be before to, which is 2026-03-01 12:00:00 +0000 UTC",
		}},
		"no times": {func(s *Sample) { s.From = time.Time{} }, []string{
			"from: 0001-01-01 00:00:00 +0000 UTC must be before to, which is 2026-03-01 12:00:10 +0000 UTC",
		}},
		"fetch": {func(s *Sample) { s.Fetch = Degraded }, []string{`fetch: "degraded" must be healthy, noData, error or cancelled`}},
		"numbers": {func(s *Sample) {
			s.Candidate = Arm{Exposure: nan, Bad: 1, Buckets: s.Candidate.Buckets}
			s.Stable = Arm{Exposure: math.Inf(1), Bad: 2}
			s.Warming = Arm{Exposure: 1, Bad: 2, Buckets: []uint64{1}}
		}, []string{
			"candidate.exposure: NaN must be a finite number, at least 0", "candidate.bad: 1 must be from 0 to the exposure",
			"stable.exposure: +Inf must be a finite number, at least 0",
			"warming.bad: 2 must be from 0 to the exposure", "warming.buckets: 1 must be 3, one more than the bounds",
		}},
		"bounds": {func(s *Sample) { s.Bounds = []float64{1, 1, nan}; s.Candidate.Buckets = nil }, []string{
			"bounds[1]: 1 must be above the bound before it", "bounds[2]: NaN must be finite",
		}},
		"many bounds": {func(s *Sample) { s.Bounds = make([]float64, 256); s.Candidate.Buckets = nil }, []string{"bounds: 256 must be fewer than 256"}},
		"counts":      {func(s *Sample) { s.Counts = []Count{{"a", 1}, {"b", -1}} }, []string{"counts[1].n: -1 must not be negative"}},
		"many counts": {func(s *Sample) { s.Counts = make([]Count, 101) }, []string{"counts: 101 must be at most 100"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := spread(0, 10, []float64{1, 2}, 1, 2, 3)
			c.change(&s)
			wantErrors(t, s.Check(), c.want...)
		})
	}
}

func TestSampleCompareIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func() Sample {
			s := good(t, start)
			s.Reason = rapid.SampledFrom([]string{"", "a"}).Draw(t, "reason")
			s.Digest = rapid.SampledFrom([]string{"", "a"}).Draw(t, "digest")
			s.Counts = rapid.SliceOfN(rapid.Just(Count{"a", 1}), 0, 2).Draw(t, "counts")
			return s
		}
		a, b, c := draw(), draw(), draw()
		if a.Compare(&a) != 0 || a.Compare(&b) != -b.Compare(&a) || a.Compare(&b) <= 0 && b.Compare(&c) <= 0 && a.Compare(&c) > 0 {
			t.Fatal("no order")
		}
	})
}

func TestFoldOddities(t *testing.T) {
	var e Evidence
	g := &Signal{Name: "s"}
	s := rate(0, 10, 0, 100)
	g.Begin(&e)
	if !g.Fold(&e, &s) || e.Verdict != Error || e.Reason != "the signal has no judge" {
		t.Errorf("without a judge: %+v", e)
	}
	g.Judge = yes{}
	s = rate(10, 20, 0, 100)
	s.To = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	if g.Fold(&e, &s) {
		t.Error("an instant that no state can hold was folded")
	}
	s = rate(20, 30, 0, 100)
	s.Fetch, s.Reason = Error, string(make([]byte, 199))+"é\xff"
	if g.Fold(&e, &s); len(e.Reason) != 199 {
		t.Errorf("%d bytes of reason", len(e.Reason))
	}
	s = rate(40, 35, 0, 100)
	if g.Fold(&e, &s); e.Verdict != Error || !e.Through.Equal(at(35)) {
		t.Errorf("a reversed interval: %+v", e)
	}
}

func TestCleanAndSince(t *testing.T) {
	g := signalOf(yes{})
	var e Evidence
	for k, c := range []struct {
		from, to    int
		total       float64
		fetch       Verdict
		clean, pass int
		since       int
	}{
		{0, 10, 1, "", 0, 1, 10},
		{10, 20, 1, Healthy, 0, 2, 10},
		{21, 30, 1, "", 21, 3, 10},     // a gap
		{30, 70, 1, "", 50, 4, 10},     // longer than twice the cadence
		{70, 80, 0, "", -1, 0, 80},     // nothing was done
		{80, 90, 1, "", 80, 1, 90},     //
		{90, 95, 1, NoData, -1, 0, 95}, //
		{95, 200, 1, "", 180, 1, 200},
	} {
		s := rate(c.from, c.to, 0, c.total)
		s.Fetch = c.fetch
		g.Fold(&e, &s)
		clean := time.Time{}
		if c.clean >= 0 {
			clean = at(c.clean)
		}
		if !e.Clean.Equal(clean) || e.Passes != int64(c.pass) || !e.Since.Equal(at(c.since)) {
			t.Fatalf("sample %d: %+v", k, e)
		}
	}
}

func TestSeen(t *testing.T) {
	g := signalOf(Threshold{Bad: "b", Total: "t", Max: 0.01})
	var e Evidence
	for k, c := range []struct {
		total, bad, warming float64
		fetch               Verdict
		seen                int // -1 never
	}{
		{0, 0, 100, "", -1}, // only warming: that is no data
		{1, 0, 0, "", -1},   // too few to conclude anything
		{0, 0, 100, "", -1},
		{100, 0, 0, NoData, -1},
		{100, 50, 0, "", 50},
		{0, 0, 0, "", 60}, // harm stays shown
		{100, 0, 0, Error, 60},
	} {
		s := rate(10*k, 10*k+10, c.bad, c.total)
		s.Warming.Exposure, s.Fetch = c.warming, c.fetch
		g.Fold(&e, &s)
		if e.Seen.IsZero() != (c.seen < 0) || c.seen >= 0 && !e.Seen.Equal(at(c.seen)) {
			t.Fatalf("sample %d: seen %s (%+v)", k, e.Seen, e)
		}
	}
}

func TestEvidenceClone(t *testing.T) {
	e := Evidence{Counts: []int64{1}, Log: []float64{1}, Verdict: Healthy}
	c := e.Clone()
	c.Counts[0], c.Log[0] = 2, 2
	if e.Counts[0] != 1 || e.Log[0] != 1 || c.Verdict != Healthy {
		t.Error("shared")
	}
}

func TestAllocations(t *testing.T) {
	signals := []Signal{
		*signalOf(Threshold{Bad: "b", Total: "t", Max: 0.01}),
		*signalOf(&Threshold{Histogram: "h", Quantile: 0.99, Max: 1}),
	}
	bounds := []float64{1, 2}
	samples := []Sample{rate(0, 1, 1, 10), spread(0, 1, bounds, 10, 5, 1)}
	samples[1].Counts = []Count{{"a", 1}}
	p := Policy{Signals: signals}.Normalize()
	ev := make([]Evidence, 3)
	next := start
	step := func() {
		for i := range signals {
			samples[i].From, samples[i].To = next, next.Add(time.Second)
			signals[i].Fold(&ev[i], &samples[i])
		}
		next = next.Add(time.Second)
		p.Readiness.Observe(&ev[2], next, 3, 3)
	}
	step()
	for name, f := range map[string]func(){
		"fold":         step,
		"assess":       func() { p.Assess(next, start, Traffic{Served: true}, ev) },
		"next missing": func() { p.NextMissing(next, start, Traffic{Served: true}, ev) },
		"begin":        func() { signals[0].Begin(&ev[0]) },
		"check":        func() { _ = samples[1].Check() },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	g := signalOf(Threshold{Bad: "b", Total: "t", Max: 0.01})
	s := rate(0, 1, 1, 1000)
	var e Evidence
	b.ReportAllocs()
	for b.Loop() {
		s.From, s.To = s.To, s.To.Add(time.Second)
		g.Fold(&e, &s)
	}
}

func BenchmarkAssess(b *testing.B) {
	p := Policy{Signals: make([]Signal, 10)}.Normalize()
	ev := make([]Evidence, 11)
	for i := range ev {
		ev[i] = Evidence{Verdict: Healthy, Seen: at(0)}
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Assess(at(1), start, Traffic{Served: true}, ev)
	}
}
