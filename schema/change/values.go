package change

import (
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// refuse has a form refuse a value: first of what is written from now on, then of all there is. Between
// the two nothing waits for a lock while rows are looked at.
func (r *recipe) refuse(form, value string) {
	change := schema.Change{Do: schema.Refuse, Form: form, Value: value, Unchecked: true, Define: r.notNull(form)}
	r.do(schema.Prove, "refuse "+value+" in "+form, change)
	change.Unchecked = false
	r.do(schema.Prove, "validate "+form, change)
}

// accept lifts refusals.
func (r *recipe) accept(name string, refusals ...schema.Refusal) {
	var changes []schema.Change
	for _, one := range refusals {
		changes = append(changes, schema.Change{Do: schema.Accept, Form: one.Form, Value: one.Value, Define: r.notNull(one.Form)})
	}
	r.do(schema.Contract, name, changes...)
}

// mend writes something else in place of a value, in the rows that have it. An empty expression is for somebody to find.
func (r *recipe) mend(form, value, expr, where string, define *schema.Definition) {
	var names []string
	for _, c := range define.Columns {
		names = append(names, c.Name)
	}
	define.Expr, define.Where, define.Columns = expr, where, named(names)
	if expr == "" {
		define = &schema.Definition{Kind: schema.DefineOther}
	}
	b := &schema.Backfill{Form: form, Value: usual, Instead: value, Define: define}
	r.add(act{step: schema.Step{Name: "mend " + value + " in " + form, Phase: schema.Fill, Backfill: b}, seat: seat{-1, 0}})
}

// notNull defines that the columns of a form are not null.
func (r *recipe) notNull(form string) *schema.Definition {
	for _, f := range r.forms {
		if f.Name == form && f.Define != nil {
			d := &schema.Definition{Kind: schema.DefineNotNull, Table: f.Define.Table}
			for _, c := range f.Define.Columns {
				if !slices.Contains(f.Define.Key, c.Name) { // a primary key refuses it anyway
					d.Columns = append(d.Columns, c)
				}
			}
			return d
		}
	}
	return nil
}

// mending is what is written in place of a value, which rows have it, and a unique key of the table.
type mending struct {
	expr, where string
	key         []string
}

func (p *problems) mend(expr string, columns, key []string) {
	p.must(expr == "" || len(columns) == 1, "mend", expr, "is for one column: with more it is by hand")
	p.names("key", key, 0)
}

// limits is a recipe about one form that stays, and the values it may have.
type limits struct {
	*recipe
	place   place
	form    string
	value   string // that is new, or no longer wanted
	witness string
	null    bool // null is another value that it may have
	define  func(do schema.Do, unchecked bool) *schema.Definition
}

func (l *limits) prepare(uses []use) {
	// Somebody who makes records without writing the attribute leaves it unset.
	plain := slices.ContainsFunc(uses, func(u use) bool { return u.makes && !u.writes })
	l.null = l.value != schema.Null && (l.null || plain)
	if l.null {
		l.recipe.value(schema.Null, "")
	}
	l.recipe.value(usual, "")
	l.recipe.value(l.value, l.witness)
	l.recipe.form(l.form, l.place.store, nil)
	l.store(l.place, uses)
	l.start.Forms, l.goal.Forms = []string{l.form}, []string{l.form}
	l.makes = []string{l.place.store}
}

func (l *limits) writes(with bool) []schema.Write {
	var values []string
	if l.null {
		values = append(values, schema.Null)
	}
	values = append(values, usual)
	if with {
		values = append(values, l.value)
	}
	return l.write(values, l.form)
}

func (l *limits) change(do schema.Do, unchecked bool) schema.Change {
	return schema.Change{Do: do, Form: l.form, Value: l.value, Unchecked: unchecked, Define: l.define(do, unchecked)}
}

// widen lets a value be written that was not (catalogue 6, 19, 20 and half of 29): all readers take it, then it is allowed,
// then somebody writes it.
func (l *limits) widen(uses []use) {
	l.prepare(uses)
	fit := []schema.Fit{{Value: l.value, Verdict: schema.Error}}
	l.begin(uses, func(u use) footprint {
		f := footprint{reads: l.read(u, fit, l.form), writes: l.writes(false)}
		if u.takes {
			f.reads = l.read(u, nil, l.form)
		}
		return f
	})
	l.deploy(schema.DeployPhase, func(t *track) footprint {
		f := t.now()
		f.reads = l.read(t.use, nil, l.form)
		return f
	})
	l.drain(refuses(l.value))
	drains := l.drains
	if l.place.kind == schema.Table {
		l.drains = nil // to allow it harms nobody
		l.start.Refuses = []schema.Refusal{{Form: l.form, Value: l.value}}
		l.do(schema.Expand, "allow "+l.value+" in "+l.form, l.change(schema.Accept, false))
		l.drains = drains
	}
	l.deploy(schema.Switch, func(t *track) footprint {
		f := t.now()
		f.writes = l.writes(true)
		return f
	})
}

// narrow has a form refuse a value (catalogue 16, 17, 18 and 22): nobody writes it any more, the records
// that have it are mended, then it is refused.
func (l *limits) narrow(uses []use, twice bool, m mending) {
	for i := range uses {
		uses[i].writes = uses[i].writes || l.value == schema.Null && uses[i].makes
	}
	l.prepare(uses)
	l.begin(uses, func(u use) footprint {
		return footprint{reads: l.read(u, nil, l.form), writes: l.writes(true)}
	})
	l.deploy(schema.DeployPhase, func(t *track) footprint {
		f := t.now()
		f.writes = l.writes(false)
		return f
	})
	l.goal.Refuses = []schema.Refusal{{Form: l.form, Value: l.value}}
	l.drain(writesValue(l.value))
	if l.value == schema.Null {
		l.fill(l.form, "", usual, filling(l.place.store, m.key, schema.Column{Name: l.place.things[0], Expr: m.expr}))
	} else {
		l.mend(l.form, l.value, m.expr, m.where, filling(l.place.store, m.key, named(l.place.things)...))
	}
	l.drain(writesValue(l.value))
	l.need(schema.Condition{Is: schema.Absent, Form: l.form, Value: l.value})
	if twice { // only now: it would fail every update of a row that is not mended
		l.do(schema.Prove, "refuse "+l.value+" in "+l.form, l.change(schema.Refuse, true))
	}
	l.do(schema.Prove, "validate "+l.form, l.change(schema.Refuse, false))
}
