package rollout

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Output is what a decision asks of the host. Want and Ask alias the state that
// was returned with it: read them, do not change them.
type Output struct {
	// Save says that the state changed: save it together with its record before
	// anything of the rest is done.
	Save bool
	// Want is what the stages are to look like; apply it until it is observed. There is
	// none of a stage whose target follows a later rollout.
	Want []Want
	// Ask is what is to be measured; an ask that is not listed is cancelled.
	Ask []health.Ask
	// Events are what was decided and why.
	Events []Event
	// Wake is when to call again even if nothing happens; zero if nothing but an
	// order or a fact goes on.
	Wake time.Time
	// Awaits says in one sentence whose order or what is awaited, where time alone
	// does not go on; empty otherwise. [Machine.Explain] has the details.
	Awaits string
	// Done says that the rollout ended.
	Done bool
}

// Event is one thing that was decided, and why.
type Event struct {
	At    time.Time `json:"at"`
	Kind  EventKind `json:"kind"`
	Stage string    `json:"stage"`
	Step  string    `json:"step"`
	// By is who ordered it; empty if the machine decided.
	By string `json:"by"`
	// Text is one sentence.
	Text string `json:"text"`
}

// EventKind is what happened.
type EventKind string

// The events.
const (
	EventStarted     EventKind = "started"    // the rollout, or a new attempt
	EventBegan       EventKind = "began"      // a stage
	EventMoving      EventKind = "moving"     // towards a step
	EventReached     EventKind = "reached"    // a step
	EventPassed      EventKind = "passed"     // a step was left upwards
	EventDone        EventKind = "done"       // a stage
	EventCompleted   EventKind = "completed"  // the rollout
	EventVerdict     EventKind = "verdict"    // a signal changed its verdict
	EventRollback    EventKind = "rollback"   // a stage goes back
	EventRolledBack  EventKind = "rolledBack" // a stage, or the rollout, is back at stable
	EventHold        EventKind = "hold"       // the rollout stopped and asks
	EventPaused      EventKind = "paused"
	EventResumed     EventKind = "resumed"
	EventStandsStill EventKind = "standsStill" // a stage, because a gate is not open that pauses it
	EventGoesOn      EventKind = "goesOn"      // a stage that stood still
	EventAsked       EventKind = "asked"       // people are waited for, and nobody else: once at every step
	EventWaived      EventKind = "waived"      // an operator's override of a gate
	EventRecorded    EventKind = "recorded"    // a person's approval or rejection, or one that was taken back
	EventRefused     EventKind = "refused"     // an order that was not carried out
	EventOverload    EventKind = "overload"    // a version is given more than it carries
	EventTrouble     EventKind = "trouble"     // a fleet could not be observed, or what was seen is impossible
	EventClock       EventKind = "clock"       // the clock jumped back
	EventDropped     EventKind = "dropped"     // a sample overlapped what was folded
)
