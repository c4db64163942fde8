package toggletest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
	"github.com/seed-20fe5ead/gradatim/toggle/toggletest"
)

const file = "testdata/flags.json"

func color(c *client.Client) string { return c.Text("color", nil, "none") }

func TestNewClient(t *testing.T) {
	set := toggletest.Read(t, file)
	c := toggletest.NewClient(t, set, "")
	if s := c.Status(); s.State != client.Live || color(c) != "#f00" {
		t.Errorf("the client is %+v", s)
	}
	if r := c.Evaluate("one-page-checkout", nil); r.Reason == toggle.Failed {
		t.Errorf("without an environment: %v", r)
	}
	if r := toggletest.NewClient(t, set, "production").Evaluate("one-page-checkout", nil); r.Error != toggle.TargetingKeyMissing {
		t.Errorf("in production: %v", r)
	}

	f := &fake{name: "TestA"}
	set.Flags["wrong"] = toggle.Flag{Kind: toggle.Ops}
	toggletest.NewClient(f, set, "")
	f.failed(t, "fatal", "flags.wrong.owner")
}

func TestRead(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	for content, problem := range map[string]string{
		`{"flags": {"a": {"kind": "ops"}}}`:                                "flags.a.owner",
		`{"flags": {"a": {"kind": "ops", "owner": "shop", "owenr": "x"}}}`: "owenr",
		`{`: "wrong.json",
	} {
		if err := os.WriteFile(wrong, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f := &fake{name: "TestA"}
		toggletest.Read(f, wrong)
		f.failed(t, "fatal", problem)
	}
	f := &fake{name: "TestA"}
	toggletest.Read(f, filepath.Join(t.TempDir(), "absent.json"))
	f.failed(t, "fatal", "absent.json")
}

func TestPinIsUndone(t *testing.T) {
	c := toggletest.NewClient(t, toggletest.Read(t, file), "")
	t.Run("pinned", func(t *testing.T) {
		toggletest.Pin(t, c, "color", "blue")
		if got := color(c); got != "#00f" {
			t.Errorf("pinned to blue, it is %s", got)
		}
		toggletest.PinValue(t, c, "color", toggle.Text("#0f0"))
		if got := color(c); got != "#0f0" {
			t.Errorf("pinned to a value, it is %s", got)
		}
		t.Run("nested", func(t *testing.T) {
			toggletest.Pin(t, c, "color", "red")
			if got := color(c); got != "#f00" {
				t.Errorf("pinned to red, it is %s", got)
			}
		})
		if got := color(c); got != "#0f0" {
			t.Errorf("after the subtest it is %s", got)
		}
		toggletest.PinValue(t, c, "new", toggle.Num(3)) // made by the pin
		if got := c.Num("new", nil, 0); got != 3 {
			t.Errorf("the new flag is %v", got)
		}
	})
	if got := color(c); got != "#f00" || len(c.Status().Overrides) != 0 {
		t.Errorf("after the test it is %s: %+v", got, c.Status())
	}
	if r := c.Evaluate("new", nil); r.Error != toggle.FlagNotFound {
		t.Errorf("the new flag is %v", r)
	}
}

func TestPinThatCannotBe(t *testing.T) {
	newClient := func() *client.Client { return toggletest.NewClient(t, toggletest.Read(t, file), "") }
	t.Run("beside", func(t *testing.T) {
		c := newClient()
		a, b, sub := &fake{name: "TestA"}, &fake{name: "TestB"}, &fake{name: "TestA/x"}
		beside, longer := &fake{name: "TestA/y"}, &fake{name: "TestAll"}
		toggletest.Pin(a, c, "color", "blue")
		for _, other := range []*fake{b, longer} {
			toggletest.Pin(other, c, "color", "red")
			other.failed(t, "fatal", `"color"`, "TestA has pinned it", "client each")
		}
		toggletest.Pin(b, newClient(), "color", "red") // another client is another flag
		toggletest.Pin(b, c, "old-search", "on")       // and so is another flag
		toggletest.Pin(sub, c, "color", "red")
		toggletest.Pin(beside, c, "color", "red")
		beside.failed(t, "fatal", "TestA/x has pinned it")
		toggletest.Pin(a, c, "color", "red")
		a.failed(t, "fatal", "TestA/x has pinned it")
		sub.end()
		toggletest.Pin(beside, c, "color", "red") // now it is free
		beside.end()
		a.end()
		b.end()
		for _, f := range []*fake{a, b, sub, beside} {
			f.failed(t)
		}
		if n := len(c.Status().Overrides); n != 0 {
			t.Errorf("%d overrides are left", n)
		}
	})
	for name, c := range map[string]struct {
		do   func(f *fake, c *client.Client)
		want string
	}{
		"no such variant": {func(f *fake, c *client.Client) { toggletest.Pin(f, c, "color", "green") }, "blue"},
		"no such flag":    {func(f *fake, c *client.Client) { toggletest.Pin(f, c, "colour", "red") }, "there is no flag"},
		"another type":    {func(f *fake, c *client.Client) { toggletest.PinValue(f, c, "color", toggle.Bool(true)) }, "string"},
		"no value":        {func(f *fake, c *client.Client) { toggletest.PinValue(f, c, "color", toggle.Value{}) }, "must have"},
		"killed": {func(f *fake, c *client.Client) {
			_ = c.Kill("color") // kept nowhere
			toggletest.Pin(f, c, "color", "blue")
		}, "killed"},
		"overridden": {func(f *fake, c *client.Client) {
			if err := c.Override("color", toggle.Override{Variant: "red"}); err != nil {
				f.Errorf("%v", err)
			}
			toggletest.Pin(f, c, "color", "blue")
		}, "not by a pin"},
	} {
		t.Run(name, func(t *testing.T) {
			flags, f := newClient(), &fake{name: "TestA"}
			before := color(flags)
			c.do(f, flags)
			f.failed(t, "fatal", "cannot be pinned", c.want)
			if len(f.cleanups) != 0 {
				t.Error("what was not pinned is cleaned up")
			}
			if got := color(flags); got != before {
				t.Errorf("it is %s", got)
			}
		})
	}
}

// TestPinsNest: whatever subtests pin and end, what the innermost pin says is served.
func TestPinsNest(t *testing.T) {
	set := toggletest.Read(t, file)
	rapid.Check(t, func(rt *rapid.T) {
		c := toggletest.NewClient(t, set, "")
		open := []*fake{{name: "Test"}}
		served := []string{"#f00"} // by each test that is open
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			last := len(open) - 1
			switch rapid.SampledFrom([]string{"begin", "end", "pin"}).Draw(rt, "do") {
			case "begin":
				open, served = append(open, &fake{name: open[last].name + "/sub"}), append(served, served[last])
			case "end":
				if last > 0 {
					open[last].end()
					open[last].failed(t)
					open, served = open[:last], served[:last]
				}
			case "pin":
				i := rapid.IntRange(0, 1).Draw(rt, "variant")
				toggletest.Pin(open[last], c, "color", []string{"red", "blue"}[i])
				open[last].failed(t)
				served[last] = []string{"#f00", "#00f"}[i]
			}
			if got, want := color(c), served[len(served)-1]; got != want {
				rt.Fatalf("%s is served, want %s", got, want)
			}
		}
		for i := len(open) - 1; i >= 0; i-- {
			open[i].end()
		}
		if n := len(c.Status().Overrides); n != 0 {
			rt.Fatalf("%d overrides are left", n)
		}
	})
}

// TestPinsConcurrently: of tests that pin at the same time one succeeds.
func TestPinsConcurrently(t *testing.T) {
	c := toggletest.NewClient(t, toggletest.Read(t, file), "")
	fakes := make([]*fake, 8)
	var all sync.WaitGroup
	for i := range fakes {
		fakes[i] = &fake{name: fmt.Sprintf("Test%d", i)}
		all.Go(func() { toggletest.Pin(fakes[i], c, "color", "blue") })
	}
	all.Wait()
	good := 0
	for _, f := range fakes {
		if len(f.failures) == 0 {
			good++
		}
		f.end()
	}
	if good != 1 {
		t.Errorf("%d tests have pinned it", good)
	}
}
