package scrape

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

func TestWarmUp(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.WarmUp = 15 * time.Second
		a.counters[ok] = 100 // stable instances in warm-up are left out
		b.counters[ok], b.counters[failed] = 8, 2
		wantArms(t, w.next(), 0, 0, 0, 0, 10, 2)
		a.counters[ok], b.counters[failed] = 200, 3 // ends past the warm-up, and began in it
		wantArms(t, w.next(), 0, 0, 0, 0, 1, 1)
		a.counters[ok], b.counters[failed] = 300, 7
		wantArms(t, w.next(), 4, 4, 100)
		b.Ready = time.Time{}
		b.counters[failed] = 8 // unready, and not cold
		wantArms(t, w.next(), 1, 1)
		b.Ready = time.Now()
		b.counters[failed] = 9
		wantArms(t, w.next(), 1, 1)
		b.Ready = w.start
		time.Sleep(time.Second)
		b.born = time.Now()
		b.counters[failed] = 20 // a new process, of which the target knows nothing yet
		wantArms(t, w.next(), 0, 0, 0, 0, 21+7, 20)
	})
}

func TestWarmUpOfNeverReady(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.WarmUp = time.Second
		time.Sleep(every)
		w.next()
		c := w.add("c", "v2", ok)
		c.Ready = time.Time{}
		for range 3 {
			c.counters[failed]++
			wantArms(t, w.next(), 0, 0, 0, 0, 1, 1)
		}
	})
}

// An interval that could not be measured keeps its counts. If some of them are from
// the warm-up, they are not the candidate's later either.
func TestWarmUpAndError(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.WarmUp = 15 * time.Second
		time.Sleep(every)
		w.next()
		b.counters[failed] = 5
		a.down = errors.New("refused")
		time.Sleep(4 * every)
		wantFetch(t, w.next(), health.Error, "refused")
		a.down = nil
		b.counters[failed] = 6
		wantArms(t, w.next(), 0, 0, 0, 0, 6, 6)
		b.counters[failed] = 7
		wantArms(t, w.next(), 1, 1)
	})
}

func TestNoCandidate(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, _ *instance) {
		delete(w.all, "b")
		a.counters[failed] = 50
		wantFetch(t, w.next(), health.NoData, "no instance runs v2")
		b := w.add("b2", "v2")
		b.Ready, b.down = time.Time{}, errors.New("starting")
		wantFetch(t, w.next(), health.NoData, "has a page yet")
		b.down = nil
		wantFetch(t, w.next(), health.NoData, "no series matches http_requests_total on the pages of v2")
		b.counters[ok], a.counters[ok] = 2, 3
		wantArms(t, w.next(), 2, 0, 3) // the 50 are of a time in which there was no candidate
	})
}

func TestCandidateThatIsGoneStillCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[failed] = 4
		if err := w.source.Last(t.Context(), b.Endpoint); err != nil {
			t.Fatal(err)
		}
		delete(w.all, "b")
		wantArms(t, w.next(), 4, 4)
		wantFetch(t, w.next(), health.NoData, "no instance")
	})
}
