package openfeature_test

import (
	"fmt"
	"sync"
	"testing"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle/openfeature"
)

// TestConcurrently evaluates while flags are reloaded and killed and the provider is set
// under other names and shut down, for the race detector, and checks that what one
// evaluation says belongs together: the owner in the metadata is that of the variant's set.
func TestConcurrently(t *testing.T) {
	w := unset(t, openfeature.Options{}, clientOptions)
	w.source.Set(generation(0))
	if err := w.set(t); err != nil {
		t.Fatal(err)
	}
	const rounds = 500
	var all sync.WaitGroup
	done := make(chan struct{})
	for g := range 4 {
		all.Go(func() {
			ec := of.NewEvaluationContext(fmt.Sprint("user-", g), map[string]any{"country": "CH", "n": g})
			for {
				select {
				case <-done:
					return
				default:
				}
				d, err := w.sdk.StringValueDetails(t.Context(), "generation", "none", ec)
				switch owner := d.FlagMetadata["owner"]; {
				case d.Variant == "off":
					continue // killed
				case err != nil && d.ErrorCode == of.ProviderNotReadyCode:
					continue // shut down
				case err != nil || owner != d.Value:
					t.Errorf("the value %q has metadata of the owner %v: %v", d.Value, owner, err)
					return
				}
			}
		})
	}
	all.Go(func() {
		defer close(done)
		for i := range rounds {
			w.source.Set(generation(i))
			_ = w.flags.Refresh(t.Context()) // Memory does not fail
		}
	})
	all.Go(func() {
		for range rounds / 10 {
			_ = w.flags.Kill("generation") // kept nowhere
			_ = w.flags.Revive("generation")
		}
	})
	all.Go(func() {
		for i := range 20 {
			if err := w.api.SetProvider(t.Context(), w.provider, of.WithDomain(fmt.Sprint("other-", i))); err != nil {
				t.Error(err)
			}
			w.provider.Track(t.Context(), "bought", nobody, of.NewTrackingEventDetails(1))
			w.provider.Shutdown()
			_ = w.provider.Init(nobody) // another Shutdown may be meanwhile
		}
	})
	all.Wait()
}

// reloader is an attribute that brings the next generation when it is read: at the worst
// moment.
type reloader struct {
	w *world
	t *testing.T
}

func (r reloader) MarshalText() ([]byte, error) {
	r.w.source.Set(generation(2))
	if err := r.w.flags.Refresh(r.t.Context()); err != nil {
		r.t.Error(err)
	}
	return []byte("reloaded"), nil
}

// TestReloadMeanwhile: the metadata is of the set that decided.
func TestReloadMeanwhile(t *testing.T) {
	w := unset(t, openfeature.Options{}, clientOptions)
	w.source.Set(generation(1))
	if err := w.set(t); err != nil {
		t.Fatal(err)
	}
	ec := of.NewEvaluationContext("user-1", map[string]any{"worst": reloader{w, t}})
	d, err := w.sdk.StringValueDetails(t.Context(), "generation", "none", ec)
	if err != nil || d.Value != "team-2" || d.FlagMetadata["owner"] != d.Value || d.FlagMetadata["digest"] != w.flags.Snapshot().Digest() {
		t.Errorf("the value %q has the metadata %v: %v", d.Value, d.FlagMetadata, err)
	}
}

func generation(i int) []byte {
	return fmt.Appendf(nil, `{"flags": {"generation": {"kind": "ops", "owner": "team-%d", "enabled": true,
		"variants": {"on": "team-%d", "off": "off"}, "default": "on", "off": "off"}}}`, i, i)
}
