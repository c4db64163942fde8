package prometheus

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

func TestBothArms(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Counts = []string{"/a", "/none", ""}
		first := w.next()
		if !first.From.Equal(w.start.Add(time.Second)) || first.Key != "k1" || first.Stage != "eu" || first.Signal != "errors" {
			t.Errorf("got %+v", first)
		}
		a.counters[ok], a.counters[failed] = 90, 2
		b.counters[ok], b.counters[failed] = 8, 1
		from := w.ask.From
		s := w.sum()
		wantArms(t, s, 9, 1, 92, 2)
		if s.Counts[0].N != 9 || s.Counts[1].N != 0 || s.Counts[2].N != 9 {
			t.Errorf("got %v", s.Counts)
		}
		if took := w.ask.From.Sub(from).Seconds(); s.Candidate.Time != took || s.Stable.Time != took {
			t.Errorf("measured for %v and %v s of %v", s.Candidate.Time, s.Stable.Time, took)
		}
	})
}

// All is asked as of one instant that lies a scrape in the past, in raw samples.
func TestQueries(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.pass(30)
		w.queries = nil
		now := time.Now()
		w.call()
		if len(w.queries) != 4 {
			t.Fatalf("got %v", w.queries)
		}
		for _, q := range w.queries {
			if want := now.Add(-scrape).UnixMilli(); q.Get("time") != seconds(want) {
				t.Errorf("asked at %s, not %s", q.Get("time"), seconds(want))
			}
			if text := q.Get("query"); strings.Contains(text, "(") || !strings.Contains(text, "[") && !strings.HasPrefix(text, "up{") {
				t.Errorf("asked %s", text)
			}
		}
		if got := w.queries[1].Get("query"); !strings.HasPrefix(got, `http_requests_total{code=~"5..",version=~"v1|v2"}[`) {
			t.Errorf("asked %s", got)
		}
	})
}

func seconds(milli int64) string { return strconv.FormatFloat(float64(milli)/1000, 'f', 3, 64) }

func TestFirstRoundIsBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(time.Minute) // both started in the rollout, and the ask has been due for long
		w.add("a", "v1", ok).counters[ok] = 1000
		b := w.add("b", "v2", ok)
		b.counters[ok] = 50
		w.pass(15)
		w.begin()
		b.counters[ok] = 53
		wantArms(t, w.sum(), 3)
	})
}

// Several resets between two evaluations: each is counted.
func TestResets(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.born = time.Time{}
		w.begin()
		for _, n := range []float64{100, 7, 3, 9, 2} {
			b.counters[ok] = n
			w.pass(5)
		}
		wantArms(t, w.sum(), 100+7+3+6+2)
	})
}

func TestRestartThatOvertakes(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok], b.counters[failed] = 5, 1
		w.pass(6)
		b.born = time.Now()
		b.counters[ok], b.counters[failed] = 30, 2 // more than before: only the start shows it
		wantArms(t, w.sum(), 38, 3)
	})
}

// Some systems compute the start of a process from a clock that is being corrected.
func TestStartThatWavers(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		born := b.born
		for k := range 12 {
			b.born = born.Add(time.Duration(k%3-1) * time.Second)
			b.counters[ok] += 10
			w.pass(5)
		}
		wantArms(t, w.sum(), 120)
	})
}

// The clock of a node was set, or a label that names the version: the process is an old
// one, and what it did in all its life is of no interval.
func TestStartThatJumps(t *testing.T) {
	for name, jump := range map[string]func(w *world, c *instance){
		"clock":   func(_ *world, c *instance) { c.born = c.born.Add(3 * time.Second) },
		"version": func(w *world, c *instance) { w.remove(c); w.all[c.name] = c; c.version = "v2" },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world, a, b *instance) {
				c := w.add("c", "v1", ok, failed)
				c.born = w.start.Add(-time.Hour)
				c.counters[ok], c.counters[failed] = 1e6, 1e5
				w.next()
				w.next()
				jump(w, c)
				w.pass(5)
				wantArms(t, w.sum())
			})
		})
	}
}

func TestNewInstances(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.pass(1)
		c := w.add("c", "v2", ok)
		c.counters[ok], c.counters[failed] = 10, 4 // its first errors came before its first scrape
		d := w.add("d", "v1", ok)
		d.born = w.start.Add(-time.Hour) // was not scraped before
		d.counters[ok] = 1e6
		e := w.add("e", "v2", ok)
		e.born, e.counters[ok] = time.Time{}, 500 // nobody says since when
		wantArms(t, w.sum(), 14, 4)
		d.counters[ok]++
		e.counters[ok]++
		wantArms(t, w.sum(), 1, 0, 1)
	})
}

// A process that started while its target was watched counts from 0, even if the evidence
// began a moment later.
func TestRestartBeforeTheEvidence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.add("a", "v1", ok), w.add("b", "v2", ok)
		a.born, b.born = w.start.Add(-time.Hour), w.start.Add(-time.Hour)
		w.ask.Start, w.ask.From, w.ask.Due = w.start.Add(8*time.Second), w.start.Add(8*time.Second), w.start.Add(18*time.Second)
		b.counters[ok] = 50
		w.pass(6)
		b.born, b.counters[ok] = time.Now(), 60
		w.begin()
		if n := len(w.source.tracks); n != 1 || time.Since(w.start) != 13*time.Second {
			t.Fatalf("counting began after %v", time.Since(w.start))
		}
		wantArms(t, w.sum(), 60)
	})
}

func TestNewSeries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("a", "v1", ok).born = w.start.Add(-time.Hour)
		b := w.add("b", "v2", ok)
		b.born = w.start.Add(-time.Hour)
		w.pass(5)
		w.begin()
		b.counters[`http_requests_total{code="503",path="/c"}`] = 3
		wantArms(t, w.sum(), 3, 3)
		delete(b.counters, `http_requests_total{code="503",path="/c"}`)
		w.sum()
		b.counters[`http_requests_total{code="503",path="/c"}`] = 4
		wantArms(t, w.sum(), 1, 1)
	})
}

// Errors are born on an instance that has no other series yet: that it was scraped says
// that they were not there.
func TestFirstSeriesOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("a", "v1", ok)
		w.add("b", "v2", ok)
		c := w.add("c", "v2", "other")
		c.born = w.start.Add(-time.Hour)
		w.pass(5)
		w.begin()
		w.pass(20)
		c.counters[failed] = 3
		wantArms(t, w.sum(), 3, 3)
	})
}

// Of two label sets of a new process the one that is born later counts from 0, in whatever
// order the server gives them.
func TestOrderOfBirth(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		first := `http_requests_total{code="600",path="/z"}`
		c := w.add("c", "v2", first)
		c.born, c.counters[first] = time.Time{}, 1000 // nobody says since when
		w.pass(5)
		c.counters[failed] = 3
		w.pass(10) // both births lie in what is read at once
		wantArms(t, w.sum(), 3, 3)
	})
}

// Two starts at one time say nothing: a wrong one would look like a restart.
func TestTwoStarts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		start := `process_start_time_seconds{of="sidecar"}`
		b.counters[start] = float64(b.born.Add(-time.Hour).Unix())
		b.counters[ok] = 10
		w.pass(5)
		b.counters[ok] = 11
		w.pass(5)
		delete(b.counters, start)
		b.counters[ok] = 12
		wantArms(t, w.sum(), 12)
	})
}

func TestSameNameOtherVersion(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		a.counters[ok] = 5
		w.pass(6)
		w.remove(a)
		w.add("a", "v2", ok).counters[ok] = 6 // replaced in place
		wantArms(t, w.sum(), 6, 0, 5)
	})
}

func TestWarmUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.WarmUp = time.Minute
		a := w.add("a", "v1", ok)
		a.born = w.start.Add(-time.Hour)
		b := w.add("b", "v2", ok)
		w.pass(5)
		w.begin()
		a.counters[ok], b.counters[ok] = 3, 4
		x := w.add("x", "v1", ok)
		w.pass(6)
		x.counters[ok] = 100
		w.pass(1)
		s := w.next()
		for s.Warming.Exposure == 0 {
			s = w.next()
		}
		wantArms(t, s, 0, 0, 3, 0, 4)
		w.pass(60)
		w.next()
		b.counters[ok] += 9
		x.counters[ok] += 2
		wantArms(t, w.sum(), 9, 0, 2)
	})
}

// What was done in the warm-up stays that, however late it is told.
func TestWarmUpIsToldLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.WarmUp = 30 * time.Second
		w.add("a", "v1", ok).born = w.start.Add(-time.Hour)
		b := w.add("b", "v2", ok)
		w.pass(5)
		w.begin()
		b.counters[ok] = 9
		w.pass(5)
		w.away = errRefused
		wantFetch(t, w.fails(), health.NoData, "refused")
		w.pass(30)
		w.away = nil
		s := w.next()
		if s.From.Sub(w.start) < 30*time.Second {
			t.Errorf("the interval begins in the warm-up: %v", s.From)
		}
		wantArms(t, s, 0, 0, 0, 0, 9)
	})
}

// A new process was there for as long as it ran.
func TestTimeOfNewProcess(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		for time.Since(w.start)%scrape != 2*time.Second {
			w.second()
		}
		w.add("c", "v2", ok)
		if s := w.sum(); int(s.Candidate.Time)%5 != 3 || int(s.Stable.Time)%5 != 0 {
			t.Errorf("measured for %v and %v s", s.Candidate.Time, s.Stable.Time)
		}
	})
}

// One that comes back after it was forgotten does not count from 0 again.
func TestComesBack(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2", ok)
		c.counters[ok] = 40
		wantArms(t, w.sum(), 40)
		w.remove(c)
		for range 40 {
			w.next()
		}
		for _, x := range w.source.tracks {
			if len(x.targets) != 2 {
				t.Errorf("%d targets are remembered", len(x.targets))
			}
		}
		w.all["c"] = c
		wantArms(t, w.sum())
		c.counters[ok]++
		wantArms(t, w.sum(), 1)
	})
}

// One that is down is not forgotten as long as it is listed.
func TestDownForVeryLong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 40
		wantArms(t, w.sum(), 40)
		b.down = true
		for range 15 {
			w.next()
		}
		b.down, b.counters[ok] = false, 43
		w.pass(10)
		wantArms(t, w.sum(), 3)
	})
}

func TestGauge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.Measure = health.Measure{Gauge: `queue{kind!="x"}`, Compare: true}
		a := w.add("a", "v1", `queue{kind="a"}`, `queue{kind="b"}`, `queue{kind="x"}`)
		b, c := w.add("b", "v2", `queue{kind="a"}`), w.add("c", "v2", `queue{kind="a"}`)
		w.pass(5)
		w.begin()
		a.counters[`queue{kind="a"}`], a.counters[`queue{kind="b"}`], a.counters[`queue{kind="x"}`] = 3, 4, 5
		b.counters[`queue{kind="a"}`], c.counters[`queue{kind="a"}`] = 2.5, -1
		w.pass(20)
		w.next()
		s := w.next()
		if len(s.Candidate.Values) != 2 || s.Candidate.Values[0] != -1 || s.Candidate.Values[1] != 2.5 ||
			len(s.Stable.Values) != 1 || s.Stable.Values[0] != 7 || s.Candidate.Exposure != 0 {
			t.Errorf("got %+v", s)
		}
		delete(a.counters, `queue{kind="b"}`)
		w.remove(c)
		w.pass(5)
		for gone := time.Now(); s.To.Before(gone); {
			s = w.next()
		}
		if len(s.Candidate.Values) != 1 || s.Stable.Values[0] != 3 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.WarmUp = time.Hour
		w.ask.Measure = health.Measure{Total: "process_restarts", Per: health.PerTime, Compare: true}
		w.add("a", "v1")
		b := w.add("b", "v2")
		w.pass(5)
		w.begin()
		for range 3 {
			b.born = time.Now()
			w.pass(5)
		}
		w.add("c", "v2") // the first start of an instance is none
		s := w.sum()
		wantArms(t, s, 3)
		if s.Candidate.Time == 0 || s.Stable.Time == 0 {
			t.Errorf("no time was measured: %+v", s)
		}
	})
}
