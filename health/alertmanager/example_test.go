package alertmanager_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/alertmanager"
)

// quiet answers as an Alertmanager does while only the watchdog fires.
type quiet struct{}

func (quiet) RoundTrip(r *http.Request) (*http.Response, error) {
	body := "[]"
	switch {
	case strings.HasSuffix(r.URL.Path, "/status"):
		body = `{"uptime":"2026-03-01T00:00:00Z"}`
	case strings.Contains(r.URL.Query().Get("filter"), "Watchdog"):
		body = fmt.Sprintf(`[{"labels":{"alertname":"Watchdog"},"status":{"state":"active"},"startsAt":"2026-03-01T00:00:00Z","updatedAt":%q}]`,
			time.Now().Format(time.RFC3339Nano))
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func Example() {
	requests := 120 // of the candidate, in the last minute
	source, err := alertmanager.New(alertmanager.Options{
		URL:      "http://alertmanager:9093",
		Client:   &http.Client{Transport: quiet{}},
		Watchdog: `{alertname="Watchdog"}`,
		Traffic:  func(context.Context, health.Ask) (bool, error) { return requests > 0, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Now().Add(-time.Minute)
	asks := []health.Ask{{
		Stage: "eu", Signal: "alerts", Candidate: "1.1", From: from, Due: from.Add(10 * time.Second),
		Measure: health.Alert{Match: `{service="checkout"}`}.Measure(),
	}}
	for range 2 {
		samples, err := source.Sample(context.Background(), asks)
		if err != nil || len(samples) != 1 {
			fmt.Println(samples, err)
			return
		}
		s := samples[0]
		fmt.Printf("%s, %v of %v fire %q\n", s.Fetch, s.Candidate.Bad, s.Candidate.Exposure, s.Reason)

		requests = 0
		asks[0].From = s.To // it arrived; the next one is due at once here
	}
	// Output:
	// healthy, 0 of 1 fire ""
	// noData, 0 of 0 fire "there is no traffic: no alert could fire"
}
