package scrape

import (
	"fmt"
	"slices"
	"time"
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
	last        map[string]mark
	pending     pending
}

// mark is what a series showed when it was last read.
type mark struct {
	value   float64
	buckets []float64
}

// pending is what a process did that no sample has told yet.
type pending struct {
	since      time.Time // when the first of it may have happened
	total, bad float64
	buckets    []float64 // not cumulative
	counts     map[string]float64
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
	if !p.pending.since.IsZero() && p.pending.since.Before(from) {
		from = p.pending.since
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
func (p *process) check(s *selection, q *query) (missed bool, err error) {
	switch {
	case p.total && !s.total:
		return true, fmt.Errorf("no series matches %s any more", q.subject)
	case p.bounds != nil && s.bounds != nil && !slices.Equal(p.bounds, s.bounds):
		return false, fmt.Errorf("the buckets of %s changed", q.subject)
	}
	known := len(p.last)
	for i := range s.series {
		if _, ok := p.last[s.series[i].key]; !ok {
			known++
		}
	}
	if known > maxSeries {
		return false, fmt.Errorf("%d series matched since the process started, more than %d", known, maxSeries)
	}
	return false, nil
}

// count adds what the series did since they were last read. A series that is seen
// for the first time counts from 0 if zero says so, else its value is where
// counting begins.
func (p *process) count(s *selection, zero bool, endpoints []string) {
	p.total = p.total || s.total
	if s.bounds != nil {
		p.bounds = s.bounds
	}
	for i := range s.series {
		x := &s.series[i]
		last, ok := p.last[x.key]
		p.last[x.key] = mark{x.value, x.buckets}
		if !ok && !zero {
			continue
		}
		p.pending.add(x, last, endpoints)
	}
}

// add counts the events of one series after last. One that is smaller than it was
// began again from 0, and a histogram does so as a whole.
func (n *pending) add(x *series, last mark, endpoints []string) {
	reset := x.value < last.value
	for k := range last.buckets {
		reset = reset || x.buckets[k] < last.buckets[k]
	}
	if reset {
		last = mark{}
	}
	more := x.value - last.value
	if x.buckets != nil {
		n.spread(x.buckets, last.buckets, more)
	}
	if x.bad {
		n.bad += more
	}
	if !x.total {
		return
	}
	n.total += more
	if more > 0 && slices.Contains(endpoints, x.endpoint) {
		if n.counts == nil {
			n.counts = map[string]float64{}
		}
		n.counts[x.endpoint] += more
	}
}

// spread adds events to the buckets. Pages are not always written in one instant,
// so that a bucket may have more events than a wider one: each event is in exactly
// one bucket all the same, and there are as many as the widest one says.
func (n *pending) spread(now, last []float64, more float64) {
	if n.buckets == nil {
		n.buckets = make([]float64, len(now))
	}
	below := 0.0
	for k := range now {
		upTo := now[k]
		if last != nil {
			upTo -= last[k]
		}
		upTo = max(below, min(upTo, more))
		n.buckets[k] += upTo - below
		below = upTo
	}
}

// began notes from when on the events are that are added next.
func (n *pending) began(at time.Time) {
	if n.since.IsZero() || at.Before(n.since) {
		n.since = at
	}
}

func (n *pending) empty() bool { return n.total == 0 && n.bad == 0 }
