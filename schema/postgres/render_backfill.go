package postgres

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// copying is how one form is computed from another: what a backfill, a trigger and a proof share.
type copying struct {
	define
	from   string   // the table that is read; Table is the one that is written
	read   []string // the quoted columns of from that equal key
	key    []string // quoted, of Table
	cols   []string // quoted, that are written
	exprs  []string // what is written, in terms of the columns of from
	equals []string // how a column is compared: a cast for types that have no equality
	fill   bool     // only where nothing is set
	only   string   // only in rows of which this condition holds, which is false once they are written
}

// crossing says that another table is read than is written.
func (c copying) crossing() bool { return c.from != c.Table }

// copying reads a definition of a backfill or trigger that writes the columns of a form.
func (d define) copying(form string, fill bool) copying {
	c := copying{define: d, from: d.Table, cols: d.ids(), fill: fill}
	d.tab()
	for i, col := range d.Columns {
		at, expr := fmt.Sprintf(".columns[%d].expr", i), col.Expr
		if expr == "" && len(d.Columns) == 1 {
			at, expr = ".expr", d.Expr
		}
		c.exprs = append(c.exprs, "("+d.sql(at, expr)+")")
		t := col.Type
		if t == "" {
			t = d.column(form, col.Name).Type
		}
		c.equals = append(c.equals, toCompare(t))
	}
	if ref := d.References; ref != nil && ref.Table != d.Table {
		c.from = ref.Table
		d.full(".references.table", ref.Table)
		names := ref.Columns
		if len(names) == 0 {
			names = d.Key
		}
		if len(names) != len(d.Key) {
			d.wrong(".references.columns", len(names), "must be as many as there are in the key")
		}
		for i, n := range names {
			c.read = append(c.read, d.id(fmt.Sprintf(".references.columns[%d]", i), n))
		}
	}
	return c
}

var noEquality = regexp.MustCompile(`(?i)^\s*(xml|point|line|polygon|box|path|json)\b`) // never written

// toCompare is the cast by which values of a type can be compared. The server has no equality for some, and compares
// boxes by their area.
func toCompare(t string) string {
	switch strings.ToLower(noEquality.FindString(t)) {
	case "":
		return ""
	case "json":
		return "::jsonb"
	}
	return "::text"
}

// backfill renders the backfill of the step.
func (r *renderer) backfill(b *schema.Backfill) []piece {
	if b.Mode == schema.ReadThenWrite {
		r.bad.Add(r.path+".backfill.mode", string(b.Mode), "loses what is written in between")
	}
	if b.Define == nil {
		if r.rows(b.Form) {
			r.bad.Add(r.path+".backfill.define", nil, "must be given: what is written, and the key of the cursor")
		}
		return nil
	}
	d := define{b.Define, r, r.path + ".backfill.define"}
	if d.Kind == schema.DefineOther {
		return nil
	}
	if d.Kind != schema.DefineBackfill {
		d.wrong(".kind", string(d.Kind), "must be backfill")
		return nil
	}
	for _, c := range d.Columns {
		for _, k := range d.Key {
			if c.Name == k {
				d.wrong(".key", k, "must never change, and is written")
			}
		}
	}
	c := d.copyingFor(b)
	c.key = d.key()
	all := []piece{c.update(b.Mode)}
	if c.crossing() {
		all = []piece{c.insert(), c.ghosts()}
	}
	for i := range all {
		all[i].batch.As = as(b.Form, b.From)
		d.lit("", all[i].batch.As)
	}
	return all
}

// copyingFor is copying for a backfill, which may be of some rows only: those where nothing is set, or that have a value
// which another takes the place of.
func (d define) copyingFor(b *schema.Backfill) copying {
	c := d.copying(b.Form, b.From == "" && (b.Instead == "" || b.Instead == schema.Null))
	if d.Where != "" {
		c.only = d.sql(".where", d.Where)
		return c
	}
	var of *define
	if from := d.form(b.From).Define; b.From != "" && from != nil && from.Kind == schema.DefineEnumValue {
		of = &define{from, d.renderer, d.path}
	} else if b.From == "" && !c.fill {
		if of = d.refusing(b.Form, b.Instead); of == nil {
			d.bad.Add(strings.TrimSuffix(d.path, "define")+"instead", b.Instead,
				"is refused by no change that has a definition, so which rows have it is not known: write it by hand, with a definition of kind other")
			return c
		}
	}
	if of != nil {
		c.only = of.broken()
	}
	return c
}

// as says whom a batch writes for.
func as(form, from string) string { return form + " from " + from }

// batch makes the two commands of a batch of one that ends in a condition; key are the quoted columns of its cursor.
func (c copying) batch(key []string, command func(where string) string) (sql string, b *Batch) {
	var args []string
	for i := range key {
		args = append(args, fmt.Sprintf("$%d", i+1))
	}
	tail := func(limit int) string { return fmt.Sprintf(" ORDER BY %s LIMIT $%d", strings.Join(key, ", "), limit) }
	row := func(of []string) string {
		if len(of) == 1 {
			return of[0]
		}
		return "(" + strings.Join(of, ", ") + ")"
	}
	sql = command(" WHERE " + row(key) + " > " + row(args) + tail(len(key)+1))
	return sql, &Batch{First: command(tail(1)), Key: len(key), Limit: c.o.Batch}
}

// numbered makes "a AS gradatim_k1, b AS gradatim_k2": names that no expression of a user can mean.
func numbered(of []string, letter string) []string {
	var out []string
	for i, s := range of {
		out = append(out, fmt.Sprintf("%s AS gradatim_%s%d", s, letter, i+1))
	}
	return out
}

// each joins what f makes of every position below n.
func each(n int, sep string, f func(i int) string) string {
	var out []string
	for i := range n {
		out = append(out, f(i))
	}
	return strings.Join(out, sep)
}

// answer is the end of a batch's command: what Batch promises.
func answer(n int, written string) string {
	last := each(n, ", ", func(i int) string {
		order := each(n, ", ", func(j int) string { return fmt.Sprintf("gradatim_k%d DESC", j+1) })
		return fmt.Sprintf("(SELECT gradatim_k%d::text FROM gradatim_batch ORDER BY %s LIMIT 1)", i+1, order)
	})
	return " SELECT (SELECT count(*)::text FROM gradatim_batch), (SELECT count(*)::text FROM " + written + "), " + last
}

// differs is the condition that column i of the table does not have a value.
func (c copying) differs(i int, column, value string) string {
	return column + c.equals[i] + " IS DISTINCT FROM " + value + c.equals[i]
}

// update fills columns from others of the same row.
func (c copying) update(mode schema.BackfillMode) piece {
	t := c.tab()
	n := len(c.cols)
	cells := numbered(c.key, "k")
	value := func(i int) string { return c.exprs[i] }
	same := ""
	if mode == schema.CompareAndSet {
		// The row as a whole is compared, so what the expressions read need not be known. Its place (ctid) would not do: servers
		// before 2025 do not look at it again when they waited for another writer.
		value = func(i int) string { return fmt.Sprintf("gradatim_v%d", i+1) }
		cells = append(append(cells, numbered(c.exprs, "v")...), "xmin AS gradatim_at")
		same = " AND " + t + ".xmin = gradatim_at"
	}
	set := func(i int) string { return c.cols[i] + " = " + value(i) }
	if c.fill {
		set = func(i int) string { return c.cols[i] + " = coalesce(" + t + "." + c.cols[i] + ", " + value(i) + ")" }
	}
	sql, b := c.batch(c.key, func(where string) string {
		return "WITH gradatim_batch AS (SELECT " + strings.Join(cells, ", ") + " FROM " + t + where + "),\n" +
			"gradatim_written AS (UPDATE " + t + " SET " + each(n, ", ", set) + " FROM gradatim_batch WHERE " +
			each(len(c.key), " AND ", func(i int) string { return fmt.Sprintf("%s.%s = gradatim_k%d", t, c.key[i], i+1) }) + same +
			" AND (" + c.needs(value) + ") RETURNING 1)\n" + answer(len(c.key), "gradatim_written")
	})
	return c.filled(sql, b, c.Table, c.Key, c.agree(), "a row that somebody else writes meanwhile is computed anew from what they wrote")
}

// needs is the condition of a row that must be written.
func (c copying) needs(value func(i int) string) string {
	t := c.tab()
	switch {
	case c.only != "":
		return c.only
	case c.fill:
		return each(len(c.cols), " OR ", func(i int) string { return t + "." + c.cols[i] + " IS NULL" })
	}
	return each(len(c.cols), " OR ", func(i int) string { return c.differs(i, t+"."+c.cols[i], value(i)) })
}

// filled is what all batches have in common.
func (c copying) filled(sql string, b *Batch, table string, key []string, done, why string) piece {
	return piece{sql: []string{sql}, batch: b, retry: Resumable, before: []Query{ask(c.cursorKey(table, key))}, done: []string{done}, why: why}
}

// cursorKey is the condition that the columns are a key that a cursor can follow: of a valid unique index that is neither
// partial nor deferrable, and none of them null.
func (d define) cursorKey(table string, key []string) string {
	return fmt.Sprintf("EXISTS (SELECT FROM pg_index i WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate"+
		" AND i.indpred IS NULL AND %s @> %s AND %[3]s @> %[2]s"+
		" AND NOT EXISTS (SELECT FROM unnest(i.indkey[0:i.indnkeyatts-1]) n LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n WHERE a.attnotnull IS NOT TRUE))",
		d.reg(table), attributes("i.indrelid", "i.indkey[0:i.indnkeyatts-1]"), d.list(key))
}

// agree is the condition that all rows have what they should.
func (c copying) agree() string {
	t := c.tab()
	n := len(c.cols)
	if !c.crossing() {
		return "NOT EXISTS (SELECT FROM " + t + " WHERE " + c.needs(func(i int) string { return c.exprs[i] }) + ")"
	}
	from := c.full(".references.table", c.from)
	join := each(len(c.key), " AND ", func(i int) string { return fmt.Sprintf("%s.%s = gradatim_k%d", t, c.key[i], i+1) })
	cells := strings.Join(append(numbered(c.read, "k"), numbered(c.exprs, "v")...), ", ")
	return "NOT EXISTS (SELECT FROM (SELECT " + cells + " FROM " + from + ") AS gradatim_from LEFT JOIN " + t + " ON " + join +
		" WHERE " + t + "." + c.key[0] + " IS NULL OR " +
		each(n, " OR ", func(i int) string { return c.differs(i, t+"."+c.cols[i], fmt.Sprintf("gradatim_v%d", i+1)) }) + ")" +
		" AND " + c.noGhosts()
}

// noGhosts is the condition that every row of the table has one in the table it is made of.
func (c copying) noGhosts() string {
	return "NOT EXISTS (SELECT FROM " + c.tab() + " WHERE NOT EXISTS (" + c.origin() + "))"
}

// origin selects the row from which one of the table is made.
func (c copying) origin() string {
	return "SELECT FROM (SELECT " + strings.Join(numbered(c.read, "r"), ", ") + " FROM " + c.full(".references.table", c.from) + ") AS gradatim_from WHERE " +
		each(len(c.key), " AND ", func(i int) string { return fmt.Sprintf("gradatim_r%d = %s.%s", i+1, c.tab(), c.key[i]) })
}

// insert fills another table. The rows that are read stay locked until those are written, so nothing older can overwrite
// what somebody wrote in between.
func (c copying) insert() piece {
	t, n := c.tab(), len(c.cols)
	from := c.full(".references.table", c.from)
	cells := append(numbered(c.read, "k"), numbered(c.exprs, "v")...)
	sql, b := c.batch(c.read, func(where string) string {
		return "WITH gradatim_batch AS (SELECT " + strings.Join(cells, ", ") + " FROM " + from + where + " FOR SHARE),\n" +
			"gradatim_written AS (INSERT INTO " + t + " (" + strings.Join(append(append([]string{}, c.key...), c.cols...), ", ") + ") SELECT " +
			each(len(c.key), ", ", func(i int) string { return fmt.Sprintf("gradatim_k%d", i+1) }) + ", " +
			each(n, ", ", func(i int) string { return fmt.Sprintf("gradatim_v%d", i+1) }) + " FROM gradatim_batch" +
			" ON CONFLICT (" + strings.Join(c.key, ", ") + ") DO UPDATE SET " +
			each(n, ", ", func(i int) string { return c.cols[i] + " = excluded." + c.cols[i] }) + " WHERE " +
			each(n, " OR ", func(i int) string { return c.differs(i, t+"."+c.cols[i], "excluded."+c.cols[i]) }) + " RETURNING 1)\n" +
			answer(len(c.read), "gradatim_written")
	})
	names := c.References.Columns
	if len(names) == 0 {
		names = c.Key
	}
	p := c.filled(sql, b, c.from, names, strings.TrimSuffix(c.agree(), " AND "+c.noGhosts()),
		"whoever writes both tables in one transaction must write "+c.from+" first, or the server may have to break a deadlock")
	p.before = append(p.before, ask(c.cursorKey(c.Table, c.Key)))
	return p
}

// ghosts deletes what was made of rows that are gone. Only rows that are as they were when it was seen that they have no origin.
func (c copying) ghosts() piece {
	t := c.tab()
	cells := append(numbered(c.key, "k"), "xmin AS gradatim_at")
	sql, b := c.batch(c.key, func(where string) string {
		return "WITH gradatim_batch AS (SELECT " + strings.Join(cells, ", ") + " FROM " + t + where + "),\n" +
			"gradatim_written AS (DELETE FROM " + t + " USING gradatim_batch WHERE " +
			each(len(c.key), " AND ", func(i int) string { return fmt.Sprintf("%s.%s = gradatim_k%d", t, c.key[i], i+1) }) +
			" AND " + t + ".xmin = gradatim_at AND NOT EXISTS (" + c.origin() + ") RETURNING 1)\n" + answer(len(c.key), "gradatim_written")
	})
	return c.filled(sql, b, c.Table, c.Key, c.noGhosts(), "rows whose origin was deleted by versions that do not know this table")
}
