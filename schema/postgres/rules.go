package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// rule is one thing that is looked for in each action of a statement.
type rule struct {
	name  string
	about string
	check func(l *linter, a action, c Class, r *Report)
}

// Rule is the name of a rule of the linter, and what it is about.
type Rule struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

// Rules returns the rules of the linter, in the order of their findings.
func Rules() []Rule {
	var all []Rule
	for _, r := range rules() {
		all = append(all, Rule{r.name, r.about})
	}
	return all
}

func rules() []rule {
	return []rule{
		{"unknown", "the statement is not known, or the server has no such statement", checkUnknown},
		{"outside-transaction", "the server refuses the statement in a transaction block", checkOutside},
		{"lock-timeout", "a lock that stops writers is waited for without end, and all others wait behind it", checkTimeout},
		{"held-lock", "a transaction reads or writes a table while it holds a lock that stops writers", checkHeld},
		{"concurrently", "an index or a view is built while writers or readers wait", checkConcurrently},
		{"invalid-index", "a concurrent build that failed leaves an index that is not valid", checkInvalid},
		{"not-valid", "a constraint is checked for all rows while writers wait", checkNotValid},
		{"validate-own-transaction", "a constraint is validated in the transaction that added it", checkValidate},
		{"set-not-null", "all rows are read for nulls while all others wait", checkNotNull},
		{"using-index", "a unique index is built while all others wait", checkUsingIndex},
		{"volatile-default", "each row needs a value of its own, so the table is written anew", checkVolatile},
		{"rewrite", "the table is written anew while all others wait", checkRewrite},
		{"index-rebuild", "indexes are built anew while all others wait", checkRebuild},
		{"not-null-without-default", "the rows that are there have no value for the column", checkNoDefault},
		{"time-zone", "the session's time zone decides what happens to values", checkZone},
		{"values", "values are refused or changed by the new type, or by the way back", checkValues},
		{"view-dependents", "views use what is dropped or changed", checkViews},
		{"enum-own-transaction", "a value of an enum cannot be used before it is committed", checkEnum},
		{"unbounded-write", "one statement writes all of a table", checkUnbounded},
		{"sequence-transfer", "rows are copied with their keys, and the sequence does not know", checkSequence},
	}
}

func checkUnknown(l *linter, a action, c Class, r *Report) {
	switch {
	case a.class == unknownClass:
		r.find("unknown", Fatal, "this statement is not known, so it may take any lock, and rewrite any table",
			"read the manual's page for it, and try it on a copy")
	case c.Name == "" && l.w.server.Version == 0:
		r.find("unknown", Fatal, "the server's version is not one of 11 to 17", "say which it is")
	case c.Name == "":
		r.find("unknown", Fatal, fmt.Sprintf("PostgreSQL %d does not have it: %s", l.w.server.Version, a.class),
			"use what that version has")
	}
}

func checkOutside(l *linter, _ action, c Class, r *Report) {
	if c.Tx == OutsideTx && l.inTx {
		r.find("outside-transaction", Fatal, "the server refuses it in a transaction block", "run it alone, after COMMIT")
	}
}

// checkTimeout asks for a timeout wherever writers wait behind the statement.
func checkTimeout(l *linter, a action, _ Class, r *Report) {
	if l.timeout > 0 || !r.Blocks.Writes || r.Classes[0] != a.class {
		return
	}
	who := "writers wait"
	if r.Blocks.Reads {
		who = "readers and writers wait"
	}
	r.find("lock-timeout", Fatal, "while it waits for its lock, all "+who+" behind it",
		"SET lock_timeout (for one transaction SET LOCAL) to a second or less, and try again when it is over")
}

func checkHeld(l *linter, a action, c Class, r *Report) {
	long := c.Scan || c.Rewrite || strings.HasPrefix(a.class, "update") || strings.HasPrefix(a.class, "delete") ||
		a.class == "insert from a query"
	if l.inTx && long && len(l.held) > 0 && !l.fresh(a.table) {
		r.find("held-lock", Fatal, "locks that stop writers are held until the transaction ends, and this takes long: "+
			quoteAll(slices.Compact(slices.Clone(l.held))), "do it in a transaction of its own")
	}
}

// concurrent are the classes that have a form which stops nobody, and since when (never written).
var concurrent = map[string]int{
	"create index": 11, "create unique index": 11, "drop index": 11, "reindex index": 12, "reindex table": 12,
	"refresh materialized view": 11, "detach partition": 14,
}

func checkConcurrently(l *linter, a action, _ Class, r *Report) {
	since, has := concurrent[a.class]
	switch {
	case !has || l.fresh(a.table):
	case l.w.server.Version < since:
		r.find("concurrently", Warning, "writers wait until it is done, and this version has no other way", "do it in a quiet hour")
	case a.class == "refresh materialized view":
		r.find("concurrently", Fatal, "readers of the view wait until it is built anew",
			"REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view")
	default:
		r.find("concurrently", Fatal, "writers wait until it is done", "add CONCURRENTLY, outside of a transaction")
	}
}

func checkInvalid(l *linter, a action, _ Class, r *Report) {
	x := l.w.table(a.table).index(a.name)
	if strings.HasSuffix(a.class, "index concurrently") && strings.HasPrefix(a.class, "create") {
		again := "ask pg_index for indisvalid and indisready; if not, DROP INDEX CONCURRENTLY and build it again"
		switch {
		case a.ifNotExists && x != nil && x.Invalid:
			r.find("invalid-index", Fatal, "the index is there and not valid: IF NOT EXISTS passes and changes nothing", again)
		case a.ifNotExists:
			r.find("invalid-index", Fatal, "IF NOT EXISTS also passes if an index of that name is not valid: success says nothing", "leave IF NOT EXISTS away; "+again)
		default:
			r.find("invalid-index", Notice, "if it fails it leaves an index that is not valid", again)
		}
	}
	if strings.Contains(a.class, "using index") {
		if x := l.w.table(a.table).index(a.index); x != nil && (x.Invalid || !x.Unique) {
			r.find("invalid-index", Fatal, "the index is not valid or not unique: the server refuses it", "build it again, and ask whether it is valid")
		}
	}
}

func checkNotValid(l *linter, a action, _ Class, r *Report) {
	if l.fresh(a.table) {
		return
	}
	switch a.class {
	case "add check", "add foreign key":
		r.find("not-valid", Fatal, "all rows are checked while writers wait", "add it NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own")
	case "add column, check":
		r.find("not-valid", Warning, "all rows are checked while all others wait", "add the column first, then the check NOT VALID, then VALIDATE it")
	case "add column, foreign key":
		r.find("not-valid", Warning, "writers of both tables wait", "add the column first, then the key NOT VALID, then VALIDATE it")
	case "attach partition":
		r.find("not-valid", Warning, "all rows of the partition are checked while its users wait, unless a check proves the bounds",
			"give the partition a check of its bounds first, NOT VALID and then validated")
	}
}

func checkValidate(l *linter, a action, _ Class, r *Report) {
	if strings.HasPrefix(a.class, "validate ") && slices.Contains(l.notValid, a.table+"."+a.name) {
		r.find("validate-own-transaction", Fatal, "the lock of adding it is held while all rows are checked", "COMMIT before VALIDATE CONSTRAINT")
	}
}
