package exposure

import (
	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Proven is a gate that waits until a signal has proven the candidate good enough at this
// step: the decision of an experiment, which time alone never takes. The signal's judge must
// be one that can ([health.Compare] with a margin). While it is not proven the gate waits,
// until the stage's GateDeadline asks a person.
//
// Its kind is "proven"; a plan in JSON that has it is read by a codec that knows it.
type Proven struct {
	Signal string `json:"signal"`
}

// Kind is "proven".
func (Proven) Kind() string { return "proven" }

// Validate refuses a gate without a signal.
func (p Proven) Validate() error {
	var problems strict.Problems
	if p.Signal == "" {
		problems.Add("signal", nil, "must be given")
	}
	return problems.Err()
}

// Watches are the signals that the plan must have.
func (p Proven) Watches() []string { return []string{p.Signal} }

// Evaluate opens once the signal is proven, and as long as it is.
func (p Proven) Evaluate(f gate.Facts) gate.Decision {
	if s, ok := f.Signal(p.Signal); ok && s.Proven && !s.Unmeasured {
		return gate.Decision{Answer: gate.Open}
	}
	return gate.Decision{Answer: gate.Wait}
}

// Explain says what the signal shows.
func (p Proven) Explain(f gate.Facts) gate.Reason {
	r := gate.Reason{Kind: p.Kind(), Subject: p.Signal, Answer: p.Evaluate(f).Answer}
	switch s, ok := f.Signal(p.Signal); {
	case !ok:
		r.Text = p.Signal + " is not measured"
	case r.Answer == gate.Open:
		r.Text = p.Signal + " has proven the candidate good enough"
	case !s.Provable:
		r.Text = p.Signal + " can prove nothing: its judge needs a margin"
	default:
		r.Text = p.Signal + " has proven nothing yet"
	}
	return r
}
