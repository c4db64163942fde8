package exposure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// File is a [Store] in a file of JSON. It is replaced as a whole, so that whoever reads it
// never sees half of it, and keeps its permissions. Where the path is a symbolic link it is
// what that leads to that is replaced, and the link stays.
//
// Programs that save by a File exclude each other by a lock on a file beside it, named with
// .lock at the end; who finds it taken waits for a second at most. Whoever else writes the file, an editor, may do so in the instant
// between a look at it and its replacement, and loses what was written; where there is no
// flock (Windows, Solaris, AIX) so may two programs. The exposure is then seen to be
// another one, and set again.
type File struct{ Path string }

// Load implements [Store].
func (f File) Load(context.Context) ([]byte, string, error) {
	data, err := os.ReadFile(f.Path)
	return data, revision(data), err
}

// Save implements [Store].
func (f File) Save(ctx context.Context, data []byte, rev string) error {
	path, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return err
	}
	f.Path = path
	unlock, err := f.lock(ctx)
	if err != nil {
		return fmt.Errorf("lock %s: %w", f.Path, err)
	}
	defer unlock()
	info, err := os.Stat(f.Path)
	if err != nil {
		return err
	}
	switch _, now, err := f.Load(ctx); {
	case err != nil:
		return err
	case now != rev:
		return fmt.Errorf("save %s: %w", f.Path, ErrConflict)
	}
	dir, name := filepath.Split(f.Path)
	if dir == "" {
		dir = "."
	}
	next, err := os.CreateTemp(dir, name+".*.new")
	if err != nil {
		return err
	}
	defer os.Remove(next.Name()) // after a rename it is not there
	if err := fill(next, data, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(next.Name(), f.Path)
}

// lock waits for the lock, which others hold for the time of one save.
func (f File) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for {
		if err := ctx.Err(); errors.Is(err, context.Canceled) {
			return nil, err
		}
		if unlock, err = lock(f.Path + ".lock"); !errors.Is(err, ErrConflict) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// fill writes what must be on the disk before it takes the place of the old.
func fill(f *os.File, data []byte, mode os.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if shut := f.Close(); err == nil {
		err = shut
	}
	return err
}
