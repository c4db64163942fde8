package postgres

import (
	"fmt"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// trigger ties a form to another: who writes that one and not this has this written too.
func (d define) trigger(change schema.Change, on bool) []piece {
	c := d.copying(change.To, false)
	from := d.form(change.Form)
	if from.Define == nil || len(from.Define.Columns) == 0 {
		d.wrong("", change.Form, "must be a form whose definition has its columns")
		return nil
	}
	// Triggers fire in the order of their names: this one after those of the users, to see what they wrote.
	name := derived("zz_gradatim_"+change.Form, change.To, d.Table)
	if d.Name != "" {
		name = bare(d.Name)
	}
	function := beside(d.Table, name)
	table := d.Table
	back := "current_setting('gradatim.backfill', true) = " + d.lit(".form", as(change.Form, change.To))
	body, when := c.sameRow(back, from.Define.Columns, d.form(change.To)), "BEFORE INSERT OR UPDATE ON"
	if c.crossing() {
		table, function = c.from, beside(c.from, name)
		body, when = c.otherTable(back), "AFTER INSERT OR UPDATE OR DELETE ON"
	}
	kind, deferred := "TRIGGER", ""
	if c.crossing() {
		kind, deferred = "CONSTRAINT TRIGGER", " DEFERRABLE INITIALLY DEFERRED"
	}
	f := d.full(".name", function)
	drop := []string{"DROP TRIGGER " + d.id(".name", name) + " ON " + d.full(".table", table), "DROP FUNCTION " + f + "()"}
	create := []string{
		"CREATE FUNCTION " + f + "() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS " + d.lit("", body),
		"CREATE " + kind + " " + d.id(".name", name) + " " + when + " " + d.full(".table", table) + deferred + " FOR EACH ROW EXECUTE FUNCTION " + f + "()",
	}
	has := fmt.Sprintf("EXISTS (SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid WHERE g.tgrelid = %s AND g.tgname = %s"+
		" AND g.tgenabled IN ('O', 'A') AND p.prosrc = %s)", d.reg(table), d.lit("", name), d.lit("", body))
	gone := []string{
		fmt.Sprintf("NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = %s AND g.tgname = %s)", d.reg(table), d.lit("", name)),
		"to_regprocedure(" + d.lit("", f+"()") + ") IS NULL",
	}
	if on {
		return []piece{{sql: create, done: []string{has}, undo: &piece{sql: drop, done: gone}}}
	}
	return []piece{{sql: drop, done: gone, undo: &piece{sql: create, done: []string{has}, why: "what was written meanwhile is not brought along: a backfill does that"}}}
}

// sameRow is the body of a trigger between columns of one row. Who wrote what is seen from the row: in an update by which columns
// changed, in an insert by which are set. A trigger that only changes the row that is being written calls no
// other, so there is nothing to guard against: with one each way, the second sees that both sides were written. Only
// the backfill of what the trigger reads must be told from a version, which Batch.As does.
func (c copying) sameRow(back string, from []schema.Column, to schema.Form) string {
	var read, defaults []string
	for _, col := range from {
		read = append(read, c.id("", col.Name)+toCompare(col.Type))
	}
	for i, col := range c.Columns {
		def := defaultOf(to, col.Name)
		if def != "" && !steady(def) {
			c.wrong(fmt.Sprintf(".columns[%d].name", i), col.Name, "must have no default that may differ from row to row: whether it was written cannot be seen")
		}
		defaults = append(defaults, def)
	}
	changed := each(len(read), " OR ", func(i int) string { return "NEW." + read[i] + " IS DISTINCT FROM OLD." + read[i] })
	kept := each(len(c.cols), " AND ", func(i int) string {
		return "NEW." + c.cols[i] + c.equals[i] + " IS NOT DISTINCT FROM OLD." + c.cols[i] + c.equals[i]
	})
	empty := each(len(c.cols), " AND ", func(i int) string { return "NEW." + c.cols[i] + " IS NULL" })
	unset := each(len(c.cols), " AND ", func(i int) string {
		if defaults[i] == "" {
			return "NEW." + c.cols[i] + " IS NULL"
		}
		return "NEW." + c.cols[i] + c.equals[i] + " IS NOT DISTINCT FROM (" + defaults[i] + ")" + c.equals[i]
	})
	set := each(len(from), " OR ", func(i int) string { return "NEW." + c.id("", from[i].Name) + " IS NOT NULL" })
	write := "SELECT " + strings.Join(c.exprs, ", ") + " INTO " + each(len(c.cols), ", ", func(i int) string { return "NEW." + c.cols[i] }) +
		" FROM (SELECT NEW.*) AS " + c.id(".table", bare(c.Table)) + ";"
	return "\n#variable_conflict use_column\nBEGIN\n" +
		"  IF " + back + " THEN\n    RETURN NEW;\n  END IF;\n" +
		"  IF TG_OP = 'INSERT' THEN\n" +
		"    IF " + empty + " OR (" + unset + ") AND (" + set + ") THEN\n      " + write + "\n    END IF;\n" +
		"  ELSIF (" + changed + ") AND " + kept + " THEN\n    " + write + "\n  END IF;\n" +
		"  RETURN NEW;\nEND\n"
}

func defaultOf(f schema.Form, column string) string {
	if f.Define != nil {
		for _, c := range f.Define.Columns {
			if c.Name == column && !strings.EqualFold(strings.TrimSpace(c.Default), "null") {
				return c.Default
			}
		}
	}
	return ""
}

// otherTable is the body of a trigger that writes another table. It runs when the transaction commits: then a row of the other
// table that this transaction wrote, by its writer or by the trigger that goes the other way, is left alone,
// which is what keeps two triggers from calling each other for ever.
func (c copying) otherTable(back string) string {
	c.key = c.define.key()
	t, from := c.tab(), c.full(".references.table", c.from)
	n := len(c.cols)
	at := func(record string) string {
		return each(len(c.key), " AND ", func(i int) string { return t + "." + c.key[i] + " = " + record + "." + c.read[i] })
	}
	here := func(record string) string {
		return each(len(c.key), " AND ", func(i int) string { return from + "." + c.read[i] + " = " + record + "." + c.read[i] })
	}
	const mine = "xmin::text = (txid_current() % 4294967296)::text"
	return "\n#variable_conflict use_column\nBEGIN\n" +
		"  IF " + back + " THEN\n    RETURN NULL;\n  END IF;\n" +
		"  IF TG_OP <> 'INSERT' AND NOT EXISTS (SELECT FROM " + from + " WHERE " + here("OLD") + ") THEN\n" +
		"    DELETE FROM " + t + " WHERE " + at("OLD") + " AND NOT " + t + "." + mine + ";\n" +
		"  END IF;\n" +
		"  IF TG_OP <> 'DELETE' AND NOT EXISTS (SELECT FROM " + t + " WHERE " + at("NEW") + " AND " + t + "." + mine + ") THEN\n" +
		"    INSERT INTO " + t + " (" + strings.Join(append(append([]string{}, c.key...), c.cols...), ", ") + ")\n" +
		"    SELECT " + strings.Join(append(append([]string{}, c.read...), c.exprs...), ", ") + " FROM " + from + " WHERE " + here("NEW") + "\n" +
		"    ON CONFLICT (" + strings.Join(c.key, ", ") + ") DO UPDATE SET " +
		each(n, ", ", func(i int) string { return c.cols[i] + " = excluded." + c.cols[i] }) + "\n    WHERE " +
		each(n, " OR ", func(i int) string { return c.differs(i, t+"."+c.cols[i], "excluded."+c.cols[i]) }) + ";\n" +
		"  END IF;\n  RETURN NULL;\nEND\n"
}
