//go:build unix

package probe

import (
	"errors"
	"slices"
	"syscall"
)

// local reports whether a connection could not be made because of this machine.
func local(err error) bool {
	no, ok := errors.AsType[syscall.Errno](err)
	return ok && slices.Contains([]syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL, syscall.ENETUNREACH, syscall.EACCES, syscall.EPERM,
	}, no)
}
