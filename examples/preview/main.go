// Preview reads a plan and says, before anything runs, what it would do to fleets
// of a certain size: the steps of every stage, what its author may not have meant,
// how the calendar keeps its gates closed, every move with what it costs, and what the
// way back costs from where it is the longest.
//
//	go run ./examples/preview
//	go run ./examples/preview -n 100 -rate 40 -split=false my-plan.json
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

//go:embed plan.json
var example []byte

func main() {
	if err := run(os.Args[1:], os.Stdout, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer, now time.Time) error {
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	flags.SetOutput(out)
	n := flags.Int64("n", 10, "desired `instances` of every fleet")
	rate := flags.Float64("rate", 0, "`requests` a second that a stage serves; 0 is unknown")
	bad := flags.Float64("bad", 0, "`percent` of stable's requests that go wrong; 0 is unknown")
	quota := flags.Int64("quota", 0, "most `instances` at once; 0 is no quota")
	split := flags.Bool("split", true, "the targets split traffic apart from instance counts, match and mirror")
	flags.Func("now", "`time` from which on the calendar is looked at, such as 2026-03-01T12:00:00Z; default: the present", func(text string) error {
		return now.UnmarshalText([]byte(text))
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	data := example
	if name := flags.Arg(0); name != "" {
		var err error
		if data, err = os.ReadFile(name); err != nil {
			return err
		}
	}
	plan, err := rollout.Codec{}.DecodePlan(data)
	if err != nil {
		return err
	}
	machine, err := rollout.Compile(plan)
	if err != nil {
		return err
	}
	fleet := strategy.Fleet{Desired: *n, Can: strategy.Can{Split: *split, Match: *split, Mirror: *split, Quota: *quota}}
	for _, stage := range machine.Plan().Stages {
		if err := preview(out, machine, stage, strategy.Setting{Fleet: fleet, Rate: *rate, Bad: *bad / 100}, now); err != nil {
			return err
		}
	}
	return nil
}

// preview says all there is to say about a stage before it begins.
func preview(out io.Writer, m *rollout.Machine, stage rollout.Stage, at strategy.Setting, now time.Time) error {
	ladder, err := stage.Strategy.Ladder()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "== %s: %s ==\n%v\n\n", stage.Name, stage.Strategy.Kind(), ladder)
	for _, finding := range m.Lint(stage.Name, at) {
		where := "warning"
		if finding.Blocks {
			where = "never reached"
		}
		step := "all steps"
		if finding.Step != "" {
			step = "step " + finding.Step
		}
		fmt.Fprintf(out, "%s, %s: %s\n", step, where, finding.Text)
	}
	for _, finding := range m.LintGates(stage.Name, now) {
		where := "warning"
		if finding.Never {
			where = "never passed"
		}
		fmt.Fprintf(out, "%s, %s: %s\n", finding.Path, where, finding.Text)
	}
	forecast, err := strategy.Preview(ladder, at.Fleet)
	if err != nil {
		fmt.Fprintf(out, "the preview ends early: %v\n", err)
	}
	fmt.Fprintf(out, "%v\n", forecast)
	if err == nil {
		back, err := strategy.PreviewRollback(ladder, at.Fleet, ladder.Steps[len(ladder.Steps)-1].Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "rollback from the last step: %v\n", back.Cost)
	}
	fmt.Fprintln(out)
	return nil
}
