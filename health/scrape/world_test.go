package scrape

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

const (
	every  = 10 * time.Second
	ok     = `http_requests_total{code="200",path="/a"}`
	okB    = `http_requests_total{code="200",path="/b"}`
	failed = `http_requests_total{code="500",path="/a"}`
)

// instance is a process whose page is rendered from its counters.
type instance struct {
	Endpoint
	born     time.Time // shown on the page; zero: not shown
	counters map[string]float64
	extra    string // more of the page
	raw      string // instead of the page
	status   int
	down     error
	delay    time.Duration
	rest     time.Duration // between the head of the answer and the page
	served   map[string]float64
	requests int
	unlisted bool
	base     map[string]float64 // where counting begins, for properties
}

func (i *instance) page() string {
	if i.raw != "" {
		return i.raw
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# HELP up_info Something else.\n# TYPE up_info gauge\nup_info{a=\"b\"} 1\n")
	if !i.born.IsZero() {
		fmt.Fprintf(&b, "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %.3f\n", float64(i.born.UnixMilli())/1000)
	}
	fmt.Fprintf(&b, "# TYPE http_requests_total counter\n")
	for _, k := range slices.Sorted(maps.Keys(i.counters)) {
		fmt.Fprintf(&b, "%s %v\n", k, i.counters[k])
	}
	return b.String() + i.extra
}

// tester is what tests and properties have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// world is what a source sees: the target's list and the network.
type world struct {
	t      tester
	mu     sync.Mutex
	all    map[string]*instance
	listed func() ([]Endpoint, error) // instead of all
	source *Source
	ask    health.Ask
	start  time.Time
}

func newWorld(t tester) *world {
	now := time.Now().UTC()
	w := &world{t: t, all: map[string]*instance{}, start: now}
	w.restart()
	w.ask = health.Ask{
		Key: "k1", Stage: "eu", Signal: "errors", Candidate: "v2", Stable: "v1",
		Start: now, From: now, Due: now.Add(every), WarmUp: -1,
		Measure: health.Measure{Bad: `http_requests_total{code=~"5.."}`, Total: `http_requests_total`, By: "path"},
	}
	return w
}

// restart gives the host a new source, without memory.
func (w *world) restart() {
	s, err := New(Options{Endpoints: w.endpoints, Client: &http.Client{Transport: w}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.source = s
}

func (w *world) endpoints(context.Context) ([]Endpoint, error) {
	if w.listed != nil {
		return w.listed()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []Endpoint
	for _, name := range slices.Sorted(maps.Keys(w.all)) {
		if i := w.all[name]; !i.unlisted {
			all = append(all, i.Endpoint)
		}
	}
	return all, nil
}

// add starts an instance now.
func (w *world) add(name, version string, counters ...string) *instance {
	now := time.Now().UTC()
	i := &instance{
		Endpoint: Endpoint{Stage: "eu", Instance: name, Version: version, URL: "http://" + name + "/metrics", Ready: now},
		born:     now, counters: map[string]float64{}, status: 200,
	}
	for _, c := range counters {
		i.counters[c] = 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[name] = i
	return i
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	i := w.all[r.URL.Host]
	w.mu.Unlock()
	if i == nil {
		return nil, errors.New("no such host")
	}
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-time.After(i.delay):
	}
	if i.down != nil {
		return nil, i.down
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	i.requests++
	i.served = maps.Clone(i.counters)
	body := io.Reader(strings.NewReader(i.page()))
	if i.rest > 0 {
		body = &late{ctx: r.Context(), r: body, after: i.rest}
	}
	return &http.Response{StatusCode: i.status, Status: http.StatusText(i.status), Body: io.NopCloser(body), Request: r}, nil
}

// late is a body that begins to arrive after a while.
type late struct {
	ctx   context.Context
	r     io.Reader
	after time.Duration
}

func (l *late) Read(b []byte) (int, error) {
	select {
	case <-l.ctx.Done():
		return 0, l.ctx.Err()
	case <-time.After(l.after):
		l.after = 0
	}
	return l.r.Read(b)
}

// call asks once, and shows the source with the next ask what arrived.
func (w *world) call() []health.Sample {
	w.t.Helper()
	got, err := w.source.Sample(context.Background(), []health.Ask{w.ask})
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range got {
		if err := got[i].Check(); err != nil {
			w.t.Fatalf("%+v: %v", got[i], err)
		}
		if got[i].From.Before(w.ask.From) {
			w.t.Fatalf("the interval begins at %v, before the evidence ends at %v", got[i].From, w.ask.From)
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

// none waits until the ask is due and expects that the interval stays open.
func (w *world) none() {
	w.t.Helper()
	if d := time.Until(w.ask.Due); d > 0 {
		time.Sleep(d)
	}
	if got := w.call(); len(got) != 0 {
		w.t.Fatalf("got %+v, want no sample", got)
	}
}

func (w *world) base() {
	w.t.Helper()
	if got := w.call(); len(got) != 0 {
		w.t.Fatalf("the first round gave %+v", got)
	}
}

// wantArms compares exposure and bad events: candidate, stable, warming.
func wantArms(t testing.TB, s health.Sample, want ...float64) {
	t.Helper()
	if s.Fetch != health.Healthy {
		t.Fatalf("fetch is %s: %s", s.Fetch, s.Reason)
	}
	got := []float64{s.Candidate.Exposure, s.Candidate.Bad, s.Stable.Exposure, s.Stable.Bad, s.Warming.Exposure, s.Warming.Bad}
	for len(want) < len(got) {
		want = append(want, 0)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("candidate, stable, warming: got %v, want %v", got, want)
	}
}

func wantFetch(t testing.TB, s health.Sample, v health.Verdict, words string) {
	t.Helper()
	if s.Fetch != v || !strings.Contains(s.Reason, words) {
		t.Fatalf("got %s %q, want %s %q", s.Fetch, s.Reason, v, words)
	}
	if s.Candidate.Exposure+s.Stable.Exposure+s.Candidate.Bad+s.Stable.Bad != 0 {
		t.Fatalf("a failed measurement counts something: %+v", s)
	}
}

// inBubble runs a test with one stable and one candidate instance, both read once.
func inBubble(t *testing.T, f func(t *testing.T, w *world, stable, candidate *instance)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.add("a", "v1", ok, failed)
		b := w.add("b", "v2", ok, failed)
		w.base()
		f(t, w, a, b)
	})
}
