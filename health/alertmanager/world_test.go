package alertmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
)

const every = 10 * time.Second

// server is an Alertmanager in memory.
type server struct {
	mu       sync.Mutex
	list     []alert
	started  time.Time
	skew     time.Duration // of its clock
	status   int
	raw      map[string]string // instead of an answer, by its path's last element
	down     error
	delay    time.Duration
	deaf     bool // to filters
	onAsk    func(what string)
	requests []string
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	what := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if s.delay > 0 {
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(s.delay):
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	if s.onAsk != nil {
		s.onAsk(what + strings.Join(r.URL.Query()["filter"], ","))
	}
	if s.down != nil {
		return nil, s.down
	}
	body, ok := s.raw[what]
	if !ok {
		var x any = map[string]any{"uptime": s.started.Add(s.skew)}
		if what == "alerts" {
			x = s.find(r.URL.Query()["filter"])
		}
		text, _ := json.Marshal(x)
		body = string(text)
	}
	h := http.Header{"Date": {time.Now().Add(s.skew).UTC().Format(http.TimeFormat)}}
	return &http.Response{StatusCode: s.status, Status: fmt.Sprint(s.status), Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (s *server) find(filters []string) []alert {
	match, err := selector.ParseLabels("{" + strings.Join(filters, ",") + "}")
	found := []alert{}
	for _, x := range s.list {
		if err == nil && (s.deaf || selector.Matches(match, x.Labels)) {
			x.UpdatedAt, x.StartsAt = x.UpdatedAt.Add(s.skew), x.StartsAt.Add(s.skew)
			found = append(found, x)
		}
	}
	return found
}

// fire makes an alert that began a while ago and was just sent again.
func (s *server) fire(name string, began time.Duration) *alert {
	x := alert{Labels: map[string]string{"alertname": name, "service": "checkout"}, StartsAt: time.Now().Add(-began), UpdatedAt: time.Now()}
	if name == "Watchdog" {
		delete(x.Labels, "service")
	}
	x.Status.State = "active"
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, x)
	return &s.list[len(s.list)-1]
}

func (s *server) clear(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(x alert) bool { return x.Labels["alertname"] == name })
}

// world is a source with its server and one ask.
type world struct {
	t       testing.TB
	server  *server
	source  *Source
	ask     health.Ask
	options Options
	traffic bool
	unknown error // of traffic
	asked   int   // for traffic
}

func newWorld(t testing.TB) *world {
	now := time.Now().UTC()
	w := &world{t: t, traffic: true, server: &server{status: 200, started: now.Add(-time.Hour)}}
	w.server.fire("Watchdog", time.Hour)
	w.options = Options{
		URL: "http://alerts:9093/prefix/", Client: &http.Client{Transport: w.server}, Watchdog: `{alertname="Watchdog"}`,
		Traffic: func(context.Context, health.Ask) (bool, error) { w.asked++; return w.traffic, w.unknown },
	}
	w.ask = health.Ask{
		Key: "1/eu/alerts", Stage: "eu", Signal: "alerts", Scope: "candidate", Candidate: "v2", Start: now, From: now, Due: now.Add(every),
		Measure: health.Measure{Alert: `{service="checkout"}`},
	}
	w.restart()
	return w
}

func (w *world) restart() {
	s, err := New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.source = s
}

// call asks once, and shows the source with the next ask what arrived.
func (w *world) call() []health.Sample {
	w.t.Helper()
	got, err := w.source.Sample(context.Background(), []health.Ask{w.ask})
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range got {
		if err := got[i].Check(); err != nil || !got[i].From.Equal(w.ask.From) || got[i].Key != w.ask.Key || got[i].Stage != "eu" || got[i].Signal != "alerts" {
			w.t.Fatalf("%+v of the ask %+v: %v", got[i], w.ask, err)
		}
		w.ask.From, w.ask.Due = got[i].To, got[i].To.Add(every)
	}
	return got
}

// next waits until the ask is due and returns its one sample.
func (w *world) next() health.Sample {
	w.t.Helper()
	time.Sleep(time.Until(w.ask.Due))
	got := w.call()
	if len(got) != 1 {
		w.t.Fatalf("got %d samples, want 1", len(got))
	}
	return got[0]
}

// want expects that a look says that so many alerts fire (0 or 1).
func (w *world) want(bad float64, words string) {
	w.t.Helper()
	x := w.next()
	if x.Fetch != health.Healthy || x.Candidate.Exposure != 1 || x.Candidate.Bad != bad || x.Reason != words {
		w.t.Fatalf("got %s %v %q, want %v %q", x.Fetch, x.Candidate, x.Reason, bad, words)
	}
}

// missing expects that nothing is known.
func (w *world) missing(v health.Verdict, words string) {
	w.t.Helper()
	x := w.next()
	if x.Fetch != v || !strings.Contains(x.Reason, words) || x.Candidate.Exposure+x.Candidate.Bad+x.Stable.Exposure != 0 {
		w.t.Fatalf("got %s %+v %q, want %s %q", x.Fetch, x.Candidate, x.Reason, v, words)
	}
}

func inBubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
}

var errDown = errors.New("connection refused")
