package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// Memory is a [Store] and an [Inbox] that forgets everything with the process: for
// tests, and for tools that need no restart. What goes in and what comes out are
// copies.
type Memory struct {
	mu       sync.Mutex
	rollouts map[string]*kept
}

// kept is one rollout. It holds text, as other stores do, so that nothing of it is
// shared with the caller and a state that could not be read back is found at once.
type kept struct {
	rev     uint64
	state   []byte // nil if none was saved
	journal [][]byte
	orders  []order
	news    chan struct{}
}

type order struct {
	id   string
	text []byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{rollouts: map[string]*kept{}} }

func (s *Memory) get(id string) *kept {
	k := s.rollouts[id]
	if k == nil {
		k = &kept{news: make(chan struct{}, 1)}
		s.rollouts[id] = k
	}
	return k
}

// Load implements [Store].
func (s *Memory) Load(ctx context.Context, id string) (rollout.State, error) {
	s.mu.Lock()
	var text []byte
	if k := s.rollouts[id]; k != nil {
		text = k.state
	}
	s.mu.Unlock()
	if text == nil {
		return rollout.State{}, fmt.Errorf("load %q: %w", id, ErrNotFound)
	}
	return decodeState(text)
}

// Save implements [Store].
func (s *Memory) Save(ctx context.Context, id string, prev uint64, next rollout.State, r rollout.Record) error {
	if err := CheckID(id); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	if err := checkStep(prev, next, r); err != nil {
		return fmt.Errorf("save %q: %w", id, err)
	}
	state, err := encodeState(next)
	if err == nil {
		_, err = decodeState(state)
	}
	if err != nil {
		return fmt.Errorf("save %q: %w", id, err)
	}
	record, err := encodeRecord(r)
	if err != nil {
		return fmt.Errorf("save %q: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.get(id)
	if k.rev != prev {
		return fmt.Errorf("save %q: %w: it has revision %d, not %d", id, ErrConflict, k.rev, prev)
	}
	k.rev, k.state, k.journal = next.Rev, state, append(k.journal, record)
	return nil
}

// Journal returns the records of all saves, oldest first.
func (s *Memory) Journal(ctx context.Context, id string) ([]rollout.Record, error) {
	s.mu.Lock()
	var texts [][]byte
	if k := s.rollouts[id]; k != nil {
		texts = slices.Clone(k.journal)
	}
	s.mu.Unlock()
	if texts == nil {
		return nil, fmt.Errorf("journal of %q: %w", id, ErrNotFound)
	}
	records := make([]rollout.Record, len(texts))
	for i, text := range texts {
		var err error
		if records[i], err = decodeRecord(text); err != nil {
			return nil, fmt.Errorf("journal of %q: record %d: %w", id, i+1, err)
		}
	}
	return records, nil
}

// List returns the ids of all rollouts that were saved, sorted.
func (s *Memory) List(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.Sorted(maps.Keys(s.rollouts))
	return slices.DeleteFunc(ids, func(id string) bool { return s.rollouts[id].state == nil }), nil
}

// Submit implements [Inbox].
func (s *Memory) Submit(ctx context.Context, id string, c rollout.Command) error {
	if err := CheckID(id); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	text, err := encodeOrder(c)
	if err != nil {
		return fmt.Errorf("submit to %q: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.get(id)
	if !slices.ContainsFunc(k.orders, func(o order) bool { return o.id == c.ID }) {
		k.orders = append(k.orders, order{c.ID, text})
	}
	select {
	case k.news <- struct{}{}:
	default:
	}
	return nil
}

// Pending implements [Inbox].
func (s *Memory) Pending(ctx context.Context, id string) ([]rollout.Command, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.rollouts[id]
	if k == nil {
		return nil, nil
	}
	commands := make([]rollout.Command, len(k.orders))
	for i, o := range k.orders {
		var err error
		if commands[i], err = decodeOrder(o.text); err != nil {
			return nil, fmt.Errorf("orders of %q: %w", id, err)
		}
	}
	return commands, nil
}

// Ack implements [Inbox].
func (s *Memory) Ack(ctx context.Context, id string, commands []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.rollouts[id]; k != nil {
		k.orders = slices.DeleteFunc(k.orders, func(o order) bool { return slices.Contains(commands, o.id) })
	}
	return nil
}

// Notify implements [Notifier].
func (s *Memory) Notify(id string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(id).news
}
