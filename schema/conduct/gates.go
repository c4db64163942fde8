package conduct

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/schema"
)

// Gates are what must be open before a step is begun: its needs, that rollouts which it would leave without a
// way back are settled, and the gates of [Options.Gates]. They are ready to be asked, with [Seen.Facts]
// and whatever else the host vouches for. A deployment has them in the plan of its rollout.
func (c *Conductor) Gates(step string) (gate.All, error) {
	i, err := c.step(step)
	if err != nil {
		return nil, err
	}
	return append(gate.All(c.needs(i)), c.extra[i]...), nil
}

// needs are the facts that a step waits for.
func (c *Conductor) needs(i int) []gate.Gate {
	var out []gate.Gate
	for _, n := range c.plan.Steps[i].Needs {
		out = append(out, c.fact(FactName(n)))
	}
	for _, name := range c.unsettled(i) {
		out = append(out, c.fact(SettledName(name)))
	}
	return out
}

func (c *Conductor) fact(name string) gate.Fact {
	return gate.Fact{Name: name, Value: holds, MaxAge: c.o.MaxAge}
}

// unsettled are the deployments whose rollouts must be over before a step begins: of the service that it deploys the last
// one, and those that may go back to a version which it forgoes.
func (c *Conductor) unsettled(i int) (out []string) {
	seen := map[string]bool{}
	mine, _ := c.release(c.plan.Steps[i].Deploy)
	for k := i - 1; k >= 0; k-- {
		s := &c.plan.Steps[k]
		service, _ := c.release(s.Deploy)
		if s.Deploy == "" || seen[service] {
			continue
		}
		seen[service] = true
		if service == mine || slices.Contains(c.plan.Steps[i].Forgoes, c.replaced(k)) {
			out = append(out, s.Name)
		}
	}
	slices.Reverse(out)
	return out
}

// replaced is the version that runs before a deployment; empty if it is the first of its service.
func (c *Conductor) replaced(i int) string {
	service, _ := c.release(c.plan.Steps[i].Deploy)
	for k := i - 1; k >= 0; k-- {
		if of, _ := c.release(c.plan.Steps[k].Deploy); of == service && of != "" {
			return c.plan.Steps[k].Deploy
		}
	}
	last := ""
	for _, ref := range c.plan.Start.Running {
		if of, _ := c.release(ref); of == service && (last == "" || c.order(ref) > c.order(last)) {
			last = ref
		}
	}
	return last
}

// Rollout is the rollout of a deployment, from the template of its service. Every stage that shares the
// plan's stores waits at its entry for what the step needs, or until the version runs already: then the step was
// begun, and the plan has gone on. The gates of [Options.Gates] come after that.
func (c *Conductor) Rollout(step string) (rollout.Plan, error) {
	i, err := c.step(step)
	if err != nil {
		return rollout.Plan{}, err
	}
	s := &c.plan.Steps[i]
	if s.Deploy == "" {
		return rollout.Plan{}, fmt.Errorf("conduct: step %q deploys nothing", step)
	}
	out := c.move(i+1, c.replaced(i), s.Deploy)
	var entry []gate.Gate
	if needs := c.needs(i); len(needs) > 0 {
		entry = append(entry, gate.Any{gate.All(needs), c.fact(RunsName(s.Deploy))})
	}
	entry = append(entry, c.o.Gates[s.Name]...)
	for k := range out.Stages {
		stage := &out.Stages[k]
		if len(c.o.Stages) == 0 || slices.Contains(c.o.Stages, stage.Name) {
			stage.Gates.Entry = append(slices.Clone(entry), stage.Gates.Entry...)
		}
	}
	return out, nil
}

// Move is the rollout that takes a service from one version to another, both given as "service@version", while the plan
// stands after a step (or at "start"): a rollback to an older version, or a newer one that may start. The error says why
// the version is not in the horizon. What was rolled out later in the plan and taken back narrows
// the horizon too: [schema.WayBack] knows the way then.
func (c *Conductor) Move(after, from, to string) (rollout.Plan, error) {
	p := slices.IndexFunc(c.rows, func(r schema.Row) bool { return r.After == after })
	if p < 0 {
		return rollout.Plan{}, fmt.Errorf("conduct: the plan has no step %q", after)
	}
	service, _ := c.release(to)
	of, _ := c.release(from)
	_, known := c.o.Templates[service]
	switch {
	case service == "" || of != service || from == to:
		return rollout.Plan{}, fmt.Errorf("conduct: %q and %q must be two versions of one service", from, to)
	case !known:
		return rollout.Plan{}, fmt.Errorf("conduct: there is no template for service %q", service)
	case !slices.Contains(c.rows[p].MayRun(), to):
		return rollout.Plan{}, fmt.Errorf("conduct: after %q %s is not in the horizon%s", after, to, c.why(p, to))
	}
	return c.move(p, from, to), nil
}

// move is a rollout between two versions at a place in the plan.
func (c *Conductor) move(p int, from, to string) rollout.Plan {
	service, version := c.release(to)
	_, stable := c.release(from)
	out := c.o.Templates[service]
	out.Stages = slices.Clone(out.Stages)
	out.Release.Version, out.Release.Replaces = version, stable
	if out.Release.Name == "" {
		out.Release.Name = service
	}
	if from != "" && !slices.Contains(c.rows[p].MayRun(), from) {
		out.Release.Irreversible = line(fmt.Sprintf("%s is not in the horizon of the schema plan after %q%s", from, c.rows[p].After, c.why(p, from)))
	}
	return out
}

// why is what would go wrong with a version that left the horizon.
func (c *Conductor) why(p int, ref string) string {
	for ; p >= 0; p-- {
		for _, t := range c.rows[p].Lost {
			if t.Version == ref {
				return ": " + t.Wrong
			}
		}
	}
	return ""
}

// line is a text as a release may carry it: of one line, at most 1000 bytes.
func line(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for n := range text {
		if n > 990 {
			return text[:n] + "..."
		}
	}
	return text
}
