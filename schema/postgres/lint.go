package postgres

import (
	"slices"
	"strings"
	"time"
)

// Lint reports on one statement that runs alone, outside of a transaction block. What it does not know it says: the
// report is then of unknown basis, and has the worst of everything. It never says that such a statement is safe. A
// server that is not valid is one of unknown version: then every report is of unknown basis.
func Lint(statement string, s Server, c Catalog) Report {
	return LintAll([]string{statement}, s, c)[0]
}

// LintAll reports on each of the statements of a plan or a script that run one after the other in one session (see
// [Split]). BEGIN, COMMIT, ROLLBACK, and SET of lock_timeout and of the time zone are statements like the others, and
// each of the others knows what those before it did: a transaction that is open, a table that is new and that nobody
// waits for, a constraint that was validated. A statement outside of BEGIN is a transaction of its own.
//
// It does not follow names through search_path, the partitions and children of a table, nor what functions and
// triggers do.
func LintAll(statements []string, s Server, c Catalog) []Report {
	l := &linter{w: newWorld(s, c), timeout: s.LockTimeout, zone: s.TimeZone}
	if s.Validate() != nil {
		l.w.server.Version = 0
	}
	reports := make([]Report, 0, len(statements))
	for i, sql := range statements {
		l.later = statements[i+1:]
		reports = append(reports, l.statement(sql))
	}
	return reports
}

// linter walks through the statements of one session.
type linter struct {
	w     *world
	later []string // the statements after this one

	inTx     bool
	notValid []string // constraints added in this transaction, as table.name
	enums    []string // values of enums added in this transaction
	held     []string // tables with a lock of this transaction that stops writers
	begun    *world   // as it was when the transaction began
	timeout  time.Duration
	zone     string
	before   *session // settings to go back to at COMMIT
	atBegin  *session // and at ROLLBACK
}

// session is what SET LOCAL changes until the end of a transaction.
type session struct {
	timeout time.Duration
	zone    string
}

// statement reports on one statement and then lets it happen.
func (l *linter) statement(sql string) Report {
	l.w.server.TimeZone = l.zone
	acts := parse(sql, l.w)
	r := Report{Statement: sql, Basis: Measured}
	for _, a := range acts {
		l.class(&r, a)
	}
	for _, lock := range r.Locks {
		if !l.fresh(lock.Relation) {
			r.Blocks.Reads = r.Blocks.Reads || lock.Lock.BlocksReads()
			r.Blocks.Writes = r.Blocks.Writes || lock.Lock.BlocksWrites()
			r.Blocks.DDL = r.Blocks.DDL || lock.Lock.BlocksDDL()
		}
	}
	for _, a := range acts {
		c, _ := classOf(a.class, l.w.server.Version)
		for _, rule := range rules() {
			rule.check(l, a, c, &r)
		}
	}
	for _, lock := range r.Locks {
		if l.inTx && lock.Lock.BlocksWrites() && !l.fresh(lock.Relation) {
			l.held = append(l.held, lock.Relation)
		}
	}
	for _, a := range acts {
		l.happen(a, sql)
	}
	return r
}

// class adds to a report what the class of one action does.
func (l *linter) class(r *Report, a action) {
	version := l.w.server.Version
	c, known := classOf(a.class, version)
	if !known {
		c, _ = classOf(unknownClass, MaxVersion)
	}
	if !slices.Contains(r.Classes, a.class) {
		r.Classes = append(r.Classes, a.class)
	}
	switch {
	case !known || a.class == unknownClass:
		r.Basis = Unknown
	case !slices.Contains(c.Measured, version) && r.Basis == Measured:
		r.Basis = Assumed
	}
	table := a.table
	if a.class == unknownClass {
		table = "any table"
	}
	r.lock(table, c.Table)
	for _, other := range a.others {
		r.lock(other, c.Other)
	}
	r.lock(a.index, c.Index)
	r.Rewrite, r.Rebuild, r.Scan = r.Rewrite || c.Rewrite, r.Rebuild || c.Rebuild, r.Scan || c.Scan
	if c.Tx == OutsideTx || r.Tx == AnyTx {
		r.Tx = c.Tx
	}
	if a.change != nil {
		r.Changes = append(r.Changes, *a.change)
	}
}

// fresh reports whether a table was created by the statements before, in a transaction or not.
func (l *linter) fresh(table string) bool { return slices.Contains(l.w.fresh, table) }

// happen lets an action change what is known.
func (l *linter) happen(a action, sql string) {
	if a.effect != nil {
		a.effect(l.w)
	}
	switch {
	case a.class == "session":
		l.session(sql)
	case !l.inTx:
	case strings.HasSuffix(a.class, " not valid"):
		for _, c := range l.w.make(a.table).Constraints {
			if c.NotValid && l.begun.table(a.table).constraint(c.Name) == nil {
				l.notValid = append(l.notValid, a.table+"."+c.Name)
			}
		}
	case a.class == "add enum value":
		l.enums = append(l.enums, a.detail)
	}
}

// session follows the statements that begin and end transactions and change settings.
func (l *linter) session(sql string) {
	toks, err := scan(sql)
	if err != nil {
		return
	}
	p := &parser{toks: toks, sql: sql}
	switch {
	case p.take("begin"), p.take("start", "transaction"):
		l.inTx, l.begun = true, l.w.clone()
		l.before, l.atBegin = &session{l.timeout, l.zone}, &session{l.timeout, l.zone}
	case p.take("rollback", "to"): // of a savepoint: what it undoes is not followed, which leaves the worse
	case p.take("rollback"), p.take("abort"):
		if l.begun != nil {
			l.w = l.begun
		}
		if l.atBegin != nil {
			l.timeout, l.zone = l.atBegin.timeout, l.atBegin.zone
		}
		l.endTx()
	case p.take("commit"), p.take("end"):
		if l.before != nil {
			l.timeout, l.zone = l.before.timeout, l.before.zone
		}
		l.endTx()
	case p.take("set"):
		l.set(p)
	case p.take("reset"), p.take("discard"):
		l.timeout, l.zone = 0, "" // to the defaults of the server or the role, which are not known
	}
}

func (l *linter) endTx() {
	l.inTx, l.notValid, l.enums, l.held, l.begun, l.before, l.atBegin = false, nil, nil, nil, nil, nil, nil
}

// set follows SET and SET LOCAL.
func (l *linter) set(p *parser) {
	local := p.take("local")
	p.take("session")
	zone := p.take("time", "zone")
	name := "timezone"
	if !zone {
		name = fold(p.ident())
		if p.any("to", "=") == "" {
			return
		}
	}
	value := p.one(text) + p.one(number) + p.one(word) + p.one(quoted)
	if local && !l.inTx {
		return // it has no effect
	}
	after := session{l.timeout, l.zone}
	switch name {
	case "lock_timeout":
		after.timeout = milliseconds(value)
	case "timezone":
		after.zone = zoneName(value)
	default:
		return
	}
	l.timeout, l.zone = after.timeout, after.zone
	if !local && l.before != nil {
		if name == "lock_timeout" {
			l.before.timeout = after.timeout
		} else {
			l.before.zone = after.zone
		}
	}
}

// zoneName is the name of a zone as SET takes it, in any case; utc is the only one that matters here.
func zoneName(s string) string {
	if strings.EqualFold(s, "utc") {
		return "UTC"
	}
	return s
}

// milliseconds reads a time as a setting has it: without a unit it is in milliseconds. What it cannot read is no timeout.
func milliseconds(s string) time.Duration {
	s = strings.ReplaceAll(s, " ", "")
	s = strings.Replace(s, "min", "m", 1)
	if s != "" && strings.Trim(s, "0123456789") == "" {
		s += "ms"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0
	}
	return d
}

// clone is the world as it is now, to go back to.
func (w *world) clone() *world {
	c := Catalog{Types: w.types}
	for _, t := range w.tables {
		c.Tables = append(c.Tables, *t)
	}
	out := newWorld(w.server, c)
	out.fresh = slices.Clone(w.fresh)
	return out
}
