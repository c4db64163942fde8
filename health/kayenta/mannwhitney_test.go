package kayenta

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// gauges is one interval of a gauge of one instance each.
func gauges(k int, candidate, stable float64, overlap ...float64) health.Sample {
	s := health.Sample{
		From: start.Add(time.Duration(k) * time.Minute), To: start.Add(time.Duration(k+1) * time.Minute),
		Candidate: health.Arm{Values: []float64{candidate}}, Stable: health.Arm{Values: []float64{stable}},
	}
	for _, x := range overlap {
		s.Overlap = append(s.Overlap, health.Arm{Values: []float64{x}})
	}
	return s
}

func signalOf(j health.Judge) *health.Signal {
	p := health.Policy{Signals: []health.Signal{{Name: "s", Every: time.Minute, Judge: j}}}.Normalize()
	return &p.Signals[0]
}

// verdicts folds pairs of points, candidate and stable.
func verdicts(j MannWhitney, pairs ...[2]float64) (e health.Evidence, last health.Verdict) {
	g := signalOf(j)
	for k, p := range pairs {
		s := gauges(k, p[0], p[1])
		g.Fold(&e, &s)
	}
	return e, e.Verdict
}

func TestMannWhitneyVerdicts(t *testing.T) {
	const d, h, i = health.Degraded, health.Healthy, health.Inconclusive
	base := MannWhitney{Gauge: "g"}
	with := func(change func(*MannWhitney)) MannWhitney {
		w := base
		change(&w)
		return w
	}
	less := with(func(w *MannWhitney) { w.Direction = Decrease })
	either := with(func(w *MannWhitney) { w.Direction = Either })
	apart := [][2]float64{{11, 1}, {12, 2}, {13, 3}, {14, 4}, {15, 5}}
	near := [][2]float64{{2.1, 1}, {3.1, 2}, {4.1, 3}, {5.1, 4}, {6.1, 5}}
	swapped := make([][2]float64, len(apart))
	for k, p := range apart {
		swapped[k] = [2]float64{p[1], p[0]}
	}
	for name, c := range map[string]struct {
		judge MannWhitney
		pairs [][2]float64
		want  health.Verdict
	}{
		"four points":                  {base, apart[:4], i},
		"five points":                  {base, apart, d},
		"overlapping":                  {base, near, h},
		"alike":                        {base, [][2]float64{{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, h},
		"the same in another order":    {base, [][2]float64{{1, 5}, {2, 4}, {3, 3}, {4, 2}, {5, 1}}, h},
		"lower":                        {base, swapped, h},
		"lower, and that is harm":      {less, swapped, d},
		"higher, and lower is harm":    {less, apart, h},
		"either, higher":               {either, apart, d},
		"either, lower":                {either, swapped, d},
		"either, alike":                {either, near, h},
		"more points wanted":           {with(func(w *MannWhitney) { w.MinPoints = 6 }), apart, i},
		"more confidence wanted":       {with(func(w *MannWhitney) { w.Confidence = 0.9999 }), apart, i},
		"below zero":                   {base, [][2]float64{{-1, -11}, {-2, -12}, {-3, -13}, {-4, -14}, {-5, -15}}, d},
		"an effect":                    {with(func(w *MannWhitney) { w.Effect = 3.3 }), apart, d},
		"an effect that is too small":  {with(func(w *MannWhitney) { w.Effect = 3.4 }), apart, h},
		"the tolerance lets it be":     {with(func(w *MannWhitney) { w.Tolerance = 0.9 }), apart, h},
		"no less than the tolerance":   {base, [][2]float64{{6.2, 1}, {7.2, 2}, {8.2, 3}, {9.2, 4}, {10.2, 5}}, h}, // 5.2 - 1.3 brings 4.9 below 5
		"without tolerance":            {with(func(w *MannWhitney) { w.Tolerance = -1 }), [][2]float64{{6.2, 1}, {7.2, 2}, {8.2, 3}, {9.2, 4}, {10.2, 5}}, d},
		"equal means":                  {with(func(w *MannWhitney) { w.MinPoints = 10 }), [][2]float64{{11, 1}, {12, 2}, {13, 3}, {14, 4}, {15, 5}, {16, 6}, {17, 7}, {18, 8}, {19, 9}, {20, 110}}, h},
		"the median against the means": {base, [][2]float64{{11, 1}, {12, 2}, {13, 3}, {14, 4}, {15, 4000}}, h},
	} {
		if e, got := verdicts(c.judge, c.pairs...); got != c.want {
			t.Errorf("%s: %s, want %s (%+v)", name, got, c.want, e.Counts)
		}
	}
}

// TestHarmStays, across later points and steps; the points do not.
func TestHarmStays(t *testing.T) {
	g := signalOf(MannWhitney{Gauge: "g"})
	var e health.Evidence
	for k := range 5 {
		s := gauges(k, 10+float64(k), float64(k))
		g.Fold(&e, &s)
	}
	for k := 5; k < 70; k++ {
		if k == 30 {
			g.Begin(&e)
			if e.Counts[countPoints] != 0 || e.Counts[countNext] != 0 || slices.Max(e.Log) != 0 {
				t.Errorf("points of another step: %+v", e)
			}
		}
		s := gauges(k, 1, 1)
		if g.Fold(&e, &s); e.Verdict != health.Degraded {
			t.Fatalf("%s after %d", e.Verdict, k)
		}
	}
}

// TestOnlyTheLast60Count: a late regression is not measured against what was long ago.
func TestOnlyTheLast60Count(t *testing.T) {
	g := signalOf(MannWhitney{Gauge: "g"})
	var e health.Evidence
	for k := range 200 {
		s := gauges(k, float64(k%7), float64((k+3)%7))
		if g.Fold(&e, &s); e.Verdict != health.Healthy && k >= 4 {
			t.Fatalf("%s after %d", e.Verdict, k)
		}
	}
	if len(e.Log) != 3*most || e.Counts[countPoints] != most || e.Counts[countNext] != 200%most {
		t.Errorf("%v", e.Counts)
	}
	for k := 200; e.Verdict == health.Healthy && k < 300; k++ {
		s := gauges(k, float64(k%7)+3, float64((k+3)%7))
		g.Fold(&e, &s)
		if k == 259 && e.Verdict != health.Degraded {
			t.Error("not found in 60 points")
		}
	}
}

func TestOverlapOfPoints(t *testing.T) {
	fold := func(candidate, stable float64, overlap ...float64) health.Verdict {
		g := signalOf(MannWhitney{Gauge: "g"})
		var e health.Evidence
		for k := range 6 {
			s := gauges(k, candidate, stable, overlap...)
			g.Fold(&e, &s)
		}
		return e.Verdict
	}
	for _, c := range []struct {
		candidate, stable float64
		overlap           []float64
		want              health.Verdict
	}{
		{10, 1, []float64{2, 3}, health.Degraded},
		{10, 1, []float64{2, 10}, health.Inconclusive},
		{10, 12, []float64{1}, health.Inconclusive},
		{10, 12, []float64{11}, health.Healthy},
	} {
		if got := fold(c.candidate, c.stable, c.overlap...); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	g := signalOf(MannWhitney{Gauge: "g"})
	var e health.Evidence
	for k := range 6 { // stable was measured before and after only
		s := gauges(k, 10, 0, 1)
		s.Stable = health.Arm{}
		g.Fold(&e, &s)
	}
	if e.Verdict != health.Degraded {
		t.Error(e.Verdict)
	}
}

// TestPointsOfEveryForm: rates and quantiles give points as gauges do, and what is too
// little gives none and is no data.
func TestPointsOfEveryForm(t *testing.T) {
	rates := MannWhitney{Bad: "b", Total: "t", MinSample: 10}
	slow := MannWhitney{Histogram: "h", Quantile: 0.5, MinSample: 10}
	for name, c := range map[string]struct {
		judge             MannWhitney
		candidate, stable health.Arm
		want              health.Verdict
	}{
		"rates":              {rates, health.Arm{Exposure: 10, Bad: 2}, health.Arm{Exposure: 10, Bad: 1}, health.Degraded},
		"rates alike":        {rates, health.Arm{Exposure: 10, Bad: 2}, health.Arm{Exposure: 100, Bad: 20}, health.Healthy},
		"rates of too few":   {rates, health.Arm{Exposure: 9, Bad: 9}, health.Arm{Exposure: 10, Bad: 1}, health.Inconclusive},
		"of too few, stable": {rates, health.Arm{Exposure: 10, Bad: 9}, health.Arm{Exposure: 9, Bad: 1}, health.Inconclusive},
		"of no stable":       {rates, health.Arm{Exposure: 10, Bad: 0}, health.Arm{}, health.Inconclusive},
		"quantiles":          {slow, health.Arm{Buckets: []uint64{0, 10, 0}}, health.Arm{Buckets: []uint64{10, 0, 0}}, health.Degraded},
		"quantiles alike":    {slow, health.Arm{Buckets: []uint64{0, 10, 0}}, health.Arm{Buckets: []uint64{0, 10, 0}}, health.Healthy},
		"quantiles beyond":   {slow, health.Arm{Buckets: []uint64{0, 0, 10}}, health.Arm{Buckets: []uint64{0, 10, 0}}, health.Degraded},
		"quantiles of few":   {slow, health.Arm{Buckets: []uint64{0, 9, 0}}, health.Arm{Buckets: []uint64{10, 0, 0}}, health.Inconclusive},
		"no buckets":         {slow, health.Arm{Exposure: 10}, health.Arm{Exposure: 10}, health.Inconclusive},
	} {
		g := signalOf(c.judge)
		var e health.Evidence
		for k := range 6 {
			s := gauges(k, 0, 0)
			s.Candidate, s.Stable, s.Bounds = c.candidate, c.stable, []float64{1, 2}
			s.Warming = health.Arm{Exposure: 100, Bad: 100, Buckets: []uint64{0, 0, 100}}
			g.Fold(&e, &s)
		}
		if points := e.Counts[countPoints]; points != 6 && points != 0 || (points == 0) != (c.want == health.Inconclusive) {
			t.Errorf("%s: %d points", name, points)
		}
		if e.Verdict != c.want || (c.want == health.Inconclusive) != e.Seen.IsZero() {
			t.Errorf("%s: %s, want %s; seen %v", name, e.Verdict, c.want, e.Seen)
		}
	}
}

// TestMinPointsCanShowHarm: the judge asks for points until the worst that could be would
// be found.
func TestMinPointsCanShowHarm(t *testing.T) {
	for _, c := range []struct {
		confidence float64
		want       int64
	}{{0, 5}, {0.5, 5}, {0.98, 5}, {0.9999, 11}, {1 - 1e-15, 60}} {
		w := MannWhitney{Gauge: "g", Confidence: c.confidence, Tolerance: -1}
		n := w.minPoints()
		t.Logf("%v: %d", c.confidence, n)
		if c.want != 60 && n != c.want || n > most {
			t.Errorf("confidence %v: %d points, want %d", c.confidence, n, c.want)
		}
		var pairs [][2]float64
		for k := range n {
			pairs = append(pairs, [2]float64{1000 + float64(k), float64(k)})
		}
		if _, v := verdicts(w, pairs...); v != health.Degraded {
			t.Errorf("confidence %v: %s of %d points that are all apart", c.confidence, v, n)
		}
		if _, v := verdicts(w, pairs[1:]...); v != health.Inconclusive {
			t.Errorf("confidence %v: %s of one less", c.confidence, v)
		}
	}
}

// reference is the judge in the way of Kayenta and of R: it solves for the end of the
// confidence interval.
func reference(w MannWhitney, x, y []float64) bool {
	_, hl := slow(x, y, 0)
	low, high := slices.Min(x)-slices.Max(y)-1, slices.Max(x)-slices.Min(y)+1
	for range 200 { // the score falls as the shift grows
		mid := low + (high-low)/2
		if z, _ := slow(x, y, mid); z > w.quantile() {
			low = mid
		} else {
			high = mid
		}
	}
	mean := func(all []float64) (m float64) {
		for _, v := range all {
			m += v / float64(len(all))
		}
		return m
	}
	return low > w.tolerance()*math.Abs(hl) && mean(x) > mean(y)
}

func TestJudgeIsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := MannWhitney{Gauge: "g", Confidence: rapid.SampledFrom([]float64{0, 0.9, 0.95}).Draw(t, "confidence")}
		n := rapid.IntRange(5, 20).Draw(t, "n")
		more := rapid.IntRange(0, 300).Draw(t, "more")
		var x, y []float64
		var pairs [][2]float64
		for range n {
			a, b := float64(rapid.IntRange(0, 200).Draw(t, "x")+more)+0.3, float64(rapid.IntRange(0, 200).Draw(t, "y"))
			x, y, pairs = append(x, a), append(y, b), append(pairs, [2]float64{a, b})
		}
		var p, q points
		p.sort(x)
		q.sort(y)
		want := reference(w, x, y)
		if got := w.higher(&p, &q, 1); got != want {
			t.Fatalf("%v, the reference says %v", got, want)
		}
		if e, v := verdicts(w, pairs...); want && v != health.Degraded {
			t.Fatalf("%s of %+v", v, e.Counts)
		}
	})
}

// TestPromise23: the unit does not matter, equal inputs give equal verdicts, swapped
// versions opposite ones, and the order of points none at all.
func TestPromise23(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]float64{1000, 0.001, 60, 1 / 3.0, 1e9}).Draw(t, "unit")
		more := rapid.IntRange(-30, 30).Draw(t, "more")
		pair := func(i int) [2]float64 {
			return [2]float64{float64(rapid.IntRange(0, 40).Draw(t, "x")+more) / 8, float64(rapid.IntRange(0, 40).Draw(t, "y")) / 8}
		}
		var pairs, scaled, swapped, same [][2]float64
		for i := range rapid.IntRange(5, 12).Draw(t, "n") {
			p := pair(i)
			pairs = append(pairs, p)
			scaled = append(scaled, [2]float64{p[0] * k, p[1] * k})
			swapped = append(swapped, [2]float64{p[1], p[0]})
			same = append(same, [2]float64{p[0], p[0]})
		}
		effect := rapid.SampledFrom([]float64{0, 0.2}).Draw(t, "effect")
		up := MannWhitney{Gauge: "g", Effect: effect, MinPoints: len(pairs)}
		down := MannWhitney{Gauge: "g", Direction: Decrease, MinPoints: len(pairs)}
		_, want := verdicts(up, pairs...)
		if _, got := verdicts(up, scaled...); got != want {
			t.Fatalf("%s, times %g %s", want, k, got)
		}
		rapid.Permutation(pairs).Draw(t, "order")
		if _, got := verdicts(up, rapid.Permutation(pairs).Draw(t, "order")...); got != want {
			t.Fatalf("%s, in another order %s", want, got)
		}
		_, got := verdicts(down, swapped...)
		if _, plain := verdicts(MannWhitney{Gauge: "g", MinPoints: len(pairs)}, pairs...); got != plain {
			t.Fatalf("%s, swapped %s", plain, got)
		}
		if _, got := verdicts(MannWhitney{Gauge: "g", Direction: Either}, same...); got != health.Healthy {
			t.Fatalf("as stable, and %s", got)
		}
	})
}

// TestPromise14: what is no data changes nothing but the verdict, and is not healthy;
// evidence survives being written down at every step.
func TestPromise14(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(MannWhitney{Bad: "b", Total: "t"})
		var e health.Evidence
		if rapid.Bool().Draw(t, "odd") {
			e.Counts = rapid.SliceOfN(rapid.Int64(), 0, 5).Draw(t, "counts")
			e.Log = make([]float64, rapid.SampledFrom([]int{0, 7, 3 * most}).Draw(t, "log"))
		}
		for k := range 12 {
			s := gauges(k, 0, 0)
			s.Candidate = health.Arm{Exposure: 100, Bad: float64(rapid.IntRange(0, 100).Draw(t, "bad"))}
			s.Stable = health.Arm{Exposure: 100, Bad: float64(rapid.IntRange(0, 100).Draw(t, "stable"))}
			fault := rapid.IntRange(0, 5).Draw(t, "fault")
			switch fault {
			case 0:
				s.Candidate.Bad = rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -1, 101}).Draw(t, "evil")
			case 1:
				s.Fetch = health.NoData
			case 2:
				s.Candidate = health.Arm{}
			case 3:
				s.Stable = health.Arm{}
			}
			was := e.Clone()
			g.Fold(&e, &s)
			if fault <= 3 && e.Verdict == health.Healthy {
				t.Fatalf("healthy of %+v", s)
			}
			if fault <= 1 && (!slices.Equal(e.Log, was.Log) || !slices.Equal(e.Counts, was.Counts)) {
				t.Fatalf("the judge saw %+v", s)
			}
			data, err := strict.Encode(&e)
			if err != nil {
				t.Fatal(err)
			}
			var back health.Evidence
			if err := strict.Decode(data, 1<<20, nil, &back); err != nil {
				t.Fatal(err)
			}
			e = back
			g.Judge.(health.Explainer).Explain(&e)
		}
	})
}

// full is evidence with 60 points, and a sample to fold into it.
func full() (*health.Evidence, *health.Sample) {
	j, e := MannWhitney{Bad: "b", Total: "t"}, &health.Evidence{}
	seed := uint64(1)
	draw := func() float64 {
		seed = seed*6364136223846793005 + 1442695040888963407
		return float64(seed >> 54)
	}
	var s health.Sample
	for k := range most {
		s = gauges(k, 0, 0)
		s.Candidate, s.Stable = health.Arm{Exposure: 10000, Bad: draw()}, health.Arm{Exposure: 10000, Bad: draw()}
		j.Fold(e, &s)
	}
	return e, &s
}

func BenchmarkMannWhitney(b *testing.B) {
	judge := health.Judge(MannWhitney{Bad: "b", Total: "t"})
	e, s := full()
	b.ReportAllocs()
	for b.Loop() {
		judge.Fold(e, s)
	}
}

func BenchmarkFloorLog(b *testing.B) {
	x := 1.5
	for b.Loop() {
		x = math.Log(x) + 2
	}
}

func TestMannWhitneyAllocatesNothing(t *testing.T) {
	judge := health.Judge(MannWhitney{Bad: "b", Total: "t", Direction: Either})
	e, s := full()
	if n := testing.AllocsPerRun(10, func() { judge.Fold(e, s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
