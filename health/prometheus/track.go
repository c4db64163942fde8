package prometheus

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

type trackKey struct{ key, stage, signal string }

// track is what the source knows about one ask.
type track struct {
	series.Interval

	options *Options
	measure health.Measure
	query   *series.Query
	match   []string        // conditions beside those of the selectors
	arms    model.LabelName // the label that names the version; empty: all is the candidate's
	warmUp  time.Duration

	walked  time.Time // the last instant up to which all was read; zero: none
	shorter int       // how often what has to be read was refused since, and is to be halved
	targets map[targetKey]*target

	before  *series.Sums // what was done in the interval before the one that is open
	held    *held        // the last one, if it is not told yet
	carry   *series.Sums // of intervals that were held, and then could not be told
	learned bool
	back    time.Duration // how far back is looked to learn
	factor  float64       // the dispersion that was learned
	infos   []string      // what the server had to say
}

// held is an interval that waits for what stable does in the next one, or for the one
// before it to arrive.
type held struct {
	sample health.Sample
	sums   *series.Sums
	before *series.Sums // of the interval before
	ready  bool
}

// own reports whether a scope is the instances of the stage itself.
func own(scope string) bool { return scope == "" || scope == "candidate" || scope == "stable" }

// stand brings the tracks up to date with the asks and returns those of the asks,
// in their order.
func (s *Source) stand(asks []health.Ask, at time.Time) []*track {
	tracks := map[trackKey]*track{}
	var order []*track
	for _, a := range asks {
		k := trackKey{a.Key, a.Stage, a.Signal}
		if tracks[k] != nil || !series.Counted(&a.Measure) {
			continue
		}
		t := s.tracks[k]
		if t == nil || t.measure != a.Measure || t.Ask.Scope != a.Scope || t.Ask.Candidate != a.Candidate || t.Ask.Stable != a.Stable {
			t = s.newTrack(a, at)
		}
		t.update(a, at)
		tracks[k] = t
		order = append(order, t)
	}
	s.tracks = tracks
	return order
}

func (s *Source) newTrack(a health.Ask, at time.Time) *track {
	t := &track{
		Interval: series.NewInterval(a, at), options: &s.options, measure: a.Measure,
		query: series.NewQuery(a.Measure), targets: map[targetKey]*target{},
		back: min(a.Measure.Learn, longestLearn),
	}
	versions := []string{a.Candidate}
	switch {
	case a.Scope == "stable":
		versions = []string{a.Stable}
	case a.Stable != "":
		versions = append(versions, a.Stable)
	}
	switch {
	case own(a.Scope):
		t.arms = model.LabelName(s.options.Version)
		t.warmUp = max(0, a.WarmUp)
		if s.options.Stage != "" {
			t.match = append(t.match, s.options.Stage+"="+strconv.Quote(a.Stage))
		}
		if m := s.match[a.Stage]; m != "" {
			t.match = append(t.match, m)
		}
	case !a.Measure.Compare:
		return t // as the selector stands
	case s.options.Called == "" && t.query.Err == nil:
		t.query.Err = fmt.Errorf("scope %s: to compare versions, Options.Called must say which label names them", a.Scope)
	default:
		t.arms = model.LabelName(s.options.Called)
	}
	if t.query.Restarts { // one in the warm-up is one as well
		t.warmUp = 0
	}
	t.match = append(t.match, string(t.arms)+"=~"+strconv.Quote(alternatives(versions)))
	return t
}

// alternatives is the regular expression of a few texts.
func alternatives(texts []string) string {
	quoted := make([]string, len(texts))
	for i, x := range texts {
		quoted[i] = regexp.QuoteMeta(x)
	}
	slices.Sort(quoted)
	return strings.Join(slices.Compact(quoted), "|")
}

// update takes the ask as it is now.
func (t *track) update(a health.Ask, at time.Time) {
	from := t.From
	t.Update(a, at)
	switch {
	case !t.Open || !t.From.Equal(from): // it began anew
		t.held, t.before, t.carry = nil, nil, nil
		if !t.From.Equal(from) {
			t.clear()
		}
	case t.held != nil && a.From.After(t.held.sample.From):
		t.held = nil // others have told it
	}
}

// due reports whether the interval that is open should end.
func (t *track) due(at time.Time) bool {
	if t.held != nil {
		return !at.Before(t.From.Add(t.Cadence))
	}
	return t.Due(at)
}

// reads reports whether the server must be asked now.
func (t *track) reads(at time.Time) bool {
	ready := t.held != nil && t.held.ready
	return !t.Told() && !ready && t.query.Err == nil && (!t.Open || t.due(at))
}

// known is the answer for which nothing needs to be read.
func (t *track) known(at, now time.Time) (health.Sample, bool) {
	switch {
	case t.Told():
		if t.Due(at) {
			return t.Again(), true
		}
	case t.held != nil && t.held.ready:
		x, err := t.tell(t.held, nil)
		if err != nil { // the interval that is open begins anew, where the one that waited ended
			return t.fail(health.Error, err.Error(), t.From), true
		}
		t.held = nil
		return x, true
	case t.query.Err != nil && t.Due(now) && now.After(t.From):
		return t.fail(health.Error, t.query.Err.Error(), now), true
	}
	return health.Sample{}, false
}

// version is the one that a series is of, if it is one of the ask's.
func (t *track) version(m model.Metric) (string, bool) {
	if t.arms == "" {
		return t.Ask.Candidate, true
	}
	v := string(m[t.arms])
	return v, v == t.Ask.Candidate || v == t.Ask.Stable && v != ""
}

// subject is the version without which there is nothing to judge.
func (t *track) subject() string {
	if t.Ask.Scope == "stable" {
		return t.Ask.Stable
	}
	return t.Ask.Candidate
}

// fault is what was wrong with a round for one ask, and what was seen.
type fault struct {
	wrong  string // the query itself
	broken string // what was read cannot be counted
	away   string // the server cannot be asked
	missed string // the first of what was not read and may be read later
	misses int

	first, last [series.Arms]time.Time // samples of the instances of an arm that are newest
	seen        bool                   // an instance of the subject has a series of all events
	found       int                    // instances of the subject
}

func (f *fault) miss(format string, args ...any) {
	if f.misses++; f.misses == 1 {
		f.missed = fmt.Sprintf(format, args...)
	}
}

// reason says in words what is missing or broken.
func (f *fault) reason() string {
	switch {
	case f.broken != "":
		return f.broken
	case f.away != "":
		return f.away
	case f.misses > 1:
		return fmt.Sprintf("%s (and %d more)", f.missed, f.misses-1)
	}
	return f.missed
}

// sampled notes when an instance of an arm was scraped last.
func (f *fault) sampled(arm int, at time.Time) {
	if f.first[arm].IsZero() || at.Before(f.first[arm]) {
		f.first[arm] = at
	}
	if at.After(f.last[arm]) {
		f.last[arm] = at
	}
}

// apart is how far from one another the newest samples of the two arms are.
func (f *fault) apart() time.Duration {
	c, s := series.Candidate, series.Stable
	if f.first[c].IsZero() || f.first[s].IsZero() {
		return 0
	}
	return max(f.last[c].Sub(f.first[s]), f.last[s].Sub(f.first[c]))
}
