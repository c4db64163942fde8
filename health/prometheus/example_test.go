package prometheus_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/prometheus"
)

// server stands in for a Prometheus that scrapes two instances twice a second: the
// counters are those of the instant that is asked for.
func server(began time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, kind := r.FormValue("query"), "matrix"
		var at float64
		fmt.Sscan(r.FormValue("time"), &at)
		first := float64(began.UnixMilli()) / 1000
		var series []string
		add := func(name, instance, version, more string, value func(seconds float64) float64) {
			labels := fmt.Sprintf(`{"__name__":%q,"job":"shop","instance":%q,"version":%q%s}`, name, instance, version, more)
			if kind == "vector" {
				series = append(series, fmt.Sprintf(`{"metric":%s,"value":[%v,"1"]}`, labels, at))
				return
			}
			var values []string
			for t := first; t <= at; t += 0.5 {
				values = append(values, fmt.Sprintf(`[%.3f,"%v"]`, t, value(t-first)))
			}
			if len(values) > 0 {
				series = append(series, fmt.Sprintf(`{"metric":%s,"values":[%s]}`, labels, strings.Join(values, ",")))
			}
		}
		if !strings.HasSuffix(query, "]") {
			kind = "vector"
		}
		for instance, version := range map[string]string{"a:80": "1.0", "b:80": "1.1"} {
			switch {
			case strings.HasPrefix(query, "http_requests_total{code"):
				add("http_requests_total", instance, version, `,"code":"500"`, func(s float64) float64 { return 10 * s })
			case strings.HasPrefix(query, "http_requests_total{"):
				add("http_requests_total", instance, version, `,"code":"500"`, func(s float64) float64 { return 10 * s })
				add("http_requests_total", instance, version, `,"code":"200"`, func(s float64) float64 { return 90 * s })
			default:
				add("up", instance, version, "", func(float64) float64 { return 1 })
			}
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":%q,"result":[%s]}}`, kind, strings.Join(series, ","))
	}
}

func Example() {
	web := httptest.NewServer(server(time.Now().Add(-time.Minute)))
	defer web.Close()
	source, err := prometheus.New(prometheus.Options{
		URL:    web.URL,
		Scrape: 500 * time.Millisecond, // of real servers 15 s or a minute
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Now().UTC()
	asks := []health.Ask{{
		Stage: "eu", Signal: "errors", Candidate: "1.1", Stable: "1.0",
		Start: now, From: now, Due: now.Add(time.Second),
		Measure: health.Measure{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total"},
	}}
	var samples []health.Sample
	for len(samples) == 0 && err == nil { // an engine waits until the ask is due
		time.Sleep(20 * time.Millisecond)
		samples, err = source.Sample(context.Background(), asks)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for name, arm := range map[string]health.Arm{"candidate": samples[0].Candidate, "stable": samples[0].Stable} {
		fmt.Printf("%s: 1 of %.0f requests failed, %.0f a second\n", name, arm.Exposure/arm.Bad, arm.Exposure/arm.Time)
	}
	// Unordered output:
	// candidate: 1 of 10 requests failed, 100 a second
	// stable: 1 of 10 requests failed, 100 a second
}
