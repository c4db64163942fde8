package scrape

import (
	"net/http"
	"strings"
	"testing"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A panic while a page is read is a page that cannot be read: the host lives on.
func TestPanic(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 3
		w.source.options.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "a" {
				panic("of the client")
			}
			return w.RoundTrip(r)
		})}
		if err := w.source.Last(t.Context(), a.Endpoint); err == nil || !strings.Contains(err.Error(), "panic: of the client") {
			t.Error(err)
		}
		w.none()
		w.source.options.Client = &http.Client{Transport: w}
		wantArms(t, w.next(), 3)
	})
}

// The parser of the text format panics on this page.
func TestPanicOfTheParser(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		b.counters[ok] = 3
		a.raw = "# TYPE h histogram\nz 1\n{\"h\",a=\"b\",\"c\"} 1\n"
		if err := w.source.Last(t.Context(), a.Endpoint); err == nil || !strings.Contains(err.Error(), "panic: ") {
			t.Error(err)
		}
		w.none()
		a.raw = ""
		wantArms(t, w.next(), 3)
	})
}
