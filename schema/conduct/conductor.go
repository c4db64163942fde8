package conduct

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/schema"
)

// Options say how the steps of a plan are carried out.
type Options struct {
	// Templates are the rollouts by service: stages, strategies, gates, health. What their release says is kept,
	// apart from version and replaces.
	Templates map[string]rollout.Plan
	// Stages are the names of the stages that share the plan's stores: only they wait for the plan's needs.
	// Default: all of them.
	Stages []string
	// MaxAge is how old a fact may be. Default 5m, that of [gate.Fact]; not negative.
	MaxAge time.Duration
	// Gates are more conditions, by the name of the step: a bake, an approval, a window, a toggle
	// at a value (as [gate.Fact]).
	Gates map[string][]gate.Gate
}

// Conductor knows the steps of one plan. It is immutable.
type Conductor struct {
	plan   schema.Plan
	rows   []schema.Row
	o      Options
	extra  [][]gate.Gate // by step, ready to be asked
	worlds []string      // what the schema looks like, by place in the plan
}

// New takes a plan with what [schema.Verify] found of it. The error joins one *FieldError for everything
// that is wrong, or says that the plan was not found safe.
func New(p schema.Plan, found schema.Result, o Options) (*Conductor, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("conduct: the plan is not valid: %w", err)
	}
	if !found.Safe {
		return nil, errors.New("conduct: the plan was not found safe")
	}
	if len(found.Horizon) != len(p.Steps)+1 || !matches(p.Steps, found.Horizon[1:]) {
		return nil, errors.New("conduct: what was found is of another plan")
	}
	c := &Conductor{plan: p, rows: found.Horizon, o: o, worlds: places(p)}
	var wrong strict.Problems
	if o.MaxAge < 0 {
		wrong.Add("maxAge", o.MaxAge, "must not be negative")
	}
	for _, s := range p.Steps {
		ready, err := gate.Compile(o.Gates[s.Name])
		wrong.Join(fmt.Sprintf("gates[%q]", s.Name), err)
		c.extra = append(c.extra, ready)
	}
	c.checkNames(&wrong)
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

func matches(steps []schema.Step, rows []schema.Row) bool {
	for i := range steps {
		if steps[i].Name != rows[i].After {
			return false
		}
	}
	return true
}

// checkNames refuses services without a rollout, and gates and stages that nobody would ever ask for.
func (c *Conductor) checkNames(wrong *strict.Problems) {
	known, missing := 0, map[string]bool{}
	for _, s := range c.plan.Steps {
		service, _ := c.release(s.Deploy)
		if _, here := c.o.Templates[service]; service != "" && !here && !missing[service] {
			missing[service] = true
			wrong.Add(fmt.Sprintf("templates[%q]", service), nil, fmt.Sprintf("must be a rollout: step %q deploys it", s.Name))
		}
		if _, here := c.o.Gates[s.Name]; here {
			known++
		}
	}
	if known != len(c.o.Gates) {
		wrong.Add("gates", nil, "must be of steps of the plan")
	}
	for i, name := range c.o.Stages {
		any := false
		for _, v := range c.plan.Versions {
			any = any || slices.ContainsFunc(c.o.Templates[v.Service].Stages, func(s rollout.Stage) bool { return s.Name == name })
		}
		if !any {
			wrong.Add(fmt.Sprintf("stages[%d]", i), name, "must be a stage of a template")
		}
	}
}

// release takes a version apart.
func (c *Conductor) release(ref string) (service, version string) {
	i := c.order(ref)
	if i < 0 {
		return "", ""
	}
	return c.plan.Versions[i].Service, c.plan.Versions[i].Name
}

// order is the place of a version in the plan, -1 if it is not in it.
func (c *Conductor) order(ref string) int {
	return slices.IndexFunc(c.plan.Versions, func(v schema.Version) bool { return v.Ref() == ref })
}

// step is the place of a step in the plan.
func (c *Conductor) step(name string) (int, error) {
	i := slices.IndexFunc(c.plan.Steps, func(s schema.Step) bool { return s.Name == name })
	if i < 0 {
		return 0, fmt.Errorf("conduct: the plan has no step %q", name)
	}
	return i, nil
}

// Asks are the conditions that are to be looked at, each once, in the order in which the plan comes to them: the needs of
// its steps, and that what is filled is filled.
func (c *Conductor) Asks() []schema.Condition {
	var out []schema.Condition
	add := func(one schema.Condition) {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	for i, s := range c.plan.Steps {
		for _, n := range s.Needs {
			add(n)
		}
		if s.Backfill != nil {
			add(c.filled(i))
		}
	}
	for _, v := range c.plan.Versions {
		if !slices.Contains(c.plan.Goal.Running, v.Ref()) {
			add(schema.Condition{Is: schema.Drained, Version: v.Ref()})
		}
	}
	return out
}

// filled is what a backfill is for: the first need after it that speaks of what it fills, or else what it says itself.
func (c *Conductor) filled(i int) schema.Condition {
	b := c.plan.Steps[i].Backfill
	own := schema.Condition{Is: schema.Proven, Form: b.Form, From: b.From}
	if b.From == "" {
		own = schema.Condition{Is: schema.Absent, Form: b.Form, Value: cmp.Or(b.Instead, schema.Null)}
	}
	for _, s := range c.plan.Steps[i+1:] {
		for _, n := range s.Needs {
			once := n
			once.Once = false
			if once == own {
				return n
			}
		}
	}
	return own
}
