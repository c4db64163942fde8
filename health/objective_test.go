package health

import (
	"encoding/json"
	"testing"
)

// An objective that overflows would make evidence that no state can hold.
func TestObjectiveIsBounded(t *testing.T) {
	for _, c := range []struct {
		max   float64
		valid bool
	}{{1, true}, {maxHourly, true}, {2 * maxHourly, false}, {1e308, false}, {0, false}} {
		o := Objective{Total: "crashes", Per: PerTime, Max: c.max}
		if err := o.Validate(); (err == nil) != c.valid {
			t.Errorf("%v: %v", c.max, err)
		}
		if !c.valid {
			continue
		}
		e := foldAll(signalOf(o), []Sample{{From: start, To: at(10), Candidate: Arm{Exposure: 1e15, Time: 1e15}}})
		if _, err := json.Marshal(e); err != nil {
			t.Errorf("%v: %v", c.max, err)
		}
	}
}
