package client

import "time"

// guard starts the watch over the source's silence.
func (c *Client) guard() {
	if c.o.StaleAfter == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch = time.AfterFunc(time.Until(c.truth.silent.Add(c.o.StaleAfter)), c.expire)
}

func (c *Client) unguard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch != nil {
		c.watch.Stop()
		c.watch = nil
	}
}

// guardAgain is called when the source has answered. The caller holds mu.
func (c *Client) guardAgain() {
	if c.watch != nil {
		c.watch.Reset(c.o.StaleAfter)
	}
}

// expire makes the flags stale, if the source is silent for as long as that by now.
func (c *Client) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch != nil && c.outdated(time.Now()) {
		c.stale()
	}
}

// outdated says whether the source is silent for too long. The caller holds mu.
func (c *Client) outdated(now time.Time) bool {
	return c.o.StaleAfter > 0 && now.Sub(c.truth.silent) >= c.o.StaleAfter
}

// stale makes the flags stale. Where there are none, nothing can be. The caller holds mu.
func (c *Client) stale() {
	t := &c.truth
	if t.state == Stale || t.state == NotReady {
		return
	}
	t.state = Stale
	c.store()
	c.o.Log.Warn("flags are stale: those with a safe side serve it", "confirmed", t.confirmed, "error", t.err)
	c.tell(Event{Kind: Silent, Err: t.err})
	if names := c.sideways(); len(names) > 0 {
		c.tell(Event{Kind: Changed, Names: names})
	}
}
