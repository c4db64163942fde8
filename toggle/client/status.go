package client

import (
	"maps"
	"slices"
	"time"
)

// Status is how a client is at an instant.
type Status struct {
	State State
	// Confirmed is when the source last said that this is what holds; zero is never.
	Confirmed time.Time
	// Digest is that of the set as it was loaded last.
	Digest string
	// Err is why the last fetch gave nothing; nil if it did. Failures is how many did so in a
	// row.
	Err      error
	Failures int
	// Broken is what is wrong with flags of the set, which stay as they were, and Misfit with
	// overrides, which rest.
	Broken, Misfit error
	// Kills and Overrides are the names that are killed and overridden, in their order.
	Kills, Overrides []string
}

// Age is how long ago the source said that this is what holds. If it never did, that is the
// longest duration there is. Time that the machine slept is part of it.
func (s *Status) Age(now time.Time) time.Duration { return since(s.Confirmed, now) }

// Status is how the client is now.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.truth
	return Status{
		State: t.state, Confirmed: t.confirmed, Digest: t.base.Digest(), Err: t.err, Failures: t.failures,
		Broken: t.broken, Misfit: t.misfit,
		Kills: t.killed(), Overrides: slices.Sorted(maps.Keys(t.overrides)),
	}
}
