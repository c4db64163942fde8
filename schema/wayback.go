package schema

import (
	"fmt"
	"slices"
	"strings"
)

// NoWayBack says that there is no safe way back, and what goes wrong on the nearest one.
type NoWayBack struct {
	To    string
	Trace *Trace
}

// Error is one sentence.
func (e *NoWayBack) Error() string {
	text := "there is no safe way back to " + e.To
	if e.Trace != nil {
		text += ": " + e.Trace.Wrong
	}
	return text
}

// WayBack plans how to go back to a version, given as "service@version", after the step that is named (or "start"), with the schema as it is
// there: at once if the horizon has the version, otherwise by way of versions that keep both, with reverse backfills that begin
// when the newer ones are gone. The plan that is returned verifies. The error is a [*NoWayBack] if there is none, and otherwise says
// that what was given is not valid.
//
// What the versions that ran have not kept in step is taken to say anything.
func WayBack(p Plan, after, to string, o Options) (Plan, error) {
	if err := p.Validate(); err != nil {
		return Plan{}, err
	}
	goal, err := p.version(to)
	if err != nil {
		return Plan{}, err
	}
	at := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Name == after }) + 1
	if at == 0 && after != "start" {
		return Plan{}, &FieldError{Path: "after", Value: fmt.Sprintf("%q", after), Rule: "is no step of the plan"}
	}
	world := p.worldAt(at)
	now := slices.IndexFunc(world.Running, func(ref string) bool { return strings.HasPrefix(ref, p.Versions[goal].Service+"@") })
	if now < 0 {
		return Plan{}, &FieldError{Path: "to", Value: fmt.Sprintf("%q", to), Rule: "is of a service that does not run there"}
	}
	current, _ := p.version(world.Running[now])
	var first *Trace
	for _, by := range p.between(goal, current) {
		plan := p.back(world, current, append(by, goal))
		if plan, err = Declare(plan, o); err != nil {
			return Plan{}, err
		}
		found, err := Verify(plan, o)
		switch {
		case err != nil:
			return Plan{}, err
		case found.Safe:
			return plan, nil
		case first == nil:
			first = found.Counterexample
		}
	}
	return Plan{}, &NoWayBack{To: to, Trace: first}
}

// version finds one by its name.
func (p *Plan) version(ref string) (int, error) {
	i := slices.IndexFunc(p.Versions, func(v Version) bool { return v.Ref() == ref })
	if i < 0 {
		return 0, &FieldError{Value: fmt.Sprintf("%q", ref), Rule: `is no version of the plan: versions are named "service@version"`}
	}
	return i, nil
}

// worldAt is what exists and runs when the first steps were made.
func (p *Plan) worldAt(steps int) World {
	w := World{
		Forms: slices.Clone(p.Start.Forms), Running: slices.Clone(p.Start.Running), Refuses: slices.Clone(p.Start.Refuses),
		Syncs: slices.Clone(p.Start.Syncs), Retained: slices.Clone(p.Start.Retained),
	}
	for _, s := range p.Steps[:steps] {
		if s.Deploy != "" {
			service, _, _ := strings.Cut(s.Deploy, "@")
			w.Running = slices.DeleteFunc(w.Running, func(ref string) bool { return strings.HasPrefix(ref, service+"@") })
			w.Running = append(w.Running, s.Deploy)
		}
		for _, change := range s.Changes {
			w.apply(change)
		}
	}
	return w
}

func (w *World) apply(change Change) {
	refusal := Refusal{Form: change.Form, Value: change.Value}
	unchecked := Refusal{Form: change.Form, Value: change.Value, Unchecked: true}
	sync := Sync{From: change.Form, To: change.To}
	switch change.Do {
	case Add:
		w.Forms = append(without(w.Forms, change.Form), change.Form)
	case Drop:
		w.Forms = without(w.Forms, change.Form)
	case Refuse:
		if change.Unchecked && slices.Contains(w.Refuses, refusal) {
			return
		}
		w.Refuses = without(without(w.Refuses, refusal), unchecked)
		refusal.Unchecked = change.Unchecked
		w.Refuses = append(w.Refuses, refusal)
	case Accept:
		w.Refuses = without(without(w.Refuses, refusal), unchecked)
	case Tie:
		w.Syncs = append(without(w.Syncs, sync), sync)
	case Untie:
		w.Syncs = without(w.Syncs, sync)
	}
}

func without[T comparable](list []T, one T) []T {
	return slices.DeleteFunc(list, func(x T) bool { return x == one })
}

// between are the ways by versions of the service that stand between two: none, one, or two of them, the nearest way first.
func (p *Plan) between(goal, current int) [][]int {
	var inner []int
	for i := current - 1; i > goal; i-- {
		if p.Versions[i].Service == p.Versions[goal].Service {
			inner = append(inner, i)
		}
	}
	out := [][]int{nil}
	for _, i := range inner {
		out = append(out, []int{i})
	}
	for n, i := range inner {
		for _, k := range inner[n+1:] {
			out = append(out, []int{i, k})
		}
	}
	return out
}

// back is a plan that goes from one version by way of others, filling on the way what the newer ones did not keep.
func (p *Plan) back(world World, current int, by []int) Plan {
	out := Plan{
		Name: fmt.Sprintf("%s: back to %s", p.Name, p.Versions[by[len(by)-1]].Ref()), Stores: p.Stores, Attributes: p.Attributes,
		Forms: p.Forms, Accepts: p.Accepts, Start: world, Goal: world,
	}
	service := p.Versions[current].Service
	for _, v := range p.Versions {
		if v.Service != service && slices.Contains(world.Running, v.Ref()) {
			out.Versions = append(out.Versions, v)
		}
	}
	kept := p.kept(world)
	out.Versions = append(out.Versions, p.Versions[current])
	for _, f := range world.Forms {
		if kept[f] == "" {
			continue
		}
		out.Start.Doubtful = append(out.Start.Doubtful, f)
	}
	newer := p.Versions[current].Ref()
	var needs []Condition
	for n, i := range by {
		v := p.Versions[i]
		out.Versions = append(out.Versions, v)
		out.Steps = append(out.Steps, Step{Name: "go back to " + v.Ref(), Phase: DeployPhase, Deploy: v.Ref(), Needs: needs})
		needs = []Condition{{Is: Drained, Version: newer}}
		newer = v.Ref()
		if n > 0 || len(by) == 1 {
			continue
		}
		drained, filled := needs, []Condition(nil)
		for _, f := range out.Start.Doubtful {
			if !v.writesBoth(kept[f], f) {
				continue
			}
			out.Steps = append(out.Steps, Step{
				Name: "fill " + f + " again", Phase: Fill, Needs: drained, Backfill: &Backfill{Form: f, From: kept[f], Define: p.filling(f, kept[f])},
			})
			filled = append(filled, Condition{Is: Maintained, Form: f, From: kept[f]}, Condition{Is: Proven, Form: f, From: kept[f]})
		}
		if len(filled) > 0 {
			needs = filled // who does not maintain it is gone
		}
	}
	out.Steps = append(out.Steps, Step{Name: newer + " alone", Phase: Prove, Needs: []Condition{{Is: Drained, Version: out.Versions[len(out.Versions)-2].Ref()}}})
	out.Goal.Running = append(slices.DeleteFunc(slices.Clone(world.Running), func(ref string) bool { return strings.HasPrefix(ref, service+"@") }), newer)
	return out
}

// kept gives for every form that exists, is kept, and is not written by all that write its attribute, a form that is.
func (p *Plan) kept(world World) map[string]string {
	out := map[string]string{}
	for _, a := range p.Attributes {
		var always, here []string
		for _, f := range p.Forms {
			if f.Attribute == a.Name && f.Of == "" && slices.Contains(world.Forms, f.Name) && p.storeOf(f).keeps() {
				here = append(here, f.Name)
			}
		}
		for _, f := range here {
			if !slices.ContainsFunc(p.Versions, func(v Version) bool {
				return slices.Contains(world.Running, v.Ref()) && v.writes(a.Name) && !v.writesForm(f)
			}) {
				always = append(always, f)
			}
		}
		for _, f := range here {
			if len(always) > 0 && !slices.Contains(always, f) && !slices.Contains(world.Syncs, Sync{From: always[0], To: f}) {
				out[f] = always[0]
			}
		}
	}
	return out
}

func (p *Plan) storeOf(f Form) StoreKind {
	return p.Stores[slices.IndexFunc(p.Stores, func(s Store) bool { return s.Name == f.Store })].Kind
}

func (v Version) writes(attribute string) bool {
	return slices.ContainsFunc(v.Writes, func(w Write) bool { return w.Attribute == attribute })
}

func (v Version) writesForm(form string) bool {
	return slices.ContainsFunc(v.Writes, func(w Write) bool {
		return slices.ContainsFunc(w.Together, func(g []string) bool { return slices.Contains(g, form) })
	})
}

// writesBoth says that the version writes two forms in one transaction.
func (v Version) writesBoth(a, b string) bool {
	return slices.ContainsFunc(v.Writes, func(w Write) bool {
		return slices.ContainsFunc(w.Together, func(g []string) bool { return slices.Contains(g, a) && slices.Contains(g, b) })
	})
}

// filling is the definition of a backfill that a trigger or another step of the plan has for the two forms, if any.
func (p *Plan) filling(form, from string) *Definition {
	for _, s := range p.Steps {
		if b := s.Backfill; b != nil && b.Form == form && b.From == from {
			return b.Define
		}
		for _, change := range s.Changes {
			if change.Do == Tie && change.Form == from && change.To == form {
				return change.Define
			}
		}
	}
	return nil
}
