package probe

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// world is a source, the instances that it is told of, and one ask that is always due.
type world struct {
	t         *testing.T
	endpoints []Endpoint
	listing   error
	source    *Source
	ask       health.Ask
}

func newWorld(t *testing.T, probe string, o Options) *world {
	w := &world{t: t}
	o.Endpoints = func(context.Context) ([]Endpoint, error) { return w.endpoints, w.listing }
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.source = s
	w.ask = health.Ask{Key: "1/eu/p", Stage: "eu", Signal: "p", Candidate: "v2", Stable: "v1", WarmUp: time.Minute, Measure: health.Measure{Probe: probe}}
	return w
}

// add lists an instance that became ready so long ago; never if that is negative.
func (w *world) add(name, version, url string, ago time.Duration) *Endpoint {
	e := Endpoint{Stage: "eu", Instance: name, Version: version, URL: url}
	if ago >= 0 {
		e.Ready = time.Now().Add(-ago)
	}
	w.endpoints = append(w.endpoints, e)
	return &w.endpoints[len(w.endpoints)-1]
}

func (w *world) look() health.Sample {
	w.t.Helper()
	w.ask.From = time.Now().UTC().Add(-10 * time.Second)
	w.ask.Due = w.ask.From
	got, err := w.source.Sample(w.t.Context(), []health.Ask{w.ask})
	if err != nil || len(got) != 1 {
		w.t.Fatalf("%+v, %v", got, err)
	}
	if err := got[0].Check(); err != nil || !got[0].From.Equal(w.ask.From) {
		w.t.Fatalf("%+v: %v", got[0], err)
	}
	return got[0]
}

// want compares exposure and bad: candidate, stable, warming.
func (w *world) want(words string, want ...float64) {
	w.t.Helper()
	x := w.look()
	got := []float64{x.Candidate.Exposure, x.Candidate.Bad, x.Stable.Exposure, x.Stable.Bad, x.Warming.Exposure, x.Warming.Bad}
	for i := range got {
		if i < len(want) && got[i] != want[i] || i >= len(want) && got[i] != 0 {
			w.t.Fatalf("got %v %s %q, want %v", got, x.Fetch, x.Reason, want)
		}
	}
	if x.Fetch != health.Healthy || !strings.Contains(x.Reason, words) || (words == "") != (x.Reason == "") {
		w.t.Fatalf("got %s %q, want %q", x.Fetch, x.Reason, words)
	}
}

func (w *world) missing(v health.Verdict, words string) {
	w.t.Helper()
	x := w.look()
	if x.Fetch != v || !strings.Contains(x.Reason, words) || x.Candidate.Exposure+x.Stable.Exposure+x.Warming.Exposure != 0 {
		w.t.Fatalf("got %+v, want %s %q", x, v, words)
	}
}

const old = time.Hour

// refused is a URL that nobody listens at.
func refused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func TestHTTP(t *testing.T) {
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	stop := make(chan struct{})
	var last atomic.Value
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		last.Store(r.RequestURI + " " + r.Header.Get("Connection"))
		switch r.URL.Path {
		case "/ok", "/base/ok":
		case "/304":
			w.WriteHeader(304)
		case "/400":
			w.WriteHeader(400)
		case "/500":
			w.WriteHeader(500)
		case "/there":
			http.Redirect(w, r, "/500", http.StatusFound)
		case "/away":
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/slow":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		case "/drop":
			panic(http.ErrAbortHandler)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(stop)
	secure := httptest.NewUnstartedServer(mux)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of a handshake that the client ends
	secure.StartTLS()
	defer secure.Close()
	port := server.URL[strings.LastIndexByte(server.URL, ':')+1:]
	for _, c := range []struct {
		name, probe, url string
		fails            string // empty passes
		unknown          string // not a failure of the instance
	}{
		{"200", "http /ok", server.URL, "", ""},
		{"304", "http /304", server.URL, "", ""},
		{"400", "http /400", server.URL, "instance a: it answers 400 Bad Request", ""},
		{"500", "http /500", server.URL, "instance a: it answers 500 Internal Server Error", ""},
		{"a redirect", "http /there", server.URL, "it answers 500", ""},
		{"a redirect elsewhere", "http /away", server.URL, "", ""},
		{"a circle", "http /round", server.URL, "it redirects more than 5 times", ""},
		{"no answer", "http /slow", server.URL, "no answer in 100ms", ""},
		{"a broken answer", "http /drop", server.URL, "EOF", ""},
		{"refused", "http /ok", refused(t), "connection refused", ""},
		{"a base with a path", "http /ok", server.URL + "/base/", "", ""},
		{"a certificate", "http /ok", secure.URL, "", "certificate"},
		{"no name", "http /ok", "http://does.not.exist.invalid", "", "instance a was not probed: "},
		{"no URL", "http /ok", "10.0.0.1:80", "", "not an http or https URL"},
		{"no host", "http /ok", "http://", "", "not an http or https URL"},
		{"another scheme", "http /ok", "ftp://x", "", "not an http or https URL"},
		{"no path", "http ok", server.URL, "", "is no path"},
		{"another host", "http //" + elsewhere.URL[7:] + "/", server.URL, "", "is no path"},
		{"tcp", "tcp " + port, "http://127.0.0.1", "", ""},
		{"tcp, another port in the URL", "tcp " + port, "http://127.0.0.1:1", "", ""},
		{"tcp, refused", "tcp " + refused(t)[len("http://127.0.0.1:"):], server.URL, "connection refused", ""},
		{"tcp, no port", "tcp 99999", server.URL, "", "invalid port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.probe, Options{Timeout: 5 * time.Second})
			if strings.Contains(c.fails, "no answer") {
				w.source.options.Timeout = 100 * time.Millisecond
			}
			w.add("a", "v2", c.url, old)
			switch {
			case c.unknown != "":
				w.missing(health.Error, c.unknown)
			case c.fails != "":
				w.want(c.fails, 1, 1)
			default:
				w.want("", 1, 0)
			}
			if c.name == "a base with a path" && last.Load() != "/base/ok close" {
				t.Error(last.Load())
			}
		})
	}
	w := newWorld(t, "http /ok?full=1&x=%20y", Options{Client: secure.Client()})
	w.add("a", "v2", secure.URL, old)
	w.want("", 1, 0)
	if last.Load() != "/ok?full=1&x=%20y close" {
		t.Error(last.Load())
	}
}

func TestCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of Unix")
	}
	commands := map[string][]string{
		"env":  {"/bin/sh", "-c", `test "$GRADATIM_STAGE $GRADATIM_INSTANCE $GRADATIM_VERSION $GRADATIM_URL" = "eu a v2 http://a:1"`},
		"no":   {"/bin/sh", "-c", "echo disk full; exit 2"},
		"gone": {"/nowhere/at/all"},
		"127":  {"/bin/sh", "-c", "/nowhere/at/all"},
		"hang": {"/bin/sh", "-c", "sleep 600"},
	}
	for name, c := range map[string]struct{ fails, unknown string }{
		"env": {}, "no": {fails: "instance a: exit status 2: disk full"}, "gone": {unknown: "no such file"}, "127": {unknown: "exit status 127"},
		"hang": {fails: "no answer in 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "command "+name, Options{Commands: commands, Timeout: 20 * time.Second})
			if name == "hang" {
				w.source.options.Timeout = 200 * time.Millisecond
			}
			w.add("a", "v2", "http://a:1", old)
			switch {
			case c.unknown != "":
				w.missing(health.Error, c.unknown)
			case c.fails != "":
				w.want(c.fails, 1, 1)
			default:
				w.want("", 1, 0)
			}
		})
	}
}

// fakeClient answers by the host: "ok", "bad", "bug", or an error.
type fakeClient struct{ requests atomic.Int64 }

func (f *fakeClient) RoundTrip(r *http.Request) (*http.Response, error) {
	f.requests.Add(1)
	status := 200
	switch {
	case strings.HasPrefix(r.URL.Host, "bad"):
		status = 500
	case strings.HasPrefix(r.URL.Host, "bug"):
		panic("of the client")
	case strings.HasPrefix(r.URL.Host, "mine"):
		return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host}
	case strings.HasPrefix(r.URL.Host, "wait"):
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: http.NoBody, Request: r}, nil
}

func fake(t *testing.T) (*world, *fakeClient) {
	f := &fakeClient{}
	return newWorld(t, "http /healthz", Options{Client: &http.Client{Transport: f}}), f
}

func TestInstances(t *testing.T) {
	w, _ := fake(t)
	w.missing(health.NoData, "no instance runs v2")
	w.add("s", "v1", "http://bad", old)
	other := w.add("x", "v2", "http://bad", old)
	other.Stage = "us"
	w.missing(health.NoData, "no instance runs v2")
	w.add("a", "v2", "http://ok", old)
	w.add("b", "v2", "http://bad", old)
	w.add("c", "v2", "http://bad", old)
	w.want("instance b: it answers Internal Server Error (and 1 more)", 3, 2)
	w.add("d", "v2", "http://bad", 30*time.Second)
	w.add("e", "v2", "http://ok", 30*time.Second)
	w.want("instance b", 3, 2, 0, 0, 2, 1)
	w.ask.WarmUp = -1
	w.want("instance b", 5, 3)

	w.ask.Scope = "stable"
	w.add("t", "v1", "http://ok", 30*time.Second)
	w.ask.WarmUp = time.Minute
	w.want("instance s", 0, 0, 1, 1)
	w.ask.Stable = ""
	w.missing(health.NoData, "no instance runs")

	w.ask.Scope = "downstream"
	w.missing(health.NoData, "nothing of scope downstream is listed")
	db := w.add("db", "", "http://bad", -1)
	db.Scope = "downstream"
	w.missing(health.NoData, "nothing of scope downstream has answered yet")
	w.endpoints[len(w.endpoints)-1].URL = "http://ok"
	w.want("", 1, 0) // without a warm-up

	// One that is down when the host starts does not make the others speak for it.
	cache := w.add("cache", "", "http://bad", -1)
	cache.Scope = "downstream"
	w.missing(health.NoData, "instance cache of scope downstream has not answered yet")
	w.endpoints[len(w.endpoints)-2].URL = "http://bad"
	w.want("instance db", 1, 1)
}

// An instance that was never ready and never answered may still be starting; one that
// was ready once is judged, and not as a new one.
func TestStarting(t *testing.T) {
	w, _ := fake(t)
	w.add("a", "v2", "http://bad", -1)
	w.missing(health.NoData, "no instance of v2 can be judged yet")
	w.endpoints[0].URL = "http://mine"
	w.missing(health.NoData, "no instance of v2 can be judged yet")
	w.endpoints[0].URL = "http://ok"
	w.want("", 0, 0, 0, 0, 1, 0)
	w.endpoints[0].URL = "http://bad"
	w.want("instance a", 0, 0, 0, 0, 1, 1)

	w.endpoints[0].Ready = time.Now().Add(-old)
	w.want("instance a", 1, 1)
	w.endpoints[0].Ready = time.Time{} // it fails, so it is not ready
	w.want("instance a", 1, 1)
	w.endpoints[0].Ready = time.Now() // and is again, for a moment
	w.want("instance a", 1, 1)

	w.endpoints[0].Ready, w.endpoints[0].Version = time.Time{}, "v1" // another process under its name
	w.look()
	w.endpoints[0].Version = "v2"
	w.missing(health.NoData, "no instance of v2 can be judged yet")
}

// A look that is not whole says nothing, unless it fails already.
func TestIncomplete(t *testing.T) {
	w, _ := fake(t)
	w.add("a", "v2", "http://ok", old)
	w.add("b", "v2", "http://mine", old)
	w.missing(health.Error, "instance b was not probed: ")
	w.add("c", "v2", "http://bad", 0)
	w.missing(health.Error, "instance b was not probed: ") // whether a judge counts an instance in its warm-up is not known here
	w.add("d", "v2", "http://bad", old)
	w.want("instance c", 2, 1, 0, 0, 1, 1)

	w, _ = fake(t)
	w.add("a", "v2", "http://bug", old)
	w.missing(health.Error, "panic: of the client")
}

func TestListing(t *testing.T) {
	w, f := fake(t)
	w.add("a", "v2", "http://ok", old)
	w.add("a", "v1", "http://ok", old)
	w.missing(health.Error, `the instances cannot be listed: instance "a" of stage "eu" is listed twice`)
	w.endpoints = w.endpoints[:1]
	w.listing = errors.New("forbidden")
	w.missing(health.Error, "the instances cannot be listed: forbidden")
	w.source.options.Endpoints = func(context.Context) ([]Endpoint, error) { panic("boom") }
	w.missing(health.Error, "panic: boom")
	if f.requests.Load() != 0 {
		t.Error("probed all the same")
	}
}

func TestSample(t *testing.T) {
	w, f := fake(t)
	w.add("a", "v2", "http://ok", old)
	now := time.Now().UTC()
	ask := w.ask
	ask.From, ask.Due = now, now.Add(time.Hour)
	sample := func(asks ...health.Ask) []health.Sample {
		t.Helper()
		got, err := w.source.Sample(t.Context(), asks)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := sample(ask); len(got) != 0 || f.requests.Load() != 0 {
		t.Fatalf("not due: %+v", got)
	}
	ask.From, ask.Due = now.Add(-time.Hour), now
	alive := ask // another judge of the same probe
	alive.Signal = "alive"
	foreign, unknown, odd := ask, ask, ask
	foreign.Signal, foreign.Measure = "errors", health.Measure{Total: "requests"}
	unknown.Signal, unknown.Measure.Probe = "disk", "command disk"
	odd.Signal, odd.Measure.Probe = "odd", "udp 53"
	got := sample(foreign, ask, unknown, alive, odd)
	if len(got) != 2 || got[0].Signal != "p" || got[1].Signal != "alive" || f.requests.Load() != 1 {
		t.Fatalf("%d requests: %+v", f.requests.Load(), got)
	}
	again := sample(ask, alive)
	if len(again) != 2 || again[0].Compare(&got[0]) != 0 || f.requests.Load() != 1 {
		t.Fatalf("told again: %+v", again)
	}
	ask.From = got[0].To
	if next := sample(ask); len(next) != 1 || !next[0].From.Equal(got[0].To) {
		t.Fatalf("the next: %+v", next)
	}
}

// An end of the context is no failure of an instance.
func TestCancelled(t *testing.T) {
	w, _ := fake(t)
	w.source.options.Timeout = time.Hour
	w.add("a", "v2", "http://wait", old)
	w.add("b", "v2", "http://bad", old)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	w.ask.From = time.Now().Add(-time.Minute)
	got, err := w.source.Sample(ctx, []health.Ask{w.ask})
	if len(got) != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%+v, %v", got, err)
	}
	w.endpoints[0].URL = "http://ok"
	w.want("instance b", 2, 1)
}

func TestNew(t *testing.T) {
	list := func(context.Context) ([]Endpoint, error) { return nil, nil }
	for want, o := range map[string]Options{
		"Options.Endpoints must be set":      {},
		"must not be negative":               {Endpoints: list, Timeout: -1},
		`Options.Commands: "x" has no words`: {Endpoints: list, Commands: map[string][]string{"x": {}}},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
