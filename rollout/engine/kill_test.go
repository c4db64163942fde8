//go:build unix

package engine

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

const killEnv = "GRADATIM_TEST_SAVES_IN"

// TestMain is also the program that TestKill kills.
func TestMain(m *testing.M) {
	if root := os.Getenv(killEnv); root != "" {
		saveForEver(root)
	}
	os.Exit(m.Run())
}

// saveForEver saves as fast as it can and says what was acknowledged.
func saveForEver(root string) {
	fail := func(err error) {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	d, err := OpenDir(root)
	if err != nil {
		fail(err)
	}
	if _, err := d.Lock(context.Background(), "r"); err != nil {
		fail(err)
	}
	s, err := d.Load(context.Background(), "r")
	if err != nil && !strings.Contains(err.Error(), ErrNotFound.Error()) {
		fail(err)
	}
	for rev := s.Rev; ; rev++ {
		if err := saveTo(d, "r", rev, strings.Repeat("x", int(rev%50)*100)+fmt.Sprint(rev)); err != nil {
			fail(err)
		}
		fmt.Println(rev + 1)
		if err := d.Submit(context.Background(), "r", command(fmt.Sprint(rev%3), rollout.Pause)); err != nil {
			fail(err)
		}
		if err := d.Ack(context.Background(), "r", []string{fmt.Sprint(rev % 3)}); err != nil {
			fail(err)
		}
	}
}

// TestKill kills a process that saves, at random instants: what it was told to be
// saved is there, the journal fits the state, and no rubbish gathers.
func TestKill(t *testing.T) {
	root := t.TempDir()
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	var acknowledged uint64
	for range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), killEnv+"="+root)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		for first := true; lines.Scan(); first = false {
			n, err := strconv.ParseUint(lines.Text(), 10, 64)
			if err != nil {
				t.Error(lines.Text())
				continue
			}
			acknowledged = n
			if first { // it is at full speed now
				timer.Reset(time.Duration(rand.Int64N(int64(30 * time.Millisecond))))
			}
		}
		_ = cmd.Wait()
		d := openDir(t, root)
		s, err := d.Load(t.Context(), "r")
		must(t, err)
		if s.Rev < acknowledged || s.Rev > acknowledged+1 {
			t.Errorf("revision %d, %d was acknowledged", s.Rev, acknowledged)
		}
		checkWhole(t, d, s.Rev)
		acknowledged = s.Rev
	}
	t.Logf("%d saves, %d kills", acknowledged, rounds)
	if acknowledged < uint64(rounds) {
		t.Errorf("only %d saves", acknowledged)
	}
	var left int
	for name := range contents(t, root) {
		if !strings.Contains(name, tempPrefix) { // these go when they are old
			left++
		}
	}
	if left > 2+1+3 { // state, journal, one passing name, the orders of three IDs
		t.Errorf("%d files: %v", left, contents(t, root))
	}
}
