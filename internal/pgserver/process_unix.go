//go:build unix && !linux

package pgserver

import "syscall"

// tie does nothing: here a server outlives a process that is killed.
func tie(*syscall.SysProcAttr) {}
