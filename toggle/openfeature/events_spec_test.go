package openfeature_test

import (
	"context"
	"errors"
	"slices"
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

func spec511(t *testing.T) {
	life(t, client.Options{Every: time.Minute, StaleAfter: 10 * time.Minute}, func(t *testing.T, w *world) {
		e := listen(w.sdk)
		w.start(t)
		e.hears(t, of.ProviderReady)
		w.source.Set([]byte(strings.Replace(flags, `"default": "on"`, `"default": "off"`, 1)))
		e.hears(t, of.ProviderReady, of.ProviderConfigChange)
		w.source.Fail(errDown)
		time.Sleep(9 * time.Minute)
		e.hears(t, of.ProviderReady, of.ProviderConfigChange) // a fetch that fails is no event
		time.Sleep(2 * time.Minute)
		heard := e.all()
		if !slices.Contains(heard, string(of.ProviderStale)) {
			t.Errorf("heard %v", heard)
		}
		w.source.Set([]byte(flags))
		synctest.Wait()
		if heard = e.all()[len(heard):]; !slices.Contains(heard, string(of.ProviderReady)) {
			t.Errorf("after the source came back, heard %v", heard)
		}
	})
}

func spec512(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		api, own := listen(w.api), listen(w.sdk)
		w.start(t)
		w.change(t)
		api.hears(t, of.ProviderReady, of.ProviderConfigChange)
		own.hears(t, of.ProviderReady, of.ProviderConfigChange)
	})
}

// change kills a flag.
func (w *world) change(t *testing.T) {
	t.Helper()
	if err := w.flags.Kill("static"); err != nil {
		t.Error(err)
	}
	synctest.Wait()
}

func spec513(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		other := w.api.NewClient(of.WithDomain("other"))
		if err := w.api.SetProviderAndWait(t.Context(), of.NoopProvider{}, of.WithDomain("other")); err != nil {
			t.Fatal(err)
		}
		e := listen(other)
		before := len(e.all())
		w.start(t)
		w.change(t)
		if got := e.all()[before:]; len(got) != 0 {
			t.Errorf("a client of another provider heard %v", got)
		}
	})
}

func spec514(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		e := listen(w.sdk)
		w.source.Fail(errDown)
		_ = w.set(t) // see 2.4.2.1
		e.hears(t, of.ProviderError)
		if m := e.of(of.ProviderError).Message; !strings.Contains(m, errDown.Error()) {
			t.Errorf("the message is %q", m)
		}
	})
}

// The SDK takes the code from the error of the initialization, but does not hand it to
// handlers (v1.20.0).
func spec515(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		w.source.Fail(errDown)
		var init *of.ProviderInitError
		if err := w.set(t); !errors.As(err, &init) || init.ErrorCode != of.ProviderNotReadyCode {
			t.Errorf("the error is %v", err)
		}
	})
}

func spec523(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		e := listen(w.sdk)
		w.start(t)
		w.change(t)
		e.hears(t, of.ProviderReady, of.ProviderConfigChange)
		for _, k := range []of.EventType{of.ProviderReady, of.ProviderConfigChange} {
			if got := e.of(k).ProviderName; got != openfeature.Name {
				t.Errorf("%s names the provider %q", k, got)
			}
		}
	})
}

func spec524(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		e := listen(w.sdk)
		w.start(t)
		w.change(t)
		e.hears(t, of.ProviderReady, of.ProviderConfigChange)
		d := e.of(of.ProviderConfigChange)
		if !slices.Contains(d.FlagChanges, "static") || d.Message == "" {
			t.Errorf("got %+v", d)
		}
		if d.EventMetadata["state"] != "live" || d.EventMetadata["digest"] != w.flags.Snapshot().Digest() {
			t.Errorf("got %v", d.EventMetadata)
		}
	})
}

func spec531(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		e := listen(w.sdk)
		w.start(t)
		e.hears(t, of.ProviderReady)
	})
}

func spec532(t *testing.T) {
	life(t, client.Options{}, func(t *testing.T, w *world) {
		e := listen(w.sdk)
		w.source.Fail(errDown)
		if w.set(t) == nil {
			t.Error("there is no error")
		}
		e.hears(t, of.ProviderError)
		w.source.Set([]byte(flags))
		synctest.Wait()
		if got := e.all(); len(got) < 2 || got[1] != string(of.ProviderReady) && !slices.Contains(got, string(of.ProviderReady)) {
			t.Errorf("heard %v", got)
		}
	})
}

func spec533(t *testing.T) {
	life(t, client.Options{Every: time.Minute, StaleAfter: 10 * time.Minute}, func(t *testing.T, w *world) {
		w.start(t)
		listen(w.sdk).hears(t, of.ProviderReady)
		w.source.Fail(errDown)
		time.Sleep(time.Hour)
		listen(w.sdk).hears(t, of.ProviderStale)
	})
}

func spec535(t *testing.T) {
	life(t, client.Options{Every: time.Minute, StaleAfter: 10 * time.Minute}, func(t *testing.T, w *world) {
		w.is(t, of.NotReadyState)
		w.start(t)
		w.is(t, of.ReadyState)
		w.source.Fail(errDown)
		w.is(t, of.ReadyState)
		time.Sleep(time.Hour)
		w.is(t, of.StaleState)
		w.change(t)
		w.is(t, of.StaleState)
		w.source.Set([]byte(flags))
		w.is(t, of.ReadyState)
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
