package postgres

import "slices"

// Catalog is what is known of a database. What is not in it is unknown, and the worst is assumed of that: an empty
// catalog is a valid one. Names are as in SQL: in lower case or quoted, with their schema unless it is public.
type Catalog struct {
	Tables []Table `json:"tables"`
	Types  []Type  `json:"types"`
}

// Table is a table, or a materialized view, with what depends on it.
type Table struct {
	Name        string       `json:"name"`
	Rows        int64        `json:"rows"` // about how many; 0 is unknown
	Columns     []Column     `json:"columns"`
	Indexes     []Index      `json:"indexes"`
	Constraints []Constraint `json:"constraints"`
	Views       []View       `json:"views"` // those that read it, by any way
}

// Column is a column of a table.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	NotNull  bool   `json:"notNull"`
	Sequence string `json:"sequence"` // the sequence that its default or identity draws from
}

// Index is an index of a table, that of a constraint included.
type Index struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"` // with those it includes and those its expressions and condition use
	Unique  bool     `json:"unique"`
	Invalid bool     `json:"invalid"` // a concurrent build failed, or is under way
}

// ConstraintKind is a kind of constraint.
type ConstraintKind string

// The kinds of constraints.
const (
	Check      ConstraintKind = "check"
	ForeignKey ConstraintKind = "foreignKey"
	Unique     ConstraintKind = "unique"
	PrimaryKey ConstraintKind = "primaryKey"
	Exclusion  ConstraintKind = "exclusion"
)

// Constraint is a constraint of a table; NOT NULL is a property of the column.
type Constraint struct {
	Name       string         `json:"name"`
	Kind       ConstraintKind `json:"kind"`
	Columns    []string       `json:"columns"`
	Expression string         `json:"expression"` // of a check, without the parentheses around it
	References string         `json:"references"` // the table that a foreign key refers to
	NotValid   bool           `json:"notValid"`
}

// View is a view that reads a table.
type View struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"` // of the table, that it reads; empty is unknown, so it may read each
}

// Type is a type that users made.
type Type struct {
	Name string   `json:"name"`
	Kind TypeKind `json:"kind"`
}

// TypeKind is a kind of user-made type.
type TypeKind string

// The kinds of types. A domain is checked row by row when a column of it is added, an enum is not.
const (
	Enum   TypeKind = "enum"
	Domain TypeKind = "domain"
)

// world is a catalog that changes as statements are read. It shares nothing with the catalog it was made of.
type world struct {
	server Server
	tables []*Table
	types  []Type
	fresh  []string // tables that these statements created: nobody uses them yet
}

func newWorld(s Server, c Catalog) *world {
	w := &world{server: s, types: slices.Clone(c.Types)}
	for _, t := range c.Tables {
		t.Columns, t.Indexes = slices.Clone(t.Columns), slices.Clone(t.Indexes)
		t.Constraints, t.Views = slices.Clone(t.Constraints), slices.Clone(t.Views)
		t.Name = unqualified(t.Name)
		w.tables = append(w.tables, &t)
	}
	return w
}

// table is what is known of a table, or nil.
func (w *world) table(name string) *Table {
	if i := slices.IndexFunc(w.tables, func(t *Table) bool { return t.Name == name }); i >= 0 {
		return w.tables[i]
	}
	return nil
}

// make is table for a statement that adds something: a table that was unknown is known from then on by what is added.
func (w *world) make(name string) *Table {
	if t := w.table(name); t != nil {
		return t
	}
	t := &Table{Name: name}
	w.tables = append(w.tables, t)
	return t
}

// indexTable is the table of an index, or nil.
func (w *world) indexTable(name string) *Table {
	i := slices.IndexFunc(w.tables, func(t *Table) bool { return t.index(name) != nil })
	if i < 0 {
		return nil
	}
	return w.tables[i]
}

// readBy are the tables that a view reads, or words for them.
func (w *world) readBy(view string) []string {
	var all []string
	for _, t := range w.tables {
		if slices.ContainsFunc(t.Views, func(v View) bool { return unqualified(v.Name) == view }) {
			all = append(all, t.Name)
		}
	}
	if len(all) == 0 {
		return []string{"each table that " + view + " reads"}
	}
	return all
}

func (w *world) typeKind(name string) TypeKind {
	for _, t := range w.types {
		if unqualified(t.Name) == name {
			return t.Kind
		}
	}
	return ""
}

func (t *Table) column(name string) *Column {
	if t != nil {
		if i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name }); i >= 0 {
			return &t.Columns[i]
		}
	}
	return nil
}

func (t *Table) index(name string) *Index {
	if t != nil {
		if i := slices.IndexFunc(t.Indexes, func(x Index) bool { return unqualified(x.Name) == name }); i >= 0 {
			return &t.Indexes[i]
		}
	}
	return nil
}

func (t *Table) constraint(name string) *Constraint {
	if t != nil {
		if i := slices.IndexFunc(t.Constraints, func(c Constraint) bool { return c.Name == name }); i >= 0 {
			return &t.Constraints[i]
		}
	}
	return nil
}

// indexed reports whether an index uses the column, or might: an unknown table may have any.
func (t *Table) indexed(column string) bool {
	if t.column(column) == nil {
		return true
	}
	return slices.ContainsFunc(t.Indexes, func(x Index) bool { return slices.Contains(x.Columns, column) })
}
