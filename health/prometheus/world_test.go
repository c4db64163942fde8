package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

const (
	scrape = 5 * time.Second
	every  = 10 * time.Second
	ok     = `http_requests_total{code="200",path="/a"}`
	failed = `http_requests_total{code="500",path="/a"}`
)

// instance is a target of the world's Prometheus.
type instance struct {
	name, version string
	born          time.Time // zero: not shown
	phase         int       // seconds after each full scrape interval
	counters      map[string]float64
	native        map[string]*model.SampleHistogram
	down          bool
	scraped       map[string]float64
}

// tester is what tests and properties have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// world is a Prometheus server with its targets, and a host that asks.
type world struct {
	t       tester
	start   time.Time
	all     map[string]*instance
	stored  map[string]*model.SampleStream
	ended   map[string]model.Time // series with a stale marker, of then
	away    error
	handle  func(w http.ResponseWriter, r *http.Request) bool // instead of the server, if it says so
	queries []url.Values
	options Options
	source  *Source
	ask     health.Ask
	lose    bool // samples do not arrive
}

func newWorld(t tester) *world {
	now := time.Now().UTC()
	w := &world{t: t, start: now, all: map[string]*instance{}, stored: map[string]*model.SampleStream{}, ended: map[string]model.Time{}}
	w.options = Options{URL: "http://prom/base", Client: &http.Client{Transport: w}, Scrape: scrape}
	w.restart()
	w.ask = health.Ask{
		Key: "k1", Stage: "eu", Signal: "errors", Candidate: "v2", Stable: "v1",
		Start: now, From: now, Due: now.Add(every), WarmUp: -1,
		Measure: health.Measure{Bad: `http_requests_total{code=~"5.."}`, Total: `http_requests_total`, By: "path", Compare: true},
	}
	return w
}

// restart gives the host a new source, without memory.
func (w *world) restart() {
	w.t.Helper()
	s, err := New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.source = s
}

// add starts an instance now.
func (w *world) add(name, version string, counters ...string) *instance {
	i := &instance{
		name: name, version: version, born: time.Now().UTC(), counters: map[string]float64{},
		native: map[string]*model.SampleHistogram{}, scraped: map[string]float64{},
	}
	for _, c := range counters {
		i.counters[c] = 0
	}
	w.all[name] = i
	return i
}

// remove takes an instance from the targets: its series end.
func (w *world) remove(i *instance) {
	delete(w.all, i.name)
	for key, s := range w.stored {
		if string(s.Metric["instance"]) == i.name {
			w.ended[key] = model.Now()
		}
	}
}

// metric reads name{a="b"} as a series of an instance.
func (i *instance) metric(text string) model.Metric {
	name, labels, _ := strings.Cut(text, "{")
	m := model.Metric{"__name__": model.LabelValue(name), "job": "shop", "instance": model.LabelValue(i.name)}
	if i.version != "" {
		m["version"] = model.LabelValue(i.version)
	}
	for _, x := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(labels, -1) {
		m[model.LabelName(x[1])] = model.LabelValue(x[2])
	}
	for k, v := range m {
		if v == "" {
			delete(m, k)
		}
	}
	return m
}

func (w *world) store(m model.Metric) *model.SampleStream {
	key := series.Key(m)
	s := w.stored[key]
	if s == nil {
		s = &model.SampleStream{Metric: m}
		w.stored[key] = s
	}
	delete(w.ended, key)
	return s
}

func (w *world) write(m model.Metric, v float64) {
	s := w.store(m)
	s.Values = append(s.Values, model.SamplePair{Timestamp: model.Now(), Value: model.SampleValue(v)})
}

// scrape reads one instance now.
func (w *world) scrape(i *instance) {
	if i.down {
		w.write(i.metric("up"), 0)
		return
	}
	w.write(i.metric("up"), 1)
	if !i.born.IsZero() {
		w.write(i.metric("process_start_time_seconds"), float64(i.born.UnixMilli())/1000)
	}
	for k, v := range i.counters {
		w.write(i.metric(k), v)
	}
	for k, h := range i.native {
		s := w.store(i.metric(k))
		s.Histograms = append(s.Histograms, model.SampleHistogramPair{Timestamp: model.Now(), Histogram: h})
	}
	i.scraped = maps.Clone(i.counters)
}

// second goes on by one: what is due is scraped.
func (w *world) second() {
	time.Sleep(time.Second)
	n := int(time.Since(w.start)/time.Second) % int(scrape/time.Second)
	for _, name := range slices.Sorted(maps.Keys(w.all)) {
		if i := w.all[name]; i.phase == n {
			w.scrape(i)
		}
	}
}

// pass lets some scrapes go by.
func (w *world) pass(seconds int) {
	for range seconds {
		w.second()
	}
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.away != nil {
		return nil, w.away
	}
	rec := httptest.NewRecorder()
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	if w.handle == nil || !w.handle(rec, r) {
		w.serve(rec, r)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	answer := rec.Result()
	answer.Request = r
	return answer, nil
}

var (
	rangeText = regexp.MustCompile(`^(.*)\[(\d+)s\]$`)
	namesText = regexp.MustCompile(`^\{__name__=~"([^"]*)",?(.*)\}$`)
)

// serve is as much of Prometheus as the source needs.
func (w *world) serve(rec http.ResponseWriter, r *http.Request) {
	w.queries = append(w.queries, r.Form)
	if r.Method != http.MethodPost || r.URL.Path != "/base/api/v1/query" {
		w.t.Fatalf("got %s %s", r.Method, r.URL)
	}
	seconds, err := strconv.ParseFloat(r.Form.Get("time"), 64)
	if err != nil {
		w.t.Fatal(err)
	}
	at, back, matrix := model.TimeFromUnixNano(int64(seconds*1e3)*1e6), 5*time.Minute, false
	text := r.Form.Get("query")
	if m := rangeText.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[2])
		text, back, matrix = m[1], time.Duration(n)*time.Second, true
	}
	var names []string
	if m := namesText.FindStringSubmatch(text); m != nil {
		names, text = strings.Split(m[1], "|"), "x{"+m[2]+"}"
	}
	sel, err := selector.Parse(text)
	if err != nil {
		w.t.Fatal(err)
	}
	if names == nil {
		names = []string{sel.Name}
	}
	result := []any{}
	for _, key := range slices.Sorted(maps.Keys(w.stored)) {
		s := w.stored[key]
		if !slices.Contains(names, string(s.Metric["__name__"])) || !selector.Matches(sel, s.Metric) {
			continue
		}
		in := func(t model.Time) bool { return t <= at && t >= at.Add(-back) }
		out := model.SampleStream{Metric: s.Metric}
		for _, v := range s.Values {
			if in(v.Timestamp) {
				out.Values = append(out.Values, v)
			}
		}
		for _, h := range s.Histograms {
			if in(h.Timestamp) {
				out.Histograms = append(out.Histograms, h)
			}
		}
		switch n := len(out.Values); {
		case n == 0 && len(out.Histograms) == 0:
		case matrix:
			result = append(result, out)
		case w.ended[key] == 0 || w.ended[key] > at:
			result = append(result, map[string]any{"metric": s.Metric, "value": model.SamplePair{Timestamp: at, Value: out.Values[n-1].Value}})
		}
	}
	kind := map[bool]string{true: "matrix", false: "vector"}[matrix]
	respond(rec, http.StatusOK, map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": result}})
}

func respond(rec http.ResponseWriter, status int, body any) {
	rec.WriteHeader(status)
	if err := json.NewEncoder(rec).Encode(body); err != nil {
		panic(err)
	}
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
		if !w.lose {
			w.ask.From, w.ask.Due = got[i].To, got[i].To.Add(every)
		}
	}
	return got
}

// next goes on until a sample is told.
func (w *world) next() health.Sample {
	w.t.Helper()
	for range 120 {
		if got := w.call(); len(got) > 0 {
			return got[0]
		}
		w.second()
	}
	w.t.Fatal("no sample was told")
	return health.Sample{}
}

// fails goes on until a measurement went wrong.
func (w *world) fails() health.Sample {
	w.t.Helper()
	for range 20 {
		if s := w.next(); s.Fetch != health.Healthy {
			return s
		}
	}
	w.t.Fatal("nothing went wrong")
	return health.Sample{}
}

// none expects that nothing is told for so long.
func (w *world) none(seconds int) {
	w.t.Helper()
	for range seconds {
		w.second()
		if got := w.call(); len(got) > 0 {
			w.t.Fatalf("got %+v, want no sample", got)
		}
	}
}

// begin goes on until counting began.
func (w *world) begin() {
	w.t.Helper()
	for range 60 {
		w.second()
		if got := w.call(); len(got) > 0 {
			w.t.Fatalf("the first round gave %+v", got)
		}
		for _, t := range w.source.tracks {
			if t.Open {
				return
			}
		}
	}
	w.t.Fatal("counting did not begin")
}

// inBubble runs a test with one stable and one candidate instance that are watched.
func inBubble(t *testing.T, f func(t *testing.T, w *world, stable, candidate *instance)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.add("a", "v1", ok, failed)
		b := w.add("b", "v2", ok, failed)
		w.pass(5)
		w.begin()
		f(t, w, a, b)
	})
}

// sum adds up what is told until nothing new came for a while.
func (w *world) sum() (total health.Sample) {
	w.t.Helper()
	for range 6 {
		s := w.next()
		if s.Fetch != health.Healthy {
			w.t.Fatalf("fetch is %s: %s", s.Fetch, s.Reason)
		}
		for _, a := range [][2]*health.Arm{{&total.Candidate, &s.Candidate}, {&total.Stable, &s.Stable}, {&total.Warming, &s.Warming}} {
			a[0].Exposure += a[1].Exposure
			a[0].Bad += a[1].Bad
			a[0].Time += a[1].Time
			if a[0].Buckets == nil {
				a[0].Buckets = make([]uint64, len(a[1].Buckets))
			}
			for k, n := range a[1].Buckets {
				a[0].Buckets[k] += n
			}
		}
		total.Bounds = s.Bounds
		for i, c := range s.Counts {
			if len(total.Counts) <= i {
				total.Counts = append(total.Counts, health.Count{Name: c.Name})
			}
			total.Counts[i].N += c.N
		}
	}
	return total
}

// wantArms compares exposure and bad events: candidate, stable, warming.
func wantArms(t tester, s health.Sample, want ...float64) {
	t.Helper()
	got := []float64{s.Candidate.Exposure, s.Candidate.Bad, s.Stable.Exposure, s.Stable.Bad, s.Warming.Exposure, s.Warming.Bad}
	for len(want) < len(got) {
		want = append(want, 0)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("candidate, stable, warming: got %v, want %v", got, want)
	}
}

func wantFetch(t tester, s health.Sample, v health.Verdict, words string) {
	t.Helper()
	if s.Fetch != v || !strings.Contains(s.Reason, words) {
		t.Fatalf("got %s %q, want %s %q", s.Fetch, s.Reason, v, words)
	}
	if s.Candidate.Exposure+s.Stable.Exposure+s.Candidate.Bad+s.Stable.Bad != 0 {
		t.Fatalf("a failed measurement counts something: %+v", s)
	}
}

var errRefused = errors.New("connection refused")

func failing(status int, kind, text string) func(http.ResponseWriter, *http.Request) bool {
	return func(rec http.ResponseWriter, _ *http.Request) bool {
		respond(rec, status, map[string]any{"status": "error", "errorType": kind, "error": text})
		return true
	}
}
