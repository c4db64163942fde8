package postgres

import (
	"slices"
	"strings"
)

// createIndex reads CREATE INDEX from behind UNIQUE.
func (p *parser) createIndex(unique bool) action {
	p.need("index")
	concurrently := p.take("concurrently")
	a := action{ifNotExists: p.ifExists()}
	name := ""
	if !p.peek("on") {
		name = p.name()
	}
	p.need("on")
	p.take("only")
	a.table = p.name()
	if p.take("using") {
		p.ident()
	}
	from := p.i
	p.group()
	p.rest()
	if name == "" {
		name = a.table + "_" + firstWord(p.toks[min(from+1, len(p.toks)):]) + "_idx"
	}
	var columns []string
	for _, t := range p.toks[min(from, len(p.toks)):] {
		if (t.kind == word || t.kind == quoted) && !slices.Contains(columns, t.text) {
			columns = append(columns, t.text) // more names than columns do no harm: the worst is assumed of them
		}
	}
	a.class = "create index"
	if unique {
		a.class = "create unique index"
	}
	if concurrently {
		a.class += " concurrently"
	}
	table := a.table
	a.name = name
	a.effect = func(w *world) {
		t := w.make(table)
		if t.index(name) == nil {
			t.Indexes = append(t.Indexes, Index{Name: name, Columns: columns, Unique: unique})
		}
	}
	return a
}

func firstWord(toks []token) string {
	for _, t := range toks {
		if t.kind == word || t.kind == quoted {
			return t.text
		}
	}
	return "expr"
}

// dropIndex reads DROP INDEX from behind INDEX.
func (p *parser) dropIndex() []action {
	class := "drop index"
	if p.take("concurrently") {
		class += " concurrently"
	}
	p.ifExists()
	var all []action
	for _, name := range p.names() {
		all = append(all, action{class: class, table: p.ownerOf(name), index: name, effect: func(w *world) {
			if t := w.indexTable(name); t != nil {
				t.Indexes = slices.DeleteFunc(t.Indexes, func(x Index) bool { return unqualified(x.Name) == name })
			}
		}})
	}
	p.any("cascade", "restrict")
	return all
}

// alterIndex reads ALTER INDEX.
func (p *parser) alterIndex() []action {
	p.ifExists()
	a := action{index: p.name()}
	switch {
	case p.take("rename", "to"):
		to, from := p.ident(), a.index
		a.class = "rename index"
		a.effect = func(w *world) {
			if x := w.indexTable(from).index(from); x != nil {
				x.Name = to
			}
		}
	case p.peek("set", "("), p.peek("reset", "("):
		p.i++
		p.group()
		a.class = "set index options"
	case p.take("attach", "partition"):
		a.class, a.table = "attach index", p.ownerOf(a.index)
		part := p.name()
		return []action{a, {class: "attach index, the partition's", table: p.ownerOf(part), index: part}}
	default:
		p.bad = true
	}
	return []action{a}
}

// quoteAll is names for people.
func quoteAll(names []string) string { return strings.Join(names, ", ") }
