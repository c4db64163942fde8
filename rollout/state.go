package rollout

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// State is a rollout as it stands: a complete snapshot, JSON both ways. The zero
// State has not started. It belongs to the machine: hosts store it and read it,
// and never change it. [Machine.Decide] never changes the one it is given.
type State struct {
	// Plan is the digest of the plan that the state belongs to.
	Plan string `json:"plan"`
	// Rev counts the saved decisions; a store compares it when it saves.
	Rev uint64 `json:"rev"`
	// Clock is the time of the last saved decision.
	Clock time.Time `json:"clock"`
	// Started is when the rollout started.
	Started time.Time `json:"started"`
	// Attempt counts from 1; a retry begins the next.
	Attempt int `json:"attempt"`
	// Jumps counts the jumps back of the host's clock. It is part of the keys of asks:
	// what was measured on the clock before cannot be placed on the one after.
	Jumps int `json:"jumps"`
	// Seq is that of the newest want; it rises with every decision that changed one.
	Seq uint64 `json:"seq"`
	// Paused is when an operator paused the rollout; zero if none did.
	Paused time.Time `json:"paused"`
	// Hold is why the rollout stopped and whom it asks; nil if it did not.
	Hold *Hold `json:"hold"`
	// RolledBack says that this attempt was rolled back automatically: once only.
	RolledBack bool `json:"rolledBack"`
	// Outcome is how the rollout ended; empty while it goes on.
	Outcome Outcome      `json:"outcome"`
	Stages  []StageState `json:"stages"`
	// Taken are the IDs of the newest commands that were taken, oldest first.
	Taken []string `json:"taken"`
	// Want is what every stage that was begun should look like.
	Want []Want `json:"want"`
	// Ask is what is to be measured.
	Ask []health.Ask `json:"ask"`
}

// Outcome is how a rollout ended. An ended rollout stays as it is: only an
// explicit retry of one that was rolled back goes on.
type Outcome string

// The outcomes.
const (
	Completed      Outcome = "completed"  // every stage is done
	WentBack       Outcome = "rolledBack" // a rollback was reached; a stage that is done serves the release still
	outcomeRunning Outcome = ""
)

// Hold is a rollout that stopped and asked a person.
type Hold struct {
	Since  time.Time `json:"since"`
	Stage  string    `json:"stage"`
	Cause  Cause     `json:"cause"`
	Reason string    `json:"reason"`
}

// Cause is the kind of a hold, for programs; its reason is for people.
type Cause string

// The causes.
const (
	CauseDegraded     Cause = "degraded"     // a signal that is degraded asks for a hold
	CauseMissing      Cause = "missing"      // a signal without data asks for a hold
	CauseDeadline     Cause = "deadline"     // no progress, or gates that stayed closed
	CauseRefused      Cause = "refused"      // a gate refused
	CauseInfeasible   Cause = "infeasible"   // the fleet cannot look like the step
	CauseMismatch     Cause = "mismatch"     // the fleet does not run what the plan says
	CauseIrreversible Cause = "irreversible" // a rollback was due and stable is not in the horizon
	CauseStable       Cause = "stable"       // stable lost its last ready instance on the way back
)

// waits reports whether the hold is about something that a step waits for: a decision
// about the step answers it.
func (c Cause) waits() bool { return c == CauseMissing || c == CauseRefused || c == CauseDeadline }

// Phase is where a stage stands.
type Phase string

// The phases. The empty Phase is a stage that was not begun.
const (
	Pending     Phase = ""
	Moving      Phase = "moving"      // on the way to a step
	Waiting     Phase = "waiting"     // at a step, for its gates
	Done        Phase = "done"        // the last step and the exit gates are passed
	RollingBack Phase = "rollingBack" // on the way to stable
	Back        Phase = "rolledBack"  // at stable again
)

// StageState is one stage as it stands.
type StageState struct {
	Phase Phase `json:"phase"`
	// Step is the index of the step that is moved to or waited at.
	Step int `json:"step"`
	// Stable is what served when the stage began, and is gone back to; empty on a
	// first deploy. Version names identify it.
	Stable Artifact `json:"stable"`
	// Epoch is that of the stage's wants: above what its target had seen when the
	// stage began, and higher with every attempt.
	Epoch uint64 `json:"epoch"`
	// Follows is the highest epoch of another rollout that the target was seen to
	// follow since: above Epoch the target is that one's, until an order takes it back.
	Follows uint64 `json:"follows"`
	// Begun is when the stage began.
	Begun time.Time `json:"begun"`
	// Progress is when the move last came closer to its step, or began, or when the
	// rollout last went on after it had stopped; and Best how far away it then was.
	Progress time.Time `json:"progress"`
	Best     int64     `json:"best"`
	// Off is since when the fleet was not seen to look like the step it waits at, or
	// not seen at all by a stage that is about to begin.
	Off time.Time `json:"off"`
	// Elsewhere are the times in which it was seen to look otherwise, oldest first, as far
	// as they are not measured yet. The last has no end while it does. Of more than 100
	// the oldest are one that is as long as they were.
	Elsewhere []Span `json:"elsewhere"`
	// Away is for how long since the ledger's Frontier it did not look so: nothing is
	// baked for as long.
	Away time.Duration `json:"away"`
	// Ready is how many candidate instances are to stay ready at the step; on the
	// way back, how many of stable were.
	Ready int64 `json:"ready"`
	// Standing is since when the stage stands still because a gate of [Gates.During] that
	// pauses it is not open, and when it last went on.
	Standing Span `json:"standing"`
	// Still is what was wanted when the rollout or the stage stopped on the way to a step:
	// the candidate's part of it, its routes and mirror stay so until it goes on.
	Still strategy.Allocation `json:"still"`
	// Sized is the desired size for which what runs was last asked for. While it is
	// below the desired size, a move shares what is added among the versions. A service
	// that is scaled to 0 leaves it as it was.
	Sized int64 `json:"sized"`
	// Rerouted is when other routes than before were last wanted: what was seen until
	// then says nothing about them.
	Rerouted time.Time `json:"rerouted"`
	// Waived is the ID of the order that waived what this step waits for; before the
	// stage begins, that it is to replace what the release says.
	Waived string `json:"waived"`
	// Asked says that it was told that people are waited for, and nobody else.
	Asked bool `json:"asked"`
	// Ledger is what the gates read, of this step.
	Ledger gate.Ledger `json:"ledger"`
	// Evidence is that of the policy's signals in their order, readiness last.
	Evidence []health.Evidence `json:"evidence"`
	// Weighed is since when the router was observed with the weights that it has.
	Weighed time.Time `json:"weighed"`
	// Fleet is the last observation that was used.
	Fleet Observed `json:"fleet"`
	// Troubled is since when no observation could be used, and Trouble why the first
	// of them could not.
	Trouble  string    `json:"trouble"`
	Troubled time.Time `json:"troubled"`
	// Settling and Draining are what time has to be applied to.
	Settling Settling `json:"settling"`
	Draining Draining `json:"draining"`
}

// Span is a time; To is zero while it lasts.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Artifact is what an instance runs.
type Artifact struct {
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

// Fence orders the wants of a target: one with a smaller fence than the last that
// was accepted is late, and is to be refused.
type Fence struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// Before reports whether f is older than g.
func (f Fence) Before(g Fence) bool {
	return f.Epoch < g.Epoch || f.Epoch == g.Epoch && f.Seq < g.Seq
}

// Want is what a stage is to look like. It is absolute and idempotent: apply it,
// and again, until it is observed. Versions that it does not name are not to run.
type Want struct {
	Stage      string              `json:"stage"`
	Target     string              `json:"target"`
	Step       string              `json:"step"`
	Fence      Fence               `json:"fence"`
	Stable     Artifact            `json:"stable"`
	Candidate  Artifact            `json:"candidate"`
	Allocation strategy.Allocation `json:"allocation"`
	Leftovers  []Leftover          `json:"leftovers"`
	// Routes are those that are to be in effect: all of them, and no others. They are
	// there if Allocation.Routed is set.
	Routes []strategy.Route `json:"routes"`
	// Sticky says by what the router is to know a user; zero if it need not.
	Sticky   strategy.Sticky `json:"sticky"`
	MinReady time.Duration   `json:"minReady"`
	Drain    time.Duration   `json:"drain"`
}

// Leftover is what a version of a superseded release is to have still.
type Leftover struct {
	Version string         `json:"version"`
	Share   strategy.Share `json:"share"`
}
