package prometheus

import (
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/series"
)

const (
	// startSlack is how far a process may contradict itself about its start: some systems
	// compute it anew, from a clock that is being corrected.
	startSlack = time.Second
	// retention is how long a process is remembered that is not seen any more.
	retention = 5 * time.Minute
)

type targetKey struct{ job, instance string }

// target is one instance that the server scrapes. Series without the label instance
// are of a target without a name, of which nobody says whether it is up.
type target struct {
	key   targetKey
	upped bool       // it is known to up
	here  bool       // when it was last looked at, it was scraped well
	procs []*process // by start
}

func (k targetKey) String() string {
	switch {
	case k.instance == "":
		return "without a name"
	case k.job == "":
		return k.instance
	}
	return k.job + "/" + k.instance
}

// process is one process of a target, as one ask sees it.
type process struct {
	version     string
	start       time.Time // zero: nobody says
	first, last time.Time // of its samples
	timed       time.Time // up to when its time was counted
	total       bool      // a series of all events was there
	gauge       float64   // the sum of its series at the newest sample
	marks       map[string]mark
	pending     series.Pending
}

// mark is what a series showed last, and when.
type mark struct {
	series.Mark

	at time.Time
}

// process is the one that was the target when a sample was taken, and made if it is not
// known.
func (t *target) process(version string, start, at time.Time) (p *process, fresh bool) {
	for _, p := range slices.Backward(t.procs) {
		switch {
		case p.version != version:
		case p.start.IsZero() && !start.IsZero():
			p.start = start
			return p, false
		case start.IsZero() || p.start.Sub(start).Abs() <= startSlack:
			return p, false
		}
	}
	p = &process{version: version, start: start, first: at, last: at, timed: at, marks: map[string]mark{}}
	t.procs = append(t.procs, p)
	slices.SortStableFunc(t.procs, func(a, b *process) int { return a.start.Compare(b.start) })
	return p, true
}

// current is the process whose sample is the newest.
func (t *target) current() *process {
	var c *process
	for _, p := range t.procs {
		if c == nil || !p.last.Before(c.last) {
			c = p
		}
	}
	return c
}

// since reports whether a process started when the target was already watched: whatever
// was before it, it is known since when.
func (t *target) since(p *process) bool {
	return slices.ContainsFunc(t.procs, func(o *process) bool {
		return o != p && !p.start.IsZero() && !o.last.After(p.start.Add(startSlack))
	})
}

// ran reports whether another process was seen as the target between what this one says is
// its start and a sample: it is the same one, whose clock was corrected or whose labels
// were changed.
func (t *target) ran(p *process, at time.Time) bool {
	return slices.ContainsFunc(t.procs, func(o *process) bool {
		return o != p && o.first.Before(at) && o.last.After(p.start.Add(startSlack))
	})
}

// ready is when the warm-up began. Prometheus knows no readiness: it is the start, or
// the first sample if nobody says when that was.
func (p *process) ready() time.Time {
	if p.start.IsZero() {
		return p.first
	}
	return p.start
}

// warm reports whether all that is pending happened past the warm-up. The interval
// begins at from.
func (p *process) warm(from time.Time, warmUp time.Duration) bool {
	if warmUp <= 0 {
		return true
	}
	if !p.pending.Since.IsZero() && p.pending.Since.Before(from) {
		from = p.pending.Since
	}
	return !p.ready().Add(warmUp).After(from)
}

// starts are what the server has of process_start_time_seconds of one target.
type starts []startAt

type startAt struct{ at, start time.Time }

// at is the start of the process of which a sample is; zero if nobody says, or two say
// different things. Samples of one scrape have one time.
func (s starts) at(t time.Time, scrape time.Duration) time.Time {
	i, ok := slices.BinarySearchFunc(s, t, func(x startAt, t time.Time) int { return x.at.Compare(t) })
	if !ok {
		if i--; i < 0 || t.Sub(s[i].at) > scrape {
			return time.Time{}
		}
	}
	return s[i].start
}
