package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Join makes one source of several: each is given all asks, and answers those that it
// knows how to measure. An ask that none answers becomes missing, as the plan says.
// Two that answer the same ask are in each other's way: of intervals that overlap one
// is left out. A nil source is left out.
//
// They are called at once, and what goes wrong with one costs none of the others'
// samples: not an error, which is returned beside them, not a panic, and not a call that
// does not end. For that one the call of all lasts until its context ends, once: the
// source is not called again before it has returned.
//
// Nothing else is kept. What Join returns can serve several rollouts if all its sources
// can; else make one for each, in [Options.SourceOf].
func Join(sources ...Source) Source {
	j := &joined{}
	for _, s := range sources {
		if s != nil {
			j.members = append(j.members, &member{source: s})
		}
	}
	return j
}

type joined struct{ members []*member }

// member is a source, with the calls that it left unanswered.
type member struct {
	source Source
	mu     sync.Mutex
	hung   []*call[[]health.Sample]
}

const (
	// patience is what calls that heed their context get beyond its end: less than the
	// engine gives to the call of all.
	patience = grace / 2
	forever  = 365 * 24 * time.Hour
)

// Sample calls all sources. The samples are in the order of the sources, and count
// also if there is an error.
func (j *joined) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(patience, cancel) })()

	calls := make([]*call[[]health.Sample], len(j.members))
	for i, m := range j.members {
		calls[i] = m.begin(ctx, slices.Clone(asks))
	}
	var samples []health.Sample
	var wrong []error
	for i, m := range j.members {
		got, err := m.end(late, calls[i])
		samples = append(samples, got...)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("source %d: %w", i+1, err))
		}
	}
	return samples, errors.Join(wrong...)
}

// begin calls the source, or returns nil if an earlier call still hangs.
func (m *member) begin(ctx context.Context, asks []health.Ask) *call[[]health.Sample] {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hung = slices.DeleteFunc(m.hung, (*call[[]health.Sample]).done)
	if len(m.hung) > 0 {
		return nil
	}
	return begin(ctx, forever, func(ctx context.Context) ([]health.Sample, error) { return m.source.Sample(ctx, asks) })
}

// end waits for a call until late ends.
func (m *member) end(late context.Context, c *call[[]health.Sample]) ([]health.Sample, error) {
	if c == nil {
		return nil, fmt.Errorf("%w yet to an earlier call", errSilent)
	}
	if err := c.wait(late, forever); err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.hung = append(m.hung, c)
		return nil, fmt.Errorf("%w in time", errSilent)
	}
	return c.value, c.err
}
