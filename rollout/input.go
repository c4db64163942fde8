package rollout

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Input is the world as it is now. It says what is, never what changed: giving
// the same input twice is harmless.
type Input struct {
	// Now is the host's clock. The machine copes with one that jumps.
	Now time.Time `json:"now"`
	// Epoch, at the start of a rollout, is a number higher than that of any earlier
	// rollout to the same targets. Targets that keep fences report theirs, and then
	// it may be zero.
	Epoch uint64 `json:"epoch"`
	// Fleets are the observations of the stages' fleets, at most one per stage. A
	// stage without one is left as it is.
	Fleets []Observed `json:"fleets"`
	// Samples are intervals that were measured, in any order.
	Samples []health.Sample `json:"samples"`
	// Commands are orders, in the order they were given. Repeating one is harmless.
	Commands []Command `json:"commands"`
	// Facts are what the host vouches for.
	Facts []gate.Vouched `json:"facts"`
}

// Observed is what a target saw of a stage's fleet.
type Observed struct {
	Stage string `json:"stage"`
	// Err says why the fleet could not be observed; the rest is then not read.
	Err string `json:"err"`
	// At is when it was seen. An observation that is older than the last one that
	// said something new is not used. Default: now.
	At time.Time `json:"at"`
	// Desired is the size the service is to have, from outside or from stable
	// alone, never the observed total.
	Desired  int64        `json:"desired"`
	Versions []Version    `json:"versions"`
	Can      strategy.Can `json:"can"`
	// Routed says that the router has the routes of the newest want in effect: all of
	// them, and no others. While a want without routes is not in effect yet it stays
	// true. A target that can match reports it; without it no step that routes is
	// reached, and no candidate is taken away from under its routes.
	Routed bool `json:"routed"`
	// Mirror is the share of stable's requests that the router copies to the
	// candidate, as read back from it. A target that can mirror reports it.
	Mirror strategy.Weight `json:"mirror"`
	// Fence is that of the last want the target accepted, if it keeps fences.
	Fence Fence `json:"fence"`
}

// Version is what is observed of one version in a fleet.
type Version struct {
	Version   string          `json:"version"`
	Digest    string          `json:"digest"`    // empty if the target does not know it
	Instances int64           `json:"instances"` // asked for or running, and not told to stop
	Starting  int64           `json:"starting"`  // of Instances, those that use no capacity yet
	Stopping  int64           `json:"stopping"`  // told to stop and still there; not in Instances
	Ready     int64           `json:"ready"`     // of Instances, those that can serve
	Weight    strategy.Weight `json:"weight"`    // as read back from the router; ignored without a splitter
}

// Command is an order of an operator. ID, of at most 200 bytes, makes repeating it
// harmless for as long as it is listed, and then until 1000 others were taken. By,
// Roles (at most 20) and Reason are recorded. Stage and Step, where a kind needs them, say what it is
// about: an order about another step than the present one is refused.
type Command struct {
	ID     string      `json:"id"`
	Kind   CommandKind `json:"kind"`
	By     string      `json:"by"`
	Roles  []string    `json:"roles"`
	Stage  string      `json:"stage"`
	Step   string      `json:"step"`
	Digest string      `json:"digest"`
	For    string      `json:"for"` // of votes: what they are about, if not the step as such
	Reason string      `json:"reason"`
	Until  time.Time   `json:"until"`
}

// CommandKind is what is ordered.
type CommandKind string

// The orders.
const (
	// Pause freezes what is wanted. Health is still judged, and an automatic
	// rollback still happens.
	Pause CommandKind = "pause"
	// Resume ends a pause or a hold. Deadlines begin anew.
	Resume CommandKind = "resume"
	// RollBack goes back to stable: one stage if it names one, else all that were
	// begun. Refused if stable is not in the horizon.
	RollBack CommandKind = "rollback"
	// Promote waives what the present step of a stage still waits for, once it is
	// reached, and on the way there the windows that make the stage stand still: a
	// recorded waiver, never of capacity rules, of a degraded verdict or of a gate that
	// binds, such as a freeze ([gate.Binder]). Where such a gate is closed the waiver stays,
	// and the stage goes on when it opens. Promote also begins a stage whose fleet does not
	// run what the release says it replaces.
	Promote CommandKind = "promote"
	// Keep ends a stage at a step that awaits a decision, once it is reached: both
	// versions stay as the step says. The stage is done, and can be rolled back until
	// the rollout has ended. Refused while a signal is degraded.
	Keep CommandKind = "keep"
	// Retry starts a new attempt: fresh evidence, from the first step, keeping the
	// stages that are done; one of them that is degraded is judged again at its step.
	Retry CommandKind = "retry"
	// Approve, Reject and Revoke are votes: what the person By decided, for the gates
	// that ask ([gate.Approval]) at the present step, on the way to it, or before a stage
	// begins. Of a person's votes about the same thing (For) the last counts, until Until.
	// They are forgotten when the step is left, and by a retry.
	//
	// Approve must name the Step it is about, so that one that comes late is not taken
	// for one of the next; before a stage begins it has none. Reject must have a Reason;
	// the rollout holds, and only goes on by Revoke and then Resume, or by Promote. Revoke
	// takes back what the person said last; refused if that is nothing.
	Approve CommandKind = "approve"
	Reject  CommandKind = "reject"
	Revoke  CommandKind = "revoke"
)
