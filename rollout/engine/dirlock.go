package engine

import (
	"errors"
	"fmt"
	"io"
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
			return nil, fmt.Errorf("%w: %s is held by %s", ErrLocked, path, who)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	// Only words for whoever finds it locked; the lock does not depend on them.
	host, _ := os.Hostname()
	_ = f.Truncate(0)
	_, _ = f.WriteAt(fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0)
	return f, nil
}

// holder reads who has a lock.
func holder(f *os.File) string {
	text, err := io.ReadAll(io.LimitReader(f, 300))
	if s := strings.TrimSpace(string(text)); err == nil && s != "" {
		return s
	}
	return "another process"
}
