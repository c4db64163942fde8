//go:build unix

package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sh is a command that the tests write down in a shell's words.
func sh(script string) []string { return []string{"/bin/sh", "-c", script} }

func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		argv   []string
		failed bool // else it could not be run
		want   string
	}{
		"passes":           {sh("exit 0"), false, ""},
		"environment":      {sh(`test "$GRADATIM_X" = "a b" && test -n "$PATH"`), false, ""},
		"fails":            {sh("echo one; echo two >&2; echo; exit 1"), true, "exit status 1: two"},
		"fails, 123":       {sh("exit 123"), true, "exit status 123"},
		"fails, 255":       {sh("exit 255"), true, "exit status 255"},
		"gave up":          {sh("exit 124"), false, "not run to its end: exit status 124"},
		"not executable":   {sh("echo no; exit 126"), false, "not run to its end: exit status 126: no"},
		"not found inside": {sh("/nowhere/at/all"), false, "not run to its end: exit status 127"},
		"killed inside":    {sh("exit 137"), false, "not run to its end: exit status 137"},
		"killed":           {sh("kill -9 $$"), false, "not run to its end: signal: killed"},
		"not found":        {[]string{"/nowhere/at/all"}, false, "no such file"},
		"none":             {nil, false, "there is no command"},
		"no shell":         {[]string{"/bin/echo", "; exit 1"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Run(t.Context(), c.argv, []string{"GRADATIM_X=a b"})
			_, failed := errors.AsType[*Failed](err)
			if (err == nil) != (c.want == "") || failed != c.failed || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, failed %v", err, failed)
			}
		})
	}
}

func TestLongOutput(t *testing.T) {
	err := Run(t.Context(), sh(`i=0; while [ $i -lt 3000 ]; do echo "line $i of many"; i=$((i+1)); done; exit 1`), nil)
	if err == nil || err.Error() != "exit status 1: line 2999 of many" {
		t.Error(err)
	}
}

// The end of the context ends everything that the command started.
func TestCancel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error)
	go func() { over <- Run(ctx, sh("sleep 600 & echo $! >"+file+".new; mv "+file+".new "+file+"; wait"), nil) }()
	for {
		if _, err := os.Stat(file); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	awaitEnd(t, file)
	if err := Run(ctx, sh("exit 0"), nil); !errors.Is(err, context.Canceled) {
		t.Error("run after the end:", err)
	}
}

// What a command leaves running does not hold its answer up for ever.
func TestLeftBehind(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	for script, fails := range map[string]bool{"exit 0": false, "exit 3": true} {
		err := Run(t.Context(), sh("sleep 600 & echo $! >"+file+"; "+script), nil)
		if _, failed := errors.AsType[*Failed](err); failed != fails || !fails && err != nil {
			t.Error(err)
		}
		awaitEnd(t, file)
	}
}

// awaitEnd waits until a process has ended, whoever reaps orphans here.
func awaitEnd(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for gone := false; !gone; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		gone = syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ")
	}
}
