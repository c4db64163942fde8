package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// AddColumn is a new column (catalogue 1 to 4). It is added empty; then versions that read and write it
// are brought. If it is NotNull and has no Default, every version that makes rows writes it, the rows that were there get Fill, and
// null is refused at last; with one it refuses null from the start, which costs nothing. A Volatile default is set apart from adding the column, because the two together rewrite the
// table; the rows that were there get Fill before anybody reads it.
type AddColumn struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Type   string `json:"type,omitempty"` // SQL
	// Default is SQL. Volatile says that it is not the same for all rows.
	Default  string `json:"default,omitempty"`
	Volatile bool   `json:"volatile,omitempty"`
	NotNull  bool   `json:"notNull,omitempty"`
	// Fill is SQL: what rows get that were there before, if the column is NotNull without a Default, or Volatile; empty is the
	// default. Key is a unique key of the table.
	Fill string   `json:"fill,omitempty"`
	Key  []string `json:"key,omitempty"`
}

// Kind is "addColumn".
func (AddColumn) Kind() string { return "addColumn" }

func (c AddColumn) check(p *problems) {
	p.column(c.Table, c.Column)
	p.must(!c.Volatile || c.Default != "", "volatile", nil, "needs a default")
	p.must(!c.NotNull || c.Default != "" || c.Fill != "", "fill", nil, "or a default is needed, because the column must not be null")
	p.must(c.Fill == "" || c.Volatile || c.NotNull && c.Default == "", "fill", c.Fill,
		"is for a volatile default, or for a column that must not be null and has no default: else rows get the default, or null")
	p.names("key", c.Key, 0)
}

func (c AddColumn) recipes(w *world) []*recipe {
	at := place{kind: schema.Table, store: c.Table, things: []string{c.Column}}
	uses := w.uses(at)
	form := c.Table + "." + c.Column
	if c.Volatile {
		return []*recipe{c.byDefault(at, uses, form)}
	}
	p := &presence{
		recipe: newRecipe(form, form), place: at, form: form, required: c.NotNull && c.Default == "",
		define: columns(c.Table, schema.Column{
			Name: c.Column, Type: c.Type, Default: c.Default, NotNull: c.NotNull && c.Default != "",
		}),
	}
	p.gives = p.holds
	p.come(uses, filling(c.Table, c.Key, schema.Column{Name: c.Column, Expr: c.Fill}))
	return []*recipe{p.recipe}
}

// byDefault is the way in for a column that gets something else in every row. To make a row is to imply what its
// default will be: the default acts as a trigger that writes it down, for versions that do not know of it too.
func (c AddColumn) byDefault(at place, uses []use, form string) *recipe {
	r := newRecipe(form, form)
	rows := form + " implied"
	r.gives, r.makes = r.holds, []string{c.Table}
	r.value(usual, "")
	r.store(at, uses)
	r.form(rows, c.Table, otherwise(rows))
	r.form(form, c.Table, columns(c.Table, schema.Column{Name: c.Column, Type: c.Type}))
	r.start.Forms, r.goal.Forms = []string{rows}, []string{rows, form}
	r.goal.Syncs = []schema.Sync{{From: rows, To: form}}
	knows := make([]bool, len(uses))
	for i := range uses {
		knows[i] = uses[i].writes
		uses[i].writes = uses[i].writes || uses[i].makes
	}
	r.begin(uses, func(use) footprint { return footprint{writes: r.write(nil, rows)} })
	r.list()
	r.do(schema.Expand, "add "+form, schema.Change{Do: schema.Add, Form: form})
	r.do(schema.Expand, "set the default of "+form, schema.Change{Do: schema.Tie, Form: rows, To: form, Define: &schema.Definition{
		Kind: schema.DefineDefault, Table: c.Table, Columns: named([]string{c.Column}), Expr: c.Default,
	}})
	maintained := schema.Condition{Is: schema.Maintained, Form: form, From: rows}
	r.need(maintained)
	r.fill(form, rows, "", filling(c.Table, c.Key, schema.Column{
		Name: c.Column, Expr: "coalesce(" + quoted(c.Column) + ", " + cmp.Or(c.Fill, c.Default) + ")", // what a row has got stays
	}))
	r.need(maintained, schema.Condition{Is: schema.Proven, Form: form, From: rows})
	r.caughtUp(form)
	r.deploy(schema.Switch, func(t *track) footprint {
		f := footprint{reads: r.read(t.use, nil, form), writes: r.write(nil, rows)}
		if knows[r.track(t.service)] {
			f.writes = r.write(nil, rows, form)
		}
		return f
	})
	if c.NotNull {
		r.goal.Refuses = []schema.Refusal{{Form: form, Value: schema.Null}}
		r.refuse(form, schema.Null)
	}
	return r
}

// RenameColumn is another name for a column (catalogue 5): a new column beside the old one, versions that write
// both, a backfill, versions that read the new one, versions that write it alone. With [Options.Triggers] the
// database writes both.
type RenameColumn struct {
	Table   string   `json:"table"`
	Column  string   `json:"column"`
	To      string   `json:"to"`
	Type    string   `json:"type,omitempty"` // SQL
	NotNull bool     `json:"notNull,omitempty"`
	Key     []string `json:"key,omitempty"` // a unique key of the table
}

// Kind is "renameColumn".
func (RenameColumn) Kind() string { return "renameColumn" }

func (c RenameColumn) check(p *problems) {
	p.column(c.Table, c.Column)
	p.name("to", c.To)
	p.must(c.To != c.Column, "to", c.To, "must be another name")
	p.names("key", c.Key, 0)
}

func (c RenameColumn) recipes(w *world) []*recipe {
	return columnMove{
		table: c.Table, key: c.Key, notNull: c.NotNull,
		old: []schema.Column{{Name: c.Column, Type: c.Type, Expr: quoted(c.To)}},
		new: []schema.Column{{Name: c.To, Type: c.Type, Expr: quoted(c.Column)}},
	}.recipes(w)
}

// ChangeType is another type for a column. InPlace is for types that the database changes without rewriting and that hold
// all that the old one held (catalogue 6): then Column keeps its name, and wider values are written when
// all readers take them. Otherwise To is a new column (catalogue 7), done as [RenameColumn] is.
type ChangeType struct {
	Table   string `json:"table"`
	Column  string `json:"column"`
	Type    string `json:"type,omitempty"` // SQL: the new one
	InPlace bool   `json:"inPlace,omitempty"`

	To      string `json:"to,omitempty"`
	OldType string `json:"oldType,omitempty"` // SQL; in place too
	// Forward is SQL for the new column in terms of the old one, Backward the other way. Empty is a cast.
	Forward  string `json:"forward,omitempty"`
	Backward string `json:"backward,omitempty"`
	// Values are those that do not go both ways. A new form that cannot hold a value waits until it is gone.
	Values  []Value  `json:"values,omitempty"`
	NotNull bool     `json:"notNull,omitempty"`
	Key     []string `json:"key,omitempty"` // a unique key of the table
}

// Kind is "changeType".
func (ChangeType) Kind() string { return "changeType" }

func (c ChangeType) check(p *problems) {
	p.column(c.Table, c.Column)
	p.must(c.InPlace != (c.To != ""), "to", c.To, "must be given, unless it is done in place")
	p.must(c.To != c.Column, "to", c.To, "must be another name")
	p.must(!c.InPlace || len(c.Values) == 0, "values", nil, "must all fit, if it is done in place")
	p.values("values", c.Values)
	p.names("key", c.Key, 0)
}

func (c ChangeType) recipes(w *world) []*recipe {
	if c.InPlace {
		at := place{kind: schema.Table, store: c.Table, things: []string{c.Column}}
		form := c.Table + "." + c.Column
		l := &limits{
			recipe: newRecipe(form, form), place: at, form: form, value: "wide", null: !c.NotNull,
			define: func(schema.Do, bool) *schema.Definition {
				return &schema.Definition{Kind: schema.DefineType, Table: c.Table, Columns: []schema.Column{{Name: c.Column, Type: c.Type}}}
			},
		}
		l.widen(w.uses(at))
		if c.OldType != "" {
			l.forms[0].Define = columns(c.Table, schema.Column{Name: c.Column, Type: c.OldType})
		}
		return []*recipe{l.recipe}
	}
	forward, backward := c.Forward, c.Backward
	if forward == "" {
		forward = "cast(" + quoted(c.Column) + " as " + c.Type + ")"
	}
	if backward == "" {
		backward = "cast(" + quoted(c.To) + " as " + c.OldType + ")"
	}
	return columnMove{
		table: c.Table, key: c.Key, notNull: c.NotNull, values: c.Values,
		old: []schema.Column{{Name: c.Column, Type: c.OldType, Expr: backward}},
		new: []schema.Column{{Name: c.To, Type: c.Type, Expr: forward}},
	}.recipes(w)
}

// SplitColumn is a column that becomes several (catalogue 8). Expr of each says how it comes from Column; Join how
// Column comes from them. Without Join what cannot be split is lost.
type SplitColumn struct {
	Table   string          `json:"table"`
	Column  string          `json:"column"`
	Type    string          `json:"type,omitempty"` // SQL: of Column
	Into    []schema.Column `json:"into"`
	Join    string          `json:"join,omitempty"` // SQL
	Values  []Value         `json:"values,omitempty"`
	NotNull bool            `json:"notNull,omitempty"`
	Key     []string        `json:"key,omitempty"` // a unique key of the table
}

// Kind is "splitColumn".
func (SplitColumn) Kind() string { return "splitColumn" }

func (c SplitColumn) check(p *problems) {
	p.column(c.Table, c.Column)
	p.columns("into", c.Into, 2)
	p.others("into", c.Into, c.Column)
	p.values("values", c.Values)
	p.names("key", c.Key, 0)
}

func (c SplitColumn) recipes(w *world) []*recipe {
	values := c.Values
	if c.Join == "" && len(values) == 0 {
		values = []Value{{Name: "whole", Witness: "what cannot be split", New: schema.Lossy}}
	}
	return columnMove{
		table: c.Table, key: c.Key, notNull: c.NotNull, values: values,
		old: []schema.Column{{Name: c.Column, Type: c.Type, Expr: c.Join}}, new: c.Into,
	}.recipes(w)
}

// MergeColumns are several columns that become one (catalogue 9). Expr of Into says how it comes from them; Expr of each
// how it comes back. If one of them has none, the boundary between them is lost.
type MergeColumns struct {
	Table   string          `json:"table"`
	Columns []schema.Column `json:"columns"`
	Into    schema.Column   `json:"into"`
	Values  []Value         `json:"values,omitempty"`
	NotNull bool            `json:"notNull,omitempty"`
	Key     []string        `json:"key,omitempty"` // a unique key of the table
}

// Kind is "mergeColumns".
func (MergeColumns) Kind() string { return "mergeColumns" }

func (c MergeColumns) check(p *problems) {
	p.name("table", c.Table)
	p.columns("columns", c.Columns, 2)
	p.name("into.name", c.Into.Name)
	p.must(!c.Into.NotNull, "into.notNull", true, fromStart)
	p.others("columns", c.Columns, c.Into.Name)
	p.values("values", c.Values)
	for i, v := range c.Values {
		p.must(v.Mend == "", fmt.Sprintf("values[%d].mend", i), v.Mend, "is for one column")
	}
	p.names("key", c.Key, 0)
}

func (c MergeColumns) recipes(w *world) []*recipe {
	values := c.Values
	if len(values) == 0 && slices.ContainsFunc(c.Columns, func(one schema.Column) bool { return one.Expr == "" }) {
		values = []Value{{Name: "ambiguous", Witness: "what has the boundary in it", New: schema.Lossy}}
	}
	return columnMove{
		table: c.Table, key: c.Key, notNull: c.NotNull, values: values, old: c.Columns, new: []schema.Column{c.Into},
	}.recipes(w)
}

// DropColumn is a column that goes (catalogue 10): nobody reads it, then nobody writes it, then it is dropped. If it may be
// null the first two are one deployment, because who still reads it takes rows without it.
type DropColumn struct {
	Table   string `json:"table"`
	Column  string `json:"column"`
	NotNull bool   `json:"notNull,omitempty"`
}

// Kind is "dropColumn".
func (DropColumn) Kind() string { return "dropColumn" }

func (c DropColumn) check(p *problems) { p.column(c.Table, c.Column) }

func (c DropColumn) recipes(w *world) []*recipe {
	at := place{kind: schema.Table, store: c.Table, things: []string{c.Column}}
	form := c.Table + "." + c.Column
	p := &presence{
		recipe: newRecipe(form, form), place: at, form: form, required: c.NotNull,
		define: columns(c.Table, schema.Column{Name: c.Column}),
	}
	p.leave(w.uses(at))
	return []*recipe{p.recipe}
}

// columnMove takes a group of columns of a table to another group.
type columnMove struct {
	table    string
	old, new []schema.Column
	notNull  bool
	values   []Value
	key      []string
	primary  *schema.Definition // if old is the primary key
}

// group names the form of some columns.
func group(table string, columns []schema.Column) string {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return table + "." + strings.Join(names, "+")
}

func (c columnMove) recipes(w *world) []*recipe {
	at := place{kind: schema.Table, store: c.table}
	for _, one := range c.old {
		at.things = append(at.things, one.Name)
	}
	uses := w.uses(at)
	old, new := group(c.table, c.old), group(c.table, c.new)
	m := &move{
		recipe: newRecipe(old), place: at, old: old, new: new, oldMakes: []string{c.table},
		newMakes: []string{c.table}, notNull: c.notNull, values: c.values, key: c.primary,
		defines: func(form, _ string) *schema.Definition {
			if form == old {
				return filling(c.table, c.key, c.old...)
			}
			return filling(c.table, c.key, c.new...)
		},
		dropped: func(string) *schema.Definition { return columns(c.table, c.old...) },
	}
	for _, one := range append(slices.Clone(c.old), c.new...) {
		m.holds = append(m.holds, c.table+"."+one.Name)
	}
	m.gives = m.holds[len(c.old):]
	m.store(at, uses)
	m.form(old, c.table, columns(c.table, c.old...))
	m.form(new, c.table, columns(c.table, c.new...))
	if w.options.Triggers && c.primary == nil {
		m.triggers(uses)
	} else {
		m.dual(uses)
	}
	return []*recipe{m.recipe}
}

// quoted is a column in SQL. Unquoted, one that is named "user" would be who is connected.
func quoted(column string) string { return `"` + strings.ReplaceAll(column, `"`, `""`) + `"` }

// literal is a text in SQL.
func literal(text string) string {
	text = "'" + strings.ReplaceAll(text, "'", "''") + "'"
	if strings.Contains(text, `\`) {
		return "E" + strings.ReplaceAll(text, `\`, `\\`)
	}
	return text
}

func newRecipe(attribute string, holds ...string) *recipe {
	return &recipe{attribute: schema.Attribute{Name: attribute}, holds: holds}
}

// columns defines columns, without how they are filled.
func columns(table string, list ...schema.Column) *schema.Definition {
	d := &schema.Definition{Kind: schema.DefineColumns, Table: table}
	for _, c := range list {
		c.Expr = ""
		d.Columns = append(d.Columns, c)
	}
	return d
}

// filling defines a backfill of columns.
func filling(table string, key []string, list ...schema.Column) *schema.Definition {
	return &schema.Definition{Kind: schema.DefineBackfill, Table: table, Columns: list, Key: key}
}

// fromStart is why a column cannot be NOT NULL: it is added before anybody fills it.
const fromStart = "is too early: it begins empty"

func (p *problems) column(table, column string) {
	p.name("table", table)
	p.name("column", column)
}

func (p *problems) columns(field string, list []schema.Column, least int) {
	var names []string
	for i, c := range list {
		names = append(names, c.Name)
		p.must(!c.NotNull, fmt.Sprintf("%s[%d].notNull", field, i), true, fromStart)
	}
	p.names(field, names, least)
}

// others refuses columns that have a name which must stay apart: what is old is dropped in the end.
func (p *problems) others(field string, list []schema.Column, apart ...string) {
	for i, c := range list {
		p.must(!slices.Contains(apart, c.Name), fmt.Sprintf("%s[%d]", field, i), c.Name, "must be another column")
	}
}
