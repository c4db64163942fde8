package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// checkEnum looks at adding a value in a transaction, and at its use there.
func checkEnum(l *linter, a action, c Class, r *Report) {
	if a.class == "add enum value" && c.Tx == OwnTx && l.inTx {
		r.find("enum-own-transaction", Warning, "the value cannot be used before the transaction is committed", "add it in a transaction of its own")
	}
	if a.class == "session" || len(l.enums) == 0 {
		return
	}
	toks, err := scan(r.Statement)
	for _, t := range toks {
		if err == nil && t.kind == text && slices.Contains(l.enums, t.text) && a.class != "add enum value" {
			r.find("enum-own-transaction", Fatal, fmt.Sprintf("the value %s was added in this transaction: the server refuses its use", t.text), "COMMIT before it is used")
		}
	}
}

func checkUnbounded(l *linter, a action, _ Class, r *Report) {
	verb, _, whole := strings.Cut(a.class, ", whole table")
	if verb != "update" && verb != "delete" || l.fresh(a.table) {
		return
	}
	const instead = "write in batches: ranges of a unique key that is not null, of some thousand rows, each a transaction"
	switch {
	case whole:
		r.find("unbounded-write", l.heavy(a.table), "it writes all rows in one transaction: rows stay locked, replicas fall behind, and dead rows pile up", instead)
	case !bounded(r.Statement):
		r.find("unbounded-write", Warning, "nothing in its condition bounds how many rows it writes", instead)
	}
}

// bounded reports whether a condition has what usually bounds a batch: an equality with a value, a list, BETWEEN, a
// LIMIT, or a range that is closed on both sides. It is a guess: the values of the column are not known.
func bounded(sql string) bool {
	toks, err := scan(sql)
	if err != nil {
		return false
	}
	i := slices.IndexFunc(toks, func(t token) bool { return t.kind == word && t.text == "where" })
	if i < 0 {
		return false
	}
	below, over := false, false
	for n, t := range toks[i:] {
		next := token{}
		if i+n+1 < len(toks) {
			next = toks[i+n+1]
		}
		switch {
		case t.kind == word && (t.text == "limit" || t.text == "between" || t.text == "fetch"):
			return true
		case t.kind == word && t.text == "in" && next.text == "(":
			return true
		case t.kind == symbol && t.text == "=" && (next.kind == number || next.kind == text || next.text == "any"):
			return true
		case t.kind == symbol && (t.text == "<" || t.text == "<="):
			below = true
		case t.kind == symbol && (t.text == ">" || t.text == ">="):
			over = true
		}
	}
	return below && over
}

// checkSequence asks for the sequence of a table that rows are copied into.
func checkSequence(l *linter, a action, _ Class, r *Report) {
	if a.class != "insert from a query" && a.class != "copy in" {
		return
	}
	t := l.w.table(a.table)
	if t != nil && len(t.Columns) > 0 && !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Sequence != "" }) {
		return
	}
	for _, later := range l.later {
		for _, b := range parse(later, l.w) {
			if b.class == "set a sequence's value" || b.class == "alter sequence" || b.class == "set identity" {
				return
			}
		}
	}
	s := Warning
	if t != nil && len(t.Columns) > 0 {
		s = Fatal
	}
	r.find("sequence-transfer", s, "keys that are copied do not move the sequence: the next insert gets one that is taken",
		"SELECT setval(sequence, (SELECT max(key) FROM table)) after the copy, before others write")
}
