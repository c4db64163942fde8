package scrape

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/series"
)

const (
	// startSlack is how far a page may contradict itself about the start of its
	// process: some systems compute it anew, from a clock that is being corrected.
	startSlack = time.Second
	// readySlack is how much earlier than its process an instance may have become
	// ready: targets tell it in whole seconds. What is earlier still is told of the
	// process before.
	readySlack = 2 * time.Second
)

// process is one process of one instance, as one ask sees it.
type process struct {
	version     string
	paged, told time.Time // its start, by the page and by the target
	ready       time.Time // when it first became ready; zero: not yet
	read        time.Time // when it was last read
	total       bool      // a series of all events was there
	bounds      []float64
	gauge       float64
	last        map[string]series.Mark
	pending     series.Pending
}

// start is when the process began, zero if nobody says. The page goes before the
// target: what it says belongs to its counters, what a target says may be of the
// process before or after.
func (p *process) start() time.Time {
	if !p.paged.IsZero() {
		return p.paged
	}
	return p.told
}

// wrote reports whether a page was written by this process.
func (p *process) wrote(r *reading) bool {
	switch told := r.endpoint.Started; {
	case p.version != r.endpoint.Version:
		return false
	case !p.paged.IsZero() && !r.started.IsZero():
		return p.paged.Sub(r.started).Abs() <= startSlack
	case !p.told.IsZero() && !told.IsZero():
		// A process that was read after this start is the one that then started, and
		// the target had not noticed yet.
		return p.told.Equal(told) || !p.read.Before(told)
	}
	return true
}

// warm reports whether all that is pending happened past the warm-up. The
// interval begins at from.
func (p *process) warm(from time.Time, warmUp time.Duration) bool {
	if warmUp <= 0 {
		return true
	}
	if !p.pending.Since.IsZero() && p.pending.Since.Before(from) {
		from = p.pending.Since
	}
	return !p.ready.IsZero() && !p.ready.Add(warmUp).After(from)
}

// notice keeps what the target says of the process.
func (p *process) notice(e Endpoint) {
	if !e.Started.IsZero() {
		p.told = e.Started
	}
	start := p.start()
	switch {
	case e.Ready.IsZero() || e.Ready.Before(start.Add(-readySlack)):
	case p.ready.IsZero() || start.IsZero() || e.Ready.Before(p.ready):
		// An instance that is unready for a while stays warm, or its errors would be
		// taken for those of a cold start. Without a start it may be a new process.
		p.ready = e.Ready
	}
}

// check refuses a page that contradicts what the process showed before. Missed
// says that a later page may well be right again.
func (p *process) check(s *selection, q *series.Query) (missed bool, err error) {
	switch {
	case p.total && !s.total:
		return true, fmt.Errorf("no series matches %s any more", q.Subject)
	case p.bounds != nil && s.bounds != nil && !slices.Equal(p.bounds, s.bounds):
		return false, fmt.Errorf("the buckets of %s changed", q.Subject)
	}
	known := len(p.last)
	for i := range s.series {
		if _, ok := p.last[s.series[i].Key]; !ok {
			known++
		}
	}
	if known > series.MaxSeries {
		return false, fmt.Errorf("%d series matched since the process started, more than %d", known, series.MaxSeries)
	}
	return false, nil
}

// count adds what the series did since they were last read. A series that is seen
// for the first time counts from 0 if zero says so, else its value is where
// counting begins. A gauge counts nothing: it shows the sum of its series.
func (p *process) count(s *selection, zero, gauge bool, endpoints []string) {
	p.total = p.total || s.total
	if s.bounds != nil {
		p.bounds = s.bounds
	}
	p.gauge = 0
	for i := range s.series {
		x := &s.series[i]
		last, ok := p.last[x.Key]
		p.last[x.Key] = x.Mark()
		p.gauge += x.Value
		if !ok && !zero || gauge {
			continue
		}
		p.pending.Add(x, last, endpoints)
	}
}
