package change

import "github.com/seed-20fe5ead/gradatim/schema"

// presence is a recipe about a form that comes or goes with its attribute.
type presence struct {
	*recipe
	place    place
	form     string
	required bool // readers do not do without it
	define   *schema.Definition
}

func (p *presence) prepare(uses []use) {
	p.value(schema.Null, "")
	p.value(usual, "")
	p.recipe.form(p.form, p.place.store, p.define)
	p.store(p.place, uses)
	p.makes = []string{p.place.store}
}

func (p *presence) reads(u use, needs bool) []schema.Read {
	if needs {
		return p.read(u, []schema.Fit{{Value: schema.Null, Verdict: schema.Error}}, p.form)
	}
	return p.read(u, nil, p.form)
}

func (p *presence) writes() []schema.Write { return p.write([]string{usual}, p.form) }

func strictReader(f footprint) bool { return len(f.strict) > 0 }

func makesWithout(f footprint) bool { return len(f.makes) > 0 && len(f.writes) == 0 }

// come is the way in (catalogue 1 to 4, 23, 24, half of 28). Who only makes records writes it too, if it is needed.
func (p *presence) come(uses []use, fill *schema.Definition) {
	p.prepare(uses)
	p.goal.Forms = []string{p.form}
	needed := p.required && p.place.kind == schema.Table
	for i := range uses {
		uses[i].writes = uses[i].writes || p.required && uses[i].makes
	}
	p.begin(uses, func(u use) footprint {
		f := footprint{}
		if u.whole {
			f.whole = []string{p.place.store}
		}
		return f
	})
	if p.place.kind == schema.Table {
		p.list()
	}
	p.do(schema.Expand, "add "+p.form, schema.Change{Do: schema.Add, Form: p.form})
	p.caughtUp(p.form)
	strict, whole := false, false
	for _, u := range uses {
		strict, whole = strict || u.strict, whole || u.whole
	}
	final := func(t *track) footprint {
		return footprint{reads: p.reads(t.use, p.required && !needed), writes: p.writes()}
	}
	switch {
	case strict || whole:
		p.deploy(schema.DeployPhase, func(t *track) footprint { return footprint{reads: p.reads(t.use, false), writes: t.now().writes} })
		p.drain(all(strictReader, func(f footprint) bool { return len(f.reads) == 0 }))
		p.drain(func(f footprint) bool { return len(f.whole) > 0 })
		p.deploy(schema.Switch, func(t *track) footprint { return footprint{reads: t.now().reads, writes: p.writes()} })
	case p.required && !needed:
		p.deploy(schema.DeployPhase, func(t *track) footprint { return footprint{reads: t.now().reads, writes: p.writes()} })
	}
	if p.required && !needed {
		p.drain(makesWithout)
		if p.place.kind != schema.Call {
			p.need(schema.Condition{Is: schema.Absent, Form: p.form, Value: schema.Null})
		}
	}
	p.deploy(schema.Switch, final)
	if needed {
		p.mend(fill)
	}
}

// mend fills the rows in which nothing is set, and sees that there will be no more.
func (p *presence) mend(fill *schema.Definition) {
	refuse := schema.Change{Do: schema.Refuse, Form: p.form, Value: schema.Null, Unchecked: true, Define: p.notNull(p.form)}
	p.goal.Refuses = []schema.Refusal{{Form: p.form, Value: schema.Null}}
	p.drain(makesWithout)
	p.fill(p.form, "", usual, fill)
	p.drain(makesWithout)
	p.need(schema.Condition{Is: schema.Absent, Form: p.form, Value: schema.Null})
	p.do(schema.Prove, "refuse null in "+p.form, refuse) // only now: it would fail every update of a row that is not mended
	refuse.Unchecked = false
	p.do(schema.Prove, "validate "+p.form, refuse)
}

// leave is the way out (catalogue 10, 25, half of 29).
func (p *presence) leave(uses []use) {
	p.prepare(uses)
	p.start.Forms = []string{p.form}
	if p.place.kind == schema.Topic {
		p.start.Retained = p.start.Forms
	}
	refused := p.required && p.place.kind == schema.Table
	if refused {
		p.start.Refuses = []schema.Refusal{{Form: p.form, Value: schema.Null}}
	}
	strict := false
	for _, u := range uses {
		strict = strict || u.strict
	}
	p.begin(uses, func(u use) footprint { return footprint{reads: p.reads(u, p.required), writes: p.writes()} })
	if p.place.kind == schema.Table {
		p.list()
	}
	switch {
	case p.required && strict:
		p.deploy(schema.DeployPhase, func(t *track) footprint { return footprint{reads: p.reads(t.use, false), writes: p.writes()} })
	case p.required:
		p.deploy(schema.DeployPhase, func(t *track) footprint { return footprint{writes: t.now().writes} })
	}
	p.drain(refuses(schema.Null))
	drains := p.drains
	if refused {
		p.drains = nil
		p.accept("relax "+p.form, p.start.Refuses...)
		p.drains = drains
	}
	if strict {
		p.deploy(schema.DeployPhase, func(t *track) footprint { return footprint{reads: t.now().reads} })
		p.drain(writesForm(p.form))
		if p.place.kind == schema.Topic {
			p.need(schema.Condition{Is: schema.Expired, Form: p.form})
		}
	}
	p.deploy(schema.Switch, func(*track) footprint { return footprint{} })
	p.need(schema.Condition{Is: schema.Unused, Form: p.form})
	p.do(schema.Contract, "drop "+p.form, schema.Change{Do: schema.Drop, Form: p.form, Define: p.define})
}
