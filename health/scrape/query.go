package scrape

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
)

// Bounds of what is counted for one ask on one page.
const (
	maxSeries = 50_000
	maxBounds = 255
	maxValue  = 1 << 53 // above it, adding one to a counter changes nothing
)

// query is a measure whose selectors were parsed, once.
type query struct {
	bad, total, histogram *selector.Selector
	by                    model.LabelName
	subject               string // the selector without which there is no data
	err                   error
}

// selection is what a page says about a query.
type selection struct {
	series []series
	total  bool      // a series of all events is there
	bounds []float64 // of the histograms; the same for all series of the page
}

// series is one label set with its running count.
type series struct {
	key        string
	bad, total bool
	endpoint   string
	value      float64
	buckets    []float64 // cumulative, the last one is value
}

func newQuery(m health.Measure) *query {
	q := &query{by: model.LabelName(m.By), subject: m.Total}
	switch {
	case m.Histogram != "" && (m.Total != "" || m.Bad != ""):
		q.err = fmt.Errorf("measure: a histogram stands instead of bad and total")
	case m.Histogram == "" && m.Total == "":
		q.err = fmt.Errorf("measure: bad events need a total")
	case m.Histogram != "":
		q.subject = m.Histogram
		q.histogram, q.err = selector.Parse(m.Histogram)
		if q.err == nil {
			q.err = bucketed(q.histogram, m.Histogram)
		}
	default:
		if q.total, q.err = selector.Parse(m.Total); q.err == nil && m.Bad != "" {
			q.bad, q.err = selector.Parse(m.Bad)
		}
	}
	return q
}

// bucketed makes the name that of the bucket series.
func bucketed(s *selector.Selector, text string) error {
	for _, m := range s.Match {
		if m.Label == model.BucketLabel {
			return fmt.Errorf("selector %q: all buckets are counted: le must not be chosen", text)
		}
	}
	s.Name = strings.TrimSuffix(s.Name, "_bucket") + "_bucket"
	return nil
}

// names adds the names of the series that the query wants.
func (q *query) names(wanted map[string]bool) {
	for _, s := range []*selector.Selector{q.bad, q.total, q.histogram} {
		if s != nil {
			wanted[s.Name] = true
		}
	}
}

// choose picks the query's series from a page and checks that they can be counted.
func (q *query) choose(p *page) (*selection, error) {
	if q.histogram != nil {
		return q.chooseBuckets(p)
	}
	out, index := &selection{}, map[string]int{}
	for _, role := range []struct {
		sel   *selector.Selector
		total bool
	}{{q.total, true}, {q.bad, false}} {
		if role.sel == nil {
			continue
		}
		seen := map[string]bool{}
		for _, x := range p.series[role.sel.Name] {
			if !selector.Matches(role.sel, x.Metric) {
				continue
			}
			key := keyOf(x.Metric)
			if seen[key] {
				return nil, fmt.Errorf("%s stands on the page twice", x.Metric)
			}
			seen[key] = true
			if err := countable(x); err != nil {
				return nil, err
			}
			i, ok := index[key]
			if !ok {
				i = len(out.series)
				if i == maxSeries {
					return nil, fmt.Errorf("more than %d series match", maxSeries)
				}
				index[key] = i
				out.series = append(out.series, series{key: key, value: float64(x.Value), endpoint: string(x.Metric[q.by])})
			}
			if role.total {
				out.series[i].total, out.total = true, true
			} else {
				out.series[i].bad = true
			}
		}
	}
	return out, nil
}

// bucket is how many events were at most le.
type bucket struct{ le, n float64 }

func (q *query) chooseBuckets(p *page) (*selection, error) {
	out, index, found := &selection{}, map[string]int{}, 0
	var buckets [][]bucket
	for _, x := range p.series[q.histogram.Name] {
		if !selector.Matches(q.histogram, x.Metric) {
			continue
		}
		if found++; found > maxSeries {
			return nil, fmt.Errorf("more than %d series match", maxSeries)
		}
		b, err := bucketOf(x)
		if err != nil {
			return nil, err
		}
		whole := maps.Clone(x.Metric) // other queries read the page too
		delete(whole, model.BucketLabel)
		key := keyOf(whole)
		i, ok := index[key]
		if !ok {
			i = len(buckets)
			index[key] = i
			buckets = append(buckets, nil)
			out.series = append(out.series, series{key: key, total: true, endpoint: string(x.Metric[q.by])})
		}
		buckets[i] = append(buckets[i], b)
	}
	for i := range buckets {
		s := &out.series[i]
		bounds, err := s.fill(buckets[i])
		switch {
		case err != nil:
			return nil, err
		case i > 0 && !slices.Equal(bounds, out.bounds):
			return nil, fmt.Errorf("%s and %s have different buckets", out.series[0].key, s.key)
		}
		out.bounds, out.total = bounds, true
	}
	return out, nil
}

func bucketOf(x *model.Sample) (bucket, error) {
	le, err := strconv.ParseFloat(string(x.Metric[model.BucketLabel]), 64)
	if err != nil || math.IsNaN(le) {
		return bucket{}, fmt.Errorf("%s has no bound that is a number", x.Metric)
	}
	if err := countable(x); err != nil {
		return bucket{}, err
	}
	if n := float64(x.Value); n != math.Trunc(n) {
		return bucket{}, fmt.Errorf("%s is %v: a bucket holds whole events", x.Metric, x.Value)
	}
	return bucket{le, float64(x.Value)}, nil
}

// fill makes one histogram of its buckets and returns its bounds.
func (s *series) fill(b []bucket) ([]float64, error) {
	slices.SortStableFunc(b, func(a, c bucket) int { return cmp.Compare(a.le, c.le) })
	last := len(b) - 1
	switch {
	case !math.IsInf(b[last].le, 1):
		return nil, fmt.Errorf("%s has no bucket to infinity", s.key)
	case math.IsInf(b[0].le, -1):
		return nil, fmt.Errorf("%s has a bound that is not finite", s.key)
	case last > maxBounds:
		return nil, fmt.Errorf("%s has %d buckets, more than %d", s.key, last+1, maxBounds+1)
	}
	bounds := make([]float64, 0, last)
	for k, x := range b {
		if k > 0 && x.le == b[k-1].le {
			return nil, fmt.Errorf("%s has the bucket %v twice", s.key, x.le)
		}
		if s.buckets = append(s.buckets, x.n); k < last {
			bounds = append(bounds, x.le)
		}
	}
	s.value = b[last].n
	return bounds, nil
}

// countable refuses a value that no counter has.
func countable(x *model.Sample) error {
	if v := float64(x.Value); !(v >= 0 && v <= maxValue) {
		return fmt.Errorf("%s is %v: not a count", x.Metric, x.Value)
	}
	return nil
}

// keyOf writes a label set in one way only: [model.Metric.String] sorts and quotes.
func keyOf(m model.Metric) string { return m.String() }
