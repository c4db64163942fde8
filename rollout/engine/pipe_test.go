//go:build darwin || linux

package engine

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// TestPipeInInbox: what is no file is not opened, for that could wait for ever.
func TestPipeInInbox(t *testing.T) {
	root := t.TempDir()
	d := openDir(t, root)
	must(t, d.Submit(t.Context(), "r", command("1", rollout.Pause)))
	must(t, syscall.Mkfifo(filepath.Join(root, "r", inboxDir, "0000000000000000001-"+tagOf("a")+orderSuffix), 0o644))
	p, err := d.Pending(t.Context(), "r")
	if len(p) != 1 || !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v, %v", p, err)
	}
}
