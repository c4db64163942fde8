package postgres

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// enumValue adds a value to an enum. It can be used once that is committed, and never be taken away.
func (d define) enumValue() []piece {
	typ := d.full(".name", d.Name)
	if len(d.Expr) > maxIdentifier || d.Expr == "" {
		d.wrong(".expr", d.Expr, fmt.Sprintf("must be a value, of at most %d bytes", maxIdentifier))
	}
	value := strings.TrimSpace(d.lit(".expr", d.Expr))
	p := piece{
		sql:  []string{"ALTER TYPE " + typ + " ADD VALUE " + value},
		done: []string{"EXISTS (SELECT FROM pg_enum e WHERE e.enumtypid = to_regtype(" + d.lit("", typ) + ") AND e.enumlabel = " + value + ")"},
		sole: true, why: "a value cannot be used in the transaction that adds it, nor be taken away",
	}
	if d.o.Version < 12 {
		p.outside, p.why = true, p.why+"; before version 12 no transaction block is allowed"
	}
	return []piece{p}
}

// noEnumValue has a check refuse a value of an enum: the server cannot take it from the type.
func (d define) noEnumValue(on bool) []piece {
	own := *d.Definition
	own.Kind, own.Name, own.References = schema.DefineCheck, "", nil
	own.Expr = d.hasValue("<>")
	return define{&own, d.renderer, d.path}.constraint(on)
}

// hasValue compares the column with the value of an enum.
func (d define) hasValue(operator string) string {
	_, id := d.one()
	return id + "::text " + operator + " " + strings.TrimSpace(d.lit(".expr", d.Expr))
}

// changeType changes the type of a column in place, if only the catalog changes by that.
func (d define) changeType(form string) []piece {
	c, id := d.one()
	now := d.column(form, c.Name).Type
	to := d.typ(".columns[0].type", c.Type)
	if now == "" {
		d.wrong("", c.Name, "must be a column of the form's definition, with the type that it has so far")
		return nil
	}
	conv := Convert(now, to, Server{Version: d.o.Version, TimeZone: d.o.TimeZone})
	if !conv.Known || conv.Rewrite || conv.Rebuild || conv.Forward.Verdict != schema.OK || conv.Forward.Explicit {
		d.wrong(".columns[0].type", to, "cannot be had in place from "+now+" for sure without writing the table anew: copy to a new column")
		return nil
	}
	alter := "ALTER TABLE " + d.tab() + " ALTER COLUMN " + id + " TYPE "
	p := piece{
		sql:  []string{alter + to},
		done: []string{d.hasColumn(d.Table, c.Name, d.hasType(".columns[0].type", c.Type))},
		undo: &piece{
			sql: []string{alter + d.typ("", now)}, done: []string{d.hasColumn(d.Table, c.Name, d.hasType("", now))}, long: true,
			why: "reads or writes the whole table under a lock, and fails if a value does not fit",
		},
		why: "only the catalog changes; sessions with prepared statements on the table may have to prepare them again",
	}
	if conv.Back.Verdict != schema.OK {
		p.undo.loses = "what " + now + " does not hold, " + conv.Back.Witness + ", say"
	}
	return []piece{p}
}

// setDefault sets the default of a column; or drops it, as it does if the definition has none.
func (d define) setDefault(form string, on bool) []piece {
	c, id := d.one()
	want := cmp.Or(d.Expr, c.Default)
	if !on {
		want = ""
	}
	alter := "ALTER TABLE " + d.tab() + " ALTER COLUMN " + id
	to := func(expr string) piece {
		if expr == "" {
			return piece{sql: []string{alter + " DROP DEFAULT"}, done: []string{d.hasColumn(d.Table, c.Name, "NOT a.atthasdef")}}
		}
		d.sql(".expr", expr)
		// The server keeps an expression in its own words; these are those of most. Where they are not, Done does
		// not hold, and to set it again does no harm.
		var same []string
		for _, form := range []string{"%s", "%s::%s", "'%s'::%s", "(%s)::%s"} {
			text := strings.ReplaceAll(form, "::%s", "")
			lit := "lower(" + strings.TrimSpace(d.lit(".expr", fmt.Sprintf(text, strings.TrimSpace(expr)))) + ")"
			if text == form {
				same = append(same, lit)
				continue
			}
			same = append(same, lit+" || '::' || format_type(a.atttypid, NULL)", lit+" || '::' || format_type(a.atttypid, a.atttypmod)")
		}
		return piece{
			sql: []string{alter + " SET DEFAULT " + expr}, retry: Repeat,
			done: []string{d.hasColumn(d.Table, c.Name, "lower((SELECT pg_get_expr(f.adbin, f.adrelid) FROM pg_attrdef f"+
				" WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum)) IN ("+strings.Join(same, ", ")+")")},
		}
	}
	p := to(want)
	undo := to(d.column(form, c.Name).Default)
	p.undo, p.why = &undo, "versions that leave the column out write another value from now on"
	return []piece{p}
}

// sequence lets a column draw from a sequence that another column drew from, which keeps doing so: there is no moment when two
// draw the same number.
func (d define) sequence() []piece {
	c, id := d.one()
	name := d.full(".name", d.Name)
	lit := d.lit("", name)
	column := d.full(".table", d.Table) + "." + id
	number := "NULL"
	switch t := strings.ToLower(strings.TrimSpace(c.Type)); t {
	case "":
	case "smallint", "integer", "bigint":
		number = "'" + t + "'::regtype"
	default:
		d.wrong(".columns[0].type", c.Type, "must be smallint, integer or bigint")
	}
	p := piece{
		done: []string{
			"EXISTS (SELECT FROM pg_depend x JOIN pg_attribute a ON a.attrelid = x.refobjid AND a.attnum = x.refobjsubid" +
				" WHERE x.classid = 'pg_class'::regclass AND x.objid = to_regclass(" + lit + ") AND x.deptype = 'a'" +
				" AND x.refobjid = " + d.reg(d.Table) + " AND a.attname = " + d.lit("", c.Name) + ")",
			"EXISTS (SELECT FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum" +
				" JOIN pg_depend x ON x.classid = 'pg_attrdef'::regclass AND x.objid = f.oid AND x.refobjid = to_regclass(" + lit + ")" +
				" WHERE f.adrelid = " + d.reg(d.Table) + " AND a.attname = " + d.lit("", c.Name) + ")",
			"EXISTS (SELECT FROM pg_sequence q WHERE q.seqrelid = to_regclass(" + lit + ") AND q.seqtypid = coalesce(" + number + ", q.seqtypid))",
		},
		why: "the sequence goes along, so no number is drawn twice; its number is raised to the largest that is there, which an index on the column finds at once",
	}
	if c.Type != "" {
		p.sql = append(p.sql, "ALTER SEQUENCE "+name+" AS "+d.typ(".columns[0].type", c.Type))
	}
	p.sql = append(p.sql, "ALTER SEQUENCE "+name+" OWNED BY "+column,
		"ALTER TABLE "+d.tab()+" ALTER COLUMN "+id+" SET DEFAULT nextval("+lit+"::regclass)",
		"SELECT setval("+lit+"::regclass, m) FROM (SELECT max("+id+")::bigint AS m FROM "+d.tab()+") AS gradatim_max WHERE m > (SELECT last_value FROM "+name+")")
	if ref := d.References; ref != nil && len(ref.Columns) == 1 {
		p.undo = &piece{
			sql: []string{
				"ALTER TABLE " + d.tab() + " ALTER COLUMN " + id + " DROP DEFAULT",
				"ALTER SEQUENCE " + name + " OWNED BY " + d.full(".references.table", ref.Table) + "." + d.id(".references.columns[0]", ref.Columns[0]),
			},
			why: "the sequence keeps its type, which holds more",
		}
	}
	return []piece{p}
}
