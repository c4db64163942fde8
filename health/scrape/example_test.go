package scrape_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/scrape"
)

// pages answers requests from memory, in place of a network.
type pages map[string]string

func (p pages) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(p[r.URL.Host])), Request: r}, nil
}

func Example() {
	web := pages{
		"a": "http_requests_total{code=\"200\"} 9000\n",
		"b": "http_requests_total{code=\"200\"} 10\n",
	}
	ready := time.Now().Add(-time.Hour)
	source, err := scrape.New(scrape.Options{
		Client: &http.Client{Transport: web},
		Endpoints: func(context.Context) ([]scrape.Endpoint, error) {
			return []scrape.Endpoint{
				{Stage: "eu", Instance: "a", Version: "1.0", URL: "http://a/metrics", Ready: ready},
				{Stage: "eu", Instance: "b", Version: "1.1", URL: "http://b/metrics", Ready: ready},
			}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	asks := []health.Ask{{
		Stage: "eu", Signal: "errors", Candidate: "1.1", Stable: "1.0", WarmUp: time.Minute,
		Measure: health.Measure{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total"},
	}}

	// The first round is where counting begins.
	samples, err := source.Sample(context.Background(), asks)
	fmt.Println(len(samples), err)

	web["a"] = "http_requests_total{code=\"200\"} 9500\nhttp_requests_total{code=\"500\"} 1\n"
	web["b"] = "http_requests_total{code=\"200\"} 30\nhttp_requests_total{code=\"500\"} 5\n"
	for len(samples) == 0 && err == nil { // an engine waits until the ask is due
		time.Sleep(10 * time.Millisecond)
		samples, err = source.Sample(context.Background(), asks)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	s := samples[0]
	fmt.Println("candidate:", s.Candidate.Bad, "of", s.Candidate.Exposure)
	fmt.Println("stable:", s.Stable.Bad, "of", s.Stable.Exposure)
	// Output:
	// 0 <nil>
	// candidate: 5 of 25
	// stable: 1 of 501
}
