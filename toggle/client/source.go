package client

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// maxBytes is the largest set that a source of this package gives: what toggle reads.
const maxBytes = 64 << 20

// Source says what the flags are. It is asked by one goroutine at a time.
type Source interface {
	// Fetch gives the set as it is now. The revision is that of the last Fetched that was
	// taken, and empty if there was none. Fetch must end when ctx does.
	Fetch(ctx context.Context, revision string) (Fetched, error)
}

// Watcher is a source that knows of changes. The client asks it at once then, and not only
// when it would have anyway.
type Watcher interface {
	Source
	// Changed returns a channel that is closed at the next change. It is called before a
	// Fetch, so that no change between the two is missed.
	Changed() <-chan struct{}
}

// Fetched is what a source says.
type Fetched struct {
	// Data is a flag set, as JSON.
	Data []byte
	// Revision names what Data is to the source: an ETag, a hash. Empty is a source that
	// has none.
	Revision string
	// Unchanged confirms what was fetched at the revision asked for. Data is not read.
	Unchanged bool
}

// Memory is a source in memory. The zero value has an empty set. It is safe for concurrent
// use, by any number of clients.
type Memory struct {
	mu       sync.Mutex
	data     []byte
	revision uint64
	err      error
	changed  chan struct{}
}

// Set makes data the set, and tells the clients. It keeps no reference to data.
func (m *Memory) Set(data []byte) {
	m.change(func() { m.data, m.err = slices.Clone(data), nil })
}

// Store is Set for a set in Go. An error is one of toggle.Set.MarshalJSON, and changes nothing.
func (m *Memory) Store(s toggle.Set) error {
	data, err := s.MarshalJSON()
	if err == nil {
		m.Set(data)
	}
	return err
}

// Fail makes every Fetch fail with err, until the next Set or Store. A nil err is an error too.
func (m *Memory) Fail(err error) {
	if err == nil {
		err = errors.New("the source fails")
	}
	m.change(func() { m.err = err })
}

func (m *Memory) change(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do()
	m.revision++
	if m.changed != nil {
		close(m.changed)
		m.changed = nil
	}
}

// Changed is for Watcher.
func (m *Memory) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changed == nil {
		m.changed = make(chan struct{})
	}
	return m.changed
}

// Fetch is for Source.
func (m *Memory) Fetch(ctx context.Context, revision string) (Fetched, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.err); err != nil {
		return Fetched{}, err
	}
	data := m.data
	if data == nil {
		data = []byte("{}")
	}
	r := "memory-" + strconv.FormatUint(m.revision, 10)
	return Fetched{Data: data, Revision: r, Unchanged: r == revision}, nil
}
