package client

import "github.com/seed-20fe5ead/gradatim/toggle"

// Kill makes flags serve their off variant, from the next evaluation on, whatever the source
// says now or later, until they are revived. A name that no flag has is remembered. The
// error says that the kills could not be kept in the file: they are in force in any case, but
// not in a process that starts later. It comes once the file is written, and that may take
// as long as the disk does; the kills are in force before.
func (c *Client) Kill(names ...string) error {
	return c.kill(names, func(n string) { c.truth.kills[n] = true })
}

// Revive ends kills. The error is as that of Kill.
func (c *Client) Revive(names ...string) error {
	return c.kill(names, func(n string) { delete(c.truth.kills, n) })
}

func (c *Client) kill(names []string, do func(string)) error {
	c.mu.Lock()
	before := len(c.truth.kills)
	for _, n := range names {
		do(n)
	}
	if len(c.truth.kills) != before {
		c.store()
		c.tell(Event{Kind: Changed, Names: touched(c.truth.base, names...)})
	}
	c.mu.Unlock()
	return c.keep()
}

// Override makes a flag serve one thing to everybody, from the next evaluation on, until it
// is cleared. One of a flag that is not there makes it. The error is a FieldError, and then
// nothing has changed. If flags that are loaded later have no such variant or another type,
// the override rests, and Status tells. Overrides are not kept in the file.
func (c *Client) Override(name string, o toggle.Override) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.truth
	if _, err := t.base.With(toggle.Changes{Overrides: map[string]toggle.Override{name: o}}); err != nil {
		return err
	}
	t.overrides[name] = o
	c.store()
	c.tell(Event{Kind: Changed, Names: touched(t.base, name)})
	return nil
}

// Clear ends overrides.
func (c *Client) Clear(names ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.truth
	before := len(t.overrides)
	for _, n := range names {
		delete(t.overrides, n)
	}
	if len(t.overrides) != before {
		c.store()
		c.tell(Event{Kind: Changed, Names: touched(t.base, names...)})
	}
}
