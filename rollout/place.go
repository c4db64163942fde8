package rollout

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// place makes of the gates of every step what they are there ([gate.Placer]), once the
// budgets of the stages are known. Those before a stage have no place.
func (m *Machine) place() error {
	var wrong strict.Problems
	for i := range m.stages {
		if c := &m.stages[i]; c.policy.Validate() == nil { // otherwise that was said
			wrong.Join(fmt.Sprintf("stages[%d]", i), c.placeGates())
		}
	}
	return wrong.Err()
}

func (c *stage) placeGates() error {
	var wrong strict.Problems
	told := make(map[string]bool)
	for k := range c.gates {
		step := &c.ladder.Steps[k]
		at := gate.Place{Stage: c.Name, Step: step.Name, Share: c.share(k), Policy: c.policy}
		gates := make([]gate.Gate, 0, len(c.gates[k]))
		for _, list := range c.lists(k) {
			placed, err := gate.Placed(c.gates[k][list.from:list.to], at)
			if err != nil && !told[list.path] { // the first step says it for all
				told[list.path] = true
				wrong.Join(list.path, err)
			}
			gates = append(gates, placed...)
		}
		if len(gates) == len(c.gates[k]) {
			c.gates[k] = gates
			c.counts[k] = c.resolve(gate.Wanted(gates), planned(step))
		}
	}
	return wrong.Err()
}

// list is a part of the gates that are asked together: those from one index to another
// stand under a path of the plan, the first of them as its so-manieth.
type list struct {
	path            string
	from, to, first int
}

// lists are the parts of the gates of the k-th step.
func (c *stage) lists(k int) []list {
	name := c.ladder.Steps[k].Name
	parts := [][]gate.Gate{c.Gates.Step, c.Gates.At[name]}
	paths := []string{"gates.step", fmt.Sprintf("gates.at[%q]", name)}
	if k == c.last() {
		parts, paths = append(parts, c.Gates.Exit), append(paths, "gates.exit")
	}
	var all []list
	n := 0
	for i := range parts {
		all = append(all, list{path: paths[i], from: n, to: n + len(parts[i])})
		n += len(parts[i])
	}
	for i, g := range c.Gates.During {
		if gate.WhenClosed(g) != gate.Continue {
			all = append(all, list{path: pathDuring, from: n, to: n + 1, first: i})
			n++
		}
	}
	return all
}

const pathDuring = "gates.during"

// share is the candidate's part of the requests at the k-th step; of one that does not
// share them that of the nearest one before it that does, else of the nearest after it;
// 0 if none does.
func (c *stage) share(k int) float64 {
	steps := c.ladder.Steps
	for i := k; i >= 0; i-- {
		if divides(&steps[i]) {
			return float64(steps[i].Weight) / float64(strategy.Full)
		}
	}
	if i := slices.IndexFunc(steps[k:], func(s strategy.Step) bool { return divides(&s) }); i >= 0 {
		return float64(steps[k+i].Weight) / float64(strategy.Full)
	}
	return 0
}

// divides reports whether candidate and stable share the requests at a step by chance, and
// not by who they come from.
func divides(step *strategy.Step) bool {
	return 0 < step.Weight && step.Weight < strategy.Full && len(step.Routes) == 0
}

// checkGateDeadline refuses one that is over before a step can be passed: before what its
// gates have to see measured at least, with so many stages completed earlier, takes
// longer than it is kept.
func (c *stage) checkGateDeadline(earlier int) error {
	longest, at := time.Duration(0), ""
	for k := range c.gates {
		step := &c.ladder.Steps[k]
		if d := least(c.gates[k], earlier) - step.Keep; d > longest {
			longest, at = d, step.Name
		}
	}
	if c.GateDeadline <= 0 || c.GateDeadline > longest {
		return nil
	}
	return &FieldError{Value: strict.FormatDuration(c.GateDeadline), Rule: "must be above " + strict.FormatDuration(longest) + ", for which the gates of step " + at + " are closed at least"}
}

// least is the time for which gates stay closed at least, because they bake or ask for
// health that lasts, after so many stages completed earlier.
func least(gates []gate.Gate, earlier int) time.Duration {
	return gate.Least(gates, func(g gate.Gate) time.Duration {
		switch h := g.(type) {
		case gate.Healthy:
			return h.For
		case *gate.Healthy:
			return h.For
		}
		b, ok := bakeOf(g)
		switch {
		case !ok:
			return 0
		case b.Peak != nil:
			return max(b.Need(earlier), b.Peak.Need())
		}
		return b.Need(earlier)
	})
}
