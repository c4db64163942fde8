package strategy

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// BlueGreen runs the candidate beside all of stable, first as a preview without
// traffic, then switches the traffic over, keeps stable ready for a while, and
// retires it. It needs a target with a splitter and room for both at full size.
// The zero value is ready.
//
// The traffic is switched at once, and only to a candidate of which every instance
// is settled. The default of Unavailable is here 0, and of Surge 100%.
type BlueGreen struct {
	Pace
	// Preview is how many instances the preview has. Default 100%. If it is another
	// size, a step "ready" brings the candidate to its full size before the switch.
	Preview Size `json:"preview"`
	// Routes send matching requests to the candidate before it has any other, and
	// until it has all: of testers, say. Default none.
	Routes []Route `json:"routes"`
	// Weights are the ramp of the switch, rising to 100%. Default 100%: at once.
	Weights []Weight `json:"weights"`
	// KeepStable is how long stable stays ready at full size after the switch.
	// Default 10m; a negative one means none.
	KeepStable time.Duration `json:"keepStable"`
}

const defaultKeepStable = 10 * time.Minute

// Kind is "blueGreen".
func (BlueGreen) Kind() string { return "blueGreen" }

// Ladder has the steps "preview", if need be "ready", those of the ramp, "switch"
// and "retire".
func (b BlueGreen) Ladder() (Ladder, error) {
	var problems strict.Problems
	b.checkShared(&problems)
	checkSize(&problems, "preview", b.Preview)
	checkRoutes(&problems, b.Routes)
	checkWhole(&problems, b.Weights)
	if err := problems.Err(); err != nil {
		return Ladder{}, err
	}
	all := Percent(100)
	l := Ladder{Pace: b.Pace}
	l.Pace.Surge, l.Pace.Unavailable = b.Surge.or(all), b.Unavailable.or(Count(0))
	preview := b.Preview.or(all)
	l.Steps = append(l.Steps, Step{Name: "preview", Candidate: preview, Stable: all, Routes: b.Routes})
	if preview != all {
		l.Steps = append(l.Steps, Step{Name: "ready", Candidate: all, Stable: all, Routes: b.Routes})
	}
	for _, step := range ramp(b.Weights) {
		if step.Weight < Full {
			step.Candidate, step.Stable, step.Routes = all, all, b.Routes
			l.Steps = append(l.Steps, step)
		}
	}
	keep := b.KeepStable
	if keep == 0 {
		keep = defaultKeepStable
	}
	l.Steps = append(l.Steps,
		Step{Name: "switch", Weight: Full, Candidate: all, Stable: all, Routes: b.Routes, Keep: max(0, keep)},
		Step{Name: "retire", Weight: Full, Candidate: all, Stable: Count(0)},
	)
	return l, nil
}
