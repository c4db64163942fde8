package pgserver

import "syscall"

// tie ends a server at once when the thread that started it ends.
func tie(attr *syscall.SysProcAttr) { attr.Pdeathsig = signalEnd }
