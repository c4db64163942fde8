package postgres

import "slices"

// drop reads DROP.
func (p *parser) drop() []action {
	what := p.any("table", "index", "view", "materialized", "sequence", "type", "domain", "function", "procedure",
		"trigger", "rule", "policy", "statistics", "schema", "extension")
	switch what {
	case "index":
		return p.dropIndex()
	case "table":
		return p.dropTable()
	case "materialized":
		p.need("view")
		return p.dropEach("drop materialized view")
	case "view", "sequence":
		return p.dropEach("drop " + what)
	case "trigger", "rule", "policy":
		p.ifExists()
		a := action{class: "drop " + what, name: p.ident()}
		p.need("on")
		a.table = p.name()
		p.any("cascade", "restrict")
		return []action{a}
	case "statistics":
		p.ifExists()
		a := action{class: "drop statistics", name: p.name()}
		a.table = "the table of " + a.name
		return []action{a}
	case "type", "domain", "function", "procedure":
		if p.has("cascade") {
			p.bad = true // it drops columns, defaults and triggers anywhere
		}
		p.rest()
		if what == "domain" {
			what = "type"
		} else if what == "procedure" {
			what = "function"
		}
		return []action{{class: "drop " + what}}
	}
	p.bad = true // a schema and an extension take all that is in them along
	return nil
}

func (p *parser) dropEach(class string) []action {
	p.ifExists()
	var all []action
	for _, name := range p.names() {
		all = append(all, action{class: class, table: name, effect: func(w *world) {
			for _, t := range w.tables {
				t.Views = slices.DeleteFunc(t.Views, func(v View) bool { return unqualified(v.Name) == name })
			}
		}})
	}
	p.needNoCascade()
	return all
}

// needNoCascade refuses CASCADE, which may take anything along.
func (p *parser) needNoCascade() {
	if p.take("cascade") {
		p.bad = true
	}
	p.take("restrict")
}

// dropTable reads DROP TABLE, which also locks the tables its foreign keys refer to.
func (p *parser) dropTable() []action {
	p.ifExists()
	var all []action
	for _, name := range p.names() {
		a := action{class: "drop table", table: name}
		if t := p.w.table(name); t == nil {
			a.others = []string{"each table that " + name + " refers to"}
		} else {
			for _, c := range t.Constraints {
				if c.Kind == ForeignKey && unqualified(c.References) != name {
					a.others = append(a.others, unqualified(c.References))
				}
			}
		}
		a.effect = func(w *world) {
			w.tables = slices.DeleteFunc(w.tables, func(t *Table) bool { return t.Name == name })
			w.fresh = slices.DeleteFunc(w.fresh, func(n string) bool { return n == name })
		}
		all = append(all, a)
	}
	p.needNoCascade()
	return all
}
