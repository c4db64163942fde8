package scrape

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// defaultCadence is used until an ask shows its own. It is the default of
// health.Signal.Every.
const defaultCadence = 10 * time.Second

type trackKey struct{ key, stage, signal string }

// track is what the source knows about one ask.
type track struct {
	ask     health.Ask
	query   *query
	open    bool      // every instance has a first value: counting began
	from    time.Time // where the interval that is open begins
	zero    time.Time // a process that started earlier may have been counted before
	cadence time.Duration
	procs   map[string][]*process // by instance, the newest last
	excess  [arms]float64         // bad events whose totals are still to come
	told    *health.Sample        // the last interval, until the ask shows that it arrived
}

// ours reports whether what a signal watches is on the instances' own pages; asks
// about anything else are another source's.
func ours(scope string) bool { return scope == "" || scope == "candidate" || scope == "stable" }

// stand brings the tracks up to date with the asks and returns those of the asks,
// in their order. The caller holds the lock.
func (s *Source) stand(asks []health.Ask, now time.Time) []*track {
	tracks, queries := map[trackKey]*track{}, map[health.Measure]*query{}
	var order []*track
	for i := range asks {
		a := asks[i]
		k := trackKey{a.Key, a.Stage, a.Signal}
		if !ours(a.Scope) || tracks[k] != nil || a.Measure.Bad == "" && a.Measure.Total == "" && a.Measure.Histogram == "" {
			continue
		}
		q := s.queries[a.Measure]
		if q == nil {
			if q = queries[a.Measure]; q == nil {
				q = newQuery(a.Measure)
			}
		}
		queries[a.Measure] = q
		t := s.tracks[k]
		if t == nil || t.query != q || t.ask.Candidate != a.Candidate || t.ask.Stable != a.Stable {
			t = &track{query: q, cadence: defaultCadence, procs: map[string][]*process{}}
			t.begin(a, now)
		}
		t.update(a, now)
		tracks[k] = t
		order = append(order, t)
	}
	s.tracks, s.queries = tracks, queries
	for k, f := range s.folds {
		if age := now.Sub(f.at); age.Abs() > retention+lastTries*s.options.Timeout {
			delete(s.folds, k)
		}
	}
	return order
}

// begin leaves the interval that is open and begins another once every instance
// was read.
func (t *track) begin(a health.Ask, now time.Time) {
	t.open, t.told = false, nil
	t.from = now
	if a.From.After(now) {
		t.from = a.From.UTC().Round(0)
	}
	t.raise(a.Start)
}

func (t *track) raise(zero time.Time) {
	if zero.After(t.zero) {
		t.zero = zero
	}
}

// update takes the ask as it is now.
func (t *track) update(a health.Ask, now time.Time) {
	t.ask = a
	if t.told != nil && a.From.After(t.told.From) {
		t.told = nil // it arrived, or others have told that time
	}
	switch {
	case a.From.After(t.from):
		t.begin(a, now) // others have told some of the time that is open
	case now.Before(t.from) && a.From.Before(t.from):
		t.begin(a, now) // the clock was set back, and the evidence with it
	}
	if c := a.Due.Sub(a.From); c > 0 {
		t.cadence = c
	}
}

func (t *track) due(now time.Time) bool { return !now.Before(t.ask.Due) }

// reads reports whether pages must be read for the ask now.
func (t *track) reads(now time.Time) bool {
	return t.told == nil && t.query.err == nil && (!t.open || t.due(now))
}

// counts reports whether an instance is of one of the ask's versions.
func (t *track) counts(e Endpoint) bool {
	return e.Stage == t.ask.Stage &&
		(e.Version == t.ask.Candidate || t.ask.Stable != "" && e.Version == t.ask.Stable)
}

// excused reports whether a page that cannot be read hides nothing: the process has
// not been ready yet and was never read. Whatever it did counts from 0 later.
func (t *track) excused(e Endpoint) bool {
	if !e.Ready.IsZero() {
		return false
	}
	for _, p := range t.procs[e.Instance] {
		if p.version == e.Version && !e.Started.After(p.read) {
			return false
		}
	}
	return true
}

// count adds what a page shows.
func (t *track) count(r *reading, f *fault) {
	found, ok := r.found[t.query]
	switch {
	case !ok:
		f.miss("instance %s was not read for this ask", r.endpoint.Instance)
		return
	case found.err != nil:
		f.breaks("instance %s: %v", r.endpoint.Instance, found.err)
		return
	}
	p := t.process(r)
	fresh := p == nil
	if fresh {
		p = &process{version: r.endpoint.Version, last: map[string]mark{}}
	}
	if missed, err := p.check(found.selection, t.query); missed {
		f.miss("instance %s: %v", r.endpoint.Instance, err)
		return
	} else if err != nil {
		f.breaks("instance %s: %v", r.endpoint.Instance, err)
		return
	}
	if p.paged.IsZero() {
		p.paged = r.started
	}
	p.notice(r.endpoint)
	zero := !fresh
	if fresh {
		t.procs[r.endpoint.Instance] = append(t.procs[r.endpoint.Instance], p)
		start := p.start()
		zero = !start.IsZero() && !start.Before(t.zero)
		p.read = start // its events are from then on
	}
	if zero {
		p.pending.began(p.read)
	}
	p.count(found.selection, zero, t.ask.Counts)
	p.read = r.at
	f.read(r.at)
	if r.endpoint.Version == t.ask.Candidate {
		f.candidates++
		f.total = f.total || found.total
	}
}

// process is the one that wrote a page, nil if it was never read.
func (t *track) process(r *reading) *process {
	list := t.procs[r.endpoint.Instance]
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].wrote(r) {
			return list[i]
		}
	}
	return nil
}

// forget drops the processes that have ended. One that comes back all the same,
// and any that started before it, does not count from 0 again.
func (t *track) forget(now time.Time, endpoints []Endpoint) {
	current := map[string]bool{}
	for _, e := range endpoints {
		if t.counts(e) {
			current[e.Instance] = true
		}
	}
	for instance, list := range t.procs {
		kept := list[:0]
		for i, p := range list {
			listed := current[instance] && i == len(list)-1
			if listed || !p.pending.empty() || now.Sub(p.read).Abs() <= retention {
				kept = append(kept, p)
				continue
			}
			if start := p.start(); !start.IsZero() {
				t.raise(start.Add(startSlack + 1))
			}
		}
		if t.procs[instance] = kept; len(kept) == 0 {
			delete(t.procs, instance)
		}
	}
}

// fault is what was wrong with a round for one ask, and what was seen.
type fault struct {
	missed, broken string // the first of each, in words
	misses         int
	first, last    time.Time // when pages were read
	candidates     int       // instances of the candidate that were read
	total          bool      // one of them has a series of all events
}

// miss notes a page that was not read and may be read later.
func (f *fault) miss(format string, args ...any) {
	if f.misses++; f.misses == 1 {
		f.missed = fmt.Sprintf(format, args...)
	}
}

// breaks notes a page that was read and cannot be counted.
func (f *fault) breaks(format string, args ...any) {
	if f.broken == "" {
		f.broken = fmt.Sprintf(format, args...)
	}
}

func (f *fault) read(at time.Time) {
	if f.first.IsZero() || at.Before(f.first) {
		f.first = at
	}
	if at.After(f.last) {
		f.last = at
	}
}

// apart is how far from one another the pages were read.
func (f *fault) apart() time.Duration { return f.last.Sub(f.first) }

func (f *fault) reason() string {
	switch {
	case f.broken != "":
		return f.broken
	case f.misses > 1:
		return fmt.Sprintf("%s (and %d more)", f.missed, f.misses-1)
	}
	return f.missed
}
