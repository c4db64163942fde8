package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// releaseHeader stands on every answer that a release itself gave. An answer
// without it was made by somebody in between, and the request counts as lost.
const releaseHeader = "Quickstart-Release"

// orders is what the service takes.
const orders = "/orders"

// release is a version of the service, and how it behaves. The shares are spread
// evenly over all of its requests, so that a run does not depend on luck.
type release struct {
	version string
	errors  spread
	slow    spread
	fast    time.Duration // what most requests take, about
	late    time.Duration // what the slow ones take
}

// digest stands for that of the artifact.
func digest(version string) string {
	sum := sha256.Sum256([]byte("quickstart " + version))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func artifact(version string) rollout.Artifact {
	return rollout.Artifact{Version: version, Digest: digest(version)}
}

// spread says yes to a share of the calls, evenly: at 0.05 every twentieth.
type spread struct {
	share float64

	mu  sync.Mutex
	sum float64
}

func (s *spread) next() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum += s.share
	if s.sum < 1-1e-9 {
		return false
	}
	s.sum--
	return true
}

// instance is one server of a release on a port of its own, with its own registry
// of metrics, as if it were a process of its own.
type instance struct {
	name    string
	release *release
	url     string
	started time.Time
	warm    time.Time // when it will be able to serve

	server   *http.Server
	stopped  chan struct{} // closed when the server has ended
	total    map[int]prometheus.Counter
	seconds  prometheus.Observer
	mirrored map[int]prometheus.Counter
}

// startInstance starts a server that says it is ready after a delay.
func startInstance(name string, r *release, delay time.Duration) (*instance, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start instance %s: %w", name, err)
	}
	now := time.Now()
	in := &instance{
		name: name, release: r, url: "http://" + listener.Addr().String(),
		started: now, warm: now.Add(delay), stopped: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(in.metrics(), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /ready", in.ready)
	mux.HandleFunc("POST "+orders, in.serve)
	in.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(in.stopped)
		_ = in.server.Serve(listener) // it ends by stop, and in no other way
	}()
	return in, nil
}

// metrics makes the registry. Every label set exists from the start: a counter
// that appears with its first event has lost it for whoever reads differences.
func (in *instance) metrics() *prometheus.Registry {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total", Help: "Requests answered.",
	}, []string{"code", "route"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "Time to answer a request.",
		Buckets: []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5},
	}, []string{"route"})
	mirrored := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_mirrored_requests_total", Help: "Copies of requests answered. Nobody saw the answers.",
	}, []string{"code", "route"})
	start := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "process_start_time_seconds", Help: "When the instance started, in Unix time.",
	})
	start.Set(float64(in.started.UnixMicro()) / 1e6)
	byCode := func(v *prometheus.CounterVec) map[int]prometheus.Counter {
		return map[int]prometheus.Counter{
			http.StatusOK:                  v.WithLabelValues("200", orders),
			http.StatusInternalServerError: v.WithLabelValues("500", orders),
		}
	}
	in.total, in.mirrored = byCode(total), byCode(mirrored)
	in.seconds = seconds.WithLabelValues(orders)
	registry := prometheus.NewRegistry()
	registry.MustRegister(total, seconds, mirrored, start)
	return registry
}

func (in *instance) ready(w http.ResponseWriter, _ *http.Request) {
	if time.Now().Before(in.warm) {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
}

// serve is the service: it takes its time, and then answers well or badly. The
// counters move before the answer leaves, so that no scrape misses a request that
// its user has seen.
func (in *instance) serve(w http.ResponseWriter, req *http.Request) {
	begin := time.Now()
	r := in.release
	take := r.fast/2 + rand.N(r.fast/2+1)
	if r.slow.next() {
		take = r.late
	}
	select {
	case <-time.After(take):
	case <-req.Context().Done():
	}
	code := http.StatusOK
	if r.errors.next() {
		code = http.StatusInternalServerError
	}
	if req.Header.Get(mirroredHeader) == "" {
		in.seconds.Observe(time.Since(begin).Seconds())
		in.total[code].Inc()
	} else { // nobody waits for it: it is never mixed with what users see
		in.mirrored[code].Inc()
	}
	w.Header().Set(releaseHeader, r.version)
	w.WriteHeader(code)
	_, _ = fmt.Fprintf(w, "%s from %s\n", strings.ToLower(http.StatusText(code)), in.name)
}

// stop ends the server once the requests that it has are answered.
func (in *instance) stop(ctx context.Context) error {
	err := in.server.Shutdown(ctx)
	if err != nil {
		_ = in.server.Close()
	}
	<-in.stopped
	return err
}
