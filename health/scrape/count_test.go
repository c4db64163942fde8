package scrape

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

func TestBothArms(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		from := w.ask.From
		a.counters[ok], a.counters[failed] = 90, 2
		b.counters[ok], b.counters[failed] = 8, 1
		s := w.next()
		wantArms(t, s, 9, 1, 92, 2)
		if !s.From.Equal(from) || !s.To.Equal(time.Now()) || s.Key != "k1" || s.Stage != "eu" || s.Signal != "errors" {
			t.Errorf("got %+v", s)
		}
		wantArms(t, w.next())
		b.counters[ok] = 10
		if s := w.next(); !s.From.Equal(from.Add(2 * every)) {
			t.Errorf("the third interval begins at %v", s.From)
		}
	})
}

func TestFirstRoundIsBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(time.Minute) // the ask has been due for long, and both started in the rollout
		w.add("a", "v1", ok).counters[ok] = 1000
		b := w.add("b", "v2", ok)
		b.counters[ok] = 50
		w.base()
		b.counters[ok] = 53
		time.Sleep(time.Second)
		s := w.next()
		wantArms(t, s, 3)
		if want := w.start.Add(time.Minute); !s.From.Equal(want) {
			t.Errorf("the interval begins at %v, want %v", s.From, want)
		}
	})
}

func TestNotDue(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		time.Sleep(every - 1)
		before := b.requests
		if got := w.call(); len(got) != 0 || b.requests != before {
			t.Errorf("an ask that is not due gave %v and %d reads", got, b.requests-before)
		}
		time.Sleep(1 * time.Nanosecond)
		w.next()
	})
}

func TestReset(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.born = time.Time{}
		b.counters[ok] = 100
		wantArms(t, w.next(), 100)
		b.counters[ok] = 7
		wantArms(t, w.next(), 7)
	})
}

func TestRestart(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok], b.counters[failed] = 5, 1
		wantArms(t, w.next(), 6, 1)
		time.Sleep(5 * time.Second)
		b.born = time.Now()
		b.counters[ok], b.counters[failed] = 30, 2 // more than before: only the start shows it
		wantArms(t, w.next(), 32, 2)
	})
}

func TestRestartToldByTarget(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.born, b.Started = time.Time{}, w.start
		w.restart()
		w.base()
		b.counters[ok] = 5
		wantArms(t, w.next(), 5)
		time.Sleep(5 * time.Second)
		born := time.Now()
		b.counters[ok] = 3
		time.Sleep(5 * time.Second)
		wantArms(t, w.next(), 3) // the target has not noticed yet
		b.Started = born
		b.counters[ok] = 4
		wantArms(t, w.next(), 1) // and now that it has, nothing is counted twice
		time.Sleep(5 * time.Second)
		b.Started = time.Now()
		b.counters[ok] = 9
		wantArms(t, w.next(), 9)
	})
}

// Some systems compute the start of a process from a clock that is being corrected.
func TestStartThatWavers(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		for i := range 6 {
			b.born = w.start.Add(time.Duration(i%3-1) * time.Second)
			b.counters[ok] += 10
			wantArms(t, w.next(), 10)
		}
	})
}

func TestNewInstances(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		time.Sleep(time.Second)
		c := w.add("c", "v2", ok)
		c.counters[ok], c.counters[failed] = 10, 4 // its first errors came before its first page
		d := w.add("d", "v1", ok)
		d.born = w.start.Add(-time.Hour) // was not listed before
		d.counters[ok] = 1e6
		e := w.add("e", "v2", ok)
		e.born, e.counters[ok] = time.Time{}, 500 // nobody says since when
		wantArms(t, w.next(), 14, 4)
		d.counters[ok]++
		e.counters[ok]++
		wantArms(t, w.next(), 1, 0, 1)
	})
}

func TestNewSeries(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 10
		b.counters[`http_requests_total{code="503",path="/c"}`] = 3
		wantArms(t, w.next(), 13, 3)
	})
}

func TestSeriesThatGoesAndComes(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok], b.counters[failed] = 10, 5
		wantArms(t, w.next(), 15, 5)
		delete(b.counters, failed)
		wantArms(t, w.next())
		b.counters[failed] = 6
		wantArms(t, w.next(), 1, 1)
	})
}

// A name may be in quotes, anywhere in the braces, on one page and not on another.
func TestNamesInQuotes(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters = map[string]float64{
			`{"http_requests_total",code="200",path="/a"}`:            2,
			`{code="500","http_requests_total",path="/a"}`:            3,
			`{path="}/\"",code="200","http_requests_total"}`:          4,
			`{path="/a",code="500","http.requests_total"}`:            50,
			`{"http_requests",code="500",path="http_requests_total"}`: 60,
		}
		wantArms(t, w.next(), 9, 3)
		b.counters = map[string]float64{ok: 3, failed: 3}
		wantArms(t, w.next(), 1)
	})
}

func TestBadNotBornYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("a", "v1", ok, failed)
		b := w.add("b", "v2", ok)
		w.base()
		b.counters[ok] = 20
		wantArms(t, w.next(), 20)
	})
}

func TestOtherVersionsAreLeftAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.add("old", "v0", ok).down = errors.New("broken for ever")
		other := w.add("other", "v2", ok)
		other.Stage = "us"
		other.counters[ok] = 7
		b.counters[ok] = 1
		wantArms(t, w.next(), 1)
		if other.requests != 0 {
			t.Error("an instance of another stage was read")
		}
	})
}

func TestSameNameOtherVersion(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		a.counters[ok] = 5
		wantArms(t, w.next(), 0, 0, 5)
		time.Sleep(time.Second)
		a = w.add("a", "v2", ok) // replaced in place
		a.counters[ok] = 6
		wantArms(t, w.next(), 6)
	})
}

func TestFirstDeploy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.Stable = ""
		w.add("x", "", ok).counters[ok] = 5
		b := w.add("b", "v2", ok)
		w.base()
		b.counters[ok] = 2
		wantArms(t, w.next(), 2)
	})
}

func TestCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Counts = []string{"/a", "/b", "/none", ""}
		w.ask.WarmUp = time.Minute
		c := w.add("c", "v2", ok)
		time.Sleep(time.Minute)
		w.next()
		d := w.add("d", "v2", ok)
		a.counters[ok], b.counters[ok], b.counters[failed], c.counters[okB], d.counters[ok] = 100, 5, 1, 3, 50
		got := w.next().Counts
		want := []health.Count{{Name: "/a", N: 6}, {Name: "/b", N: 3}, {Name: "/none"}, {N: 9}}
		if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
			t.Errorf("got %v, want %v", got, want)
		}
		if again := w.next().Counts; again[0].N != 0 {
			t.Errorf("counted twice: %v", again)
		}
	})
}

func TestCandidateBadBeforeTotal(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Measure = health.Measure{Bad: "errors_total", Total: "all_total"}
		b.counters = map[string]float64{"errors_total": 0, "all_total": 0}
		a.counters = map[string]float64{"errors_total": 0, "all_total": 0}
		w.base()
		b.counters["errors_total"], b.counters["all_total"] = 3, 2 // written a moment too early
		wantArms(t, w.next(), 2, 2)
		b.counters["all_total"] = 10
		wantArms(t, w.next(), 8, 1)
		b.counters["errors_total"] = 50
		wantArms(t, w.next())
		b.counters["errors_total"] = 60
		wantFetch(t, w.next(), health.Error, "they do not count the same")
	})
}
