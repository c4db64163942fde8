package gate

import (
	"math"
	"time"
)

// Facts is a view of everything a gate may know. It is passed by value; the zero
// Facts knows nothing.
type Facts struct {
	now     time.Time
	ledger  *Ledger
	brief   *Brief
	outside []Vouched
	granted bool // approvals that can be given are taken as given ([Asks])
}

// Brief is what a person needs to know of a release who decides on it. Gates show it;
// but for the author, none decides by it.
type Brief struct {
	Release  string `json:"release"`
	Version  string `json:"version"`
	Replaces string `json:"replaces"` // the version that serves now; empty on a first deploy
	Author   string `json:"author"`
	Notes    string `json:"notes"` // what has changed
	Risk     string `json:"risk"`
	Next     string `json:"next"` // what happens when the gates are open
	Back     string `json:"back"` // what can be gone back to, or why nothing
}

var (
	empty   Ledger // never written
	unnamed Brief  // never written
)

// NewFacts makes the view; the ledger and the facts must not change while it is used.
func NewFacts(now time.Time, l *Ledger, outside []Vouched) Facts {
	return Facts{now: now, ledger: l, outside: outside}
}

// With is the view that knows of a release what people need to know.
func (f Facts) With(b *Brief) Facts {
	f.brief = b
	return f
}

// at is the view at another instant, nothing else changed.
func (f Facts) at(now time.Time) Facts {
	f.now = now
	return f
}

func (f *Facts) l() *Ledger {
	if f.ledger == nil {
		return &empty
	}
	return f.ledger
}

// Brief is what a person needs to know of the release; it must not be changed.
func (f Facts) Brief() *Brief {
	if f.brief == nil {
		return &unnamed
	}
	return f.brief
}

// Now is the instant of the decision.
func (f Facts) Now() time.Time { return f.now }

// Stage is the stage that the gate stands at.
func (f Facts) Stage() string { return f.l().Stage }

// Step is the step that the gate stands at; empty before the stage begins.
func (f Facts) Step() string { return f.l().Step }

// Last says whether that is the last step of the stage.
func (f Facts) Last() bool { return f.l().Last }

// Digest is that of the release; an approval of another one is none.
func (f Facts) Digest() string { return f.l().Digest }

// Reached is when the step was reached; zero if it was not yet.
func (f Facts) Reached() time.Time { return f.l().Reached }

// Healthy is the healthy time covered at this step.
func (f Facts) Healthy() time.Duration { return f.l().Healthy }

// Peak is how much of that lies in certain hours of the day, as they were prepared
// ([Peak.Entry]).
func (f Facts) Peak(zone, hours string) time.Duration {
	l := f.l()
	for i := range l.Peaks {
		if p := &l.Peaks[i]; p.Zone == zone && p.Hours == hours {
			return p.Healthy
		}
	}
	return 0
}

// Earlier is how many stages were completed before this one began.
func (f Facts) Earlier() int { return f.l().Earlier }

// Serving is how many instances of the candidate are ready, and how many of them are
// past the warm-up of every signal.
func (f Facts) Serving() (ready, warm int64) { return f.l().Serving, f.l().Warm }

// Requests is how many requests the candidate served at this step, as counted
// from a signal; an empty endpoint asks for all, an empty signal for the stage's
// first signal that counts requests at this step, which the ledger lists first. A count that is
// not a finite number is none.
func (f Facts) Requests(signal, endpoint string) int64 { return f.l().requests(signal, endpoint) }

func (l *Ledger) requests(signal, endpoint string) int64 {
	for i := range l.Counts {
		c := &l.Counts[i]
		if c.Endpoint == endpoint && (signal == "" || c.Signal == signal) {
			return c.served()
		}
	}
	return 0
}

// served is N as a whole number; what is not a finite number is none.
func (c *Count) served() int64 {
	switch {
	case !(c.N > 0) || math.IsInf(c.N, 1):
		return 0
	case c.N >= math.MaxInt64: // what a conversion would give is not said
		return math.MaxInt64
	}
	return int64(c.N)
}

// Signal is the verdict of a signal now; false if there is no such signal.
func (f Facts) Signal(name string) (Signal, bool) {
	l := f.l()
	for i := range l.Signals {
		if l.Signals[i].Name == name {
			return l.Signals[i], true
		}
	}
	return Signal{}, false
}

// Signals is how many signals there are; SignalAt is one of them.
func (f Facts) Signals() int { return len(f.l().Signals) }

// SignalAt is the i-th signal, 0 <= i < Signals().
func (f Facts) SignalAt(i int) Signal { return f.l().Signals[i] }

// Votes is how many decisions people gave; Vote is one of them.
func (f Facts) Votes() int { return len(f.l().Votes) }

// Vote is the i-th decision, 0 <= i < Votes().
func (f Facts) Vote(i int) Vote { return f.l().Votes[i] }

// Vouched is something the host vouches for; false if it does not.
func (f Facts) Vouched(name string) (Vouched, bool) {
	for i := range f.outside {
		if f.outside[i].Name == name {
			return f.outside[i], true
		}
	}
	return Vouched{}, false
}
