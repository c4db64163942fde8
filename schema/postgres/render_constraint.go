package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

const unknown = "what it was is not defined, so it cannot be taken back: note it before"

const twice = "in one transaction with the other the table would be locked while it is read"

// constraint adds a check or a foreign key in two statements: the first refuses what is written from now on, the second
// reads the rows there are, while others write.
func (d define) constraint(on bool) []piece {
	name := d.own(string(d.Kind))
	id := d.id(".name", name)
	alter := "ALTER TABLE " + d.tab() + " "
	gone := []string{"NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = " + d.reg(d.Table) + " AND c.conname = " + d.lit(".name", name) + ")"}
	drop := alter + "DROP CONSTRAINT " + id
	if !on && d.Expr == "" && d.References == nil {
		return []piece{{sql: []string{drop}, done: gone, why: unknown}}
	}
	form, note := d.foreignKey, []string(nil)
	if d.Kind == schema.DefineCheck {
		form, note = d.check, []string{"COMMENT ON CONSTRAINT " + id + " ON " + d.tab() + " IS " + d.lit("", d.mark())}
	}
	body, has := form(name)
	add := append([]string{alter + "ADD CONSTRAINT " + id + " " + body + " NOT VALID"}, note...)
	if !on {
		return []piece{{sql: []string{drop}, done: gone, undo: &piece{sql: add, done: []string{has("")}}}}
	}
	return []piece{
		{sql: add, done: []string{has("")}, undo: &piece{sql: []string{drop}, done: gone}, why: "NOT VALID: rows that are there are not read, but updates of those that break it fail from now on"},
		{
			sql: []string{alter + "VALIDATE CONSTRAINT " + id}, done: []string{has("c.convalidated")}, long: true, sole: true,
			undo: &piece{sql: append([]string{drop}, add...), done: []string{has("NOT c.convalidated")}}, why: twice,
		},
	}
}

// mark is what is noted at an object whose definition the server keeps in other words than ours.
func (d define) mark() string {
	return "gradatim: " + derived("made", string(d.Kind), d.Expr)
}

func (d define) check(name string) (body string, has func(more string) string) {
	body = "CHECK (" + d.sql(".expr", d.Expr) + ")"
	return body, func(more string) string {
		return d.hasConstraint(name, "c", "obj_description(c.oid, 'pg_constraint') = "+d.lit("", d.mark()), more)
	}
}

func (d define) foreignKey(name string) (body string, has func(more string) string) {
	ref := d.References
	if ref == nil {
		d.wrong(".references", nil, "must be given")
		return "", func(string) string { return "" }
	}
	body = "FOREIGN KEY (" + strings.Join(d.ids(), ", ") + ") REFERENCES " + d.full(".references.table", ref.Table)
	far := ""
	if len(ref.Columns) > 0 {
		var ids []string
		for i, c := range ref.Columns {
			ids = append(ids, d.id(fmt.Sprintf(".references.columns[%d]", i), c))
		}
		body += " (" + strings.Join(ids, ", ") + ")"
		far = attributes("c.confrelid", "c.confkey") + " = " + d.list(ref.Columns)
	}
	action := strings.ToUpper(strings.Join(strings.Fields(ref.OnDelete), " "))
	letter := map[string]string{"": "a", "NO ACTION": "a", "RESTRICT": "r", "CASCADE": "c", "SET NULL": "n", "SET DEFAULT": "d"}[action]
	if letter == "" {
		d.wrong(".references.onDelete", ref.OnDelete, "must be no action, restrict, cascade, set null or set default")
	}
	if action != "" {
		body += " ON DELETE " + action
	}
	return body, func(more string) string {
		return d.hasConstraint(name, "f", "c.confrelid = "+d.reg(ref.Table), attributes("c.conrelid", "c.conkey")+" = "+d.list(d.names()),
			far, "c.confdeltype = '"+letter+"'", more)
	}
}

// notNull makes columns NOT NULL without reading the table under a lock: a check that is validated proves
// it, and is then taken away (PostgreSQL 12 and later).
func (d define) notNull(on bool) []piece {
	var add, validate, set, unset, drop, are, arent, checked, valid, invalid, noChecks []string
	for i, name := range d.names() {
		col := d.ids()[i]
		check := derived(bare(d.Table), name, "not null")
		id := d.id("", check)
		are = append(are, d.hasColumn(d.Table, name, "a.attnotnull"))
		arent = append(arent, "NOT "+d.hasColumn(d.Table, name, "a.attnotnull")) // nor if the column is gone
		has := d.hasConstraint(check, "c", attributes("c.conrelid", "c.conkey")+" = "+d.list([]string{name}))
		checked = append(checked, has)
		valid = append(valid, d.hasConstraint(check, "c", "c.convalidated"))
		invalid = append(invalid, d.hasConstraint(check, "c", "NOT c.convalidated"))
		noChecks = append(noChecks, "NOT "+has)
		add = append(add, "ADD CONSTRAINT "+id+" CHECK ("+col+" IS NOT NULL) NOT VALID")
		validate = append(validate, "VALIDATE CONSTRAINT "+id)
		set = append(set, "ALTER COLUMN "+col+" SET NOT NULL")
		unset = append(unset, "ALTER COLUMN "+col+" DROP NOT NULL")
		drop = append(drop, "DROP CONSTRAINT "+id)
	}
	alter := func(what ...[]string) string {
		return "ALTER TABLE " + d.tab() + " " + strings.Join(slices.Concat(what...), ", ")
	}
	// A statement is done, too, if a later one is.
	or := func(all []string) []string {
		return []string{"(" + strings.Join(all, " AND ") + " OR " + strings.Join(are, " AND ") + ")"}
	}
	if !on {
		ifThere := strings.ReplaceAll(alter(unset, drop), "DROP CONSTRAINT ", "DROP CONSTRAINT IF EXISTS ")
		return []piece{{
			sql: []string{ifThere}, done: slices.Concat(arent, noChecks),
			undo: &piece{sql: []string{alter(add)}, done: checked},
			why:  "what takes it back refuses only what is written from then on: nulls may have come meanwhile",
		}}
	}
	last := "the validated check proves it, so no row is read"
	if d.o.Version < 12 {
		last = "before version 12 the server reads the whole table under the lock all the same; leaving the validated check instead would do without"
	}
	return []piece{
		{sql: []string{alter(add)}, done: or(checked), undo: &piece{sql: []string{alter(drop)}, done: noChecks}, why: "from now on the columns refuse null, also in updates of rows that have one"},
		{
			sql: []string{alter(validate)}, done: or(valid), long: true, sole: true,
			undo: &piece{sql: []string{alter(drop), alter(add)}, done: invalid}, why: twice,
		},
		{
			sql: []string{alter(set), alter(drop)}, done: slices.Concat(are, noChecks), long: d.o.Version < 12,
			undo: &piece{sql: []string{alter(unset), alter(add)}, done: slices.Concat(arent, checked)}, why: last,
		},
	}
}

// unique adds a constraint by an index that was built beside the writers.
func (d define) unique(on bool) []piece {
	name := d.own("unique")
	build := d.build(name, true)
	alter := "ALTER TABLE " + d.tab() + " "
	has := d.hasConstraint(name, "u", attributes("c.conrelid", "c.conkey")+" = "+d.list(d.names()))
	gone := []string{"NOT " + has}
	drop := alter + "DROP CONSTRAINT " + d.id(".name", name)
	if !on {
		return []piece{{sql: []string{drop}, done: gone, why: "the index goes too: what takes it back is to add it again, which takes as long as it did"}}
	}
	return []piece{build, {
		sql: []string{alter + "ADD CONSTRAINT " + d.id(".name", name) + " UNIQUE USING INDEX " + d.id(".name", name)}, done: []string{has},
		undo: &piece{sql: []string{drop}, done: gone},
	}}
}

// primaryKey moves the primary key to a column that is not null, by an index that was built beside the writers. The other column
// takes null from then on.
func (d define) primaryKey() []piece {
	c, id := d.one()
	ref := d.References
	if ref == nil || len(ref.Columns) != 1 {
		d.wrong(".references.columns", nil, "must be one: the column that was the key")
		return nil
	}
	name := derived(bare(d.Table), c.Name, "primary key")
	of := d
	of.Definition = &schema.Definition{Table: d.Table, Columns: d.Columns}
	alter := "ALTER TABLE " + d.tab() + " "
	move := piece{
		sql: []string{
			alter + "DROP CONSTRAINT " + d.id(".name", d.Name),
			alter + "ADD CONSTRAINT " + d.id("", name) + " PRIMARY KEY USING INDEX " + d.id("", name),
			alter + "ALTER COLUMN " + d.id(".references.columns[0]", ref.Columns[0]) + " DROP NOT NULL",
		},
		done: []string{
			d.hasConstraint(name, "p", attributes("c.conrelid", "c.conkey")+" = "+d.list([]string{c.Name})),
			d.hasColumn(d.Table, ref.Columns[0], "NOT a.attnotnull"),
		},
		before: []Query{ask(d.hasColumn(d.Table, c.Name, "a.attnotnull"))},
		why:    id + " is not null, so no row is read; what takes it back is an index on the other column, which takes as long as this one did",
	}
	if d.Expr != "" {
		of.Definition = &schema.Definition{Table: d.Table, Columns: d.Columns, Name: d.Expr, References: ref}
		before := move.before
		move = merge(append([]piece{move}, of.sequence()...))
		move.before, move.undo = before, nil
	}
	return []piece{of.build(name, true), move}
}

// index builds or drops an index beside the writers.
func (d define) index(on bool) []piece {
	name := d.own("idx")
	if full := beside(d.Table, name); !on && len(d.Columns) == 0 {
		drop := d.dropIndex(full)
		drop.why = unknown
		return []piece{drop}
	}
	build := d.build(name, false)
	if on {
		return []piece{build}
	}
	drop := *build.undo
	drop.undo = &build
	build.undo = nil
	return []piece{drop}
}

// build is the statement that builds an index. When it fails it leaves an index that is not valid.
func (d define) build(name string, unique bool) piece {
	full := beside(d.Table, name)
	word := ""
	if unique {
		word = "UNIQUE "
	}
	var parts, names []string
	for i, c := range d.Columns {
		if at := fmt.Sprintf(".columns[%d]", i); c.Expr != "" {
			parts, names = append(parts, "("+d.sql(at+".expr", c.Expr)+")"), append(names, "")
		} else {
			parts, names = append(parts, d.id(at+".name", c.Name)), append(names, c.Name)
		}
	}
	if len(parts) == 0 {
		d.wrong(".columns", nil, "must be given")
	}
	where, partial := "", "i.indpred IS NULL"
	if d.Expr != "" {
		where, partial = " WHERE "+d.sql(".expr", d.Expr), "i.indpred IS NOT NULL"
	}
	is := fmt.Sprintf("SELECT FROM pg_index i WHERE i.indexrelid = %s AND i.indrelid = %s", d.reg(full), d.reg(d.Table))
	undo := d.dropIndex(full)
	whole := fmt.Sprintf("i.indisvalid AND i.indisready AND i.indislive AND i.indisunique = %t AND %s AND %s = %s",
		unique, partial, attributes("i.indrelid", "i.indkey[0:i.indnkeyatts-1]"), d.list(names))
	return piece{
		sql:  []string{"CREATE " + word + "INDEX CONCURRENTLY " + d.id(".name", name) + " ON " + d.tab() + " (" + strings.Join(parts, ", ") + ")" + where},
		done: []string{"EXISTS (" + is + " AND " + whole + ")"},
		sole: true, outside: true, long: true, patient: true, retry: Cleanup,
		leftover: &Leftover{
			Found: ask("EXISTS (" + is + " AND NOT (i.indisvalid AND i.indisready AND i.indislive))"),
			Busy: ask("EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'relation' AND l.relation = " + d.reg(d.Table) +
				" AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())" +
				" AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid <> pg_backend_pid())"),
			SQL: undo.sql,
		},
		undo: &undo,
		why:  "it waits for transactions that are open, and nobody waits for it",
	}
}

func (d define) dropIndex(full string) piece {
	return piece{
		sql: []string{"DROP INDEX CONCURRENTLY " + d.full(".name", full)}, done: []string{d.reg(full) + " IS NULL"},
		sole: true, outside: true, long: true, patient: true, retry: Resumable,
	}
}
