package prometheus

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// An interval that did not arrive is told again, unchanged, and asks nothing.
func TestToldAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		b.counters[ok] = 5
		w.pass(20)
		w.lose = true
		first := w.next()
		b.counters[ok] = 9
		w.pass(20)
		w.queries = nil
		if again := w.next(); !reflect.DeepEqual(first, again) {
			t.Errorf("told %+v, and then %+v", first, again)
		}
		if len(w.queries) > 0 {
			t.Errorf("asked %v", w.queries)
		}
		first.Counts = append(first.Counts, health.Count{}) // a host may write to what it got
		w.lose = false
		wantArms(t, w.sum(), 9)
	})
}

// Another host has told some of the open interval: it begins anew.
func TestOthersTold(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		b.counters[ok] = 5
		w.pass(10)
		w.ask.From = time.Now().UTC()
		w.ask.Due = w.ask.From.Add(every)
		w.pass(5)
		b.counters[ok] = 6
		s := w.sum()
		if s.Candidate.Exposure > 1 {
			t.Errorf("told %v, 5 of it twice", s.Candidate.Exposure)
		}
	})
}

func TestNotOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for _, m := range []health.Measure{{}, {Alert: "{a=\"b\"}"}, {Probe: "tcp 1", Total: "x"}, {Test: "x"}} {
			w.ask.Measure = m
			w.none(30)
		}
		if len(w.queries) > 0 {
			t.Errorf("asked %v", w.queries)
		}
	})
}

// Where the arms are scraped at other times, an interval waits for what stable did in the
// next one, and is told with it and the one before.
func TestSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.add("a", "v1", ok), w.add("b", "v2", ok)
		b.phase = 3
		w.pass(10)
		w.begin()
		began := w.next()
		if len(began.Overlap) != 2 {
			t.Errorf("the first has overlaps %+v", began.Overlap)
		}
		var stable []float64
		var rates [][]float64
		end := began.To
		for k := range 12 {
			for range 10 {
				a.counters[ok] += float64(k*k + 1)
				b.counters[ok]++
				w.second()
				for _, s := range w.call() {
					if !s.From.Equal(end) {
						t.Errorf("from %v, and the last one to %v", s.From, end)
					}
					end = s.To
					if time.Since(s.To) < every {
						t.Errorf("told %v after its end", time.Since(s.To))
					}
					stable = append(stable, s.Stable.Exposure)
					var over []float64
					for _, o := range s.Overlap {
						over = append(over, o.Exposure)
					}
					rates = append(rates, over)
				}
			}
		}
		if len(stable) < 8 {
			t.Fatalf("told %v", stable)
		}
		for k := 1; k < len(stable)-1; k++ {
			if len(rates[k]) != 2 || rates[k][0] != stable[k-1] || rates[k][1] != stable[k+1] {
				t.Errorf("interval %d: overlaps %v of %v", k, rates[k], stable)
			}
		}
	})
}

func TestNoSkewNoWait(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		s := w.next()
		if len(s.Overlap) != 0 || time.Since(s.To) >= every {
			t.Errorf("told %v after its end: %+v", time.Since(s.To), s)
		}
	})
}

// Who does not compare needs not wait.
func TestSkewWithoutCompare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.Measure.Compare = false
		w.add("a", "v1", ok)
		w.add("b", "v2", ok).phase = 3
		w.pass(10)
		w.begin()
		if s := w.next(); len(s.Overlap) != 0 || time.Since(s.To) >= every {
			t.Errorf("told %v after its end: %+v", time.Since(s.To), s)
		}
	})
}

// An outage while an interval waits for the next one: both are one that failed, and
// what was counted is told later.
func TestSkewAndOutage(t *testing.T) {
	t.Run("told later", func(t *testing.T) { skewAndOutage(t, false, 22, 2, 30) })
	t.Run("told by others", func(t *testing.T) { skewAndOutage(t, true) })
}

func skewAndOutage(t *testing.T, others bool, want ...float64) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.add("a", "v1", ok, failed), w.add("b", "v2", ok, failed)
		b.phase = 3
		w.pass(10)
		w.begin()
		w.next()
		from := w.ask.From
		a.counters[ok], b.counters[ok], b.counters[failed] = 30, 20, 2
		waits := func() bool {
			for _, x := range w.source.tracks {
				if x.held != nil && !x.Told() {
					arms := x.held.sums.Arms()
					return arms[series.Candidate].Exposure == 22 && arms[series.Stable].Exposure == 30
				}
			}
			return false
		}
		for range 100 {
			if w.second(); waits() {
				break
			}
			for _, s := range w.call() {
				from = s.To
			}
		}
		if !waits() {
			t.Fatal("nothing waits")
		}
		w.away = errRefused
		s := w.next()
		wantFetch(t, s, health.NoData, "refused")
		if !s.From.Equal(from) {
			t.Errorf("the failed one begins at %v, and the one that waited at %v", s.From, from)
		}
		w.away = nil
		if others {
			w.ask.From = time.Now().UTC()
		}
		wantArms(t, w.sum(), want...)
	})
}

// An interval that only waited for the one before it to arrive, and then cannot be told,
// is one that failed, and what was counted is told later.
func TestSkewAndBroken(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.phase = 3
		w.next()
		broken, did, told := false, 0.0, 0.0
		for range 100 {
			if !broken {
				a.counters[ok]++
				did++
			}
			w.second()
			for _, x := range w.source.tracks {
				switch {
				case x.held != nil && !x.held.ready: // bad ones whose totals are still to come
					x.held.sums.Add(series.Candidate, &series.Pending{Bad: 5})
					b.phase = 0
				case x.held != nil && !broken: // and never come
					x.held.sums.Add(series.Candidate, &series.Pending{Bad: 50})
				}
			}
			from := w.ask.From
			for _, s := range w.call() {
				if !s.From.Equal(from) {
					t.Fatalf("from %v, and the last one to %v", s.From, from)
				}
				told += s.Stable.Exposure
				if s.Fetch != health.Healthy && !broken {
					wantFetch(t, s, health.Error, "they do not count the same")
					broken = true
					for _, x := range w.source.tracks { // now they do
						x.carry.Add(series.Candidate, &series.Pending{Total: 1000})
					}
				}
			}
		}
		if !broken || told != did {
			t.Errorf("broken: %v, told %v of %v", broken, told, did)
		}
	})
}

// An interval that waits, or one that would follow it, was told by another host.
func TestSkewAndOthers(t *testing.T) {
	for _, later := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.add("a", "v1", ok)
			w.add("b", "v2", ok).phase = 3
			w.pass(10)
			w.begin()
			w.next()
			for range 60 {
				w.second()
				w.call()
				for _, x := range w.source.tracks {
					if x.held != nil && !x.Told() {
						w.ask.From = x.From.Add(later)
						w.ask.Due = w.ask.From.Add(every)
						end := w.ask.From
						for range 3 {
							if s := w.next(); s.From.Before(end) { // call looks, too
								t.Errorf("told from %v", s.From)
							}
						}
						return
					}
				}
			}
			t.Error("nothing waits")
		})
	}
}

// No interval is shorter than a scrape, whatever the cadence: there would be nothing in it.
func TestShortCadence(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Due = w.ask.From.Add(time.Second)
		for range 5 {
			s := w.next()
			if took := s.To.Sub(s.From); took < scrape {
				t.Errorf("an interval of %v", took)
			}
			w.ask.Due = w.ask.From.Add(time.Second)
		}
	})
}

func TestScopes(t *testing.T) {
	queries := func(scope string, change func(*world)) (string, health.Sample) {
		var asked []string
		var s health.Sample
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.ask.Scope, w.ask.Measure.Bad, w.ask.Measure.Compare = scope, "", false
			w.add("a", "v1", ok)
			w.add("b", "v2", ok)
			u := w.add("u", "9.0", `http_requests_total{to="v1"}`, `http_requests_total{to="v2"}`)
			change(w)
			w.restart()
			w.pass(10)
			w.begin()
			w.all["a"].counters[ok], w.all["b"].counters[ok] = 1, 20
			u.counters[`http_requests_total{to="v1"}`], u.counters[`http_requests_total{to="v2"}`] = 300, 4000
			s = w.sum()
			for _, q := range w.queries {
				asked = append(asked, q.Get("query"))
			}
		})
		return strings.Join(asked, "\n"), s
	}
	_, s := queries("stable", func(*world) {})
	wantArms(t, s, 0, 0, 1)
	asked, s := queries("upstream", func(*world) {})
	wantArms(t, s, 4321)
	if strings.Contains(asked, "version") {
		t.Errorf("asked %s", asked)
	}
	_, s = queries("downstream", func(w *world) { w.options.Called, w.ask.Measure.Compare = "to", true })
	wantArms(t, s, 4000, 0, 300)
	asked, _ = queries("candidate", func(w *world) {
		w.options.Stage, w.options.Match = "code", map[string]string{"200": `path = "/a",`}
		w.ask.Stage = "200"
	})
	if !strings.Contains(asked, `http_requests_total{code="200",path="/a",version=~"v1|v2"}[`) {
		t.Errorf("asked %s", asked)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.Scope = "business"
		wantFetch(t, w.next(), health.Error, "Options.Called must say which label")
	})
}

// Series without the label instance have no up: they must have new samples themselves.
func TestWithoutTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.Scope, w.ask.Measure = "business", health.Measure{Total: "orders"}
		orders := `orders{job="",instance="",version=""}`
		b := w.add("b", "", orders)
		b.counters[orders] = 1000
		w.pass(10)
		w.begin()
		b.counters[orders] = 1007
		wantArms(t, w.sum(), 7)
		b.down = true
		s := w.fails()
		wantFetch(t, s, health.Error, "no sample of orders since")
	})
}

// A past that is too large for one answer, or cannot be counted, keeps nobody from
// measuring: less of it is looked at.
func TestLearnLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.options.Limit = 50_000
		w.restart()
		w.ask.Measure.Learn = 5 * time.Hour
		a := w.add("a", "v1", ok, failed)
		b := w.add("b", "v2", ok, failed)
		b.counters[ok] = math.NaN()
		w.pass(5)
		b.counters[ok] = 10
		for k := range 3600 {
			a.counters[failed] += float64(k % 2)
			a.counters[ok] += 10
			w.second()
		}
		w.ask.Start, w.ask.From, w.ask.Due = time.Now(), time.Now(), time.Now().Add(every)
		if s := w.next(); s.Fetch != health.Healthy || s.Dispersion == 0 {
			t.Errorf("got %+v", s)
		}
	})
}

// What stable did before says how much its counts vary.
func TestLearn(t *testing.T) {
	factor := func(burst int) float64 {
		var d float64
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.ask.Measure.Learn = 30 * time.Minute
			a := w.add("a", "v1", ok, failed)
			b := w.add("b", "v2", ok, failed)
			random := uint32(1)
			for k := range 1800 {
				random = random*1664525 + 1013904223
				a.counters[ok] += 50
				if b.counters[ok] += 50; k%100 == 7 { // what the candidate did says nothing
					b.counters[failed] += 500
				}
				if random>>8%uint32(2*burst) == 0 && k > 0 {
					a.counters[failed] += float64(burst)
				}
				w.second()
			}
			w.ask.Start, w.ask.From, w.ask.Due = time.Now(), time.Now(), time.Now().Add(every)
			d = w.next().Dispersion
		})
		return d
	}
	if one, many := factor(1), factor(20); !(one >= 1 && one < 3) || !(many > 10 && many < 40) {
		t.Errorf("bursts of 1 have %v, of 20 %v", one, many)
	}
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Measure.Learn = time.Hour
		if d := w.next().Dispersion; d != 0 {
			t.Errorf("learned %v of a few samples", d)
		}
	})
}
