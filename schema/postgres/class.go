package postgres

import "slices"

// The server versions that the data covers, both included.
const (
	MinVersion = 11
	MaxVersion = 17
)

// TxRule is what a statement asks of the transaction it runs in.
type TxRule string

const (
	// AnyTx runs in a transaction, and is undone with it.
	AnyTx TxRule = ""
	// OutsideTx is refused in a transaction block, and is not undone when it fails half-way.
	OutsideTx TxRule = "outside"
	// OwnTx runs in a transaction, but what it made cannot be used before that is committed.
	OwnTx TxRule = "own"
)

// Class is a kind of statement, or of one command of ALTER TABLE, and what it does on a range of versions. What a
// statement does is what its classes do together, each lock the strongest.
type Class struct {
	Name string `json:"name"`
	// Table is the lock on the table that is named, for statements about an index the table it belongs to. Other is
	// the lock on the second table: the one a foreign key refers to, a partition's parent, or the partition that a
	// parent's statement names. Index is the lock on the index that is named.
	Table Lock `json:"table"`
	Other Lock `json:"other"`
	Index Lock `json:"index"`
	// Rewrite: all of the table is written anew. Rebuild: indexes that exist already are. Scan: all of the table is
	// read while the lock is held. Rewriting a table implies the other two.
	Rewrite bool   `json:"rewrite"`
	Rebuild bool   `json:"rebuild"`
	Scan    bool   `json:"scan"`
	Tx      TxRule `json:"tx"`
	// Since and Until are the versions the row holds for, both included. A version between MinVersion and MaxVersion
	// that no row of a name covers does not have the statement.
	Since int `json:"since"`
	Until int `json:"until"`
	// Measured are the versions on which the tests of schema/postgres/live compare the row with a server. For all
	// others it is taken from the manual and the release notes.
	Measured []int `json:"measured"`
}

const measuredOn = 15

// Classes returns what is known, one row for each class and range of versions, sorted by subject. It is a copy.
func Classes() []Class {
	all := slices.Concat(columnClasses(), settingClasses(), constraintClasses(), indexClasses(), objectClasses(), dataClasses())
	for i := range all {
		c := &all[i]
		if c.Since == 0 {
			c.Since = MinVersion
		}
		if c.Until == 0 {
			c.Until = MaxVersion
		}
		if c.Since <= measuredOn && measuredOn <= c.Until && !slices.Contains(unmeasured, c.Name) {
			c.Measured = []int{measuredOn}
		}
		c.Rebuild = c.Rebuild || c.Rewrite
		c.Scan = c.Scan || c.Rewrite
	}
	return all
}

// classOf finds the row of a name for a version.
func classOf(name string, version int) (Class, bool) {
	for _, c := range Classes() {
		if c.Name == name && c.Since <= version && version <= c.Until {
			return c, true
		}
	}
	return Class{}, false
}

// unmeasured are the classes whose rows rest on the manual alone on every version: what they need is not on every
// server (a tablespace, a second access method), or they reach beyond one table (never written).
var unmeasured = []string{
	"set tablespace", "set access method", "reindex database", "other",
}
