package toggletest

import (
	"slices"
	"strings"
	"sync"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// Pin makes a flag of a client serve one of its variants to everybody, until the test ends.
// The test fails at once if the flag has no such variant, if it was killed (a kill beats a
// pin) or overridden by somebody else, or if a test beside this one has pinned it.
func Pin(t TB, c *client.Client, flag, variant string) {
	t.Helper()
	pins.add(t, c, flag, toggle.Override{Variant: variant})
}

// PinValue is Pin for a value. It must be of the flag's type; a flag that is not there is
// made.
func PinValue(t TB, c *client.Client, flag string, value toggle.Value) {
	t.Helper()
	pins.add(t, c, flag, toggle.Override{Value: value})
}

var pins = pinned{all: map[pinnedFlag][]*pin{}}

// pinned are all pins of the process, by flag: the first is of the outermost test.
type pinned struct {
	mu  sync.Mutex
	all map[pinnedFlag][]*pin
}

type pinnedFlag struct {
	client *client.Client
	name   string
}

type pin struct {
	test  string
	serve toggle.Override
}

func (p *pinned) add(t TB, c *client.Client, flag string, serve toggle.Override) {
	t.Helper()
	at, own := pinnedFlag{c, flag}, &pin{t.Name(), serve}
	if problem := p.push(at, own); problem != "" {
		t.Fatalf("toggletest: flag %q cannot be pinned: %s", flag, problem)
		return
	}
	t.Cleanup(func() {
		t.Helper()
		if err := p.drop(at, own); err != nil {
			t.Errorf("toggletest: flag %q cannot be as it was pinned before: %v", flag, err)
		}
	})
}

// push pins, or says why not.
func (p *pinned) push(at pinnedFlag, own *pin) (problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.all[at]
	if n := len(before); n > 0 && !within(own.test, before[n-1].test) {
		return before[n-1].test + " has pinned it: tests that run at the same time need a client each"
	}
	s := at.client.Status()
	if slices.Contains(s.Kills, at.name) {
		return "it was killed, and a kill beats a pin"
	}
	if len(before) == 0 && slices.Contains(s.Overrides, at.name) {
		return "it was overridden, and not by a pin: that could not be undone"
	}
	if err := at.client.Override(at.name, own.serve); err != nil {
		return err.Error()
	}
	p.all[at] = append(before, own)
	return ""
}

// drop ends a pin. The last one of those that are left is in force again.
func (p *pinned) drop(at pinnedFlag, own *pin) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := slices.DeleteFunc(p.all[at], func(o *pin) bool { return o == own })
	if len(left) == 0 {
		delete(p.all, at)
		at.client.Clear(at.name)
		return nil
	}
	p.all[at] = left
	return at.client.Override(at.name, left[len(left)-1].serve)
}

// within says whether a test is another one or a subtest of it.
func within(test, other string) bool {
	return test == other || strings.HasPrefix(test, other+"/")
}
