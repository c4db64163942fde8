package probe

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Whatever the instances do: a look without a failure is told only if every instance
// that counts was probed and passed, and a failure of one past its warm-up is always told.
func TestPromise14ProbesMissingAreNotHealth(t *testing.T) {
	kinds := []string{"ok", "bad", "mine", "bug"}
	rapid.Check(t, func(t *rapid.T) {
		var endpoints []Endpoint
		past, warm := map[string]int{}, map[string]int{}
		for i := range rapid.IntRange(0, 8).Draw(t, "instances") {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			e := Endpoint{Stage: "eu", Instance: fmt.Sprint(i), Version: "v2", URL: fmt.Sprintf("http://%s%d", kind, i)}
			switch rapid.IntRange(0, 2).Draw(t, "ready") {
			case 0:
				e.Ready = time.Now().Add(-time.Hour)
				past[kind]++
			case 1:
				e.Ready = time.Now()
				warm[kind]++
			case 2:
				if kind == "ok" { // it was never ready, and answers
					warm[kind]++
				}
			}
			endpoints = append(endpoints, e)
		}
		s, err := New(Options{
			Client:    &http.Client{Transport: &fakeClient{}},
			Endpoints: func(context.Context) ([]Endpoint, error) { return endpoints, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		from := time.Now().UTC().Add(-time.Minute)
		got, err := s.Sample(context.Background(), []health.Ask{{
			Stage: "eu", Signal: "p", Candidate: "v2", WarmUp: time.Minute, From: from, Due: from, Measure: health.Measure{Probe: "http /"},
		}})
		if err != nil || len(got) != 1 || got[0].Check() != nil {
			t.Fatalf("%+v, %v", got, err)
		}
		x := got[0]
		unknown := past["mine"]+past["bug"]+warm["mine"]+warm["bug"] > 0
		count := past["ok"] + past["bad"] + warm["ok"] + warm["bad"]
		want := health.Healthy
		switch {
		case past["bad"] > 0:
		case unknown:
			want = health.Error
		case count == 0:
			want = health.NoData
		}
		if x.Fetch != want {
			t.Fatalf("%+v of %v, in warm-up %v: want %s", x, past, warm, want)
		}
		if want == health.Healthy && (x.Candidate.Exposure != float64(past["ok"]+past["bad"]) || x.Candidate.Bad != float64(past["bad"]) ||
			x.Warming.Exposure != float64(warm["ok"]+warm["bad"]) || x.Warming.Bad != float64(warm["bad"])) {
			t.Fatalf("%+v of %v, in warm-up %v", x, past, warm)
		}
	})
}

// hosts notes which hosts were asked.
type hosts struct{ other string }

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "instance:80" || r.URL.Scheme != "http" || r.Host != "" && r.Host != "instance:80" {
		h.other = r.URL.String()
	}
	return &http.Response{StatusCode: 302, Header: http.Header{"Location": {r.URL.RawQuery}}, Body: http.NoBody, Request: r}, nil
}

// Whatever stands as a path, and whatever the answers say, no other host is asked.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "//other/", "http://other/", "/../..//other", "@other/", ":81/", "/a?http://other/", "/?//other", "/?/../x", "\\other", "/%2f/x#y", "/%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		h := &hosts{}
		s, err := New(Options{
			Client:    &http.Client{Transport: h},
			Endpoints: func(context.Context) ([]Endpoint, error) { return nil, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, base := range []string{"http://instance:80", "http://instance:80/base"} {
			_ = s.probe(t.Context(), &Endpoint{URL: base}, "http "+path)
		}
		if h.other != "" {
			t.Errorf("%q asks %s", path, h.other)
		}
	})
}
