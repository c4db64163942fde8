package strategy

import "time"

// Recreate stops stable before it starts the candidate: never two versions at
// once, at the price of an outage. For what cannot run twice, such as a consumer
// with a lock, and for test environments. The zero value is ready.
type Recreate struct {
	// MinReady is how long an instance must be ready before it counts. Default 0.
	MinReady time.Duration `json:"minReady"`
}

// Kind is "recreate".
func (Recreate) Kind() string { return "recreate" }

// Ladder has one step, "recreate".
func (r Recreate) Ladder() (Ladder, error) {
	pace := Pace{MinReady: r.MinReady, Exclusive: true, CountStopping: true}
	if err := pace.validate(); err != nil {
		return Ladder{}, err
	}
	return Ladder{Steps: []Step{{Name: "recreate", Weight: Full}}, Pace: pace}, nil
}
