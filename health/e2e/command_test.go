//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// result asks until the run has ended.
func (w *world) result() health.Sample {
	w.t.Helper()
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); time.Sleep(time.Millisecond) {
		if got := w.call(w.ask); len(got) == 1 {
			return got[0]
		}
	}
	w.t.Fatal("no result in 30s")
	return health.Sample{}
}

func TestCommands(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	for name, c := range map[string]struct {
		script string
		suite  Suite
		want   health.Verdict
		words  string
	}{
		"passes": {
			`test "$GRADATIM_STAGE $GRADATIM_SIGNAL $GRADATIM_SUITE $GRADATIM_SCOPE $GRADATIM_CANDIDATE $GRADATIM_DIGEST $GRADATIM_STABLE $GRADATIM_KEY $GRADATIM_ATTEMPT $MORE" = "eu e2e checkout downstream v2 sha256:2 v1 1/eu/e2e 1 of this"`,
			Suite{Env: []string{"MORE=of this"}},
			health.Healthy, "",
		},
		"fails":          {"echo expected 3 items, got 2 >&2; exit 1", Suite{}, health.Degraded, "exit status 1: expected 3 items, got 2"},
		"is flaky":       {"echo x >>" + count + "; test $(wc -l <" + count + ") = 2", Suite{Attempts: 2}, health.Healthy, "passed at attempt 2 of 2, before: exit status 1"},
		"counts":         {`test "$GRADATIM_ATTEMPT" = 3`, Suite{Attempts: 3}, health.Healthy, "passed at attempt 3"},
		"is not found":   {"exec /nowhere/at/all", Suite{Attempts: 3}, health.Error, "the test could not be run: not run to its end: exit status 127"},
		"is killed":      {"kill -9 $$", Suite{}, health.Error, "signal: killed"},
		"takes too long": {"sleep 600", Suite{Timeout: 50 * time.Millisecond}, health.Error, "not finished after 50ms"},
	} {
		t.Run(name, func(t *testing.T) {
			c.suite.Command = []string{"/bin/sh", "-c", c.script}
			w := newWorld(t, c.suite, nil)
			w.ask.Stable, w.ask.Scope = "v1", "downstream"
			check(t, w.result(), c.want, c.words)
			if err := w.source.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	w := newWorld(t, Suite{Command: []string{"/nowhere/at/all"}}, nil)
	check(t, w.result(), health.Error, "the test could not be run: fork/exec /nowhere/at/all: no such file")
}

// A command whose ask is listed no longer is killed; Close waits for that.
func TestCommandCancelled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "began")
	w := newWorld(t, Suite{Command: []string{"/bin/sh", "-c", "echo >" + file + ".new; mv " + file + ".new " + file + "; sleep 600; echo >>" + file}}, nil)
	w.call(w.ask)
	for {
		if _, err := os.Stat(file); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	w.call()
	if err := w.source.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || strings.Count(string(text), "\n") != 1 {
		t.Errorf("%q, %v", text, err)
	}
}
