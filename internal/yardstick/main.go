// Yardstick compares ways to decide that a candidate is worse than stable: those of the
// field, and ours. All of them watch the same simulated traffic.
//
//	go run ./internal/yardstick
//	go run ./internal/yardstick -json -runs 2000 -seed 7 -scenario 'errors|quiet'
//
// The text has a table for each scenario, and at the end what of ours must hold, with the
// figures. With -json each row is an object in a line of its own, and what is broken goes
// to standard error. The same seed gives the same output, however many processors there
// are. The exit code is 1 if something that must hold is broken, and 2 if nothing could be
// run.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
)

func main() {
	good, err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "yardstick:", err)
		os.Exit(2)
	case !good:
		os.Exit(1)
	}
}

// campaign is one call of the program.
type campaign struct {
	seed              uint64
	runs              int // of every method and scenario; 0 for the default
	scenarios, choice *regexp.Regexp
	json              bool
	out               io.Writer
	healthy           map[int]*trial // by cadence: the healthy scenario that thresholds are held against
	verdicts          []verdict
}

// cadences are the seconds between checks.
var cadences = [...]int{60, slotSeconds} // never written

// run reports whether all that must hold does.
func run(args []string, out, problems io.Writer) (bool, error) {
	c := campaign{out: out, healthy: map[int]*trial{}}
	flags := flag.NewFlagSet("yardstick", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.Uint64Var(&c.seed, "seed", 1, "what the traffic is drawn from")
	flags.IntVar(&c.runs, "runs", 0, fmt.Sprintf("`runs` of every method in every scenario; by default %d, and "+
		"as many as it takes to show what ours promises", fewRuns))
	flags.BoolVar(&c.json, "json", false, "write one object a line")
	scenarios := flags.String("scenario", "", "only scenarios whose name matches this regular `expression`")
	choice := flags.String("method", "", "only methods whose name matches this regular `expression`")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if flags.NArg() > 0 || c.runs < 0 {
		return false, errors.New("takes flags only, and -runs must not be negative")
	}
	var err error
	if c.scenarios, err = regexp.Compile(*scenarios); err != nil {
		return false, fmt.Errorf("-scenario: %w", err)
	}
	if c.choice, err = regexp.Compile(*choice); err != nil {
		return false, fmt.Errorf("-method: %w", err)
	}
	if err := c.play(); err != nil {
		return false, err
	}
	if !c.json {
		return c.good(), c.conclude(out)
	}
	if !c.good() {
		return false, c.conclude(problems)
	}
	return true, nil
}

// play goes through the scenarios.
func (c *campaign) play() error {
	if !c.json {
		if _, err := fmt.Fprint(c.out, legend); err != nil {
			return err
		}
	}
	played := 0
	for _, s := range scenarios() {
		if !c.scenarios.MatchString(s.name) {
			continue
		}
		rows := c.scenario(s)
		played += len(rows)
		if err := c.write(s, rows); err != nil {
			return err
		}
	}
	if played == 0 {
		return errors.New("no scenario and method match")
	}
	return nil
}

// scenario plays one of them with both cadences.
func (c *campaign) scenario(s *scenario) []row {
	var methods []method
	for _, m := range methodsFor(s) {
		if c.choice.MatchString(m.name) {
			methods = append(methods, m)
		}
	}
	if len(methods) == 0 {
		return nil
	}
	var rows []row
	var pasts []float64
	for _, seconds := range cadences {
		t := newTrial(s, seconds, c.seed, methods, c.runs, s.must || s.name == healthyName)
		t.pasts = pasts
		t.play()
		pasts = t.pasts // they do not depend on the checks
		if s.name == healthyName {
			c.healthy[seconds] = t
		}
		these := t.rows()
		if s.must {
			these = append(these, c.hindsight(t, these)...)
		}
		rows = append(rows, these...)
	}
	for i := range rows {
		c.judge(s, &rows[i])
	}
	return rows
}

// hindsight is, for each of ours, the best fixed threshold at the same false rate.
func (c *campaign) hindsight(t *trial, rows []row) []row {
	healthy := c.healthy[t.seconds]
	if healthy == nil || !c.choice.MatchString(hindsightName) && c.choice.String() != "" {
		return nil
	}
	var more []row
	of := healthy.rows()
	for i := range rows {
		r := &rows[i]
		if !r.method.ours {
			continue
		}
		m, which := t.hindsight(r.method, healthy, of[i].ended, of[i].runs)
		if which == nil {
			continue
		}
		again := newTrial(t.scenario, t.seconds, t.seed, []method{m}, c.runs, false)
		again.play()
		best := again.rows()
		c.find("the mean detection is at most 1.5 times that of the best fixed threshold in hindsight",
			againstFixed(t.scenario, r, &best[0], which.String()))
		more = append(more, best...)
	}
	return more
}

// write writes the rows of a scenario.
func (c *campaign) write(s *scenario, rows []row) error {
	if !c.json {
		return table(c.out, s, rows)
	}
	for i := range rows {
		if err := rows[i].json(c.out, s); err != nil {
			return err
		}
	}
	return nil
}
