package postgres

import (
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/schema"
)

// Proof is how a condition of a step is asked of the server. It is asked twice: Holds, then Mark, then Over with what Mark
// answered until it holds, then Holds again. Where the condition says Once, or nothing can be open, Mark is empty and Holds is asked once.
type Proof struct {
	Condition schema.Condition `json:"condition"`
	// Before must hold, or the others could answer wrongly.
	Before []Query `json:"before,omitempty"`
	Holds  Query   `json:"holds"`
	// Mark answers one row of texts; they are the arguments of Over, which then holds if all
	// transactions that were open at Mark have ended.
	Mark Query `json:"mark,omitzero"`
	Over Query `json:"over,omitzero"`
	// Unanswered, if not empty, is why the server cannot be asked: nothing in the plan says which rows a value is in, say, or
	// the options do not name the replicas. There is no query then, and whoever carries out the plan has to find the answer.
	Unanswered string `json:"unanswered,omitempty"`
}

// A transaction may be open without having written yet, and write later: so it is not enough that those with a number ended
// (prepared transactions have one). Mark takes a number itself: the end of a snapshot (xmax) is below numbers that are given
// out already, if none of them has ended. What is open is seen only by a role that may see others' sessions.
var (
	seesAll = Query{SQL: "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AND current_setting('track_activities')::boolean AND NOT pg_is_in_recovery()"} // never written
	mark    = Query{SQL: "SELECT txid_current()::text, clock_timestamp()::text"}                                                                                        // never written
	over    = Query{SQL: allOver}                                                                                                                                       // never written
)

const allOver = "SELECT txid_snapshot_xmin(txid_current_snapshot()) > $1::bigint" +
	"\n   AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE xact_start <= $2::timestamptz AND pid <> pg_backend_pid()" +
	" AND backend_type NOT IN ('autovacuum worker', 'walsender'))"

// Proofs returns how the needs of a step are asked of the server. Needs that are about the fleet, about messages or about forms that
// are in no database are left out: the server does not know. One that the server would know, if only the plan said how to ask, is there
// with a reason in [Proof.Unanswered].
func Proofs(p schema.Plan, step string, o Options) ([]Proof, error) {
	r := newRenderer(p, step, o)
	if err := r.bad.Err(); err != nil {
		return nil, err
	}
	var out []Proof
	for i, c := range r.step.Needs {
		proof := Proof{Condition: c}
		asked := r.need(&proof, fmt.Sprintf("%s.needs[%d]", r.path, i))
		if err := r.bad.Err(); err != nil {
			proof, asked, r.bad = Proof{Condition: c, Unanswered: err.Error()}, true, strict.Problems{}
		}
		if asked {
			out = append(out, proof)
		}
	}
	return out, nil
}

// need says how a need is asked, false if it is nothing for the server.
func (r *renderer) need(p *Proof, at string) bool {
	var holds string
	switch p.Condition.Is {
	case schema.Proven:
		holds = r.proven(p.Condition, at)
	case schema.Absent:
		holds = r.absent(p.Condition, at)
	case schema.CaughtUp:
		return r.caughtUp(p, at)
	}
	if holds == "" {
		return false
	}
	p.Holds = ask(holds)
	if !p.Condition.Once {
		p.Before, p.Mark, p.Over = []Query{seesAll}, mark, over
	}
	return true
}

// proven asks by the definition of the backfill or of the trigger that makes one form of the other.
func (r *renderer) proven(c schema.Condition, at string) string {
	for i, s := range r.plan.Steps {
		if b := s.Backfill; b != nil && b.Form == c.Form && b.From == c.From && b.Define != nil && b.Define.Kind == schema.DefineBackfill {
			d := define{b.Define, r, fmt.Sprintf("steps[%d].backfill.define", i)}
			c := d.copyingFor(b)
			if c.crossing() {
				c.key = d.key()
			}
			return c.agree()
		}
	}
	for i, s := range r.plan.Steps {
		for j, t := range s.Changes {
			if t.Do == schema.Tie && t.Form == c.From && t.To == c.Form && t.Define != nil && t.Define.Kind == schema.DefineTrigger {
				d := define{t.Define, r, fmt.Sprintf("steps[%d].changes[%d].define", i, j)}
				c := d.copying(t.To, false)
				if c.crossing() {
					c.key = d.key()
				}
				return c.agree()
			}
		}
	}
	if f := r.form(c.Form); f.Define != nil && f.Define.Kind != schema.DefineOther {
		r.bad.Add(at, c.Form, "is made of "+c.From+" by no backfill and no trigger that has a definition")
	}
	return ""
}

// absent asks for null in the columns of the form, for any other value by the constraint that refuses it, or by the backfill
// that replaces it.
func (r *renderer) absent(c schema.Condition, at string) string {
	if d := r.refusing(c.Form, c.Value); d != nil {
		if q := d.obeyed(); q != "" {
			return q
		}
	}
	for i, s := range r.plan.Steps {
		if b := s.Backfill; b != nil && b.Form == c.Form && b.Instead == c.Value && b.Define != nil && b.Define.Where != "" {
			return define{b.Define, r, fmt.Sprintf("steps[%d].backfill.define", i)}.copyingFor(b).agree()
		}
	}
	f := r.form(c.Form)
	if f.Define == nil || f.Define.Kind == schema.DefineOther {
		return ""
	}
	if c.Value == schema.Null && f.Define.Kind == schema.DefineColumns {
		own := *f.Define
		own.Kind = schema.DefineNotNull
		i := slices.IndexFunc(r.plan.Forms, func(g schema.Form) bool { return g.Name == f.Name })
		return define{&own, r, fmt.Sprintf("forms[%d].define", i)}.obeyed()
	}
	r.bad.Add(at, c.Value, "is refused by no change that has a definition, so nobody knows how to look for it")
	return ""
}

// refusing is what refuses a value, nil if nothing that has a definition does.
func (r *renderer) refusing(form, value string) *define {
	for i, s := range r.plan.Steps {
		for j, x := range s.Changes {
			if x.Do == schema.Refuse && x.Form == form && x.Value == value && x.Define != nil && x.Define.Kind != schema.DefineOther {
				return &define{x.Define, r, fmt.Sprintf("steps[%d].changes[%d].define", i, j)}
			}
		}
	}
	return nil
}

// broken is the condition that a row breaks a constraint, as far as that can be seen from the row alone.
func (d define) broken() string {
	switch d.Kind {
	case schema.DefineNotNull:
		cols := d.ids()
		return each(len(cols), " OR ", func(i int) string { return cols[i] + " IS NULL" })
	case schema.DefineCheck:
		return "(" + d.sql(".expr", d.Expr) + ") IS FALSE"
	case schema.DefineEnumValue:
		return d.hasValue("=")
	}
	d.wrong(".kind", string(d.Kind), "is not broken by a row alone: nobody knows which rows to write")
	return ""
}

// obeyed is the condition that no row breaks a constraint; empty if the definition is none.
func (d define) obeyed() string {
	ids, t := d.ids, d.tab
	switch d.Kind {
	case schema.DefineNotNull, schema.DefineCheck, schema.DefineEnumValue:
		return "NOT EXISTS (SELECT FROM " + t() + " WHERE " + d.broken() + ")"
	case schema.DefineUnique:
		cols := ids()
		list := each(len(cols), ", ", func(i int) string { return cols[i] })
		return "NOT EXISTS (SELECT FROM " + t() + " WHERE " + each(len(cols), " AND ", func(i int) string { return cols[i] + " IS NOT NULL" }) +
			" GROUP BY " + list + " HAVING count(*) > 1)"
	case schema.DefineForeignKey:
		if d.References == nil || len(d.References.Columns) != len(d.Columns) {
			d.wrong(".references", nil, "must have as many columns as there are")
			return ""
		}
		cols := numbered(ids(), "c")
		far := d.full(".references.table", d.References.Table)
		set := each(len(cols), " AND ", func(i int) string { return fmt.Sprintf("gradatim_c%d IS NOT NULL", i+1) })
		same := each(len(cols), " AND ", func(i int) string {
			return fmt.Sprintf("%s.%s = gradatim_c%d", far, d.id(fmt.Sprintf(".references.columns[%d]", i), d.References.Columns[i]), i+1)
		})
		return "NOT EXISTS (SELECT FROM (SELECT " + each(len(cols), ", ", func(i int) string { return cols[i] }) + " FROM " + t() +
			") AS gradatim_from WHERE " + set + " AND NOT EXISTS (SELECT FROM " + far + " WHERE " + same + "))"
	}
	return ""
}

// caughtUp asks the primary what each replica has replayed. A replica that is not connected has not caught up.
func (r *renderer) caughtUp(p *Proof, at string) bool {
	f := r.form(p.Condition.Form)
	if f.Define == nil || f.Define.Kind == schema.DefineOther {
		return false
	}
	if len(r.o.Replicas) == 0 {
		r.bad.Add(at, p.Condition.Form, "needs options.replicas: who must have caught up")
		return false
	}
	d := define{f.Define, r, at}
	names := slices.Compact(slices.Sorted(slices.Values(r.o.Replicas)))
	replayed := func(lsn string) string {
		return fmt.Sprintf("(SELECT count(DISTINCT application_name) FROM pg_stat_replication s WHERE s.application_name = ANY (%s) AND s.replay_lsn >= %s"+
			" AND NOT EXISTS (SELECT FROM pg_stat_replication o WHERE o.application_name = s.application_name AND o.replay_lsn < %[2]s)) = %d", d.list(names), lsn, len(names))
	}
	p.Before = []Query{seesAll}
	p.Holds = ask(d.list(names) + " <@ (SELECT coalesce(array_agg(application_name), '{}') FROM pg_stat_replication)")
	p.Mark = Query{SQL: "SELECT pg_current_wal_lsn()::text"}
	p.Over = ask(replayed("$1::pg_lsn"))
	return true
}
