package scrape

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// maxApart is how far from one another pages may be read for an interval to end;
// in a short interval it is a tenth of it. Further apart, one arm would see the
// beginning of an incident and the other not.
const maxApart = time.Second

// close ends the interval that is open, if it can be ended now. Endpoints are the
// instances that were listed.
func (t *track) close(now time.Time, f *fault, maxOpen time.Duration, endpoints []Endpoint) (health.Sample, bool) {
	apart := maxApart
	if t.Open {
		apart = min(apart, now.Sub(t.From)/10)
	}
	if f.apart() > apart {
		f.miss("pages were read %v apart", f.apart())
	}
	if maxOpen == 0 {
		maxOpen = 3 * t.Cadence
	}
	switch due := t.Due(now); {
	case now.Before(t.From) || t.Open && now.Equal(t.From):
		return health.Sample{}, false // no time has passed
	case now.Equal(t.From) && (f.broken != "" || f.misses > 0):
		return health.Sample{}, false
	case f.broken != "" && due:
		return t.Fail(health.Error, f.reason(), now), true
	case f.misses > 0 && due && now.Sub(t.From) > maxOpen:
		return t.Fail(health.Error, f.reason(), now), true
	case f.broken != "" || f.misses > 0:
		return health.Sample{}, false
	case !t.Open:
		t.Start(now)
		t.clear(func(*process) bool { return true })
		return health.Sample{}, false
	case !due:
		return health.Sample{}, false
	}
	return t.sample(now, f, endpoints), true
}

// sample ends an interval whose pages were all read.
func (t *track) sample(now time.Time, f *fault, endpoints []Endpoint) health.Sample {
	u, conflict := t.sum(now)
	arms := u.Arms()
	did := arms[series.Candidate].Exposure+arms[series.Warming].Exposure > 0
	if !did && !f.total {
		// What stable did meanwhile has nothing to be compared with, and kept it would
		// be compared with what the candidate does at another time.
		t.clear(func(p *process) bool { return p.version != t.Ask.Candidate })
		t.Drop(series.Stable)
		return t.Fail(health.NoData, t.nothing(f, endpoints), now)
	}
	if conflict != "" {
		return t.Fail(health.Error, conflict, now)
	}
	if err := series.TooMany(&arms); err != nil {
		t.clear(func(*process) bool { return true })
		t.Drop(series.Candidate, series.Stable, series.Warming)
		return t.Fail(health.Error, err.Error(), now)
	}
	if err := t.Balance(&arms); err != nil {
		return t.Fail(health.Error, err.Error(), now)
	}
	x := t.Blank(now)
	x.Candidate, x.Stable, x.Warming, x.Bounds = arms[series.Candidate], arms[series.Stable], arms[series.Warming], u.Bounds
	x.Counts = u.Counts(t.Ask.Counts, t.query.By)
	t.clear(func(*process) bool { return true })
	t.From = now
	return t.Tell(x)
}

// nothing says in words why there is nothing to judge.
func (t *track) nothing(f *fault, endpoints []Endpoint) string {
	switch listed := slices.ContainsFunc(endpoints, func(e Endpoint) bool { return t.counts(e) && e.Version == t.Ask.Candidate }); {
	case !listed:
		return fmt.Sprintf("no instance runs %s", t.Ask.Candidate)
	case f.candidates == 0:
		return fmt.Sprintf("no instance of %s has a page yet", t.Ask.Candidate)
	}
	return fmt.Sprintf("no series matches %s on the pages of %s", t.query.Subject, t.Ask.Candidate)
}

// sum adds up what is pending, each process to the arm it belongs to, and says which
// instances cannot be added up.
func (t *track) sum(now time.Time) (u *series.Sums, conflict string) {
	u = &series.Sums{}
	instances := make([]string, 0, len(t.procs))
	for instance := range t.procs {
		instances = append(instances, instance)
	}
	slices.Sort(instances) // so that sums of fractions are always the same
	var bounds []float64
	var first string // the instance they are of
	for _, instance := range instances {
		for _, p := range t.procs[instance] {
			which, ok := t.arm(p)
			ended := p.read.Before(now)
			if !ok || ended && p.pending.Empty() && p.pending.Time == 0 {
				continue
			}
			switch {
			case p.bounds == nil || ended && p.pending.Empty():
			case bounds == nil:
				bounds, first = p.bounds, instance
			case !slices.Equal(bounds, p.bounds):
				conflict = fmt.Sprintf("instances %s and %s have different buckets", first, instance)
				continue
			}
			u.Add(which, &p.pending)
			if t.query.Gauge != nil && !ended && p.total {
				u.Value(which, p.gauge)
			}
		}
	}
	if bounds != nil {
		u.Narrow(bounds)
	}
	return u, conflict
}

// arm is the one that a process belongs to, if any. Restarts count from the first
// second: that of a process in its warm-up is one as well.
func (t *track) arm(p *process) (which int, ok bool) {
	warm := t.query.Restarts || p.warm(t.From, t.Ask.WarmUp)
	switch {
	case p.version != t.Ask.Candidate:
		return series.Stable, warm
	case !warm:
		return series.Warming, true
	}
	return series.Candidate, true
}

// clear forgets what is pending of some processes.
func (t *track) clear(which func(*process) bool) {
	for _, list := range t.procs {
		for _, p := range list {
			if which(p) {
				p.pending = series.Pending{}
			}
		}
	}
}
