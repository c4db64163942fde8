package toggletest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/toggletest"
)

func TestExpired(t *testing.T) {
	at := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC) // of old-search
	for _, c := range []struct {
		after time.Duration
		words []string
	}{
		{-time.Nanosecond, nil},
		{0, []string{`"old-search"`, "experiment", "owner search", "2026-10-30", "0 hours ago"}},
		{time.Hour, []string{"1 hour ago"}},
		{24 * time.Hour, []string{"1 day ago"}},
		{72*time.Hour + time.Minute, []string{"3 days ago"}},
	} {
		f := &fake{name: "TestA"}
		toggletest.Expired(f, toggletest.Read(t, file), at.Add(c.after))
		f.failed(t, c.words...)
	}
	f := &fake{name: "TestA"}
	toggletest.Expired(f, toggletest.Read(t, file), at.AddDate(10, 0, 0))
	if len(f.failures) != 2 || !strings.Contains(f.failures[1], "one-page-checkout") {
		t.Errorf("got %q", f.failures)
	}
}

func TestSettled(t *testing.T) {
	since := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	set := toggletest.Read(t, file)
	f := set.Flags["one-page-checkout"]
	f.Environments["production"] = toggle.Settings{Enabled: true, Since: since, Rollout: &toggle.Rollout{Exposure: 1_000_000, Serve: "on"}}
	f.Environments["test"] = toggle.Settings{Enabled: true, Since: since, Rollout: &toggle.Rollout{Exposure: 500_000, Serve: "on"}}
	for _, c := range []struct {
		environment string
		after       time.Duration
		words       []string
	}{
		{"production", 31 * 24 * time.Hour, []string{"flags.one-page-checkout", "on to everybody since 2026-09-01", "owner shop"}},
		{"production", 29 * 24 * time.Hour, nil},
		{"test", 31 * 24 * time.Hour, nil}, // half of them
		{"", 31 * 24 * time.Hour, nil},     // does not say since when
	} {
		f := &fake{name: "TestA"}
		toggletest.Settled(f, set, c.environment, since.Add(c.after))
		f.failed(t, c.words...)
	}
}

func TestTouched(t *testing.T) {
	set := toggletest.Read(t, file)
	a, b := toggletest.NewClient(t, set, "production"), toggletest.NewClient(t, set, "")
	if r := toggletest.Touched(a); len(r.Touched) != 0 || len(r.Untouched) != 3 {
		t.Errorf("before anything was evaluated: %+v", r)
	}
	color(a)
	color(b)
	for _, variant := range []string{"blue", "red"} {
		toggletest.Pin(t, b, "color", variant)
		color(b)
	}
	a.Bool("one-page-checkout", nil, false) // no key
	a.Bool("color", nil, false)             // another type
	a.Bool("color", nil, false)
	a.Bool("colour", nil, false)
	got := toggletest.Touched(a, b)
	want := toggletest.Report{
		Touched: []toggletest.Touch{
			{Flag: "color", N: 6, Served: []string{"blue", "red"}, Failed: 2},
			{Flag: "one-page-checkout", N: 1, Failed: 1},
		},
		Untouched: []string{"old-search"},
		Unknown:   1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTouchedCallersDefault: a flag that serves the caller's default has not failed.
func TestTouchedCallersDefault(t *testing.T) {
	c := toggletest.NewClient(t, toggle.Set{Flags: map[string]toggle.Flag{
		"callers": {Kind: toggle.Ops, Owner: "shop", Default: toggle.CallersDefault},
	}}, "")
	if !c.Bool("callers", nil, true) {
		t.Error("it is not the caller's default")
	}
	want := []toggletest.Touch{{Flag: "callers", N: 1}}
	if diff := cmp.Diff(want, toggletest.Touched(c).Touched); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRun(t *testing.T) {
	set := toggle.Set{Flags: map[string]toggle.Flag{
		"asked of a run": {Kind: toggle.Ops, Owner: "shop"}, "never asked": {Kind: toggle.Ops, Owner: "shop"},
	}}
	asked := func(t toggletest.TB) { toggletest.NewClient(t, set, "").Bool("asked of a run", nil, true) }
	find := func() toggletest.Touch {
		for _, touch := range toggletest.Run().Touched {
			if touch.Flag == "asked of a run" {
				return touch
			}
		}
		return toggletest.Touch{}
	}
	before := find().N // with -count
	f := &fake{name: "TestA"}
	asked(f)
	if got := find().N; got != before {
		t.Errorf("before the end of the test it is %d, want %d", got, before)
	}
	f.end()
	t.Run("of a real test", func(t *testing.T) { asked(t) })
	if got := find(); got.N != before+2 || !slices.Equal(got.Served, []string{"off"}) {
		t.Errorf("got %+v, before %d", got, before)
	}
	if r := toggletest.Run(); !slices.Contains(r.Untouched, "never asked") || slices.Contains(r.Untouched, "asked of a run") {
		t.Errorf("never asked: %v", r.Untouched)
	}
}
