// Quickstart shows three rollouts on one machine, with everything real but the
// work that is done: HTTP servers on loopback ports, a reverse proxy that splits
// the traffic by weight, users that send orders, and instances whose metrics pages
// are read. A good release is promoted through every step; one that answers with
// errors and one that became slow are rolled back. No request may be lost by a
// rollout itself.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"github.com/seed-20fe5ead/gradatim/rollout/engine"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// What the program ends with, besides 0.
const (
	exitOtherwise   = 1 // a rollout did not end as it should, or something failed
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends us at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// config is what the flags say.
type config struct {
	settings settings
	weights  string
	errors   float64 // in percent
	dir      string
	plain    bool
	only     string
	given    []string // the flags that stood on the command line
}

const usageText = `Three rollouts over real HTTP servers on this machine, in less than a minute: a good
release, one that answers with errors, and one that is slow.

	go run ./examples/quickstart [flags]

It exits 0 only if the first is promoted, the others are rolled back, and no
request is lost by the rollouts themselves. Ctrl-C stops it anywhere; started again
with the same -dir it rebuilds the fleet from the recorded want and goes on.

	go run ./examples/quickstart -error-rate 2 -bake 5s
	go run ./examples/quickstart -weights 5,25,100 -only faulty
	go run ./examples/quickstart -dir /tmp/rollouts      (and again, after Ctrl-C)

Flags:
`

func parse(args []string, out, errs io.Writer) (config, error) {
	c := config{settings: defaults()}
	set := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	set.SetOutput(errs)
	set.Usage = func() {} // said below: help where it is asked for, one line where it is not
	set.Float64Var(&c.errors, "error-rate", c.settings.ErrorRate*100, "errors of the release \"faulty\", in `percent` of its answers; above the limit of 1 it is to be rolled back, and what is too close to the limit is refused")
	set.StringVar(&c.weights, "weights", formatWeights(c.settings.Weights), "steps of the ladder: the candidate's shares of the traffic in `percent`, rising to 100")
	set.DurationVar(&c.settings.Bake, "bake", c.settings.Bake, "healthy time that must be covered at every step")
	set.Int64Var(&c.settings.Instances, "instances", c.settings.Instances, "size of the fleet: `number` of instances, 2 to 20")
	set.IntVar(&c.settings.Rate, "rate", c.settings.Rate, "`number` of requests a second of all users together, 50 to 2000")
	set.StringVar(&c.dir, "dir", "", "`directory` that keeps the rollouts; default a new one, removed once all is well")
	set.StringVar(&c.only, "only", "", "play only this `rollout`: "+strings.Join(names(), ", "))
	set.BoolVar(&c.plain, "plain", false, "print one line per event in a terminal, too")
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(out, usageText)
		set.SetOutput(out)
		set.PrintDefaults()
		return c, err
	} else if err != nil {
		return c, err // it was printed
	}
	set.Visit(func(f *flag.Flag) { c.given = append(c.given, f.Name) })
	if err := c.check(set.Args()); err != nil {
		_, _ = fmt.Fprintln(errs, err)
		return c, err
	}
	return c, nil
}

func (c *config) check(rest []string) (err error) {
	if c.settings.Weights, err = parseWeights(c.weights); err != nil {
		return fmt.Errorf("-weights: %w", err)
	}
	c.settings.ErrorRate = c.errors / 100
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q: there are only flags; see -h", rest[0])
	case !(c.errors >= 0 && c.errors <= 100):
		return fmt.Errorf("-error-rate %v: must be from 0 to 100", c.errors)
	case c.errors > 0.2 && c.errors < 2.5:
		return fmt.Errorf("-error-rate %v: is too close to the limit of 1 for so few requests; choose at most 0.2 or at least 2.5", c.errors)
	case c.settings.Weights[len(c.settings.Weights)-1] < strategy.Full:
		return fmt.Errorf("-weights %s: the last must be 100%%: nobody is here to decide about the rest", formatWeights(c.settings.Weights))
	case c.settings.Bake <= 0:
		return fmt.Errorf("-bake %v: must be above 0", c.settings.Bake)
	case c.settings.Instances < 2 || c.settings.Instances > 20:
		return fmt.Errorf("-instances %d: must be from 2 to 20", c.settings.Instances)
	case c.settings.Rate < 50 || c.settings.Rate > 2000:
		return fmt.Errorf("-rate %d: must be from 50 to 2000", c.settings.Rate)
	case c.only != "" && !slices.Contains(names(), c.only):
		return fmt.Errorf("-only %s: must be one of %s", c.only, strings.Join(names(), ", "))
	}
	if _, err := c.settings.compile(scenarios[0]); err != nil {
		return fmt.Errorf("with these flags: %w", err)
	}
	return nil
}

func names() []string {
	var all []string
	for _, c := range scenarios {
		all = append(all, c.name)
	}
	return all
}

// run is the program.
func run(ctx context.Context, args []string, out *os.File, errs io.Writer) int {
	c, err := parse(args, out, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitUsage
	}
	s, err := begin(ctx, &c, newScreen(out, c.plain))
	if err != nil {
		_, _ = fmt.Fprintln(errs, err)
		return exitOtherwise
	}
	err = s.open(ctx)
	if err == nil {
		err = s.play(ctx, c.chosen())
	}
	s.close()
	good := report(out, s.results)
	switch {
	case ctx.Err() != nil:
		_, _ = fmt.Fprintf(out, "\nInterrupted; the state is kept. To go on where it was:\n\n\tgo run ./examples/quickstart %s\n", c.again(s.dir))
		return exitInterrupted
	case err != nil:
		_, _ = fmt.Fprintf(errs, "\n%v\nThe state is kept in %s\n", err, s.dir)
		return exitOtherwise
	case !good:
		_, _ = fmt.Fprintf(out, "\nNot all went as it should. The state is kept in %s\n", s.dir)
		return exitOtherwise
	}
	if c.dir == "" {
		_ = os.RemoveAll(s.dir)
	}
	return 0
}

func (c *config) chosen() []scenario {
	var all []scenario
	for _, s := range scenarios {
		if c.only == "" || c.only == s.name {
			all = append(all, s.under(&c.settings))
		}
	}
	return all
}

// again are the flags that go on with a directory. The settings need none: they
// are in it.
func (c *config) again(dir string) string {
	text := "-dir " + quoted(dir)
	if c.only != "" {
		text += " -only " + c.only
	}
	return text
}

// quoted is a name as a shell reads it.
func quoted(name string) string {
	odd := func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("/._-", c)
	}
	if !strings.ContainsFunc(name, odd) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// begin opens the directory, and locks it until the session is closed. One that was
// begun before keeps its settings; flags that say otherwise are refused, because the
// plans would be others. The settings are kept only if they are those of the states.
func begin(ctx context.Context, c *config, screen *screen) (s *session, err error) {
	dir := c.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "quickstart-"); err != nil {
			return nil, err
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = lock.Close()
		}
	}()
	b, found, err := openBook(dir)
	if err != nil {
		return nil, err
	}
	if !found {
		b.Settings = c.settings
	} else if err := c.agrees(b.Settings); err != nil {
		return nil, fmt.Errorf("%s was begun with %w; leave the flag out, or use another directory", dir, err)
	}
	store, err := engine.OpenDir(filepath.Join(dir, "rollouts"))
	if err != nil {
		return nil, err
	}
	s = &session{settings: b.Settings, compile: b.Settings.compile, dir: dir, lock: lock, screen: screen, book: b, store: store}
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	if !found {
		return s, b.save()
	}
	return s, nil
}

// lockDir keeps a second quickstart away: it would count and decide for the same
// rollouts. The end of the process frees the lock, too.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "quickstart.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another quickstart runs in %s (%w); wait for it, or use another directory", dir, err)
	}
	return f, nil
}

// agrees compares the flags that were given with the settings of a directory.
func (c *config) agrees(was settings) error {
	for _, f := range []struct {
		name     string
		now, was any
	}{
		{"error-rate", percent(c.settings.ErrorRate), percent(was.ErrorRate)},
		{"weights", formatWeights(c.settings.Weights), formatWeights(was.Weights)},
		{"bake", c.settings.Bake, was.Bake},
		{"instances", c.settings.Instances, was.Instances},
		{"rate", c.settings.Rate, was.Rate},
	} {
		if slices.Contains(c.given, f.name) && f.now != f.was {
			return fmt.Errorf("-%s %v, not %v", f.name, f.was, f.now)
		}
	}
	return nil
}

func percent(share float64) string { return strconv.FormatFloat(share*100, 'g', 6, 64) }
