package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// WidenKey is a wider type for a key (catalogue 32): a new column beside it and beside every column that refers to it, as
// [RenameColumn] does it by versions that write both. Before the old column is let go the new one is the primary key, by a unique index that is
// built beside the writers. Foreign keys are not moved: while one refers to the old column the database refuses to move the
// primary key, so drop it before and add it to the new column after. Nor are identity columns: make them draw from a sequence before. No key that only the new type holds is made before all that refers to it is done.
type WidenKey struct {
	Table   string `json:"table"`
	Column  string `json:"column"`
	To      string `json:"to"`
	OldType string `json:"oldType,omitempty"` // SQL
	Type    string `json:"type,omitempty"`    // SQL
	// References are the columns of other tables that hold the key.
	References []KeyReference `json:"references,omitempty"`
	// Constraint is the name of the primary key; empty is the name that PostgreSQL gives it. Sequence is one that the column
	// owns, which the new column draws from then; without it, one that the column owns is dropped with the column.
	Constraint string `json:"constraint,omitempty"`
	Sequence   string `json:"sequence,omitempty"`
	// Key is a unique key of each of the tables, and stays one: the columns that it is filled by.
	Key []string `json:"key,omitempty"`
}

// KeyReference is a column that refers to a key.
type KeyReference struct {
	Table   string `json:"table"`
	Column  string `json:"column"`
	To      string `json:"to"`
	NotNull bool   `json:"notNull,omitempty"`
}

// Kind is "widenKey".
func (WidenKey) Kind() string { return "widenKey" }

func (c WidenKey) check(p *problems) {
	p.column(c.Table, c.Column)
	p.name("to", c.To)
	p.must(c.To != c.Column, "to", c.To, "must be another name")
	for i, r := range c.References {
		field := fmt.Sprintf("references[%d].", i)
		p.name(field+"table", r.Table)
		p.name(field+"column", r.Column)
		p.name(field+"to", r.To)
		again := slices.IndexFunc(c.References, func(o KeyReference) bool { return o.Table == r.Table && o.Column == r.Column }) < i
		p.must(!again && (r.Table != c.Table || r.Column != c.Column), field+"column", r.Column, "must be given only once")
		p.must(r.To != r.Column, field+"to", r.To, "must be another name")
	}
	p.names("key", c.Key, 0)
}

func (c WidenKey) recipes(w *world) []*recipe {
	wide := []Value{{Name: "wide", Witness: "3000000000", Old: schema.Error}}
	widen := func(table, column, to string, notNull bool, primary *schema.Definition) *recipe {
		return columnMove{
			table: table, key: c.Key, notNull: notNull, values: wide, primary: primary,
			old: []schema.Column{{Name: column, Type: c.OldType, Expr: quoted(to)}},
			new: []schema.Column{{Name: to, Type: c.Type, Expr: quoted(column)}},
		}.recipes(w)[0]
	}
	var out []*recipe
	for _, r := range c.References {
		out = append(out, widen(r.Table, r.Column, r.To, r.NotNull, nil))
	}
	_, bare, qualified := strings.Cut(c.Table, ".")
	if !qualified {
		bare = c.Table
	}
	first := widen(c.Table, c.Column, c.To, true, &schema.Definition{
		Kind: schema.DefinePrimaryKey, Table: c.Table, Name: cmp.Or(c.Constraint, bare+"_pkey"), Expr: c.Sequence,
		Columns: []schema.Column{{Name: c.To, Type: c.Type}}, References: &schema.Reference{Table: c.Table, Columns: []string{c.Column}},
	})
	// A reference that is still written in both forms cannot say what only the new one holds.
	for i, a := range first.acts {
		if a.track >= 0 && writesValue("wide")(first.tracks[a.track].stages[a.stage]) {
			for _, r := range out {
				first.waits = append(first.waits, wait{i, r, len(r.acts)})
			}
			break
		}
	}
	// A foreign key must still be there when the primary key is moved, so that the database refuses that: it would go with its column.
	move := slices.IndexFunc(first.acts, func(a act) bool {
		return slices.ContainsFunc(a.step.Changes, func(one schema.Change) bool { return one.Do == schema.Accept })
	})
	for _, r := range out {
		r.waits = append(r.waits, wait{len(r.acts) - 1, first, move + 1})
	}
	return append(out, first)
}
