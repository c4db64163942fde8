package exposure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
)

// ErrConflict is what a [Store] says if other flags were saved since they were loaded.
var ErrConflict = errors.New("other flags were saved meanwhile")

// Store is where the flags are kept, as a [toggle.Set] in JSON. It is safe for concurrent
// use, and heeds its context.
type Store interface {
	// Load returns the flags, and which revision they are.
	Load(ctx context.Context) (data []byte, revision string, err error)
	// Save replaces the flags if they still are of that revision; else the error is
	// ErrConflict, and nothing is saved.
	Save(ctx context.Context, data []byte, revision string) error
}

// Memory is a [Store] that forgets everything with the process: for tests, and in front of
// what has a revision of its own.
type Memory struct {
	mu    sync.Mutex
	data  []byte
	saved func(data []byte)
}

// NewMemory returns a store of these flags. If saved is not nil it is called with every
// change, one at a time and in their order: the flags of a running program are set by it.
// It must not call the store.
func NewMemory(data []byte, saved func(data []byte)) *Memory {
	return &Memory{data: slices.Clone(data), saved: saved}
}

// Load implements [Store].
func (m *Memory) Load(context.Context) ([]byte, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.data), revision(m.data), nil
}

// Save implements [Store].
func (m *Memory) Save(_ context.Context, data []byte, rev string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if rev != revision(m.data) {
		return ErrConflict
	}
	m.data = slices.Clone(data)
	if m.saved != nil {
		m.saved(slices.Clone(data))
	}
	return nil
}

// revision names flags by what they say: who saves the same again changes nothing.
func revision(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
