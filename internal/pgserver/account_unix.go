//go:build unix

package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

const supported = true

// signalEnd is an immediate shutdown: the data is thrown away anyway.
const signalEnd = syscall.SIGQUIT

// identity is who a server runs as; nil is who we are.
type identity struct{ uid, gid uint32 }

// account returns whom to become: nobody else, unless we are root, as whom PostgreSQL refuses to run.
func account() (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &identity{uint32(uid), uint32(gid)}, nil
	}
	return nil, fmt.Errorf("%w (root may not run one, and there is no user postgres)", ErrNone)
}

// become lets a command run as id, in a process group of its own, so that an interrupt typed at a terminal does not
// reach it before us.
func become(cmd *exec.Cmd, id *identity) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if id != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: id.uid, Gid: id.gid}
	}
	tie(cmd.SysProcAttr)
}

const (
	prefix   = "gradatim-pg-"
	lockName = "lock"
)

// home makes a directory that belongs to id, with a locked file in it for as long as we live. The file is locked before
// it has its name, so that sweep never finds it unlocked.
func home(id *identity) (string, *os.File, error) {
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return "", nil, err
	}
	file, err := os.Create(filepath.Join(dir, "new"))
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, lockName))
	}
	if err == nil && id != nil {
		err = os.Chown(dir, int(id.uid), int(id.gid))
	}
	if err != nil {
		return "", nil, errors.Join(err, file.Close(), os.RemoveAll(dir))
	}
	return dir, file, nil
}

// sweep removes what processes left that were killed: directories of ours whose lock nobody holds. It never fails:
// what it cannot remove stays.
func sweep(dir string) {
	locks, _ := filepath.Glob(filepath.Join(dir, prefix+"*", lockName)) // the pattern is well-formed
	for _, name := range locks {
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(filepath.Dir(name))
		}
		_ = file.Close()
	}
}
