package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// Target is a place where instances run, and what splits traffic between them.
//
// The engine never calls a method of a target while a call of the same method has
// not returned; the two methods may run at the same time. A panic is an error.
type Target interface {
	// Observe says what is there, and never what was asked for; also if what was asked
	// for is there in part only, because the engine was killed on the way: nothing is
	// applied before a fleet was seen. Stage need not be set, and At only if what is
	// returned was seen before the call. The fence need not be set either: the engine
	// knows what it applied itself.
	Observe(ctx context.Context) (rollout.Observed, error)
	// Apply makes the fleet look like the want, or begins to and returns: the engine
	// repeats it until it is observed. It is absolute and idempotent. Of a version
	// with too many instances those that are not ready go first. A want whose fence
	// is before that of the last one accepted is refused with an error, if the
	// target can keep fences; within one engine none is applied, whatever it keeps.
	Apply(ctx context.Context, w rollout.Want) error
}

// Source measures signals.
type Source interface {
	// Sample returns the intervals that were closed since the last call. The asks
	// are all that the rollout wants measured: one that is no longer listed is
	// cancelled. A sample that is returned twice is harmless. Samples that are returned
	// with an error count: it is told, and says only that something is missing.
	Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error)
}

// Options say what an [Engine] works with. Only Targets are needed.
type Options struct {
	// Targets by [rollout.Stage.Target].
	Targets map[string]Target
	// Source measures the signals; nil if only readiness is judged. It is called for
	// every rollout on its own, so for several at once if several run: a source that
	// keeps something between two calls can serve one rollout only. SourceOf gives
	// each its own, and is used instead of Source if it is not nil; it is called by
	// Run, and must return at once.
	Source   Source
	SourceOf func(id string) Source
	// Store keeps the rollouts. Default [NewMemory].
	Store Store
	// Inbox takes orders. Default the store, if it is one; else there are none.
	Inbox Inbox
	// Facts returns what the host vouches for; nil if nothing. While it fails there
	// are no facts.
	Facts func(ctx context.Context) ([]gate.Vouched, error)
	// Epoch is what [rollout.Input] says of it; what this engine has applied already
	// raises it. Default the milliseconds of the clock when [Engine.Run] is called.
	Epoch uint64
	// Logger gets every event, and what fails. Default none.
	Logger *slog.Logger
	// Timeout of one call to code of the host. Default 10s.
	Timeout time.Duration
	// OnDecision, if not nil, is called after every decision, and after the save if
	// there was one, with the state it led to: for views. It must not change what it
	// is given, and the rollout waits for it until the timeout. While one call hangs
	// there is no other: then decisions go by unseen.
	OnDecision func(s rollout.State, in rollout.Input, out rollout.Output)
}

// Engine runs rollouts. It is safe for concurrent use.
type Engine struct {
	o       Options
	log     *slog.Logger
	targets map[string]*target
	facts   lane[[]gate.Vouched]

	mu      sync.Mutex
	running map[string]*seat
	epoch   uint64 // the highest that was given to a decision
}

// reserve returns an epoch that is at least n and was given to nobody: of rollouts that
// begin at one instant on one target, one is the later.
func (e *Engine) reserve(n uint64) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.epoch = max(e.epoch+1, n)
	return e.epoch
}

// target is a host's target with its two lanes.
type target struct {
	Target
	observe lane[rollout.Observed]
	apply   lane[struct{}]

	mu    sync.Mutex
	fence rollout.Fence // the highest that this engine was to apply
}

// follow notes the fence of a want that is to be applied, and returns the highest so
// far: a want before that is of a rollout that others have followed.
func (t *target) follow(f rollout.Fence) rollout.Fence {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fence.Before(f) {
		t.fence = f
	}
	return t.fence
}

// seat is kept for every rollout that ran in this engine: a source that hung when
// its rollout ended is not called again by the next.
type seat struct {
	taken   bool
	wake    chan struct{}
	sample  lane[[]health.Sample]
	pending lane[[]rollout.Command]
	ack     lane[struct{}]
	view    lane[struct{}]
}

// busy says whether a call still hangs.
func (s *seat) busy() bool {
	return s.sample.busy() != nil || s.pending.busy() != nil || s.ack.busy() != nil || s.view.busy() != nil
}

// New returns an engine. Nothing is called before [Engine.Run].
func New(o Options) (*Engine, error) {
	if len(o.Targets) == 0 {
		return nil, errors.New("engine: no targets")
	}
	e := &Engine{targets: map[string]*target{}, running: map[string]*seat{}}
	for _, name := range slices.Sorted(maps.Keys(o.Targets)) {
		if o.Targets[name] == nil {
			return nil, fmt.Errorf("engine: target %q is nil", name)
		}
		e.targets[name] = &target{Target: o.Targets[name]}
	}
	switch {
	case o.Timeout < 0:
		return nil, fmt.Errorf("engine: timeout %v: must not be negative", o.Timeout)
	case o.Timeout == 0:
		o.Timeout = 10 * time.Second
	}
	if o.Store == nil {
		o.Store = NewMemory()
	}
	if o.Inbox == nil {
		o.Inbox, _ = o.Store.(Inbox)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e.o, e.log = o, o.Logger
	return e, nil
}

// Run drives a rollout until it is done and returns its last saved state. It goes
// on where the store says that it stands. When ctx ends it returns the error of
// ctx; nothing is torn down, and the next Run goes on.
//
// Nothing is done at all, and the error says why, if the state belongs to another
// plan, a target of the plan is missing, or the rollout runs elsewhere. An error
// later on means that the engine had to let go of the rollout: another one saves
// it ([ErrConflict]), or what was saved cannot be read ([ErrCorrupt]). A store that
// fails otherwise is tried again until ctx ends; meanwhile nothing is applied.
//
// Rollouts with different ids may run at the same time.
func (e *Engine) Run(ctx context.Context, id string, m *rollout.Machine) (rollout.State, error) {
	if m == nil {
		return rollout.State{}, fmt.Errorf("engine: run %q: no machine", id)
	}
	e.warnNever(id, m)
	return e.drive(ctx, id, m, rollout.NewRecord)
}

// warnNever tells of gates that the calendar never opens, before anybody waits for them.
func (e *Engine) warnNever(id string, m *rollout.Machine) {
	for _, s := range m.Plan().Stages {
		for _, f := range m.LintGates(s.Name, time.Now()) {
			if f.Never {
				e.log.Warn(f.Text, "rollout", id, "stage", s.Name, "gates", f.Path)
			}
		}
	}
}

// Submit gives an order to a rollout and wakes it. It returns when the order is in
// the inbox; an event says later what came of it. An order to a rollout that has
// ended stays there and changes nothing, unless it is one to retry.
func (e *Engine) Submit(ctx context.Context, id string, c rollout.Command) error {
	if e.o.Inbox == nil {
		return fmt.Errorf("engine: submit to %q: there is no inbox", id)
	}
	if err := e.o.Inbox.Submit(ctx, id, c); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	e.Wake(id)
	return nil
}

// Wake makes a rollout look at the world now: something happened. It is harmless
// at any time, and does nothing if the rollout does not run here.
func (e *Engine) Wake(id string) {
	e.mu.Lock()
	s := e.running[id]
	e.mu.Unlock()
	if s == nil {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sit reserves the rollout within this engine.
func (e *Engine) sit(id string) (*seat, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.running[id]
	if s == nil {
		s = &seat{wake: make(chan struct{}, 1)}
		e.running[id] = s
	}
	if s.taken {
		return nil, fmt.Errorf("%w: it runs in this engine already", ErrLocked)
	}
	s.taken = true
	return s, nil
}

// stand gives the seat back, and forgets it unless a call still hangs on it.
func (e *Engine) stand(id string, s *seat) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s.taken = false
	if !s.busy() {
		delete(e.running, id)
	}
}
