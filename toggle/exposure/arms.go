package exposure

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Arm is the side of a rollout that a subject is on.
type Arm uint8

// The arms.
const (
	// Neither is who is served the same at good and at the goal, so that nothing follows
	// from what they do: those who were in before, whom a rule, a kill or an override
	// decides for, and who take no part in an experiment.
	Neither Arm = iota
	Stable
	Candidate
)

// Arms says on which side of its rollout a subject is, for what is counted of each. A
// comparison holds what the two sides do against the shares that they were assigned: they
// must be of those among whom the rollout decides, and of no others.
//
// It belongs to the flags that it was made of, and is made anew when they change. It is safe
// for concurrent use.
type Arms struct {
	flag       string
	serve      string           // what the candidate is served
	good, goal *toggle.Snapshot // who is in there; goal is nil in an experiment
}

// NewArms makes the arms of a flag that a rollout moves. While none does all are on neither
// side. The error says why the flag cannot be moved.
func NewArms(s *toggle.Snapshot, flag string) (*Arms, error) {
	f, ok := s.Flag(flag)
	if !ok {
		return nil, fmt.Errorf("there is no flag %q", flag)
	}
	l, err := newLever(f, flag, s.Environment())
	if err != nil {
		return nil, err
	}
	a, p := &Arms{flag: flag, serve: l.roll.Serve}, l.roll.Progress
	if p == nil || p.Candidate == "" {
		return &Arms{}, nil
	}
	if p.Treatment != "" {
		a.serve = p.Treatment
		a.good, err = l.alone(p.Treatment, l.roll.Good)
		return a, err
	}
	if a.good, err = l.alone(a.serve, l.roll.Good); err == nil {
		a.goal, err = l.alone(a.serve, p.Goal)
	}
	return a, err
}

// Of is the arm of a subject, of which r is what it was served by the same flags.
func (a *Arms) Of(sub *toggle.Subject, r toggle.Result) Arm {
	switch r.Reason {
	case toggle.Static, toggle.Default, toggle.Split:
	default:
		return Neither
	}
	switch {
	case a.good == nil, r.Rule != "" && r.Rule != "rollout":
		return Neither
	case a.goal == nil && !a.in(a.good, sub):
		return Neither
	case a.goal != nil && (a.in(a.good, sub) || !a.in(a.goal, sub)):
		return Neither
	case r.Variant == a.serve:
		return Candidate
	}
	return Stable
}

// in says whether a share admits a subject.
func (a *Arms) in(s *toggle.Snapshot, sub *toggle.Subject) bool {
	return s.Evaluate(a.flag, sub, time.Time{}).Variant == a.serve
}
