package exposure

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Shadow runs new work beside the old, whose answer nobody sees: a dark launch. For whom is
// said by a flag of its own, whose exposure is the share ([Target].Mirror):
//
//	price, err := shadow.Do(ctx, flags.Bool("new-prices-mirror", user, false), oldPrice, newPrice)
//
// The caller gets the old answer, when the old work has it, and nothing of the new: not its
// time, not its error, not its panic. The new work does what work does: give it only what
// may happen twice.
//
// The fields are set before the first use. The zero value is ready; a Shadow must not be
// copied.
type Shadow[T any] struct {
	// Limit is how much new work runs at once. Default 16. What comes beyond is left out.
	Limit int
	// Timeout is when the context of new work ends. Default 5s. Work that goes on after it
	// keeps its place.
	Timeout time.Duration
	// Same compares the answers; it is called beside the caller, who by then has the old
	// one: neither may be written to. Nil compares nothing: every answer is the same.
	Same func(stable, candidate T) bool
	// Told is called with every outcome but LeftOut, beside the caller. Nil tells nobody.
	Told func(Outcome)

	running atomic.Int64
	work    sync.WaitGroup
	counts  [outcomes]atomic.Uint64
}

// Outcome is what came of new work.
type Outcome uint8

// The outcomes.
const (
	Same      Outcome = iota // both gave the same answer, or both failed
	Different                // the answers differ
	Failed                   // the new work failed, or panicked, and the old did not
	Untold                   // the old work failed or panicked, so that there is nothing to compare with
	LeftOut                  // too much runs already
	outcomes
)

// String is one word or two.
func (o Outcome) String() string {
	switch o {
	case Same:
		return "same"
	case Different:
		return "different"
	case Failed:
		return "failed"
	case Untold:
		return "untold"
	case LeftOut:
		return "left out"
	}
	return "unknown"
}

// answer is what one of the two gave.
type answer[T any] struct {
	value T
	err   error
}

// errNone is the answer of work that ended without one.
var errNone = errors.New("it gave no answer")

// Do does the old work, and if it is mirrored the new work beside it. It returns what the
// old work returns. The context of the new work has the values of ctx; it does not end with
// it, but after the timeout.
func (s *Shadow[T]) Do(ctx context.Context, mirrored bool, stable, candidate func(context.Context) (T, error)) (T, error) {
	if !mirrored {
		return stable(ctx)
	}
	limit := int64(s.Limit)
	if limit <= 0 {
		limit = 16
	}
	if s.running.Add(1) > limit {
		s.running.Add(-1)
		s.counts[LeftOut].Add(1)
		return stable(ctx)
	}
	served := make(chan answer[T], 1)
	s.work.Go(func() { s.shadow(context.WithoutCancel(ctx), served, candidate) })
	a := answer[T]{err: errNone} // of a panic: it goes on to the caller
	defer func() { served <- a }()
	a.value, a.err = stable(ctx)
	return a.value, a.err
}

// shadow does the new work, and compares it with what was served.
func (s *Shadow[T]) shadow(ctx context.Context, served <-chan answer[T], candidate func(context.Context) (T, error)) {
	defer s.running.Add(-1)
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	mine := answer[T]{err: errNone}
	defer func() { // also after runtime.Goexit
		if r := recover(); r != nil {
			mine.err = fmt.Errorf("panic: %v", r)
		}
		s.tell(s.compare(<-served, mine))
	}()
	mine.value, mine.err = candidate(ctx)
}

// compare says what came of it. A comparison that panics has found a difference.
func (s *Shadow[T]) compare(stable, candidate answer[T]) (o Outcome) {
	defer func() {
		if recover() != nil {
			o = Different
		}
	}()
	switch {
	case errors.Is(stable.err, errNone):
		return Untold
	case stable.err != nil && candidate.err != nil:
		return Same
	case stable.err != nil:
		return Untold
	case candidate.err != nil:
		return Failed
	case s.Same != nil && !s.Same(stable.value, candidate.value):
		return Different
	}
	return Same
}

// tell counts an outcome. Whoever is told must not take the process down.
func (s *Shadow[T]) tell(o Outcome) {
	s.counts[o].Add(1)
	if s.Told != nil {
		defer func() { _ = recover() }()
		s.Told(o)
	}
}

// Count is how often something came of mirrored work.
func (s *Shadow[T]) Count(o Outcome) uint64 {
	if o >= outcomes {
		return 0
	}
	return s.counts[o].Load()
}

// Wait waits until no new work runs. Nothing may begin meanwhile.
func (s *Shadow[T]) Wait() { s.work.Wait() }
