package scrape

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// concurrency bounds how many pages are read at once.
const concurrency = 16

// work is one page to read, and what for.
type work struct {
	endpoint Endpoint
	queries  []*series.Query
	serial   uint64 // of the page of this instance that was counted last
}

// reading is a page that was read, or why not.
type reading struct {
	work
	at      time.Time // when the answer began
	started time.Time // of the process, by the page
	err     error
	found   map[*series.Query]chosen
}

// chosen is what a page says about a query, or why it cannot be counted.
type chosen struct {
	*selection
	err error
}

// list calls Endpoints and refuses an instance that is listed twice: two pages
// under one name would look like a process that restarts all the time.
func (s *Source) list(ctx context.Context) ([]Endpoint, error) {
	endpoints, err := s.options.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	seen := make(map[instanceKey]bool, len(endpoints))
	for _, e := range endpoints {
		if k := (instanceKey{e.Stage, e.Instance}); seen[k] {
			return nil, fmt.Errorf("instance %q of stage %q is listed twice", e.Instance, e.Stage)
		} else {
			seen[k] = true
		}
	}
	return endpoints, nil
}

// pick chooses the pages to be read: those of the stages that are wanted, and
// of the instances that are about to end.
func (s *Source) pick(endpoints []Endpoint, want map[string]bool) []work {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []work
	for _, e := range endpoints {
		if !want[e.Stage] && !e.Draining {
			continue
		}
		if w := s.work(e); len(w.queries) > 0 {
			all = append(all, w)
		}
	}
	return all
}

// work says what a page of an instance is read for: every ask that stands for its
// stage and version, due or not. The caller holds the lock.
func (s *Source) work(e Endpoint) work {
	w := work{endpoint: e, serial: s.folds[instanceKey{e.Stage, e.Instance}].serial}
	seen := map[*series.Query]bool{}
	for _, t := range s.tracks {
		if q := t.query; t.counts(e) && q.Err == nil && !seen[q] {
			seen[q] = true
			w.queries = append(w.queries, q)
		}
	}
	return w
}

func (s *Source) readAll(ctx context.Context, all []work) []*reading {
	readings := make([]*reading, len(all))
	var g errgroup.Group
	g.SetLimit(concurrency)
	for i, w := range all {
		g.Go(func() error {
			readings[i] = s.read(ctx, w)
			return nil
		})
	}
	_ = g.Wait() // a page that cannot be read says so itself
	return readings
}

func (s *Source) read(ctx context.Context, w work) (r *reading) {
	r = &reading{work: w, found: make(map[*series.Query]chosen, len(w.queries))}
	defer func() { // of the client or of the parser; in a goroutine it would end the host
		if p := recover(); p != nil {
			r.err = fmt.Errorf("panic: %v", p)
		}
	}()
	wanted := map[string]bool{}
	for _, q := range w.queries {
		q.Names(wanted)
	}
	text, at, err := s.fetch(ctx, w.endpoint.URL, wanted)
	if r.at = at; err != nil {
		r.err = err
		return r
	}
	s.parsing.Lock()
	defer s.parsing.Unlock()
	p, err := text.page(wanted)
	if err != nil {
		r.err = err
		return r
	}
	r.started = p.started
	for _, q := range w.queries {
		selection, err := choose(q, p)
		r.found[q] = chosen{selection, err}
	}
	return r
}

// count adds a reading to every ask it was made for, and notes for each what is
// wrong. It reports whether the reading was counted at all: it is not if another
// one was while this one was under way. The caller holds the lock.
func (s *Source) count(r *reading, faults map[*track]*fault) bool {
	k := instanceKey{r.endpoint.Stage, r.endpoint.Instance}
	fresh := s.folds[k].serial == r.serial
	if fresh && r.err == nil {
		s.serial++
		s.folds[k] = fold{s.serial, s.time()}
	}
	for _, t := range s.tracks {
		if !t.counts(r.endpoint) || t.query.Err != nil {
			continue
		}
		f := faults[t]
		if f == nil {
			f = &fault{}
			faults[t] = f
		}
		switch {
		case r.err != nil:
			if !t.excused(r.endpoint) {
				f.miss("instance %s: %v", r.endpoint.Instance, r.err)
			}
		case !fresh:
			f.miss("instance %s was read at the same time as its last page", r.endpoint.Instance)
		default:
			t.count(r, f)
		}
	}
	return fresh
}
