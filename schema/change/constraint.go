package change

import (
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// AddIndex is a new index (catalogue 14).
type AddIndex struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Name    string   `json:"name"`
}

// Kind is "addIndex".
func (AddIndex) Kind() string { return "addIndex" }

func (c AddIndex) check(p *problems) {
	p.name("table", c.Table)
	p.names("columns", c.Columns, 1)
	p.name("name", c.Name)
}

func (c AddIndex) recipes(*world) []*recipe {
	r := index(c.Table, c.Name, &schema.Definition{
		Kind: schema.DefineIndex, Table: c.Table, Name: c.Name, Columns: named(c.Columns),
	})
	r.names = things(c.Table, c.Columns)
	r.goal.Forms = []string{c.Name}
	r.do(schema.Expand, "add "+c.Name, schema.Change{Do: schema.Add, Form: c.Name})
	return []*recipe{r}
}

// DropIndex is an index that goes (catalogue 15). That no query needs it, on no replica, is for
// the caller to know.
type DropIndex struct {
	Table string `json:"table"`
	Name  string `json:"name"`
}

// Kind is "dropIndex".
func (DropIndex) Kind() string { return "dropIndex" }

func (c DropIndex) check(p *problems) {
	p.name("table", c.Table)
	p.name("name", c.Name)
}

func (c DropIndex) recipes(*world) []*recipe {
	r := index(c.Table, c.Name, &schema.Definition{Kind: schema.DefineIndex, Table: c.Table, Name: c.Name})
	r.start.Forms = []string{c.Name}
	r.do(schema.Contract, "drop "+c.Name, schema.Change{Do: schema.Drop, Form: c.Name})
	return []*recipe{r}
}

// index is a recipe about something without data.
func index(table, name string, define *schema.Definition) *recipe {
	r := newRecipe("index "+name, "index "+name)
	r.stores = []schema.Store{{Name: table, Kind: schema.Table}}
	r.form(name, table, define)
	return r
}

// AddUnique has the columns be unique (catalogue 16): every version that writes them is ready to be refused, then the
// index is built, when there are no duplicates.
type AddUnique struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Name    string   `json:"name"`
	// Mend is SQL: what a duplicate gets, which is every row but the one with the least key; empty is by hand.
	Mend string `json:"mend,omitempty"`
	// Key is a unique key of the table: mending goes along it.
	Key []string `json:"key,omitempty"`
}

// Kind is "addUnique".
func (AddUnique) Kind() string { return "addUnique" }

func (c AddUnique) check(p *problems) {
	p.name("table", c.Table)
	p.names("columns", c.Columns, 1)
	p.name("name", c.Name)
	p.mend(c.Mend, c.Columns, c.Key)
}

func (c AddUnique) recipes(w *world) []*recipe {
	where := ""
	if len(c.Key) > 0 {
		var same, less, key []string
		for _, column := range c.Columns {
			same = append(same, "gradatim_first."+quoted(column)+" = "+within(c.Table, column))
		}
		for _, column := range c.Key {
			less, key = append(less, "gradatim_first."+quoted(column)), append(key, within(c.Table, column))
		}
		where = "EXISTS (SELECT FROM " + within(c.Table) + " AS gradatim_first WHERE " + strings.Join(same, " AND ") +
			" AND (" + strings.Join(less, ", ") + ") < (" + strings.Join(key, ", ") + "))"
	}
	return constraint(w, c.Table, c.Columns, "duplicate", mending{c.Mend, where, c.Key}, &schema.Definition{
		Kind: schema.DefineUnique, Table: c.Table, Name: c.Name, Columns: named(c.Columns),
	})
}

// AddForeignKey has the columns refer to another table (catalogue 17): every version writes only what refers to
// something, then new orphans are refused, then the old ones, when they are gone.
type AddForeignKey struct {
	Table      string           `json:"table"`
	Columns    []string         `json:"columns"`
	Name       string           `json:"name"`
	References schema.Reference `json:"references"`
	// Mend is SQL: what orphans get, if References has columns; empty is by hand.
	Mend string `json:"mend,omitempty"`
	// Key is a unique key of the table: mending goes along it.
	Key []string `json:"key,omitempty"`
}

// Kind is "addForeignKey".
func (AddForeignKey) Kind() string { return "addForeignKey" }

func (c AddForeignKey) check(p *problems) {
	p.name("table", c.Table)
	p.names("columns", c.Columns, 1)
	p.name("name", c.Name)
	p.name("references.table", c.References.Table)
	p.mend(c.Mend, c.Columns, c.Key)
}

func (c AddForeignKey) recipes(w *world) []*recipe {
	where := ""
	if len(c.References.Columns) == len(c.Columns) {
		var set, same []string
		for i, column := range c.Columns {
			set = append(set, quoted(column)+" IS NOT NULL")
			same = append(same, "gradatim_far."+quoted(c.References.Columns[i])+" = "+within(c.Table, column))
		}
		where = strings.Join(set, " AND ") + " AND NOT EXISTS (SELECT FROM " + within(c.References.Table) + " AS gradatim_far WHERE " +
			strings.Join(same, " AND ") + ")"
	}
	return constraint(w, c.Table, c.Columns, "orphan", mending{c.Mend, where, c.Key}, &schema.Definition{
		Kind: schema.DefineForeignKey, Table: c.Table, Name: c.Name, Columns: named(c.Columns), References: &c.References,
	})
}

// AddCheck has the columns satisfy a condition (catalogue 18), as [AddForeignKey] does.
type AddCheck struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Name    string   `json:"name"`
	Expr    string   `json:"expr,omitempty"` // SQL
	Mend    string   `json:"mend,omitempty"` // SQL: what bad rows get; empty is by hand
	// Key is a unique key of the table: mending goes along it.
	Key []string `json:"key,omitempty"`
}

// Kind is "addCheck".
func (AddCheck) Kind() string { return "addCheck" }

func (c AddCheck) check(p *problems) {
	p.name("table", c.Table)
	p.names("columns", c.Columns, 1)
	p.name("name", c.Name)
	p.mend(c.Mend, c.Columns, c.Key)
}

func (c AddCheck) recipes(w *world) []*recipe {
	where := ""
	if c.Expr != "" {
		where = "(" + c.Expr + ") IS FALSE"
	}
	return constraint(w, c.Table, c.Columns, "bad", mending{c.Mend, where, c.Key}, &schema.Definition{
		Kind: schema.DefineCheck, Table: c.Table, Name: c.Name, Columns: named(c.Columns), Expr: c.Expr,
	})
}

// within is a table in SQL, or a column of it.
func within(table string, column ...string) string {
	var parts []string
	for _, part := range append(strings.Split(table, "."), column...) {
		parts = append(parts, quoted(part))
	}
	return strings.Join(parts, ".")
}

// constraint is the recipe of one that has a name.
func constraint(w *world, table string, columns []string, value string, m mending, define *schema.Definition) []*recipe {
	at := place{kind: schema.Table, store: table, things: columns}
	l := &limits{
		recipe: newRecipe(define.Name, "constraint "+define.Name), place: at, form: define.Name, value: value, null: true,
		define: func(schema.Do, bool) *schema.Definition { return define },
	}
	l.names = things(table, columns)
	l.narrow(w.uses(at), define.Kind != schema.DefineUnique, m)
	return []*recipe{l.recipe}
}

// SetNotNull has a column be set in every row (catalogue 18): every version that makes rows sets it, then null is refused of new
// rows, the old ones get Fill, then it is refused of all.
type SetNotNull struct {
	Table  string   `json:"table"`
	Column string   `json:"column"`
	Fill   string   `json:"fill"`          // SQL
	Key    []string `json:"key,omitempty"` // a unique key of the table
}

// Kind is "setNotNull".
func (SetNotNull) Kind() string { return "setNotNull" }

func (c SetNotNull) check(p *problems) {
	p.column(c.Table, c.Column)
	p.name("fill", c.Fill)
	p.names("key", c.Key, 0)
}

func (c SetNotNull) recipes(w *world) []*recipe {
	l := nullable(c.Table, c.Column)
	l.narrow(w.uses(l.place), true, mending{expr: c.Fill, key: c.Key})
	return []*recipe{l.recipe}
}

// nullable is a recipe about null in a column.
func nullable(table, column string) *limits {
	form := table + "." + column
	define := &schema.Definition{Kind: schema.DefineNotNull, Table: table, Columns: named([]string{column})}
	return &limits{
		recipe: newRecipe(form, form), place: place{kind: schema.Table, store: table, things: []string{column}},
		form: form, value: schema.Null, define: func(schema.Do, bool) *schema.Definition { return define },
	}
}

// Relax lifts a constraint (catalogue 19): every reader takes what it refused, then it is lifted, then somebody
// writes it. Without a Constraint it is that the column is not null.
type Relax struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	// Constraint is the name of a check, a unique constraint or a foreign key.
	Constraint string `json:"constraint,omitempty"`
}

// Kind is "relax".
func (Relax) Kind() string { return "relax" }

func (c Relax) check(p *problems) { p.column(c.Table, c.Column) }

func (c Relax) recipes(w *world) []*recipe {
	l := nullable(c.Table, c.Column)
	if c.Constraint != "" {
		define := &schema.Definition{Kind: schema.DefineCheck, Table: c.Table, Name: c.Constraint}
		l = &limits{
			recipe: newRecipe(c.Constraint, "constraint "+c.Constraint), place: l.place, form: c.Constraint, value: "odd", null: true,
			define: func(schema.Do, bool) *schema.Definition { return define },
		}
		l.names = things(c.Table, []string{c.Column})
	}
	l.widen(w.uses(l.place))
	return []*recipe{l.recipe}
}

func named(names []string) (out []schema.Column) {
	for _, n := range names {
		out = append(out, schema.Column{Name: n})
	}
	return out
}

// things are columns by the names that other changes hold them under.
func things(table string, columns []string) (out []string) {
	for _, c := range columns {
		out = append(out, table+"."+c)
	}
	return out
}
