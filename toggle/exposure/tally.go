package exposure

import (
	"context"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Tally counts what subjects do, by their arm, and is the source of the signals that are
// about it (engine.Source): an ask that counts "orders" is answered with what was added
// under that name, since it was first asked. Asks about names that nothing was ever added to
// are not answered.
//
// It keeps what was told for one rollout; several rollouts have one each. A process that is
// started again begins to count anew, and tells of nothing that it did not count.
//
// The zero value is ready, and safe for concurrent use.
type Tally struct {
	mu    sync.Mutex
	sums  map[string]*sums
	since map[string]mark // by the key of the ask
}

// sums are what was counted of one thing.
type sums struct{ stable, candidate float64 }

// mark is up to where an ask was answered.
type mark struct {
	at         time.Time
	total, bad sums
}

// Add counts n of something that subjects of an arm did: a request, an order, a user who
// ordered for the first time. Those of neither arm are left out. Of what is bad both are to
// be counted: the event, and that it was bad.
func (t *Tally) Add(name string, arm Arm, n float64) {
	if arm != Stable && arm != Candidate || !(n > 0) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sums == nil {
		t.sums = map[string]*sums{}
	}
	s := t.sums[name]
	if s == nil {
		s = &sums{}
		t.sums[name] = s
	}
	if arm == Stable {
		s.stable += n
	} else {
		s.candidate += n
	}
}

// Sample implements engine.Source.
func (t *Tally) Sample(_ context.Context, asks []health.Ask) ([]health.Sample, error) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	next := make(map[string]mark, len(asks))
	var out []health.Sample
	for i := range asks {
		a := &asks[i]
		last, known := t.since[a.Key]
		if known && (now.Before(a.Due) || !now.After(last.at) || t.sums[a.Measure.Total] == nil) {
			next[a.Key] = last
			continue
		}
		m := mark{at: now, total: t.sum(a.Measure.Total), bad: t.sum(a.Measure.Bad)}
		if known {
			m = m.until(last)
			out = append(out, sample(a, last, m))
		}
		next[a.Key] = m
	}
	t.since = next
	return out, nil
}

func (t *Tally) sum(name string) sums {
	if s := t.sums[name]; s != nil {
		return *s
	}
	return sums{}
}

// until is the mark of what is told now. Of bad events no more are told than there are events
// in all: what was counted of one and not yet of the other, or of a user who came before,
// is told with the next.
func (m mark) until(last mark) mark {
	m.bad.candidate = min(m.bad.candidate, last.bad.candidate+m.total.candidate-last.total.candidate)
	m.bad.stable = min(m.bad.stable, last.bad.stable+m.total.stable-last.total.stable)
	return m
}

// sample is what was counted between two marks.
func sample(a *health.Ask, from, to mark) health.Sample {
	s := health.Sample{Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: from.at.UTC(), To: to.at.UTC()}
	if s.From.Before(a.From) {
		s.From, s.Since = a.From, s.From
	}
	s.Candidate = health.Arm{Exposure: to.total.candidate - from.total.candidate, Bad: to.bad.candidate - from.bad.candidate}
	s.Stable = health.Arm{Exposure: to.total.stable - from.total.stable, Bad: to.bad.stable - from.bad.stable}
	return s
}
