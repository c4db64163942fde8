package scrape

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/selector"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// selection is what a page says about a query.
type selection struct {
	series []series.Series
	total  bool      // a series of all events is there
	bounds []float64 // of the histograms; the same for all series of the page
}

// choose picks the query's series from a page and checks that they can be counted.
func choose(q *series.Query, p *page) (*selection, error) {
	if q.Histogram != nil {
		return chooseBuckets(q, p)
	}
	if q.Restarts {
		return &selection{total: slices.ContainsFunc(p.series[q.Total.Name], func(x *model.Sample) bool { return selector.Matches(q.Total, x.Metric) })}, nil
	}
	out, index := &selection{}, map[string]int{}
	for _, role := range q.Roles() {
		seen := map[string]bool{}
		for _, x := range p.series[role.Name] {
			if !selector.Matches(role.Selector, x.Metric) {
				continue
			}
			key := series.Key(x.Metric)
			if seen[key] {
				return nil, fmt.Errorf("%s stands on the page twice", x.Metric)
			}
			seen[key] = true
			if err := fits(q, x); err != nil {
				return nil, err
			}
			i, ok := index[key]
			if !ok {
				i = len(out.series)
				if i == series.MaxSeries {
					return nil, fmt.Errorf("more than %d series match", series.MaxSeries)
				}
				index[key] = i
				out.series = append(out.series, series.Series{Key: key, Value: float64(x.Value), Endpoint: string(x.Metric[q.By])})
			}
			if role.Total {
				out.series[i].Total, out.total = true, true
			} else {
				out.series[i].Bad = true
			}
		}
	}
	return out, nil
}

func chooseBuckets(q *series.Query, p *page) (*selection, error) {
	out, index, found := &selection{}, map[string]int{}, 0
	var buckets [][]series.Bucket
	for _, x := range p.series[q.Histogram.Name] {
		if !selector.Matches(q.Histogram, x.Metric) {
			continue
		}
		if found++; found > series.MaxSeries {
			return nil, fmt.Errorf("more than %d series match", series.MaxSeries)
		}
		b, err := series.BucketOf(x.Metric, x.Value)
		if err != nil {
			return nil, err
		}
		whole := maps.Clone(x.Metric) // other queries read the page too
		delete(whole, model.BucketLabel)
		key := series.Key(whole)
		i, ok := index[key]
		if !ok {
			i = len(buckets)
			index[key] = i
			buckets = append(buckets, nil)
			out.series = append(out.series, series.Series{Key: key, Total: true, Endpoint: string(x.Metric[q.By])})
		}
		buckets[i] = append(buckets[i], b)
	}
	for i := range buckets {
		s := &out.series[i]
		switch err := s.Fill(buckets[i]); {
		case err != nil:
			return nil, err
		case i > 0 && !slices.Equal(s.Bounds, out.bounds):
			return nil, fmt.Errorf("%s and %s have different buckets", out.series[0].Key, s.Key)
		}
		out.bounds, out.total = s.Bounds, true
	}
	return out, nil
}

// fits refuses a value that cannot be counted; a gauge may show any number.
func fits(q *series.Query, x *model.Sample) error {
	v := float64(x.Value)
	switch {
	case q.Gauge == nil:
		return series.Countable(x.Metric, x.Value)
	case math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Errorf("%s is %v: not a number that can be judged", x.Metric, x.Value)
	}
	return nil
}
