package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// Dir is a [Store] and an [Inbox] in a directory, for one engine per rollout on one
// machine. It survives the end of the process at any instant, and the loss of power
// as far as the disk keeps what was synced. Each rollout has a directory of its own:
//
//	<id>/state.json     the newest state, with a checksum; replaced as a whole,
//	                    by what is written to state.json.new
//	<id>/journal.jsonl  one record per line; only appended to, behind the part that
//	                    the state speaks of: the rest is of a save that was cut off
//	<id>/inbox/         one file per order that was not acknowledged
//	<id>/lock           locked while an engine runs the rollout; says which process.
//	                    Never remove it: an engine whose lock file is gone ends
//
// Whoever may write to the directories may give orders while an engine runs, and
// whoever may read them sees everything. A file that is not what
// this package wrote is refused by name with [ErrCorrupt], and never overwritten.
//
// It needs flock: on systems without it (Windows, Solaris, AIX) reading and orders
// work, saving is refused.
type Dir struct {
	root string
	// step, if not nil, is asked before every change of the file system: tests end
	// a save there, as a crash would.
	step func(what string) error

	mu      sync.Mutex
	writers map[string]*writer
}

// writer is the one place in this process that changes a rollout's files.
type writer struct {
	mu   sync.Mutex
	held *os.File // the lock that was taken by Lock; nil if none was
}

// OpenDir opens a store in a directory, which is made if it is not there.
func OpenDir(path string) (*Dir, error) {
	root, err := filepath.Abs(path)
	if err == nil {
		err = makeAll(root)
	}
	if err != nil {
		return nil, fmt.Errorf("engine: open store: %w", err)
	}
	return &Dir{root: root, writers: map[string]*writer{}}, nil
}

func (d *Dir) path(id string, name ...string) string {
	return filepath.Join(append([]string{d.root, id}, name...)...)
}

func (d *Dir) writer(id string) *writer {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.writers[id]
	if w == nil {
		w = &writer{}
		d.writers[id] = w
	}
	return w
}

// Load implements [Store].
func (d *Dir) Load(ctx context.Context, id string) (rollout.State, error) {
	s, err := d.load(id)
	return s.state, wrap("load", id, err)
}

// Save implements [Store]. Without the lock of [Dir.Lock] it takes one for the
// duration of the call.
func (d *Dir) Save(ctx context.Context, id string, prev uint64, next rollout.State, r rollout.Record) error {
	if err := CheckID(id); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	w := d.writer(id)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held != nil {
		if err := d.holds(id, w.held); err != nil {
			return wrap("save", id, err)
		}
	} else {
		f, err := d.acquire(id)
		if err != nil {
			return wrap("save", id, err)
		}
		defer f.Close()
	}
	return wrap("save", id, d.save(id, prev, next, r))
}

// Lock implements [Locker]. It reads the whole journal once: a damaged one is not
// added to.
func (d *Dir) Lock(ctx context.Context, id string) (unlock func(), err error) {
	if err := CheckID(id); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	w := d.writer(id)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held != nil {
		return nil, fmt.Errorf("%w: %s is held by this process", ErrLocked, d.path(id, lockFile))
	}
	f, err := d.acquire(id)
	if err != nil {
		return nil, wrap("lock", id, err)
	}
	s, err := d.load(id)
	if err == nil {
		err = sumJournal(d.path(id, journalFile), s)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		f.Close()
		return nil, wrap("lock", id, err)
	}
	d.sweep(id)
	w.held = f
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.held = nil
		f.Close()
	}), nil
}

// Journal returns the records of all saves, oldest first.
func (d *Dir) Journal(ctx context.Context, id string) ([]rollout.Record, error) {
	s, err := d.load(id)
	if err != nil {
		return nil, wrap("journal of", id, err)
	}
	records, err := readJournal(d.path(id, journalFile), s)
	return records, wrap("journal of", id, err)
}

// List returns the ids of all rollouts that were saved, sorted.
func (d *Dir) List(ctx context.Context) ([]string, error) {
	entries, err := os.ReadDir(d.root)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if !e.IsDir() || CheckID(e.Name()) != nil {
			continue
		}
		switch _, err := os.Lstat(d.path(e.Name(), stateFile)); {
		case err == nil:
			ids = append(ids, e.Name())
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("list: %w", err)
		}
	}
	return ids, nil
}

// change asks whether to go on with a change of the file system.
func (d *Dir) change(what string) error {
	if d.step == nil {
		return nil
	}
	return d.step(what)
}

// makeDir makes a directory of a rollout that is to be there after a crash too.
func (d *Dir) makeDir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := d.change("make directory"); err != nil {
		return err
	}
	return makeAll(path)
}

// makeAll makes a directory that is to be there after a crash too.
func makeAll(path string) error {
	parent := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() || parent == path {
		return err
	}
	if err := makeAll(parent); err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return syncDir(parent)
}

// syncDir makes what was made, renamed or removed in a directory permanent. On
// Windows a directory cannot be synced.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func wrap(what, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", what, id, err)
}
