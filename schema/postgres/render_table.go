package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// steady says whether a default is the same for all rows of a statement, so that the server notes it once instead of
// writing it into every row. What is not known to be is not.
func steady(expr string) bool {
	toks, err := scan(expr)
	return err == nil && volatilityOf(toks) != volatile
}

// columns adds or drops the columns of a form.
func (d define) columns(on bool) []piece {
	var add, drop, later, has, gone []string
	for i, c := range d.Columns {
		at := fmt.Sprintf(".columns[%d]", i)
		id := d.id(at+".name", c.Name)
		drop = append(drop, "DROP COLUMN "+id)
		gone = append(gone, "NOT "+d.hasColumn(d.Table, c.Name))
		if !on {
			continue
		}
		if serialish.MatchString(c.Type) {
			d.wrong(at+".type", c.Type, "writes every row under a lock: add an integer column, then a sequence")
		}
		text, more := "ADD COLUMN "+id+" "+d.typ(at+".type", c.Type), []string{d.hasType(at+".type", c.Type)}
		null := strings.EqualFold(strings.TrimSpace(c.Default), "null")
		if c.NotNull {
			text, more = text+" NOT NULL", append(more, "a.attnotnull")
			if c.Default == "" || null || !steady(c.Default) {
				d.wrong(at+".notNull", true, "needs a default that is the same for all rows, which have nothing else")
			}
		}
		if c.Default != "" {
			def := d.sql(at+".default", c.Default)
			if steady(def) {
				text += " DEFAULT " + def
			} else {
				later = append(later, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", d.tab(), id, def))
			}
			if !null {
				more = append(more, "a.atthasdef")
			}
		}
		add = append(add, text)
		has = append(has, d.hasColumn(d.Table, c.Name, more...))
	}
	what := d.Table + "." + strings.Join(d.names(), ", ")
	alter := "ALTER TABLE " + d.tab() + " "
	if !on {
		gone = append(gone, d.hasKind(d.Table, "'r', 'p'"))
		return []piece{{sql: []string{alter + strings.Join(drop, ", ")}, done: gone, loses: "what is in " + what}}
	}
	p := piece{
		sql: append([]string{alter + strings.Join(add, ", ")}, later...), done: has,
		undo: &piece{sql: []string{alter + strings.Join(drop, ", ")}, loses: "what was written to " + what},
	}
	if len(later) > 0 {
		p.why = "a default that may differ from row to row is set after the column was added: added with it, the table would be written anew under a lock"
	}
	return []piece{p}
}

// table makes a table; or puts it aside, where whoever still uses it finds out at once, and drops it later.
func (d define) table(on bool) []piece {
	if !on {
		return d.dropTable()
	}
	var parts, done []string
	for i, k := range d.Key {
		if !slices.ContainsFunc(d.Columns, func(c schema.Column) bool { return c.Name == k }) {
			d.wrong(fmt.Sprintf(".key[%d]", i), k, "must be one of the columns")
		}
	}
	done = append(done, d.hasKind(d.Table, "'r', 'p'"))
	for i, c := range d.Columns {
		at := fmt.Sprintf(".columns[%d]", i)
		part := d.id(at+".name", c.Name) + " " + d.typ(at+".type", c.Type)
		if c.Default != "" {
			part += " DEFAULT " + d.sql(at+".default", c.Default)
		}
		notNull := ""
		if c.NotNull {
			part, notNull = part+" NOT NULL", "a.attnotnull"
		}
		parts = append(parts, part)
		t := c.Type
		if serialish.MatchString(t) {
			t = map[string]string{"": "integer", "big": "bigint", "small": "smallint", "8": "bigint", "4": "integer", "2": "smallint"}[strings.Replace(strings.ToLower(strings.TrimSpace(t)), "serial", "", 1)]
		}
		done = append(done, d.hasColumn(d.Table, c.Name, d.hasType(at+".type", t), notNull))
	}
	if len(d.Key) > 0 {
		parts = append(parts, "PRIMARY KEY ("+strings.Join(d.key(), ", ")+")")
	}
	why := ""
	if d.References != nil {
		of := d
		of.Definition = &schema.Definition{Kind: schema.DefineForeignKey, Table: d.Table, References: d.References}
		for _, k := range d.Key {
			of.Columns = append(of.Columns, schema.Column{Name: k})
		}
		name := of.own(string(schema.DefineForeignKey))
		body, has := of.foreignKey(name)
		parts, done = append(parts, "CONSTRAINT "+d.id("", name)+" "+body), append(done, has("c.convalidated"))
		why = "the table is empty, so nothing is read; writers of " + d.References.Table + " wait for a moment"
	}
	return []piece{{
		sql:  []string{"CREATE TABLE " + d.tab() + " (" + strings.Join(parts, ", ") + ")"},
		done: done,
		undo: &piece{sql: []string{"DROP TABLE " + d.tab()}, loses: "the rows of " + d.Table},
		why:  why,
	}}
}

func (d define) dropTable() []piece {
	for _, s := range d.plan.Steps[:d.at] {
		for _, c := range s.Changes {
			if c.Do == schema.Add && c.Define != nil && c.Define.Kind == schema.DefineRename && beside(c.Define.Table, bare(c.Define.Name)) == d.Table {
				return []piece{{
					sql: []string{"DROP TABLE " + d.tab()}, done: []string{d.reg(d.Table) + " IS NULL"},
					await: "the longest time between two uses of " + c.Define.Table + " without anybody missing it", loses: "the rows of " + d.Table,
				}}
			}
		}
	}
	aside := derived(bare(d.Table), "dropped")
	full := beside(d.Table, aside)
	return []piece{
		{
			sql:  []string{"ALTER TABLE " + d.tab() + " RENAME TO " + d.id("", aside)},
			done: []string{d.reg(d.Table) + " IS NULL"},
			undo: &piece{
				sql:  []string{"ALTER TABLE " + d.full("", full) + " RENAME TO " + d.id(".table", bare(d.Table))},
				done: []string{d.hasKind(d.Table, "'r', 'p'")},
			},
			why: tripwire,
		},
		{
			sql:   []string{"DROP TABLE " + d.full("", full)},
			done:  []string{d.reg(full) + " IS NULL", d.reg(d.Table) + " IS NULL"},
			await: "the longest time between two uses of " + d.Table + " without anybody missing it",
			loses: "the rows of " + d.Table,
		},
	}
}

const tripwire = "whoever still uses the table fails at once, and gets it back in milliseconds"

// view shows a table under another name.
func (d define) view(on bool) []piece {
	if d.Name == "" {
		d.wrong(".name", nil, "must be given")
	}
	if !on && len(d.Columns) == 0 {
		return []piece{{sql: []string{"DROP VIEW " + d.full(".name", d.Name)}, done: []string{d.reg(d.Name) + " IS NULL"}, why: unknown}}
	}
	create, has := d.show(d.Name, d.Table)
	drop := piece{sql: []string{"DROP VIEW " + d.full(".name", d.Name)}, done: []string{d.reg(d.Name) + " IS NULL"}}
	if on {
		return []piece{{sql: []string{create}, done: has, undo: &drop, why: d.showWhy()}}
	}
	drop.undo = &piece{sql: []string{create}, done: has}
	return []piece{drop}
}

// show is the command that makes a view of a table, and the conditions that it did.
func (d define) show(view, table string) (create string, has []string) {
	with, option := "", ""
	if d.o.Version >= 15 {
		with, option = " WITH (security_invoker = true)", "v.reloptions @> ARRAY['security_invoker=true']"
	}
	list, columns := "*", ""
	if len(d.Columns) > 0 {
		list = strings.Join(d.ids(), ", ")
		columns = "(SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attnum > 0) = " + d.list(d.names())
	}
	create = fmt.Sprintf("CREATE VIEW %s%s AS SELECT %s FROM %s", d.full(".name", view), with, list, d.full(".table", table))
	return create, []string{
		fmt.Sprintf("EXISTS (SELECT FROM pg_class v WHERE v.oid = %s AND v.relkind = 'v'%s"+
			" AND EXISTS (SELECT FROM pg_rewrite w JOIN pg_depend x ON x.classid = 'pg_rewrite'::regclass AND x.objid = w.oid"+
			" WHERE w.ev_class = v.oid AND x.refclassid = 'pg_class'::regclass AND x.refobjid = %s))",
			d.reg(view), and([]string{option, columns}), d.reg(table)),
	}
}

func (d define) showWhy() string {
	why := "privileges on the table are not those on the view: grant them before anybody uses it"
	if d.o.Version < 15 {
		why += "; before version 15 a view reads with the rights of its owner, row security included"
	}
	return why
}

// rename gives a table its new name while the old one shows the same rows; or, where the new name is a view of the table, puts
// the table in its place.
func (d define) rename(on bool) []piece {
	to := beside(d.Table, bare(d.Name))
	move := func(from, to string) string {
		return "ALTER TABLE " + d.full(".table", from) + " RENAME TO " + d.id(".name", bare(to))
	}
	if on && d.aside(d.Table, d.Name) {
		return []piece{{
			sql: []string{move(d.Table, to)}, done: []string{d.hasKind(to, "'r', 'p'"), d.reg(d.Table) + " IS NULL"},
			undo: &piece{sql: []string{move(to, d.Table)}}, why: tripwire,
		}}
	}
	if on {
		create, has := d.show(d.Table, to)
		return []piece{{
			sql: []string{move(d.Table, to), create}, done: append(has, d.hasKind(to, "'r', 'p'")),
			undo: &piece{
				sql:  []string{"DROP VIEW " + d.tab(), move(to, d.Table)},
				done: []string{d.hasKind(d.Table, "'r', 'p'"), d.reg(to) + " IS NULL"},
			},
			why: "both names are there at any time; " + d.showWhy(),
		}}
	}
	create, has := d.show(to, d.Table)
	return []piece{{
		sql:  []string{"DROP VIEW " + d.full(".name", to), move(d.Table, to)},
		done: []string{d.hasKind(to, "'r', 'p'"), d.reg(d.Table) + " IS NULL"},
		undo: &piece{sql: []string{move(to, d.Table), create}, done: append(has, d.hasKind(d.Table, "'r', 'p'"))},
	}}
}

// column finds a column in the definition of a form.
func (r *renderer) column(form, name string) schema.Column {
	if f := r.form(form); f.Define != nil {
		for _, c := range f.Define.Columns {
			if c.Name == name {
				return c
			}
		}
	}
	return schema.Column{}
}
