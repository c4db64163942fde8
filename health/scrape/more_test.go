package scrape

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

func TestTime(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		time.Sleep(4 * time.Second)
		c := w.add("c", "v2", ok)
		s := w.next()
		if s.Candidate.Time != 10+6 || s.Stable.Time != 10 || s.Warming.Time != 0 {
			t.Errorf("got %+v", s)
		}
		time.Sleep(4 * time.Second)
		if err := w.source.Last(t.Context(), c.Endpoint); err != nil {
			t.Fatal(err)
		}
		delete(w.all, "c")
		if s = w.next(); s.Candidate.Time != 10+4 || s.Stable.Time != 10 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestGauge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.WarmUp = time.Minute
		w.ask.Measure = health.Measure{Gauge: `queue{kind!="x"}`, Compare: true}
		a, b := w.add("a", "v1", `queue{kind="a"}`, `queue{kind="b"}`, `queue{kind="x"}`), w.add("b", "v2", `queue{kind="a"}`)
		c := w.add("c", "v2", `queue{kind="a"}`)
		w.base()
		if s := w.next(); len(s.Candidate.Values) != 0 || !slices.Equal(s.Warming.Values, []float64{0, 0}) || len(s.Stable.Values) != 0 {
			t.Errorf("got %+v", s)
		}
		time.Sleep(time.Minute)
		w.next()
		a.counters[`queue{kind="a"}`], a.counters[`queue{kind="b"}`], a.counters[`queue{kind="x"}`] = 3, 4, 5
		b.counters[`queue{kind="a"}`], c.counters[`queue{kind="a"}`] = 2.5, -1
		s := w.next()
		if !slices.Equal(s.Candidate.Values, []float64{-1, 2.5}) || !slices.Equal(s.Stable.Values, []float64{7}) || s.Candidate.Exposure != 0 {
			t.Errorf("got %+v", s)
		}
		delete(a.counters, `queue{kind="b"}`)
		delete(w.all, "c")
		if s = w.next(); !slices.Equal(s.Candidate.Values, []float64{2.5}) || !slices.Equal(s.Stable.Values, []float64{3}) {
			t.Errorf("got %+v", s)
		}
		b.extra = "queue{kind=\"n\"} NaN\n"
		wantFetch(t, w.next(), health.Error, "not a number that can be judged")
		w.ask.Measure.Total = "x"
		w.base()
		wantFetch(t, w.next(), health.Error, "instead of all else")
	})
}

// Restarts count from the first second: those of instances in their warm-up, too.
func TestRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.WarmUp = time.Hour
		w.ask.Measure = health.Measure{Total: "process_restarts", Per: health.PerTime, Compare: true}
		a, b := w.add("a", "v1"), w.add("b", "v2")
		w.base()
		wantArms(t, w.next())
		time.Sleep(5 * time.Second)
		b.born = time.Now()
		w.add("c", "v2") // the first start of an instance is none
		s := w.next()
		wantArms(t, s, 1)
		if s.Candidate.Time != 5+5 || s.Stable.Time != 10 {
			t.Errorf("got %+v", s)
		}
		time.Sleep(5 * time.Second)
		a.born, b.born = time.Now(), time.Now()
		wantArms(t, w.next(), 1, 0, 1)
		a.Version = "v2" // replaced in place
		a.born = time.Now()
		wantArms(t, w.next())
		a.born, b.born, w.all["c"].born = time.Time{}, time.Time{}, time.Time{}
		w.restart()
		w.base()
		wantFetch(t, w.next(), health.NoData, "no series matches process_restarts")
	})
}

func TestOthersMeasures(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		reads := b.requests
		for _, m := range []health.Measure{{Alert: `{a="b"}`}, {Probe: "tcp 1", Total: ok}, {Test: "x", Gauge: "y"}} {
			w.ask.Measure = m
			w.none()
		}
		if b.requests != reads {
			t.Error("a page was read")
		}
	})
}
