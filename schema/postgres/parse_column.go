package postgres

import "slices"

// addCommand reads ADD COLUMN and ADD of a table constraint.
func (p *parser) addCommand(table string) []action {
	if !p.take("column") {
		name := ""
		if p.take("constraint") {
			name = p.ident()
		}
		for _, w := range []string{"check", "foreign", "unique", "primary", "exclude"} {
			if p.peek(w) {
				return p.addConstraint(table, name)
			}
		}
		if name != "" {
			p.bad = true
			return nil
		}
	}
	return p.addColumn(table)
}

// column is a column definition as read.
type columnDef struct {
	name       string
	typ        typ
	serial     bool
	notNull    bool
	identity   bool
	generated  bool
	hasDefault bool
	value      []token
	check      []string // expressions
	references []string
	unique     bool
	primary    bool
}

// column reads a column definition.
func (p *parser) column() columnDef {
	d := columnDef{name: p.ident()}
	d.typ = p.typeName()
	if own, ok := serials[d.typ.base]; ok {
		d.typ.base, d.typ.known, d.serial, d.notNull = own, true, true, true
	}
	for !p.bad && !p.end() && !p.peek(",") && !p.peek(")") {
		p.columnPart(&d)
	}
	return d
}

// columnPart reads one of the clauses behind a column's type.
func (p *parser) columnPart(d *columnDef) {
	if p.take("constraint") {
		p.ident()
	}
	switch {
	case p.take("not", "null"):
		d.notNull = true
	case p.take("null"):
	case p.take("default"):
		d.hasDefault = true
		d.value = p.upTo("constraint", "not", "null", "check", "references", "unique", "primary", "generated", "collate")
		if len(d.value) == 1 && d.value[0].text == "null" && d.value[0].kind == word {
			d.hasDefault = false
		}
	case p.take("collate"):
		p.name()
	case p.take("check"):
		from := p.i
		p.group()
		d.check = append(d.check, p.between(from+1, p.i-1))
		p.take("no", "inherit")
	case p.take("references"):
		d.references = append(d.references, p.name())
		if p.peek("(") {
			p.list()
		}
		p.keyOptions()
	case p.take("unique"):
		d.unique = true
	case p.take("primary", "key"):
		d.primary, d.notNull = true, true
	case p.take("generated", "always", "as", "identity"), p.take("generated", "by", "default", "as", "identity"):
		d.identity, d.notNull = true, true
		if p.peek("(") {
			p.group()
		}
	case p.take("generated", "always", "as"):
		d.generated = true
		p.group()
		p.need("stored")
	default:
		p.bad = true
	}
}

// between is the statement's text from one token up to another.
func (p *parser) between(from, to int) string {
	if p.bad || from >= to {
		return ""
	}
	return p.sql[p.toks[from].pos:p.toks[to-1].end]
}

// keyOptions goes past what follows a foreign key's columns; NOT VALID is left for the caller.
func (p *parser) keyOptions() {
	for {
		switch {
		case p.take("match") && p.any("full", "simple") != "":
		case p.take("on", "delete"), p.take("on", "update"):
			if !p.take("no", "action") && !p.take("set", "null") && !p.take("set", "default") && p.any("cascade", "restrict") == "" {
				p.bad = true
				return
			}
			if p.peek("(") {
				p.list()
			}
		case p.take("not", "deferrable"), p.take("deferrable"), p.take("initially", "deferred"), p.take("initially", "immediate"):
		default:
			return
		}
	}
}

// addColumn reads ADD COLUMN; each clause that costs something is a class of its own.
func (p *parser) addColumn(table string) []action {
	ifNotExists := p.ifExists()
	d := p.column()
	a := action{class: p.columnClass(d), table: table, column: d.name, ifNotExists: ifNotExists, detail: d.typ.String()}
	a.effect = func(w *world) {
		w.make(table).addColumn(d)
	}
	all := []action{a}
	if len(d.check) > 0 {
		all = append(all, action{class: "add column, check", table: table, column: d.name})
	}
	if len(d.references) > 0 {
		all = append(all, action{class: "add column, foreign key", table: table, others: d.references, column: d.name})
	}
	if d.unique || d.primary {
		all = append(all, action{class: "add column, unique", table: table, column: d.name})
	}
	return all
}

// columnClass is the class of the column itself: the costliest of what its type and its default ask for.
func (p *parser) columnClass(d columnDef) string {
	kind := p.w.typeKind(d.typ.base)
	switch {
	case d.serial:
		return "add column, serial"
	case d.identity:
		return "add column, identity"
	case d.generated:
		return "add column, generated"
	case d.hasDefault && volatilityOf(d.value) == volatile:
		return "add column, volatile default"
	case kind == Domain, kind == "" && !d.typ.known:
		return "add column, domain or unknown type"
	case d.notNull && !d.hasDefault:
		return "add column, not null without default"
	case d.hasDefault && volatilityOf(d.value) == stable:
		return "add column, stable default"
	case d.hasDefault:
		return "add column, constant default"
	}
	return "add column"
}

// addColumn puts a column into the catalog with what its definition brings.
func (t *Table) addColumn(d columnDef) {
	c := Column{Name: d.name, Type: d.typ.String(), NotNull: d.notNull}
	if d.serial || d.identity {
		c.Sequence = t.Name + "_" + d.name + "_seq"
	}
	t.Columns = append(t.Columns, c)
	for i, expr := range d.check {
		t.Constraints = append(t.Constraints, Constraint{
			Name: t.Name + "_" + d.name + "_check" + ordinal(i), Kind: Check, Columns: []string{d.name}, Expression: expr,
		})
	}
	for i, ref := range d.references {
		t.Constraints = append(t.Constraints, Constraint{
			Name: t.Name + "_" + d.name + "_fkey" + ordinal(i), Kind: ForeignKey, Columns: []string{d.name}, References: ref,
		})
	}
	if d.unique {
		name := t.Name + "_" + d.name + "_key"
		t.addUnique(name, []string{d.name}, Unique)
	}
	if d.primary {
		t.addUnique(t.Name+"_pkey", []string{d.name}, PrimaryKey)
	}
}

// ordinal is what the server puts behind the second name of a kind, and those after it.
func ordinal(i int) string {
	if i == 0 {
		return ""
	}
	return string(rune('0' + i%10))
}

// addUnique adds a constraint with its index.
func (t *Table) addUnique(name string, columns []string, kind ConstraintKind) {
	t.Indexes = append(t.Indexes, Index{Name: name, Columns: columns, Unique: true})
	t.Constraints = append(t.Constraints, Constraint{Name: name, Kind: kind, Columns: columns})
	for i := range t.Columns {
		if kind == PrimaryKey && slices.Contains(columns, t.Columns[i].Name) {
			t.Columns[i].NotNull = true
		}
	}
}

// columnCommand reads ALTER COLUMN.
func (p *parser) columnCommand(table string) []action {
	p.take("column")
	column := p.ident()
	a := action{table: table, column: column}
	switch {
	case p.take("type"), p.take("set", "data", "type"):
		p.changeType(&a)
	case p.take("set", "not", "null"):
		a.class = "set not null"
		if p.w.table(table).provesNotNull(column) {
			a.class = "set not null, proven by a check"
		}
		a.effect = func(w *world) { w.table(table).setNotNull(column, true) }
	case p.take("drop", "not", "null"):
		a.class = "drop not null"
		a.effect = func(w *world) { w.table(table).setNotNull(column, false) }
	case p.take("set", "default"):
		a.class = "set default"
		p.upTo()
	case p.take("drop", "default"):
		a.class = "drop default"
	case p.take("drop", "expression"):
		a.class = "drop expression"
		p.ifExists()
	case p.take("set", "expression", "as"):
		a.class = "set expression"
		p.group()
	default:
		p.columnSetting(&a)
	}
	return []action{a}
}

// columnSetting reads what ALTER COLUMN sets that is neither a type nor a constraint.
func (p *parser) columnSetting(a *action) {
	switch {
	case p.take("add", "generated"):
		a.class = "add identity"
		p.upTo()
	case p.take("drop", "identity"):
		a.class = "drop identity"
		p.ifExists()
	case p.take("set", "generated"), p.any("restart") != "":
		a.class = "set identity"
		p.upTo()
	case p.take("set", "statistics"):
		a.class = "set statistics"
		p.take("-")
		p.one(number)
	case p.take("set", "storage"):
		a.class = "set storage"
		p.ident()
	case p.take("set", "compression"):
		a.class = "set compression"
		p.ident()
	case p.peek("set", "("), p.peek("reset", "("):
		p.i++
		p.group()
		a.class = "set column options"
	default:
		p.bad = true
	}
}

func (t *Table) setNotNull(column string, is bool) {
	if c := t.column(column); c != nil {
		c.NotNull = is
	}
}

// changeType reads the rest of ALTER COLUMN TYPE. A new collation or an expression makes the worst of it.
func (p *parser) changeType(a *action) {
	to := p.typeName()
	collate := p.take("collate")
	if collate {
		p.name()
	}
	if p.take("using") {
		a.cast = plainCast(p.upTo(), a.column, to, p)
		a.using = !a.cast
	}
	t := p.w.table(a.table)
	from := typ{}
	if c := t.column(a.column); c != nil {
		from, _ = parseType(c.Type)
		from.known = from.known && c.Type != ""
	}
	change := convert(from, to, p.w.server)
	a.change, a.usesIndex = &change, t.indexed(a.column)
	switch {
	case change.Rewrite || a.using:
		a.class = "change type, rewrite"
	case (change.Rebuild || collate) && a.usesIndex:
		a.class = "change type, indexes rebuilt"
	default:
		a.class = "change type, free"
	}
	table, column := a.table, a.column
	a.effect = func(w *world) {
		if c := w.table(table).column(column); c != nil {
			c.Type = to.String()
		}
	}
}

// plainCast reports whether an expression is the column, or the column cast to the new type, and nothing else.
func plainCast(expr []token, column string, to typ, p *parser) bool {
	q := &parser{toks: expr, sql: p.sql}
	if q.ident() != column {
		return false
	}
	if q.end() {
		return true
	}
	q.need("::")
	return q.typeName().same(to) && !q.bad && q.end()
}
