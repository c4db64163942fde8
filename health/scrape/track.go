package scrape

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

type trackKey struct{ key, stage, signal string }

// track is what the source knows about one ask.
type track struct {
	series.Interval

	query *series.Query
	procs map[string][]*process // by instance, the newest last
}

// ours reports whether what a signal watches is on the instances' own pages; asks
// about anything else are another source's.
func ours(scope string) bool { return scope == "" || scope == "candidate" || scope == "stable" }

// stand brings the tracks up to date with the asks and returns those of the asks,
// in their order. The caller holds the lock.
func (s *Source) stand(asks []health.Ask, now time.Time) []*track {
	tracks, queries := map[trackKey]*track{}, map[health.Measure]*series.Query{}
	var order []*track
	for i := range asks {
		a := asks[i]
		k := trackKey{a.Key, a.Stage, a.Signal}
		if !ours(a.Scope) || tracks[k] != nil || !series.Counted(&a.Measure) {
			continue
		}
		q := s.queries[a.Measure]
		if q == nil {
			if q = queries[a.Measure]; q == nil {
				q = series.NewQuery(a.Measure)
			}
		}
		queries[a.Measure] = q
		t := s.tracks[k]
		if t == nil || t.query != q || t.Ask.Candidate != a.Candidate || t.Ask.Stable != a.Stable {
			t = &track{Interval: series.NewInterval(a, now), query: q, procs: map[string][]*process{}}
		}
		t.Update(a, now)
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

// reads reports whether pages must be read for the ask now.
func (t *track) reads(now time.Time) bool {
	return !t.Told() && t.query.Err == nil && (!t.Open || t.Due(now))
}

// counts reports whether an instance is of one of the ask's versions.
func (t *track) counts(e Endpoint) bool {
	return e.Stage == t.Ask.Stage &&
		(e.Version == t.Ask.Candidate || t.Ask.Stable != "" && e.Version == t.Ask.Stable)
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
	restarted := fresh && t.query.Restarts && t.ran(r.endpoint)
	found.total = found.total || t.query.Restarts && !r.endpoint.Started.IsZero()
	if fresh {
		p = &process{version: r.endpoint.Version, last: map[string]series.Mark{}}
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
		zero = !start.IsZero() && !start.Before(t.Zero)
		p.read = start // its events are from then on
	}
	if zero {
		p.pending.Began(p.read)
		p.pending.Time += max(0, r.at.Sub(p.read))
	}
	if restarted {
		p.pending.Total++
	}
	p.count(found.selection, zero, t.query.Gauge != nil, t.Ask.Counts)
	p.read = r.at
	f.read(r.at)
	if r.endpoint.Version == t.Ask.Candidate {
		f.candidates++
		f.total = f.total || found.total
	}
}

// ran reports whether another process of the same version ran on an instance before.
func (t *track) ran(e Endpoint) bool {
	return slices.ContainsFunc(t.procs[e.Instance], func(p *process) bool { return p.version == e.Version })
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
			if listed || !p.pending.Empty() || now.Sub(p.read).Abs() <= retention {
				kept = append(kept, p)
				continue
			}
			if start := p.start(); !start.IsZero() {
				t.Raise(start.Add(startSlack + 1))
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
