package openfeature_test

import (
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
		w.change(t)
		heard := e.all()
		if n := len(slices.DeleteFunc(slices.Clone(heard), func(h string) bool { return h != string(of.ProviderStale) })); n != 1 {
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
