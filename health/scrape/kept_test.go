package scrape

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// A process that has ended is forgotten after a while, but not before what it did
// was told.
func TestEndedProcessIsKeptUntilTold(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2", ok)
		c.counters[failed] = 5
		if err := w.source.Last(t.Context(), c.Endpoint); err != nil {
			t.Fatal(err)
		}
		delete(w.all, "c")
		a.down = errors.New("refused")
		for range 8 {
			time.Sleep(retention / 4)
			w.call()
		}
		a.down = nil
		b.counters[ok] = 3
		wantArms(t, w.next(), 8, 5)
	})
}

// Bad events of stable whose totals are still to come are dropped with the rest of
// what it did while there was no candidate.
func TestNoCandidateDropsExcess(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Measure = health.Measure{Bad: "bad_total", Total: "http_requests_total"}
		a.counters["bad_total"] = 0
		w.base()
		a.counters[ok], a.counters["bad_total"], b.counters[ok] = 3, 5, 1
		wantArms(t, w.next(), 1, 0, 3, 3) // two more bad events are to come
		delete(w.all, "b")
		wantFetch(t, w.next(), health.NoData, "no instance runs v2")
		w.add("b2", "v2", ok)
		a.counters[ok], a.counters["bad_total"] = 13, 6
		wantArms(t, w.next(), 0, 0, 10, 1)
	})
}

// An instance that changes its version is another process, also where nothing says
// when it started.
func TestVersionInPlace(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v1", ok)
		c.born, c.counters[ok] = time.Time{}, 10
		w.next()
		c.counters[ok] = 14
		if err := w.source.Last(t.Context(), c.Endpoint); err != nil {
			t.Fatal(err)
		}
		c.Version, c.counters[ok] = "v2", 20 // counting begins here
		wantArms(t, w.next(), 0, 0, 4)
		c.counters[ok] = 23
		wantArms(t, w.next(), 3)
	})
}

// A process that started before the rollout may have been counted before, also if
// the evidence is told to begin earlier still.
func TestStartBeforeTheRollout(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Signal, w.ask.Start = "other", time.Now().Add(-time.Hour)
		w.ask.From = w.ask.Start.Add(-time.Hour)
		w.base()
		c, d := w.add("c", "v2"), w.add("d", "v2")
		c.born, c.counters[ok] = w.ask.Start.Add(-time.Minute), 5
		d.born, d.counters[ok] = w.ask.Start.Add(time.Minute), 7
		wantArms(t, w.next(), 7)
	})
}

// Another stable version is another measurement.
func TestStableChanges(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		d := w.add("d", "v0", ok)
		a.counters[ok], b.counters[ok], d.counters[ok] = 5, 5, 5
		if err := w.source.Last(t.Context(), a.Endpoint); err != nil {
			t.Fatal(err)
		}
		time.Sleep(every)
		w.ask.Stable = "v0"
		w.none() // counting begins here
		b.counters[ok], d.counters[ok] = 6, 7
		time.Sleep(every)
		wantArms(t, w.next(), 1, 0, 2)
	})
}

// More events than a counter holds are an error, and are told by no sample.
func TestTooManyEvents(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Counts = []string{"", "/a"}
		w.next()
		was := b.counters
		b.counters = map[string]float64{}
		for i := range 3000 {
			b.counters[fmt.Sprintf(`http_requests_total{code="%d",path="/a"}`, i)] = 9e15
		}
		a.counters[ok] = 4
		wantFetch(t, w.next(), health.Error, "are too many to be counted")
		b.counters = was
		a.counters[ok], b.counters[ok] = 5, 2
		s := w.next()
		wantArms(t, s, 2, 0, 1)
		if s.Counts[0].N != 2 {
			t.Errorf("%+v", s.Counts)
		}
	})
}
