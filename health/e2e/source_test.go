package e2e

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

const every = time.Minute

// world is a source with one suite, and one ask for it.
type world struct {
	t      *testing.T
	source *Source
	ask    health.Ask
	runs   atomic.Int64
	active atomic.Int64 // runs under way
	most   atomic.Int64
	test   func(ctx context.Context, n int64) error
}

func newWorld(t *testing.T, u Suite, test func(ctx context.Context, n int64) error) *world {
	w := &world{t: t, test: test}
	if test != nil {
		u.Run = func(ctx context.Context, _ health.Ask) error {
			w.most.Store(max(w.most.Load(), w.active.Add(1)))
			defer w.active.Add(-1)
			time.Sleep(time.Millisecond) // no interval is empty
			return w.test(ctx, w.runs.Add(1))
		}
	}
	s, err := New(Options{Suites: map[string]Suite{"checkout": u}})
	if err != nil {
		t.Fatal(err)
	}
	w.source = s
	now := time.Now().UTC().Round(0)
	w.ask = health.Ask{
		Key: "1/eu/e2e", Stage: "eu", Signal: "e2e", Candidate: "v2", Digest: "sha256:2", From: now, Due: now.Add(every),
		Measure: health.Measure{Test: "checkout"},
	}
	return w
}

func (w *world) call(asks ...health.Ask) []health.Sample {
	w.t.Helper()
	got, err := w.source.Sample(context.Background(), asks)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range got {
		if err := got[i].Check(); err != nil {
			w.t.Fatalf("%+v: %v", got[i], err)
		}
	}
	return got
}

// arrives shows the source with the next ask that a sample arrived.
func (w *world) arrives(x health.Sample) { w.ask.From, w.ask.Due = x.To, x.To.Add(every) }

// next asks every second until there is a result.
func (w *world) next() health.Sample {
	w.t.Helper()
	for range 3600 {
		if got := w.call(w.ask); len(got) == 1 {
			x := got[0]
			if !x.From.Equal(w.ask.From) {
				w.t.Fatalf("from %v, not %v", x.From, w.ask.From)
			}
			w.arrives(x)
			return x
		}
		time.Sleep(time.Second)
	}
	w.t.Fatal("no result in an hour")
	return health.Sample{}
}

func (w *world) want(v health.Verdict, words string) {
	w.t.Helper()
	check(w.t, w.next(), v, words)
}

// check expects a run that passed (Healthy), failed (Degraded), or was none.
func check(t *testing.T, x health.Sample, v health.Verdict, words string) {
	t.Helper()
	got := x.Fetch
	switch {
	case x.Fetch != health.Healthy && x.Candidate.Exposure != 0, x.Fetch == health.Healthy && x.Candidate.Exposure != 1:
		t.Fatalf("%+v", x)
	case x.Fetch == health.Healthy && x.Candidate.Bad == 1:
		got = health.Degraded
	}
	if got != v || x.Reason != words && (words == "" || !strings.Contains(x.Reason, words)) {
		t.Fatalf("got %s %q, want %s %q", got, x.Reason, v, words)
	}
}

func inBubble(t *testing.T, u Suite, test func(ctx context.Context, n int64) error, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, u, test)
		f(t, w)
		if err := w.source.Close(); err != nil {
			t.Fatal(err)
		}
		if w.active.Load() != 0 || w.most.Load() > 1 {
			t.Errorf("%d run after the end, %d ran at once", w.active.Load(), w.most.Load())
		}
	})
}

var errWrong = errors.New("expected 3 items,\n got 2")

type oddError struct{ text *string }

func (e *oddError) Error() string { return *e.text }

func TestResults(t *testing.T) {
	hang := func(ctx context.Context, _ int64) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		suite Suite
		test  func(ctx context.Context, n int64) error
		want  health.Verdict
		words string
		runs  int64
	}{
		"passes": {Suite{}, func(context.Context, int64) error { return nil }, health.Healthy, "", 1},
		"fails":  {Suite{}, func(context.Context, int64) error { return errWrong }, health.Degraded, "expected 3 items, got 2", 1},
		"is flaky": {Suite{Attempts: 3}, func(_ context.Context, n int64) error {
			if n < 3 {
				return fmt.Errorf("number %d", n)
			}
			return nil
		}, health.Healthy, "passed at attempt 3 of 3, before: number 2", 3},
		"passes at once":   {Suite{Attempts: 3}, func(context.Context, int64) error { return nil }, health.Healthy, "", 1},
		"fails every time": {Suite{Attempts: 3}, func(context.Context, int64) error { return errWrong }, health.Degraded, "failed 3 times: expected 3 items, got 2", 3},
		"was not run":      {Suite{Attempts: 3}, func(context.Context, int64) error { return fmt.Errorf("no database: %w", ErrNotRun) }, health.Error, "no database: the test could not be run", 1},
		"fails, and then is not run": {Suite{Attempts: 3}, func(_ context.Context, n int64) error {
			if n == 1 {
				return errWrong
			}
			return ErrNotRun
		}, health.Error, "attempt 2 of 3: the test could not be run; before: expected 3 items, got 2", 2},
		"panics":       {Suite{Attempts: 2}, func(context.Context, int64) error { panic("boom") }, health.Error, "panic: boom", 1},
		"odd error":    {Suite{}, func(context.Context, int64) error { return &oddError{} }, health.Error, "panic: ", 1},
		"ends":         {Suite{}, func(context.Context, int64) error { runtime.Goexit(); return nil }, health.Error, "the call ended its goroutine", 1},
		"takes long":   {Suite{Attempts: 2}, hang, health.Error, "not finished after 5m", 1},
		"passes late":  {Suite{Timeout: time.Second}, func(context.Context, int64) error { time.Sleep(2 * time.Second); return nil }, health.Error, "not finished after 1s", 1},
		"fails late":   {Suite{Timeout: time.Second}, func(context.Context, int64) error { time.Sleep(2 * time.Second); return errWrong }, health.Error, "not finished after 1s", 1},
		"does not end": {Suite{Timeout: time.Second}, func(context.Context, int64) error { time.Sleep(time.Minute); return nil }, health.Error, "not finished after 1s, and does not stop", 1},
		"is cancelled": {Suite{Attempts: 2}, func(context.Context, int64) error { return fmt.Errorf("by hand: %w", context.Canceled) }, health.Cancelled, "by hand: context canceled", 1},
		"times out inside": {Suite{}, func(ctx context.Context, _ int64) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second) // of one request
			defer cancel()
			<-ctx.Done()
			return fmt.Errorf("no answer: %w", ctx.Err())
		}, health.Degraded, "no answer: context deadline exceeded", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, c.suite, c.test, func(t *testing.T, w *world) {
				w.want(c.want, c.words)
				if w.runs.Load() != c.runs {
					t.Errorf("%d runs", w.runs.Load())
				}
			})
		})
	}
}

// The first run begins with the ask, the next ones when it is due after a result arrived.
func TestWhen(t *testing.T) {
	inBubble(t, Suite{}, func(context.Context, int64) error { time.Sleep(10 * time.Second); return nil }, func(t *testing.T, w *world) {
		began := time.Now()
		if got := w.call(w.ask); len(got) != 0 || time.Since(began) != 0 {
			t.Fatalf("%+v after %v", got, time.Since(began))
		}
		time.Sleep(time.Hour) // nobody asks meanwhile
		lost := w.ask
		x := w.next()
		if !x.To.Equal(began.Add(10*time.Second+time.Millisecond)) || time.Since(began) != time.Hour {
			t.Fatalf("ended at %v", x.To)
		}
		for range 3 {
			time.Sleep(time.Minute)
			if again := w.call(lost); len(again) != 1 || again[0].Compare(&x) != 0 || w.runs.Load() != 1 {
				t.Fatalf("again %+v, %d runs", again, w.runs.Load())
			}
		}
		w.ask.Due = time.Now().Add(every)
		for time.Now().Before(w.ask.Due) {
			if got := w.call(w.ask); len(got) != 0 || w.runs.Load() != 1 {
				t.Fatalf("%+v, %d runs before it is due", got, w.runs.Load())
			}
			time.Sleep(time.Second)
		}
		due := time.Now()
		if y := w.next(); !y.From.Equal(x.To) || !y.To.Equal(due.Add(10*time.Second+time.Millisecond)) || w.runs.Load() != 2 {
			t.Fatalf("%+v, %d runs", y, w.runs.Load())
		}
	})
}

// What another host has told meanwhile is not told again.
func TestOvertaken(t *testing.T) {
	inBubble(t, Suite{}, func(context.Context, int64) error { time.Sleep(time.Second); return nil }, func(t *testing.T, w *world) {
		w.call(w.ask)
		time.Sleep(time.Minute)
		w.ask.From = time.Now().UTC()
		w.ask.Due = w.ask.From.Add(every)
		if got := w.call(w.ask); len(got) != 0 {
			t.Fatalf("%+v", got)
		}
		w.want(health.Healthy, "")
		if w.runs.Load() != 2 {
			t.Errorf("%d runs", w.runs.Load())
		}
	})
}

// A run belongs to its key and candidate, and ends with them: the next begins when the
// last has returned.
func TestAnotherAsk(t *testing.T) {
	for name, change := range map[string]func(a *health.Ask){
		"attempt":   func(a *health.Ask) { a.Key = "2/eu/e2e" },
		"candidate": func(a *health.Ask) { a.Candidate = "v3" },
		"digest":    func(a *health.Ask) { a.Digest = "sha256:3" },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Suite{}, func(ctx context.Context, n int64) error {
				if n > 1 {
					return nil
				}
				<-ctx.Done()
				time.Sleep(3 * time.Second) // it tidies up
				return errWrong
			}, func(t *testing.T, w *world) {
				w.call(w.ask)
				time.Sleep(time.Second)
				change(&w.ask)
				began := time.Now()
				w.want(health.Healthy, "")
				if took := time.Since(began); took < 3*time.Second || w.runs.Load() != 2 {
					t.Errorf("after %v and %d runs", took, w.runs.Load())
				}
			})
		})
	}
}

// An ask that is not listed is cancelled, and so is everything by Close.
func TestCancelled(t *testing.T) {
	ended := make(chan error, 9)
	test := func(ctx context.Context, _ int64) error { <-ctx.Done(); ended <- ctx.Err(); return ctx.Err() }
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Suite{Attempts: 5}, test)
		w.call(w.ask)
		time.Sleep(time.Second)
		w.call()
		time.Sleep(time.Second)
		if len(ended) != 1 || !errors.Is(<-ended, context.Canceled) || w.runs.Load() != 1 {
			t.Fatalf("%d runs, %d ended", w.runs.Load(), len(ended))
		}
		w.call(w.ask)
		time.Sleep(time.Second)
		if err := w.source.Close(); err != nil || w.active.Load() != 0 {
			t.Fatal(err, w.active.Load())
		}
		if w.runs.Load() != 2 || len(ended) != 1 {
			t.Fatalf("%d runs, %d ended", w.runs.Load(), len(ended))
		}
		if _, err := w.source.Sample(t.Context(), []health.Ask{w.ask}); err == nil {
			t.Error("a closed source runs")
		}
		if err := w.source.Close(); err != nil {
			t.Error(err)
		}
	}) // which fails if a goroutine is left
}

// While a test does not return it is not run again, and its late result is nothing.
func TestHanging(t *testing.T) {
	release := make(chan struct{})
	synctest.Test(t, func(t *testing.T) {
		release = make(chan struct{})
		w := newWorld(t, Suite{Timeout: time.Second}, func(_ context.Context, n int64) error {
			if n == 1 {
				<-release
			}
			return nil
		})
		w.want(health.Error, "does not stop")
		for range 300 {
			time.Sleep(time.Second)
			if got := w.call(w.ask); len(got) != 0 || w.runs.Load() != 1 {
				t.Fatalf("%+v, %d runs", got, w.runs.Load())
			}
		}
		close(release)
		synctest.Wait()
		w.want(health.Healthy, "")
		if w.runs.Load() != 2 {
			t.Errorf("%d runs", w.runs.Load())
		}
		if err := w.source.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// Only a test that makes sure of it says of which artifact its result is, if there is one.
func TestDigest(t *testing.T) {
	for name, c := range map[string]struct {
		sure bool
		err  error
		want string
	}{
		"passes":              {true, nil, "sha256:2"},
		"fails":               {true, errWrong, "sha256:2"},
		"is not run":          {true, ErrNotRun, ""},
		"passes for anything": {false, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Suite{Digest: c.sure}, func(context.Context, int64) error { return c.err }, func(t *testing.T, w *world) {
				if x := w.next(); x.Digest != c.want {
					t.Errorf("%q, want %q", x.Digest, c.want)
				}
			})
		})
	}
}

func TestReady(t *testing.T) {
	inBubble(t, Suite{}, func(context.Context, int64) error { return nil }, func(t *testing.T, w *world) {
		ready := false
		w.source.options.Ready = func(a health.Ask) bool { return ready && a.Candidate == "v2" }
		for range 100 {
			time.Sleep(time.Second)
			if got := w.call(w.ask); len(got) != 0 || w.runs.Load() != 0 {
				t.Fatalf("%+v, %d runs", got, w.runs.Load())
			}
		}
		ready = true
		w.want(health.Healthy, "")
	})
}

func TestAsks(t *testing.T) {
	inBubble(t, Suite{}, func(context.Context, int64) error { return errWrong }, func(t *testing.T, w *world) {
		unknown, foreign, stable := w.ask, w.ask, w.ask
		unknown.Signal, unknown.Measure.Test = "x", "other"
		foreign.Signal, foreign.Measure = "y", health.Measure{Total: "requests"}
		stable.Signal, stable.Scope = "stable", "stable"
		w.call(unknown, stable, foreign)
		time.Sleep(time.Second)
		got := w.call(unknown, stable, foreign)
		if len(got) != 1 || got[0].Signal != "stable" || got[0].Candidate.Exposure != 0 || got[0].Stable.Bad != 1 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestNew(t *testing.T) {
	run := func(context.Context, health.Ask) error { return nil }
	if _, err := New(Options{Suites: map[string]Suite{"a": {Run: run}, "b": {Command: []string{"x"}}}}); err != nil {
		t.Error(err)
	}
	for want, u := range map[string]Suite{
		`"a" must have either Run or Command`: {},
		`must have either`:                    {Run: run, Command: []string{"x"}},
		`Timeout of "a" must not be negative`: {Run: run, Timeout: -1},
		`must not be negative, and Attempts`:  {Run: run, Attempts: -1},
		`Attempts must be from 0 to 100`:      {Run: run, Attempts: 101},
	} {
		if _, err := New(Options{Suites: map[string]Suite{"a": u}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
