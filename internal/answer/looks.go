package answer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Looks answers asks by looking at the world while the call lasts. The zero value is
// ready; one serves one rollout.
type Looks struct {
	sampling sync.Mutex
	book     Book
}

// Sample returns a look for every ask of mine that is due, or the last one again if it did
// not arrive yet. The look begins now, and gives a sample for each track. The error is
// that of the context, or that another call has not returned: name says of what.
func (l *Looks) Sample(
	ctx context.Context, name string, asks []health.Ask, mine func(*health.Ask) bool,
	look func(ctx context.Context, due []*Track, now time.Time) []health.Sample,
) ([]health.Sample, error) {
	if !l.sampling.TryLock() {
		return nil, fmt.Errorf("%s: another call of Sample has not returned: a source serves one rollout", name)
	}
	defer l.sampling.Unlock()
	now := Now()
	tracks, _ := l.book.Stand(asks, now, mine)
	var samples []health.Sample
	var due []*Track
	for _, t := range tracks {
		if x, ok := t.Again(); ok {
			samples = append(samples, x)
		} else if t.Due(now) {
			due = append(due, t)
		}
	}
	if len(due) == 0 {
		return samples, ctx.Err()
	}
	looked := look(ctx, due, now)
	if ctx.Err() != nil {
		return samples, ctx.Err() // whatever was seen, it was not all
	}
	now = Now()
	for i, t := range due {
		if t.Open(now) {
			samples = append(samples, t.Tell(now, looked[i]))
		}
	}
	return samples, nil
}
