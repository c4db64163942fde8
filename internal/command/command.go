// Package command runs commands that check something: 0 is yes, most other codes are no,
// and the rest says that nobody knows.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/answer"
)

// Failed is a command that ran to its end and said no. Its text is the exit code and the
// last line that the command wrote.
type Failed struct{ text string }

func (f *Failed) Error() string { return f.text }

// Exit codes that do not come from the command itself: 124 to 127 are those of timeout,
// env, shells and container runtimes that could not run it or gave up on it, and 128 and
// a signal's number are theirs of a command that was killed.
const (
	notRun  = 124
	maxKill = 128 + 64
)

// linger is how long the output of what a command left running is waited for.
const linger = time.Second

// Run runs a command without a shell, with the environment of this process and what is
// in env, and returns nil if it exits with 0. An error other than [*Failed] means that
// it could not be run to its end: it was not found, was killed, or gave up. If ctx ends
// the command is killed and the error is that of ctx. On Unix all processes of its group
// have ended when Run returns.
func Run(ctx context.Context, argv, env []string) error {
	if len(argv) == 0 {
		return errors.New("there is no command")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var out tail
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = linger
	group(cmd)
	err := cmd.Run()
	if cmd.Process != nil {
		_ = killGroup(cmd) // what it left running
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it exited with 0, and what it left running held its output
	}
	exit, ran := errors.AsType[*exec.ExitError](err)
	if !ran {
		return err
	}
	text := exit.Error()
	if line := out.line(); line != "" {
		text += ": " + line
	}
	if code := exit.ExitCode(); code < 0 || code >= notRun && code <= maxKill {
		return fmt.Errorf("not run to its end: %s", text)
	}
	return &Failed{text}
}

// tail keeps the end of what is written.
type tail struct{ b []byte }

const maxTail = 1000

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p[max(0, len(p)-maxTail):]...)
	if over := len(t.b) - maxTail; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

// line is the last line that is not empty.
func (t *tail) line() string {
	text := strings.TrimSpace(string(t.b))
	return answer.Short(text[strings.LastIndexByte(text, '\n')+1:])
}
