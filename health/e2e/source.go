package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/answer"
)

// ErrNotRun is wrapped by the error of a test that could not be run, such as one whose
// own database is down: it is no failure of the release.
var ErrNotRun = errors.New("the test could not be run")

// Suite is one test: either Run or Command.
type Suite struct {
	// Run is the test as a function. It must return soon after its context ends: while
	// it does not, the suite is not run again.
	Run func(context.Context, health.Ask) error
	// Command is the test as a program with its arguments.
	Command []string
	// Env is more of the command's environment: "NAME=value".
	Env []string
	// Digest says that the test finds out itself which artifact it tests, and passes or
	// fails only if that is the one it was told, by the ask or by GRADATIM_DIGEST:
	// otherwise it is not run ([ErrNotRun], or an exit code that says so). Then its results
	// say that they are of that artifact, and gates that ask for it may open.
	Digest bool
	// Timeout bounds one attempt. Default 5m.
	Timeout time.Duration
	// Attempts is how often a test that fails is tried in one run. Default 1, at most 100.
	Attempts int
}

// Options say what a [Source] runs.
type Options struct {
	// Suites are the tests by their names.
	Suites map[string]Suite
	// Ready, if not nil, says whether a run for the ask may begin now, for instance
	// whether the candidate runs already: a rollout asks from its first instant. It should
	// answer from memory. While no run begins the signal has no data.
	Ready func(health.Ask) bool
}

const (
	defaultTimeout = 5 * time.Minute
	mostAttempts   = 100
	// linger is what a test gets to return beyond the end of its context.
	linger = 5 * time.Second
)

// Source runs the tests of one rollout. It must be closed.
type Source struct {
	options Options

	mu     sync.Mutex
	book   answer.Book
	runs   map[*answer.Track]*run
	ran    map[*answer.Track]bool // once at least: the next one waits until it is due
	ending []*run                 // nobody waits for their results, and they have not returned
	all    sync.WaitGroup
	closed bool
}

// New makes a source. Nothing is run before [Source.Sample].
func New(o Options) (*Source, error) {
	o.Suites = maps.Clone(o.Suites)
	for _, name := range slices.Sorted(maps.Keys(o.Suites)) {
		u := o.Suites[name]
		switch {
		case (u.Run == nil) == (len(u.Command) == 0):
			return nil, fmt.Errorf("e2e: Options.Suites: %q must have either Run or Command", name)
		case u.Timeout < 0 || u.Attempts < 0 || u.Attempts > mostAttempts:
			return nil, fmt.Errorf("e2e: Options.Suites: Timeout of %q must not be negative, and Attempts must be from 0 to %d", name, mostAttempts)
		}
		if u.Timeout == 0 {
			u.Timeout = defaultTimeout
		}
		u.Attempts = max(u.Attempts, 1)
		o.Suites[name] = u
	}
	return &Source{options: o, runs: map[*answer.Track]*run{}, ran: map[*answer.Track]bool{}}, nil
}

// Sample begins, cancels and tells runs as the asks say, and waits for none. The error
// is that of the context, or that the source was closed; whatever else goes wrong is told
// by samples.
func (s *Source) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("e2e: the source is closed")
	}
	now := answer.Now()
	tracks, gone := s.book.Stand(asks, now, func(a *health.Ask) bool {
		_, ok := s.options.Suites[a.Measure.Test]
		return ok
	})
	for _, t := range gone {
		s.leave(t)
		delete(s.ran, t)
	}
	s.ending = slices.DeleteFunc(s.ending, func(r *run) bool { return done(r.returned) })
	var samples []health.Sample
	for _, t := range tracks {
		if x, ok := t.Again(); ok {
			samples = append(samples, x)
			continue
		}
		if r := s.runs[t]; r != nil && done(r.over) {
			s.leave(t)
			if t.Open(r.ended) { // else others have told that time
				samples = append(samples, t.Tell(r.ended, r.result(t)))
				continue
			}
		}
		if s.runs[t] == nil && s.may(t, now) {
			s.begin(t)
		}
	}
	return samples, ctx.Err()
}

// may reports whether a run may begin.
func (s *Source) may(t *answer.Track, now time.Time) bool {
	if s.ran[t] && now.Before(t.Ask.Due) {
		return false
	}
	for _, r := range s.ending {
		if r.ask.Stage == t.Ask.Stage && r.ask.Signal == t.Ask.Signal {
			return false
		}
	}
	return s.options.Ready == nil || s.options.Ready(t.Ask)
}

func (s *Source) begin(t *answer.Track) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{
		suite: s.options.Suites[t.Ask.Measure.Test], ask: t.Ask, cancel: cancel,
		over: make(chan struct{}), returned: make(chan struct{}),
	}
	s.runs[t], s.ran[t] = r, true
	s.all.Go(func() { r.do(ctx) })
}

// leave ends what runs for a track, and no longer waits for it.
func (s *Source) leave(t *answer.Track) {
	if r := s.runs[t]; r != nil {
		r.cancel()
		s.ending = append(s.ending, r)
		delete(s.runs, t)
	}
}

// Close cancels all runs and waits until they have returned. Nothing is run after it.
func (s *Source) Close() error {
	s.mu.Lock()
	s.closed = true
	for _, r := range s.runs { // in any order: all are cancelled
		r.cancel()
	}
	s.mu.Unlock()
	s.all.Wait()
	return nil
}

func done(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
