package client_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

const every = time.Minute

var errDown = errors.New("down")

// A life: nothing, then built-in flags, live, silence, and live again.
func TestStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &client.Memory{}
		source.Fail(errDown)
		c := newClient(t, client.Options{Source: source, Every: every, Bootstrap: flagOf(1)})
		wantState(t, c, client.Bootstrapped)
		wantNum(t, c, 1)
		r := c.Evaluate("f", nil)
		if !r.Confirmed.IsZero() || r.Age(time.Now()) < 100*365*24*time.Hour {
			t.Errorf("confirmed at %v, %v ago", r.Confirmed, r.Age(time.Now()))
		}
		defer start(t, c)()
		synctest.Wait()
		wantState(t, c, client.Bootstrapped)
		if s := c.Status(); !errors.Is(s.Err, errDown) || s.Failures != 1 {
			t.Errorf("%+v", s)
		}
		source.Set(flagOf(2))
		synctest.Wait() // at once: memory tells
		wantState(t, c, client.Live)
		wantNum(t, c, 2)
		live := time.Now()
		if r := c.Evaluate("f", nil); !r.Confirmed.Equal(live) {
			t.Errorf("confirmed at %v", r.Confirmed)
		}

		source.Fail(errDown)
		time.Sleep(10*every - time.Second)
		synctest.Wait()
		wantState(t, c, client.Live)
		wantNum(t, c, 2)
		time.Sleep(time.Second)
		synctest.Wait()
		wantState(t, c, client.Stale)
		wantNum(t, c, -1)
		if r := c.Evaluate("f", nil); r.Reason != toggle.Outdated || r.Age(time.Now()) != 10*every {
			t.Errorf("%v %v", r, r.Age(time.Now()))
		}

		source.Set(flagOf(2))
		synctest.Wait()
		wantState(t, c, client.Live)
		wantNum(t, c, 2)
	})
}

func TestNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{fetch: func(context.Context) (client.Fetched, error) { return client.Fetched{}, errDown }}
		c := newClient(t, client.Options{Source: source})
		wantState(t, c, client.NotReady)
		if r := c.Evaluate("f", nil); r.Error != toggle.NotReady {
			t.Error(r)
		}
		wantNum(t, c, 99)
		if s := c.Snapshot(); s == nil || len(s.Names()) != 0 {
			t.Error(s)
		}
		defer start(t, c)()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := c.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errDown) {
			t.Error(err)
		}
		synctest.Wait()
		wantState(t, c, client.NotReady) // what is not there cannot be stale
		source.does(func(context.Context) (client.Fetched, error) { return client.Fetched{Data: flagOf(1)}, nil })
		if err := c.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		wantState(t, c, client.Live)
		if err := c.Run(t.Context()); err == nil {
			t.Error("two Runs at once")
		}
	})
}

// Unchanged is an answer, and keeps flags live; the source is asked about the revision that
// was taken.
func TestUnchangedConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{}
		source.does(func(context.Context) (client.Fetched, error) {
			return client.Fetched{Data: flagOf(1), Revision: "r1", Unchanged: len(source.asks()) > 1}, nil
		})
		c := newClient(t, client.Options{Source: source, Every: every})
		events, cancel := c.Subscribe(100)
		defer cancel()
		defer start(t, c)()
		time.Sleep(30 * every)
		synctest.Wait()
		wantState(t, c, client.Live)
		if age := func() time.Duration { s := c.Status(); return s.Age(time.Now()) }(); age > every {
			t.Errorf("confirmed %v ago", age)
		}
		if n := len(source.asks()); n < 30 || n > 35 {
			t.Errorf("%d fetches in 30 minutes", n)
		}
		for i, a := range source.asks() {
			if i > 0 && a.revision != "r1" {
				t.Errorf("fetch %d asked about %q", i, a.revision)
			}
		}
		if len(events) != 2 { // ready, changed
			t.Errorf("%d events", len(events))
		}
	})
}

func TestUnchangedWithoutRevision(t *testing.T) {
	source := &scripted{fetch: func(context.Context) (client.Fetched, error) { return client.Fetched{Unchanged: true}, nil }}
	c := newClient(t, client.Options{Source: source})
	if err := c.Refresh(t.Context()); err == nil {
		t.Error("nothing was there that could be unchanged")
	}
	wantState(t, c, client.NotReady)
}

// Errors are tried again soon, then seldom; and a tenth of Every is what polls differ by.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{fetch: func(context.Context) (client.Fetched, error) { return client.Fetched{}, errDown }}
		c := newClient(t, client.Options{Source: source, Every: every})
		defer start(t, c)()
		time.Sleep(time.Hour)
		synctest.Wait()
		all := source.asks()
		for i := 1; i < len(all); i++ {
			most := min(time.Second<<min(i-1, 20), 4*every)
			if d := all[i].at.Sub(all[i-1].at); d > most || d < most/2 {
				t.Errorf("wait %d is %v, not between %v and %v", i, d, most/2, most)
			}
		}
		if n := len(source.asks()); n < 20 || n > 45 {
			t.Errorf("%d fetches in an hour", n)
		}
		source.does(func(context.Context) (client.Fetched, error) { return client.Fetched{Data: flagOf(1)}, nil })
		time.Sleep(4 * every)
		synctest.Wait()
		from := len(source.asks())
		time.Sleep(10 * every)
		synctest.Wait()
		all = source.asks()
		for i := from; i < len(all); i++ {
			if d := all[i].at.Sub(all[i-1].at); d > every || d < every-every/10 {
				t.Errorf("a poll after %v", d)
			}
		}
	})
}

// A source that hangs is given up, and flags become stale even if it does not give up.
func TestHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{fetch: func(context.Context) (client.Fetched, error) { return client.Fetched{Data: flagOf(1)}, nil }}
		c := newClient(t, client.Options{Source: source, Every: every, Timeout: 5 * time.Second})
		stop := start(t, c)
		synctest.Wait()
		source.does(func(ctx context.Context) (client.Fetched, error) { <-ctx.Done(); return client.Fetched{}, ctx.Err() })
		time.Sleep(every + 5*time.Second)
		synctest.Wait()
		if err := c.Status().Err; err == nil || err.Error() != "no answer within 5s" {
			t.Error(err)
		}
		deaf := make(chan struct{})
		source.does(func(context.Context) (client.Fetched, error) { <-deaf; return client.Fetched{}, errDown })
		time.Sleep(11 * every)
		synctest.Wait()
		wantState(t, c, client.Stale)
		close(deaf)
		stop()
		if s := c.Status(); errors.Is(s.Err, context.Canceled) {
			t.Error("the end of Run is told as the source's failure")
		}
	})
}

func TestNeverStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, source := liveWith(t, string(flagOf(1)), client.Options{Every: every, StaleAfter: -1})
		source.Fail(nil)
		defer start(t, c)()
		time.Sleep(1000 * every)
		synctest.Wait()
		wantState(t, c, client.Live)
		wantNum(t, c, 1)
	})
}

// Flags that cannot be read leave the last good ones, and count as silence; broken flags in
// a set that can be read stay as they were, one by one.
func TestBadSets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c, source := liveWith(t, string(flagOf(1)), client.Options{Every: every, Log: slog.New(slog.NewTextHandler(&log, nil))})
		defer start(t, c)()
		before := c.Status()
		for _, bad := range []string{"", "{", `[]`, `{"flags": {}`, string(flagOf(2)) + "x"} {
			time.Sleep(every / 2)
			synctest.Wait()
			source.Set([]byte(bad))
			synctest.Wait()
			if s := c.Status(); s.Err == nil || s.Digest != before.Digest || !s.Confirmed.Before(time.Now()) {
				t.Errorf("%q: %+v", bad, s)
			}
			wantNum(t, c, 1)
		}
		if !strings.Contains(log.String(), "flags cannot be fetched") {
			t.Error(log.String())
		}
		source.Set([]byte(`{"flags": {"f": {"kind": "none"}, "g": {"kind": "ops", "owner": "t"}}}`))
		synctest.Wait()
		s := c.Status()
		var field *toggle.FieldError
		if s.Err != nil || s.State != client.Live || !errors.As(s.Broken, &field) || field.Path != "flags.f.kind" {
			t.Errorf("%+v", s)
		}
		wantNum(t, c, 1)
		if r := c.Evaluate("g", nil); r.Variant != "off" || r.Error != "" {
			t.Error(r)
		}
		source.Set(flagOf(3))
		synctest.Wait()
		wantNum(t, c, 3)
		if s := c.Status(); s.Broken != nil {
			t.Error(s.Broken)
		}
	})
}

// What depends on the time is evaluated at the time it is.
func TestTimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(time.Hour)
		on := true
		source := &client.Memory{}
		if err := source.Store(toggle.Set{Flags: map[string]toggle.Flag{"f": {Kind: toggle.Ops, Owner: "t", Settings: toggle.Settings{
			Rollout: &toggle.Rollout{Exposure: 1_000_000, Serve: "on"}, Schedule: []toggle.Change{{At: at, Enabled: &on}},
		}}}}); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, client.Options{Source: source})
		refresh(t, c)
		h := c.Handle("f")
		if c.Bool("f", subject, true) || h.Bool(subject, true) {
			t.Error("on before its time")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if !c.Bool("f", subject, false) || !h.Bool(subject, false) {
			t.Error("off after its time")
		}
	})
}
