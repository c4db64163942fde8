package strategy

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Rolling exchanges instances a few at a time, as a Kubernetes Deployment does:
// its pace decides how many. The zero value is ready.
type Rolling struct {
	Pace
	// Batches makes so many equal steps of it, at each of which gates are asked; 1
	// to 100. Default 1: it goes through in one step.
	Batches int `json:"batches"`
	// Partition stops when so many instances are exchanged, and awaits a decision to
	// go on. Default: it does not stop. Not together with Batches. Some of stable
	// must be left: in a smaller fleet the step is not [Feasible]. (The partition of
	// a Kubernetes StatefulSet is what is not exchanged.)
	Partition Size `json:"partition"`
}

// Kind is "rolling".
func (Rolling) Kind() string { return "rolling" }

// Ladder has one step, "rolled"; before it "batch-1" and so on, or "partition".
func (r Rolling) Ladder() (Ladder, error) {
	var problems strict.Problems
	r.checkShared(&problems)
	if r.Batches < 0 || r.Batches > maxSteps {
		problems.Add("batches", r.Batches, fmt.Sprintf("must be 1 to %d", maxSteps))
	}
	checkSize(&problems, "partition", r.Partition)
	if !r.Partition.IsZero() && r.Batches > 1 {
		problems.Add("partition", r.Partition, "must not be given together with batches")
	}
	if err := problems.Err(); err != nil {
		return Ladder{}, err
	}
	l := Ladder{Pace: r.Pace}
	for i := 1; i < r.Batches; i++ {
		l.Steps = append(l.Steps, Step{Name: fmt.Sprintf("batch-%d", i), Weight: linear(i, r.Batches, Full)})
	}
	if !r.Partition.IsZero() {
		l.Steps = append(l.Steps, Step{
			Name: "partition", Proportional: true, Candidate: r.Partition,
			Await: "whether the rest is exchanged, too",
		})
	}
	l.Steps = append(l.Steps, Step{Name: "rolled", Weight: Full})
	return l, nil
}
