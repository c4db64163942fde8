package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// answered is the version that answered one request.
func answered(t *testing.T, p *proxy, with ...string) string {
	t.Helper()
	a := order(t, p, with...)
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%d, lost: %q", a.StatusCode, a.Header.Get(lostHeader))
	}
	return a.Header.Get(releaseHeader)
}

// onPages is what an instance's page says of a counter, over all of its labels.
func onPages(t *testing.T, f *fleet, version, counter string) (sum int) {
	t.Helper()
	endpoints, err := f.endpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range endpoints {
		if e.Version != version {
			continue
		}
		answer, err := http.Get(e.URL)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(page)) {
			var n int
			if labels, value, _ := strings.Cut(line, "} "); strings.HasPrefix(labels, counter+"{") {
				if _, err := fmt.Sscan(value, &n); err != nil {
					t.Fatal(line, err)
				}
				sum += n
			}
		}
	}
	return sum
}

func TestRoutesReachTheCandidate(t *testing.T) {
	f := testFleet(t, 0)
	want := wantOf("a", 1, strategy.Full, "b", 1, 0)
	want.Routes = []strategy.Route{
		{Source: strategy.Header, Name: "x-beta", Value: "1"},
		{Source: strategy.User, Name: "id", In: []string{"7", "8"}},
		{Source: strategy.Cookie, Name: "session", Prefix: "qa-"},
	}
	for _, routed := range []bool{true, false} {
		want.Allocation.Routed = routed
		if err := f.rebuild(context.Background(), want); err != nil {
			t.Fatal(err)
		}
		if o := observe(t, f); o.Routed != routed || !o.Can.Match {
			t.Errorf("observed: %+v", o)
		}
		chosen := "a"
		if routed {
			chosen = "b"
		}
		for range 5 {
			for _, with := range [][]string{{"X-Beta", "1"}, {userHeader, "7"}, {"Cookie", "qa-3"}} {
				if got := answered(t, f.proxy, with...); got != chosen {
					t.Errorf("routed %v: %v was answered by %s", routed, with, got)
				}
			}
			for _, with := range [][]string{nil, {"X-Beta", "0"}, {userHeader, "77"}, {"Cookie", "3-qa-"}} {
				if got := answered(t, f.proxy, with...); got != "a" {
					t.Errorf("routed %v: %v was answered by %s", routed, with, got)
				}
			}
		}
	}
}

// TestUsersStayOnOneSide lets the same users come back while the share grows.
func TestUsersStayOnOneSide(t *testing.T) {
	const users = 100
	f := testFleet(t, 0)
	side := make([]string, users)
	for _, weight := range []strategy.Weight{0, 1000, 2500, 5000, 7500, strategy.Full} {
		want := wantOf("a", 1, strategy.Full-weight, "b", 1, weight)
		want.Sticky = strategy.Sticky{Source: strategy.Cookie, Name: "session"}
		if err := f.rebuild(context.Background(), want); err != nil {
			t.Fatal(err)
		}
		have := 0
		for user := range users {
			for again := range 2 {
				got := answered(t, f.proxy, "Cookie", fmt.Sprint("user-", user))
				if got != side[user] && (side[user] == "b" || again > 0) {
					t.Fatalf("at %s user %d went from %s to %s", weight, user, side[user], got)
				}
				side[user] = got
			}
			have += b2i(side[user] == "b")
		}
		t.Logf("%s: %d of %d users", weight, have, users)
		if off := have - users*int(weight)/int(strategy.Full); off < -15 || off > 15 {
			t.Errorf("at %s the candidate has %d of %d users", weight, have, users)
		}
	}
}

// TestStrangersTakeTurns mixes users that are known with requests that are not: these
// keep exactly to the weights.
func TestStrangersTakeTurns(t *testing.T) {
	f := testFleet(t, 0)
	want := wantOf("a", 1, 7500, "b", 1, 2500)
	want.Sticky = strategy.Sticky{Source: strategy.Cookie, Name: "session"}
	if err := f.rebuild(context.Background(), want); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for n := range 100 {
		got[answered(t, f.proxy)]++
		_ = answered(t, f.proxy, "Cookie", fmt.Sprint(n))
	}
	if got["a"] != 75 || got["b"] != 25 {
		t.Errorf("%v", got)
	}
}

func TestMirror(t *testing.T) {
	f := testFleet(t, 0)
	f.releases["b"].errors.share = 1 // nobody may see that
	want := wantOf("a", 1, strategy.Full, "b", 1, 0)
	want.Allocation.Mirror = 2500
	if err := f.rebuild(context.Background(), want); err != nil {
		t.Fatal(err)
	}
	if o := observe(t, f); o.Mirror != 2500 || !o.Can.Mirror {
		t.Errorf("observed: %+v", o)
	}
	for range 100 {
		// A client cannot say itself that it is none.
		if got := answered(t, f.proxy, mirroredHeader, "1"); got != "a" {
			t.Fatalf("answered by %s", got)
		}
	}
	f.proxy.copies.wait()
	for _, test := range []struct {
		version, counter string
		want             int
	}{
		{"a", "http_requests_total", 100},
		{"a", "http_mirrored_requests_total", 0},
		{"b", "http_requests_total", 0},
		{"b", "http_mirrored_requests_total", 25},
	} {
		if got := onPages(t, f, test.version, test.counter); got != test.want {
			t.Errorf("%s of %s is %d, not %d", test.counter, test.version, got, test.want)
		}
	}
}

// TestMirrorOfUsers mirrors requests of users that are known, of stable's only.
func TestMirrorOfUsers(t *testing.T) {
	f := testFleet(t, 0)
	want := wantOf("a", 1, 5000, "b", 1, 5000)
	want.Sticky = strategy.Sticky{Source: strategy.User, Name: "id"}
	want.Allocation.Mirror = strategy.Full
	if err := f.rebuild(context.Background(), want); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for user := range 100 {
		got[answered(t, f.proxy, userHeader, fmt.Sprint(user))]++
	}
	f.proxy.copies.wait()
	if n := onPages(t, f, "b", "http_mirrored_requests_total"); n != got["a"] || got["b"] == 0 {
		t.Errorf("%d copies of %v", n, got)
	}
}

// TestMirrorsBody checks that stable and the candidate get the same, whole, and that
// nobody waits for a candidate that never answers.
func TestMirrorsBody(t *testing.T) {
	p := newProxy(t)
	type seen struct{ version, mark, body string }
	requests := make(chan seen, 20)
	stuck := make(chan struct{})
	for _, version := range []string{"a", "b"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			requests <- seen{version, req.Header.Get(mirroredHeader), string(body)}
			if version == "b" {
				<-stuck
			}
			_, _ = io.WriteString(w, version)
		}))
		t.Cleanup(server.Close)
		if err := p.add(&instance{name: version, release: quick(version), url: server.URL}); err != nil {
			t.Fatal(err)
		}
	}
	want := wantOf("a", 1, strategy.Full, "b", 1, 0)
	want.Allocation.Mirror = strategy.Full
	if err := p.apply(want); err != nil {
		t.Fatal(err)
	}
	send := func(body io.Reader) {
		t.Helper()
		answer, err := http.Post(p.url+orders, "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if string(text) != "a" {
			t.Errorf("%d %q", answer.StatusCode, text)
		}
	}
	large := strings.Repeat("x", maxCopied)
	for _, body := range []string{"one", "", large} {
		send(strings.NewReader(body))
		got := map[seen]bool{<-requests: true, <-requests: true}
		if !got[seen{"a", "", body}] || !got[seen{"b", "1", body}] {
			t.Errorf("of %d bytes: %.80v", len(body), got)
		}
	}
	// What is too large, or of unknown length, goes to stable alone.
	for _, body := range []io.Reader{strings.NewReader(large + "x"), io.MultiReader(strings.NewReader("two"))} {
		send(body)
		if got := <-requests; got.version != "a" {
			t.Errorf("a copy of %d bytes", len(got.body))
		}
	}
	close(stuck)
	p.copies.wait()
	select {
	case got := <-requests:
		t.Errorf("one more request: %.80v", got)
	default:
	}
}

// TestCopiesAreBounded checks that what is above the bound is left out, and that a
// candidate that does not answer stops nobody.
func TestCopiesAreBounded(t *testing.T) {
	var c copies
	stuck := make(chan struct{})
	for n := range maxCopies + 5 {
		if ran := c.run(func() { <-stuck }); ran != (n < maxCopies) {
			t.Errorf("number %d: %v", n, ran)
		}
	}
	close(stuck)
	c.wait()
	if !c.run(func() {}) {
		t.Error("the places were not given back")
	}
	c.wait()
}

// TestMirrorLosesNothing has a candidate that crashes, one that comes and goes, and
// none at all, while its copies are under way.
func TestMirrorLosesNothing(t *testing.T) {
	f := testFleet(t, 0)
	ctx := context.Background()
	want := wantOf("a", 2, strategy.Full, "b", 0, 0)
	want.Allocation.Mirror = strategy.Full
	if err := f.rebuild(ctx, want); err != nil {
		t.Fatal(err)
	}
	var users tally
	l := startLoad(f.proxy.url, 400, &users)
	for range 10 {
		want.Allocation.Candidate.Instances = 2
		if err := f.rebuild(ctx, want); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		f.mu.Lock()
		for _, m := range f.members {
			if m.release.version == "b" && !m.stopping {
				_ = m.server.Close() // a crash that the proxy does not know of
				break
			}
		}
		f.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
		want.Allocation.Candidate.Instances = 0
		if err := f.Apply(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	l.stop()
	t.Logf("%d requests", users.Sent)
	if users.Lost > 0 || users.Errors > 0 || users.Served != users.Sent || users.Sent == 0 {
		t.Errorf("lost requests: %+v", users)
	}
}

// TestNothingIsSplitYet: a request that comes before the first want is refused.
func TestNothingIsSplitYet(t *testing.T) {
	p := newProxy(t)
	if _, _, err := p.take(&http.Request{}); err == nil || err.Error() != "no version has any weight" {
		t.Error(err)
	}
}

// TestSplitsChangeUnderLoad is for the race detector.
func TestSplitsChangeUnderLoad(t *testing.T) {
	p := newProxy(t)
	for _, version := range []string{"a", "b", "c"} {
		serving(t, p, version+"0", quick(version))
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range 2000 {
				req := &http.Request{Header: http.Header{userHeader: {fmt.Sprint(n)}}}
				b, mirror, err := p.take(req)
				if err != nil {
					continue // before the first want
				}
				p.give(b)
				if mirror != nil {
					p.give(mirror)
				}
			}
		})
	}
	for n := range strategy.Weight(200) {
		want := wantOf("a", 1, strategy.Full-100-n*10, "b", 1, n*10)
		want.Sticky = strategy.Sticky{Source: strategy.User, Name: "id"}
		want.Allocation.Mirror, want.Allocation.Routed = n, n%2 == 0
		want.Routes = []strategy.Route{{Source: strategy.User, Name: "id", Regexp: "[0-9]*7"}}
		want.Allocation.Leftover.Weight = 100
		want.Leftovers = []rollout.Leftover{{Version: "c", Share: want.Allocation.Leftover}}
		if err := p.apply(want); err != nil {
			t.Fatal(err)
		}
		_, _, _ = p.inEffect()
	}
	all.Wait()
}
