package scrape

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/fetch"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// Endpoint is one instance whose page is read.
type Endpoint struct {
	Stage    string
	Instance string // unique in the stage, and not given to another instance later
	Version  string
	URL      string
	// Ready is since when the instance is ready; zero if it is not. Warm-up counts
	// from it.
	Ready time.Time
	// Started is when its process started, if the target knows; it is used where the
	// page has no process_start_time_seconds.
	Started time.Time
	// Draining says that the instance is about to end: its page is read at every
	// call, whether an ask is due or not.
	Draining bool
}

// Options say what a [Source] reads, and how.
type Options struct {
	// Endpoints lists the instances that run now. It is called at every Sample that
	// has asks and should answer from memory. An instance that has ended must not be
	// listed: a page that cannot be read keeps intervals open.
	Endpoints func(context.Context) ([]Endpoint, error)
	// Client is used for every request. Default a client of its own. At most five
	// redirects are followed, and only to the scheme, host and port of the endpoint:
	// elsewhere may be another instance's page. They go with the user of the endpoint's
	// URL. The client's CheckRedirect may refuse more.
	Client *http.Client
	// Timeout bounds the reading of one page. Default 2s.
	Timeout time.Duration
	// Limit bounds the size of one page in bytes, unpacked. Default 16 MiB, at most 1 GiB.
	Limit int64
	// MaxOpen is how long an interval may stay open because a page cannot be read
	// before that is reported. Default three times the ask's cadence.
	MaxOpen time.Duration
}

// Source answers the asks of one rollout from the pages of its instances. Last may be
// called at any time.
type Source struct {
	options Options
	now     func() time.Time // another one in tests only

	sampling sync.Mutex // held by Sample
	parsing  sync.Mutex // a page is large once it is parsed: one at a time

	mu      sync.Mutex // never held while a page is read
	tracks  map[trackKey]*track
	queries map[health.Measure]*series.Query
	folds   map[instanceKey]fold
	serial  uint64
}

type instanceKey struct{ stage, instance string }

// fold says which page of an instance was counted last: pages that are read at the
// same time may arrive in any order, and the earlier one must not look like a reset.
type fold struct {
	serial uint64
	at     time.Time
}

const (
	defaultTimeout = 2 * time.Second
	defaultLimit   = 16 << 20
	mostLimit      = 1 << 30
	// retention is how long a process that is not listed is remembered, in case it
	// is listed again.
	retention = 5 * time.Minute
	// lastTries is how often Last reads a page while others read it too.
	lastTries = 5
)

// New makes a source.
func New(o Options) (*Source, error) {
	switch {
	case o.Endpoints == nil:
		return nil, errors.New("scrape: Options.Endpoints must be set")
	case o.Timeout < 0 || o.MaxOpen < 0:
		return nil, errors.New("scrape: Options.Timeout and MaxOpen must not be negative")
	case o.Limit < 0 || o.Limit > mostLimit:
		return nil, fmt.Errorf("scrape: Options.Limit must be from 0 to %d", mostLimit)
	}
	o.Client = fetch.Client(o.Client)
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	return &Source{
		options: o,
		now:     time.Now,
		tracks:  map[trackKey]*track{},
		queries: map[health.Measure]*series.Query{},
		folds:   map[instanceKey]fold{},
	}, nil
}

// time is the present, as it can be compared with times that were written as JSON.
func (s *Source) time() time.Time { return s.now().UTC().Round(0) }

// Sample returns an interval for every ask that is due and could be measured. An
// ask that is seen for the first time is measured from now on. Asks without a
// measure are those of other sources and are left alone; asks that are not listed
// are forgotten.
//
// Until [health.Ask.From] has moved past the beginning of an interval, the ask is
// answered with that same interval: one that was lost before it was saved is told
// again, unchanged. The error is that of the context, or that another call of Sample
// has not returned; whatever else goes wrong is told by samples.
func (s *Source) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	if !s.sampling.TryLock() {
		return nil, errors.New("scrape: another call of Sample has not returned: a source serves one rollout")
	}
	defer s.sampling.Unlock()
	tracks, samples := s.ready(asks)
	if len(tracks) == 0 {
		return nil, ctx.Err()
	}
	want := map[string]bool{} // the stages to be read
	for _, t := range tracks {
		if t.reads(s.time()) {
			want[t.Ask.Stage] = true
		}
	}
	endpoints, err := s.list(ctx)
	now := s.time()
	readings := s.readAll(ctx, s.pick(endpoints, want))

	s.mu.Lock()
	defer s.mu.Unlock()
	faults := map[*track]*fault{}
	for _, r := range readings {
		s.count(r, faults)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err() // what was read is counted, and no interval ends
	}
	for _, t := range tracks {
		if !want[t.Ask.Stage] || t.Told() || t.query.Err != nil {
			continue
		}
		f := faults[t]
		if f == nil {
			f = &fault{}
		}
		if err != nil {
			f.miss("the instances cannot be listed: %v", err)
		}
		if x, ok := t.close(now, f, s.options.MaxOpen, endpoints); ok {
			samples = append(samples, x)
		}
		if err == nil {
			t.forget(now, endpoints)
		}
	}
	return samples, nil
}

// ready returns the tracks of the asks, and the samples for which nothing needs to
// be read.
func (s *Source) ready(asks []health.Ask) (tracks []*track, samples []health.Sample) {
	now := s.time()
	s.mu.Lock()
	defer s.mu.Unlock()
	tracks = s.stand(asks, now)
	for _, t := range tracks {
		switch {
		case !t.Due(now):
		case t.Told():
			samples = append(samples, t.Again())
		case t.query.Err != nil && now.After(t.From):
			samples = append(samples, t.Fail(health.Error, t.query.Err.Error(), now))
		}
	}
	return tracks, samples
}

// Last reads an instance once more and keeps what it did for the next interval. A
// target calls it after the instance was drained and before it is stopped. An
// error means that what the instance did since it was last read is lost.
func (s *Source) Last(ctx context.Context, e Endpoint) error {
	for range lastTries {
		s.mu.Lock()
		work := s.work(e)
		s.mu.Unlock()
		if len(work.queries) == 0 {
			return nil
		}
		r := s.read(ctx, work)
		if r.err != nil {
			return fmt.Errorf("scrape: the last page of %s: %w", e.Instance, r.err)
		}
		s.mu.Lock()
		faults := map[*track]*fault{}
		counted := s.count(r, faults)
		s.mu.Unlock()
		if !counted {
			continue // another page was counted meanwhile, and it may be older
		}
		for _, f := range faults {
			if why := f.reason(); why != "" {
				return fmt.Errorf("scrape: the last page of %s: %s", e.Instance, why)
			}
		}
		return nil
	}
	return fmt.Errorf("scrape: the last page of %s: it was read by others all the time", e.Instance)
}
