package strategy

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// String is the ladder as a table for people: a line per step and one for the
// pace, with what is not the default. Its form may change.
func (l Ladder) String() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "step\tweight\tcandidate\tstable\t")
	for i := range l.Steps {
		s := &l.Steps[i]
		weight := s.Weight.String()
		if s.Proportional {
			weight = "proportional"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.Name, weight, s.Candidate, s.Stable, s.extras())
	}
	_ = table.Flush() // a Builder never fails
	text.WriteString("pace: " + l.Pace.words())
	if !l.Sticky.IsZero() {
		text.WriteString("\nsticky: by " + l.Sticky.Source + " " + l.Sticky.Name)
	}
	lines := strings.Split(text.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// extras are the rarer fields of a step.
func (s *Step) extras() string {
	var parts []string
	if s.Mirror != 0 {
		parts = append(parts, "mirror "+s.Mirror.String())
	}
	for _, r := range s.Routes {
		parts = append(parts, "route "+r.String())
	}
	if s.Keep != 0 {
		parts = append(parts, "keep "+s.Keep.String())
	}
	if s.Await != "" {
		parts = append(parts, "await "+s.Await)
	}
	return strings.Join(parts, ", ")
}

// words are the pace, defaults resolved.
func (p *Pace) words() string {
	var parts []string
	if p.Exclusive {
		parts = append(parts, "exclusive")
	} else {
		parts = append(parts, "surge "+p.Surge.or(Percent(25)).String(), "unavailable "+p.Unavailable.or(Percent(25)).String())
	}
	if p.MinReady != 0 {
		parts = append(parts, "ready for "+p.MinReady.String())
	}
	if p.Drain != 0 {
		parts = append(parts, "drain "+p.Drain.String())
	}
	for _, option := range []struct {
		set  bool
		text string
	}{{p.IgnoreStarting, "ignoring starting"}, {p.CountStopping, "counting stopping"}, {p.Overload, "overload"}} {
		if option.set {
			parts = append(parts, option.text)
		}
	}
	return strings.Join(parts, ", ")
}
