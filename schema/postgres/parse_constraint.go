package postgres

import (
	"slices"
	"strings"
)

// addConstraint reads a table constraint that ALTER TABLE adds. A name that is not given is the server's own, as far as
// it can be told.
func (p *parser) addConstraint(table, name string) []action {
	a := action{table: table, name: name}
	switch {
	case p.take("check"):
		p.addCheck(&a)
	case p.take("foreign", "key"):
		c := Constraint{Name: name, Kind: ForeignKey, Columns: p.list()}
		p.need("references")
		c.References = p.name()
		if p.peek("(") {
			p.list()
		}
		p.keyOptions()
		c.NotValid = p.take("not", "valid")
		p.keyOptions()
		if name == "" {
			c.Name = table + "_" + strings.Join(c.Columns, "_") + "_fkey"
		}
		a.class, a.others = "add foreign key", []string{c.References}
		if c.NotValid {
			a.class = "add foreign key not valid"
		}
		a.effect = addsConstraint(table, c)
	case p.take("unique"):
		p.addUniqueKey(&a, Unique, "unique", "_key")
	case p.take("primary", "key"):
		p.addUniqueKey(&a, PrimaryKey, "primary key", "_pkey")
	case p.take("exclude"):
		a.class = "add exclusion"
		if p.take("using") {
			p.ident()
		}
		p.group()
		p.upTo()
	}
	return []action{a}
}

func addsConstraint(table string, c Constraint) func(*world) {
	return func(w *world) {
		t := w.make(table)
		t.Constraints = append(t.Constraints, c)
	}
}

func (p *parser) addCheck(a *action) {
	from := p.i
	body := p.group()
	c := Constraint{Name: a.name, Kind: Check, Expression: p.between(from+1, p.i-1)}
	for _, t := range body {
		if (t.kind == word || t.kind == quoted) && !slices.Contains(c.Columns, t.text) {
			c.Columns = append(c.Columns, t.text) // every name in it, of which some are columns
		}
	}
	p.take("no", "inherit")
	c.NotValid = p.take("not", "valid")
	p.take("no", "inherit")
	if c.Name == "" {
		c.Name = a.table + "_check"
		for _, name := range c.Columns {
			if p.w.table(a.table).column(name) != nil {
				c.Name = a.table + "_" + name + "_check"
				break
			}
		}
	}
	a.class = "add check"
	if c.NotValid {
		a.class = "add check not valid"
	}
	a.effect = addsConstraint(a.table, c)
}

// addUniqueKey reads UNIQUE and PRIMARY KEY, which build an index or take one that exists.
func (p *parser) addUniqueKey(a *action, kind ConstraintKind, words, suffix string) {
	table := a.table
	a.class = "add " + words
	if !p.take("using", "index") {
		p.take("nulls", "not", "distinct")
		columns := p.list()
		if p.take("include") {
			p.list()
		}
		if p.take("with") {
			p.group()
		}
		p.keyOptions()
		name := a.name
		if name == "" && kind == PrimaryKey {
			name = table + suffix
		} else if name == "" {
			name = table + "_" + strings.Join(columns, "_") + suffix
		}
		a.effect = func(w *world) { w.make(table).addUnique(name, columns, kind) }
		return
	}
	a.index = p.name()
	p.keyOptions()
	a.class += " using index"
	t := p.w.table(table)
	index, name := a.index, a.name
	if x := t.index(index); kind == PrimaryKey && x != nil && !slices.ContainsFunc(x.Columns, func(c string) bool {
		return t.column(c) == nil || !t.column(c).NotNull
	}) {
		a.class += ", columns not null"
	}
	a.effect = func(w *world) {
		t := w.table(table)
		x := t.index(index)
		if x == nil {
			return
		}
		if name != "" {
			x.Name = name
		}
		t.Constraints = append(t.Constraints, Constraint{Name: x.Name, Kind: kind, Columns: x.Columns})
	}
}

// provesNotNull reports whether a validated check of the table says that the column is not null, in the one form that
// is recognised here: column IS NOT NULL, alone or joined to others by AND. The server proves more than that.
func (t *Table) provesNotNull(column string) bool {
	if t == nil {
		return false
	}
	return slices.ContainsFunc(t.Constraints, func(c Constraint) bool {
		toks, err := scan(c.Expression)
		return err == nil && c.Kind == Check && !c.NotValid && impliesNotNull(&parser{toks: toks, sql: c.Expression}, column)
	})
}

// impliesNotNull looks for the column among the parts of a conjunction.
func impliesNotNull(p *parser, column string) bool {
	for p.peek("(") {
		inner := (&parser{toks: p.toks}).group()
		if len(inner) != len(p.toks)-2 {
			break // it closes before the end
		}
		p = &parser{toks: inner, sql: p.sql}
	}
	var parts [][]token
	from, depth := 0, 0
	for i, t := range p.toks {
		switch {
		case t.kind == symbol && t.text == "(":
			depth++
		case t.kind == symbol && t.text == ")":
			depth--
		case depth > 0 || t.kind != word:
		case t.text == "or" || t.text == "between" || t.text == "case" || t.text == "not" && (i == 0 || p.toks[i-1].text != "is"):
			return false // what follows is not simply a part of a conjunction
		case t.text == "and":
			parts, from = append(parts, p.toks[from:i]), i+1
		}
	}
	if len(parts) > 0 {
		return slices.ContainsFunc(append(parts, p.toks[from:]), func(part []token) bool {
			return impliesNotNull(&parser{toks: part, sql: p.sql}, column)
		})
	}
	return len(p.toks) == 4 && p.ident() == column && p.take("is", "not", "null")
}
