package rollout

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// LintGates says what the calendar makes of the gates of a stage from now on, by
// [gate.Lint] and [gate.LintDeadline]: those before the stage, and at each step those
// before it is left, which are needed together; those that a stage needs on its way are
// among both. A finding about several steps is told
// once. Paths are as in the plan, below the stage: gates.step[0].window; gates is
// about several lists. A stage that the plan does not have has no findings.
//
// [Machine.Lint] says what the fleet and the traffic make of a stage, and does not ask
// for the time.
func (m *Machine) LintGates(stage string, now time.Time) (findings []gate.Finding) {
	i := stageIndex(m.plan.Stages, stage)
	if i < 0 {
		return nil
	}
	c := &m.stages[i]
	add := func(gates, overdue []gate.Gate, lists []list) {
		found := gate.Lint(gates, now)
		for n := range found {
			found[n].Path = inPlan(found[n].Path, gates, lists)
		}
		if !slices.ContainsFunc(found, func(f gate.Finding) bool { return f.Never }) {
			for _, f := range gate.LintDeadline(overdue, c.GateDeadline, now) {
				f.Path = "gateDeadline"
				found = append(found, f)
			}
		}
		for _, f := range found {
			if !slices.Contains(findings, f) {
				findings = append(findings, f)
			}
		}
	}
	entry := len(c.Gates.Entry)
	add(c.entry, c.entry, []list{{path: "gates.entry", to: entry}, {path: pathDuring, from: entry, to: len(c.entry)}})
	for k := range c.gates {
		waits := slices.DeleteFunc(slices.Clone(c.gates[k]), func(g gate.Gate) bool { return gate.WhenClosed(g) == gate.Pause })
		add(c.gates[k], waits, c.lists(k)) // while a stage stands still no deadline runs
	}
	return findings
}

// inPlan is a path below a stage. In a step's gates it begins with the index of one of
// them; if it is empty, it is about all that follow the calendar.
func inPlan(path string, gates []gate.Gate, lists []list) string {
	if path == "" {
		var of []string
		for _, l := range lists {
			if follows(gates[l.from:l.to]) && !slices.Contains(of, l.path) {
				of = append(of, l.path)
			}
		}
		if len(of) == 1 {
			return of[0]
		}
		return "gates"
	}
	index, rest, _ := strings.Cut(strings.TrimPrefix(path, "["), "]")
	n, _ := strconv.Atoi(index)
	for _, l := range lists {
		if l.from <= n && n < l.to {
			return l.path + "[" + strconv.Itoa(n-l.from+l.first) + "]" + rest
		}
	}
	return "gates"
}

// follows reports whether one of the gates follows the calendar.
func follows(gates []gate.Gate) bool {
	found := false
	gate.Walk(gates, func(g gate.Gate) {
		_, ok := g.(gate.Calendar)
		found = found || ok
	})
	return found
}
