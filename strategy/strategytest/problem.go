package strategytest

import (
	"fmt"
	"strings"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Problem is a [Breach] with all that is needed to see it again: what was observed,
// the step and the pace, and what the mover wanted then.
type Problem struct {
	Fleet strategy.Fleet
	Step  *strategy.Step
	Pace  *strategy.Pace
	Got   strategy.Allocation
	Err   error
}

// Error has a line for each of these.
func (p *Problem) Error() string {
	l := strategy.Ladder{Steps: []strategy.Step{*p.Step}, Pace: *p.Pace}
	_, table, _ := strings.Cut(l.String(), "\n") // without the head
	step, pace, _ := strings.Cut(table, "\n")
	return fmt.Sprintf("%v\n\tfleet  %s\n\tto     %s\n\tby     %s\n\twanted %s", p.Err, describe(&p.Fleet), step, pace, wanted(&p.Got))
}

// Unwrap is the breach.
func (p *Problem) Unwrap() error { return p.Err }

// describe is a fleet in one line, without what is as usual.
func describe(f *strategy.Fleet) string {
	var text strings.Builder
	fmt.Fprintf(&text, "desired %d", f.Desired)
	if f.Before > 0 && f.Before != f.Desired {
		fmt.Fprintf(&text, ", before %d", f.Before)
	}
	for v, c := range [versions]*strategy.Counts{&f.Stable, &f.Candidate, &f.Leftover} {
		if *c == (strategy.Counts{}) {
			continue
		}
		fmt.Fprintf(&text, "; %s %d with %s", name(v), c.Instances, c.Weight)
		for _, part := range []struct {
			name     string
			n, usual int64
		}{{"starting", c.Starting, 0}, {"ready", c.Ready, c.Instances}, {"settled", c.Settled, c.Ready}, {"drained", c.Releasable, c.Ready}, {"stopping", c.Stopping, 0}} {
			if part.n != part.usual {
				fmt.Fprintf(&text, ", %d %s", part.n, part.name)
			}
		}
	}
	if f.Routed {
		text.WriteString("; routed")
	}
	if f.Mirror > 0 {
		fmt.Fprintf(&text, "; %s mirrored", f.Mirror)
	}
	return text.String() + "; the target " + able(&f.Can)
}

func able(can *strategy.Can) string {
	var parts []string
	for _, part := range []struct {
		can  bool
		text string
	}{{can.Unlimited, "has no instances"}, {can.Split, "splits"}, {can.Match, "matches"}, {can.Mirror, "mirrors"}} {
		if part.can {
			parts = append(parts, part.text)
		}
	}
	if len(parts) == 0 {
		parts = []string{"does not split"}
	}
	if can.Grain > 1 {
		parts = append(parts, "in steps of "+can.Grain.String())
	}
	if can.Quota > 0 {
		parts = append(parts, fmt.Sprintf("has a quota of %d", can.Quota))
	}
	return strings.Join(parts, ", ")
}

func wanted(a *strategy.Allocation) string {
	var text strings.Builder
	for v, s := range [versions]strategy.Share{a.Stable, a.Candidate, a.Leftover} {
		if v != leftover || s != (strategy.Share{}) {
			fmt.Fprintf(&text, "%s %d with %s; ", name(v), s.Instances, s.Weight)
		}
	}
	if a.Routed {
		text.WriteString("routed; ")
	}
	if a.Mirror > 0 {
		fmt.Fprintf(&text, "%s mirrored; ", a.Mirror)
	}
	return strings.TrimSuffix(text.String(), "; ")
}
