package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// lane lets calls through to code that is not ours, one at a time, and never waits
// longer for one than it is told. A call that hangs and ignores its context stays
// where it is: nothing is called beside it, and its answer is still used if it ever
// comes. The zero lane is free.
type lane[T any] struct {
	mu   sync.Mutex
	last *call[T] // under way, or over; nil at first
}

// call is one call of foreign code.
type call[T any] struct {
	began time.Time
	over  chan struct{} // closed when value and err are there
	value T
	err   error
	taken bool // somebody has used the answer; guarded by the lane
	// cancelled returns an error once whoever began the call is gone.
	cancelled func() error
}

// errSilent is a call that did not come back in time.
var errSilent = errors.New("no answer")

// panicError is a panic of foreign code.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// grace is what a call that heeds its context gets beyond the timeout, so that its
// own words are heard rather than ours.
const grace = 100 * time.Millisecond

// ask returns the answer to f and when it was asked for. If a call is under way
// already, or came back too late for whoever waited, its answer is the answer.
func (l *lane[T]) ask(ctx context.Context, timeout time.Duration, f func(context.Context) (T, error)) (T, time.Time, error) {
	for {
		c, mine := l.join(ctx, timeout, f)
		err := c.wait(ctx, timeout+grace)
		if err != nil {
			var none T
			return none, c.began, err
		}
		l.take(c)
		if !mine && errors.Is(c.err, context.Canceled) && ctx.Err() == nil {
			continue // it ended with the rollout that had begun it
		}
		return c.value, c.began, c.err
	}
}

// join returns the call under way, or one whose answer nobody took, or begins one.
func (l *lane[T]) join(ctx context.Context, timeout time.Duration, f func(context.Context) (T, error)) (c *call[T], mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && (!l.last.done() || !l.last.taken) {
		return l.last, false
	}
	l.last = begin(ctx, timeout, f)
	return l.last, true
}

// try begins a call, or returns nil if one is under way.
func (l *lane[T]) try(ctx context.Context, timeout time.Duration, f func(context.Context) (T, error)) *call[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && !l.last.done() {
		return nil
	}
	l.last = begin(ctx, timeout, f)
	return l.last
}

// do calls f and waits for it. If a call is under way, nothing is called.
func (l *lane[T]) do(ctx context.Context, timeout time.Duration, f func(context.Context) error) error {
	c := l.try(ctx, timeout, func(ctx context.Context) (none T, err error) { return none, f(ctx) })
	if c == nil {
		return fmt.Errorf("%w yet to an earlier call", errSilent)
	}
	if err := c.wait(ctx, timeout+grace); err != nil {
		return err
	}
	return c.err
}

func (l *lane[T]) take(c *call[T]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.taken = true
}

// busy returns the call under way, or nil.
func (l *lane[T]) busy() *call[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || l.last.done() {
		return nil
	}
	return l.last
}

func begin[T any](ctx context.Context, timeout time.Duration, f func(context.Context) (T, error)) *call[T] {
	c := &call[T]{
		began: time.Now(), over: make(chan struct{}), cancelled: ctx.Err,
		err: errors.New("the call ended its goroutine"),
	}
	go func() {
		defer close(c.over)
		defer func() {
			if v := recover(); v != nil {
				c.err = &panicError{v, debug.Stack()}
			}
		}()
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		c.value, c.err = f(ctx)
	}()
	return c
}

func (c *call[T]) done() bool {
	select {
	case <-c.over:
		return true
	default:
		return false
	}
}

// wait returns nil when the call is over, at most d after it began.
func (c *call[T]) wait(ctx context.Context, d time.Duration) error {
	if c.done() {
		return nil
	}
	timer := time.NewTimer(max(0, d-time.Since(c.began)))
	defer timer.Stop()
	select {
	case <-c.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("%w for %v", errSilent, d-grace)
	}
}

// drain waits for a call whose context has ended, or until late ends too.
func (l *lane[T]) drain(late context.Context) {
	if c := l.busy(); c != nil && c.cancelled() != nil {
		select {
		case <-c.over:
		case <-late.Done():
		}
	}
}
