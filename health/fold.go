package health

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Begin starts a step: what speaks for the release starts from nothing. A
// degraded verdict stays; any other is forgotten, because it was of another step.
func (g *Signal) Begin(e *Evidence) {
	e.begin()
	if g.Judge != nil {
		g.Judge.Begin(e)
	}
}

// Fold adds a sample to the evidence and reports whether that changed anything.
//
// An interval that is already covered is left out; one that overlaps what is
// covered is dropped and counted, once. A sample that fails its check, or whose
// measurement did not work, never reaches the judge: it only ends the healthy run.
// Samples must come in order of time ([Sample.Compare]); what comes late is left
// out, and the time it would have covered is a gap.
//
// A sequential judge is given the whole default budget; [Policy.Fold] gives it its part
// of the policy's.
func (g *Signal) Fold(e *Evidence, s *Sample) bool { return g.fold(e, s, false, alone()) }

// FoldHarm is [Signal.Fold] of a sample that was measured while the fleet was not what
// is to be judged: it may speak against the release, and does not speak for it. No more
// does a check that it has a part in. The judge gathers it with what comes before and
// after: for the check itself an error is an error, and an answer an answer.
func (g *Signal) FoldHarm(e *Evidence, s *Sample) bool { return g.fold(e, s, true, alone()) }

func (g *Signal) fold(e *Evidence, s *Sample, doubt bool, l limits) bool {
	dropped := e.Dropped
	changed := g.take(e, s, doubt, l)
	if doubt && changed && e.Dropped == dropped {
		e.doubt()
	}
	return changed
}

func (g *Signal) take(e *Evidence, s *Sample, doubt bool, l limits) bool {
	if !s.To.After(e.Through) || !writable(s.To) {
		return false
	}
	if !e.Through.IsZero() && s.From.Before(e.Through) {
		return e.drop(s.To)
	}
	if v, reason := g.fetched(s); v != Healthy {
		e.lose(v, reason, s.To)
		return true
	}
	before, through := e.Verdict, e.Through
	e.Reason = short(s.Reason)
	if g.Scope == scopeStable { // what is watched stands where judges look
		own := *s
		own.Candidate, own.Warming = s.Stable, Arm{}
		s = &own
	}
	e.Doubt = e.Doubt || doubt
	doubted := e.Doubt
	conclusive := g.Judge.Fold(e, s)
	if j, ok := g.Judge.(Sequential); ok {
		l.weigh(e, j)
	}
	if !e.Verdict.known() {
		e.Reason = fmt.Sprintf("the judge %s says %.50q, which is no verdict", g.Judge.Kind(), e.Verdict)
		e.Verdict = Error
	}
	shown := g.shown(&s.Candidate)
	if e.Verdict == Healthy && !shown {
		e.Verdict, e.Proven = Inconclusive, false // whatever the judge thinks of an interval in which the candidate did nothing
	}
	if e.Verdict != before {
		e.Since = s.To
	}
	e.Through = s.To
	if shown && conclusive || e.Verdict == Degraded {
		e.Seen = s.To
	}
	e.cover(s, through, 2*g.every(), conclusive)
	if doubted && (conclusive || !e.Doubt) {
		e.doubt()
		e.Doubt = false
	}
	return true
}

// shown reports whether the candidate did anything in an interval that can be judged.
func (g *Signal) shown(a *Arm) bool {
	if _, ok := g.Judge.(interface{ looks() looks }); ok {
		return a.Exposure > 0 // what they measure is written out at every call, for sources
	}
	var m Measure
	if j, ok := g.Judge.(Measurer); ok {
		m = j.Measure()
	}
	switch {
	case m.Gauge != "":
		return len(a.Values) > 0
	case m.Per == PerTime:
		return a.Time > 0
	case m.Per == PerShare:
		return a.Weight > 0
	}
	return a.Exposure > 0 || sum(a.Buckets) > 0
}

// fetched is Healthy if the judge may see the sample, or else the verdict and why.
func (g *Signal) fetched(s *Sample) (Verdict, string) {
	switch err := s.Check(); {
	case err != nil:
		return Error, strings.ReplaceAll(err.Error(), "\n", "; ")
	case s.Fetch != Healthy && s.Fetch != "":
		return s.Fetch, s.Reason
	case g.Judge == nil:
		return Error, "the signal has no judge"
	}
	return Healthy, ""
}

// drop counts a sample that overlaps what was folded.
func (e *Evidence) drop(to time.Time) bool {
	if !to.After(e.Overlap) {
		return false
	}
	e.Dropped++
	e.Overlap = to
	return true
}

// lose covers an interval that says nothing. Harm that was shown stays shown.
func (e *Evidence) lose(v Verdict, reason string, to time.Time) {
	if e.Verdict != Degraded {
		e.become(v, to)
	}
	e.Reason = short(reason)
	e.Clean, e.Passes, e.Proven = time.Time{}, 0, false
	e.Through = to
}

// cover keeps the healthy run. A gap before the interval begins a new run, and a
// long interval counts for no more than most: an outage must not earn bake time. An
// interval that is not conclusive goes on with the run, because there was data and no
// harm is in sight, but it is no pass.
func (e *Evidence) cover(s *Sample, through time.Time, most time.Duration, conclusive bool) {
	if e.Verdict != Healthy {
		e.Clean, e.Passes = time.Time{}, 0
		return
	}
	if conclusive {
		e.Passes++
	}
	if e.Clean.IsZero() || s.From.After(through) {
		e.Clean = s.From
	}
	if s.To.Sub(s.From) > most {
		e.Clean = later(e.Clean, s.To.Add(-most))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// writable reports whether a state with this instant can be written as JSON: one
// sample with an absurd time must not make a rollout impossible to save.
func writable(t time.Time) bool {
	y := t.UTC().Year()
	return y >= 1 && y <= 9999
}

// maxReason keeps evidence of constant size, whatever a source has to say.
const maxReason = 200

// short is a text as it can be kept: valid, and at most maxReason bytes.
func short(text string) string {
	if len(text) > maxReason {
		end := maxReason
		for end > maxReason-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return strings.ToValidUTF8(text, "?")
}
