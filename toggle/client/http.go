package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/fetch"
)

// HTTP is a source that is a page. It is asked for with If-None-Match, or with
// If-Modified-Since if the server gives no ETag; without either it is read in full each time.
// Redirects are followed to the same host only. A page is at most 64 MiB.
type HTTP struct {
	URL    string
	Client *http.Client // nil is one of its own
	Header http.Header  // of every request, such as Authorization
}

// Fetch is for Source.
func (h *HTTP) Fetch(ctx context.Context, revision string) (Fetched, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return Fetched{}, errors.New("the URL of the flags cannot be read") // and may have a secret
	}
	for k, v := range h.Header {
		q.Header[http.CanonicalHeaderKey(k)] = v
	}
	q.Header.Set("Accept", "application/json")
	switch {
	case revision == "":
	case isTag(revision):
		q.Header.Set("If-None-Match", revision)
	default:
		q.Header.Set("If-Modified-Since", revision)
	}
	a, err := fetch.Client(h.Client).Do(q)
	if err != nil {
		return Fetched{}, fetch.Redact(err, q)
	}
	defer func() { _ = a.Body.Close() }()
	switch a.StatusCode {
	case http.StatusNotModified:
		return Fetched{Revision: revision, Unchanged: true}, nil
	case http.StatusOK:
	default:
		return Fetched{}, fmt.Errorf("the server of the flags answers %s", a.Status)
	}
	data, err := io.ReadAll(&fetch.Limited{R: a.Body, Left: maxBytes, What: "the page of the flags"})
	if err != nil {
		return Fetched{}, err
	}
	r := a.Header.Get("ETag")
	if !isTag(r) {
		r = a.Header.Get("Last-Modified")
	}
	return Fetched{Data: data, Revision: r}, nil
}

// isTag tells an ETag, which has quotes, from a date.
func isTag(revision string) bool {
	return strings.HasPrefix(revision, `"`) || strings.HasPrefix(revision, `W/"`)
}
