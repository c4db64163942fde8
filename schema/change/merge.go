package change

import (
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// merger lays recipes side by side. A deployment brings every recipe that waits for that service one stage further, so
// that there are as few as can be; all other steps are done as soon as their recipe comes to them. The order
// within each recipe is kept, which is why the whole is safe if each recipe is.
type merger struct {
	options  Options
	recipes  []*recipe
	at       []int // for each recipe the next act
	services []*brought
	last     *brought // deployed
	fewest   map[string]int
	plan     schema.Plan
}

// brought are the versions of one service, each with the stage of every recipe that it is at; -1 is that the recipe
// does not concern it.
type brought struct {
	name, today string
	refs        []string
	stages      [][]int
}

func merge(w *world, recipes []*recipe) schema.Plan {
	m := &merger{options: w.options, recipes: recipes, at: make([]int, len(recipes)), fewest: map[string]int{}}
	for _, r := range recipes {
		m.take(r)
	}
	for _, s := range w.services {
		m.today(s.Name, s.Version)
	}
	for _, r := range recipes { // those that were assumed
		for _, t := range r.tracks {
			m.today(t.service, "")
		}
	}
	for m.steps(); !m.done(); m.steps() {
		m.deploy(m.next())
	}
	for _, s := range m.services {
		m.plan.Goal.Running = append(m.plan.Goal.Running, s.refs[len(s.refs)-1])
	}
	return m.plan
}

// take adds what a recipe is about to the plan.
func (m *merger) take(r *recipe) {
	p := &m.plan
	for _, s := range r.stores {
		if i := slices.IndexFunc(p.Stores, func(o schema.Store) bool { return o.Name == s.Name }); i >= 0 {
			p.Stores[i].Replica = p.Stores[i].Replica || s.Replica
		} else {
			p.Stores = append(p.Stores, s)
		}
	}
	p.Attributes = append(p.Attributes, r.attribute)
	p.Forms = append(p.Forms, r.forms...)
	for _, w := range []struct{ to, from *schema.World }{{&p.Start, &r.start}, {&p.Goal, &r.goal}} {
		w.to.Forms = append(w.to.Forms, w.from.Forms...)
		w.to.Refuses = append(w.to.Refuses, w.from.Refuses...)
		w.to.Syncs = append(w.to.Syncs, w.from.Syncs...)
		w.to.Retained = append(w.to.Retained, w.from.Retained...)
	}
	if m.options.Lossy {
		p.Accepts = append(p.Accepts, r.losses...)
	}
}

// today adds the version of a service that runs at the start, if it is concerned.
func (m *merger) today(name, version string) {
	known := slices.ContainsFunc(m.services, func(s *brought) bool { return s.name == name })
	concerned := slices.ContainsFunc(m.recipes, func(r *recipe) bool { return r.track(name) >= 0 })
	if known || !concerned {
		return
	}
	if version == "" {
		version = "v1"
	}
	s := &brought{name: name, today: version}
	stages := make([]int, len(m.recipes))
	for i, r := range m.recipes {
		stages[i] = min(r.track(name), 0)
	}
	m.services = append(m.services, s)
	m.plan.Start.Running = append(m.plan.Start.Running, m.bring(s, version, stages))
}

func (r *recipe) track(service string) int {
	return slices.IndexFunc(r.tracks, func(t *track) bool { return t.service == service })
}

// bring adds a version to the plan and returns its name.
func (m *merger) bring(s *brought, version string, stages []int) string {
	v := schema.Version{Service: s.name, Name: version}
	for i, r := range m.recipes {
		if stages[i] < 0 {
			continue
		}
		f := r.tracks[r.track(s.name)].stages[stages[i]]
		v.Reads, v.Writes = append(v.Reads, f.reads...), append(v.Writes, f.writes...)
		v.Makes, v.Star = union(v.Makes, f.makes), union(v.Star, f.star)
		v.Strict, v.Whole = union(v.Strict, f.strict), union(v.Whole, f.whole)
	}
	s.refs, s.stages = append(s.refs, v.Ref()), append(s.stages, stages)
	m.plan.Versions = append(m.plan.Versions, v)
	return v.Ref()
}

func union(a, b []string) []string {
	a = slices.Clone(a)
	for _, one := range b {
		if !slices.Contains(a, one) {
			a = append(a, one)
		}
	}
	return a
}

func (m *merger) done() bool {
	for i, r := range m.recipes {
		if m.at[i] < len(r.acts) {
			return false
		}
	}
	return true
}

// head is the next act of a recipe, nil if there is none now.
func (m *merger) head(i int) *act {
	if m.at[i] == len(m.recipes[i].acts) || !m.free(m.at, i, m.at[i]) {
		return nil
	}
	return &m.recipes[i].acts[m.at[i]]
}

// steps does what is no deployment, as far as that goes.
func (m *merger) steps() {
	for again := true; again; {
		again = false
		for i := range m.recipes {
			for a := m.head(i); a != nil && a.track < 0; a = m.head(i) {
				step := a.step
				step.Needs = m.needs(i, a)
				m.plan.Steps = append(m.plan.Steps, step)
				m.at[i]++
				again = true
			}
		}
	}
}

// needs are those of an act, with the versions that must be gone.
func (m *merger) needs(i int, a *act) []schema.Condition {
	var out []schema.Condition
	for _, one := range a.gone {
		service := m.service(m.recipes[i].tracks[one.track].service)
		for v, stages := range service.stages {
			if stages[i] == one.stage {
				out = append(out, schema.Condition{Is: schema.Drained, Version: service.refs[v]})
			}
		}
	}
	return append(out, a.step.Needs...)
}

func (m *merger) service(name string) *brought {
	return m.services[slices.IndexFunc(m.services, func(s *brought) bool { return s.name == name })]
}

// waits says whether the next act of a recipe is a deployment of the service.
func (m *merger) waits(i int, service string) *act {
	a := m.head(i)
	if a == nil || a.track < 0 || m.recipes[i].tracks[a.track].service != service {
		return nil
	}
	return a
}

// deploy brings the next version of a service.
func (m *merger) deploy(name string) {
	s := m.service(name)
	stages := slices.Clone(s.stages[len(s.stages)-1])
	step := schema.Step{Phase: schema.DeployPhase}
	for i := range m.recipes {
		a := m.waits(i, name)
		if a == nil {
			continue
		}
		for _, need := range m.needs(i, a) {
			if !slices.Contains(step.Needs, need) {
				step.Needs = append(step.Needs, need)
			}
		}
		if a.step.Phase == schema.Switch {
			step.Phase = schema.Switch
		}
		stages[i] = a.stage
		m.at[i]++
	}
	// What another service was brought last has to have taken hold: else it may be taken back when the plan is past it.
	if last := m.last; last != nil && last != s && len(last.refs) > 1 {
		need := schema.Condition{Is: schema.Drained, Version: last.refs[len(last.refs)-2]}
		if !slices.Contains(step.Needs, need) {
			step.Needs = append(step.Needs, need)
		}
	}
	m.last = s
	step.Deploy = m.bring(s, m.options.version(s, len(s.refs)), stages)
	step.Name = "deploy " + step.Deploy
	m.plan.Steps = append(m.plan.Steps, step)
}

// most bounds for how many positions the fewest deployments are counted exactly.
const most = 50_000

// next is the service whose deployment leads to the fewest in all.
func (m *merger) next() string {
	positions := 1
	for _, r := range m.recipes {
		positions = min(positions*(len(r.deployments(0))+1), most+1)
	}
	best, fewest := "", 0
	for _, s := range m.services {
		waiting := 0
		for i := range m.recipes {
			if m.waits(i, s.name) != nil {
				waiting++
			}
		}
		if waiting == 0 {
			continue
		}
		cost := -waiting // the most at once, if there are too many
		if positions <= most {
			cost = m.count(m.advanced(m.at, s.name))
		}
		if best == "" || cost < fewest {
			best, fewest = s.name, cost
		}
	}
	return best
}

// deployments are the services that a recipe deploys from an act on.
func (r *recipe) deployments(from int) []string {
	var out []string
	for _, a := range r.acts[from:] {
		if a.track >= 0 {
			out = append(out, r.tracks[a.track].service)
		}
	}
	return out
}

// advanced are the positions after a deployment and all that can be done after it.
func (m *merger) advanced(at []int, service string) []int {
	at = slices.Clone(at)
	for i, r := range m.recipes {
		if next := skip(r, at[i]); next < len(r.acts) && m.free(at, i, next) && r.tracks[r.acts[next].track].service == service {
			at[i] = next + 1
		}
	}
	for i, r := range m.recipes {
		at[i] = skip(r, at[i])
	}
	return at
}

// skip passes over what is no deployment.
func skip(r *recipe, at int) int {
	for at < len(r.acts) && r.acts[at].track < 0 {
		at++
	}
	return at
}

// free says that all is done that must be done before an act of a recipe.
func (m *merger) free(at []int, i, act int) bool {
	for _, w := range m.recipes[i].waits {
		j := slices.Index(m.recipes, w.recipe)
		if act >= w.act && at[j] < w.done {
			return false
		}
	}
	return true
}

// count is the fewest deployments from positions on.
func (m *merger) count(at []int) int {
	key := fmt.Sprint(at)
	if n, known := m.fewest[key]; known {
		return n
	}
	best := 0
	for _, s := range m.services {
		next := m.advanced(at, s.name)
		if slices.Equal(next, at) {
			continue
		}
		if n := 1 + m.count(next); best == 0 || n < best {
			best = n
		}
	}
	m.fewest[key] = best
	return best
}
