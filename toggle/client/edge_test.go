package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// A kill before the source ever answered keeps the kill, and not what was built in: the next
// build has its own, which is not stale from the start.
func TestKeptKillOfBuiltIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags")
	c := newClient(t, client.Options{Source: down(), Keep: file, Bootstrap: flagOf(1)})
	if err := c.Kill("g"); err != nil {
		t.Fatal(err)
	}
	c = newClient(t, client.Options{Source: down(), Keep: file, Bootstrap: flagOf(2)})
	wantState(t, c, client.Bootstrapped)
	wantNum(t, c, 2)
	if s := c.Status(); !slices.Equal(s.Kills, []string{"g"}) {
		t.Errorf("%+v", s)
	}
}

// A kept file is a whole set: another environment is served its own settings from it.
func TestKeptForAnotherEnvironment(t *testing.T) {
	file, _ := kept(t, []byte(`{"flags": {"f": {"kind": "ops", "owner": "t", "enabled": true,
		"variants": {"one": 1, "two": 2}, "default": "one",
		"environments": {"prod": {"enabled": true, "rules": [{"serve": "two"}]}}}}}`))
	wantNum(t, newClient(t, client.Options{Source: down(), Keep: file}), 1)
	wantNum(t, newClient(t, client.Options{Source: down(), Keep: file, Environment: "prod"}), 2)
}

// Where a clock was set back, so that the kept file is of a later time, silence begins now.
// Fake time is long before that of the file.
func TestKeptOfLaterTime(t *testing.T) {
	file, _ := kept(t, flagOf(1))
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, client.Options{Source: down(), Keep: file, Every: every})
		wantState(t, c, client.Bootstrapped)
		wantNum(t, c, 1)
		defer start(t, c)()
		time.Sleep(10*every - 1)
		synctest.Wait()
		wantState(t, c, client.Bootstrapped)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		wantState(t, c, client.Stale)
	})
}

// Without Run, a client whose source fails is stale all the same, from the bound on.
func TestStaleWithoutRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, source := liveWith(t, string(flagOf(1)), client.Options{StaleAfter: time.Minute})
		time.Sleep(time.Minute - 1)
		refresh(t, c) // silence begins here
		source.Fail(nil)
		time.Sleep(time.Minute - 1)
		_ = c.Refresh(t.Context())
		wantState(t, c, client.Live)
		time.Sleep(time.Nanosecond)
		_ = c.Refresh(t.Context())
		wantState(t, c, client.Stale)
		wantNum(t, c, -1)
	})
}

// A log that asks the client, or does not come back, holds up nothing.
func TestSlowLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *client.Client
		block := make(chan struct{})
		log := slog.New(slog.NewTextHandler(writer(func(b []byte) {
			c.Status()
			if strings.Contains(string(b), "live") {
				<-block
			}
		}), nil))
		source := &client.Memory{}
		source.Set(flagOf(1))
		c = newClient(t, client.Options{Source: source, Log: log})
		stop := start(t, c)
		synctest.Wait()
		wantState(t, c, client.Live)
		_ = c.Kill("f")
		wantNum(t, c, -1)
		close(block)
		stop()
	})
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// The same set under another revision confirms, and tells nobody; the next question is about
// the new revision.
func TestSameSetOtherRevision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{}
		n, data := 0, flagOf(1)
		source.does(func(context.Context) (client.Fetched, error) {
			n++
			return client.Fetched{Data: data, Revision: fmt.Sprint("r", n)}, nil
		})
		c := newClient(t, client.Options{Source: source})
		refresh(t, c)
		before := c.Snapshot()
		events, cancel := c.Subscribe(10)
		defer cancel()
		time.Sleep(time.Second)
		refresh(t, c)
		refresh(t, c)
		if s := c.Status(); len(events) != 0 || c.Snapshot() != before || !s.Confirmed.Equal(time.Now()) {
			t.Errorf("%d events, %+v", len(events), s)
		}
		for i, a := range source.asks() {
			if want := []string{"", "r1", "r2"}[i]; a.revision != want {
				t.Errorf("fetch %d asked about %q", i, a.revision)
			}
		}
	})
}

// A source may use its buffer again: what the client keeps and compares is its own.
func TestSourceReusesItsBuffer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags")
	data := flagOf(1)
	source := &scripted{fetch: func(context.Context) (client.Fetched, error) { return client.Fetched{Data: data}, nil }}
	c := newClient(t, client.Options{Source: source, Keep: file})
	refresh(t, c)
	clear(data)
	if err := c.Kill("g"); err != nil {
		t.Fatal(err)
	}
	wantNum(t, newClient(t, client.Options{Source: down(), Keep: file}), 1)
}

// Kills and overrides of before hold in whatever is loaded: a flag that is gone and comes
// back, that is broken, or whose variants are others.
func TestKillHoldsInEverySet(t *testing.T) {
	c, source := liveWith(t, string(flagOf(1)), client.Options{})
	_ = c.Kill("f")
	for _, set := range []string{
		`{"flags": {"g": {"kind": "ops", "owner": "t"}}}`, string(flagOf(2)), `{"flags": {"f": {"kind": "none"}}}`,
		string(flagOf(3)), `{}`, string(flagOf(4)),
	} {
		source.Set([]byte(set))
		refresh(t, c)
		if got := c.Num("f", nil, -1); got != -1 {
			t.Errorf("%s: f is %v", set, got)
		}
	}
	if r := c.Evaluate("f", nil); r.Reason != toggle.Killed {
		t.Error(r)
	}
}

// Run may be started again after it ended, and then sees to silence again.
func TestRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, source := liveWith(t, string(flagOf(1)), client.Options{Every: every})
		start(t, c)()
		source.Fail(nil)
		time.Sleep(20 * every)
		wantState(t, c, client.Live) // nobody asks, and nobody watches
		stop := start(t, c)
		synctest.Wait()
		wantState(t, c, client.Stale)
		source.Set(flagOf(2))
		synctest.Wait()
		wantState(t, c, client.Live)
		stop()
		if err := c.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What is no file is refused, and not waited for.
func TestFileIsAFile(t *testing.T) {
	if _, err := (&client.File{Path: t.TempDir()}).Fetch(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "regular") {
		t.Error(err)
	}
	if _, err := (&client.File{Path: os.DevNull}).Fetch(t.Context(), ""); err == nil {
		t.Error("a device was read")
	}
}

// A page that stops in the middle is given up in time; one that is cut off is not taken.
func TestHTTPSlowAndCutOff(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			_, _ = w.Write(flagOf(1)[:20])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/cut":
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write(flagOf(1))
		case "/here":
			http.Redirect(w, r, "/flags", http.StatusFound)
		case "/there":
			http.Redirect(w, r, "http://elsewhere.test/flags", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(flagOf(1))
		case "/flags":
			_, _ = w.Write(flagOf(1))
		}
	}))
	defer server.Close()
	for path, want := range map[string]string{
		"/slow": "no answer within", "/cut": "unexpected EOF", "/missing": "404", "/here": "", "/there": "not followed", "/loop": "not followed",
	} {
		c := newClient(t, client.Options{Source: &client.HTTP{URL: server.URL + path}, Timeout: 200 * time.Millisecond})
		if path != "/slow" {
			c = newClient(t, client.Options{Source: &client.HTTP{URL: server.URL + path}})
		}
		err := c.Refresh(t.Context())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := (&client.HTTP{URL: "http://user:secret@host:port/"}).Fetch(t.Context(), ""); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// What could not be taken is asked for again: the revision asked about is that of before.
func TestRevisionOfBadSet(t *testing.T) {
	source := &scripted{}
	source.does(func(context.Context) (client.Fetched, error) {
		return client.Fetched{Data: flagOf(1), Revision: "good"}, nil
	})
	c := newClient(t, client.Options{Source: source})
	refresh(t, c)
	source.does(func(context.Context) (client.Fetched, error) {
		return client.Fetched{Data: []byte("{"), Revision: "bad"}, nil
	})
	for range 2 {
		if err := c.Refresh(t.Context()); err == nil {
			t.Error("a bad set was taken")
		}
	}
	for i, a := range source.asks()[1:] {
		if a.revision != "good" {
			t.Errorf("fetch %d asked about %q", i+1, a.revision)
		}
	}
}

// The kept file is another file each time: whoever has the one before, has it whole.
func TestKeptIsReplaced(t *testing.T) {
	file, _ := kept(t, flagOf(1))
	if err := os.Link(file, file+".before"); err != nil {
		t.Skip(err)
	}
	before, _ := os.ReadFile(file)
	c, _ := liveWith(t, string(flagOf(2)), client.Options{Keep: file})
	wantNum(t, c, 2)
	if now, _ := os.ReadFile(file + ".before"); string(now) != string(before) {
		t.Error("the file was written in place")
	}
}

// A source is asked by one at a time.
func TestOneFetchAtATime(t *testing.T) {
	var under, most atomic.Int64
	var all sync.WaitGroup
	c := newClient(t, client.Options{Source: &scripted{fetch: func(context.Context) (client.Fetched, error) {
		n := under.Add(1)
		most.Store(max(most.Load(), n))
		time.Sleep(time.Millisecond) // others come, if they can
		under.Add(-1)
		return client.Fetched{Data: flagOf(1)}, nil
	}}})
	for range 4 {
		all.Go(func() { _ = c.Refresh(t.Context()) })
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d at once", most.Load())
	}
}

// Who asks for a flag that falls to its safe side may serve something else, too.
func TestStaleNamesDependants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, source := liveWith(t, `{"flags": {"base": {"kind": "ops", "owner": "t", "stale": "off"},
			"asks": {"kind": "ops", "owner": "t", "prerequisites": [{"flag": "base", "variants": ["on"]}]},
			"alone": {"kind": "ops", "owner": "t"}}}`, client.Options{Every: every})
		events, cancel := c.Subscribe(9)
		defer cancel()
		source.Fail(nil)
		defer start(t, c)()
		time.Sleep(20 * every)
		synctest.Wait()
		var got []string
		for len(events) > 0 {
			if e := <-events; e.Kind == client.Changed {
				got = append(got, e.Names...)
			}
		}
		if !slices.Equal(got, []string{"asks", "base"}) {
			t.Error(got)
		}
	})
}
