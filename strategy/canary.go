package strategy

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Canary gives the candidate more and more of the traffic, with a step for each
// weight; gates between them decide whether it goes on. The zero value is ready.
//
// The weights are a list, or a ramp: at most one of Weights, Linear and
// Exponential is given. Weights that end below 100% are a cap: there the rollout
// awaits a decision, and after it a last step takes all traffic.
type Canary struct {
	Pace
	// Weights are the candidate's shares, rising, above 0% and at most 99 of them
	// besides 100%. Default 1%, 10%, 50%, 100%. The steps are named after them.
	Weights []Weight `json:"weights"`
	// Linear is a ramp of so many equal steps up to Max: 4 are 25%, 50%, 75%, 100%.
	Linear int `json:"linear"`
	// Exponential is a ramp of so many steps from First to Max, each the same
	// multiple of the one before: 3 are 1%, 10%, 100%.
	Exponential int `json:"exponential"`
	// First is where an exponential ramp begins. Default 1%.
	First Weight `json:"first"`
	// Max is where a ramp ends. Default 100%; less is a cap.
	Max Weight `json:"max"`
	// Instances are how many of the candidate run at each step, in the order of the
	// weights. Default, also for those that are left out at the end: what carries
	// the weight.
	Instances []Size `json:"instances"`
	// FullStable runs stable at full size until the last step, so that all traffic
	// can go back to it at once. Default: each step keeps what carries stable's
	// share.
	FullStable bool `json:"fullStable"`
	// Sticky keeps each user on one side while the weight grows. Default: every
	// request is drawn anew.
	Sticky Sticky `json:"sticky"`
}

// Kind is "canary".
func (Canary) Kind() string { return "canary" }

// Ladder has a step for each weight, named after it: "1%", "10%".
func (c Canary) Ladder() (Ladder, error) {
	var problems strict.Problems
	weights := c.weights(&problems)
	if len(c.Instances) > len(weights) {
		problems.Add("instances", len(c.Instances), fmt.Sprintf("instances: must be at most as many as the weights, %d", len(weights)))
	} else {
		for i, size := range c.Instances {
			checkSize(&problems, fmt.Sprintf("instances[%d]", i), size)
		}
	}
	c.checkShared(&problems)
	problems.Join("sticky", c.Sticky.Validate())
	if err := problems.Err(); err != nil {
		return Ladder{}, err
	}
	l := Ladder{Pace: c.Pace, Sticky: c.Sticky, Steps: ramp(weights)}
	for i := range l.Steps {
		if i < len(c.Instances) {
			l.Steps[i].Candidate = c.Instances[i]
		}
		if c.FullStable && l.Steps[i].Weight < Full {
			l.Steps[i].Stable = Percent(100)
		}
	}
	if top := &l.Steps[len(l.Steps)-1]; top.Weight < Full {
		top.Await = "whether the release goes beyond " + top.Weight.String()
		l.Steps = append(l.Steps, Step{Name: Full.String(), Weight: Full})
	}
	return l, nil
}

// weights are those of the list or of the ramp.
func (c *Canary) weights(problems *strict.Problems) []Weight {
	given := 0
	for _, is := range []bool{len(c.Weights) > 0, c.Linear != 0, c.Exponential != 0} {
		if is {
			given++
		}
	}
	top := c.Max
	if top == 0 {
		top = Full
	}
	if given > 1 {
		problems.Add("", nil, "at most one of weights, linear and exponential must be given")
	}
	switch {
	case c.First != 0 && c.Exponential == 0:
		problems.Add("first", c.First, "must be left out: only an exponential ramp begins somewhere")
	case c.Max != 0 && c.Linear == 0 && c.Exponential == 0:
		problems.Add("max", c.Max, "must be left out: only a ramp ends there, a list says so itself")
	}
	if c.Max < 0 || c.Max > Full {
		problems.Add("max", c.Max, "must be above 0% and at most 100%")
		top = Full
	}
	switch {
	case c.Linear != 0:
		return linearRamp(problems, c.Linear, top)
	case c.Exponential != 0:
		first := c.First
		if first == 0 {
			first = min(100, top)
		}
		return exponentialRamp(problems, c.Exponential, first, top)
	case len(c.Weights) > 0:
		checkWeights(problems, c.Weights)
		return c.Weights
	default:
		return []Weight{100, 1000, 5000, Full}
	}
}
