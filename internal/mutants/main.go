// Mutants checks that the tests of a package would find mistakes in it: it plants
// one small mistake after the other, and for each runs the tests, of which one must
// fail.
//
//	go run ./internal/mutants strategy/testdata/mutants.txt
//
// What a list looks like is said at [parse]. The files of the module are never
// changed: the go command is told to read others in their place. The tests run where
// they always do, so a test that writes files when it fails must be told not to. The
// exit code is 1 if a mutant survived or did not compile, or one that is said to be
// equivalent was killed, and 2 if the list cannot be run at all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	good, err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	case !good:
		os.Exit(1)
	}
}

// run reports whether all is as the list says.
func run(ctx context.Context, args []string, out io.Writer) (good bool, err error) {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	workers := flags.Int("j", 2, "how many mutants are tried at the same time")
	only := flags.String("run", "", "try only mutants whose name matches this regular expression")
	verbose := flags.Bool("v", false, "print what the failing tests say")
	flags.Usage = func() {
		_, _ = fmt.Fprintln(flags.Output(), "usage: mutants [flags] <file of mutants>")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	names, err := regexp.Compile(*only)
	switch {
	case err != nil:
		return false, fmt.Errorf("-run: %w", err)
	case flags.NArg() != 1:
		return false, errors.New("usage: mutants [flags] <file of mutants>")
	case *workers < 1:
		return false, errors.New("-j must be at least 1")
	}
	file := flags.Arg(0)
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	l, err := parse(string(text))
	if err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	r := runner{list: l}
	if r.root, err = moduleRoot(ctx); err != nil {
		return false, err
	}
	planted, err := r.sources()
	if err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	if r.temp, err = os.MkdirTemp("", "mutants"); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.temp)) }()
	if o := r.test(ctx); o.err != nil || o.fate != survived {
		return false, errors.Join(fmt.Errorf("the tests fail without a mutant: %s %s\n%s", o.fate, o.by, o.output), o.err)
	}
	s := summary{out: out, verbose: *verbose}
	err = r.each(ctx, *workers, planted, names, s.report)
	if err == nil && s.tried() == 0 {
		err = fmt.Errorf("no mutant matches -run %q", *only)
	}
	if err != nil {
		return false, err
	}
	_, err = fmt.Fprintln(out, s.String())
	return s.good(), err
}

// each tries the mutants whose names match, several at a time, and reports them in
// the order of the list. The first error ends it.
func (r *runner) each(ctx context.Context, workers int, planted []string, names *regexp.Regexp, report func(*mutant, outcome)) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	slots := make(chan struct{}, workers)
	outcomes := make([]chan outcome, len(planted))
	for i := range outcomes {
		outcomes[i] = make(chan outcome, 1)
	}
	running.Go(func() {
		for i := range planted {
			if !names.MatchString(r.list.mutants[i].name) {
				close(outcomes[i])
				continue
			}
			slots <- struct{}{}
			running.Go(func() {
				outcomes[i] <- r.try(ctx, i, planted[i])
				<-slots
			})
		}
	})
	for i := range outcomes {
		o, ok := <-outcomes[i]
		if o.err != nil {
			return fmt.Errorf("%s: %w", r.list.mutants[i].name, o.err)
		}
		if ok {
			report(&r.list.mutants[i], o)
		}
	}
	return nil
}

// moduleRoot is the directory of the go.mod that the working directory belongs to.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("the working directory is not in a module")
	}
	return filepath.Dir(mod), nil
}
