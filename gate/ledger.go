package gate

import (
	"math"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Ledger is what gates read about the step they stand at. The state of a rollout
// keeps it; gates keep none. It starts from nothing at every step.
type Ledger struct {
	// Stage, Step and Digest are what the gates are asked about: the stage, its
	// present step (empty at the entry), and the release's artifact.
	Stage  string `json:"stage"`
	Step   string `json:"step"`
	Digest string `json:"digest"`
	// Reached is when the step was reached; zero before that.
	Reached time.Time `json:"reached"`
	// Healthy is the time at this step that is covered by healthy intervals of
	// every signal that counts.
	Healthy time.Duration `json:"healthy"`
	// Frontier is up to where the intervals of all signals reach; Healthy was
	// counted up to here.
	Frontier time.Time `json:"frontier"`
	// Earlier is how many stages of this rollout were completed before this one began.
	Earlier int `json:"earlier"`
	// Counts are the requests to the candidate at this step.
	Counts []Count `json:"counts"`
	// Signals are the verdicts now, also of advisory signals.
	Signals []Signal `json:"signals"`
	// Approvals are the decisions people gave for this step.
	Approvals []Approval `json:"approvals"`
}

// Count is a number of requests that the candidate served at this step.
type Count struct {
	Signal   string  `json:"signal"`   // the signal whose exposure is counted
	Endpoint string  `json:"endpoint"` // empty counts all of them
	N        float64 `json:"n"`
}

// Signal is the verdict of one signal, and since when it has been that.
type Signal struct {
	Name    string         `json:"name"`
	Verdict health.Verdict `json:"verdict"`
	Since   time.Time      `json:"since"`
	// Passes is how many conclusive healthy intervals in a row were seen.
	Passes int64 `json:"passes"`
	// Advisory signals are shown and never count for or against.
	Advisory bool `json:"advisory"`
	// Unmeasured signals cannot be measured at this step: the candidate gets no
	// requests that they could judge.
	Unmeasured bool `json:"unmeasured"`
}

// Approval is one person's decision.
type Approval struct {
	By     string    `json:"by"`
	Roles  []string  `json:"roles"`
	Reject bool      `json:"reject"`
	Reason string    `json:"reason"`
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"` // zero never expires
}

// Fact is something the host vouches for. It is revocable: a fact that is no
// longer listed closes a gate again. What its value means is the gate's to say.
type Fact struct {
	Name  string    `json:"name"`
	Value string    `json:"value"`
	At    time.Time `json:"at"` // when the host last knew it to be so
}

// Facts is a view of everything a gate may know. It is passed by value; the zero
// Facts knows nothing.
type Facts struct {
	now     time.Time
	ledger  *Ledger
	outside []Fact
}

var empty Ledger // never written

// NewFacts makes the view; the ledger and the facts must not change while it is used.
func NewFacts(now time.Time, l *Ledger, outside []Fact) Facts {
	return Facts{now: now, ledger: l, outside: outside}
}

func (f Facts) l() *Ledger {
	if f.ledger == nil {
		return &empty
	}
	return f.ledger
}

// Now is the instant of the decision.
func (f Facts) Now() time.Time { return f.now }

// Stage is the stage that the gate stands at.
func (f Facts) Stage() string { return f.l().Stage }

// Step is the step that the gate stands at; empty before the stage begins.
func (f Facts) Step() string { return f.l().Step }

// Digest is that of the release; an approval of another one is none.
func (f Facts) Digest() string { return f.l().Digest }

// Reached is when the step was reached; zero if it was not yet.
func (f Facts) Reached() time.Time { return f.l().Reached }

// Healthy is the healthy time covered at this step.
func (f Facts) Healthy() time.Duration { return f.l().Healthy }

// Earlier is how many stages were completed before this one began.
func (f Facts) Earlier() int { return f.l().Earlier }

// Requests is how many requests the candidate served at this step, as counted
// from a signal; an empty endpoint asks for all, an empty signal for the stage's
// first signal that counts requests at this step, which the ledger lists first. A count that is
// not a finite number is none.
func (f Facts) Requests(signal, endpoint string) int64 {
	var n float64
	for i := range f.l().Counts {
		c := &f.l().Counts[i]
		if c.Endpoint != endpoint || signal != "" && c.Signal != signal {
			continue
		}
		if c.N > n && !math.IsInf(c.N, 1) { // not a number is not above n
			n = c.N
		}
		break
	}
	if n >= math.MaxInt64 { // what a conversion would give is not said
		return math.MaxInt64
	}
	return int64(n)
}

// Signal is the verdict of a signal now; false if there is no such signal.
func (f Facts) Signal(name string) (Signal, bool) {
	for i := range f.l().Signals {
		if f.l().Signals[i].Name == name {
			return f.l().Signals[i], true
		}
	}
	return Signal{}, false
}

// Signals is how many signals there are; SignalAt is one of them.
func (f Facts) Signals() int { return len(f.l().Signals) }

// SignalAt is the i-th signal, 0 <= i < Signals().
func (f Facts) SignalAt(i int) Signal { return f.l().Signals[i] }

// Approvals is how many decisions people gave; Approval is one of them.
func (f Facts) Approvals() int { return len(f.l().Approvals) }

// Approval is the i-th decision, 0 <= i < Approvals().
func (f Facts) Approval(i int) Approval { return f.l().Approvals[i] }

// Fact is something the host vouches for; false if it does not.
func (f Facts) Fact(name string) (Fact, bool) {
	for i := range f.outside {
		if f.outside[i].Name == name {
			return f.outside[i], true
		}
	}
	return Fact{}, false
}
