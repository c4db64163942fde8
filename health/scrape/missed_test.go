package scrape

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

func TestMissedPageKeepsTheIntervalOpenForAll(t *testing.T) {
	faults := map[string]func(i *instance){
		"refused":     func(i *instance) { i.down = errors.New("refused") },
		"slow":        func(i *instance) { i.delay = time.Minute },
		"slow body":   func(i *instance) { i.rest = time.Minute },
		"status":      func(i *instance) { i.status = 503 },
		"no text":     func(i *instance) { i.raw = "<html>" },
		"cut short":   func(i *instance) { i.raw = ok + " 1" },
		"empty":       func(i *instance) { i.raw = "\n" },
		"no total":    func(i *instance) { i.raw = "something_else 1\n" },
		"too large":   func(i *instance) { i.extra = "# " + strings.Repeat("x", 1<<16) + "\n" },
		"late":        func(i *instance) { i.delay = 1100 * time.Millisecond },
		"bad address": func(i *instance) { i.URL = "http://%zz" },
	}
	for name, breaks := range faults {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world, a, b *instance) {
				w.source.options.Limit = 1 << 16
				from := w.ask.From
				healthy := *a
				b.counters[failed], a.counters[failed] = 5, 1
				breaks(a)
				w.none()
				b.counters[failed], a.counters[failed] = 7, 4
				time.Sleep(every)
				w.none()
				a.down, a.delay, a.rest, a.status, a.raw, a.extra, a.URL = nil, 0, 0, 200, "", "", healthy.URL
				time.Sleep(5 * time.Second)
				s := w.next()
				wantArms(t, s, 7, 7, 4, 4)
				if !s.From.Equal(from) || s.To.Sub(s.From) < 2*every {
					t.Errorf("the interval is %v to %v", s.From, s.To)
				}
			})
		})
	}
}

func TestOpenForTooLong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		from := w.start
		c := w.add("c", "v1", ok)
		a.down, c.down = errors.New("refused"), errors.New("refused")
		b.counters[failed] = 5
		for range 2 {
			w.none()
			time.Sleep(every)
		}
		w.none()
		time.Sleep(every)
		b.counters[failed] = 6
		s := w.next()
		wantFetch(t, s, health.Error, "instance a: ")
		wantFetch(t, s, health.Error, "refused (and 1 more)")
		if !s.From.Equal(from) || !s.To.Equal(from.Add(4*every)) {
			t.Errorf("the interval is %v to %v", s.From, s.To)
		}
		a.down, c.down = nil, nil
		a.counters[ok] = 9
		n := w.next()
		wantArms(t, n, 6, 6, 9)
		if !n.From.Equal(s.To) {
			t.Errorf("the next interval begins at %v, want %v", n.From, s.To)
		}
	})
}

func TestMaxOpen(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.source.options.MaxOpen = time.Second
		a.down = errors.New("refused")
		wantFetch(t, w.next(), health.Error, "refused")
	})
}

func TestBaselineThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.add("a", "v1", ok), w.add("b", "v2", ok)
		a.down = errors.New("refused")
		w.base()
		b.counters[ok] = 10
		for range 3 {
			w.none()
			time.Sleep(every)
		}
		wantFetch(t, w.next(), health.Error, "instance a: ")
		a.down = nil
		w.none() // counting begins now, for both
		a.counters[ok], b.counters[ok] = 3, 12
		time.Sleep(time.Second)
		s := w.next()
		wantArms(t, s, 2, 0, 3)
		if s.To.Sub(s.From) != time.Second {
			t.Errorf("the interval is %v to %v", s.From, s.To)
		}
	})
}

func TestListThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 4
		w.listed = func() ([]Endpoint, error) { return nil, errors.New("target is away") }
		w.none()
		time.Sleep(3 * every)
		wantFetch(t, w.next(), health.Error, "target is away")
		w.listed = func() ([]Endpoint, error) { return []Endpoint{b.Endpoint, b.Endpoint}, nil }
		time.Sleep(4 * every)
		wantFetch(t, w.next(), health.Error, "listed twice")
		w.listed = nil
		wantArms(t, w.next(), 4)
		w.listed = func() ([]Endpoint, error) { return nil, errors.New("target is away") }
		time.Sleep(2 * retention)
		w.next()
		b.counters[ok] = 6
		w.listed = nil
		wantArms(t, w.next(), 2) // nobody was forgotten for that
	})
}

func TestUnready(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2", ok)
		c.Ready, c.down = time.Time{}, errors.New("starting") // hides nothing: it never was ready
		b.Ready, b.counters[failed] = time.Time{}, 2          // is read all the same
		wantArms(t, w.next(), 2, 2)
		c.down = nil
		c.counters[failed] = 3 // and what it did counts from 0
		wantArms(t, w.next(), 3, 3)
		c.down = errors.New("hangs")
		w.none() // now it was read before
		time.Sleep(time.Second)
		c.Started = time.Now() // but the process that was read has ended
		w.next()
	})
}

func TestSkew(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[failed] = 1
		a.delay = 900 * time.Millisecond
		wantArms(t, w.next(), 1, 1)
		b.counters[failed] = 2
		w.ask.Due = time.Now().Add(time.Second) // 1.9 s are open: 0.19 s apart is near enough
		w.none()
		a.delay = 100 * time.Millisecond
		wantArms(t, w.next(), 1, 1)
	})
}

func TestCancel(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		ctx, cancel := context.WithCancel(t.Context())
		a.delay = time.Second
		b.counters[ok] = 3
		time.Sleep(every)
		go func() { time.Sleep(500 * time.Millisecond); cancel() }()
		if got, err := w.source.Sample(ctx, []health.Ask{w.ask}); !errors.Is(err, context.Canceled) || got != nil {
			t.Fatalf("got %v, %v", got, err)
		}
		a.delay = 0
		wantArms(t, w.next(), 3)
	})
}
