package postgres

// Severity is how bad a finding is.
type Severity string

const (
	// Fatal: the server refuses the statement, or it stops others for as long as it reads or writes a table, or waits.
	Fatal Severity = "error"
	// Warning: it depends on what is not known, or costs something that may be accepted.
	Warning Severity = "warning"
	// Notice: something that has to be done besides.
	Notice Severity = "notice"
)

// Finding is one thing that is missing or wrong in a statement.
type Finding struct {
	Rule     string   `json:"rule"` // its name, as in [Rules]
	Severity Severity `json:"severity"`
	Why      string   `json:"why"`
	Instead  string   `json:"instead"` // what to do instead, or besides
}

// Basis says what the verdict of a report rests on.
type Basis string

const (
	// Measured on a server of that version, by the tests of schema/postgres/live.
	Measured Basis = "measured"
	// Assumed from the manual.
	Assumed Basis = "assumed"
	// Unknown: the statement is not known, or not on that version, and the report says the worst.
	Unknown Basis = "unknown"
)

// RelationLock is a lock that a statement takes, until the end of its transaction. Where a name cannot be known from
// the statement and the catalog, words stand for it: "the table of idx".
type RelationLock struct {
	Relation string `json:"relation"`
	Lock     Lock   `json:"lock"`
}

// Blocks says who waits for a statement, and behind it for as long as it waits itself, on tables that existed before.
type Blocks struct {
	Reads  bool `json:"reads"`
	Writes bool `json:"writes"`
	DDL    bool `json:"ddl"`
}

// Report is what a statement does on a server, and what is wrong with it.
type Report struct {
	Statement string         `json:"statement"`
	Classes   []string       `json:"classes"` // names of classes, as in [Classes]
	Basis     Basis          `json:"basis"`   // the weakest of those of its classes
	Locks     []RelationLock `json:"locks"`   // the strongest on each relation, in the order they are named
	Blocks    Blocks         `json:"blocks"`
	Rewrite   bool           `json:"rewrite"` // as in [Class]
	Rebuild   bool           `json:"rebuild"`
	Scan      bool           `json:"scan"`
	Tx        TxRule         `json:"tx"`
	// Changes are the type changes in it, in their order.
	Changes  []Conversion `json:"changes"`
	Findings []Finding    `json:"findings"`
}

// Worst is the worst severity of the findings, or empty if there is none. A report of unknown basis always has one.
func (r Report) Worst() Severity {
	worst := Severity("")
	for _, f := range r.Findings {
		if worst == "" || f.Severity == Fatal || worst == Notice {
			worst = f.Severity
		}
	}
	return worst
}

// Lock is the lock on a relation, none if the report does not name it.
func (r Report) Lock(relation string) Lock {
	for _, l := range r.Locks {
		if l.Relation == unqualified(relation) {
			return l.Lock
		}
	}
	return NoLock
}

func (r *Report) find(rule string, s Severity, why, instead string) {
	for _, f := range r.Findings {
		if f.Rule == rule && f.Why == why {
			return
		}
	}
	r.Findings = append(r.Findings, Finding{rule, s, why, instead})
}

// lock adds a lock, or makes one stronger.
func (r *Report) lock(relation string, l Lock) {
	if relation == "" || l == NoLock {
		return
	}
	for i := range r.Locks {
		if r.Locks[i].Relation == relation {
			r.Locks[i].Lock = stronger(r.Locks[i].Lock, l)
			return
		}
	}
	r.Locks = append(r.Locks, RelationLock{relation, l})
}
