package alertmanager

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

func TestQuietAndFiring(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		if got := w.call(); len(got) != 0 {
			t.Fatalf("not due, and got %+v", got)
		}
		w.want(0, "")
		w.server.fire("HighErrors", 5*time.Second)
		w.want(1, "HighErrors fires since 2000-01-01T00:00:05Z")
		w.server.fire("Slow", 2*time.Second)
		w.want(1, "HighErrors fires since 2000-01-01T00:00:05Z (and 1 more)")
		w.server.clear("HighErrors")
		w.server.clear("Slow")
		w.server.fire("Elsewhere", 0).Labels["service"] = "search"
		w.want(0, "")
		if u := w.server.requests[0]; u != "GET /prefix/api/v2/alerts?active=true&filter=service%3D%22checkout%22&inhibited=true&silenced=true&unprocessed=true" {
			t.Error(u)
		}
	})
}

// The absence of an alert is no data wherever it could not have fired or arrived.
func TestAbsenceMustBeBelievable(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(w *world)
		verdict health.Verdict
		words   string
	}{
		"no watchdog":      {func(w *world) { w.server.clear("Watchdog") }, health.NoData, `the watchdog {alertname="Watchdog"} does not fire`},
		"a stale watchdog": {func(w *world) { w.server.list[0].UpdatedAt = time.Now().Add(-3*time.Minute - time.Second) }, health.NoData, "was sent 3m11s ago"},
		"just started":     {func(w *world) { w.server.started = time.Now().Add(-time.Minute) }, health.NoData, "Alertmanager started 1m10s ago"},
		"no traffic":       {func(w *world) { w.traffic = false }, health.NoData, "there is no traffic"},
		"unknown traffic":  {func(w *world) { w.unknown = errors.New("no counters") }, health.Error, "whether there is traffic is not known: no counters"},
		"a panic": {func(w *world) {
			w.source.options.Traffic = func(context.Context, health.Ask) (bool, error) { panic("boom") }
		}, health.Error, "panic: boom"},
		"a filter that the server ignores": {func(w *world) { w.server.deaf = true; w.server.list[0].Labels["alertname"] = "Other" }, health.NoData, "does not fire"},
		"a status without a start":         {func(w *world) { w.server.raw = map[string]string{"status": "{}"} }, health.Error, "since when Alertmanager runs"},
		"a status that is none":            {func(w *world) { w.server.raw = map[string]string{"status": "up"} }, health.Error, "since when Alertmanager runs"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				c.change(w)
				w.missing(c.verdict, c.words)
				w.restart()
				w.server.deaf = false
				w.server.fire("HighErrors", 0)
				if x := w.next(); x.Candidate.Bad != 1 {
					t.Fatalf("an alert that fires is not told: %+v", x)
				}
			})
		})
	}
}

func TestBelievable(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"a watchdog just fresh":   func(w *world) { w.server.list[0].UpdatedAt = time.Now().Add(every - 3*time.Minute) },
		"a silenced watchdog":     func(w *world) { w.server.list[0].Status.SilencedBy = []string{"x"} },
		"a second watchdog":       func(w *world) { w.server.fire("Watchdog", 0); w.server.list[0].UpdatedAt = time.Time{}.Add(time.Hour) },
		"long enough":             func(w *world) { w.server.started = time.Now().Add(every - 2*time.Minute) },
		"another clock, ahead":    func(w *world) { w.server.skew = time.Hour },
		"another clock, behind":   func(w *world) { w.server.skew = -time.Hour },
		"no time to settle":       func(w *world) { w.server.started = time.Now(); w.source.options.Settle = -1 },
		"filters that do nothing": func(w *world) { w.server.deaf = true; w.server.fire("Other", 0).Labels["service"] = "search" },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				change(w)
				w.want(0, "")
			})
		})
	}
}

// Alertmanager forgets all alerts when it restarts: between the two questions it must
// not look as if none fired.
func TestRestartBetweenTheQuestions(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.server.fire("HighErrors", 0)
		w.server.onAsk = func(what string) {
			if strings.Contains(what, "checkout") { // before it answers: it has just come up, and only the watchdog is back
				w.server.started = time.Now()
				w.server.list = w.server.list[:1]
			}
		}
		w.missing(health.NoData, "Alertmanager started")
	})
}

func TestStates(t *testing.T) {
	const fires = "HighErrors fires since 2000-01-01T00:00:00Z"
	silence := func(x *alert) { x.Status.State, x.Status.SilencedBy = "suppressed", []string{"id"} }
	for name, c := range map[string]struct {
		change func(w *world, x *alert)
		bad    float64 // -1: no data
		words  string
	}{
		"new":       {func(_ *world, x *alert) { x.Status.State = "unprocessed" }, 1, fires},
		"inhibited": {func(_ *world, x *alert) { x.Status.State = "suppressed" }, 1, fires},
		"silenced":  {func(_ *world, x *alert) { silence(x) }, -1, fires + ", and is silenced"},
		"silenced beside another": {func(w *world, x *alert) {
			silence(x)
			w.server.fire("Slow", 0)
		}, 1, "Slow fires since 2000-01-01T00:00:00Z"},
		"earlier": {func(_ *world, x *alert) { x.StartsAt = x.StartsAt.Add(-time.Second) }, 1, "HighErrors fires since 1999-12-31T23:59:59Z, before the rollout started"},
		"earlier beside another": {func(w *world, x *alert) {
			x.StartsAt = x.StartsAt.Add(-time.Second)
			w.server.fire("Slow", 0)
		}, 1, "Slow fires since 2000-01-01T00:00:00Z (and 1 more)"},
		"earlier, skipped": {func(w *world, x *alert) {
			w.source.options.SkipEarlier = true
			x.StartsAt = x.StartsAt.Add(-time.Second)
		}, -1, "HighErrors fires since 1999-12-31T23:59:59Z, before the rollout started, and is not held against the release"},
		"not earlier, not skipped": {func(w *world, x *alert) { w.source.options.SkipEarlier = true }, 1, fires},
		"without a name":           {func(_ *world, x *alert) { delete(x.Labels, "alertname") }, 1, "an alert fires since 2000-01-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				c.change(w, w.server.fire("HighErrors", 0))
				if c.bad < 0 {
					w.missing(health.NoData, c.words)
				} else {
					w.want(c.bad, c.words)
				}
			})
		})
	}
}

func TestWrong(t *testing.T) {
	alerts := func(body string) func(w *world) {
		return func(w *world) { w.server.raw = map[string]string{"alerts": body} }
	}
	const whole = `[{"labels":{"a":"b"},"status":{"state":"active"},"startsAt":"2000-01-01T00:00:00Z","updatedAt":"2000-01-01T00:00:00Z"}]`
	for name, c := range map[string]struct {
		change  func(w *world)
		verdict health.Verdict
		words   string
	}{
		"down":            {func(w *world) { w.server.down = errDown }, health.NoData, "Alertmanager cannot be reached: connection refused"},
		"slow":            {func(w *world) { w.server.delay = 3 * time.Second }, health.NoData, "cannot be reached: no answer in time"},
		"500":             {func(w *world) { w.server.status = 503 }, health.NoData, "the server answers 503"},
		"400":             {func(w *world) { w.server.status, w.server.raw = 400, map[string]string{"alerts": "bad matcher"} }, health.Error, "the server answers 400: bad matcher"},
		"a login page":    {alerts("<html>"), health.Error, "no list of alerts"},
		"null":            {alerts("null"), health.Error, "no list of alerts"},
		"an object":       {alerts("{}"), health.Error, "no list of alerts"},
		"half a list":     {alerts(whole[:20]), health.Error, "no list of alerts"},
		"two lists":       {alerts("[][]"), health.Error, "no list of alerts"},
		"too long":        {alerts("[" + strings.Repeat(" ", maxAnswer) + "]"), health.Error, "longer than"},
		"no labels":       {alerts(strings.Replace(whole, `"a":"b"`, "", 1)), health.Error, "an alert without"},
		"no state":        {alerts(strings.Replace(whole, `active`, "", 1)), health.Error, "an alert without"},
		"no start":        {alerts(strings.Replace(whole, `startsAt`, "x", 1)), health.Error, "an alert without"},
		"no update":       {alerts(strings.Replace(whole, `updatedAt`, "x", 1)), health.Error, "an alert without"},
		"null as alert":   {alerts("[null]"), health.Error, "an alert without"},
		"a bad selector":  {func(w *world) { w.ask.Measure.Alert = "{service}" }, health.Error, "one of = != =~ !~ must stand here"},
		"all alerts":      {func(w *world) { w.ask.Measure.Alert = "{}" }, health.Error, "must have a condition"},
		"a client's bug":  {func(w *world) { w.source.client = &http.Client{Transport: bug{}} }, health.Error, "panic: of the client"},
		"only the dog":    {func(w *world) { w.server.onAsk = downFor(w, "Watchdog") }, health.NoData, "cannot be reached"},
		"only the status": {func(w *world) { w.server.onAsk = downFor(w, "status") }, health.NoData, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				c.change(w)
				w.missing(c.verdict, c.words)
			})
		})
	}
}

type bug struct{}

func (bug) RoundTrip(*http.Request) (*http.Response, error) { panic("of the client") }

func downFor(w *world, what string) func(string) {
	return func(asked string) {
		w.server.down = nil
		if strings.Contains(asked, what) {
			w.server.down = errDown
		}
	}
}

// What was told is told again until it has arrived, and costs no question.
func TestToldAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.server.fire("HighErrors", 0)
		lost := w.ask
		first := w.next()
		w.server.clear("HighErrors")
		n := len(w.server.requests)
		for range 3 {
			time.Sleep(time.Minute)
			got, err := w.source.Sample(t.Context(), []health.Ask{lost})
			if err != nil || len(got) != 1 || got[0].Compare(&first) != 0 {
				t.Fatalf("got %+v, want %+v", got, first)
			}
		}
		if len(w.server.requests) != n {
			t.Error("asked again")
		}
		w.server.list[0].UpdatedAt = time.Now()
		w.want(0, "")
	})
}

func TestAsks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.server.fire("HighErrors", 0)
		stable, other, foreign, twice := w.ask, w.ask, w.ask, w.ask
		stable.Signal, stable.Scope = "stable", "stable"
		other.Signal, other.Scope, other.Measure.Alert = "db", "downstream", `{service="db"}`
		foreign.Signal, foreign.Measure = "errors", health.Measure{Total: "requests"}
		time.Sleep(every)
		got, err := w.source.Sample(t.Context(), []health.Ask{w.ask, stable, foreign, other, twice})
		if err != nil || len(got) != 3 {
			t.Fatalf("%+v, %v", got, err)
		}
		if got[1].Candidate.Exposure != 0 || got[1].Stable.Bad != 1 || got[2].Candidate.Exposure != 1 || got[2].Candidate.Bad != 0 {
			t.Errorf("%+v", got)
		}
		if n := len(w.server.requests); n != 4 { // two selectors, the watchdog, the status
			t.Errorf("%d requests: %q", n, w.server.requests)
		}
		if w.asked != 1 {
			t.Errorf("asked %d times for traffic, not only where nothing fires", w.asked)
		}
	})
}

// An end of the context is no look, and no answer.
func TestCancelled(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		time.Sleep(every)
		ctx, cancel := context.WithCancel(t.Context())
		w.server.onAsk = func(string) { cancel() }
		if got, err := w.source.Sample(ctx, []health.Ask{w.ask}); len(got) != 0 || !errors.Is(err, context.Canceled) {
			t.Fatalf("%+v, %v", got, err)
		}
		w.server.onAsk = nil
		w.want(0, "")
	})
}

func TestOneCallAtATime(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		time.Sleep(every)
		w.server.delay = time.Second
		over := make(chan error)
		go func() {
			_, err := w.source.Sample(t.Context(), []health.Ask{w.ask})
			over <- err
		}()
		time.Sleep(time.Millisecond)
		if _, err := w.source.Sample(t.Context(), []health.Ask{w.ask}); err == nil || !strings.Contains(err.Error(), "serves one rollout") {
			t.Error(err)
		}
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
}

func TestNew(t *testing.T) {
	good := Options{URL: "https://alerts/am", Watchdog: `{alertname="Watchdog"}`, Traffic: func(context.Context, health.Ask) (bool, error) { return true, nil }}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(o *Options){
		"Options.URL must be":                             func(o *Options) { o.URL = "alerts:9093" },
		"Options.URL must be an http":                     func(o *Options) { o.URL = "ftp://alerts" },
		"Options.Watchdog must be set":                    func(o *Options) { o.Watchdog = "" },
		"Options.Watchdog: selector":                      func(o *Options) { o.Watchdog = "Watchdog" },
		`Options.Watchdog: selector "{}": must have`:      func(o *Options) { o.Watchdog = "{}" },
		"Options.Traffic must be set":                     func(o *Options) { o.Traffic = nil },
		"Options.MaxAge and Timeout must not be negative": func(o *Options) { o.Timeout = -1 },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
