package postgres

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/schema"
)

// Options are what Render needs to know besides the plan. All but the server's version has a default.
type Options struct {
	// Version is the server's major version, [MinVersion] to [MaxVersion].
	Version int `json:"version"`
	// TimeZone is that of the session; it decides whether some types can be changed in place. Empty is unknown.
	TimeZone string `json:"timeZone"`
	// LockTimeout is how long a statement waits for a lock that others queue behind; 0 is two seconds.
	LockTimeout time.Duration `json:"lockTimeout"`
	// StatementTimeout is how long a command may take that does not depend on the size of the table, or a batch; 0 is
	// thirty seconds.
	StatementTimeout time.Duration `json:"statementTimeout"`
	// LongTimeout is how long one may take that reads the table, or waits for transactions without blocking anybody: an index, a
	// validation; 0 is six hours.
	LongTimeout time.Duration `json:"longTimeout"`
	// Batch is how many rows a batch of a backfill looks at; 0 is 1,000.
	Batch int `json:"batch"`
	// Replicas are the application_names of all replicas that versions read from. Without
	// them it cannot be asked whether these caught up.
	Replicas []string `json:"replicas"`
}

// complete returns the options with their defaults.
func (o Options) complete(bad *strict.Problems) Options {
	if o.Version < MinVersion || o.Version > MaxVersion {
		bad.Add("options.version", o.Version, fmt.Sprintf("must be a major version from %d to %d", MinVersion, MaxVersion))
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
	}{
		{"lockTimeout", &o.LockTimeout, 2 * time.Second},
		{"statementTimeout", &o.StatementTimeout, 30 * time.Second},
		{"longTimeout", &o.LongTimeout, 6 * time.Hour},
	} {
		if *d.value = cmp.Or(*d.value, d.zero); *d.value < time.Millisecond || *d.value > 24*24*time.Hour { // the server has 31 bits of ms
			bad.Add("options."+d.name, *d.value, "must be from 1ms to 576h, or 0 for the default")
		}
	}
	if o.Batch = cmp.Or(o.Batch, 1000); o.Batch < 1 || o.Batch > 1_000_000 {
		bad.Add("options.batch", o.Batch, "must be from 1 to 1000000, or 0 for the default")
	}
	return o
}

// Render returns the statements of a step, in the order in which they are carried out; none if the step changes nothing
// in a database. Where something lacks a definition, or what is defined cannot be
// done without blocking a table for as long as it is large, the error has a FieldError for each place.
//
// A change's definition is its own, or else that of its form; a form of columns that refuses [schema.Null] needs none. What the
// definitions mean beyond what package schema says of them:
//
//   - columns, table, view, index: added and dropped. A table is dropped in two statements: it gets another name first.
//   - rename: added, it renames, and the old name becomes a view; dropped, the view that had the new name is replaced by the
//     table. With a drop of that view in the same step, it only renames.
//   - check, foreignKey, notNull: refused Unchecked, what is written from then on is refused; refused, the rows
//     there are looked at too; accepted, they go. unique: the same, by an index, in one step.
//   - enumValue: added or accepted, the type gets the value; refused or dropped, a check refuses it.
//   - trigger: tied and untied. Both sides' columns, and their defaults, are taken from the forms' definitions; with
//     References and Key, the tables are two, and it acts when the transaction commits.
//   - backfill: with References and Key, it writes another table than it reads, and deletes rows without origin.
//   - type: the form's definition has the type so far. Only changes that write no row are made.
//   - default: Expr or the column's Default; none is to drop it.
//   - sequence: the column draws from it from now on, and owns it.
//
// Changes of one step become one statement, which is one transaction;
// one that needs several (a constraint that is validated, an index) must be the only change of its step.
func Render(p schema.Plan, step string, o Options) ([]Statement, error) {
	r := newRenderer(p, step, o)
	var all []piece
	sole := -1
	for _, i := range r.order() {
		made := r.change(i)
		if len(made) > 1 || len(made) == 1 && made[0].sole {
			sole = i
		}
		all = append(all, made...)
	}
	if len(r.step.Changes) > 1 && sole >= 0 {
		r.bad.Add(fmt.Sprintf("%s.changes[%d]", r.path, sole), nil, "needs transactions of its own: it must be the only change of its step")
	} else if len(all) > 1 && sole < 0 {
		all = []piece{merge(all)}
	}
	if b := r.step.Backfill; b != nil {
		all = append(all, r.backfill(b)...)
	}
	if err := r.bad.Err(); err != nil {
		return nil, err
	}
	var out []Statement
	for _, p := range all {
		out = append(out, r.statement(p))
	}
	return out, nil
}

// renderer renders one step. Everything wrong goes to bad; what is returned then means nothing.
type renderer struct {
	plan schema.Plan
	step schema.Step
	at   int
	path string
	o    Options
	bad  strict.Problems
	said []string // what is in bad already
}

func newRenderer(p schema.Plan, step string, o Options) *renderer {
	r := &renderer{plan: p}
	r.o = o.complete(&r.bad)
	r.at = slices.IndexFunc(p.Steps, func(s schema.Step) bool { return s.Name == step })
	if r.at < 0 {
		r.bad.Add("steps", step, "is no step of the plan")
		return r
	}
	r.step, r.path = p.Steps[r.at], fmt.Sprintf("steps[%d]", r.at)
	return r
}

// order is the order of the changes: triggers go before the columns that they write.
func (r *renderer) order() []int {
	var order, rest []int
	for i, c := range r.step.Changes {
		if c.Do == schema.Untie {
			order = append(order, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(order, rest...)
}

// piece is a statement that is being made: its conditions are not yet queries, and it may become one with others.
type piece struct {
	sql      []string
	done     []string // conditions
	undo     *piece   // without conditions: that those of this one do not hold
	sole     bool     // alone in its transaction
	outside  bool     // and outside any
	long     bool     // may take long
	patient  bool     // may wait long for locks: nobody queues behind it
	retry    Retry
	before   []Query
	leftover *Leftover
	batch    *Batch
	await    string
	loses    string
	why      string
}

// merge makes one transaction of several.
func merge(all []piece) piece {
	out := piece{undo: &piece{}}
	var loses, why, undoLoses []string
	for _, p := range all {
		out.sql = append(out.sql, p.sql...)
		out.done = append(out.done, p.done...)
		loses, why = append(loses, p.loses), append(why, p.why)
		if p.retry == Repeat {
			out.retry = Repeat
		}
		if p.undo == nil || out.undo == nil {
			out.undo = nil
			continue
		}
		out.undo.sql = append(slices.Clone(p.undo.sql), out.undo.sql...)
		undoLoses = append([]string{p.undo.loses}, undoLoses...)
	}
	out.loses, out.why = joined(loses), joined(why)
	if out.undo != nil {
		out.undo.loses = joined(undoLoses)
	}
	return out
}

// joined makes one text of those that are not empty, each once.
func joined(texts []string) string {
	var out []string
	for _, t := range texts {
		if t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return strings.Join(out, "; ")
}

func (r *renderer) statement(p piece) Statement {
	s := Statement{
		Step: r.step.Name, SQL: p.sql, Tx: OwnTx,
		LockTimeout: r.o.LockTimeout, StatementTimeout: r.o.StatementTimeout,
		Retry: cmp.Or(p.retry, Atomic), Before: p.before, Done: ask(p.done...), Leftover: p.leftover, Batch: p.batch,
		Await: p.await, Loses: p.loses, Why: p.why,
	}
	if p.outside {
		s.Tx = OutsideTx
	}
	if p.long {
		s.StatementTimeout = r.o.LongTimeout
	}
	if p.patient {
		s.LockTimeout = r.o.LongTimeout
	}
	if p.undo != nil {
		if len(p.undo.done) == 0 {
			p.undo.done = []string{"NOT (" + strings.Join(p.done, " AND ") + ")"}
		}
		undo := r.statement(*p.undo)
		s.Undo = &undo
	}
	return s
}

// define is a definition and where it stands.
type define struct {
	*schema.Definition
	*renderer
	path string
}

// wrong reports a problem, once: what is quoted in several places is wrong in one.
func (d define) wrong(at string, value any, rule string) {
	if said := d.path + at + " " + rule; !slices.Contains(d.said, said) {
		d.renderer.said = append(d.said, said)
		d.bad.Add(d.path+at, value, rule)
	}
}

// definition finds what a change is about, nil if nothing in a database. The model's null in columns is NOT NULL.
func (r *renderer) definition(i int) *define {
	c := r.step.Changes[i]
	d := &define{c.Define, r, fmt.Sprintf("%s.changes[%d].define", r.path, i)}
	if c.Define == nil {
		f := r.form(c.Form)
		if f.Define == nil && r.rows(c.Form) {
			d.wrong("", nil, "must be given: what the change is")
		}
		if f.Define == nil || f.Define.Kind == schema.DefineOther {
			return nil
		}
		own := *f.Define
		d.Definition = &own
		d.path = fmt.Sprintf("forms[%d].define", slices.IndexFunc(r.plan.Forms, func(f schema.Form) bool { return f.Name == c.Form }))
		switch c.Do {
		case schema.Refuse, schema.Accept:
			if c.Value != schema.Null || own.Kind != schema.DefineColumns {
				d.wrong("", nil, "must be given: what refuses "+c.Value)
				return nil
			}
			own.Kind = schema.DefineNotNull
		case schema.Tie, schema.Untie:
			d.wrong("", nil, "must be given: what the trigger writes")
			return nil
		}
	}
	if d.Kind == schema.DefineOther {
		return nil
	}
	return d
}

// rows says that a form is one of a table, where a step that says nothing would leave something undone.
func (r *renderer) rows(form string) bool {
	f := r.form(form)
	if f.Define != nil {
		return f.Define.Kind != schema.DefineOther
	}
	return slices.ContainsFunc(r.plan.Stores, func(s schema.Store) bool { return s.Name == f.Store && s.Kind == schema.Table })
}

func (r *renderer) form(name string) schema.Form {
	for _, f := range r.plan.Forms {
		if f.Name == name {
			return f
		}
	}
	return schema.Form{}
}

// change renders one change of the step.
func (r *renderer) change(i int) []piece {
	c := r.step.Changes[i]
	d := r.definition(i)
	if d == nil {
		return nil
	}
	on := c.Do == schema.Add || c.Do == schema.Refuse || c.Do == schema.Tie
	switch d.Kind {
	case schema.DefineColumns:
		return d.columns(on)
	case schema.DefineTable:
		return d.table(on)
	case schema.DefineView:
		if !on && r.aside(d.Name, d.Table) {
			return nil
		}
		return d.view(on)
	case schema.DefineRename:
		return d.rename(on)
	case schema.DefineIndex:
		return d.index(on)
	case schema.DefinePrimaryKey:
		return d.primaryKey()
	case schema.DefineUnique:
		return d.unique(on)
	case schema.DefineCheck, schema.DefineForeignKey:
		return r.staged(c, d.constraint(on), on)
	case schema.DefineNotNull:
		if !on && slices.ContainsFunc(r.step.Changes, func(o schema.Change) bool { return o.Do == schema.Drop && o.Form == c.Form }) {
			return nil // it goes with the column
		}
		return r.staged(c, d.notNull(on), on)
	case schema.DefineEnumValue:
		if c.Do == schema.Add || c.Do == schema.Accept && !r.refused(c) {
			return d.enumValue()
		}
		return r.staged(c, d.noEnumValue(c.Do != schema.Accept), c.Do != schema.Accept)
	case schema.DefineTrigger:
		return d.trigger(c, on)
	case schema.DefineType:
		return d.changeType(c.Form)
	case schema.DefineDefault:
		return d.setDefault(c.Form, c.Do != schema.Drop && c.Do != schema.Untie)
	case schema.DefineSequence:
		return d.sequence()
	}
	d.wrong(".kind", string(d.Kind), "is nothing that a change can do")
	return nil
}

// staged leaves out what of a constraint's sequence is not this step's: the first statement refuses what is written from now on, the
// others look at the rows there are.
func (r *renderer) staged(c schema.Change, all []piece, on bool) []piece {
	if !on || len(all) < 2 {
		return all
	}
	if c.Unchecked {
		return all[:1]
	}
	if r.refused(c) {
		return all[1:]
	}
	return all
}

// refused says that an earlier step has the form refuse the value, and none since has it accepted.
func (r *renderer) refused(c schema.Change) bool {
	there := false
	for _, s := range r.plan.Steps[:r.at] {
		for _, e := range s.Changes {
			if e.Form == c.Form && e.Value == c.Value && (e.Do == schema.Refuse || e.Do == schema.Accept) {
				there = e.Do == schema.Refuse
			}
		}
	}
	return there
}

// aside says that the step gives a table another name and drops the view that would keep the old one.
func (r *renderer) aside(name, table string) bool {
	has := func(do schema.Do, like schema.Definition) bool {
		return slices.ContainsFunc(r.step.Changes, func(c schema.Change) bool {
			return c.Do == do && c.Define != nil && c.Define.Kind == like.Kind && c.Define.Table == like.Table && c.Define.Name == like.Name
		})
	}
	return has(schema.Add, schema.Definition{Kind: schema.DefineRename, Table: name, Name: table}) &&
		has(schema.Drop, schema.Definition{Kind: schema.DefineView, Table: table, Name: name})
}
