package schema

// Definition is how a database knows what a step changes: it is carried for those who render
// statements, and Verify never looks at it. Names are as they are stored: without quotes.
type Definition struct {
	Kind  DefinitionKind `json:"kind"`
	Table string         `json:"table,omitempty"` // "orders" or "sales.orders"
	Name  string         `json:"name,omitempty"`  // of an index, constraint, view, trigger, type
	// Columns are those of a form, an index, a constraint or a key.
	Columns []Column `json:"columns,omitempty"`
	// Expr is SQL: the condition of a check, the value of a default, or, for a backfill or trigger with one
	// column, what is written, in terms of the row's other columns.
	Expr string `json:"expr,omitempty"`
	// Where is SQL: which rows have the value that a backfill replaces ("(a > 0) IS FALSE"); one without such a value writes where
	// the columns are null, or differ from what they are made of. Its columns, inside of a query of its own, have the name of
	// the table before them, as that is here.
	Where string `json:"where,omitempty"`
	// References is what a foreign key points to; of a backfill or trigger that writes another table, the table it reads, with
	// the columns that equal Key; of a table, what its primary key refers to; of a sequence, the column that draws from it so far.
	References *Reference `json:"references,omitempty"`
	// Key are the columns of the cursor of a backfill: unique, not null, never changed; of a table, its primary key.
	Key []string `json:"key,omitempty"`
}

// DefinitionKind is what kind of thing is defined.
type DefinitionKind string

// The kinds of definitions.
const (
	DefineColumns    DefinitionKind = "columns"    // of a table
	DefineTable      DefinitionKind = "table"      // with its columns
	DefineView       DefinitionKind = "view"       // Name is the view, Table what it shows
	DefineRename     DefinitionKind = "rename"     // of a table: Table becomes Name, and a view has the other name meanwhile
	DefineIndex      DefinitionKind = "index"      // Expr is the condition of a partial one
	DefineUnique     DefinitionKind = "unique"     // a constraint, by an index
	DefineCheck      DefinitionKind = "check"      //
	DefineNotNull    DefinitionKind = "notNull"    //
	DefineForeignKey DefinitionKind = "foreignKey" //
	DefineEnumValue  DefinitionKind = "enumValue"  // Name is the type, Expr the value; Columns say where it is refused
	DefineTrigger    DefinitionKind = "trigger"    //
	DefineBackfill   DefinitionKind = "backfill"   //
	DefineType       DefinitionKind = "type"       // another type for the column, in place
	DefineDefault    DefinitionKind = "default"    // of a column
	DefineSequence   DefinitionKind = "sequence"   // Name is the sequence from which the column draws from now on
	DefinePrimaryKey DefinitionKind = "primaryKey" // Columns are it from now on, instead of those of References, by the constraint Name; Expr is a sequence that goes along
	DefineOther      DefinitionKind = "other"      // nothing that the library renders: a topic, an endpoint
)

// Column is a column of a table.
type Column struct {
	Name    string `json:"name"`
	Type    string `json:"type,omitempty"`    // SQL
	Default string `json:"default,omitempty"` // SQL
	// NotNull is a column that refuses null from the moment it is there. When it is added to a table that has rows,
	// Default must be the same for all of them.
	NotNull bool `json:"notNull,omitempty"`
	// Expr is SQL: what a backfill or trigger writes into this column, in terms of the row's other columns.
	Expr string `json:"expr,omitempty"`
}

// Reference is the other side of a foreign key.
type Reference struct {
	Table    string   `json:"table"`
	Columns  []string `json:"columns,omitempty"`
	OnDelete string   `json:"onDelete,omitempty"` // SQL: "cascade"
}
