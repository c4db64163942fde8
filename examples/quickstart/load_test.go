package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestCount(t *testing.T) {
	var got tally
	got.count(1, "1.0", 200, nil)
	got.count(2, "1.0", 500, nil)                          // the release's own
	got.count(2, "1.0", 503, nil)                          // so is this
	got.count(3, "", 502, errors.New("the proxy's"))       // lost
	got.count(4, "", 0, errors.New("connection reset"))    // lost
	got.count(5, "", 200, nil)                             // whoever that was
	got.count(6, "1.0", 200, errors.New("unexpected EOF")) // half an answer is none
	if got.Sent != 7 || got.Served != 1 || got.Errors != 2 || got.Lost != 4 {
		t.Errorf("%+v", got)
	}
	if !slices.Equal(got.Users, []int{2, 3, 4, 5, 6}) {
		t.Errorf("users with an error: %v", got.Users)
	}
	for range 2 * maxWhy {
		got.count(1, "", 0, errors.New("again"))
	}
	if len(got.Why) != maxWhy {
		t.Errorf("%d reasons are kept", len(got.Why))
	}
}

// TestLoad checks that whatever the users get is counted, once, and in the tally
// of the time.
func TestLoad(t *testing.T) {
	var n, bad, lost atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch i := n.Add(1); {
		case i%10 == 3:
			bad.Add(1)
			w.Header().Set(releaseHeader, "1.0")
			w.WriteHeader(http.StatusInternalServerError)
		case i%10 == 5:
			lost.Add(1)
			w.WriteHeader(http.StatusBadGateway)
		case i%10 == 7:
			lost.Add(1)
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			w.Header().Set(releaseHeader, "1.0")
		}
	}))
	defer server.Close()
	var first, second tally
	l := startLoad(server.URL, 400, &first)
	for l.read(&first).Sent < 100 {
		time.Sleep(5 * time.Millisecond)
	}
	l.countIn(&second)
	for l.read(&second).Sent < 100 {
		time.Sleep(5 * time.Millisecond)
	}
	l.stop()
	if sent := first.Sent + second.Sent; sent != n.Load() {
		t.Errorf("%d were sent, %d arrived: some were sent twice", sent, n.Load())
	}
	if got := first.Errors + second.Errors; got != bad.Load() {
		t.Errorf("%d errors, not %d", got, bad.Load())
	}
	if got := first.Lost + second.Lost; got != lost.Load() {
		t.Errorf("%d lost, not %d", got, lost.Load())
	}
	if first.Served+first.Errors+first.Lost != first.Sent {
		t.Errorf("%+v", first)
	}
}

func TestSpread(t *testing.T) {
	for _, share := range []float64{0, 0.05, 0.06, 0.1, 0.5, 1} {
		s := spread{share: share}
		n := 0
		for range 1000 {
			if s.next() {
				n++
			}
		}
		if want := int(share*1000 + 0.5); n != want {
			t.Errorf("%v: %d of 1000", share, n)
		}
	}
}
