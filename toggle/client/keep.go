package client

import "time"

// begin takes what was kept or built in. The caller holds mu.
func (c *Client) begin(now time.Time) {
	if c.o.Bootstrap == nil {
		return
	}
	next, broken := c.load(c.o.Bootstrap, nil)
	if next == nil {
		c.truth.err = broken
		return
	}
	c.replace(next, c.o.Bootstrap, broken)
	c.truth.state = Bootstrapped
}

func (c *Client) keep() error { return nil }
