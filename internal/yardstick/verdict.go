package main

import (
	"fmt"
	"math"
)

// What must hold of ours, and how the figures say that it does.

const (
	timesBound = 1.5 // the mean detection may be so many times the bound, and one check more
	timesFixed = 1.5 // or so many times that of the best fixed threshold in hindsight
	holdWithin = 3.0 // minutes in the mean until harm in both versions is held
	holdRate   = 0.99
)

// state is how sure a requirement is.
type state string

const (
	met    state = "met"
	open   state = "open" // so few runs cannot tell
	broken state = "BROKEN"
)

// finding is one requirement, and what was found.
type finding struct {
	state   state
	figures string
}

// settle turns open into broken where there were runs enough to tell.
func settle(s state, runs, enough int) state {
	if s == open && runs >= enough {
		return broken
	}
	return s
}

// falseRate holds the limit of the false rate against what was promised.
func falseRate(s *scenario, r *row) finding {
	promised := promise(s, r.method)
	upper := upperLimit(r.ended, r.runs)
	st := open
	switch {
	case upper <= promised:
		st = met
	case lowerLimit(r.ended, r.runs) > promised:
		st = broken
	}
	return finding{settle(st, r.runs, enough(promised)), fmt.Sprintf(
		"%s, %s: %d of %d healthy ended, the true rate is below %s (99 %% sure); promised is %s",
		s.name, r.label(), r.ended, r.runs, percent(upper), percent(promised))}
}

// promise is the false rate that a method promises for the whole scenario. Ours promises
// it for an attempt, others for what they look at, which is a stage.
func promise(s *scenario, m *method) float64 {
	times := s.attempts
	if !m.ours {
		times *= s.stages
	}
	return min(1, m.alpha*float64(times))
}

// below holds a mean against a limit that is not sure itself.
func below(mean, deviation, limit float64, runs int) state {
	const normal99 = 2.326
	switch {
	case mean <= limit:
		return met
	case mean-normal99*deviation > limit:
		return broken
	}
	return settle(open, runs, fewRuns)
}

// detection holds the mean time against the bound.
func detection(s *scenario, r *row) finding {
	limit := timesBound*r.bound + float64(r.seconds)/60
	return finding{below(r.mean, r.deviation, limit, r.runs), fmt.Sprintf(
		"%s, %s: %.2f min; 1.5 times the bound and one check are %.2f min", s.name, r.label(), r.mean, limit)}
}

// againstFixed holds the mean time against that of the best fixed threshold.
func againstFixed(s *scenario, r, fixed *row, which string) finding {
	limit := timesFixed * fixed.mean
	deviation := math.Hypot(r.deviation, timesFixed*fixed.deviation)
	return finding{below(r.mean, deviation, limit, r.runs), fmt.Sprintf(
		"%s, %s: %.2f min, %.2f times those of the best fixed threshold (%s: %.2f min)",
		s.name, r.label(), r.mean, r.mean/fixed.mean, which, fixed.mean)}
}

// held holds the mean time to a hold against what is promised.
func held(s *scenario, r *row) finding {
	st := below(r.mean, r.deviation, holdWithin, r.runs)
	if float64(r.ended) < holdRate*float64(r.runs) {
		st = broken
	}
	return finding{st, fmt.Sprintf("%s, %s: held after %.2f min, %s of the runs; promised are %g min",
		s.name, r.label(), r.mean, percent(r.rate()), holdWithin)}
}

// judge adds what a row of ours says.
func (c *campaign) judge(s *scenario, r *row) {
	switch {
	case !r.method.ours:
	case s.hold:
		c.find("harm in both versions is held", held(s, r))
	case !s.worse && r.method.exact(s):
		c.find("false rollbacks are at most alpha where the promise is exact", falseRate(s, r))
	case !s.worse:
		c.find(approximate, finding{"", fmt.Sprintf("%s, %s: %s of %d healthy ended; alpha is %s",
			s.name, r.label(), percent(r.rate()), r.runs, percent(promise(s, r.method)))})
	case s.must:
		c.find("the mean detection is at most 1.5 times the bound, and one check", detection(s, r))
	}
}

// approximate is the heading of what is told, and not required.
const approximate = "told, not required: false rollbacks where the promise is approximate"

// verdict is what was found under one heading.
type verdict struct {
	heading  string
	findings []finding
}

func (c *campaign) find(heading string, f finding) {
	for i := range c.verdicts {
		if c.verdicts[i].heading == heading {
			c.verdicts[i].findings = append(c.verdicts[i].findings, f)
			return
		}
	}
	c.verdicts = append(c.verdicts, verdict{heading, []finding{f}})
}

// good reports whether nothing that must hold is broken.
func (c *campaign) good() bool {
	for _, v := range c.verdicts {
		for _, f := range v.findings {
			if f.state == broken {
				return false
			}
		}
	}
	return true
}
