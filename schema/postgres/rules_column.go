package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// few is how many rows are read or written in a moment: a rewrite of fewer is no more than a warning.
const few = 10_000

// heavy is the severity of what grows with the table.
func (l *linter) heavy(table string) Severity {
	if t := l.w.table(table); t != nil && t.Rows > 0 && t.Rows < few {
		return Warning
	}
	return Fatal
}

func checkNotNull(l *linter, a action, c Class, r *Report) {
	if l.fresh(a.table) {
		return
	}
	column := l.w.table(a.table).column(a.column)
	switch {
	case a.class == "set not null" && (column == nil || !column.NotNull):
		instead := fmt.Sprintf("ADD CHECK (%s IS NOT NULL) NOT VALID, VALIDATE it in its own transaction, then SET NOT NULL and drop the check", a.column)
		if l.w.server.Version < 12 {
			instead = fmt.Sprintf("keep a validated CHECK (%s IS NOT NULL): before version 12 it does not spare the scan", a.column)
		}
		r.find("set-not-null", l.heavy(a.table), "all rows are read for nulls while all others wait: no validated check of that column is known", instead)
	case a.class == "set not null, proven by a check" && c.Scan:
		r.find("set-not-null", Warning, "before version 12 a check does not spare the scan", "keep the check instead")
	case strings.HasPrefix(a.class, "add primary key using index") && c.Scan:
		r.find("set-not-null", l.heavy(a.table), "the columns become NOT NULL, for which all rows are read while all others wait",
			"SET NOT NULL on each column first, proven by a validated check")
	}
}

func checkUsingIndex(l *linter, a action, _ Class, r *Report) {
	if slices.Contains([]string{"add unique", "add primary key", "add column, unique"}, a.class) && !l.fresh(a.table) {
		r.find("using-index", l.heavy(a.table), "the index is built while all others wait",
			"CREATE UNIQUE INDEX CONCURRENTLY, see that it is valid, then ADD CONSTRAINT ... USING INDEX")
	}
	if a.class == "add exclusion" && !l.fresh(a.table) {
		r.find("using-index", l.heavy(a.table), "the index is built while all others wait, and there is no other way", "do it while the table is small")
	}
}

func checkVolatile(l *linter, a action, _ Class, r *Report) {
	if a.class == "add column, volatile default" && !l.fresh(a.table) {
		r.find("volatile-default", l.heavy(a.table), "the default is volatile, or not known not to be, so each row is written with a value of its own",
			"add the column without it, SET DEFAULT for new rows, and fill the others in batches")
	}
}

// shadow is the way around a rewrite.
const shadow = "add a second column, keep both in step, fill it in batches, and switch"

func checkRewrite(l *linter, a action, c Class, r *Report) {
	if !c.Rewrite || l.fresh(a.table) {
		return
	}
	instead := shadow
	switch a.class {
	case "add column, volatile default", "truncate", "refresh materialized view", unknownClass:
		return // said elsewhere, or what it is there for
	case "add column, serial", "add column, identity":
		instead = "add a plain column, SET DEFAULT nextval of a sequence, and fill the rows in batches"
	case "add column, domain or unknown type":
		instead = "a column of a domain, or of a type that is not known, may be checked row by row: add one of its base type, with a check NOT VALID"
	case "cluster", "vacuum full":
		instead = "plain VACUUM keeps the space for new rows; to give it back, copy into a new table"
	}
	r.find("rewrite", l.heavy(a.table), "the table and its indexes are written anew while all others wait: "+a.class, instead)
}

func checkRebuild(l *linter, a action, c Class, r *Report) {
	if a.class == "change type, indexes rebuilt" && !l.fresh(a.table) {
		r.find("index-rebuild", l.heavy(a.table), "each index on "+a.column+" is built anew while all others wait",
			"drop the indexes before, concurrently, and build them after; or "+shadow)
	}
}

func checkNoDefault(l *linter, a action, _ Class, r *Report) {
	if a.class == "add column, not null without default" && !l.fresh(a.table) {
		r.find("not-null-without-default", Fatal, "the server refuses it as soon as the table has a row, and writers that do not know the column fail",
			"add it without NOT NULL, let the writers set it, fill the rows, and then SET NOT NULL by a validated check")
	}
}

func checkZone(l *linter, a action, _ Class, r *Report) {
	if a.change == nil || utc(l.zone) || !a.change.Known {
		return
	}
	with := strings.Contains(a.change.From, "with time zone")
	if from, to := a.change.From, a.change.To; strings.HasPrefix(from, "timestamp") && strings.HasPrefix(to, "timestamp") &&
		with != strings.Contains(to, "with time zone") {
		r.find("time-zone", Fatal, "values are moved by the session's time zone, which is not known to be UTC, and the table is written anew",
			"SET timezone = 'UTC' if that is what the values mean, which also spares the rewrite since version 12")
	}
}

// checkValues says what becomes of values, there and back; an unknown change is in checkRewrite already.
func checkValues(_ *linter, a action, _ Class, r *Report) {
	if a.change == nil || !a.change.Known || a.using {
		return
	}
	c := a.change
	if c.Forward.Explicit && !a.cast {
		r.find("values", Fatal, "the server does not convert "+c.From+" to "+c.To+" on its own", "say how, with USING, or "+shadow)
	}
	if c.Forward.Verdict != schema.OK {
		r.find("values", Warning, fmt.Sprintf("%s to %s: %s", c.From, c.To, c.Forward), "ask first whether there are such values")
	}
	if c.Back.Verdict != schema.OK {
		r.find("values", Notice, fmt.Sprintf("the way back, %s to %s: %s", c.To, c.From, c.Back), "no way back once such a value is written")
	}
}

func checkViews(l *linter, a action, _ Class, r *Report) {
	t := l.w.table(a.table)
	whole := a.class == "drop table"
	if !whole && a.class != "drop column" && !strings.HasPrefix(a.class, "change type") {
		return
	}
	if t == nil || !whole && t.column(a.column) == nil && len(t.Views) == 0 {
		if !l.fresh(a.table) {
			r.find("view-dependents", Warning, "whether views use it is not known; the server refuses it then", "look in pg_depend and pg_rewrite")
		}
		return
	}
	for _, v := range t.Views {
		if whole || len(v.Columns) == 0 || slices.Contains(v.Columns, a.column) {
			r.find("view-dependents", Fatal, "the view "+v.Name+" uses it: the server refuses it, or drops the view by CASCADE",
				"drop the view, or replace it by one that does without, before")
		}
	}
}
