package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// joinable is a source that is a function.
type joinable func(context.Context, []health.Ask) ([]health.Sample, error)

func (f joinable) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	return f(ctx, asks)
}

// named answers with one sample for each ask, and perhaps an error.
func named(name string, err error) Source {
	return joinable(func(_ context.Context, asks []health.Ask) (out []health.Sample, _ error) {
		for i := range asks {
			out = append(out, health.Sample{Signal: name + "/" + asks[i].Signal})
			asks[i].Signal = "spoiled"
		}
		return out, err
	})
}

func signals(samples []health.Sample) string {
	var names []string
	for i := range samples {
		names = append(names, samples[i].Signal)
	}
	return strings.Join(names, " ")
}

func TestJoin(t *testing.T) {
	broken := errors.New("broken")
	boom := joinable(func(context.Context, []health.Ask) ([]health.Sample, error) { panic("boom") })
	for name, c := range map[string]struct {
		sources []Source
		want    string
		err     string
	}{
		"none":   {nil, "", ""},
		"nil":    {[]Source{nil, named("a", nil), nil}, "a/x a/y", ""},
		"two":    {[]Source{named("a", nil), named("b", nil)}, "a/x a/y b/x b/y", ""},
		"errors": {[]Source{named("a", broken), named("b", nil), named("c", broken)}, "a/x a/y b/x b/y c/x c/y", "source 1: broken\nsource 3: broken"},
		"panics": {[]Source{boom, named("b", nil)}, "b/x b/y", "source 1: panic: boom"},
		"nested": {[]Source{Join(named("a", nil), boom), named("b", nil)}, "a/x a/y b/x b/y", "source 1: source 2: panic: boom"},
	} {
		t.Run(name, func(t *testing.T) {
			asks := []health.Ask{{Signal: "x"}, {Signal: "y"}}
			got, err := Join(c.sources...).Sample(t.Context(), asks)
			if signals(got) != c.want {
				t.Errorf("got %s, want %s", signals(got), c.want)
			}
			if fmt.Sprint(err) != c.err && (err != nil || c.err != "") {
				t.Errorf("got %v, want %s", err, c.err)
			}
			if strings.Contains(c.err, "broken") && !errors.Is(err, broken) {
				t.Error("the error is not wrapped")
			}
			if asks[0].Signal != "x" {
				t.Error("a source changed what the others are asked")
			}
		})
	}
}

// Sources are called at once: one that is slow costs the others nothing.
func TestJoinAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := joinable(func(context.Context, []health.Ask) ([]health.Sample, error) {
			time.Sleep(3 * time.Second)
			return []health.Sample{{Signal: "slow"}}, nil
		})
		began := time.Now()
		got, err := Join(slow, slow, slow).Sample(t.Context(), nil)
		if signals(got) != "slow slow slow" || err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("%s, %v after %v", signals(got), err, time.Since(began))
		}
	})
}

// One that hangs costs the others one call that lasts as long as its context, and is
// called again once it has returned.
func TestJoinHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		release := make(chan struct{})
		hang := joinable(func(context.Context, []health.Ask) ([]health.Sample, error) {
			calls.Add(1)
			<-release
			return []health.Sample{{Signal: "late"}}, nil
		})
		obeys := joinable(func(ctx context.Context, _ []health.Ask) ([]health.Sample, error) {
			<-ctx.Done()
			return []health.Sample{{Signal: "partial"}}, ctx.Err()
		})
		j := Join(hang, named("b", nil), obeys)
		sample := func(want, wrong string, took time.Duration) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			got, err := j.Sample(ctx, []health.Ask{{Signal: "x"}})
			if signals(got) != want || fmt.Sprint(err) != wrong || time.Since(began) != took {
				t.Errorf("%q, %v after %v", signals(got), err, time.Since(began))
			}
		}
		const obeyed = "\nsource 3: context deadline exceeded"
		sample("b/x partial", "source 1: no answer in time"+obeyed, time.Second+patience)
		sample("b/x partial", "source 1: no answer yet to an earlier call"+obeyed, time.Second)
		if n := calls.Load(); n != 1 {
			t.Errorf("called %d times while it hung", n)
		}
		close(release)
		synctest.Wait()
		sample("late b/x partial", "source 3: context deadline exceeded", time.Second)
	})
}

// A joined source drives a rollout while another of its sources fails, hangs or panics.
func TestJoinInTheEngine(t *testing.T) {
	for name, bad := range map[string]Source{
		"fails": named("bad", errors.New("down")),
		"hangs": joinable(func(ctx context.Context, _ []health.Ask) ([]health.Sample, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}),
		"panics": joinable(func(context.Context, []health.Ask) ([]health.Sample, error) { panic("boom") }),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(10)
				e, err := New(Options{Targets: map[string]Target{"eu": f}, Source: Join(bad, &traffic{}), Timeout: 500 * time.Millisecond})
				if err != nil {
					t.Fatal(err)
				}
				s, err := e.Run(t.Context(), "r", compile(t, plan("eu")))
				if err != nil || s.Outcome != rollout.Completed {
					t.Errorf("%s, %v", s.Outcome, err)
				}
			})
		})
	}
}
