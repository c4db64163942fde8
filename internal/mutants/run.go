package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fate is what the tests say to a mutant.
type fate string

const (
	killed   fate = "killed"
	survived fate = "SURVIVED"
	broken   fate = "does not compile"
)

// outcome is one run of the tests.
type outcome struct {
	fate   fate
	by     string // the first test that failed, and how if it is not plain
	output string // of what failed, or does not compile
	took   time.Duration
	err    error // the go command could not be run
}

// runner runs the tests of a list in a module.
type runner struct {
	root string // of the module
	temp string // a directory of the runner's own
	list *list
}

// sources reads the files of the mutants and plants each: nothing is run before
// all of them can be.
func (r *runner) sources() (planted []string, err error) {
	var problems []error
	for i := range r.list.mutants {
		m := &r.list.mutants[i]
		source, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(m.file)))
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %s: %w", m.line, m.name, err))
			continue
		}
		text, err := m.plant(string(source))
		if err != nil {
			problems = append(problems, err)
		}
		planted = append(planted, text)
	}
	return planted, errors.Join(problems...)
}

// try runs the tests with a mutant: the go command is told to read another file in
// place of the one that the mutant changes.
func (r *runner) try(ctx context.Context, i int, planted string) outcome {
	m := &r.list.mutants[i]
	source := filepath.Join(r.temp, fmt.Sprintf("%d.go", i))
	overlay := filepath.Join(r.temp, fmt.Sprintf("%d.json", i))
	text, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(r.root, filepath.FromSlash(m.file)): source},
	})
	if err = errors.Join(err, os.WriteFile(source, []byte(planted), 0o600), os.WriteFile(overlay, text, 0o600)); err != nil {
		return outcome{err: err}
	}
	return r.test(ctx, "-overlay="+overlay)
}

// test runs the tests once. Whether vet has something to say is not asked: a mutant
// is to be found by a test.
func (r *runner) test(ctx context.Context, flags ...string) outcome {
	args := append([]string{"test", "-json", "-count=1", "-failfast", "-vet=off", "-timeout=" + r.list.timeout.String()}, flags...)
	args = append(args, r.list.packages...)
	args = append(args, r.list.flags...) // behind the packages may be flags that only the tests know
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = r.root
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	o := read(stdout.Bytes())
	o.took = time.Since(began)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		o.err = ctx.Err()
	case err != nil && !errors.As(err, &exit):
		o.err = err
	case err != nil && o.fate == survived:
		o.err = fmt.Errorf("go test: %w\n%s%s", err, stdout.Bytes(), stderr.Bytes())
	case err == nil && o.fate != survived:
		o.err = fmt.Errorf("go test says that all is well, and that there is a failure: %s", o.output)
	}
	return o
}

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action      string
	ImportPath  string
	Package     string
	Test        string
	Output      string
	FailedBuild string
}

// read makes an outcome of what go test -json wrote.
func read(text []byte) outcome {
	o := outcome{fate: survived}
	var build strings.Builder
	output := map[string]*strings.Builder{}
	for line := range bytes.Lines(text) {
		var e event
		if json.Unmarshal(line, &e) != nil {
			build.Write(line) // what the go command says before it can write JSON
			continue
		}
		key := e.Package + "\x00" + e.Test
		if output[key] == nil {
			output[key] = &strings.Builder{}
		}
		switch e.Action {
		case "build-output":
			build.WriteString(e.Output)
		case "build-fail":
			o.fate = broken
		case "output":
			output[key].WriteString(e.Output)
			if strings.HasPrefix(e.Output, "panic: test timed out") {
				o.fate, o.by = killed, "the timeout"
			}
		case "fail":
			if e.FailedBuild != "" {
				o.fate = broken
			}
			if o.fate == survived {
				o.fate, o.by, o.output = killed, e.Test, output[key].String()
				if e.Test == "" {
					o.by = "package " + e.Package
				}
			}
		}
	}
	if o.fate == broken {
		o.by, o.output = "", build.String()
	}
	return o
}
