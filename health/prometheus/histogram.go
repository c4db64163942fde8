package prometheus

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// histograms are the lines of a histogram, classic or native. Where both are there the
// classic ones are read, whose bounds somebody chose.
func (t *track) histograms(r *round, span string) ([]*line, error) {
	bucket := t.query.Histogram.Name
	base := strings.TrimSuffix(bucket, "_bucket")
	a, err := t.ask(r, t.query.Histogram.Text([]string{base, bucket}, t.match...)+span)
	if err != nil {
		return nil, err
	}
	classic, native := map[string]*classicLine{}, []*line{}
	for _, s := range a.streams {
		version, ok := t.version(s.Metric)
		switch name := string(s.Metric[model.MetricNameLabel]); {
		case !ok:
		case name == bucket && len(s.Values) > 0:
			err = t.addBucket(classic, s, version)
		case name == base && len(s.Histograms) > 0:
			var l *line
			if l, err = t.native(s, version); l != nil {
				native = append(native, l)
			}
		case len(s.Values)+len(s.Histograms) > 0:
			err = fmt.Errorf("%s is no histogram", s.Metric)
		}
		if err == nil && len(classic)+len(native) > series.MaxSeries {
			err = fmt.Errorf("more than %d series match", series.MaxSeries)
		}
		if err != nil {
			return nil, &uncountable{err}
		}
	}
	if len(classic) == 0 {
		return native, nil
	}
	lines := make([]*line, 0, len(classic))
	targets := map[targetKey]bool{}
	for _, key := range slices.Sorted(maps.Keys(classic)) {
		c := classic[key]
		if err := c.fill(string(t.query.By)); err != nil {
			return nil, &uncountable{err}
		}
		lines = append(lines, &c.line)
		targets[c.target] = true
	}
	for _, l := range native {
		if !targets[l.target] {
			return nil, &uncountable{fmt.Errorf("%s is native and %s is not: their buckets cannot be compared", l.key, lines[0].key)}
		}
	}
	return lines, nil
}

// classicLine is a classic histogram that is put together of the series of its buckets.
type classicLine struct {
	line

	metric  model.Metric
	buckets map[time.Time][]series.Bucket
}

func (t *track) addBucket(all map[string]*classicLine, s *model.SampleStream, version string) error {
	whole := maps.Clone(s.Metric) // other asks have the answer, too
	delete(whole, model.BucketLabel)
	key := series.Key(whole)
	c := all[key]
	if c == nil {
		c = &classicLine{line: *t.line(whole, version), metric: whole, buckets: map[time.Time][]series.Bucket{}}
		all[key] = c
	}
	for _, v := range s.Values {
		b, err := series.BucketOf(s.Metric, v.Value)
		if err != nil {
			return err
		}
		at := v.Timestamp.Time().UTC()
		c.buckets[at] = append(c.buckets[at], b)
	}
	return nil
}

func (c *classicLine) fill(by string) error {
	for at, buckets := range c.buckets {
		p := point{at, series.Series{Key: c.key, Total: true, Endpoint: string(c.metric[model.LabelName(by)])}}
		if err := p.Fill(buckets); err != nil {
			return err
		}
		c.points = append(c.points, p)
	}
	slices.SortFunc(c.points, func(a, b point) int { return a.at.Compare(b.at) })
	return nil
}

func (t *track) native(s *model.SampleStream, version string) (*line, error) {
	l := t.line(s.Metric, version)
	for _, h := range s.Histograms {
		p := point{h.Timestamp.Time().UTC(), series.Series{Key: l.key, Total: true, Endpoint: string(s.Metric[t.query.By])}}
		if err := p.Native(h.Histogram); err != nil {
			return nil, err
		}
		l.points = append(l.points, p)
	}
	return l, nil
}

// errBounds says that histograms have nothing in common.
var errBounds = errors.New("the histograms of the instances have no bound in common")
