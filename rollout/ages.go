package rollout

import (
	"slices"
	"time"
)

// Settling remembers how long how many instances have been ready, so that the
// machine knows how many are settled without knowing instances one by one.
type Settling struct {
	Stable    []Mark `json:"stable"`
	Candidate []Mark `json:"candidate"`
	Leftover  []Mark `json:"leftover"`
}

// Mark says that at least Count instances have been ready since an instant. Marks
// rise in both.
type Mark struct {
	Count int64     `json:"count"`
	Since time.Time `json:"since"`
}

// maxMarks bounds the memory; where it is short, instances settle later, never
// earlier.
const maxMarks = 16

// note returns the marks after ready instances were seen at an instant. The given
// marks are not changed.
func note(marks []Mark, ready int64, at time.Time) []Mark {
	top := int64(0)
	if len(marks) > 0 {
		top = marks[len(marks)-1].Count
	}
	switch {
	case ready == top:
		return marks
	case ready > top:
		marks = append(slices.Clip(marks), Mark{ready, at})
	default: // whoever left may have been the ones that were ready longest
		left := make([]Mark, 0, len(marks))
		for _, m := range marks {
			if m.Count > top-ready {
				left = append(left, Mark{m.Count - (top - ready), m.Since})
			}
		}
		return slices.Clip(left)
	}
	if len(marks) > maxMarks {
		marks = slices.Delete(slices.Clone(marks), maxMarks/2-1, maxMarks/2)
	}
	return marks
}

// settled is how many of the marked instances have been ready for d.
func settled(marks []Mark, d time.Duration, now time.Time) int64 {
	var n int64
	for _, m := range marks {
		if m.Since.Add(d).After(now) {
			break
		}
		n = m.Count
	}
	return n
}

// Draining remembers when the observed weight of each version last fell, and of the
// candidate its routes or mirrors too: its instances still have requests of that time
// to finish.
type Draining struct {
	Stable    time.Time `json:"stable"`
	Candidate time.Time `json:"candidate"`
	Leftover  time.Time `json:"leftover"`
}
