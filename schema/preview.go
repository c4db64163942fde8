package schema

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// Preview shows a plan with what [Verify] found, to people: its steps against the versions that may run, with the points
// of no return.
type Preview struct {
	Plan   Plan
	Result Result
}

// The signs of a preview.
const (
	signRuns = "●" // the plan has it running
	signBack = "○" // one may go back to it
	signNext = "›" // it may start
	signLost = "✗" // from here on one cannot go back to it
)

const legend = signRuns + " runs  " + signBack + " may be gone back to  " + signNext + " may start  " + signLost + " no way back from here on"

// sign is how a version stands after a step.
func (p Preview) sign(at int, runs []string, ref string) string {
	if at >= len(p.Result.Horizon) {
		return ""
	}
	row := p.Result.Horizon[at]
	switch {
	case slices.ContainsFunc(row.Lost, func(t Trace) bool { return t.Version == ref }):
		return signLost
	case slices.Contains(runs, ref):
		return signRuns
	case slices.Contains(row.Back, ref):
		return signBack
	case slices.Contains(row.Next, ref):
		return signNext
	}
	return ""
}

// line is one row of the table: the start, or a step.
type line struct {
	number, name, phase string
	signs               []string
	needs               []string
	lost                []Trace
}

func (p Preview) lines() (out []line) {
	runs := slices.Clone(p.Plan.Start.Running)
	for at := range len(p.Plan.Steps) + 1 {
		one := line{name: "start"}
		if at > 0 {
			s := p.Plan.Steps[at-1]
			one = line{number: fmt.Sprint(at), name: s.Name, phase: string(s.Phase)}
			if s.Deploy != "" {
				service, _, _ := strings.Cut(s.Deploy, "@")
				runs = slices.DeleteFunc(runs, func(ref string) bool { return strings.HasPrefix(ref, service+"@") })
				runs = append(runs, s.Deploy)
			}
			for _, need := range s.Needs {
				one.needs = append(one.needs, need.String())
			}
			if at < len(p.Result.Horizon) {
				one.lost = p.Result.Horizon[at].Lost
			}
		}
		for _, v := range p.Plan.Versions {
			one.signs = append(one.signs, p.sign(at, runs, v.Ref()))
		}
		out = append(out, one)
	}
	return out
}

// String is the preview as plain text. Its form may change.
func (p Preview) String() string {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, "%s: %s\n\n", p.title(), p.Result.Explain())
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	var head strings.Builder
	head.WriteString("\tstep\tphase")
	for _, v := range p.Plan.Versions {
		head.WriteString("\t" + v.Ref())
	}
	_, _ = fmt.Fprintln(table, head.String()+"\t")
	for _, l := range p.lines() {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t\n", l.number, l.name, l.phase, strings.Join(l.signs, "\t"))
	}
	_ = table.Flush() // a Builder never fails
	_, _ = fmt.Fprintf(&text, "\n%s\n", legend)
	for i, s := range p.Plan.Steps {
		_, _ = fmt.Fprintf(&text, "\n%d. %s: %s\n", i+1, s.Name, s.does())
		for _, need := range s.Needs {
			_, _ = fmt.Fprintf(&text, "   needs: %s\n", need)
		}
		for _, t := range p.lostAt(i + 1) {
			_, _ = fmt.Fprintf(&text, "   no way back to %s: %s\n", t.Version, t.Wrong)
		}
	}
	text.WriteString("\n")
	for _, v := range p.Plan.Versions {
		_, _ = fmt.Fprintf(&text, "%s %s\n", v.Ref(), v.footprint())
	}
	if t := p.Result.Counterexample; t != nil {
		_, _ = fmt.Fprintf(&text, "\n%s", t)
	}
	lines := strings.Split(text.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func (p Preview) lostAt(at int) []Trace {
	if at >= len(p.Result.Horizon) {
		return nil
	}
	return p.Result.Horizon[at].Lost
}

func (p Preview) title() string {
	if p.Plan.Name == "" {
		return "plan"
	}
	return p.Plan.Name
}

// does is what a step does, in words.
func (s Step) does() string {
	switch {
	case s.Deploy != "":
		return "roll out " + s.Deploy
	case s.Backfill != nil:
		return "fill " + s.Backfill.String()
	case len(s.Changes) > 0:
		var words []string
		for _, change := range s.Changes {
			words = append(words, change.String())
		}
		return strings.Join(words, "; ")
	}
	return "wait"
}

// Markdown is the preview as a Markdown table, with what each step needs.
func (p Preview) Markdown() string {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, "## %s\n\n%s\n\n| | step | phase |", cellText(p.title()), cellText(p.Result.Explain()))
	var rule strings.Builder
	rule.WriteString("|---|---|---|")
	for _, v := range p.Plan.Versions {
		text.WriteString(" " + cellText(v.Ref()) + " |")
		rule.WriteString(":-:|")
	}
	text.WriteString(" needs | no way back to |\n" + rule.String() + "---|---|\n")
	for _, l := range p.lines() {
		var lost []string
		for _, t := range l.lost {
			lost = append(lost, "**"+cellText(t.Version)+"**")
		}
		for i := range l.needs {
			l.needs[i] = cellText(l.needs[i])
		}
		_, _ = fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s |\n", l.number, cellText(l.name), l.phase,
			strings.Join(l.signs, " | "), strings.Join(l.needs, "<br>"), strings.Join(lost, ", "))
	}
	text.WriteString("\n" + legend + "\n")
	return text.String()
}

// cellText is text that does not end a cell, and is no markup.
func cellText(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(s)
}

// Mermaid is the preview as a Mermaid gantt chart: steps are seconds, a section for each version shows when it
// runs and until when one may go back to it, and the points of no return are milestones.
func (p Preview) Mermaid() string {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, "gantt\n    title %s\n    dateFormat X\n    axisFormat %%s\n    section steps\n", taskText(p.title()))
	for i, s := range p.Plan.Steps {
		_, _ = fmt.Fprintf(&text, "    %d %s (%s) :s%d, %d, %d\n", i+1, taskText(s.Name), s.Phase, i+1, i+1, i+2)
	}
	lines := p.lines()
	for i, v := range p.Plan.Versions {
		_, _ = fmt.Fprintf(&text, "    section %s\n", taskText(v.Ref()))
		for at := 0; at < len(lines); {
			sign, from := lines[at].signs[i], at
			for at < len(lines) && lines[at].signs[i] == sign {
				at++
			}
			tag, name := "", ""
			switch sign {
			case signRuns:
				tag, name = "active, ", "runs"
			case signBack:
				name = "may be gone back to"
			case signNext:
				tag, name = "done, ", "may start"
			default:
				continue
			}
			_, _ = fmt.Fprintf(&text, "    %s :%sv%d_%d, %d, %d\n", name, tag, i+1, from, from, at)
		}
	}
	first := true
	for at, l := range lines {
		for k, t := range l.lost {
			if first {
				text.WriteString("    section points of no return\n")
				first = false
			}
			_, _ = fmt.Fprintf(&text, "    %s, no way back to %s :milestone, crit, m%d_%d, %d, %d\n", taskText(l.name), taskText(t.Version), at, k, at, at)
		}
	}
	return text.String()
}

// taskText is text that Mermaid reads as the name of a task.
func taskText(s string) string {
	return strings.NewReplacer(":", " ", ";", " ", "#", " ", "\n", " ", "%", " ").Replace(s)
}
