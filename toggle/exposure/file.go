package exposure

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// File is a [Store] in a file of JSON. It is replaced as a whole, so that whoever reads it
// never sees half of it, and keeps its permissions.
//
// Programs that save by a File exclude each other by a lock on a file beside it, named with
// .lock at the end. Whoever else writes the file, an editor, may do so in the instant
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
	unlock, err := lock(f.Path + ".lock")
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
