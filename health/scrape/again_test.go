package scrape

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/health"
)

// A sample that was lost before it was saved is told again, unchanged.
func TestToldAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		before := w.ask
		b.counters[failed] = 3
		first := w.next()
		w.ask = before
		b.counters[failed] = 5
		time.Sleep(time.Second)
		again := w.next()
		if diff := cmp.Diff(first, again); diff != "" {
			t.Error(diff)
		}
		next := w.next()
		wantArms(t, next, 2, 2)
		if !next.From.Equal(first.To) {
			t.Errorf("the next interval begins at %v, want %v", next.From, first.To)
		}
	})
}

func TestHostRestarts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 10
		wantArms(t, w.next(), 10)
		b.counters[ok] = 13
		time.Sleep(3 * time.Second)
		w.restart()
		w.base()
		c := w.add("c", "v2", ok)
		c.born, c.counters[ok] = w.start.Add(time.Second), 100 // was counted by the host before, as far as anyone knows
		b.counters[ok] = 15
		s := w.next()
		wantArms(t, s, 2)
		if want := w.start.Add(every + 3*time.Second); !s.From.Equal(want) {
			t.Errorf("the interval begins at %v, want %v", s.From, want)
		}
	})
}

// Two hosts take turns: what the other one told is not told again.
func TestOtherHostWasFaster(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 10
		time.Sleep(every)
		w.ask.From = w.ask.From.Add(5 * time.Second)
		w.none()
		b.counters[ok] = 11
		time.Sleep(time.Second)
		s := w.next()
		wantArms(t, s, 1)
		if s.To.Sub(s.From) != time.Second {
			t.Errorf("the interval is %v to %v", s.From, s.To)
		}
	})
}

func TestClockSetBack(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		var back time.Duration
		w.source.now = func() time.Time { return time.Now().Add(-back) }
		b.counters[ok] = 10
		wantArms(t, w.next(), 10)
		time.Sleep(time.Second)
		b.counters[ok] = 12

		// By a little: the evidence stands still, and so does the interval.
		back = 3 * time.Second
		w.ask.Due = w.ask.From
		w.none()
		if d := time.Until(w.ask.From.Add(back + time.Second)); d > 0 {
			time.Sleep(d)
		}
		s := w.next()
		wantArms(t, s, 2)
		if !s.From.Before(s.To) {
			t.Errorf("the interval is %v to %v", s.From, s.To)
		}

		// By an hour: the evidence goes back too, and counting begins anew.
		b.counters[ok] = 20
		back = time.Hour
		w.ask.From = w.ask.From.Add(-time.Hour)
		w.ask.Due = w.ask.From
		w.none()
		b.counters[ok] = 21
		time.Sleep(every)
		s = w.next()
		wantArms(t, s, 1)
		if !s.From.Before(s.To) || s.To.After(time.Now().Add(-back)) {
			t.Errorf("the interval is %v to %v", s.From, s.To)
		}
	})
}

func TestSeveralAsks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		slow := w.ask
		slow.Signal, slow.Due = "slow", w.start.Add(3*every)
		slow.Measure = health.Measure{Total: `http_requests_total{code="200"}`}
		cancelled := w.ask
		cancelled.Signal = "cancelled"
		sample := func(asks ...health.Ask) []health.Sample {
			got, err := w.source.Sample(context.Background(), asks)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		sample(w.ask, slow, cancelled)
		time.Sleep(every)
		b.counters[ok], b.counters[failed] = 4, 1
		before := b.requests
		got := sample(w.ask, slow, cancelled)
		if len(got) != 2 || got[0].Signal != "errors" || got[1].Signal != "cancelled" || b.requests != before+1 {
			t.Fatalf("got %+v, %d reads", got, b.requests-before)
		}
		w.ask.From = got[0].To
		w.ask.Due = got[0].To.Add(every)
		time.Sleep(2 * every)
		b.counters[ok] = 6
		got = sample(w.ask, slow)
		if len(got) != 2 || len(w.source.tracks) != 2 {
			t.Fatalf("got %+v", got)
		}
		wantArms(t, got[0], 2)
		wantArms(t, got[1], 6)
	})
}

// The caller may do with a sample what it likes.
func TestSamplesAreCopies(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Measure = health.Measure{Histogram: "d"}
		a.extra, b.extra = histogram("d", 0, 0), histogram("d", 0, 0)
		w.base()
		before := w.ask
		b.extra = histogram("d", 1, 2)
		first := w.next()
		keep := slices.Clone(first.Bounds)
		clear(first.Bounds)
		clear(first.Candidate.Buckets)
		w.ask = before
		if again := w.next(); !slices.Equal(again.Bounds, keep) || again.Candidate.Buckets[0] != 1 {
			t.Errorf("got %+v", again)
		}
	})
}
