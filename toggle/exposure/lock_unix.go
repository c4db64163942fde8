//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package exposure

import (
	"errors"
	"os"
	"syscall"
)

// lock takes a lock that ends with the process at the latest. It is ErrConflict while
// somebody else has it.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { _ = f.Close() }, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			_ = f.Close()
			return nil, ErrConflict
		default:
			_ = f.Close()
			return nil, err
		}
	}
}
