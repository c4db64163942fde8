package scrape

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// maxApart is how far from one another pages may be read for an interval to end;
// in a short interval it is a tenth of it. Further apart, one arm would see the
// beginning of an incident and the other not.
const maxApart = time.Second

// The arms of a sample. What stable instances do while they are warming is left out.
const (
	candidate = iota
	stable
	warming
	arms
)

// sums is what an interval adds up to.
type sums struct {
	arm      [arms]health.Arm
	counts   map[string]float64
	bounds   []float64
	first    string // the instance the bounds are of
	conflict string // an instance with other bounds
}

// close ends the interval that is open, if it can be ended now. Endpoints are the
// instances that were listed.
func (t *track) close(now time.Time, f *fault, maxOpen time.Duration, endpoints []Endpoint) (health.Sample, bool) {
	apart := maxApart
	if t.open {
		apart = min(apart, now.Sub(t.from)/10)
	}
	if f.apart() > apart {
		f.miss("pages were read %v apart", f.apart())
	}
	if maxOpen == 0 {
		maxOpen = 3 * t.cadence
	}
	switch due := t.due(now); {
	case now.Before(t.from) || t.open && now.Equal(t.from):
		return health.Sample{}, false // no time has passed
	case now.Equal(t.from) && (f.broken != "" || f.misses > 0):
		return health.Sample{}, false
	case f.broken != "" && due:
		return t.fail(health.Error, f.reason(), now), true
	case f.misses > 0 && due && now.Sub(t.from) > maxOpen:
		return t.fail(health.Error, f.reason(), now), true
	case f.broken != "" || f.misses > 0:
		return health.Sample{}, false
	case !t.open:
		t.start(now)
		return health.Sample{}, false
	case !due:
		return health.Sample{}, false
	}
	return t.sample(now, f, endpoints), true
}

// start begins to count: every instance has a first value, and what was added to it
// before is of no interval.
func (t *track) start(now time.Time) {
	t.open, t.from = true, now
	t.raise(t.ask.From)
	t.excess = [arms]float64{}
	t.clear(func(*process) bool { return true })
}

// fail reports an interval that could not be measured. What is known of it is kept
// for the next one: it is neither lost nor counted twice.
func (t *track) fail(v health.Verdict, reason string, now time.Time) health.Sample {
	x := t.blank(now)
	x.Fetch, x.Reason = v, reason
	t.from = now
	return x
}

func (t *track) blank(now time.Time) health.Sample {
	return health.Sample{
		Stage: t.ask.Stage, Signal: t.ask.Signal, Key: t.ask.Key,
		From: t.from, To: now, Fetch: health.Healthy,
	}
}

// sample ends an interval whose pages were all read.
func (t *track) sample(now time.Time, f *fault, endpoints []Endpoint) health.Sample {
	u := t.sum(now)
	did := u.arm[candidate].Exposure+u.arm[warming].Exposure > 0
	if !did && !f.total {
		// What stable did meanwhile has nothing to be compared with, and kept it would
		// be compared with what the candidate does at another time.
		t.clear(func(p *process) bool { return p.version != t.ask.Candidate })
		t.excess[stable] = 0
		return t.fail(health.NoData, t.nothing(f, endpoints), now)
	}
	if u.conflict != "" {
		return t.fail(health.Error, fmt.Sprintf("instances %s and %s have different buckets", u.first, u.conflict), now)
	}
	for i := range u.arm {
		if a := &u.arm[i]; a.Exposure > maxValue || a.Bad > maxValue {
			// Kept they would be too many in every later interval, too.
			t.clear(func(*process) bool { return true })
			t.excess = [arms]float64{}
			return t.fail(health.Error, fmt.Sprintf("%v events, %v of them bad, are too many to be counted", a.Exposure, a.Bad), now)
		}
	}
	var excess [arms]float64
	for i := range u.arm {
		a := &u.arm[i]
		a.Bad += t.excess[i]
		if excess[i] = a.Bad - a.Exposure; excess[i] <= 0 {
			excess[i] = 0
			continue
		}
		if t.excess[i] > 0 {
			return t.fail(health.Error, fmt.Sprintf("there were %v bad events and %v events: they do not count the same", a.Bad, a.Exposure), now)
		}
		a.Bad = a.Exposure
	}
	x := t.blank(now)
	x.Candidate, x.Stable, x.Warming, x.Bounds = u.arm[candidate], u.arm[stable], u.arm[warming], u.bounds
	x.Counts = t.counted(u)
	t.excess = excess
	t.clear(func(*process) bool { return true })
	t.from = now
	t.told = &x
	return t.again()
}

// again is a copy of the interval that was told last.
func (t *track) again() health.Sample {
	x := *t.told
	for _, a := range []*health.Arm{&x.Candidate, &x.Stable, &x.Warming} {
		a.Buckets = slices.Clone(a.Buckets)
	}
	x.Bounds, x.Counts = slices.Clone(x.Bounds), slices.Clone(x.Counts)
	return x
}

// nothing says in words why there is nothing to judge.
func (t *track) nothing(f *fault, endpoints []Endpoint) string {
	switch listed := slices.ContainsFunc(endpoints, func(e Endpoint) bool { return t.counts(e) && e.Version == t.ask.Candidate }); {
	case !listed:
		return fmt.Sprintf("no instance runs %s", t.ask.Candidate)
	case f.candidates == 0:
		return fmt.Sprintf("no instance of %s has a page yet", t.ask.Candidate)
	}
	return fmt.Sprintf("no series matches %s on the pages of %s", t.query.subject, t.ask.Candidate)
}

// sum adds up what is pending, each process to the arm it belongs to.
func (t *track) sum(now time.Time) *sums {
	u := &sums{counts: map[string]float64{}}
	instances := make([]string, 0, len(t.procs))
	for instance := range t.procs {
		instances = append(instances, instance)
	}
	slices.Sort(instances) // so that sums of fractions are always the same
	for _, instance := range instances {
		for _, p := range t.procs[instance] {
			if p.pending.empty() && p.read.Before(now) {
				continue // it has ended, and its buckets matter no more
			}
			t.add(u, instance, p)
		}
	}
	for i := range u.arm {
		if u.bounds != nil && u.arm[i].Buckets == nil {
			u.arm[i].Buckets = make([]uint64, len(u.bounds)+1)
		}
	}
	return u
}

func (t *track) add(u *sums, instance string, p *process) {
	warm := p.warm(t.from, t.ask.WarmUp)
	which := candidate
	switch {
	case p.version == t.ask.Candidate && !warm:
		which = warming
	case p.version != t.ask.Candidate && !warm:
		return
	case p.version != t.ask.Candidate:
		which = stable
	}
	if p.bounds != nil {
		switch {
		case u.bounds == nil:
			u.bounds, u.first = p.bounds, instance
		case !slices.Equal(u.bounds, p.bounds):
			u.conflict = instance
			return
		}
	}
	a := &u.arm[which]
	a.Exposure += p.pending.total
	a.Bad += p.pending.bad
	if p.pending.buckets != nil {
		if a.Buckets == nil {
			a.Buckets = make([]uint64, len(u.bounds)+1)
		}
		for k, n := range p.pending.buckets {
			a.Buckets[k] += uint64(n)
		}
	}
	if which == candidate {
		for name, n := range p.pending.counts {
			u.counts[name] += n
		}
	}
}

// counted are the candidate's requests to the endpoints that were asked for, the
// empty name being all of them.
func (t *track) counted(u *sums) []health.Count {
	var out []health.Count
	for _, name := range t.ask.Counts {
		n := u.counts[name]
		switch {
		case name == "":
			n = u.arm[candidate].Exposure
		case t.query.by == "":
			continue
		}
		out = append(out, health.Count{Name: name, N: int64(math.Floor(n))})
	}
	return out
}

// clear forgets what is pending of some processes.
func (t *track) clear(which func(*process) bool) {
	for _, list := range t.procs {
		for _, p := range list {
			if which(p) {
				p.pending = pending{}
			}
		}
	}
}
