package client

import (
	"slices"
)

// touched are the names of flags that may serve something else when those do. The caller
// holds mu.
func (c *Client) touched(names ...string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// differs are the names of flags that may serve something else in one set than in another.
func (c *Client) differs(old, now *set) []string {
	if old == now {
		return nil
	}
	return now.snapshot.Names()
}
