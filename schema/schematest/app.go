package schematest

import (
	"errors"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// App is what is tried: the code of all versions, the store, and what carries out steps and asks for conditions. No
// two methods are called at the same time.
type App interface {
	// Reset makes the world as it is at the start of the plan, with no records, no messages, and no transaction open.
	Reset() error
	// Run lets a version, given as "service@version", carry out one operation. It returns what was read, in the
	// text in which it was written; "" if there is no record, or nothing was set in it.
	Run(version string, op Operation) (string, error)
	// Do carries out a step that changes the schema or fills a form, with the outcome that is given. It is called
	// again after every outcome but [Done], and when the plan comes by again: it must find out for itself what
	// was done already. The error matters only for Done.
	Do(step schema.Step, outcome Outcome) error
	// Holds says whether a condition holds now, and is how the application would find out: by queries, not by
	// what it remembers. The versions that run are given; transactions that are open it must know itself.
	Holds(c schema.Condition, running []string) (bool, error)
}

// Transactor is implemented by an [App] that can keep one transaction open while other things happen.
type Transactor interface {
	// Begin carries out a write in a transaction, which end commits or gives up later. The version may have left by then.
	Begin(version string, op Operation) (end func(commit bool) error, err error)
}

// Expirer is implemented by an [App] that can let all messages expire that are retained in topics.
type Expirer interface {
	Expire() error
}

// ErrBusy is returned by an [App] for what cannot be done because a transaction is open, where a real one would
// have to wait: nothing was done. It is wrong when none is open.
var ErrBusy = errors.New("schematest: a transaction is in the way")

// Kind is what an operation does.
type Kind string

// The kinds of operations.
const (
	Write  Kind = "write"  // makes the record if it is not there; of a topic, sends a message
	Read   Kind = "read"   // of topics, the newest retained message with the key in those that the version reads
	Delete Kind = "delete" // the record where the version makes and deletes rows
)

// Operation is one thing that a version does for a user.
type Operation struct {
	Kind Kind
	Key  string
	// Attribute is what is read.
	Attribute string
	// Messages says that it is read from topics, rather than tables and blobs.
	Messages bool
	// Values are what is written: one for each attribute that the version can write there.
	Values []Value
}

// Value is a value of an attribute: a class of values of the plan, and the text of this one.
type Value struct {
	Attribute string `json:"attribute"`
	Class     string `json:"class"`
	Text      string `json:"text,omitempty"` // empty for [schema.Null]
}

// Outcome is what becomes of a step.
type Outcome string

// The outcomes. After the last three the caller knows only that it failed.
const (
	Done   Outcome = ""       // it is carried out
	Crash  Outcome = "crash"  // it stops in the middle: some of it is done, as much as can be
	Lost   Outcome = "lost"   // it is carried out, and reported as failed
	Failed Outcome = "failed" // nothing of it is done
)
