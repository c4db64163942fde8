package change

import "github.com/seed-20fe5ead/gradatim/schema"

// AddEnumValue is a new value of an enumeration (catalogue 20): every reader takes it, then it is added, then somebody
// writes it.
type AddEnumValue struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Type   string `json:"type,omitempty"` // the enumeration's name
	Value  string `json:"value"`
}

// Kind is "addEnumValue".
func (AddEnumValue) Kind() string { return "addEnumValue" }

func (c AddEnumValue) check(p *problems) {
	p.column(c.Table, c.Column)
	p.value("value", c.Value)
}

// value refuses a name that values have already.
func (p *problems) value(field, value string) {
	p.name(field, value)
	p.must(value != usual && value != schema.Null, field, value, "is a name that is given already")
}

func (c AddEnumValue) recipes(w *world) []*recipe {
	l := enum(c.Table, c.Column, c.Type, c.Value)
	l.widen(w.uses(l.place))
	return []*recipe{l.recipe}
}

func enum(table, column, name, value string) *limits {
	form := table + "." + column
	define := &schema.Definition{Kind: schema.DefineEnumValue, Table: table, Name: name, Columns: named([]string{column}), Expr: value}
	return &limits{
		recipe: newRecipe(form, form), place: place{kind: schema.Table, store: table, things: []string{column}},
		form: form, value: value, null: true, define: func(schema.Do, bool) *schema.Definition { return define },
	}
}

// RemoveEnumValue is a value of an enumeration that goes (catalogue 22): nobody writes it, no row has it any
// more, then it is refused. Databases that cannot remove a value refuse it by a check, or rebuild the type.
type RemoveEnumValue struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Type   string `json:"type,omitempty"` // the enumeration's name
	Value  string `json:"value"`
	Mend   string `json:"mend,omitempty"` // SQL: what rows get that have it; empty is by hand
	// Key is a unique key of the table: mending goes along it.
	Key []string `json:"key,omitempty"`
}

// Kind is "removeEnumValue".
func (RemoveEnumValue) Kind() string { return "removeEnumValue" }

func (c RemoveEnumValue) check(p *problems) {
	p.column(c.Table, c.Column)
	p.value("value", c.Value)
	p.mend(c.Mend, []string{c.Column}, c.Key)
}

func (c RemoveEnumValue) recipes(w *world) []*recipe {
	l := enum(c.Table, c.Column, c.Type, c.Value)
	l.narrow(w.uses(l.place), true, mending{c.Mend, quoted(c.Column) + " = " + literal(c.Value), c.Key})
	return []*recipe{l.recipe}
}

// RenameEnumValue is another word for a value of an enumeration (catalogue 21): every reader takes both, writers write the
// new one, rows are changed, then nobody takes the old one.
type RenameEnumValue struct {
	Table  string   `json:"table"`
	Column string   `json:"column"`
	Type   string   `json:"type,omitempty"` // the enumeration's name
	Value  string   `json:"value"`
	To     string   `json:"to"`
	Key    []string `json:"key,omitempty"` // a unique key of the table
}

// Kind is "renameEnumValue".
func (RenameEnumValue) Kind() string { return "renameEnumValue" }

func (c RenameEnumValue) check(p *problems) {
	p.column(c.Table, c.Column)
	p.name("value", c.Value)
	p.name("to", c.To)
	p.must(c.To != c.Value, "to", c.To, "must be another word")
	p.names("key", c.Key, 0)
}

func (c RenameEnumValue) recipes(w *world) []*recipe {
	uses := w.uses(place{kind: schema.Table, store: c.Table, things: []string{c.Column}})
	for i := range uses {
		uses[i].star = false // the columns stay as they are
	}
	form := c.Table + "." + c.Column
	// A row has one of the two words, as a record of a blob has one of its forms.
	at := place{kind: schema.Blob, store: form}
	old, new := form+" "+c.Value, form+" "+c.To
	define := func(value string) *schema.Definition {
		return &schema.Definition{Kind: schema.DefineEnumValue, Table: c.Table, Name: c.Type, Columns: named([]string{c.Column}), Expr: value}
	}
	m := &move{
		recipe: newRecipe(form, form), place: at, old: old, new: new,
		oldMakes: []string{form}, newMakes: []string{form}, notNull: true,
		defines: func(string, string) *schema.Definition {
			column := quoted(c.Column) // rows with other words keep them
			return filling(c.Table, c.Key, schema.Column{
				Name: c.Column, Expr: "case when " + column + " = " + literal(c.Value) + " then " + literal(c.To) + " else " + column + " end",
			})
		},
		dropped: func(string) *schema.Definition { return define(c.Value) },
	}
	m.store(at, uses)
	m.form(old, form, define(c.Value))
	m.form(new, form, define(c.To))
	m.tolerant(uses)
	return []*recipe{m.recipe}
}
