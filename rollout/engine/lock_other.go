//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package engine

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// flock refuses: without a lock that ends with its process two engines could write
// at once.
func flock(*os.File) error {
	return fmt.Errorf("a directory cannot be locked on %s, use another store: %w", runtime.GOOS, errors.ErrUnsupported)
}
