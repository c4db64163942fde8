package series

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
)

// Bounds of what is counted for one ask on one page or in one answer.
const (
	MaxSeries = 50_000
	MaxBounds = 255
	MaxValue  = 1 << 53 // above it, adding one to a counter changes nothing
)

const (
	// ProcessStart is the metric by which a process says when it began.
	ProcessStart = "process_start_time_seconds"
	// Restarts is the name of no metric: as a total it asks for the restarts of
	// processes.
	Restarts = "process_restarts"
)

// Query is a measure whose selectors were parsed, once.
type Query struct {
	Bad, Total, Histogram, Gauge *selector.Selector

	By       model.LabelName
	Subject  string // the selector without which there is no data
	Restarts bool   // Total counts these
	Err      error
}

// Counted reports whether a measure is one of series at all, and not another source's.
func Counted(m *health.Measure) bool {
	if m.Alert != "" || m.Probe != "" || m.Test != "" {
		return false
	}
	return m.Bad != "" || m.Total != "" || m.Histogram != "" || m.Gauge != ""
}

// NewQuery parses what a measure names. The query's Err says what is wrong with it.
func NewQuery(m health.Measure) *Query {
	q := &Query{By: model.LabelName(m.By)}
	q.Err = q.parse(&m)
	return q
}

func (q *Query) parse(m *health.Measure) (err error) {
	switch {
	case m.Gauge != "" && (m.Histogram != "" || m.Total != "" || m.Bad != ""):
		return errors.New("measure: a gauge stands instead of all else")
	case m.Histogram != "" && (m.Total != "" || m.Bad != ""):
		return errors.New("measure: a histogram stands instead of bad and total")
	case m.Gauge != "":
		q.Subject = m.Gauge
		q.Gauge, err = selector.Parse(m.Gauge)
		return err
	case m.Histogram != "":
		q.Subject = m.Histogram
		if q.Histogram, err = selector.Parse(m.Histogram); err != nil {
			return err
		}
		return bucketed(q.Histogram, m.Histogram)
	case m.Total == "":
		return errors.New("measure: bad events need a total")
	}
	q.Subject = m.Total
	if q.Total, err = selector.Parse(m.Total); err != nil {
		return err
	}
	if q.Restarts = q.Total.Name == Restarts; q.Restarts {
		if m.Bad != "" {
			return fmt.Errorf("measure: of %s none are bad: it stands alone", Restarts)
		}
		q.Total.Name = ProcessStart
		return nil
	}
	if m.Bad != "" {
		q.Bad, err = selector.Parse(m.Bad)
	}
	return err
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

// Roles are the selectors of a query that stand for single series, and whether what
// they match is of all events.
func (q *Query) Roles() (roles []Role) {
	for _, r := range []Role{{q.Total, true, false}, {q.Gauge, true, false}, {q.Bad, false, true}} {
		if r.Selector != nil {
			roles = append(roles, r)
		}
	}
	return roles
}

// Role is what the series that a selector matches are counted as.
type Role struct {
	*selector.Selector

	Total, Bad bool
}

// Names adds the names of the series that the query wants.
func (q *Query) Names(wanted map[string]bool) {
	for _, s := range []*selector.Selector{q.Bad, q.Total, q.Histogram, q.Gauge} {
		if s != nil {
			wanted[s.Name] = true
		}
	}
}
