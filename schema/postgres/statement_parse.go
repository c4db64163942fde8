package postgres

import "strings"

// action is one class of thing that a statement does, with what it does it to.
type action struct {
	class  string
	table  string
	others []string
	index  string
	column string // the column whose type or nullability changes, or that is dropped
	name   string // of a constraint or a type
	detail string // for the words of a finding

	change      *Conversion
	using       bool // a type change by an expression of the user
	cast        bool // a type change by USING and a plain cast
	ifNotExists bool
	usesIndex   bool // an index of that column may exist
	effect      func(*world)
}

// unknownClass is what is said of a statement that is not known.
const unknownClass = "other"

// parse reads one statement. What it does not know is one action of unknownClass.
func parse(sql string, w *world) []action {
	toks, err := scan(sql)
	if n := len(toks); n > 0 && toks[n-1].kind == symbol && toks[n-1].text == ";" {
		toks = toks[:n-1]
	}
	p := &parser{sql: sql, toks: toks, w: w}
	if err == nil && len(toks) > 0 && toks[0].kind == word {
		p.i = 1
		if acts := p.statement(toks[0].text); !p.bad && p.end() && len(acts) > 0 {
			return acts
		}
	}
	return []action{{class: unknownClass}}
}

func (p *parser) statement(first string) []action {
	switch first {
	case "alter":
		return p.alter()
	case "create":
		return p.create()
	case "drop":
		return p.drop()
	case "comment":
		return p.comment()
	case "reindex":
		return p.reindex()
	case "grant", "revoke":
		p.rest()
		return []action{{class: "grant or revoke"}}
	case "begin", "start", "commit", "end", "rollback", "abort", "set", "reset", "show", "savepoint", "release", "discard":
		p.rest()
		return []action{{class: "session"}}
	}
	return p.data(first)
}

// alter reads ALTER.
func (p *parser) alter() []action {
	switch {
	case p.take("table"):
		return p.alterTable()
	case p.take("index"):
		return p.alterIndex()
	case p.take("type"):
		return p.alterType()
	case p.take("sequence"):
		p.ifExists()
		a := action{class: "alter sequence", table: p.name()}
		if p.has("owner") || p.has("rename") || p.has("owned") || p.has("schema") || p.has("logged") || p.has("unlogged") {
			p.bad = true
		}
		p.rest()
		return []action{a}
	case p.take("view"), p.take("materialized", "view"):
		p.ifExists()
		a := action{class: "rename view", table: p.name()}
		p.need("rename", "to")
		p.ident()
		return []action{a}
	case p.take("trigger"):
		a := action{class: "rename trigger", name: p.ident()}
		p.need("on")
		a.table = p.name()
		p.need("rename", "to")
		p.ident()
		return []action{a}
	}
	p.bad = true
	return nil
}

// alterType reads what can be done to an enum without a rewrite of what uses it.
func (p *parser) alterType() []action {
	a := action{name: p.name()}
	switch {
	case p.take("add", "value"):
		a.class, a.ifNotExists = "add enum value", p.ifExists()
		a.detail = p.one(text)
		if p.any("before", "after") != "" {
			p.one(text)
		}
	case p.take("rename", "value"):
		a.class = "rename enum value"
		p.one(text)
		p.need("to")
		p.one(text)
	case p.take("rename", "to"):
		a.class = "rename type"
		p.ident()
	default:
		p.bad = true
	}
	return []action{a}
}

// comment reads COMMENT ON, which locks what it is about.
func (p *parser) comment() []action {
	p.need("on")
	a := action{class: "comment on another object"}
	switch p.any("table", "column", "constraint", "index", "view", "materialized", "trigger", "policy", "rule") {
	case "table":
		a.class, a.table = "comment on table or column", p.name()
	case "column":
		name := p.name()
		a.class, a.table = "comment on table or column", name[:max(0, strings.LastIndexByte(name, '.'))]
	case "constraint":
		p.ident()
		p.need("on")
		if p.peek("domain") {
			p.bad = true
		}
		a.class, a.table = "comment on constraint", p.name()
	case "":
		if p.any("type", "function", "schema", "extension", "sequence", "database", "role", "domain") == "" {
			p.bad = true
		}
		if p.peek("sequence") {
			p.bad = true
		}
	default:
		p.bad = true
	}
	if !p.bad && !p.has("is") {
		p.bad = true
	}
	p.rest()
	return []action{a}
}

// reindex reads REINDEX.
func (p *parser) reindex() []action {
	concurrently := false
	if p.peek("(") {
		for _, t := range p.group() {
			concurrently = concurrently || t.text == "concurrently"
			if t.text == "tablespace" || t.text == "off" || t.text == "false" {
				p.bad = true
			}
		}
	}
	what := p.any("index", "table", "schema", "database", "system")
	concurrently = p.take("concurrently") || concurrently
	a := action{}
	switch what {
	case "index":
		a.class, a.index = "reindex index", p.name()
		a.table = p.ownerOf(a.index)
	case "table":
		a.class, a.table = "reindex table", p.name()
	default:
		a.class = "reindex database"
		p.rest()
		return []action{a}
	}
	if concurrently {
		a.class += " concurrently"
	}
	return []action{a}
}

// ownerOf is the table of an index, or words for it.
func (p *parser) ownerOf(index string) string {
	if t := p.w.indexTable(index); t != nil {
		return t.Name
	}
	return "the table of " + index
}
