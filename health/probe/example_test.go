package probe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/probe"
)

func Example() {
	good := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer good.Close()
	bad := httptest.NewServer(http.NotFoundHandler())
	defer bad.Close()

	ready := time.Now().Add(-time.Hour)
	source, err := probe.New(probe.Options{
		Endpoints: func(context.Context) ([]probe.Endpoint, error) {
			return []probe.Endpoint{
				{Stage: "eu", Instance: "a", Version: "1.1", URL: good.URL, Ready: ready},
				{Stage: "eu", Instance: "b", Version: "1.1", URL: bad.URL, Ready: ready},
				{Stage: "eu", Instance: "c", Version: "1.1", URL: good.URL, Ready: time.Now()},
			}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Now().Add(-10 * time.Second)
	samples, err := source.Sample(context.Background(), []health.Ask{{
		Stage: "eu", Signal: "alive", Candidate: "1.1", WarmUp: time.Minute, From: from, Due: from.Add(10 * time.Second),
		Measure: health.Probe{HTTP: "/healthz"}.Measure(),
	}})
	if err != nil || len(samples) != 1 {
		fmt.Println(samples, err)
		return
	}
	s := samples[0]
	fmt.Println(s.Candidate.Bad, "of", s.Candidate.Exposure, "failed, in warm-up", s.Warming.Bad, "of", s.Warming.Exposure)
	fmt.Println(s.Reason)
	// Output:
	// 1 of 2 failed, in warm-up 0 of 1
	// instance b: it answers 404 Not Found
}
