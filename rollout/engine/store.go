package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// Store keeps rollouts: for each the newest state, and the journal of how it came
// about. It is safe for concurrent use, and heeds its context: unlike a target, a
// store that hangs or panics takes its rollouts with it. [NewMemory] and [OpenDir] make one.
type Store interface {
	// Load returns the newest saved state. The error is ErrNotFound if there is none.
	Load(ctx context.Context, id string) (rollout.State, error)
	// Save replaces the state and appends the record in one atom: whatever happens
	// meanwhile, both are saved or neither is. Prev is the Rev of the state that next
	// was decided from; the error is ErrConflict, and nothing is saved, if another
	// state was saved since. After any other error either may be the case: load.
	Save(ctx context.Context, id string, prev uint64, next rollout.State, r rollout.Record) error
}

// Inbox takes the orders of operators, also from another process. It is safe for
// concurrent use.
type Inbox interface {
	// Submit adds an order. Doing it twice with one ID is harmless.
	Submit(ctx context.Context, id string, c rollout.Command) error
	// Pending returns the orders that were not acknowledged, in the order in which
	// they were given. What could be read is returned together with an error about
	// what could not.
	Pending(ctx context.Context, id string) ([]rollout.Command, error)
	// Ack removes the orders with these IDs: their effect is saved.
	Ack(ctx context.Context, id string, commands []string) error
}

// Notifier is what an [Inbox] may be too. The channel gets a value after every
// Submit, wherever it came from; one value may stand for several. An inbox that
// cannot promise this is asked once a second instead. Notify returns at once.
type Notifier interface {
	Notify(id string) <-chan struct{}
}

// Locker is what a [Store] may be too: [Engine.Run] takes the lock before it
// touches anything, and gives it back at its end. The error is ErrLocked if another
// has it. A lock must end with the process that took it.
type Locker interface {
	Lock(ctx context.Context, id string) (unlock func(), err error)
}

// What a store may say. Test with errors.Is.
var (
	ErrNotFound = errors.New("no such rollout")
	ErrConflict = errors.New("another state was saved meanwhile")
	ErrLocked   = errors.New("locked")
	// ErrCorrupt is what was saved and cannot be read: a person has to look.
	ErrCorrupt = errors.New("unreadable")
)

// CheckID reports whether a rollout may have this id: 1 to 100 letters, digits,
// dots, underscores and hyphens, and neither "." nor "..".
func CheckID(id string) error {
	bad := len(id) == 0 || len(id) > 100 || id == "." || id == ".."
	for i := 0; i < len(id) && !bad; i++ {
		c := id[i]
		bad = !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-')
	}
	if bad {
		return fmt.Errorf("rollout id %.120q: must be 1 to 100 letters, digits, dots, underscores and hyphens", id)
	}
	return nil
}

// checkCommand refuses an order that could not be told from another.
func checkCommand(c rollout.Command) error {
	switch {
	case c.ID == "":
		return errors.New("an order needs an ID, so that giving it twice is harmless")
	case len(c.ID) > 200:
		return fmt.Errorf("order ID %.40q...: must be at most 200 bytes", c.ID)
	case c.Kind == "":
		return fmt.Errorf("order %q: has no kind", c.ID)
	}
	return nil
}

// checkStep refuses a save that would leave a gap in the journal.
func checkStep(prev uint64, next rollout.State, r rollout.Record) error {
	if next.Rev != prev+1 || r.Rev != next.Rev {
		return fmt.Errorf("state %d with record %d does not follow state %d", next.Rev, r.Rev, prev)
	}
	return nil
}

// without returns the orders whose IDs are not listed.
func without(commands []rollout.Command, ids []string) []rollout.Command {
	return slices.DeleteFunc(slices.Clone(commands), func(c rollout.Command) bool { return slices.Contains(ids, c.ID) })
}
