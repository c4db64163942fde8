package prometheus

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// A target that is down keeps the interval open for both arms, and nothing is lost.
func TestDown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		a.counters[ok], b.counters[ok] = 10, 20
		w.pass(5)
		a.down = true
		down := time.Now()
		b.counters[ok], a.counters[ok] = 25, 12
		sum := [2]float64{}
		for range 15 {
			w.second()
			for _, s := range w.call() {
				if s.To.Sub(down) > scrape {
					t.Errorf("an interval ends %v after an instance was down", s.To.Sub(down))
				}
				sum[0] += s.Candidate.Exposure
				sum[1] += s.Stable.Exposure
			}
		}
		a.down = false
		w.pass(5)
		s := w.sum()
		if sum[0]+s.Candidate.Exposure != 25 || sum[1]+s.Stable.Exposure != 12 {
			t.Errorf("told %v and %+v", sum, s)
		}
	})
}

func TestDownForLong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		a.down = true
		w.pass(6)
		a.counters[ok], b.counters[ok] = 10, 20
		s := w.fails()
		wantFetch(t, s, health.Error, "instance shop/a is down: up is 0")
		if open := s.To.Sub(s.From); open < 3*every {
			t.Errorf("told after %v", open)
		}
		w.pass(5)
		a.down = false
		wantArms(t, w.sum(), 20, 0, 10)
	})
}

// The server was away itself, or does not scrape any more: up is of long ago.
func TestNotScraped(t *testing.T) {
	for offset := range int(every / time.Second) {
		inBubble(t, func(t *testing.T, w *world, a, b *instance) {
			w.ask.Measure.Compare = false // else what is apart waits
			w.next()
			for range offset {
				w.second()
				w.call()
			}
			a.phase = -1
			var last time.Time
			for _, v := range w.stored[series.Key(a.metric("up"))].Values {
				last = v.Timestamp.Time()
			}
			s := w.next()
			for ; s.Fetch == health.Healthy; s = w.next() {
				if s.To.Sub(last) > scrape*5/4 {
					t.Errorf("an interval ends %v after the last scrape", s.To.Sub(last))
				}
			}
			wantFetch(t, s, health.Error, "instance shop/a was not scraped in the last 6.25s")
		})
	}
}

func TestEnded(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2", ok)
		c.counters[ok] = 3
		w.pass(6)
		c.counters[ok] = 5
		w.pass(5)
		w.remove(c)
		b.counters[ok] = 1
		wantArms(t, w.sum(), 6)
	})
}

// One that came and ended between two looks is not missed, and what it did is told.
func TestShortLife(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		w.pass(10)
		c := w.add("c", "v2", ok)
		c.counters[ok] = 3
		w.pass(5)
		w.remove(c)
		w.pass(20)
		wantArms(t, w.sum(), 3)
	})
}

func TestSeriesGone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.next()
		a.counters = map[string]float64{"other": 1}
		b.counters[ok] = 7
		s := w.fails()
		wantFetch(t, s, health.Error, "instance shop/a: no series matches http_requests_total any more")
		a.counters = map[string]float64{ok: 4}
		b.counters[ok] = 9
		s = w.sum()
		if s.Stable.Exposure != 4 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestNoCandidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.add("a", "v1", ok)
		w.pass(5)
		w.begin()
		a.counters[ok] = 50
		wantFetch(t, w.next(), health.NoData, `no target of version="v2" has series that match http_requests_total`)
		w.add("b", "v2", ok).counters[ok] = 2
		for range 5 {
			if s := w.next(); s.Fetch == health.Healthy {
				wantArms(t, s, 2) // what stable did alone is not compared
				return
			}
		}
		t.Error("nothing works")
	})
}

func TestQueryErrors(t *testing.T) {
	for name, x := range map[string]struct {
		handle func(http.ResponseWriter, *http.Request) bool
		words  string
	}{
		"bad data":  {failing(400, "bad_data", "parse error"), "400 Bad Request: bad_data: parse error"},
		"execution": {failing(422, "execution", "too many samples"), "execution: too many samples"},
		"forbidden": {failing(403, "", ""), "403"},
		"not json": {func(r http.ResponseWriter, _ *http.Request) bool {
			_, _ = r.Write([]byte("<html>"))
			return true
		}, "not Prometheus's"},
		"mixed": {func(r http.ResponseWriter, _ *http.Request) bool {
			_, _ = r.Write([]byte(`{"status":"success","data":{"resultType":"matrix","result":[]},"warnings":["PromQL warning: encountered a mix of histograms and floats"]}`))
			return true
		}, "a mix of histograms and floats"},
		"scalar": {func(r http.ResponseWriter, _ *http.Request) bool {
			_, _ = r.Write([]byte(`{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}`))
			return true
		}, `its type is "scalar"`},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world, a, b *instance) {
				w.next()
				b.counters[ok] = 5
				w.handle = x.handle
				from := w.ask.From
				s := w.next()
				wantFetch(t, s, health.Error, x.words)
				if s.To.Sub(from) > 2*every {
					t.Errorf("told only after %v", s.To.Sub(from))
				}
				w.handle = nil
				wantArms(t, w.sum(), 5)
			})
		})
	}
}

func TestOutages(t *testing.T) {
	for name, x := range map[string]struct {
		away   error
		handle func(http.ResponseWriter, *http.Request) bool
		words  string
	}{
		"refused":     {errRefused, nil, "connection refused"},
		"unavailable": {nil, failing(503, "timeout", "query timed out"), "503 Service Unavailable: timeout"},
		"internal":    {nil, failing(500, "internal", "x"), "500"},
		"too eager":   {nil, failing(429, "", ""), "429"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world, a, b *instance) {
				w.next()
				from := w.ask.From
				w.away, w.handle = x.away, x.handle
				b.counters[ok] = 5
				s := w.next()
				wantFetch(t, s, health.NoData, x.words)
				if open := s.To.Sub(from); open <= 3*every {
					t.Errorf("told after %v", open)
				}
				b.counters[ok] = 2 // a reset while nobody could look
				w.pass(20)
				b.counters[ok] = 8
				w.away, w.handle = nil, nil
				wantArms(t, w.sum(), 5+8)
			})
		})
	}
}

// A server that takes questions and never answers is one that is away, within the time
// that the engine gives to a source. One that takes long for all of the past is asked for
// less of it.
func TestHanging(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Measure.Learn = time.Hour
		w.next()
		hang := func(only string) func(http.ResponseWriter, *http.Request) bool {
			return func(_ http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.Form.Get("query"), only) {
					<-r.Context().Done()
					return true
				}
				return false
			}
		}
		told := func() (told []health.Sample) {
			for range 60 {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				got, err := w.source.Sample(ctx, []health.Ask{w.ask})
				if err != nil {
					t.Fatal(err)
				}
				told = append(told, got...)
				w.second()
			}
			return told
		}
		w.handle = hang("")
		if got := told(); len(got) == 0 || got[0].Fetch != health.NoData {
			t.Errorf("told %+v", got)
		}
		w.handle = hang("[3600s]")
		w.restart()
		if got := told(); len(got) == 0 || got[0].Fetch != health.Healthy {
			t.Errorf("told %+v", got)
		}
	})
}

func TestInfosAreShown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.handle = w.saying(`"infos":["something"]`, "")
		s := w.next()
		if s.Fetch != health.Healthy || s.Reason != "something" {
			t.Errorf("got %s %q", s.Fetch, s.Reason)
		}
	})
}

// A store behind the server is away, and with it an instance, with its up: it has not
// ended, and the other one alone says nothing.
func TestIncomplete(t *testing.T) {
	for says, words := range map[string]string{
		`"warnings":["store 2 is away"]`: "the answer may be incomplete: store 2 is away",
		`"isPartial":true`:               "the answer is incomplete",
	} {
		inBubble(t, func(t *testing.T, w *world, a, b *instance) {
			c := w.add("c", "v2", ok, failed)
			w.pass(5)
			w.next()
			w.handle = w.saying(says, "c")
			b.counters[ok], c.counters[ok], c.counters[failed] = 10, 0, 100
			w.pass(5)
			wantFetch(t, w.fails(), health.NoData, words)
			w.handle = nil
			wantArms(t, w.sum(), 110, 100)
		})
	}
}

// saying answers with more words, and without what is of one instance.
func (w *world) saying(words, without string) func(http.ResponseWriter, *http.Request) bool {
	return func(rec http.ResponseWriter, r *http.Request) bool {
		all, body := w.stored, httptest.NewRecorder()
		w.stored = maps.Clone(all)
		maps.DeleteFunc(w.stored, func(_ string, s *model.SampleStream) bool { return string(s.Metric["instance"]) == without })
		w.serve(body, r)
		w.stored = all
		_, _ = fmt.Fprintf(rec, "{%s,%s", words, body.Body.String()[1:])
		return true
	}
}

func TestBadSelectorIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.Measure.Total = "rate(x[5m])"
		s := w.next()
		wantFetch(t, s, health.Error, "nothing may follow the selector")
		if took := s.To.Sub(w.start); took != every {
			t.Errorf("told after %v", took)
		}
		if len(w.queries) != 0 {
			t.Errorf("asked %v", w.queries)
		}
	})
}

// What cannot be counted is an error at once.
func TestValuesThatAreNone(t *testing.T) {
	for _, v := range []string{"NaN", "+Inf", "-1", "1e17"} {
		inBubble(t, func(t *testing.T, w *world, a, b *instance) {
			w.next()
			w.handle = func(r http.ResponseWriter, q *http.Request) bool {
				if !strings.HasPrefix(q.Form.Get("query"), "http_requests_total{version") {
					return false
				}
				_, _ = r.Write([]byte(`{"status":"success","data":{"resultType":"matrix","result":[` +
					`{"metric":{"job":"shop","instance":"b","version":"v2"},"values":[[946684801,"` + v + `"]]}]}}`))
				return true
			}
			wantFetch(t, w.next(), health.Error, "not a count")
		})
	}
}

// redirect is a transport that answers every request with a redirect.
type redirect struct{ to string }

func (x redirect) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 307, Header: http.Header{"Location": {x.to}}, Body: http.NoBody, Request: r}, nil
}

func TestRedirectsAndSecrets(t *testing.T) {
	for _, to := range []string{"http://else/?token=secret1", "https://prom/secret1", "http://prom:81/?secret1", "http://prom/%zz?secret1"} {
		s, err := New(Options{URL: "http://me:secret2@prom", Client: &http.Client{Transport: redirect{to}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.client.query(context.Background(), "up", time.Now())
		if err == nil || strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), "secret2") {
			t.Errorf("%s: %v", to, err)
		}
	}
	if _, err := New(Options{URL: "://secret3"}); err == nil || strings.Contains(err.Error(), "secret3") {
		t.Error(err)
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.options.Limit = 50
		w.restart()
		w.add("b", "v2", ok)
		w.pass(5)
		wantFetch(t, w.next(), health.Error, "the answer is too large")
	})
}

// What was missed in a long outage is more than one answer may hold.
func TestLimitAfterOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.options.Limit = 10_000
		w.restart()
		w.next()
		b.counters[ok] = 10
		w.pass(5)
		w.next()
		w.away = errRefused
		b.counters[ok] = 30
		w.pass(3000)
		w.away = nil
		for k := range 12 {
			if s := w.next(); s.Fetch == health.Healthy {
				if s.Candidate.Exposure != 20 {
					t.Errorf("got %+v", s)
				}
				return
			} else if k > 0 {
				wantFetch(t, s, health.Error, "the answer is too large")
			}
		}
		t.Error("nothing is measured again")
	})
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{},
		{URL: "prom:9090"},
		{URL: "ftp://prom"},
		{URL: "http://prom?x=y"},
		{URL: "http://prom", Scrape: -1},
		{URL: "http://prom", Scrape: time.Microsecond},
		{URL: "http://prom", Timeout: -1},
		{URL: "http://prom", MaxOpen: -1},
		{URL: "http://prom", Limit: 1 << 40},
		{URL: "http://prom", Version: "a-b"},
		{URL: "http://prom", Match: map[string]string{"eu": `a=b`}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

// TestTwoAtOnce: rollouts that share a source are told so, for each would cancel what
// the other asks.
func TestTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		inside := 0
		w.handle = func(http.ResponseWriter, *http.Request) bool {
			if inside++; inside == 1 {
				if _, err := w.source.Sample(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "a source serves one rollout") {
					t.Errorf("the second call: %v", err)
				}
			}
			return false
		}
		w.call()
		if inside == 0 {
			t.Error("no call was inside")
		}
	})
}

func TestCancelled(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.pass(30)
		ctx, cancel := context.WithCancel(t.Context())
		w.handle = func(http.ResponseWriter, *http.Request) bool { cancel(); return false }
		if got, err := w.source.Sample(ctx, []health.Ask{w.ask}); err == nil || len(got) > 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
