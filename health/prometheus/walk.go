package prometheus

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// walk counts the samples of all lines, each in the order in which they were taken, so
// that a reset between two of them is seen.
func (t *track) walk(lines []*line, all map[targetKey]*presence, at time.Time) {
	for _, l := range lines {
		for i := range l.points {
			t.step(l, &l.points[i], all[l.target])
		}
	}
	for _, x := range t.targets {
		for _, p := range x.procs {
			if p.last.After(p.timed) {
				p.pending.Time += p.last.Sub(p.timed)
				p.timed = p.last
			}
		}
	}
	t.walked = at
	if t.query.Gauge != nil {
		t.gauges(lines)
	}
}

// step counts one sample of one series. What was counted before is left out.
func (t *track) step(l *line, x *point, p *presence) {
	start := p.starts.at(x.at, t.stale())
	if t.query.Restarts {
		start = startTime(x.Value)
	}
	known := t.targets[l.target]
	if known == nil {
		known = &target{key: l.target}
	}
	if counted(known, l, x.at) {
		return
	}
	t.targets[l.target] = known
	proc, fresh := known.process(l.version, start, x.at)
	last, had := proc.marks[l.key]
	zero := t.Open && (had || t.born(known, proc, p, x.at))
	if fresh && zero && !proc.start.IsZero() && proc.start.Before(x.at) {
		proc.timed = proc.start
	}
	proc.marks[l.key] = mark{x.Mark(), x.at}
	if x.at.After(proc.last) {
		proc.last = x.at
	}
	proc.total = proc.total || x.Total
	if t.query.Gauge != nil || !had && !zero {
		return
	}
	if t.query.Restarts {
		if fresh && slices.ContainsFunc(known.procs, func(o *process) bool { return o != proc && o.version == proc.version }) {
			proc.pending.Began(proc.timed)
			proc.pending.Count(&x.Series, 1, t.Ask.Counts)
		}
		return
	}
	proc.pending.Began(proc.timed)
	proc.pending.Add(&x.Series, last.Mark, t.Ask.Counts)
}

// counted reports whether a sample was counted before.
func counted(known *target, l *line, at time.Time) bool {
	return slices.ContainsFunc(known.procs, func(p *process) bool {
		m, ok := p.marks[l.key]
		return ok && !at.After(m.at)
	})
}

// born reports whether a series that is seen for the first time counts from 0: its
// process was scraped before without it, or started when it was already watched. Any
// other first value may hold years.
func (t *track) born(known *target, proc *process, p *presence, at time.Time) bool {
	if proc.first.Before(at) {
		return true
	}
	if proc.start.IsZero() {
		return false
	}
	if !proc.start.Before(t.Zero) || known.since(proc) {
		return true
	}
	return !known.ran(proc, at) && slices.ContainsFunc(p.ups, func(up time.Time) bool {
		return up.Before(at) && !up.Before(proc.start)
	})
}

// gauges adds up what the instances show: at their newest sample, all series of it.
func (t *track) gauges(lines []*line) {
	for _, x := range t.targets {
		for _, p := range x.procs {
			p.gauge = 0
		}
	}
	for _, l := range lines {
		known := t.targets[l.target]
		if known == nil {
			continue
		}
		for _, p := range known.procs {
			if m, ok := p.marks[l.key]; ok && m.at.Equal(p.last) {
				p.gauge += m.Value
			}
		}
	}
}

// stale is how old the newest sample of a target may be that was scraped every time.
func (t *track) stale() time.Duration { return t.options.Scrape + t.options.Scrape/4 }

// present looks at every target once all is counted: whether the interval can end, and
// how far the arms are apart.
func (t *track) present(f *fault, all map[targetKey]*presence, at time.Time) {
	for _, k := range t.keys() {
		x, p := t.targets[k], all[k]
		c := x.current()
		if c == nil {
			continue
		}
		x.here = false
		switch x.upped = x.upped || p.listed || len(p.ups) > 0; {
		case x.upped && !p.listed: // it has ended; what it did is kept
		case x.upped:
			x.here = t.up(f, x, c, p, at)
		case at.Sub(c.last) <= t.stale():
			x.here = true
		case at.Sub(c.last) <= retention:
			f.miss("%s: no sample of %s since %s", x.key, t.query.Subject, c.last.Format(time.TimeOnly))
		}
		if !x.here {
			continue
		}
		if c.version == t.subject() {
			f.found++
			f.seen = f.seen || c.total
		}
		f.sampled(t.side(c), c.last)
	}
	t.forget(at, all)
}

// up reports whether a target that is scraped was scraped well, and shows the series.
func (t *track) up(f *fault, x *target, c *process, p *presence, at time.Time) bool {
	var last time.Time
	if n := len(p.ups); n > 0 {
		last = p.ups[n-1]
	}
	start := p.starts.at(last, 0)
	switch {
	case p.up != 1:
		f.miss("instance %s is down: up is %v", x.key, p.up)
	case at.Sub(last) > t.stale():
		f.miss("instance %s was not scraped in the last %v", x.key, t.stale())
	case last.Sub(c.last) > t.stale()-t.options.Scrape && (start.IsZero() || c.start.IsZero() || start.Sub(c.start).Abs() <= startSlack):
		f.miss("instance %s: no series matches %s any more", x.key, t.query.Subject)
	default:
		return true
	}
	return false
}

// side is the arm of the version of a process, warm or not.
func (t *track) side(p *process) int {
	if p.version == t.Ask.Candidate {
		return series.Candidate
	}
	return series.Stable
}

// arm is the one that a process belongs to now, if any.
func (t *track) arm(p *process) (which int, ok bool) {
	warm := p.warm(t.From, t.warmUp)
	switch side := t.side(p); {
	case side == series.Stable:
		return side, warm
	case !warm:
		return series.Warming, true
	default:
		return side, true
	}
}

// keys are the targets in an order of their own, so that sums of fractions are always
// the same.
func (t *track) keys() []targetKey {
	return slices.SortedFunc(maps.Keys(t.targets), func(a, b targetKey) int {
		return cmp.Or(cmp.Compare(a.job, b.job), cmp.Compare(a.instance, b.instance))
	})
}

// forget drops the processes that have ended. One that comes back all the same, and any
// that started before it, does not count from 0 again.
func (t *track) forget(at time.Time, all map[targetKey]*presence) {
	remembered := max(retention, 4*t.options.Scrape) // longer than ranges overlap
	for k, x := range t.targets {
		c := x.current()
		x.procs = slices.DeleteFunc(x.procs, func(p *process) bool {
			listed := p == c && all[k] != nil && all[k].listed
			if listed || !p.pending.Empty() || at.Sub(p.last).Abs() <= remembered {
				return false
			}
			if !p.start.IsZero() {
				t.Raise(p.start.Add(startSlack + 1))
			}
			return true
		})
		if len(x.procs) == 0 {
			delete(t.targets, k)
		}
	}
}
