package schematest

import (
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// maxTries is how often a schedule is tried again to make it shorter.
const maxTries = 1000

// shrink takes events out of a schedule, and makes others plainer, as long as it fails in the same way (delta debugging:
// Zeller and Hildebrandt, 2002).
func (t *suite) shrink(found *Failure) *Failure {
	tries := 0
	better := func(events []Event) bool {
		if tries++; tries > maxTries {
			return false
		}
		got, err := t.try(func(r *run) error { return r.all(events...) })
		if err != nil || got == nil || got.Kind != found.Kind {
			return false
		}
		if len(got.Events) > len(events) { // what it took to end a plan was written out
			got.Events = events
		}
		found = got
		return true
	}
	if found.Kind != schema.Stuck { // what it took to end the plan was written out as well
		better(slices.DeleteFunc(slices.Clone(found.Events), func(e Event) bool { return e.Do == Ends }))
	}
	for size := max(1, len(found.Events)/2); ; size = max(1, size/2) {
		shorter := false
		for at := len(found.Events) - size; at >= 0; at -= size {
			if at+size > len(found.Events) {
				continue
			}
			shorter = better(slices.Delete(slices.Clone(found.Events), at, at+size)) || shorter
		}
		if size == 1 && !shorter {
			break
		}
	}
	for i := 0; i < len(found.Events); i++ {
		plainer := slices.Clone(found.Events)
		plainer[i].Outcome = Done
		if plainer[i].Key != "" {
			plainer[i].Key = first
		}
		if plainer[i].Outcome != found.Events[i].Outcome || plainer[i].Key != found.Events[i].Key {
			better(plainer)
		}
	}
	return found
}
