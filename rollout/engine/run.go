package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// decider is what the loop needs of a [rollout.Machine].
type decider interface {
	Plan() rollout.Plan
	Check(s rollout.State) error
	Decide(s rollout.State, in rollout.Input) (rollout.State, rollout.Output)
}

// run is one rollout while it runs.
type run struct {
	*Engine
	id     string
	m      decider
	record func(in rollout.Input, next rollout.State, out rollout.Output) (rollout.Record, error)
	plan   rollout.Plan
	seat   *seat
	source Source
	log    *complainer
	epoch  uint64

	state   rollout.State // the newest that is known to be saved
	attempt rollout.State // the last that was saved with an error: it may be saved all the same
	ended   bool          // it was terminal when it was loaded: its fleets may belong to others now
	samples []health.Sample
	pending []rollout.Command
	more    bool // orders wait that were too much for one decision
	asked   bool
	applied map[string]*applied // by stage
}

// The pace of the loop. Whatever a machine says, it neither spins nor sleeps for
// ever: facts have no other way to be noticed.
const (
	minSleep     = 10 * time.Millisecond
	maxSleep     = time.Minute
	inboxPoll    = time.Second
	maxBackoff   = 10 * time.Second
	maxConflicts = 5
	farewell     = time.Second // how long calls may take to heed the end of ctx
)

func (e *Engine) drive(
	ctx context.Context, id string, m decider,
	record func(rollout.Input, rollout.State, rollout.Output) (rollout.Record, error),
) (s rollout.State, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("engine: run %q: %w", id, err)
		}
	}()
	if err := errors.Join(CheckID(id), ctx.Err()); err != nil {
		return rollout.State{}, err
	}
	r := &run{
		Engine: e, id: id, m: m, record: record, plan: m.Plan(), source: e.o.Source, epoch: e.o.Epoch,
		log: &complainer{log: e.log.With("rollout", id), last: map[string]complaint{}}, applied: map[string]*applied{},
	}
	if err := r.checkTargets(); err != nil {
		return rollout.State{}, err
	}
	if r.seat, err = e.sit(id); err != nil {
		return rollout.State{}, err
	}
	defer e.stand(id, r.seat)
	if l, ok := e.o.Store.(Locker); ok {
		unlock, err := l.Lock(ctx, id)
		if err != nil {
			return rollout.State{}, err
		}
		defer unlock()
	}
	if err := r.load(ctx); err != nil {
		return rollout.State{}, err
	}
	if e.o.SourceOf != nil {
		r.source = e.o.SourceOf(id)
	}
	if r.epoch == 0 {
		r.epoch = uint64(max(0, time.Now().UnixMilli()))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer r.depart()
	defer cancel()
	err = r.loop(ctx)
	return r.state, err
}

func (r *run) checkTargets() error {
	var errs []error
	for _, s := range r.plan.Stages {
		if r.targets[s.Target] == nil {
			errs = append(errs, fmt.Errorf("stage %q: no target %q", s.Name, s.Target))
		}
	}
	return errors.Join(errs...)
}

// load reads the state, and refuses one of another plan.
func (r *run) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	s, err := r.o.Store.Load(ctx, r.id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	if err := r.m.Check(s); err != nil {
		return err
	}
	r.state, r.ended = s, s.Outcome != ""
	r.heed()
	return nil
}

// heed takes from the state which targets follow later rollouts: also after a restart,
// and when a target has forgotten it, nothing is applied there.
func (r *run) heed() {
	for i := range r.state.Stages {
		if st := &r.state.Stages[i]; st.Follows > st.Epoch {
			r.targets[r.plan.Stages[i].Target].follow(rollout.Fence{Epoch: st.Follows})
		}
	}
}

// loop is the contract of [rollout.Machine.Decide]: observe, decide, save, apply,
// sleep.
func (r *run) loop(ctx context.Context) error {
	var conflicts int
	var backoff time.Duration
	for {
		in := r.look(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		out, err := r.decide(ctx, in)
		switch {
		case err == nil:
			conflicts, backoff = 0, 0
		case errors.Is(err, ErrConflict):
			if conflicts++; conflicts >= maxConflicts {
				return fmt.Errorf("another engine runs this rollout: %w", err)
			}
			err = r.reload(ctx)
		}
		if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrLocked) || errors.Is(err, errForeign) {
			return err
		}
		if err != nil {
			r.log.warn("store", err)
			backoff = min(max(2*backoff, minSleep), maxBackoff)
		}
		if err != nil || conflicts > 0 {
			if err := r.pause(ctx, max(backoff, minSleep)); err != nil {
				return err
			}
			continue
		}
		r.ack(ctx)
		r.report(ctx, in, out)
		if out.Done && r.ended {
			return nil
		}
		wake := r.apply(ctx, in.Fleets, out)
		if out.Done && r.settled(in.Fleets) {
			return nil
		}
		if r.more && out.Save {
			wake = time.Now()
		}
		if err := r.sleep(ctx, wake); err != nil {
			return err
		}
	}
}

// decide calls the machine and saves what it decided. The state of the run is
// changed only by a save, so that a crash at any instant changes nothing.
func (r *run) decide(ctx context.Context, in rollout.Input) (rollout.Output, error) {
	next, out := r.m.Decide(r.state, in)
	if !out.Save {
		r.samples = nil
		return out, nil
	}
	record, err := r.record(in, next, out)
	if err != nil {
		r.samples = nil // one of them may be why; without evidence nothing is promoted
		return out, fmt.Errorf("record: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	if err := r.o.Store.Save(ctx, r.id, r.state.Rev, next, record); err != nil {
		switch {
		case errors.Is(err, errLost):
			r.samples = nil
		case !errors.Is(err, ErrConflict):
			r.attempt = next
		}
		return out, err
	}
	r.state, r.attempt, r.ended, r.samples = next, rollout.State{}, false, nil
	r.heed()
	return out, nil
}

// errForeign is a state that changed its plan or vanished under the engine.
var errForeign = errors.New("the saved state is not that of this rollout any more")

// reload fetches the state that won. What it wants is applied by whoever saved it,
// and here only if it is not observed for a while: the other engine may have died.
func (r *run) reload(ctx context.Context) error {
	before := r.state
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	s, err := r.o.Store.Load(ctx, r.id)
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%w: it was removed", errForeign)
	}
	if err != nil {
		return err
	}
	if err := r.m.Check(s); err != nil {
		return fmt.Errorf("%w: %w", errForeign, err)
	}
	if s.Rev < before.Rev {
		return fmt.Errorf("%w: revision %d after %d", errForeign, s.Rev, before.Rev)
	}
	r.state = s
	r.heed()
	if !same(s, r.attempt) { // else our own save went through, and only its answer was lost
		r.ended = s.Outcome != ""
		r.yield()
	}
	return nil
}

func same(a, b rollout.State) bool {
	if a.Rev != b.Rev || a.Rev == 0 {
		return false
	}
	x, errX := encodeState(a)
	y, errY := encodeState(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// ack removes the orders that are on record now.
func (r *run) ack(ctx context.Context) {
	var ids []string
	for _, c := range r.pending {
		if slices.Contains(r.state.Taken, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	err := r.seat.ack.do(ctx, r.o.Timeout, func(ctx context.Context) error { return r.o.Inbox.Ack(ctx, r.id, ids) })
	if err != nil && ctx.Err() == nil {
		r.log.warn("inbox", err)
	}
}

// report tells the log and the host.
func (r *run) report(ctx context.Context, in rollout.Input, out rollout.Output) {
	for _, e := range out.Events {
		if !out.Save {
			break // nothing that is not on record was decided
		}
		level := slog.LevelInfo
		switch e.Kind {
		case rollout.EventTrouble, rollout.EventHold, rollout.EventRollback, rollout.EventRefused, rollout.EventOverload:
			level = slog.LevelWarn
		}
		r.log.event(level, e)
	}
	if r.o.OnDecision == nil {
		return
	}
	s := r.state
	err := r.seat.view.do(ctx, r.o.Timeout, func(context.Context) error {
		r.o.OnDecision(s, in, out)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		r.log.warn("view", err)
	}
}
