package alertmanager

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/seed-20fe5ead/gradatim/health"
)

// redirecting answers every question with a redirect, and passes on what was redirected.
type redirecting struct {
	to   string
	next http.RoundTripper
	went atomic.Int32
}

func (x *redirecting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path[:len("/elsewhere/")] == "/elsewhere/" {
		x.went.Add(1)
		own := r.Clone(r.Context())
		own.URL.Path = "/prefix/" + r.URL.Path[len("/elsewhere/"):]
		return x.next.RoundTrip(own)
	}
	to := x.to + "/elsewhere/" + r.URL.Path[len("/prefix/"):] + "?" + r.URL.RawQuery
	answer := &http.Response{
		StatusCode: http.StatusTemporaryRedirect, Status: "307", Header: http.Header{"Location": {to}}, Body: http.NoBody, Request: r,
	}
	return answer, nil
}

// Elsewhere is somebody else, who is not shown what authorizes, and does not say that
// nothing fires.
func TestRedirects(t *testing.T) {
	for to, words := range map[string]string{
		"http://alerts:9093":         "",
		"http://other:9093":          "is not followed",
		"http://alerts:1":            "is not followed",
		"https://alerts:9093":        "is not followed",
		"http://me:secret@other\x7f": "the redirect leads to what is no URL",
	} {
		inBubble(t, func(t *testing.T, w *world) {
			x := &redirecting{to: to, next: w.server}
			w.options.Client = &http.Client{Transport: x}
			w.restart()
			if words == "" {
				w.want(0, "")
				return
			}
			if w.missing(health.NoData, words); x.went.Load() > 0 {
				t.Errorf("%s was asked", to)
			}
		})
	}
}
