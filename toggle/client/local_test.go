package client_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// A kill beats an override, which beats the source; all stay when flags are loaded anew.
func TestOrderOfSayings(t *testing.T) {
	c, source := liveWith(t, string(flagOf(1)), client.Options{})
	steps := []struct {
		name string
		do   func() error
		want float64
	}{
		{"override", func() error { return c.Override("f", toggle.Override{Value: toggle.Num(5)}) }, 5},
		{"reload", func() error { source.Set(flagOf(2)); return c.Refresh(t.Context()) }, 5},
		{"kill", func() error { return c.Kill("f") }, -1},
		{"kill again", func() error { return c.Kill("f") }, -1},
		{"reload", func() error { source.Set(flagOf(3)); return c.Refresh(t.Context()) }, -1},
		{"clear", func() error { c.Clear("f"); return nil }, -1},
		{"override", func() error { return c.Override("f", toggle.Override{Variant: "v"}) }, -1},
		{"revive", func() error { return c.Revive("f", "unknown") }, 3},
		{"another override", func() error { return c.Override("f", toggle.Override{Value: toggle.Num(6)}) }, 6},
		{"clear", func() error { c.Clear("f", "unknown"); return nil }, 3},
	}
	for i, s := range steps {
		if err := s.do(); err != nil {
			t.Errorf("%d, %s: %v", i, s.name, err)
		}
		if got := c.Num("f", nil, 99); got != s.want {
			t.Errorf("%d, %s: %v, not %v", i, s.name, got, s.want)
		}
	}
}

func TestOverride(t *testing.T) {
	c, source := liveWith(t, string(flagOf(1)), client.Options{})
	var field *toggle.FieldError
	if err := c.Override("f", toggle.Override{Value: toggle.Text("x")}); !errors.As(err, &field) {
		t.Error(err)
	}
	if err := c.Override("f", toggle.Override{}); !errors.As(err, &field) {
		t.Error(err)
	}
	wantNum(t, c, 1)
	h := c.Handle("new")
	if err := c.Override("new", toggle.Override{Value: toggle.Text("here")}); err != nil {
		t.Error(err)
	}
	if got := h.Text(nil, "") + c.Text("new", nil, ""); got != "herehere" {
		t.Error(got)
	}
	if err := c.Override("f", toggle.Override{Variant: "off"}); err != nil {
		t.Error(err)
	}
	source.Set([]byte(`{"flags": {"f": {"kind": "ops", "owner": "t"}}}`)) // a boolean now
	refresh(t, c)
	if s := c.Status(); s.Misfit != nil || !slices.Equal(s.Overrides, []string{"f", "new"}) {
		t.Errorf("%+v", s)
	}
	source.Set([]byte(`{"flags": {"f": {"kind": "ops", "owner": "t", "variants": {"one": 1}, "default": "one"}}}`))
	refresh(t, c)
	if s := c.Status(); s.Misfit == nil {
		t.Error("an override of a variant that is gone does not tell")
	}
	wantNum(t, c, 1)
}

// Each getter gives the caller's default for each other type.
func TestGetters(t *testing.T) {
	c, _ := liveWith(t, `{"flags": {
		"bool": {"kind": "ops", "owner": "t", "default": "on"},
		"text": {"kind": "ops", "owner": "t", "variants": {"v": "x"}, "default": "v"},
		"num": {"kind": "ops", "owner": "t", "variants": {"v": 2.5}, "default": "v"},
		"json": {"kind": "ops", "owner": "t", "variants": {"v": {"a": [1]}}, "default": "v"}}}`, client.Options{Count: true})
	for _, n := range []string{"bool", "text", "num", "json", "none"} {
		h := c.Handle(n)
		if h.Name() != n {
			t.Error(h.Name())
		}
		if got := c.Bool(n, nil, false); got != (n == "bool") || h.Bool(nil, false) != got {
			t.Errorf("%s: %v", n, got)
		}
		if got := c.Text(n, nil, "other"); (got == "x") != (n == "text") || got != "x" && got != "other" || h.Text(nil, "other") != got {
			t.Errorf("%s: %v", n, got)
		}
		if got := c.Num(n, nil, 7); (got == 2.5) != (n == "num") || got != 2.5 && got != 7 || h.Num(nil, 7) != got {
			t.Errorf("%s: %v", n, got)
		}
		if got := c.JSON(n, nil, "{}"); (got == `{"a":[1]}`) != (n == "json") || h.JSON(nil, "{}") != got {
			t.Errorf("%s: %v", n, got)
		}
	}
	want := []client.Count{
		{Reason: toggle.Failed, Error: toggle.FlagNotFound, N: 8},
		{Flag: "bool", Reason: toggle.Failed, Error: toggle.TypeMismatch, N: 6},
		{Flag: "bool", Variant: "on", Reason: toggle.Disabled, N: 2},
		{Flag: "json", Reason: toggle.Failed, Error: toggle.TypeMismatch, N: 6},
		{Flag: "json", Variant: "v", Reason: toggle.Disabled, N: 2},
		{Flag: "num", Reason: toggle.Failed, Error: toggle.TypeMismatch, N: 6},
		{Flag: "num", Variant: "v", Reason: toggle.Disabled, N: 2},
		{Flag: "text", Reason: toggle.Failed, Error: toggle.TypeMismatch, N: 6},
		{Flag: "text", Variant: "v", Reason: toggle.Disabled, N: 2},
	}
	if got := c.Counts(); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// chain is flags that ask each other, one that names a segment, and one alone.
const chain = `{"segments": {"testers": {"attribute": "key", "in": ["ada"]}}, "flags": {
	"root": {"kind": "ops", "owner": "t", "default": "on"},
	"mid": {"kind": "ops", "owner": "t", "enabled": true, "prerequisites": [{"flag": "root", "variants": ["on"]}], "default": "on"},
	"leaf": {"kind": "ops", "owner": "t", "enabled": true, "environments": {"prod": {"enabled": true,
		"prerequisites": [{"flag": "mid", "variants": ["on"]}]}}, "default": "on"},
	"named": {"kind": "ops", "owner": "t", "enabled": true, "rules": [{"when": {"not": {"segment": "testers"}}, "serve": "on"}]},
	"alone": {"kind": "ops", "owner": "t", "stale": "off"}}}`

// Events tell in their order what may serve something else, dependants included.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &client.Memory{}
		source.Set([]byte(chain))
		c := newClient(t, client.Options{Source: source, Environment: "prod", Every: every})
		events, cancel := c.Subscribe(100)
		expect := func(what string, want ...client.Event) {
			t.Helper()
			synctest.Wait()
			for _, w := range want {
				select {
				case got := <-events:
					if got.Kind != w.Kind || got.State != w.State || !slices.Equal(got.Names, w.Names) || (got.Err != nil) != (w.Err != nil) {
						t.Errorf("%s: %+v, not %+v", what, got, w)
					}
				default:
					t.Errorf("%s: no event, not %+v", what, w)
				}
			}
			select {
			case got := <-events:
				t.Errorf("%s: %+v", what, got)
			default:
			}
		}
		change := func(old, now string) { source.Set([]byte(replace(t, chain, old, now))) }
		changed := func(names ...string) client.Event {
			return client.Event{Kind: client.Changed, State: client.Live, Names: names}
		}
		defer start(t, c)()
		expect("first", client.Event{Kind: client.Ready, State: client.Live}, changed("alone", "leaf", "mid", "named", "root"))
		_ = c.Kill("root")
		expect("kill", changed("leaf", "mid", "root"))
		_ = c.Kill("root")
		expect("the same kill")
		_ = c.Revive("root")
		expect("revive", changed("leaf", "mid", "root"))
		_ = c.Override("mid", toggle.Override{Variant: "off"})
		expect("override", changed("leaf", "mid"))
		c.Clear("mid")
		expect("clear", changed("leaf", "mid"))
		change(`"ada"`, `"bob"`)
		expect("a segment", changed("named"))
		change(`{"segments"`, ` {"segments"`)
		expect("a segment back, and space", changed("named"))
		change(`"alone"`, `"other"`)
		expect("one gone, one new", changed("alone", "other"))
		change(`"kind": "ops", "owner": "t", "stale"`, `"owner": "t", "stale"`)
		expect("broken", client.Event{Kind: client.Changed, State: client.Live, Names: []string{"alone", "other"}, Err: errDown})
		source.Fail(nil)
		time.Sleep(5 * every)
		expect("down", client.Event{Kind: client.Failed, State: client.Live, Err: errDown})
		source.Set([]byte(chain))
		expect("up, and repaired", changed("alone"))
		source.Fail(nil)
		time.Sleep(20 * every)
		expect("down for long", client.Event{Kind: client.Failed, State: client.Live, Err: errDown},
			client.Event{Kind: client.Silent, State: client.Stale, Err: errDown},
			client.Event{Kind: client.Changed, State: client.Stale, Names: []string{"alone"}})
		source.Set([]byte(chain))
		expect("up again", client.Event{Kind: client.Ready, State: client.Live}, changed("alone"))
		cancel()
		cancel()
		_ = c.Kill("root")
		if _, open := <-events; open {
			t.Error("an event after cancel")
		}
	})
}

// Nothing waits for a slow subscriber, who is told how much was lost.
func TestSlowSubscriber(t *testing.T) {
	c, _ := liveWith(t, chain, client.Options{})
	slow, cancel := c.Subscribe(0)
	defer cancel()
	quick, cancel2 := c.Subscribe(100)
	defer cancel2()
	for range 10 {
		_ = c.Kill("root")
		_ = c.Revive("root")
	}
	if e := <-slow; e.Lost != 0 {
		t.Errorf("%+v", e)
	}
	_ = c.Kill("root")
	_ = c.Kill("alone")
	if e := <-slow; e.Lost != 19 {
		t.Errorf("%+v", e)
	}
	_ = c.Revive("alone")
	if e := <-slow; e.Lost != 1 {
		t.Errorf("%+v", e)
	}
	if len(quick) != 23 {
		t.Errorf("%d events", len(quick))
	}
}
