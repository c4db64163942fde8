package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-20fe5ead/gradatim/health"
)

// TestMain is a demo server instead, if the tests started it as one.
func TestMain(m *testing.M) {
	if address := os.Getenv("GRADATIM_DEMO"); address != "" {
		if err := demo(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// demo serves requests, and says how many on its page.
func demo(address string) error {
	started := prom.NewGauge(prom.GaugeOpts{Name: "process_start_time_seconds"})
	started.Set(float64(time.Now().UnixMilli()) / 1000)
	requests := prom.NewCounterVec(prom.CounterOpts{Name: "http_requests_total"}, []string{"code", "path"})
	classic := prom.NewHistogram(prom.HistogramOpts{Name: "classic_seconds", Buckets: []float64{0.01, 0.1, 1}})
	native := prom.NewHistogram(prom.HistogramOpts{Name: "native_seconds", NativeHistogramBucketFactor: 1.1})
	registry := prom.NewRegistry()
	registry.MustRegister(started, requests, classic, native)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		code := r.FormValue("code")
		requests.WithLabelValues(code, "/work").Inc()
		seconds, _ := strconv.ParseFloat(r.FormValue("seconds"), 64)
		classic.Observe(seconds)
		native.Observe(seconds)
		status, _ := strconv.Atoi(code)
		w.WriteHeader(status)
	})
	return http.ListenAndServe(address, mux)
}

// fleet is what runs for real: a Prometheus server, and instances that it scrapes.
type fleet struct {
	t         *testing.T
	server    string // the URL of Prometheus
	targets   string // the file that lists the instances
	instances map[string]*running
	truth     map[string][2]float64 // requests that were answered, and the bad ones, by version
}

type running struct {
	version, address string
	cmd              *exec.Cmd
	served           int
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not happen: %s", what)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func answers(url string) bool {
	r, err := http.Get(url)
	if err != nil {
		return false
	}
	defer r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// run starts a command and ends it with the test.
func (f *fleet) run(cmd *exec.Cmd, ready string) *exec.Cmd {
	f.t.Helper()
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { f.end(cmd) })
	eventually(f.t, ready+" answers", func() bool { return answers(ready) })
	return cmd
}

func (f *fleet) end(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	if testing.Short() {
		t.Skip("a real Prometheus takes half a minute")
	}
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("there is no prometheus on the PATH: apt-get install prometheus")
	}
	dir := t.TempDir()
	f := &fleet{
		t: t, targets: filepath.Join(dir, "targets.json"),
		instances: map[string]*running{}, truth: map[string][2]float64{},
	}
	config := filepath.Join(dir, "prometheus.yml")
	text := "global: {scrape_interval: 1s, scrape_timeout: 1s}\n" +
		"scrape_configs:\n- job_name: shop\n  file_sd_configs:\n  - files: [" + strconv.Quote(f.targets) + "]\n    refresh_interval: 1s\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.list()
	address := freeAddress(t)
	f.server = "http://" + address
	cmd := exec.Command(binary, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=error", "--enable-feature=native-histograms")
	cmd.Stderr = os.Stderr
	f.run(cmd, f.server+"/-/ready")
	return f
}

// list tells Prometheus which instances there are.
func (f *fleet) list() {
	f.t.Helper()
	type group struct {
		Targets []string          `json:"targets"`
		Labels  map[string]string `json:"labels"`
	}
	groups := []group{}
	for _, i := range f.instances {
		groups = append(groups, group{[]string{i.address}, map[string]string{"version": i.version}})
	}
	data, err := json.Marshal(groups)
	if err == nil {
		err = os.WriteFile(f.targets+".new", data, 0o600)
	}
	if err == nil {
		err = os.Rename(f.targets+".new", f.targets)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// start starts an instance, or starts it again where it was.
func (f *fleet) start(name, version string) *running {
	f.t.Helper()
	i := f.instances[name]
	if i == nil {
		i = &running{version: version, address: freeAddress(f.t)}
		f.instances[name] = i
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GRADATIM_DEMO="+i.address)
	i.served = 0
	i.cmd = f.run(cmd, "http://"+i.address+"/metrics")
	return i
}

// work sends requests to an instance.
func (f *fleet) work(name string, good, bad int) {
	f.t.Helper()
	i := f.instances[name]
	for k := range good + bad {
		code := 200
		if k >= good {
			code = 500
		}
		r, err := http.Get(fmt.Sprintf("http://%s/work?code=%d&seconds=%v", i.address, code, float64(k%20)/50))
		if err != nil {
			f.t.Fatal(err)
		}
		r.Body.Close()
		i.served++
		was := f.truth[i.version]
		f.truth[i.version] = [2]float64{was[0] + 1, was[1] + float64(code/500)}
	}
}

// value is what Prometheus says to an expression now; -1 if nothing.
func (f *fleet) value(expression string) float64 {
	f.t.Helper()
	s, err := New(Options{URL: f.server})
	if err != nil {
		f.t.Fatal(err)
	}
	a, err := s.client.query(f.t.Context(), expression, time.Now())
	if err != nil || len(a.vector) != 1 {
		return -1
	}
	return float64(a.vector[0].Value)
}

// scraped waits until Prometheus knows all that an instance did.
func (f *fleet) scraped(name string) {
	f.t.Helper()
	i := f.instances[name]
	eventually(f.t, name+" was scraped", func() bool {
		return f.value(fmt.Sprintf("sum(http_requests_total{instance=%q}) or sum(up{instance=%q} - 1)", i.address, i.address)) == float64(i.served)
	})
}

// rollout asks a source, as a host does, and adds up what the samples tell.
type rollout struct {
	f      *fleet
	source *Source
	asks   []health.Ask
	sums   []map[string][2]float64 // by ask and version
	events []map[string]float64    // that are in buckets
	told   []int
	waited int // samples whose arms were apart
}

func (f *fleet) rollout() *rollout {
	f.t.Helper()
	source, err := New(Options{URL: f.server, Scrape: time.Second, MaxOpen: time.Minute})
	if err != nil {
		f.t.Fatal(err)
	}
	r := &rollout{f: f, source: source}
	now := time.Now().UTC()
	for i, m := range []health.Measure{
		{Bad: `http_requests_total{code=~"5.."}`, Total: "http_requests_total", By: "path"},
		{Histogram: "classic_seconds"},
		{Histogram: "native_seconds"},
		{Total: "process_restarts", Per: health.PerTime},
	} {
		m.Compare = true
		r.asks = append(r.asks, health.Ask{
			Key: "k", Stage: "eu", Signal: strconv.Itoa(i), Candidate: "v2", Stable: "v1",
			Start: now, From: now, Due: now.Add(2 * time.Second), Measure: m,
		})
		r.sums = append(r.sums, map[string][2]float64{})
		r.events = append(r.events, map[string]float64{})
	}
	r.told = make([]int, len(r.asks))
	return r
}

// call asks once.
func (r *rollout) call() {
	t := r.f.t
	t.Helper()
	samples, err := r.source.Sample(context.Background(), r.asks)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		i, _ := strconv.Atoi(s.Signal)
		a := &r.asks[i]
		if err := s.Check(); err != nil || s.Fetch != health.Healthy || s.From.Before(a.From) {
			t.Fatalf("%v: %+v", err, s)
		}
		a.From, a.Due = s.To, s.To.Add(2*time.Second)
		r.told[i]++
		if len(s.Overlap) > 0 {
			r.waited++
		}
		for version, arm := range map[string]health.Arm{"v1": s.Stable, "v2": s.Candidate} {
			was := r.sums[i][version]
			r.sums[i][version] = [2]float64{was[0] + arm.Exposure, was[1] + arm.Bad}
			for _, n := range arm.Buckets {
				r.events[i][version] += float64(n)
			}
		}
	}
}

// until asks until a condition holds.
func (r *rollout) until(what string, ok func() bool) {
	r.f.t.Helper()
	eventually(r.f.t, what, func() bool {
		r.call()
		return ok()
	})
}

// TestRealPrometheus shows that the counts in samples are the requests that were served.
func TestRealPrometheus(t *testing.T) {
	f := newFleet(t)
	f.start("a", "v1")
	f.start("b", "v2")
	f.start("c", "v2")
	f.list()
	f.work("a", 100, 7) // of a time before the rollout
	for _, name := range []string{"a", "b", "c"} {
		f.scraped(name)
	}
	r := f.rollout()
	r.until("counting began", func() bool {
		for _, x := range r.source.tracks {
			if !x.Open {
				return false
			}
		}
		return len(r.source.tracks) == len(r.asks)
	})
	f.truth = map[string][2]float64{}

	f.work("a", 50, 1)
	f.work("b", 20, 2)
	f.work("c", 10, 0)
	for _, name := range []string{"a", "b", "c"} {
		f.scraped(name)
	}
	// A restart that all can see: the counters are smaller than before.
	f.end(f.instances["b"].cmd)
	f.start("b", "")
	f.work("b", 5, 1)
	f.scraped("b")

	// A new instance in the middle of a burst: its first requests come before its first scrape.
	f.start("d", "v2")
	f.work("d", 30, 3)
	f.list()
	f.work("d", 20, 1)
	f.scraped("d")

	// A restart that overtakes the old counter before the next scrape.
	overtaken := 0
	restarts := 1
	for ; overtaken == 0 && restarts < 8; restarts++ {
		f.scraped("b")
		resets := fmt.Sprintf(`sum(resets(http_requests_total{instance=%q,code="200"}[5m]))`, f.instances["b"].address)
		before, served := f.value(resets), f.instances["b"].served
		f.end(f.instances["b"].cmd)
		f.start("b", "")
		f.work("b", served+30, served+3)
		f.scraped("b")
		if f.value(resets) == before {
			overtaken++
		}
		r.call()
	}
	if overtaken == 0 {
		t.Error("no restart overtook the old counter")
	}

	// One is killed: what it did since its last scrape is lost, and nothing else.
	f.work("c", 10, 0)
	f.scraped("c")
	lost := 15
	f.work("c", lost, 0)
	f.end(f.instances["c"].cmd)
	delete(f.instances, "c")
	f.list()
	f.work("a", 9, 1)
	f.work("d", 9, 0)

	v1, v2 := f.truth["v1"], f.truth["v2"]
	settled := func() bool {
		for i, sum := range r.sums[:3] {
			c := sum["v2"][0]
			if sum["v1"][0] < v1[0] || c < v2[0]-float64(lost) || i == 0 && (sum["v1"][1] < v1[1] || sum["v2"][1] < v2[1]) {
				return false
			}
		}
		return r.sums[3]["v2"][0] >= float64(restarts)
	}
	r.until("all is told", settled)
	told := append([]int{}, r.told...)
	r.until("one more interval is told", func() bool { return r.told[0] > told[0] && r.told[1] > told[1] && r.told[2] > told[2] })
	for i, sum := range r.sums[:3] {
		c := sum["v2"][0]
		if sum["v1"][0] != v1[0] || c < v2[0]-float64(lost) || c > v2[0] {
			t.Errorf("ask %d: told %v, and served were %v, of which at most %d were lost", i, sum, f.truth, lost)
		}
		if i == 0 && (sum["v1"][1] != v1[1] || sum["v2"][1] != v2[1]) {
			t.Errorf("told %v, and served were %v", sum, f.truth)
		}
		if i > 0 && (r.events[i]["v1"] != sum["v1"][0] || r.events[i]["v2"] != c) {
			t.Errorf("ask %d: buckets hold %v of %v", i, r.events[i], sum)
		}
	}
	if n := r.sums[3]["v2"][0]; n != float64(restarts) || r.sums[3]["v1"][0] != 0 {
		t.Errorf("told %v restarts, and there were %d", r.sums[3], restarts)
	}
	t.Logf("told %v in %v intervals, of which %d had arms that were apart; served %v", r.sums, r.told, r.waited, f.truth)
}
