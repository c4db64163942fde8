package client

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// take folds what a fetch gave into the truth. The caller holds fetching, so that base and
// before are still the base and the data of the truth. Whatever takes time with large sets
// is done before mu is taken: a kill must not wait for it.
func (c *Client) take(got Fetched, base *toggle.Snapshot, before []byte, err error) error {
	var next *toggle.Snapshot
	var broken error
	if err == nil && !got.Unchanged {
		if next, broken = c.load(got.Data, base); next == nil {
			err = broken
		}
	}
	if err != nil {
		c.failed(err)
		return err
	}
	changed := next != nil && next.Digest() != base.Digest()
	var names []string
	if changed {
		got.Data = slices.Clone(got.Data) // the source may use it again
		names = differs(base, next, before, got.Data)
	}
	c.mu.Lock()
	if changed {
		c.replace(next, got.Data, broken)
	}
	if !got.Unchanged {
		c.truth.revision = got.Revision
	}
	c.confirmed(time.Now(), changed, names)
	kept := !changed && c.fresh()
	c.unlock()
	if kept {
		return nil
	}
	if err := c.keep(); err != nil {
		c.o.Log.Error("flags cannot be kept", "file", c.o.Keep, "error", err)
	}
	return nil
}

// load compiles a set. What is broken in it stays as it is in base.
func (c *Client) load(data []byte, base *toggle.Snapshot) (*toggle.Snapshot, error) {
	return toggle.Load(data, toggle.Options{Environment: c.o.Environment, Previous: base})
}

// replace makes a snapshot the base. The caller holds mu, and stores the view.
func (c *Client) replace(next *toggle.Snapshot, data []byte, broken error) {
	t := &c.truth
	t.base, t.data, t.broken = next, data, broken
	if broken == nil {
		t.good = data
		return
	}
	c.log(slog.LevelWarn, "flags are broken, and stay as they were", "error", broken)
}

// confirmed notes that the source said at an instant that the base is what holds, and
// whether that has changed, and which flags. The caller holds mu.
func (c *Client) confirmed(now time.Time, changed bool, names []string) {
	t := &c.truth
	was := t.state
	t.state, t.confirmed, t.silent, t.err, t.failures = Live, now, now, nil, 0
	if changed || was == Stale {
		c.store()
	} else {
		c.confirm()
	}
	if was != Live {
		c.log(slog.LevelInfo, "flags are live", "before", string(was), "digest", t.base.Digest())
		c.tell(Event{Kind: Ready})
	}
	if was == Stale {
		names = append(names, sideways(t.base)...)
		slices.Sort(names)
		names = slices.Compact(names)
	}
	if len(names) > 0 || changed && t.broken != nil {
		c.tell(Event{Kind: Changed, Names: names, Err: t.broken})
	}
	select {
	case <-c.live:
	default:
		close(c.live)
	}
}

// failed notes that there was nothing to take.
func (c *Client) failed(err error) {
	c.mu.Lock()
	defer c.unlock()
	t := &c.truth
	t.err = err
	if t.failures++; t.failures == 1 {
		c.log(slog.LevelWarn, "flags cannot be fetched", "error", err, "confirmed", t.confirmed)
		c.tell(Event{Kind: Failed, Err: err})
	}
	if c.outdated(time.Now()) { // the watch does not run, or slept with the machine
		c.stale()
	}
}

// wait is how long Run waits for the next fetch.
func (c *Client) wait() time.Duration {
	c.mu.Lock()
	failures := c.truth.failures
	c.mu.Unlock()
	if failures == 0 {
		return c.o.Every - rand.N(c.o.Every/10+1)
	}
	most := min(firstRetry, c.o.Every)
	for range failures - 1 {
		if most = 2 * most; most >= seldom*c.o.Every {
			most = seldom * c.o.Every
			break
		}
	}
	return most - rand.N(most/2+1)
}
