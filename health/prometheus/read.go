package prometheus

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/selector"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

const (
	// longest is how far back samples are read after an outage. Of what is older only the
	// difference is known, and not whether there was a reset in it. It is less where that
	// is more than the server gives: else no answer would ever come, as what is to be read
	// only grows.
	longest = time.Hour
	// mostNamed is how many instances are named in a query; of more, their jobs.
	mostNamed = 100
	upMetric  = "up"
)

// line is one series, and what it showed at each scrape.
type line struct {
	key     string
	target  targetKey
	version string
	points  []point
}

type point struct {
	at time.Time
	series.Series
}

// presence is what is known of one target at the end of the time that is read.
type presence struct {
	listed bool    // it is scraped at all
	up     float64 // whether the last scrape worked
	ups    []time.Time
	starts starts
}

// read asks the server for all that happened since, and counts it.
func (t *track) read(r *round) *fault {
	f := &fault{}
	lines, err := t.lines(r)
	if err == nil {
		var all map[targetKey]*presence
		if all, err = t.presences(r, lines); err == nil {
			err = t.learn(r)
		}
		if err == nil {
			t.shorter = 0
			t.walk(lines, all, r.at)
			t.present(f, all, r.at)
			return f
		}
	}
	switch e := (*uncountable)(nil); {
	case errors.As(err, &e):
		f.broken = err.Error()
	case errors.Is(err, errWrong):
		f.wrong = err.Error()
	default:
		f.away = err.Error()
	}
	if f.wrong != "" && !t.walked.IsZero() {
		t.shorter++ // it may be too much at once
	}
	return f
}

// uncountable is an answer that is one, of series that cannot be counted.
type uncountable struct{ error }

// span is the range that has to be read to miss nothing, as text.
func (t *track) span(at time.Time) string {
	d := 4 * t.options.Scrape
	if !t.walked.IsZero() {
		d = min(at.Sub(t.walked), longest>>min(t.shorter, 20)) + 2*t.options.Scrape
	}
	return rangeOf(d)
}

func rangeOf(d time.Duration) string {
	return fmt.Sprintf("[%ds]", int64(math.Ceil(d.Seconds())))
}

// ask is one query, of which the words are kept.
func (t *track) ask(r *round, text string) (*answer, error) {
	a, err := r.query(text)
	if err != nil {
		return nil, err
	}
	for _, w := range a.infos {
		if !slices.Contains(t.infos, w) && len(t.infos) < 10 {
			t.infos = append(t.infos, w)
		}
	}
	return a, nil
}

// lines are the series of the measure.
func (t *track) lines(r *round) ([]*line, error) {
	t.infos = nil
	lines, err := t.linesOf(r, t.span(r.at))
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(lines, func(a, b *line) int {
		// The earliest first: a label set is born on an instance that was scraped before.
		return cmp.Or(a.points[0].at.Compare(b.points[0].at), cmp.Compare(a.key, b.key))
	})
	return lines, nil
}

func (t *track) linesOf(r *round, span string) (lines []*line, err error) {
	if t.query.Histogram != nil {
		return t.histograms(r, span)
	}
	for _, role := range t.query.Roles() {
		a, err := t.ask(r, role.Text([]string{role.Name}, t.match...)+span)
		if err != nil {
			return nil, err
		}
		for _, s := range a.streams {
			version, ok := t.version(s.Metric)
			if !ok || len(s.Values) == 0 && len(s.Histograms) == 0 {
				continue
			}
			if len(s.Histograms) > 0 {
				return nil, &uncountable{fmt.Errorf("%s is a histogram", s.Metric)}
			}
			l := t.line(s.Metric, version)
			if role.Bad { // it may be one of all events, too
				l.key += " bad"
			}
			for _, v := range s.Values {
				if err := t.fits(s.Metric, v.Value); err != nil {
					return nil, err
				}
				l.points = append(l.points, point{v.Timestamp.Time().UTC(), series.Series{
					Key: l.key, Bad: role.Bad, Total: role.Total, Endpoint: string(s.Metric[t.query.By]), Value: float64(v.Value),
				}})
			}
			if lines = append(lines, l); len(lines) > series.MaxSeries {
				return nil, &uncountable{fmt.Errorf("more than %d series match", series.MaxSeries)}
			}
		}
	}
	return lines, nil
}

func (t *track) line(m model.Metric, version string) *line {
	return &line{
		key: series.Key(m), version: version,
		target: targetKey{job: string(m[model.JobLabel]), instance: string(m[model.InstanceLabel])},
	}
}

// fits refuses a value that cannot be counted; a gauge may show any number.
func (t *track) fits(m model.Metric, v model.SampleValue) error {
	x := float64(v)
	switch {
	case t.query.Gauge == nil:
		if err := series.Countable(m, v); err != nil {
			return &uncountable{err}
		}
	case math.IsNaN(x) || math.IsInf(x, 0):
		return &uncountable{fmt.Errorf("%s is %v: not a number that can be judged", m, v)}
	}
	return nil
}

// presences asks which of the targets are up, and when their processes started.
func (t *track) presences(r *round, lines []*line) (map[targetKey]*presence, error) {
	all := map[targetKey]*presence{}
	for k := range t.targets {
		all[k] = &presence{}
	}
	for _, l := range lines {
		all[l.target] = &presence{}
	}
	match := matchTargets(all)
	if match == nil {
		return all, nil
	}
	up, _ := selector.Parse(upMetric)
	a, err := t.ask(r, up.Text([]string{upMetric, series.ProcessStart}, match...)+t.span(r.at))
	if err != nil {
		return nil, err
	}
	for _, s := range a.streams {
		p := all[targetOf(s.Metric)]
		switch {
		case p == nil:
		case s.Metric[model.MetricNameLabel] == upMetric:
			p.scraped(s)
		default:
			p.started(s)
		}
	}
	if a, err = t.ask(r, up.Text([]string{upMetric}, match...)); err != nil {
		return nil, err
	}
	for _, v := range a.vector {
		if p := all[targetOf(v.Metric)]; p != nil {
			// Several, of one instance: all must be up.
			if x := float64(v.Value); !p.listed || !(x >= p.up) {
				p.up = x
			}
			p.listed = true
		}
	}
	return all, nil
}

func targetOf(m model.Metric) targetKey {
	return targetKey{job: string(m[model.JobLabel]), instance: string(m[model.InstanceLabel])}
}

// matchTargets are conditions that at least the targets fulfil; nil if none has a name.
func matchTargets(all map[targetKey]*presence) []string {
	var jobs, instances []string
	for k := range all {
		if k.instance != "" {
			jobs, instances = append(jobs, k.job), append(instances, k.instance)
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	match := []string{fmt.Sprintf("%s=~%q", model.JobLabel, alternatives(jobs))}
	if len(instances) <= mostNamed {
		match = append(match, fmt.Sprintf("%s=~%q", model.InstanceLabel, alternatives(instances)))
	}
	return match
}

func (p *presence) scraped(s *model.SampleStream) {
	for _, v := range s.Values {
		if v.Value == 1 {
			p.ups = append(p.ups, v.Timestamp.Time().UTC())
		}
	}
	slices.SortFunc(p.ups, time.Time.Compare)
}

// started keeps the starts. Two at the same time that differ say nothing.
func (p *presence) started(s *model.SampleStream) {
	for _, v := range s.Values {
		p.starts = append(p.starts, startAt{v.Timestamp.Time().UTC(), startTime(float64(v.Value))})
	}
	slices.SortStableFunc(p.starts, func(a, b startAt) int { return a.at.Compare(b.at) })
	for i := 1; i < len(p.starts); i++ {
		if a, b := &p.starts[i-1], &p.starts[i]; a.at.Equal(b.at) && !a.start.Equal(b.start) {
			a.start, b.start = time.Time{}, time.Time{}
		}
	}
	p.starts = slices.CompactFunc(p.starts, func(a, b startAt) bool { return a.at.Equal(b.at) })
}

// startTime is zero for what cannot be the start of a process.
func startTime(seconds float64) time.Time {
	if !(seconds > 0 && seconds < 1e11) {
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
}

// words is what the server had to say, as a sample can.
func (t *track) words() string { return strings.Join(t.infos, "; ") }
