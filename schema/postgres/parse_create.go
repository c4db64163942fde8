package postgres

import "slices"

// create reads CREATE.
func (p *parser) create() []action {
	replace := p.take("or", "replace")
	switch {
	case p.take("unique"):
		return []action{p.createIndex(true)}
	case p.peek("index"):
		return []action{p.createIndex(false)}
	case p.take("table"), p.take("unlogged", "table"), p.take("temp", "table"), p.take("temporary", "table"):
		return p.createTable()
	case p.take("view"), p.take("recursive", "view"):
		return p.createView(replace)
	case p.take("materialized", "view"):
		p.ifExists()
		a := p.readsAs("create materialized view", p.name())
		a.effect = both(a.effect, created(a.name))
		p.rest()
		return []action{a}
	}
	return p.createOther()
}

// created makes a table known, and known as new.
func created(name string) func(*world) {
	return func(w *world) {
		w.make(name)
		w.fresh = append(w.fresh, name)
	}
}

// sources are the tables that a query reads, from here on: the names behind FROM and JOIN. Names of parts of the query
// itself are among them.
func (p *parser) sources() []string {
	var all []string
	for i := p.i; i < len(p.toks); i++ {
		if t := p.toks[i]; t.kind != word || t.text != "from" && t.text != "join" {
			continue
		}
		q := &parser{toks: p.toks, sql: p.sql, i: i + 1}
		for {
			q.take("only")
			if name := q.name(); !q.bad && !slices.Contains(all, name) && !q.peek("(") {
				all = append(all, name)
			}
			if q.take("as") || !q.end() && q.toks[q.i].kind == word && !slices.Contains(clauses, q.toks[q.i].text) {
				q.ident()
			}
			if q.bad || !q.take(",") {
				break
			}
		}
	}
	return all
}

// clauses are the words behind a table in FROM that are not its alias (never written).
var clauses = []string{
	"where", "group", "order", "having", "limit", "offset", "fetch", "for", "union", "except", "intersect", "join",
	"inner", "left", "right", "full", "cross", "natural", "on", "using", "window", "with", "returning", "tablesample",
}

func (p *parser) createView(replace bool) []action {
	a := p.readsAs("create view", p.name())
	if replace {
		a.class, a.table = "replace view", a.name
	}
	p.rest()
	return []action{a}
}

func both(first, second func(*world)) func(*world) {
	return func(w *world) {
		first(w)
		second(w)
	}
}

// readsAs is the action of creating a view of either kind, whose query comes next.
func (p *parser) readsAs(class, name string) action {
	a := action{class: class, name: name, others: p.sources()}
	sources := a.others
	a.effect = func(w *world) {
		for _, s := range sources {
			t := w.make(s)
			t.Views = append(t.Views, View{Name: name})
		}
	}
	return a
}

// createTable reads CREATE TABLE. Nobody uses the table yet; what it refers to may be in use.
func (p *parser) createTable() []action {
	p.ifExists()
	name := p.name()
	all := []action{{class: "create table", effect: created(name)}}
	switch {
	case p.take("partition", "of"):
		all = append(all, action{class: "create table, partition", others: []string{p.name()}})
		p.rest()
		return all
	case p.has("as") && !p.peek("("):
		all = append(all, action{class: "create table as", others: p.sources()})
		p.rest()
		return all
	}
	p.need("(")
	for !p.bad && !p.take(")") {
		all = append(all, p.tableElement(name)...)
		if !p.take(",") && !p.peek(")") {
			p.bad = true
		}
	}
	if p.take("inherits") {
		all = append(all, action{class: "create table, inherits", others: p.list()})
	}
	if p.take("partition", "by") {
		p.ident()
		p.group()
	}
	if p.take("with") {
		p.group()
	}
	if p.take("tablespace") {
		p.ident()
	}
	return all
}

// tableElement reads one column or constraint of CREATE TABLE.
func (p *parser) tableElement(table string) []action {
	name := ""
	if p.peek("like") {
		p.upTo()
		return nil
	}
	if p.take("constraint") {
		name = p.ident()
	}
	for _, w := range []string{"check", "foreign", "unique", "primary", "exclude"} {
		if p.peek(w) {
			return ofNewTable(p.addConstraint(table, name))
		}
	}
	d := p.column()
	all := []action{{class: "create table", effect: func(w *world) { w.make(table).addColumn(d) }}}
	if len(d.references) > 0 {
		all = append(all, action{class: "create table, foreign key", others: d.references})
	}
	return all
}

// ofNewTable makes of the constraint of a table that exists that of one which is being created.
func ofNewTable(acts []action) []action {
	for i := range acts {
		a := &acts[i]
		a.class, a.table = "create table", ""
		if len(a.others) > 0 {
			a.class = "create table, foreign key"
		}
	}
	return acts
}

// onTable are the objects that belong to a table, with the class of creating one (never written).
var onTable = map[string]string{"trigger": "create trigger", "rule": "create rule", "policy": "create policy"}

// createOther reads CREATE of what is not a table, an index or a view.
func (p *parser) createOther() []action {
	p.take("constraint") // of a trigger
	what := p.any("trigger", "rule", "policy", "statistics", "sequence", "type", "domain", "function", "procedure",
		"schema", "extension")
	switch what {
	case "trigger", "policy":
		a := action{class: onTable[what], name: p.ident()}
		if what == "trigger" {
			p.upTo("on")
		}
		p.need("on")
		a.table = p.name()
		if p.take("from") { // a constraint trigger's other table
			p.bad = true
		}
		p.rest()
		return []action{a}
	case "rule":
		a := action{class: onTable[what], name: p.ident()}
		p.upTo("to")
		p.need("to")
		a.table = p.name()
		p.rest()
		return []action{a}
	case "statistics":
		p.upTo("from")
		for p.take(",") {
			p.upTo("from")
		}
		p.need("from")
		return []action{{class: "create statistics", table: p.name()}}
	case "type", "domain":
		a := action{class: "create type", name: p.name()}
		kind := TypeKind("")
		if what == "domain" {
			kind = Domain
		} else if p.take("as", "enum") {
			kind = Enum
		}
		name := a.name
		a.effect = func(w *world) { w.types = append(w.types, Type{name, kind}) }
		p.rest()
		return []action{a}
	case "function", "procedure":
		what = "function"
	case "sequence":
		if p.has("owned") {
			p.bad = true
		}
	case "":
		p.bad = true
	}
	p.rest()
	return []action{{class: "create " + what}}
}
