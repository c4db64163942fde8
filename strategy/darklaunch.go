package strategy

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// DarkLaunch runs the candidate where no user sees it: it is sent copies of
// stable's requests, and its answers are thrown away. Then it awaits a decision
// whether the release is let out. It needs a target that mirrors. The zero value
// is ready.
//
// A copied request does what requests do: mirror only what may happen twice.
type DarkLaunch struct {
	Pace
	// Mirror is the share of stable's requests that is copied. Default 10%.
	Mirror Weight `json:"mirror"`
	// Candidate is how many instances take the copies. Default: what carries that
	// share.
	Candidate Size `json:"candidate"`
	// Keep is how long it stays dark at least. Default 0: as long as the gates and
	// the decision take.
	Keep time.Duration `json:"keep"`
	// Weights are the ramp after the decision, rising to 100%. Default 100%: at
	// once.
	Weights []Weight `json:"weights"`
}

// Kind is "darkLaunch".
func (DarkLaunch) Kind() string { return "darkLaunch" }

// Ladder has the step "dark", and one for each weight, named after it.
func (d DarkLaunch) Ladder() (Ladder, error) {
	var problems strict.Problems
	d.checkShared(&problems)
	checkWeight(&problems, "mirror", d.Mirror)
	checkSize(&problems, "candidate", d.Candidate)
	checkDuration(&problems, "keep", d.Keep)
	checkWhole(&problems, d.Weights)
	if err := problems.Err(); err != nil {
		return Ladder{}, err
	}
	if d.Mirror == 0 {
		d.Mirror = Full / 10
	}
	if len(d.Weights) == 0 {
		d.Weights = []Weight{Full}
	}
	dark := Step{
		Name: "dark", Mirror: d.Mirror, Candidate: d.Candidate.or(Part(d.Mirror)), Stable: Percent(100), Keep: d.Keep,
		Await: "whether the release is let out",
	}
	return Ladder{Pace: d.Pace, Steps: append([]Step{dark}, ramp(d.Weights)...)}, nil
}
