package openfeature_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature"
)

func spec229(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	w.locally(t)
	digest, confirmed := w.flags.Snapshot().Digest(), w.flags.Status().Confirmed.UnixMilli()
	base := of.FlagMetadata{"digest": digest, "confirmed": confirmed, "state": "live", "kind": "ops", "owner": "shop"}
	for _, c := range []struct {
		flag string
		ec   of.EvaluationContext
		more of.FlagMetadata
		less []string
	}{
		{"static", nobody, of.FlagMetadata{"reason": "static"}, nil},
		{"default", nobody, of.FlagMetadata{"reason": "default"}, nil},
		{"match", swiss, of.FlagMetadata{"reason": "targetingMatch", "rule": "swiss", "kind": "permission"}, nil},
		{"split", swiss, of.FlagMetadata{"reason": "split", "rule": "rollout", "kind": "release"}, nil},
		{"killed", swiss, of.FlagMetadata{"reason": "killed"}, nil},
		{"absent", swiss, of.FlagMetadata{"reason": "error", "detail": "there is no such flag"}, []string{"kind", "owner"}},
	} {
		want := maps.Clone(base)
		maps.Copy(want, c.more)
		for _, k := range c.less {
			delete(want, k)
		}
		for range 2 { // made, and found
			_, d, _ := w.ask(t, of.Boolean, c.flag, false, c.ec)
			if diff := cmp.Diff(want, d.FlagMetadata); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.flag, diff)
			}
			clear(d.FlagMetadata) // the SDK's user has a copy
		}
	}
	_, d, _ := w.ask(t, of.Boolean, "needs", true, nobody)
	if rule, _ := d.FlagMetadata.GetString("rule"); rule != "prerequisites[1]" {
		t.Errorf("the prerequisite that does not hold is %q", rule)
	}
	if detail, _ := d.FlagMetadata.GetString("detail"); !strings.Contains(detail, "match") {
		t.Errorf("the detail of a prerequisite is %q", detail)
	}

	w.source.Set([]byte(strings.Replace(flags, `"owner": "shop"`, `"owner": "search"`, 1)))
	if err := w.flags.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, d, _ = w.ask(t, of.Boolean, "static", false, nobody)
	if d.FlagMetadata["owner"] != "search" || d.FlagMetadata["digest"] == digest {
		t.Errorf("after a reload: %v", d.FlagMetadata)
	}
}

func spec2210(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for _, flag := range []string{"static", "split", "needs", "absent", "broken"} {
		_, d, _ := w.ask(t, of.Boolean, flag, false, nobody)
		for k, v := range d.FlagMetadata {
			switch v.(type) {
			case bool, string, int64, float64:
			default:
				t.Errorf("%s: %s is a %T", flag, k, v)
			}
		}
	}
}

func spec231(t *testing.T) {
	var order []string
	note := func(who string) *hook {
		return &hook{
			before:  func(h of.HookContext) { order = append(order, who+" before "+h.FlagKey()) },
			after:   func(d of.InterfaceEvaluationDetails) { order = append(order, fmt.Sprint(who, " after ", d.Value)) },
			failed:  func(error) { order = append(order, who+" error") },
			finally: func() { order = append(order, who+" finally") },
		}
	}
	w := newWorld(t, openfeature.Options{Hooks: []of.Hook{note("provider")}})
	w.sdk.AddHooks(note("client"))
	w.sdk.Boolean(t.Context(), "static", false, nobody)
	want := []string{
		"client before static", "provider before static", "provider after true", "client after true",
		"provider finally", "client finally",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	order = nil
	w.sdk.Boolean(t.Context(), "absent", false, nobody)
	want = []string{
		"client before absent", "provider before absent", "provider error", "client error", "provider finally", "client finally",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := newWorld(t, openfeature.Options{}).provider.Hooks(); len(got) != 0 {
		t.Errorf("hooks that nobody asked for: %v", got)
	}
}

func spec232(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	w.locally(t)
	for _, c := range usual {
		if _, d, _ := w.ask(t, of.Boolean, c.flag, false, c.ec); d.ErrorMessage != "" {
			t.Errorf("%s: message %q", c.flag, d.ErrorMessage)
		}
	}
}

func spec233(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for _, c := range unusual {
		if _, d, _ := w.ask(t, c.kind, c.flag, c.otherwise, c.ec); !strings.Contains(d.ErrorMessage, c.message) {
			t.Errorf("%v %s: message %q, want %q in it", c.kind, c.flag, d.ErrorMessage, c.message)
		}
	}
}

func spec271(t *testing.T) {
	type tracked struct {
		event string
		sub   toggle.Subject
		value float64
		more  map[string]any
	}
	var got []tracked
	w := newWorld(t, openfeature.Options{Track: func(_ context.Context, event string, sub *toggle.Subject, d of.TrackingEventDetails) {
		got = append(got, tracked{event, *sub, d.Value(), d.Attributes()})
	}})
	w.sdk.SetEvaluationContext(of.NewTargetlessEvaluationContext(map[string]any{"plan": "pro"}))
	w.sdk.Track(t.Context(), "bought", swiss, of.NewTrackingEventDetails(99.5).Add("currency", "CHF"))
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	g := got[0]
	if g.event != "bought" || g.value != 99.5 || g.more["currency"] != "CHF" || g.sub.Key != "user-1" ||
		g.sub.Attributes["country"].Text() != "CH" || g.sub.Attributes["plan"].Text() != "pro" {
		t.Errorf("got %+v", g)
	}
	newWorld(t, openfeature.Options{}).sdk.Track(t.Context(), "bought", swiss, of.NewTrackingEventDetails(1)) // nobody is told
}

func spec261(t *testing.T) {
	if _, ok := any((*openfeature.Provider)(nil)).(interface {
		OnContextSet(old, now of.EvaluationContext) error
	}); ok {
		t.Error("a provider of the server side has no reconciliation to do")
	}
}
