package health

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestFalseAlarmOfTheYardstick: what 2,000 simulated hours of a healthy release showed
// (research table A0 and D0), within four standard errors, and what is computed by
// hand.
func TestFalseAlarmOfTheYardstick(t *testing.T) {
	hour := Load{Candidate: 500, Stable: 9500, Base: 0.005, For: time.Hour}
	low := Load{Candidate: 20, Stable: 180, Base: 0.005, For: time.Hour}
	for _, c := range []struct {
		name          string
		load          Load
		limit, row    int
		want, allowed float64
	}{
		{"failure limit 0", hour, 0, 0, 0.930, 0.024},
		{"failure limit 3", hour, 3, 0, 0.249, 0.039},
		{"5 in all", hour, 4, 0, 0.106, 0.028},
		{"5 in a row", hour, 0, 5, 0, 0.0001},
		{"low traffic, failure limit 0", low, 0, 0, 0.998, 0.004},
		{"low traffic, failure limit 3", low, 3, 0, 0.832, 0.034},
		{"low traffic, 5 in all", low, 4, 0, 0.704, 0.041},
		{"low traffic, 5 in a row", low, 0, 5, 0.0015, 0.0035},
		{"by hand", Load{Candidate: 20, Base: 0.005, For: time.Minute}, 0, 0, 1 - math.Pow(0.995, 20), 1e-12},
		{"by hand, sixty of them", low, 0, 0, 1 - math.Pow(0.995, 1200), 1e-12},
	} {
		th := Threshold{Bad: "b", Total: "t", Max: 0.01, FailureLimit: c.limit, ConsecutiveLimit: c.row}
		p, known := th.FalseAlarm(time.Minute, c.load)
		t.Logf("%s: %.5f", c.name, p)
		if !known || math.Abs(p-c.want) > c.allowed {
			t.Errorf("%s: %g, want %g", c.name, p, c.want)
		}
		split := c.load
		split.For /= 2
		if q, _ := th.FalseAlarm(time.Minute, split, split); c.row == 0 && c.load.For > time.Minute && math.Abs(q-p) > 1e-12 {
			t.Errorf("%s: in two steps %g, in one %g", c.name, q, p)
		}
	}
}

// TestUpperTail holds the sum against one in exact numbers.
func TestUpperTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 60).Draw(t, "n")
		k := rapid.Int64Range(-1, n).Draw(t, "k")
		p := rapid.SampledFrom([]*big.Rat{big.NewRat(1, 1000), big.NewRat(1, 100), big.NewRat(1, 3), big.NewRat(1, 2), big.NewRat(9, 10), big.NewRat(1, 1)}).Draw(t, "p")
		want, not := new(big.Rat), new(big.Rat).Sub(big.NewRat(1, 1), p)
		for i := k + 1; i <= n; i++ {
			term := new(big.Rat).SetInt(new(big.Int).Binomial(n, i))
			for range i {
				term.Mul(term, p)
			}
			for range n - i {
				term.Mul(term, not)
			}
			want.Add(want, term)
		}
		exact, _ := want.Float64()
		share, _ := p.Float64()
		if got := upperTail(float64(n), float64(k), share); math.Abs(got-exact) > 1e-12*(1e-3+exact)+1e-15 {
			t.Fatalf("more than %d of %d at %v: %g, want %g", k, n, p, got, exact)
		}
	})
	if p := upperTail(1e9, 5e8, 0.5); math.Abs(p-0.5) > 1e-4 {
		t.Errorf("half of a billion: %g", p)
	}
	if p := upperTail(1e6, 1e5, 0.5); p != 1 {
		t.Errorf("what must be: %g", p)
	}
	if p := upperTail(1e9, 2e7, 0.01); p != 0 {
		t.Errorf("what cannot be: %g", p)
	}
}

// TestFalseAlarmAtTheLimit: a share that equals the limit does not fail, though 0.29 times
// 100 is a little less than 29.
func TestFalseAlarmAtTheLimit(t *testing.T) {
	th := Threshold{Bad: "b", Total: "t", Max: 0.29}
	p, _ := th.FalseAlarm(time.Minute, Load{Candidate: 100, Base: 0.25, For: time.Minute})
	if want := upperTail(100, 29, 0.25); p != want {
		t.Errorf("%g, want %g", p, want)
	}
}

// TestAlarmIsEnumerated: every way that up to 10 checks can end, once.
func TestAlarmIsEnumerated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := failures{rapid.IntRange(0, 4).Draw(t, "failures"), rapid.IntRange(0, 4).Draw(t, "row")}
		var plan []checks
		var each []float64
		begins := map[int]bool{}
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			c := checks{float64(rapid.IntRange(0, 3).Draw(t, "checks")), rapid.Float64Range(0, 1).Draw(t, "p")}
			plan = append(plan, c)
			begins[len(each)] = true
			for range int(c.n) {
				each = append(each, c.p)
			}
		}
		want := 0.0
		for ways := range 1 << len(each) {
			p, degraded := 1.0, false
			e := Evidence{Counts: make([]int64, limitCounts)}
			for i, fail := range each {
				if begins[i] {
					e.Counts[countRun] = 0
				}
				r := passed
				if ways>>i&1 == 1 {
					r, p = failed, p*fail
				} else {
					p *= 1 - fail
				}
				e.Verdict = l.conclude(&e, r, true)
				degraded = degraded || e.Verdict == Degraded
			}
			if degraded {
				want += p
			}
		}
		got, known := l.alarm(plan)
		if known != (len(each) > 0) || known && math.Abs(got-want) > 1e-12 {
			t.Fatalf("%+v of %+v: %g, want %g", l, plan, got, want)
		}
	})
}

// TestFalseAlarmIsWhatHappens folds samples drawn at random, and counts.
func TestFalseAlarmIsWhatHappens(t *testing.T) {
	th := Threshold{Bad: "b", Total: "t", Max: 0.02, MinSample: 50, FailureLimit: 1}
	l := Load{Candidate: 120, Base: 0.01, For: 5 * time.Minute} // 20 in 10 s, so a check of 60 every 30 s
	want, known := th.FalseAlarm(10*time.Second, l)
	if !known {
		t.Fatal("unknown")
	}
	g, seed, alarms := signalOf(th), uint64(1), 0
	const runs = 4000
	for range runs {
		var e Evidence
		for k := range 30 {
			bad := 0.0
			for range 20 {
				seed = seed*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
				if float64(seed>>11)/(1<<53) < l.Base {
					bad++
				}
			}
			s := rate(10*k, 10*k+10, bad, 20)
			g.Fold(&e, &s)
		}
		if e.Verdict == Degraded {
			alarms++
		}
	}
	if got := float64(alarms) / runs; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/runs) {
		t.Errorf("%g of the releases, computed %g", got, want)
	}
}

func TestFalseAlarmUnknown(t *testing.T) {
	rate := Threshold{Bad: "b", Total: "t", Max: 0.01}
	hour := Load{Candidate: 500, Base: 0.005, For: time.Hour}
	with := func(change func(*Load)) Load {
		l := hour
		change(&l)
		return l
	}
	for name, c := range map[string]struct {
		judge Threshold
		steps []Load
	}{
		"no traffic is told":  {rate, nil},
		"a quantile":          {Threshold{Histogram: "h", Quantile: 0.9, Max: 1}, []Load{hour}},
		"a gauge":             {Threshold{Gauge: "g", Max: 1}, []Load{hour}},
		"crashes":             {Threshold{Total: "t", Per: PerTime}, []Load{hour}},
		"a minimum":           {Threshold{Bad: "b", Total: "t", Min: 0.9}, []Load{hour}},
		"no base":             {rate, []Load{with(func(l *Load) { l.Base = 0 })}},
		"no number":           {rate, []Load{with(func(l *Load) { l.Base = math.NaN() })}},
		"more than all":       {rate, []Load{with(func(l *Load) { l.Base = 1.1 })}},
		"endless":             {rate, []Load{with(func(l *Load) { l.Candidate = math.Inf(1) })}},
		"negative":            {rate, []Load{with(func(l *Load) { l.Stable = -1 })}},
		"one step is unknown": {rate, []Load{hour, with(func(l *Load) { l.Base = 0 })}},
		"nobody":              {rate, []Load{with(func(l *Load) { l.Candidate = 0 })}},
		"no time":             {rate, []Load{with(func(l *Load) { l.For = 0 })}},
		"too short":           {rate, []Load{with(func(l *Load) { l.For = time.Second })}},
		"too many":            {rate, []Load{with(func(l *Load) { l.Candidate = 1e12 })}},
		"too long": {Threshold{Bad: "b", Total: "t", Max: 0.01, FailureLimit: math.MaxInt, ConsecutiveLimit: math.MaxInt}, []Load{with(func(l *Load) {
			l.For = longest
		})}},
	} {
		if p, known := c.judge.FalseAlarm(10*time.Second, c.steps...); known || p != 0 {
			t.Errorf("%s: %g", name, p)
		}
	}
	if _, known := rate.FalseAlarm(0, hour); known {
		t.Error("without a cadence")
	}
}

// compares is a judge that looks at stable, and one with a budget.
type compares struct{ Threshold }

func (compares) Measure() Measure { return Measure{Compare: true} }

type sequential struct{ compares }

func (sequential) LogE(*Evidence) (harm, proof float64) { return 0, 0 }

func TestPolicyLint(t *testing.T) {
	errors := Signal{Name: "errors", Every: time.Minute, Judge: Threshold{Bad: "b", Total: "t", Max: 0.01}}
	with := func(change func(*Signal)) Signal {
		g := errors
		change(&g)
		return g
	}
	hour := Load{Candidate: 500, Stable: 9500, Base: 0.005, For: time.Hour}
	unknown := "Signal errors has no budget: how often it condemns a healthy release is unknown."
	only := "Only comparisons watch the candidate: one that breaks what both versions depend on looks no worse than stable. Add an absolute objective."
	for name, c := range map[string]struct {
		signals []Signal
		steps   []Load
		want    []string
	}{
		"a rate": {[]Signal{errors}, []Load{hour}, []string{
			"Signal errors has no budget: at 500 requests a minute and 0.5% errors on stable it condemns 92% of healthy releases within 1h.",
		}},
		"two steps": {[]Signal{errors}, []Load{{Candidate: 100, Base: 0.005, For: 10 * time.Minute}, {Candidate: 1e6, Base: 0.005}, hour}, []string{
			"Signal errors has no budget: at 100 to 500 requests a minute and 0.5% errors on stable it condemns 97% of healthy releases within 1h10m.",
		}},
		"hardly ever": {[]Signal{with(func(g *Signal) { g.Judge = Threshold{Bad: "b", Total: "t", Max: 0.01, ConsecutiveLimit: 9} })}, []Load{hour}, []string{
			"Signal errors has no budget: at 500 requests a minute and 0.5% errors on stable it condemns fewer than 0.001% of healthy releases within 1h.",
		}},
		"nearly always": {[]Signal{with(func(g *Signal) { g.Every = 0 })}, []Load{hour}, []string{
			"Signal errors has no budget: at 500 requests a minute and 0.5% errors on stable it condemns more than 99% of healthy releases within 1h.",
		}},
		"of stable": {[]Signal{with(func(g *Signal) { g.Scope = "stable"; g.Judge = Threshold{Bad: "b", Total: "t", Max: 0.008} })}, []Load{hour}, []string{
			"Signal errors has no budget: at 9500 requests a minute and 0.5% errors on stable it condemns 0.29% of healthy releases within 1h.",
		}},
		"traffic that is not known":  {[]Signal{errors}, nil, []string{unknown}},
		"of a dependant":             {[]Signal{with(func(g *Signal) { g.Scope = "downstream" })}, []Load{hour}, []string{unknown}},
		"of copies":                  {[]Signal{with(func(g *Signal) { g.Mirrored = true })}, []Load{hour}, []string{unknown}},
		"a judge of one's own":       {[]Signal{with(func(g *Signal) { g.Judge = yes{} })}, []Load{hour}, []string{unknown}},
		"what is advisory":           {[]Signal{with(func(g *Signal) { g.Advisory = true })}, []Load{hour}, nil},
		"what has a budget":          {[]Signal{with(func(g *Signal) { g.Judge = sequential{} })}, nil, []string{only}},
		"with an absolute objective": {[]Signal{with(func(g *Signal) { g.Judge = sequential{} }), errors}, nil, []string{unknown}},
		"with one that is advisory": {
			[]Signal{with(func(g *Signal) { g.Judge = sequential{} }), with(func(g *Signal) { g.Advisory = true })}, nil, []string{only},
		},
		"with one of another": {
			[]Signal{with(func(g *Signal) { g.Judge = sequential{} }), with(func(g *Signal) { g.Scope = "upstream" })}, nil, []string{unknown, only},
		},
		"nothing": {nil, []Load{hour}, nil},
	} {
		p := Policy{Signals: c.signals}
		if name != "nothing" {
			p = p.Normalize()
		}
		if got := p.Lint(c.steps...); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}
