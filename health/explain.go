package health

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Explain says in one sentence what the i-th signal shows, such as "errors: 5.1%
// is above 1% (3 of 20 checks failed)". It is for people: the words may change.
func (p *Policy) Explain(i int, e *Evidence, now time.Time) string {
	v := p.Current(i, e, now)
	parts := make([]string, 0, 3)
	if v == Degraded || v == Healthy || v == Inconclusive {
		parts = append(parts, p.shows(i, e, v))
	}
	switch {
	case v == Error:
		parts = append(parts, "the measurement went wrong")
	case v == Cancelled:
		parts = append(parts, "the measurement was cancelled")
	case e.Seen.IsZero():
		parts = append(parts, "no data yet")
	case now.Sub(e.Seen) >= p.gap(i):
		parts = append(parts, "no data for "+strict.FormatDuration(now.Sub(e.Seen).Round(time.Second)))
	case e.Verdict == "":
		parts = append(parts, "no data at this step yet")
	}
	if e.Reason != "" {
		parts = append(parts, e.Reason)
	}
	return p.name(i) + ": " + strings.Join(parts, "; ")
}

// shows is what the evidence says, in the words of its judge if that has any.
func (p *Policy) shows(i int, e *Evidence, v Verdict) string {
	if i >= len(p.Signals) {
		if len(e.Counts) == readinessCounts {
			return fmt.Sprintf("%d of %d instances are ready", e.Counts[countReady], e.Counts[countNeed])
		}
	} else if x, ok := p.Signals[i].Judge.(Explainer); ok {
		return x.Explain(e)
	}
	return string(v)
}
