package client

import (
	"log/slog"
	"time"
)

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

// expire makes the flags stale, if the source is silent for as long as that by now, and
// otherwise looks again when it could be.
func (c *Client) expire() {
	c.mu.Lock()
	defer c.unlock()
	switch left := c.o.StaleAfter - since(c.truth.silent, time.Now()); {
	case c.watch == nil:
	case left <= 0:
		c.stale()
	default:
		c.watch.Reset(left)
	}
}

// outdated says whether the source is silent for too long. The caller holds mu.
func (c *Client) outdated(now time.Time) bool {
	return c.o.StaleAfter > 0 && since(c.truth.silent, now) >= c.o.StaleAfter
}

// since is how long ago something was, by the wall clock or by that of the process, whichever
// says more: the one may have been set back, and the other stands while the machine sleeps.
func since(then, now time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
}

// stale makes the flags stale. Where there are none, nothing can be. The caller holds mu.
func (c *Client) stale() {
	t := &c.truth
	if t.state == Stale || t.state == NotReady {
		return
	}
	t.state = Stale
	c.store()
	c.log(slog.LevelWarn, "flags are stale: those with a safe side serve it", "confirmed", t.confirmed, "error", t.err)
	c.tell(Event{Kind: Silent, Err: t.err})
	if names := sideways(t.base); len(names) > 0 {
		c.tell(Event{Kind: Changed, Names: names})
	}
}
