package scrape

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// Last and Sample read the same page at the same time; the one that arrives later
// is the older one.
func TestLastBesideSample(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 10
		time.Sleep(every)
		a.delay = 500 * time.Millisecond // keeps the round open after b was read
		done := make(chan error)
		go func() {
			time.Sleep(100 * time.Millisecond)
			w.mu.Lock()
			b.counters[ok] = 14
			w.mu.Unlock()
			done <- w.source.Last(t.Context(), b.Endpoint)
		}()
		if got := w.call(); len(got) != 0 {
			t.Fatalf("got %+v", got)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		delete(w.all, "b")
		time.Sleep(every)
		wantArms(t, w.next(), 14)
	})
}

// Last begins while a round reads the page, and ends after it: the page it has may
// be the older one, so it reads again.
func TestLastReadsAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		time.Sleep(every)
		b.counters[ok] = 3
		b.rest = 700 * time.Millisecond
		done := make(chan error)
		go func() {
			time.Sleep(500 * time.Millisecond)
			done <- w.source.Last(t.Context(), b.Endpoint)
		}()
		go func() {
			time.Sleep(900 * time.Millisecond)
			w.mu.Lock()
			b.counters[ok] = 5
			w.mu.Unlock()
		}()
		wantArms(t, w.call()[0], 3)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if b.requests != 4 {
			t.Errorf("%d reads, want 4", b.requests)
		}
		delete(w.all, "b")
		wantArms(t, w.next(), 2)
	})
}

func TestLastThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.down = errors.New("refused")
		if err := w.source.Last(t.Context(), b.Endpoint); err == nil || !strings.Contains(err.Error(), "the last page of b") {
			t.Error(err)
		}
		b.down = nil
		b.counters[ok] = -1
		if err := w.source.Last(t.Context(), b.Endpoint); err == nil || !strings.Contains(err.Error(), "not a count") {
			t.Error(err)
		}
	})
}

func TestInstanceThatEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2", ok, failed)
		c.counters[ok], c.counters[failed] = 4, 1
		wantArms(t, w.next(), 5, 1)
		c.counters[ok], c.counters[failed] = 10, 3
		if err := w.source.Last(t.Context(), c.Endpoint); err != nil {
			t.Fatal(err)
		}
		delete(w.all, "c")
		b.counters[ok] = 1
		wantArms(t, w.next(), 9, 2)
	})
}

// Pages that were read while an interval stayed open keep what an instance did.
func TestInstanceThatEndsWhileOpen(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2", ok, failed)
		c.counters[failed] = 3
		a.down = errors.New("refused")
		w.none()
		delete(w.all, "c")
		a.down = nil
		wantArms(t, w.next(), 3, 3)
	})
}

func TestDraining(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		time.Sleep(5 * time.Second)
		a.counters[ok] = 3
		a.Draining = true
		if got := w.call(); len(got) != 0 || a.requests != 2 || b.requests != 1 {
			t.Fatalf("%d samples; %d and %d reads", len(got), a.requests, b.requests)
		}
		delete(w.all, "a")
		b.counters[ok] = 1
		wantArms(t, w.next(), 1, 0, 3)
	})
}

func TestInstanceThatIsListedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2", ok)
		c.counters[ok] = 10
		wantArms(t, w.next(), 10)
		c.unlisted = true
		c.counters[ok] = 12
		wantArms(t, w.next())
		c.unlisted = false
		c.counters[ok] = 15
		wantArms(t, w.next(), 5)

		// It is forgotten in the end, and does not count from 0 again for that.
		c.unlisted = true
		for range 40 {
			w.next()
		}
		if n := len(w.source.tracks[trackKey{"k1", "eu", "errors"}].procs); n != 2 {
			t.Fatalf("%d instances are remembered, want 2", n)
		}
		c.unlisted = false
		wantArms(t, w.next())
		c.counters[ok]++
		wantArms(t, w.next(), 1)
	})
}

func TestLastWithoutAsks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		if _, err := w.source.Sample(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		if len(w.source.tracks)+len(w.source.queries) != 0 {
			t.Error("a cancelled ask is remembered")
		}
		before := b.requests
		if err := w.source.Last(t.Context(), b.Endpoint); err != nil || b.requests != before {
			t.Errorf("got %v and %d reads", err, b.requests-before)
		}
	})
}
