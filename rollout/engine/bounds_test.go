package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// box is an inbox that may do anything.
type box struct {
	pending func() ([]rollout.Command, error)
	acked   func(ids []string)
}

func (b box) Submit(context.Context, string, rollout.Command) error { return nil }
func (b box) Pending(context.Context, string) ([]rollout.Command, error) {
	return b.pending()
}

func (b box) Ack(_ context.Context, _ string, ids []string) error {
	b.acked(ids)
	return nil
}

// TestManyOrders: orders that are too much for one decision are taken in their order
// by the next ones, at once, and what cannot be recorded is left aside.
func TestManyOrders(t *testing.T) {
	for name, c := range map[string]struct {
		orders, reason int
	}{"many": {2500, 1}, "large": {200, 60 << 10}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var left []rollout.Command
				for i := range c.orders {
					o := command(fmt.Sprint(i), rollout.Pause)
					o.Reason = strings.Repeat("r", c.reason)
					left = append(left, o)
				}
				huge := command("huge", rollout.Pause)
				huge.Reason = strings.Repeat("r", maxOrder)
				left = slices.Insert(left, 3, huge, rollout.Command{ID: "no kind"})
				inbox := box{
					pending: func() ([]rollout.Command, error) { return left, nil },
					acked:   func(ids []string) { left = without(left, ids) },
				}
				n, took, began := 0, time.Duration(0), time.Now()
				m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
					if len(in.Commands) == 0 {
						return s, rollout.Output{Done: true}
					}
					if size := len(in.Commands) * c.reason; len(in.Commands) > maxOrders || size > maxOrderBytes {
						t.Errorf("%d orders of %d bytes", len(in.Commands), size)
					}
					s.Taken = nil
					for _, o := range in.Commands {
						if o.ID != fmt.Sprint(n) {
							t.Errorf("order %q in place %d", o.ID, n)
						}
						n++
						took = time.Since(began)
						s.Taken = append(s.Taken, o.ID)
					}
					return step(s, rollout.Output{Wake: in.Now.Add(time.Hour)})
				})
				e := engine(t, Options{Targets: map[string]Target{"eu": newFleet(4)}, Inbox: inbox})
				if _, err := e.drive(t.Context(), "r", m, noRecord); err != nil {
					t.Error(err)
				}
				if n != c.orders || took > time.Second || len(left) != 2 {
					t.Errorf("%d of %d orders after %v, %d are left", n, c.orders, took, len(left))
				}
			})
		})
	}
}

// TestOrdersThatStay: an order that cannot be removed from the inbox is carried out once,
// be it one of them or all.
func TestOrdersThatStay(t *testing.T) {
	for _, all := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var listed []rollout.Command
			for i := range maxOrders + 2 {
				listed = append(listed, command(fmt.Sprint(i), []rollout.CommandKind{rollout.Pause, rollout.Resume}[i%2]))
			}
			store, n := NewMemory(), 0
			inbox := box{pending: func() ([]rollout.Command, error) { return listed, nil }, acked: func(ids []string) {
				if !all {
					listed = append(listed[:1:1], without(listed[1:], ids)...)
				}
			}}
			e := engine(t, Options{
				Targets: map[string]Target{"eu": newFleet(4)}, Store: store, Inbox: inbox, SourceOf: func(string) Source { return &traffic{} },
				OnDecision: func(_ rollout.State, _ rollout.Input, out rollout.Output) {
					for _, e := range out.Events {
						if e.Kind == rollout.EventPaused || e.Kind == rollout.EventResumed {
							n++
						}
					}
				},
			})
			p := plan("eu")
			p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := e.Run(ctx, "r", compile(t, p)); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if want := maxOrders; all && n != want || !all && n != want+2 {
				t.Errorf("all %v: %d orders were carried out", all, n)
			}
		})
	}
}

// TestLargeOrdersThatStay: they do not keep others from being heard, and are written into
// a record once.
func TestLargeOrdersThatStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var listed []rollout.Command
		for i := range 70 {
			c := command(fmt.Sprint(i), rollout.Resume)
			c.Reason = strings.Repeat("r", 62<<10)
			listed = append(listed, c)
		}
		listed = append(listed, command("stop", rollout.Pause))
		var n atomic.Int64 // of them are listed
		n.Store(70)
		store := NewMemory()
		e := engine(t, Options{
			Targets: map[string]Target{"eu": newFleet(4)}, Store: store, SourceOf: func(string) Source { return &traffic{} },
			Inbox: box{pending: func() ([]rollout.Command, error) { return listed[:n.Load()], nil }, acked: func([]string) {}},
		})
		p := plan("eu")
		p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
		stop := background(t, e, compile(t, p))
		time.Sleep(5 * time.Second)
		n.Store(71)
		time.Sleep(5 * time.Second)
		if s, _ := stop(); s.Paused.IsZero() {
			t.Error("not paused")
		}
		records, err := store.Journal(t.Context(), "r")
		must(t, err)
		written := 0
		for _, r := range records {
			for _, c := range r.Input.Commands {
				if c.Kind != "" {
					written++
				}
			}
		}
		if written != 71 {
			t.Errorf("%d orders are written in %d records", written, len(records))
		}
	})
}

// TestBounds: whatever a source, a target or the facts say, a decision can be
// recorded; what was kept while nothing could be saved has a bound.
func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(4)
		huge := strings.Repeat("é", 40<<20)
		var facts []gate.Vouched
		var version string
		f.lie = func(o *rollout.Observed) { o.Versions[0].Version = version }
		src := sourceFunc(func() []health.Sample {
			return append(make([]health.Sample, maxSamples), health.Sample{Key: "newest", Reason: huge})
		})
		var got rollout.Input
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			got = in
			switch s.Rev {
			case 2:
				version, facts = huge, []gate.Vouched{{Value: huge}}
			case 3:
				version, facts = "1.0", make([]gate.Vouched, maxFacts+1)
			case 4:
				facts = facts[1:]
			}
			s.Ask = []health.Ask{{Key: "k"}}
			return step(s, rollout.Output{Wake: in.Now})
		})
		e := engine(t, Options{
			Targets: map[string]Target{"eu": f}, Source: src,
			Facts: func(context.Context) ([]gate.Vouched, error) { return facts, nil },
		})
		store := e.o.Store.(*Memory)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		e.o.OnDecision = func(s rollout.State, _ rollout.Input, _ rollout.Output) {
			if s.Rev == 1 {
				return // nothing is asked yet
			}
			if n := len(got.Samples); n != maxSamples || got.Samples[n-1].Key != "newest" || len(got.Samples[n-1].Reason) > 510 {
				t.Errorf("revision %d: %d samples", s.Rev, n)
			}
			switch facts := len(got.Facts); s.Rev {
			case 4:
				if facts != 0 || !strings.Contains(got.Fleets[0].Err, "bytes") {
					t.Errorf("%d facts, %.100q", facts, got.Fleets[0].Err)
				}
			case 5:
				if facts != 0 || got.Fleets[0].Err != "" {
					t.Errorf("%d facts, %.100q", facts, got.Fleets[0].Err)
				}
			case 6:
				if facts != maxFacts {
					t.Errorf("%d facts", facts)
				}
				cancel()
			}
		}
		if s, err := e.drive(ctx, "r", m, noRecord); !errors.Is(err, context.Canceled) || s.Rev < 6 {
			t.Errorf("revision %d, %v", s.Rev, err)
		}
		if _, err := store.Journal(t.Context(), "r"); err != nil {
			t.Error(err)
		}
	})
}

// TestLostSamples: samples that make a decision impossible to record are let go.
func TestLostSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		huge := strings.Repeat("x", 70<<20)
		n := 0
		src := sourceFunc(func() []health.Sample {
			if n++; n > 1 {
				return nil
			}
			return []health.Sample{{Signal: huge}}
		})
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			s.Ask = []health.Ask{{Key: "k"}}
			next, out := step(s, rollout.Output{Wake: in.Now})
			out.Done = s.Rev == 2
			return next, out
		})
		e := engine(t, Options{Targets: map[string]Target{"eu": newFleet(4)}, Source: src})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if s, err := e.drive(ctx, "r", m, noRecord); err != nil || s.Rev != 3 {
			t.Errorf("revision %d, %v", s.Rev, err)
		}
	})
}

// TestBadHost: an inbox or a view that hangs or panics is called no more while it
// hangs, and does not keep the rollout from its end.
func TestBadHost(t *testing.T) {
	hang := func(release chan struct{}) { <-release }
	boom := func(chan struct{}) { panic("boom") }
	quiet := func(chan struct{}) {}
	for name, c := range map[string]struct{ pending, ack, view func(chan struct{}) }{
		"pending hangs": {hang, quiet, quiet}, "pending panics": {boom, quiet, quiet},
		"ack hangs": {quiet, hang, quiet}, "ack panics": {quiet, boom, quiet},
		"view hangs": {quiet, quiet, hang}, "view panics": {quiet, quiet, boom},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				var calls [3]atomic.Int64
				f := newFleet(4)
				e := engine(t, Options{
					Targets: map[string]Target{"eu": f}, Source: &traffic{},
					Inbox: box{
						pending: func() ([]rollout.Command, error) {
							calls[0].Add(1)
							c.pending(release)
							return []rollout.Command{command("1", rollout.Resume)}, nil
						},
						acked: func([]string) { calls[1].Add(1); c.ack(release) },
					},
					OnDecision: func(rollout.State, rollout.Input, rollout.Output) { calls[2].Add(1); c.view(release) },
				})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				s, err := e.Run(ctx, "r", compile(t, plan("eu")))
				if err != nil || s.Outcome != rollout.Completed {
					t.Errorf("%v: outcome %q", err, s.Outcome)
				}
				for i := range calls {
					n := calls[i].Load()
					hangs := strings.HasSuffix(name, "hangs") && i == slices.Index([]string{"pending", "ack", "view"}, strings.Fields(name)[0])
					if hangs != (n == 1) && n > 0 {
						t.Errorf("call %d: %d times", i, n)
					}
				}
				if hung := strings.HasSuffix(name, "hangs"); hung != (len(e.running) == 1) {
					t.Errorf("%d seats are kept", len(e.running))
				}
				close(release)
			})
		})
	}
}

// TestSharedSource: a source that rollouts share is slow for each of them, and not for
// one after another.
func TestSharedSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		targets, names := map[string]Target{}, []string{"a", "b", "c", "d", "e", "f", "g", "h"}
		for _, name := range names {
			targets[name] = newFleet(2)
		}
		slow := &traffic{onSample: func(context.Context) error { time.Sleep(2 * time.Second); return nil }}
		e := engine(t, Options{Targets: targets, Source: slow})
		ends := make(chan error)
		for _, name := range names {
			m := compile(t, plan(name))
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				_, err := e.Run(ctx, name, m)
				ends <- err
			}()
		}
		for range names {
			if err := <-ends; err != nil {
				t.Error(err)
			}
		}
	})
}

// TestSilentSource: a source that hangs is called no more for the same rollout, whoever
// runs it next.
func TestSilentSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var calls atomic.Int64
		src := sourceFunc(func() []health.Sample {
			calls.Add(1)
			<-release
			return nil
		})
		e := engine(t, Options{Targets: map[string]Target{"eu": newFleet(4)}, Source: src})
		m := script(func(s rollout.State, in rollout.Input) (rollout.State, rollout.Output) {
			if s.Rev == 0 {
				s.Ask = []health.Ask{{Key: "k"}}
				return step(s, rollout.Output{Wake: in.Now})
			}
			return s, rollout.Output{Wake: in.Now.Add(time.Second)}
		})
		ends := make(chan error)
		for _, id := range []string{"a", "b", "a", "b"} { // two at a time
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := e.drive(ctx, id, m, noRecord)
				ends <- err
			}()
			if id == "b" {
				for range 2 {
					if err := <-ends; !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
				}
			}
		}
		if n := calls.Load(); n != 2 || len(e.running) != 2 {
			t.Errorf("called %d times, %d seats are kept", n, len(e.running))
		}
		close(release)
	})
}
