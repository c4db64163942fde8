package scrape

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
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

// A page is of the host that was listed: another one's would be counted as its own.
func TestRedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hosts []string
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			hosts = append(hosts, r.URL.Host)
			return &http.Response{StatusCode: 302, Status: "302 Found", Header: http.Header{"Location": {"http://other/"}}, Body: http.NoBody, Request: r}, nil
		})
		s, err := New(Options{
			Endpoints: func(context.Context) ([]Endpoint, error) { return nil, nil },
			Client:    &http.Client{Transport: transport},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = s.fetch(t.Context(), "http://a/metrics", nil)
		if err == nil || !strings.Contains(err.Error(), "302 Found") || len(hosts) != 1 {
			t.Errorf("%v, asked %v", err, hosts)
		}
	})
}
