package postgres

import "slices"

// alterTable reads ALTER TABLE with all its commands.
func (p *parser) alterTable() []action {
	if p.take("all") {
		p.bad = true
		return nil
	}
	p.ifExists()
	p.take("only")
	table := p.name()
	p.take("*")
	var all []action
	for {
		acts := p.tableCommand(table)
		if p.bad {
			return nil
		}
		all = append(all, acts...)
		if !p.take(",") {
			return all
		}
	}
}

func (p *parser) tableCommand(table string) []action {
	switch p.any("add", "drop", "alter", "rename", "validate", "set", "reset", "owner", "replica", "enable", "disable",
		"force", "no", "cluster", "inherit", "attach", "detach") {
	case "add":
		return p.addCommand(table)
	case "drop":
		return p.dropCommand(table)
	case "alter":
		if p.take("constraint") {
			p.ident()
			p.rest()
			return []action{{class: "alter constraint", table: table}}
		}
		return p.columnCommand(table)
	case "rename":
		return p.renameCommand(table)
	case "validate":
		p.need("constraint")
		return p.validate(table, p.ident())
	case "set":
		return p.setCommand(table)
	case "attach", "detach", "inherit", "no":
		p.i--
		return p.familyCommand(table)
	case "":
		p.bad = true
		return nil
	}
	p.i--
	return p.switchCommand(table)
}

// switchCommand reads the commands that turn something on or off.
func (p *parser) switchCommand(table string) []action {
	a := action{table: table}
	switch {
	case p.take("reset") && p.peek("("):
		p.group()
		a.class = "set storage parameters"
	case p.take("owner", "to"):
		p.ident()
		a.class = "owner"
	case p.take("replica", "identity"):
		a.class = "replica identity"
		if p.take("using", "index") {
			p.ident()
		} else if p.any("full", "default", "nothing") == "" {
			p.bad = true
		}
	case p.take("enable", "row", "level", "security"), p.take("disable", "row", "level", "security"),
		p.take("force", "row", "level", "security"):
		a.class = "row level security"
	case p.take("cluster", "on"):
		p.ident()
		a.class = "cluster on"
	case p.any("enable", "disable") != "":
		p.any("always", "replica")
		switch p.any("trigger", "rule") {
		case "trigger":
			a.class = "enable or disable trigger"
		case "rule":
			a.class = "enable or disable rule"
		default:
			p.bad = true
		}
		p.ident()
	default:
		p.bad = true
	}
	return []action{a}
}

// setCommand reads ALTER TABLE SET.
func (p *parser) setCommand(table string) []action {
	a := action{table: table}
	switch {
	case p.peek("("):
		p.group()
		a.class = "set storage parameters"
	case p.take("schema"):
		p.ident()
		a.class = "set schema"
	case p.any("logged", "unlogged") != "":
		a.class = "set logged or unlogged"
	case p.take("tablespace"):
		p.ident()
		a.class = "set tablespace"
	case p.take("access", "method"):
		p.ident()
		a.class = "set access method"
	case p.take("without", "cluster"):
		a.class = "cluster on"
	default:
		p.bad = true
	}
	return []action{a}
}

// familyCommand reads partitions and inheritance.
func (p *parser) familyCommand(table string) []action {
	a := action{table: table}
	switch {
	case p.take("attach", "partition"):
		a.class, a.others = "attach partition", []string{p.name()}
		if !p.take("default") {
			p.need("for", "values")
			p.rest()
		}
	case p.take("detach", "partition"):
		a.class, a.others = "detach partition", []string{p.name()}
		if p.take("concurrently") {
			a.class += " concurrently"
		} else if p.take("finalize") {
			a.class = "finalize detach"
		}
	case p.take("inherit"):
		a.class, a.others = "inherit", []string{p.name()}
	case p.take("no", "inherit"):
		a.class, a.others = "no inherit", []string{p.name()}
	default:
		if !p.take("no", "force", "row", "level", "security") {
			p.bad = true
		}
		a.class = "row level security"
	}
	return []action{a}
}

// renameCommand reads the three things that ALTER TABLE renames.
func (p *parser) renameCommand(table string) []action {
	a := action{table: table}
	switch {
	case p.take("to"):
		to := p.ident()
		a.class, a.name = "rename table", to
		a.effect = func(w *world) {
			if t := w.table(table); t != nil {
				t.Name = to
			}
		}
	case p.take("constraint"):
		from := p.ident()
		p.need("to")
		to := p.ident()
		a.class = "rename constraint"
		a.effect = func(w *world) {
			if c := w.table(table).constraint(from); c != nil {
				c.Name = to
			}
		}
	default:
		p.take("column")
		from := p.ident()
		p.need("to")
		to := p.ident()
		a.class, a.column = "rename column", from
		a.effect = func(w *world) { w.table(table).renameColumn(from, to) }
	}
	return []action{a}
}

func (t *Table) renameColumn(from, to string) {
	if c := t.column(from); c != nil {
		c.Name = to
	}
	if t == nil {
		return
	}
	for i := range t.Indexes {
		t.Indexes[i].Columns = replaced(t.Indexes[i].Columns, from, to)
	}
	for i := range t.Constraints {
		c := &t.Constraints[i]
		c.Columns = replaced(c.Columns, from, to)
		if c.Kind == Check && slices.Contains(c.Columns, to) {
			c.Expression = "" // written with the old name
		}
	}
}

func replaced(all []string, from, to string) []string {
	all = slices.Clone(all)
	for i := range all {
		if all[i] == from {
			all[i] = to
		}
	}
	return all
}

// dropCommand reads DROP COLUMN and DROP CONSTRAINT.
func (p *parser) dropCommand(table string) []action {
	a := action{table: table}
	constraint := p.take("constraint")
	if !constraint {
		p.take("column")
	}
	p.ifExists()
	name := p.ident()
	p.any("cascade", "restrict")
	if !constraint {
		a.class, a.column = "drop column", name
		a.effect = func(w *world) { w.table(table).dropColumn(name) }
		return []action{a}
	}
	a.class, a.name = "drop constraint", name
	if c := p.w.table(table).constraint(name); c != nil && c.Kind == ForeignKey {
		a.class, a.others = "drop foreign key", []string{unqualified(c.References)}
	} else if c == nil {
		a.class, a.others = "drop foreign key", []string{"the table that " + name + " may refer to"}
	}
	a.effect = func(w *world) {
		if t := w.table(table); t != nil {
			t.Constraints = slices.DeleteFunc(t.Constraints, func(c Constraint) bool { return c.Name == name })
		}
	}
	return []action{a}
}

func (t *Table) dropColumn(name string) {
	if t == nil {
		return
	}
	t.Columns = slices.DeleteFunc(t.Columns, func(c Column) bool { return c.Name == name })
	t.Indexes = slices.DeleteFunc(t.Indexes, func(x Index) bool { return slices.Contains(x.Columns, name) })
	t.Constraints = slices.DeleteFunc(t.Constraints, func(c Constraint) bool { return slices.Contains(c.Columns, name) })
}

// validate reads VALIDATE CONSTRAINT, whose locks depend on the kind: an unknown one may be a foreign key.
func (p *parser) validate(table, name string) []action {
	a := action{class: "validate foreign key", table: table, name: name}
	switch c := p.w.table(table).constraint(name); {
	case c == nil:
		a.others = []string{"the table that " + name + " may refer to"}
	case c.Kind == ForeignKey:
		a.others = []string{unqualified(c.References)}
	default:
		a.class = "validate check"
	}
	a.effect = func(w *world) {
		if c := w.table(table).constraint(name); c != nil {
			c.NotValid = false
		}
	}
	return []action{a}
}
