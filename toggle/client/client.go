package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// State is how far a client's flags can be relied on.
type State string

// The states.
const (
	NotReady     State = "notReady"     // there are no flags
	Bootstrapped State = "bootstrapped" // those of the file or built in; the source did not answer yet
	Live         State = "live"         // the source's
	Stale        State = "stale"        // the source's, or those of before, but it was silent for too long
)

// Client has the flags of a process. It is safe for concurrent use.
type Client struct {
	o     Options
	view  atomic.Pointer[view] // all that an evaluation reads
	tally tally

	fetching sync.Mutex // one fetch at a time; taken before mu
	keeping  sync.Mutex // one writer of the file; taken before mu

	mu     sync.Mutex // of all that follows, and of storing view
	truth  truth
	lines  []func() // of the log, for when mu is free
	events subscribers
	watch  *time.Timer // while Run runs: when the flags become stale

	live    chan struct{} // closed once the state was live
	running atomic.Bool
}

// truth is what a view is made of.
type truth struct {
	base      *toggle.Snapshot // what was loaded last; never nil
	data      []byte           // what base was made of; nil is nothing
	good      []byte           // the last data without a broken flag
	revision  string
	state     State
	confirmed time.Time // by the source; zero is never
	silent    time.Time // since when the source is, if it says nothing more
	kept      time.Time // confirmed, as the file has it; zero is no file
	kills     map[string]bool
	overrides map[string]toggle.Override
	err       error // of the last fetch
	failures  int   // fetches in a row
	broken    error // of the flags in base
	misfit    error // of overrides
}

// New makes a client. It begins with what was kept or built in, if there is something; it
// does not ask the source yet. The error says what is wrong with the options. That nothing
// could be read of what was kept or built in is no error: Status tells.
func New(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &Client{o: o, live: make(chan struct{})}
	c.tally.init(o.Count)
	now := time.Now()
	c.truth = truth{
		base: &toggle.Snapshot{}, state: NotReady, silent: now,
		kills: map[string]bool{}, overrides: map[string]toggle.Override{},
	}
	c.mu.Lock()
	defer c.unlock()
	c.begin(now)
	c.store()
	return c, nil
}

// Run asks the source until ctx ends, and then returns its error. It also sees to it that
// flags become stale in time. Only one Run of a client runs at a time.
func (c *Client) Run(ctx context.Context) error {
	if !c.running.CompareAndSwap(false, true) {
		return errors.New("client: it runs already")
	}
	defer c.running.Store(false)
	c.guard()
	defer c.unguard()
	for {
		var changed <-chan struct{}
		if w, ok := c.o.Source.(Watcher); ok {
			changed = w.Changed()
		}
		_ = c.Refresh(ctx) // told where it happens
		wait := time.NewTimer(c.wait())
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		case <-changed:
			wait.Stop()
		}
	}
}

// Refresh asks the source once, now. The error says why there was no answer, or why it could
// not be taken. Broken flags in a set that was taken are no error: see Status.
func (c *Client) Refresh(ctx context.Context) error {
	c.fetching.Lock()
	defer c.fetching.Unlock()
	c.mu.Lock()
	revision, base, data := c.truth.revision, c.truth.base, c.truth.data
	c.mu.Unlock()

	limited, cancel := context.WithTimeoutCause(ctx, c.o.Timeout, fmt.Errorf("no answer within %v", c.o.Timeout))
	defer cancel()
	got, err := c.o.Source.Fetch(limited, revision)
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // says nothing of the source
	}
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	if err == nil && got.Unchanged && revision == "" {
		err = errors.New("the source says unchanged, but it was not asked that")
	}
	return c.take(got, base, data, err)
}

// log notes a line of the log. The caller holds mu, and frees it with unlock.
func (c *Client) log(level slog.Level, line string, args ...any) {
	c.lines = append(c.lines, func() { c.o.Log.Log(context.Background(), level, line, args...) })
}

// unlock frees mu and writes the log after that: a log that is slow, or that asks the client,
// must not keep a kill waiting.
func (c *Client) unlock() {
	lines := c.lines
	c.lines = nil
	c.mu.Unlock()
	for _, write := range lines {
		write()
	}
}

// Ready waits until the source has answered with flags once. The error is that of ctx, with
// that of the last fetch.
func (c *Client) Ready(ctx context.Context) error {
	select {
	case <-c.live:
		return nil
	default:
	}
	select {
	case <-c.live:
		return nil
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.Status().Err)
	}
}
