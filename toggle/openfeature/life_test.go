package openfeature_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle/client"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature"
)

var errDown = errors.New("the source is down")

// life runs a test in a bubble, with a provider that is not set yet.
func life(t *testing.T, o client.Options, do func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(t, unset(t, openfeature.Options{}, o)) })
}

func (w *world) set(t *testing.T) error {
	t.Helper()
	return w.api.SetProviderAndWait(t.Context(), w.provider, of.WithDomain("shop"))
}

// set must succeed.
func (w *world) start(t *testing.T) {
	t.Helper()
	w.source.Set([]byte(flags))
	if err := w.set(t); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func (w *world) is(t *testing.T, want of.State) {
	t.Helper()
	synctest.Wait()
	if got := w.sdk.State(); got != want {
		t.Errorf("the state is %s, want %s", got, want)
	}
}

func (w *world) code(t *testing.T) of.ErrorCode {
	t.Helper()
	got, _, _ := w.ask(t, of.Boolean, "static", false, nobody)
	return got.Code
}

func spec241(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		if d := w.provider.BooleanEvaluation(t.Context(), "static", false, nil); d.ResolutionDetail().ErrorCode != of.ProviderNotReadyCode {
			t.Errorf("before initialization: %+v", d)
		}
		w.start(t)
		w.is(t, of.ReadyState)
		if code := w.code(t); code != "" {
			t.Errorf("after initialization: %s", code)
		}
		// A second name is a second initialization, which starts nothing.
		if err := w.api.SetProviderAndWait(t.Context(), w.provider, of.WithDomain("search")); err != nil {
			t.Error(err)
		}
	})
}

func spec2421(t *testing.T) {
	t.Run("the source fails", func(t *testing.T) {
		life(t, client.Options{}, func(t *testing.T, w *world) {
			w.source.Fail(errDown)
			err := w.set(t)
			var init *of.ProviderInitError
			if !errors.Is(err, errDown) || !errors.As(err, &init) || init.ErrorCode != of.ProviderNotReadyCode {
				t.Errorf("the error is %v", err)
			}
			w.is(t, of.ErrorState)
			if code := w.code(t); code != of.ProviderNotReadyCode {
				t.Errorf("the code is %q", code)
			}
			w.source.Set([]byte(flags)) // the client went on
			w.is(t, of.ReadyState)
			if code := w.code(t); code != "" {
				t.Errorf("the code is %q", code)
			}
		})
	})
	t.Run("the time is up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, err := client.New(client.Options{Source: silent{}})
			if err != nil {
				t.Fatal(err)
			}
			p := openfeature.New(c, openfeature.Options{})
			defer p.Shutdown()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := p.InitWithContext(ctx, nobody); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the error is %v", err)
			}
		})
	})
	t.Run("flags that were built in are enough", func(t *testing.T) {
		life(t, client.Options{Bootstrap: []byte(flags)}, func(t *testing.T, w *world) {
			w.source.Fail(errDown)
			if err := w.set(t); err != nil {
				t.Fatal(err)
			}
			w.is(t, of.ReadyState)
			got, d, _ := w.ask(t, of.Boolean, "static", false, nobody)
			if _, there := d.FlagMetadata["confirmed"]; got.Value != true || d.FlagMetadata["state"] != "bootstrapped" || there {
				t.Errorf("got %+v %v", got, d.FlagMetadata)
			}
		})
	})
	t.Run("shut down meanwhile", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, err := client.New(client.Options{Source: silent{}})
			if err != nil {
				t.Fatal(err)
			}
			p := openfeature.New(c, openfeature.Options{})
			time.AfterFunc(time.Second, p.Shutdown)
			if err := p.Init(nobody); err == nil || !strings.Contains(err.Error(), "shut down") {
				t.Errorf("the error is %v", err)
			}
		})
	})
}

// silent is a source that does not answer.
type silent struct{}

func (silent) Fetch(ctx context.Context, _ string) (client.Fetched, error) {
	<-ctx.Done()
	return client.Fetched{}, ctx.Err()
}

func spec251(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		w.start(t)
		if err := w.provider.ShutdownWithContext(t.Context()); err != nil {
			t.Error(err)
		}
		// The client is not run any more: its caller may. (That no goroutine is left is what
		// the end of the bubble shows.)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.flags.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the client ran still: %v", err)
		}
		w.provider.Shutdown() // again does nothing
	})
	openfeature.New(newClient(t), openfeature.Options{}).Shutdown() // nor if it was never set
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		c, err := client.New(client.Options{Source: deaf(stuck), Bootstrap: []byte(flags)})
		if err != nil {
			t.Fatal(err)
		}
		p := openfeature.New(c, openfeature.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.InitWithContext(ctx, nobody); err != nil {
			t.Errorf("there are flags: %v", err)
		}
		if err := p.ShutdownWithContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a source that does not end with its context: %v", err)
		}
		close(stuck)
	})
}

// deaf is a source that answers when it wants to.
type deaf chan struct{}

func (d deaf) Fetch(context.Context, string) (client.Fetched, error) {
	<-d
	return client.Fetched{}, errDown
}

func newClient(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{Source: &client.Memory{}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func spec252(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		w.start(t)
		w.provider.Shutdown()
		if code := w.code(t); code != of.ProviderNotReadyCode {
			t.Errorf("after shutdown the code is %q", code)
		}
		if err := w.provider.Init(nobody); err != nil {
			t.Fatal(err)
		}
		if code := w.code(t); code != "" {
			t.Errorf("after another initialization the code is %q", code)
		}
	})
}

// TestStale: the flag with a safe side serves it and says STALE, the others go on.
func TestStale(t *testing.T) {
	life(t, client.Options{Every: time.Minute, StaleAfter: 10 * time.Minute}, func(t *testing.T, w *world) {
		w.start(t)
		w.source.Fail(errDown)
		time.Sleep(time.Hour)
		got, d, _ := w.ask(t, of.Boolean, "safe", true, nobody)
		if want := (answer{false, "off", openfeature.StaleReason, ""}); got != want || d.FlagMetadata["state"] != "stale" {
			t.Errorf("got %+v, %v, want %+v", got, d.FlagMetadata, want)
		}
		confirmed, err := d.FlagMetadata.GetInt("confirmed")
		if age := time.Since(time.UnixMilli(confirmed)); err != nil || age < time.Hour {
			t.Errorf("confirmed %v ago, %v", age, err)
		}
		got, d, _ = w.ask(t, of.Boolean, "static", false, nobody)
		if want := (answer{true, "on", of.StaticReason, ""}); got != want || d.FlagMetadata["state"] != "stale" {
			t.Errorf("got %+v, %v, want %+v", got, d.FlagMetadata, want)
		}
	})
}

// TestSlowSDK: events that nobody took are made up for by the next one.
func TestSlowSDK(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		w.source.Set([]byte(flags))
		if err := w.provider.Init(nobody); err != nil {
			t.Fatal(err)
		}
		defer w.provider.Shutdown()
		for range 100 {
			w.change(t)
			if err := w.flags.Revive("static"); err != nil {
				t.Error(err)
			}
		}
		lost := 0
		for range 100 {
			synctest.Wait()
			select {
			case e := <-w.provider.EventChannel():
				if e.EventType != of.ProviderConfigChange {
					t.Errorf("got %v", e)
				}
				if strings.Contains(e.Message, "lost") && e.FlagChanges == nil {
					lost++
				}
				continue
			default:
			}
			if lost > 0 {
				return
			}
			w.change(t)
		}
		t.Errorf("%d events told of losses", lost)
	})
}

// TestRunByCaller: a client that runs already is the caller's, also after shutdown.
func TestRunByCaller(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { ended <- w.flags.Run(ctx) }()
		synctest.Wait()
		w.start(t)
		w.provider.Shutdown()
		w.source.Set([]byte(`{"flags": {}}`))
		synctest.Wait()
		if n := len(w.flags.Snapshot().Names()); n != 0 {
			t.Errorf("the client did not go on: %d flags", n)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestMetadataFollows: what is kept of the metadata is of the rule that decided, and of when
// the source last confirmed it.
func TestMetadataFollows(t *testing.T) {
	life(t, client.Options{Every: time.Minute}, func(t *testing.T, w *world) {
		w.source.Set([]byte(strings.Replace(flags, `"match": `, `"rules": {"kind": "ops", "owner": "shop", "enabled": true, "rules": [
			{"name": "swiss", "when": {"attribute": "country", "equals": "CH"}, "serve": "on"},
			{"name": "austrian", "when": {"attribute": "country", "equals": "AT"}, "serve": "on"}]},
			"undecided": {"kind": "ops", "owner": "shop", "enabled": true,
				"prerequisites": [{"flag": "split", "variants": ["other"]}]},
			"match": `, 1)))
		if err := w.set(t); err != nil {
			t.Fatal(err)
		}
		austrian := of.NewEvaluationContext("user-2", map[string]any{"country": "AT"})
		for range 2 {
			for want, ec := range map[string]of.EvaluationContext{"swiss": swiss, "austrian": austrian} {
				if _, d, _ := w.ask(t, of.Boolean, "rules", false, ec); d.FlagMetadata["rule"] != want {
					t.Errorf("%s has the metadata %v", want, d.FlagMetadata)
				}
			}
		}
		for range 2 { // one prerequisite fails for two reasons
			for detail, ec := range map[string]of.EvaluationContext{"is not other": swiss, "cannot be evaluated": nobody} {
				_, d, _ := w.ask(t, of.Boolean, "undecided", false, ec)
				if got, _ := d.FlagMetadata.GetString("detail"); d.Reason != of.DisabledReason || !strings.Contains(got, detail) {
					t.Errorf("want %q in the detail of %s %v", detail, d.Reason, d.FlagMetadata)
				}
			}
		}
		_, before, _ := w.ask(t, of.Boolean, "static", false, nobody)
		time.Sleep(2 * time.Minute)
		_, after, _ := w.ask(t, of.Boolean, "static", false, nobody)
		if was, is := before.FlagMetadata["confirmed"].(int64), after.FlagMetadata["confirmed"].(int64); is <= was {
			t.Errorf("confirmed at %d, then at %d", was, is)
		}
	})
}

// TestAgain: a life begins when nothing of the one before runs any more, and tells nothing of
// it.
func TestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		c, err := client.New(client.Options{Source: deaf(stuck), Bootstrap: []byte(flags), Timeout: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		p := openfeature.New(c, openfeature.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.InitWithContext(ctx, nobody); err != nil {
			t.Fatal(err)
		}
		if err := c.Kill("static"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // an event that nobody takes
		if err := p.ShutdownWithContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the source is deaf: %v", err)
		}

		begun := make(chan error, 1)
		go func() { begun <- p.Init(nobody) }()
		synctest.Wait()
		close(stuck)
		if err := <-begun; err != nil { // it was asked, and there are flags
			t.Error(err)
		}
		synctest.Wait()
		if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "already") {
			t.Errorf("the client does not run: %v", err)
		}
		select {
		case e := <-p.EventChannel():
			t.Errorf("told of the life before: %+v", e)
		default:
		}
		p.Shutdown()
	})
}

// TestShutdownMeanwhile: an Init that is waiting fails even if there are flags.
func TestShutdownMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := client.New(client.Options{Source: silent{}, Bootstrap: []byte(flags)})
		if err != nil {
			t.Fatal(err)
		}
		p := openfeature.New(c, openfeature.Options{})
		time.AfterFunc(time.Second, p.Shutdown)
		if err := p.Init(nobody); err == nil || !strings.Contains(err.Error(), "shut down") {
			t.Errorf("the error is %v", err)
		}
	})
}
