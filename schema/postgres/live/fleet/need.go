package fleet

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// holds says whether a need that is about the fleet or about messages holds; made are the steps before.
func (f *Fleet) holds(ctx context.Context, need schema.Condition, made []schema.Step) (bool, error) {
	switch need.Is {
	case schema.Drained:
		return f.drained(ctx, need.Version)
	case schema.Maintained:
		return f.all(func(v *schema.Version) bool { return f.maintains(v, need.From, need.Form, made) }), nil
	case schema.Unused:
		return f.all(func(v *schema.Version) bool { return !f.uses(v, need.Form) }), nil
	case schema.Expired:
		all, err := f.retained(ctx, func(m *message) bool { return f.alone(m, need.Form) })
		return len(all) == 0, err
	case schema.Absent:
		all, err := f.retained(ctx, func(m *message) bool {
			a := f.of(need.Form)
			return slices.Contains(m.topics, a.place(need.Form).store) && decode(m.meant[a.Name]).class == need.Value
		})
		return len(all) == 0, err
	case schema.Proven, schema.CaughtUp:
		return true, nil // nothing of it is in the database
	}
	return false, fmt.Errorf("fleet: nobody knows how to ask whether %s", need)
}

// drained says that no instance of a version runs and none has left a session behind.
func (f *Fleet) drained(ctx context.Context, ref string) (bool, error) {
	if f.Count(ref) > 0 {
		return false, nil
	}
	conn, err := f.connect(ctx, "observe")
	if err != nil {
		return false, err
	}
	defer conn.Close(ctx)
	got := run(ctx, conn, "SELECT FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()", []byte(ref))
	return len(got.Rows) == 0, got.Err
}

func (f *Fleet) all(is func(v *schema.Version) bool) bool {
	running := f.Running()
	for i := range f.plan.Versions {
		if v := &f.plan.Versions[i]; slices.Contains(running, v.Ref()) && !is(v) {
			return false
		}
	}
	return true
}

func (f *Fleet) of(form string) *attribute {
	for _, a := range f.attributes {
		if a.place(form) != nil {
			return a
		}
	}
	return nil
}

// maintains says that a version which writes one form writes the other in the same transaction, or a trigger does.
func (f *Fleet) maintains(v *schema.Version, from, to string, made []schema.Step) bool {
	tied := slices.Contains(worldOf(f.plan.Start, made).Syncs, schema.Sync{From: from, To: to})
	a := f.of(from)
	for _, w := range v.Writes {
		for _, g := range w.Together {
			if w.Attribute == a.Name && slices.Contains(g, from) && !slices.Contains(g, to) && !tied {
				return false
			}
			if w.Attribute == a.Name && !slices.Contains(g, from) && slices.Contains(g, to) {
				return false
			}
		}
	}
	return tied || !slices.Contains(v.Makes, a.place(from).store) || slices.Contains(v.Makes, a.place(to).store)
}

func (f *Fleet) uses(v *schema.Version, form string) bool {
	return slices.ContainsFunc(v.Reads, func(r schema.Read) bool { return slices.Contains(r.Forms, form) }) ||
		slices.ContainsFunc(v.Writes, func(w schema.Write) bool {
			return slices.ContainsFunc(w.Together, func(g []string) bool { return slices.Contains(g, form) })
		})
}

// alone says that a message has a form and none of the attribute's others.
func (f *Fleet) alone(m *message, form string) bool {
	a := f.of(form)
	if _, has := m.fields[form]; !has {
		return false
	}
	return !slices.ContainsFunc(a.forms, func(p *place) bool {
		_, has := m.fields[p.form]
		return p.form != form && has
	})
}

// world is what exists when the first steps were made.
func world(p *schema.Plan, steps int) schema.World { return worldOf(p.Start, p.Steps[:steps]) }

func worldOf(start schema.World, steps []schema.Step) schema.World {
	w := schema.World{Forms: slices.Clone(start.Forms), Refuses: slices.Clone(start.Refuses), Syncs: slices.Clone(start.Syncs)}
	for _, s := range steps {
		for _, c := range s.Changes {
			without := func(r schema.Refusal) bool { return r.Form == c.Form && (c.Do == schema.Drop || r.Value == c.Value) }
			switch c.Do {
			case schema.Add:
				w.Forms = append(w.Forms, c.Form)
			case schema.Drop:
				w.Forms = slices.DeleteFunc(w.Forms, func(f string) bool { return f == c.Form })
				w.Refuses = slices.DeleteFunc(w.Refuses, without)
			case schema.Refuse:
				w.Refuses = append(slices.DeleteFunc(w.Refuses, without), schema.Refusal{Form: c.Form, Value: c.Value, Unchecked: c.Unchecked})
			case schema.Accept:
				w.Refuses = slices.DeleteFunc(w.Refuses, without)
			case schema.Tie:
				w.Syncs = append(w.Syncs, schema.Sync{From: c.Form, To: c.To})
			case schema.Untie:
				w.Syncs = slices.DeleteFunc(w.Syncs, func(s schema.Sync) bool { return s.From == c.Form && s.To == c.To })
			}
		}
	}
	return w
}

// inForce says that a world is as a step would make it.
func inForce(w *schema.World, s *schema.Step) bool {
	for _, c := range s.Changes {
		refused := slices.ContainsFunc(w.Refuses, func(r schema.Refusal) bool {
			return r.Form == c.Form && r.Value == c.Value && (c.Unchecked || c.Do == schema.Accept || !r.Unchecked)
		})
		is := false
		switch c.Do {
		case schema.Add:
			is = slices.Contains(w.Forms, c.Form)
		case schema.Drop:
			is = !slices.Contains(w.Forms, c.Form)
		case schema.Refuse:
			is = refused
		case schema.Accept:
			is = !refused
		case schema.Tie:
			is = slices.Contains(w.Syncs, schema.Sync{From: c.Form, To: c.To})
		case schema.Untie:
			is = !slices.Contains(w.Syncs, schema.Sync{From: c.Form, To: c.To})
		}
		if !is {
			return false
		}
	}
	return true
}
