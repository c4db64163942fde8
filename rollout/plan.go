package rollout

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Plan is what is to happen: a release, and the stages it goes through. It is
// data, the same in Go and in JSON; [Compile] makes a [Machine] of it.
type Plan struct {
	Release Release `json:"release"`
	// Stages are the places the release goes to, in the order in which they are
	// reported; Needs says which wait for which. 1 to 100.
	Stages []Stage `json:"stages"`
	// Health is how every stage is judged that does not bring its own policy.
	Health health.Policy `json:"health"`
	// OnFailure says what follows when a stage fails.
	OnFailure FailurePolicy `json:"onFailure"`
	// Poll is how often a fleet that is changing is to be looked at. Default 1s.
	Poll time.Duration `json:"poll"`
}

// Release is an artifact with what it replaces. The same digest goes through
// every stage.
type Release struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	// Replaces is the version that serves now and is gone back to. Empty: whatever
	// version carries the most traffic when a stage begins.
	Replaces string `json:"replaces"`
	// Irreversible says in one line why it is not safe to go back to what is replaced;
	// empty if it is safe. Such a release is never rolled back: the rollout holds instead.
	Irreversible string `json:"irreversible"`
	// Author is who made it, Notes what it changes (of several lines, at most 4000 bytes),
	// and Risk what could go wrong: for the people who decide on it.
	Author string `json:"author"`
	Notes  string `json:"notes"`
	Risk   string `json:"risk"`
}

// Stage is one place the release goes to: an environment, a region, a cell.
type Stage struct {
	Name string `json:"name"`
	// Needs are the stages that must be done before this one begins.
	Needs []string `json:"needs"`
	// Target is the host's name for what observes and changes the fleet. Default:
	// the name of the stage.
	Target   string            `json:"target"`
	Strategy strategy.Strategy `json:"strategy"`
	Gates    Gates             `json:"gates"`
	// Health replaces the plan's policy for this stage, whole.
	Health *health.Policy `json:"health"`
	// Deadline is how long a move towards a step may go without progress before
	// OnFailure.Deadline follows. Default 10m.
	Deadline time.Duration `json:"deadline"`
	// GateDeadline is how long the gates of a step may stay closed, after it was kept,
	// before the rollout holds: more than any step bakes. Default none: what waits for
	// people waits for ever. It runs also while a window or a freeze of [Gates.During] is
	// waited for, but not while that makes the stage stand still.
	GateDeadline time.Duration `json:"gateDeadline"`
}

// Gates are the conditions of a stage.
type Gates struct {
	Entry []gate.Gate            `json:"entry"` // before the stage begins
	Step  []gate.Gate            `json:"step"`  // before every step is left
	Exit  []gate.Gate            `json:"exit"`  // before the stage is done, after the last step
	At    map[string][]gate.Gate `json:"at"`    // more of them, before the step of that name is left
	// During are conditions for the stage to go up at all, such as windows and freezes.
	// They are asked before the stage begins, as those of the entry, and then as they
	// declare ([gate.Closer]): one that lets it continue never again; one that lets it
	// finish, the default, also before every step is left, as those of the step; one that
	// pauses it also on the way. While that is not open the stage stands still where it
	// is, and what is wanted of it stays: nothing is added, no share is raised, no deadline
	// runs, and [Stage.Deadline] and [Stage.GateDeadline] begin anew when it opens. At a step
	// what runs is still measured and bakes on: only moving stops. Health is judged at all
	// times, and nothing here ever stops a way back.
	During []gate.Gate `json:"during"`
}

// FailurePolicy says what follows when a stage fails.
type FailurePolicy struct {
	// Deadline is what a missed [Stage.Deadline] asks for. Default hold.
	Deadline health.Reaction `json:"deadline"`
	// Rollback is which stages go back: only the failed one (default), or all that
	// were begun.
	Rollback RollbackScope `json:"rollback"`
}

// RollbackScope says which stages a rollback covers.
type RollbackScope string

// The scopes.
const (
	RollbackStage RollbackScope = "stage" // only the stage that failed
	RollbackAll   RollbackScope = "all"   // every stage that was begun
)
