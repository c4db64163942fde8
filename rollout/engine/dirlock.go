package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// errTaken is a lock that somebody else has.
var errTaken = errors.New("taken")

// acquire locks a rollout against other writers. Closing the file, or the end of the
// process, frees it; the file itself stays, for removing it could let two in.
func (d *Dir) acquire(id string) (*os.File, error) {
	if err := d.makeDir(d.path(id)); err != nil {
		return nil, err
	}
	path := d.path(id, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		who := holder(f)
		f.Close()
		if errors.Is(err, errTaken) {
			return nil, fmt.Errorf("%w: %s is held by %s; it is free when that ends: removing the file would let two write", ErrLocked, path, who)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := d.holds(id, f); err != nil { // it was removed just now
		f.Close()
		return nil, err
	}
	// Only words for whoever finds it locked; the lock does not depend on them.
	host, _ := os.Hostname()
	_ = f.Truncate(0)
	_, _ = f.WriteAt(fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0)
	return f, nil
}

// holds refuses to write under a lock whose file is not there any more: somebody else
// may have taken the new one.
func (d *Dir) holds(id string, f *os.File) error {
	path := d.path(id, lockFile)
	there, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	held, errHeld := f.Stat()
	if errHeld != nil {
		return errHeld
	}
	if err != nil || !os.SameFile(there, held) {
		return fmt.Errorf("%w: %s was removed while it was held, and another may write now: end all engines of this rollout and start one, and never remove the file",
			ErrLocked, path)
	}
	return nil
}

// holder reads who has a lock.
func holder(f *os.File) string {
	text, err := io.ReadAll(io.LimitReader(f, 300))
	if s := strings.TrimSpace(string(text)); err == nil && s != "" {
		return s
	}
	return "another process"
}
