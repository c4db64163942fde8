package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// quick is a release that costs no time.
func quick(version string) *release {
	return &release{version: version, fast: time.Millisecond, late: 5 * time.Millisecond}
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p, err := startProxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// serving starts an instance and takes it into the rotation.
func serving(t *testing.T, p *proxy, name string, r *release) *instance {
	t.Helper()
	in, err := startInstance(name, r, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.stop(context.Background()) })
	if err := p.add(in); err != nil {
		t.Fatal(err)
	}
	return in
}

// order sends one request through the proxy, with cookies and headers by turns of
// name and value.
func order(t *testing.T, p *proxy, with ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+orders, strings.NewReader("one"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(with); i += 2 {
		if with[i] == "Cookie" {
			req.AddCookie(&http.Cookie{Name: "session", Value: with[i+1]})
		} else {
			req.Header.Set(with[i], with[i+1])
		}
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer
}

// all gives a version all of the traffic.
func all(t *testing.T, p *proxy, version string) {
	t.Helper()
	if err := p.apply(wantOf(version, 1, strategy.Full, "", 0, 0)); err != nil {
		t.Fatal(err)
	}
}

// take chooses as for a request that says nothing.
func take(p *proxy) (*backend, error) {
	b, _, err := p.take(&http.Request{})
	return b, err
}

func TestSplitIsExact(t *testing.T) {
	p := newProxy(t)
	weights := []map[string]strategy.Weight{
		{"a": 9900, "b": 100},
		{"a": 9000, "b": 1000},
		{"a": 5000, "b": 5000},
		{"a": 3333, "b": 3333, "c": 3334},
		{"a": 1, "b": 9999},
		{"c": 10000},
	}
	for _, name := range []string{"a", "b", "c"} {
		for i := range 2 {
			serving(t, p, fmt.Sprint(name, i), quick(name))
		}
	}
	for _, want := range weights {
		w := wantOf("a", 2, want["a"], "b", 2, want["b"])
		w.Allocation.Leftover = strategy.Share{Instances: 2, Weight: want["c"]}
		w.Leftovers = []rollout.Leftover{{Version: "c", Share: w.Allocation.Leftover}}
		got, each := map[string]int64{}, map[string]int{}
		for n := int64(1); n <= 20000; n++ {
			if n%100 == 1 { // again and again the same
				if err := p.apply(w); err != nil {
					t.Fatal(err)
				}
			}
			b, err := take(p)
			if err != nil {
				t.Fatal(err)
			}
			p.give(b)
			got[b.in.release.version]++
			each[b.in.name]++
			for version, w := range want {
				exact := n * int64(w)
				if off := got[version]*int64(strategy.Full) - exact; off < -2*int64(strategy.Full) || off > 2*int64(strategy.Full) {
					t.Fatalf("%v: after %d requests %s had %d", want, n, version, got[version])
				}
			}
		}
		for version, w := range want {
			if got[version] != 2*int64(w) {
				t.Errorf("%v: %s had %d of 20000", want, version, got[version])
			}
			if d := each[version+"0"] - each[version+"1"]; d < -1 || d > 1 {
				t.Errorf("%v: the instances of %s had %d and %d", want, version, each[version+"0"], each[version+"1"])
			}
		}
	}
}

func TestSplitsAreRefused(t *testing.T) {
	p := newProxy(t)
	all(t, p, "a")
	mirror := wantOf("a", 1, strategy.Full, "b", 1, 0)
	mirror.Allocation.Mirror = strategy.Full + 1
	route := wantOf("a", 1, strategy.Full, "b", 1, 0)
	route.Routes = []strategy.Route{{Source: "query", Name: "beta", Value: "1"}}
	left := wantOf("a", 1, 5000, "b", 1, 0)
	left.Leftovers = []rollout.Leftover{{Version: "c", Share: strategy.Share{Weight: 5000}}}
	for _, bad := range []rollout.Want{
		{},
		wantOf("a", 1, 9999, "", 0, 0), wantOf("a", 1, 10000, "b", 1, 1), wantOf("a", 1, 10001, "b", 1, -1),
		wantOf("a", 1, -1, "", 0, 0), wantOf("a", 1, 5000, "", 1, 5000), mirror, route, left,
	} {
		if err := p.apply(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	if w, routed, mirror := p.inEffect(); w["a"] != strategy.Full || w["b"] != 0 || routed || mirror != 0 {
		t.Errorf("a refused change changed the split to %v, %v, %v", w, routed, mirror)
	}
}

// TestNothingIsLostWhileAllChanges moves weights and instances under load as fast
// as it can, as no rollout would.
func TestNothingIsLostWhileAllChanges(t *testing.T) {
	p := newProxy(t)
	f := newFleet(p, 3, 0, map[string]*release{"a": quick("a"), "b": quick("b")})
	ctx := context.Background()
	want := wantOf("a", 3, strategy.Full, "b", 0, 0)
	if err := f.rebuild(ctx, want); err != nil {
		t.Fatal(err)
	}
	var seen tally
	l := startLoad(p.url, 400, &seen)
	until := time.Now().Add(3 * time.Second)
	changes := 0
	for time.Now().Before(until) {
		// Whoever has traffic keeps two instances, as the mover would see to.
		n, w := rand.Int64N(3)+2, strategy.Weight(rand.IntN(10001))
		want = wantOf("a", n, strategy.Full-w, "b", rand.Int64N(3)+2, w)
		for _, step := range []func() error{
			func() error { return f.Apply(ctx, wantOf("a", 4, strategy.Full/2, "b", 4, strategy.Full/2)) },
			func() error { return f.rebuild(ctx, want) },
		} {
			if changes == 0 { // b has nothing ready yet
				step = func() error { return f.rebuild(ctx, wantOf("a", 4, strategy.Full, "b", 4, 0)) }
			}
			if err := step(); err != nil {
				t.Fatal(err)
			}
			changes++
		}
	}
	l.stop()
	f.close()
	t.Logf("%d requests during %d changes", seen.Sent, changes)
	if seen.Lost > 0 || seen.Errors > 0 || seen.Served != seen.Sent || seen.Sent == 0 {
		t.Errorf("lost requests: %+v", seen)
	}
}

func TestLossIsSeen(t *testing.T) {
	p := newProxy(t)
	all(t, p, "a")
	if a := order(t, p); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get(lostHeader) == "" {
		t.Errorf("without an instance: %d, %q", a.StatusCode, a.Header)
	}
	in := serving(t, p, "a0", quick("a"))
	if a := order(t, p); a.StatusCode != http.StatusOK || a.Header.Get(releaseHeader) != "a" {
		t.Errorf("with an instance: %d, %q", a.StatusCode, a.Header)
	}
	_ = in.server.Close() // it crashes
	if a := order(t, p); a.StatusCode != http.StatusBadGateway || a.Header.Get(lostHeader) == "" {
		t.Errorf("after a crash: %d, %q", a.StatusCode, a.Header)
	}
}

func TestRemoveWaitsForWhatIsInFlight(t *testing.T) {
	p := newProxy(t)
	in := serving(t, p, "a0", quick("a"))
	all(t, p, "a")
	b, err := take(p)
	if err != nil {
		t.Fatal(err)
	}
	idle := p.remove(in)
	select {
	case <-idle:
		t.Fatal("idle with a request in flight")
	default:
	}
	if _, err := take(p); err == nil {
		t.Error("an instance that is leaving was given a request")
	}
	p.give(b)
	<-idle
	<-p.remove(in) // again: nothing to wait for
}
