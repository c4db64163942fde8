//go:build !(darwin || freebsd || linux || netbsd || openbsd)

package main

import "os"

// terminalSize finds no terminal: what is printed is then one line per event.
func terminalSize(*os.File) (columns, rows int, ok bool) { return 0, 0, false }
