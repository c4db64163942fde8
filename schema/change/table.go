package change

import "github.com/seed-20fe5ead/gradatim/schema"

// RenameTable is another name for a table (catalogue 11): the table gets it, a view keeps the old one until
// nobody uses it.
type RenameTable struct {
	Table string `json:"table"`
	To    string `json:"to"`
}

// Kind is "renameTable".
func (RenameTable) Kind() string { return "renameTable" }

func (c RenameTable) check(p *problems) {
	p.name("table", c.Table)
	p.name("to", c.To)
	p.must(c.To != c.Table, "to", c.To, "must be another name")
}

func (c RenameTable) recipes(w *world) []*recipe {
	at := place{kind: schema.Table, store: c.Table}
	uses := w.uses(at)
	r := newRecipe(c.Table+" rows", c.Table, c.To)
	r.value(schema.Null, "")
	r.value(usual, "")
	r.store(at, uses)
	r.form(c.Table, c.Table, &schema.Definition{Kind: schema.DefineTable, Table: c.Table})
	r.form(c.To, c.Table, &schema.Definition{Kind: schema.DefineTable, Table: c.To})
	r.forms[1].Of = c.Table
	r.start.Forms, r.goal.Forms, r.makes = []string{c.Table}, []string{c.To}, []string{c.Table}
	foot := func(u use, name string) footprint {
		return footprint{reads: r.read(u, nil, name), writes: r.write([]string{schema.Null, usual}, name)}
	}
	r.begin(uses, func(u use) footprint { return foot(u, c.Table) })
	r.list()
	r.do(schema.Expand, "rename "+c.Table+" to "+c.To, schema.Change{Do: schema.Add, Form: c.To, Define: &schema.Definition{
		Kind: schema.DefineRename, Table: c.Table, Name: c.To,
	}})
	r.caughtUp(c.To)
	r.deploy(schema.Switch, func(t *track) footprint { return foot(t.use, c.To) })
	r.need(schema.Condition{Is: schema.Unused, Form: c.Table})
	r.do(schema.Contract, "drop the view "+c.Table, schema.Change{Do: schema.Drop, Form: c.Table, Define: &schema.Definition{
		Kind: schema.DefineView, Name: c.Table, Table: c.To,
	}})
	return []*recipe{r}
}

// SplitTable is a table of which some columns get a table of their own (catalogue 12), with a row for every row. It is done
// as [RenameColumn] is; rows are made and deleted in both tables. The key is the primary key of the new table and refers to the
// old one, from which a deletion goes on to the new: versions that do not know the new table delete rows too. So a version that writes
// both in one transaction makes a row in the old table first.
type SplitTable struct {
	Table    string          `json:"table"`
	Columns  []schema.Column `json:"columns"`
	Into     string          `json:"into"`
	NotNull  bool            `json:"notNull,omitempty"`
	Key      []string        `json:"key,omitempty"`      // a unique key of both tables
	KeyTypes []string        `json:"keyTypes,omitempty"` // SQL: of each column of Key; none are bigint
}

// Kind is "splitTable".
func (SplitTable) Kind() string { return "splitTable" }

func (c SplitTable) check(p *problems) {
	p.name("table", c.Table)
	p.columns("columns", c.Columns, 1)
	p.others("columns", c.Columns, c.Key...)
	p.name("into", c.Into)
	p.must(c.Into != c.Table, "into", c.Into, "must be another table")
	p.names("key", c.Key, 0)
	p.must(len(c.KeyTypes) == 0 || len(c.KeyTypes) == len(c.Key), "keyTypes", len(c.KeyTypes), "must be as many as there are in the key, or none")
}

func (c SplitTable) recipes(w *world) []*recipe {
	at := place{kind: schema.Table, store: c.Table}
	for _, one := range c.Columns {
		at.things = append(at.things, one.Name)
	}
	uses := w.uses(at)
	old, new := group(c.Table, c.Columns), group(c.Into, c.Columns)
	m := &move{
		recipe: newRecipe(old, c.Into), place: at, old: old, new: new, notNull: c.NotNull,
		oldMakes: []string{c.Table}, newMakes: []string{c.Table, c.Into},
		dropped: func(string) *schema.Definition { return columns(c.Table, c.Columns...) },
	}
	m.defines = func(form, _ string) *schema.Definition {
		to, from := c.Into, c.Table
		if form == old {
			to, from = from, to
		}
		d := filling(to, c.Key)
		d.References = &schema.Reference{Table: from, Columns: c.Key}
		for _, one := range c.Columns {
			d.Columns = append(d.Columns, schema.Column{Name: one.Name, Expr: quoted(one.Name)})
		}
		return d
	}
	for _, one := range c.Columns {
		m.holds = append(m.holds, c.Table+"."+one.Name)
	}
	m.store(at, uses)
	m.store(place{kind: schema.Table, store: c.Into}, uses)
	m.form(old, c.Table, columns(c.Table, c.Columns...))
	m.form(new, c.Into, c.define())
	m.dual(uses)
	return []*recipe{m.recipe}
}

// define defines the new table.
func (c SplitTable) define() *schema.Definition {
	list := named(c.Key)
	for i := range list {
		list[i].Type = "bigint"
		if len(c.KeyTypes) > 0 {
			list[i].Type = c.KeyTypes[i]
		}
	}
	d := columns(c.Into, append(list, c.Columns...)...)
	d.Kind, d.Key = schema.DefineTable, c.Key
	if len(c.Key) > 0 {
		d.References = &schema.Reference{Table: c.Table, Columns: c.Key, OnDelete: "cascade"}
	}
	return d
}

// DropTable is a table that goes (catalogue 13): nobody uses it, it is set aside under another name for as long as
// somebody unknown may complain, then it is dropped.
type DropTable struct {
	Table string `json:"table"`
}

// Kind is "dropTable".
func (DropTable) Kind() string { return "dropTable" }

func (c DropTable) check(p *problems) { p.name("table", c.Table) }

func (c DropTable) recipes(w *world) []*recipe {
	at := place{kind: schema.Table, store: c.Table}
	uses := w.uses(at)
	aside := c.Table + "_dropped"
	r := newRecipe(c.Table+" rows", c.Table, aside)
	r.value(schema.Null, "")
	r.value(usual, "")
	r.store(at, uses)
	r.form(c.Table, c.Table, &schema.Definition{Kind: schema.DefineTable, Table: c.Table})
	r.form(aside, c.Table, &schema.Definition{Kind: schema.DefineTable, Table: aside})
	r.forms[1].Of = c.Table
	r.start.Forms, r.makes = []string{c.Table}, []string{c.Table}
	r.begin(uses, func(u use) footprint {
		return footprint{reads: r.read(u, nil, c.Table), writes: r.write([]string{schema.Null, usual}, c.Table)}
	})
	r.deploy(schema.Switch, func(*track) footprint { return footprint{makes: []string{}} })
	r.need(schema.Condition{Is: schema.Unused, Form: c.Table})
	r.do(schema.Contract, "set "+c.Table+" aside",
		schema.Change{Do: schema.Add, Form: aside, Define: &schema.Definition{Kind: schema.DefineRename, Table: c.Table, Name: aside}},
		schema.Change{Do: schema.Drop, Form: c.Table, Define: &schema.Definition{Kind: schema.DefineView, Name: c.Table, Table: aside}})
	r.do(schema.Contract, "drop "+aside, schema.Change{Do: schema.Drop, Form: aside})
	return []*recipe{r}
}
