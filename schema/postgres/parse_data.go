package postgres

import (
	"slices"
	"strings"
)

// data reads the statements that read, write or maintain rows.
func (p *parser) data(first string) []action {
	switch first {
	case "select", "with", "values":
		return p.query(first)
	case "insert":
		p.need("into")
		a := action{class: "insert from a query", table: p.name()}
		if p.has("values") && !p.has("select") {
			a.class = "insert"
		} else {
			a.others = p.sources()
		}
		p.rest()
		return []action{a}
	case "update":
		p.take("only")
		a := action{class: "update", table: p.name()}
		if !p.has("where") {
			a.class += ", whole table"
		}
		p.rest()
		return []action{a}
	case "delete":
		p.need("from")
		p.take("only")
		a := action{class: "delete", table: p.name()}
		if !p.has("where") {
			a.class += ", whole table"
		}
		p.rest()
		return []action{a}
	case "copy":
		return p.copy()
	}
	return p.maintain(first)
}

// query reads SELECT. A WITH may hide a write, and a SELECT that calls setval moves a sequence.
func (p *parser) query(first string) []action {
	if first == "with" && (p.has("insert") || p.has("update") || p.has("delete")) || p.has("into") {
		p.bad = true
		return nil
	}
	if p.has("setval") {
		p.rest()
		return []action{{class: "set a sequence's value"}}
	}
	if p.callsUnknown() {
		p.bad = true // a function may do anything
		return nil
	}
	class := "select"
	if slices.ContainsFunc(p.toks[p.i:], func(t token) bool { return t.kind == word && (t.text == "update" || t.text == "share") }) {
		class = "select for update"
	}
	var all []action
	for _, name := range p.sources() {
		all = append(all, action{class: class, table: name})
	}
	p.rest()
	if len(all) == 0 {
		all = []action{{class: "session"}}
	}
	return all
}

// harmless are the aggregates that a query may call besides functions, and the words before a parenthesis that are not
// calls (never written).
var harmless = []string{
	"count", "sum", "min", "max", "avg", "array_agg", "string_agg", "bool_and", "bool_or", "generate_series", "exists",
	"in", "any", "all", "some", "as", "on", "using", "where", "and", "or", "not", "when", "then", "else", "select",
	"from", "join", "values", "by", "having", "union", "except", "intersect", "over", "filter", "extract", "cast", "limit", "lateral",
}

// callsUnknown reports whether a function is called, here or further on, that is not known.
func (p *parser) callsUnknown() bool {
	for i := p.i; i+1 < len(p.toks); i++ {
		t, next := p.toks[i], p.toks[i+1]
		if next.kind != symbol || next.text != "(" || t.kind != word && t.kind != quoted {
			continue
		}
		_, function := functions[t.text]
		_, keyword := keywords[t.text]
		_, isType := aliases[t.text]
		if t.kind == quoted || !function && !keyword && !isType && !slices.Contains(harmless, t.text) {
			return true
		}
	}
	return false
}

func (p *parser) copy() []action {
	a := action{class: "copy out"}
	if p.peek("(") {
		p.bad = true
		return nil
	}
	a.table = p.name()
	if p.peek("(") {
		p.list()
	}
	switch p.any("from", "to") {
	case "from":
		a.class = "copy in"
	case "":
		p.bad = true
	}
	p.rest()
	return []action{a}
}

// maintain reads what the administrator of a database does to a table.
func (p *parser) maintain(first string) []action {
	switch first {
	case "truncate":
		p.take("table")
		p.take("only")
		var all []action
		for _, name := range p.names() {
			all = append(all, action{class: "truncate", table: name})
		}
		p.take("restart", "identity")
		p.take("continue", "identity")
		p.needNoCascade()
		return all
	case "refresh":
		p.need("materialized", "view")
		class := "refresh materialized view"
		if p.take("concurrently") {
			class += " concurrently"
		}
		a := action{class: class, table: p.name()}
		a.others = p.w.readBy(a.table)
		p.take("with", "data")
		if p.take("with", "no", "data") {
			p.bad = true
		}
		return []action{a}
	case "cluster":
		p.take("verbose")
		a := action{class: "cluster", table: p.name()}
		if p.take("using") {
			p.ident()
		}
		return []action{a}
	case "vacuum", "analyze", "analyse":
		return p.vacuum(strings.Replace(first, "analyse", "analyze", 1))
	case "lock":
		p.take("table")
		p.take("only")
		var all []action
		for _, name := range p.names() {
			all = append(all, action{class: "lock table", table: name})
		}
		if p.take("in") && !p.take("access", "exclusive", "mode") {
			p.bad = true
		}
		p.take("nowait")
		return all
	}
	p.bad = true
	return nil
}

// vacuum reads VACUUM and ANALYZE with at least one table: without one they go through the whole database.
func (p *parser) vacuum(class string) []action {
	full := false
	if p.peek("(") {
		for _, t := range p.group() {
			full = full || t.text == "full"
		}
	}
	for {
		w := p.any("full", "freeze", "verbose", "analyze", "analyse")
		full = full || w == "full"
		if w == "" {
			break
		}
	}
	if full {
		class += " full"
	}
	var all []action
	for {
		all = append(all, action{class: class, table: p.name()})
		if p.peek("(") {
			p.list()
		}
		if !p.take(",") {
			return all
		}
	}
}
