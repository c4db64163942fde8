package scrape

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-20fe5ead/gradatim/health"
)

// TestRealPages reads pages over a real network, written by the library that most
// servers use, packed and with a process start.
func TestRealPages(t *testing.T) {
	type server struct {
		requests *prometheus.CounterVec
		duration *prometheus.HistogramVec
	}
	servers := map[string]server{}
	var endpoints []Endpoint
	for _, version := range []string{"v1", "v2"} {
		reg := prometheus.NewRegistry()
		s := server{
			requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "x"}, []string{"code", "path"}),
			duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
				Name: "http_duration_seconds", Buckets: []float64{0.1, 0.5, 2.5}, NativeHistogramBucketFactor: 1.1,
			}, []string{"path"}),
		}
		reg.MustRegister(s.requests, s.duration, collectors.NewGoCollector(),
			collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		web := httptest.NewServer(promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true}))
		defer web.Close()
		servers[version] = s
		endpoints = append(endpoints, Endpoint{Stage: "eu", Instance: version, Version: version, URL: web.URL + "/metrics", Ready: time.Now()})
	}
	source, err := New(Options{Endpoints: func(context.Context) ([]Endpoint, error) { return endpoints, nil }, Client: http.DefaultClient})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	errors := health.Ask{
		Key: "k", Stage: "eu", Signal: "errors", Candidate: "v2", Stable: "v1", Start: now, From: now, WarmUp: -1,
		Measure: health.Measure{Bad: `http_requests_total{code=~"5.."}`, Total: `http_requests_total`, By: "path"}, Counts: []string{`/a"b`},
	}
	latency := errors
	latency.Signal, latency.Measure = "latency", health.Measure{Histogram: "http_duration_seconds", By: "path"}
	asks := []health.Ask{errors, latency}

	traffic := func(n int) {
		for version, s := range servers {
			for i := range n {
				s.requests.WithLabelValues("200", `/a"b`).Inc()
				s.duration.WithLabelValues(`/a"b`).Observe(float64(i%4) * 0.4)
				if version == "v2" && i%2 == 0 {
					s.requests.WithLabelValues("503", `/c`).Inc()
				}
			}
		}
	}
	traffic(100)
	if got, err := source.Sample(t.Context(), asks); err != nil || len(got) != 0 {
		t.Fatalf("got %v, %v", got, err)
	}
	for round := range 3 {
		traffic(40)
		var got []health.Sample
		for try := 0; len(got) < 2 && try < 50; try++ { // a busy machine may read the pages too far apart
			time.Sleep(20 * time.Millisecond)
			more, err := source.Sample(t.Context(), asks)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range more {
				i := slices.IndexFunc(asks, func(a health.Ask) bool { return a.Signal == s.Signal })
				asks[i].From, asks[i].Due = s.To, s.To.Add(time.Hour)
			}
			got = append(got, more...)
		}
		for i := range asks {
			asks[i].Due = time.Time{}
		}
		if len(got) != 2 {
			t.Fatalf("round %d: got %+v", round, got)
		}
		wantArms(t, got[0], 60, 20, 40)
		wantArms(t, got[1], 40, 0, 40)
		if n := got[0].Counts[0].N; n != 40 {
			t.Errorf("%d requests to the endpoint", n)
		}
		if s := fmt.Sprint(got[1].Bounds, got[1].Candidate.Buckets); s != "[0.1 0.5 2.5] [10 10 20 0]" {
			t.Errorf("got %s", s)
		}
	}
}
