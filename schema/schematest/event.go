package schematest

import (
	"fmt"
	"strings"
)

// Act is what happens in an event.
type Act string

// What happens.
const (
	Makes   Act = "step"   // the step of the plan, if its needs hold
	Starts  Act = "start"  // the version, if it may run
	Leaves  Act = "leave"  // the version, if another one of its service stays
	Writes  Act = "write"  // the version
	Deletes Act = "delete" // the version
	Begins  Act = "begin"  // the version, a transaction that writes
	Commits Act = "commit" // the open transaction
	GivesUp Act = "giveUp" // the open transaction is rolled back
	Expires Act = "expire" // all messages
	Ends    Act = "end"    // the plan is carried out to its end, by whatever it takes
)

// Event is one thing that happens in a schedule. What cannot happen when its turn comes, because the plan does not allow
// it or there is nothing to do, is passed over.
type Event struct {
	Do      Act     `json:"do"`
	Step    string  `json:"step,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
	Version string  `json:"version,omitempty"`
	Key     string  `json:"key,omitempty"`
	Values  []Value `json:"values,omitempty"`
}

// String tells it in a line.
func (e Event) String() string {
	switch e.Do {
	case Makes:
		text := fmt.Sprintf("step %q ", e.Step)
		switch e.Outcome {
		case Crash:
			return text + "stops in the middle"
		case Lost:
			return text + "is made, and reported as failed"
		case Failed:
			return text + "fails before anything was done"
		}
		if e.Version != "" {
			return text + "is made: " + e.Version + " starts"
		}
		return text + "is made"
	case Starts:
		return e.Version + " is brought by somebody"
	case Leaves:
		return e.Version + " is gone"
	case Writes:
		return fmt.Sprintf("%s writes %s to %s", e.Version, say(e.Values), e.Key)
	case Deletes:
		return fmt.Sprintf("%s deletes %s", e.Version, e.Key)
	case Begins:
		return fmt.Sprintf("%s begins a transaction that writes %s to %s", e.Version, say(e.Values), e.Key)
	case Commits:
		return "the transaction commits"
	case GivesUp:
		return "the transaction is rolled back"
	case Expires:
		return "all messages expire"
	case Ends:
		return "the plan is to go on to its end"
	}
	return string(e.Do)
}

func say(values []Value) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, fmt.Sprintf("%s=%q", v.Attribute, v.Text))
	}
	return strings.Join(parts, " and ")
}
