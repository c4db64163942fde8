package gate

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// FieldError is one thing wrong with an input: its path, its value, and the rule.
type FieldError = strict.FieldError

// Gate is a condition before, between or after steps. It is immutable and keeps
// no state. Evaluate is called at every decision and allocates nothing; Explain
// gives the words, and is called only when somebody asks. Both must be pure: the
// answer follows from the gate and its [Facts] alone, and both give the same one.
type Gate interface {
	// Kind is the key under which the gate stands in a plan.
	Kind() string
	// Evaluate decides.
	Evaluate(Facts) Decision
	// Explain says why; its Answer and At are those of the decision.
	Explain(Facts) Reason
}

// Answer is what a gate says.
type Answer uint8

// The answers. The zero Answer is Wait: what was not decided is closed.
const (
	Wait   Answer = iota // not yet
	Open                 // nothing is missing
	Refuse               // rejected, or can never open: the rollout holds
)

// String is "wait", "open" or "refuse". An Answer that there is not waits.
func (a Answer) String() string {
	switch a {
	case Open:
		return "open"
	case Refuse:
		return "refuse"
	default:
		return "wait"
	}
}

// MarshalText is String, as JSON has it.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what String writes, and refuses everything else with a [*FieldError].
func (a *Answer) UnmarshalText(text []byte) error {
	for _, known := range [...]Answer{Wait, Open, Refuse} {
		if string(text) == known.String() {
			*a = known
			return nil
		}
	}
	var p strict.Problems
	p.Add("", string(text), "must be wait, open or refuse")
	return p.Err()
}

// Decision is the answer of a gate, and when to look again. Next is the earliest
// instant at which time alone could change it: open a gate that waits, close one
// that is open, lift a refusal. It is after now; zero if time alone never does.
//
// As long as nothing but time changes, the decision is the same at every instant
// before Next. At Next it is another one; that of [All] may be another one in its Next
// alone. So a caller that sleeps until Next misses nothing, and never looks twice at
// one instant.
type Decision struct {
	Answer Answer
	Next   time.Time
}

// Validator is implemented by gates that can be written wrongly; the error joins
// one *FieldError per problem, with paths relative to the gate.
type Validator interface{ Validate() error }

// Preparer is implemented by gates that resolve something once, when the plan is
// compiled (time zones, expressions); the result takes the gate's place.
type Preparer interface{ Prepare() (Gate, error) }

// Placer is implemented by gates that depend on where in a plan they stand; the result
// takes the gate's place at that step. It asks for the same signals and endpoints
// wherever it stands.
type Placer interface{ Place(Place) (Gate, error) }

// Counter is implemented by gates that want requests counted: the endpoints of a
// signal, and how many they need. An empty signal is the stage's first signal that
// counts requests at the step, an empty endpoint all of them; N is not read.
type Counter interface{ Counts() []Count }

// Watcher is implemented by gates that know signals by name, so that a name that
// no signal has is found when the plan is compiled.
type Watcher interface{ Watches() []string }

// Binder is implemented by gates that nobody's waiver opens, as [Freeze].
type Binder interface{ Binds() bool }

// Calendar is implemented by prepared gates that the time of the week, or the date, opens
// and closes, as [Window] and [Freeze], so that [Lint] can look ahead.
type Calendar interface {
	// OpenAt says whether it is open at an instant without its exception, and when that
	// changes next; zero if it never does.
	OpenAt(now time.Time) (open bool, next time.Time)
	// Exception is the gate that opens it while it is closed; nil if there is none.
	Exception() Gate
}

// Expirer is implemented by gates that need decisions of people which expire, as
// [Approval]: after so long, zero if never.
type Expirer interface{ Expiry() time.Duration }

// Composite is implemented by gates that are made of others. Whatever their parts are
// is found through it; a composite is itself only what it adds.
type Composite interface {
	Gate
	// Parts are the gates it is made of; the list must not be changed.
	Parts() []Gate
	// With is the same gate, made of as many others.
	With(parts []Gate) Gate
}
