package schema_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// A simulator of what plans are about, to compare Verify with: it has rows with values, and shares nothing with
// Verify but the words of its stories. Each write has a number, and a reader that gets another number than that of the last
// write reads something stale. Nobody tells the simulator what is fresh.

// said is what stands somewhere: the kind of the value ("null" if nothing), and the number of the write it is from.
type said struct {
	kind  string
	n     int
	lossy bool
}

// truth is what was written last of a record.
type truth struct {
	said
	exists bool
}

// written is what stands there after a write: nobody can tell two nulls apart.
func written(what said) said {
	if what.kind == schema.Null {
		return said{kind: schema.Null}
	}
	return what
}

type row map[string]said // by column: the form, or what it is a view of

// simMessage is one message, with copies in one topic or several.
type simMessage struct {
	stores []string
	forms  map[string]said
	said
}

// simTx is a write that has begun and goes on with its next group of forms.
type simTx struct {
	attr, version, value string
	id, group            int
	records              []int
	n                    []int // the number that each record's write got
}

// simHand is what a backfill has read of a record.
type simHand struct {
	step *schema.Step
	said
	is bool // the row had the form
}

// facts are the data of one attribute.
type facts struct {
	name     string
	nullable bool
	truths   []truth
	rows     map[string][]row // by store and record
	messages []simMessage
	hands    []*simHand
	behind   *replica
}

// replica is what the replicas have.
type replica struct {
	exists map[string]bool
	truths []truth
	rows   map[string][]row
}

// trouble is what went wrong.
type trouble struct {
	kind schema.Wrong
	text string
}

type sim struct {
	plan     schema.Plan
	stores   map[string]schema.StoreKind
	forms    map[string]schema.Form
	versions map[string]*schema.Version

	exists  map[string]bool
	refuses map[schema.Refusal]bool // true: it holds of all rows
	ties    map[schema.Sync]bool
	fleet   map[string]bool
	shocked map[string]bool // a table changed under it
	facts   []*facts
	txs     []*simTx
	pos     int
	top     int          // the highest position there ever was
	asked   map[int]bool // the transactions that were open when the needs were asked first
	driven  bool         // by a story: the needs may have been asked before it
	writes  int          // so many
	wrong   *trouble
	story   []string
}

const simRecords = 2

// choice is one of n, by chance or not.
type choice func(n int) int

// newSim is a plan at its start. Chosen are the value of each record (0 is that there is none), and what doubtful forms say.
func newSim(p schema.Plan, value, doubt choice) *sim {
	s := &sim{
		plan: p, stores: map[string]schema.StoreKind{}, forms: map[string]schema.Form{}, versions: map[string]*schema.Version{},
		exists: map[string]bool{}, refuses: map[schema.Refusal]bool{}, ties: map[schema.Sync]bool{},
		fleet: map[string]bool{}, shocked: map[string]bool{},
	}
	for _, one := range p.Stores {
		s.stores[one.Name] = one.Kind
	}
	for _, f := range p.Forms {
		s.forms[f.Name] = f
	}
	for i := range p.Versions {
		s.versions[p.Versions[i].Ref()] = &p.Versions[i]
	}
	for _, f := range p.Start.Forms {
		s.exists[f] = true
	}
	for _, r := range p.Start.Refuses {
		s.refuses[schema.Refusal{Form: r.Form, Value: r.Value}] = !r.Unchecked
	}
	for _, t := range p.Start.Syncs {
		s.ties[t] = true
	}
	for _, ref := range p.Start.Running {
		s.fleet[ref] = true
	}
	for _, a := range p.Attributes {
		s.facts = append(s.facts, s.data(a, value, doubt))
	}
	s.follow()
	s.look()
	return s
}

func (s *sim) keeps(form string) bool {
	kind := s.stores[s.forms[form].Store]
	return kind == schema.Table || kind == schema.Blob
}

// column is where the data of a form are.
func (s *sim) column(form string) string {
	if of := s.forms[form].Of; of != "" {
		return of
	}
	return form
}

func (s *sim) storeOf(form string) string { return s.forms[s.column(form)].Store }

// there says whether a column exists, under whichever name.
func (s *sim) there(column string) bool {
	for f := range s.exists {
		if s.column(f) == column {
			return true
		}
	}
	return false
}

func fit(fits []schema.Fit, value string) schema.Verdict {
	for _, f := range fits {
		if f.Value == value && f.Verdict != "" {
			return f.Verdict
		}
	}
	return schema.OK
}

// data are those at the start: for each record any value that everything there is holds.
func (s *sim) data(a schema.Attribute, value, doubt choice) *facts {
	f := &facts{
		name: a.Name, rows: map[string][]row{}, truths: make([]truth, simRecords),
		hands: make([]*simHand, simRecords),
	}
	kinds := []string{""}
	for _, v := range a.Values {
		f.nullable = f.nullable || v.Name == schema.Null
		kinds = append(kinds, v.Name)
	}
	for _, name := range s.plan.Start.Retained {
		if s.forms[name].Attribute != a.Name {
			continue
		}
		for _, v := range a.Values {
			if v.Name != schema.Null && fit(s.forms[name].Fits, v.Name) != schema.Error {
				what := said{kind: v.Name, lossy: fit(s.forms[name].Fits, v.Name) == schema.Lossy}
				f.messages = append(f.messages, simMessage{[]string{s.forms[name].Store}, map[string]said{name: what}, what})
			}
		}
	}
	for store := range s.stores {
		f.rows[store] = make([]row, simRecords)
	}
	for r := range simRecords {
		s.startRecord(f, r, kinds[value(len(kinds))], doubt)
	}
	s.catchUp(f)
	return f
}

// startRecord makes a record that was there before, if it can be with the value.
func (s *sim) startRecord(f *facts, r int, kind string, doubt choice) {
	if kind == "" {
		return
	}
	s.writes++
	now := truth{said{kind: kind, n: s.writes}, true}
	rows := map[string]row{}
	for ref := range s.fleet {
		for _, store := range s.versions[ref].Makes {
			if k := s.stores[store]; k == schema.Table || k == schema.Blob {
				rows[store] = row{}
			}
		}
	}
	holds := false
	for _, form := range s.plan.Forms {
		if form.Attribute != f.name || !s.exists[form.Name] || !s.keeps(form.Name) || form.Of != "" {
			continue
		}
		if rows[form.Store] == nil {
			rows[form.Store] = row{}
		}
		if s.stores[form.Store] == schema.Blob && len(rows[form.Store]) > 0 {
			continue // in one form only
		}
		switch {
		case slices.Contains(s.plan.Start.Doubtful, form.Name):
			says := []said{now.said, {kind: kind, n: -1}, {kind: schema.Null}}
			rows[form.Store][form.Name] = says[doubt(3)]
			continue
		case fit(form.Fits, kind) == schema.Error:
			return
		}
		holds = true
		rows[form.Store][form.Name] = written(said{kind: kind, n: now.n, lossy: fit(form.Fits, kind) == schema.Lossy})
	}
	for one, checked := range s.refuses {
		if at, is := rows[s.storeOf(one.Form)][s.column(one.Form)]; checked && is && at.kind == one.Value {
			return
		}
	}
	if !holds && kind != schema.Null || len(rows) == 0 {
		return
	}
	f.truths[r] = now
	for store, one := range rows {
		f.rows[store][r] = one
	}
}

func (s *sim) catchUp(f *facts) {
	now := &replica{exists: maps.Clone(s.exists), truths: slices.Clone(f.truths), rows: map[string][]row{}}
	for store, rows := range f.rows {
		for _, one := range rows {
			now.rows[store] = append(now.rows[store], maps.Clone(one))
		}
	}
	f.behind = now
}

func (s *sim) oops(kind schema.Wrong, format string, args ...any) {
	if s.wrong == nil {
		s.wrong = &trouble{kind, fmt.Sprintf(format, args...)}
	}
}

// running are the versions that run, in the order of the plan.
func (s *sim) running() (out []*schema.Version) {
	for i := range s.plan.Versions {
		if s.fleet[s.plan.Versions[i].Ref()] {
			out = append(out, &s.plan.Versions[i])
		}
	}
	return out
}

// look lets every running version read all there is to read.
func (s *sim) look() {
	for _, f := range s.facts {
		for _, v := range s.running() {
			for i := range v.Reads {
				if v.Reads[i].Attribute == f.name {
					s.readRows(f, v, &v.Reads[i])
				}
			}
			for _, m := range f.messages {
				if s.subscribes(f, v, m.stores) {
					s.deliver(f, v, m)
				}
			}
		}
		s.lookForUnread(f)
	}
}

func (s *sim) readRows(f *facts, v *schema.Version, r *schema.Read) {
	exists, truths, rows := s.exists, f.truths, f.rows
	if r.Replica {
		exists, truths, rows = f.behind.exists, f.behind.truths, f.behind.rows
	}
	var forms []string
	for _, name := range r.Forms {
		if !s.keeps(name) && s.hasValues(f) {
			continue
		}
		forms = append(forms, name)
		if !exists[name] && s.stores[s.storeOf(name)] != schema.Blob {
			s.oops(schema.Fails, "%s reads %s, which is not there", v.Ref(), name)
		}
	}
	if len(forms) == 0 {
		return
	}
	for i, last := range truths {
		s.readRecord(f, v, r, forms, last, func(store string) row {
			if rows[store] == nil {
				return nil
			}
			return rows[store][i]
		})
	}
}

func (s *sim) hasValues(f *facts) bool {
	for _, a := range s.plan.Attributes {
		if a.Name == f.name {
			return len(a.Values) > 0
		}
	}
	return false
}

func (s *sim) accepts(f *facts, kind string) bool {
	return slices.Contains(s.plan.Accepts, schema.Loss{Attribute: f.name, Value: kind})
}

func (s *sim) readRecord(f *facts, v *schema.Version, r *schema.Read, forms []string, last truth, rowIn func(string) row) {
	for _, name := range forms {
		at, is := rowIn(s.storeOf(name))[s.column(name)]
		if !is || at.kind == schema.Null {
			continue
		}
		switch {
		case !last.exists:
			s.oops(schema.Stale, "%s reads a deleted record in %s", v.Ref(), name)
		case at.n != last.n:
			s.oops(schema.Stale, "%s reads write %d in %s, the last is %d", v.Ref(), at.n, name, last.n)
		case at.lossy && !s.accepts(f, last.kind):
			s.oops(schema.LosesMeaning, "%s reads %s in %s", v.Ref(), at.kind, name)
		default:
			s.take(f, v, r, at.kind)
		}
		return
	}
	switch {
	case !last.exists:
	case last.kind == schema.Null && f.nullable:
		s.take(f, v, r, schema.Null)
	case last.kind == schema.Null:
		s.oops(schema.Stale, "%s finds nothing in a record that was made without", v.Ref())
	case s.stores[s.storeOf(r.Forms[0])] == schema.Blob:
		s.oops(schema.Fails, "%s cannot decode", v.Ref())
	default:
		s.oops(schema.Stale, "%s finds nothing, and %s was written", v.Ref(), last.kind)
	}
}

func (s *sim) take(f *facts, v *schema.Version, r *schema.Read, kind string) {
	switch fit(r.Takes, kind) {
	case schema.Error:
		s.oops(schema.Fails, "%s does not take %s", v.Ref(), kind)
	case schema.Lossy:
		if !s.accepts(f, kind) {
			s.oops(schema.LosesMeaning, "%s loses %s", v.Ref(), kind)
		}
	}
}

// subscribes says whether the version gets what is in one of the stores.
func (s *sim) subscribes(f *facts, v *schema.Version, stores []string) bool {
	for _, r := range v.Reads {
		for _, name := range r.Forms {
			if r.Attribute == f.name && slices.Contains(stores, s.storeOf(name)) {
				return true
			}
		}
	}
	return slices.ContainsFunc(v.Strict, func(store string) bool { return slices.Contains(stores, store) })
}

// deliver gives a message to a version.
func (s *sim) deliver(f *facts, v *schema.Version, m simMessage) {
	var knows []string
	for _, r := range v.Reads {
		if r.Attribute == f.name {
			knows = append(knows, r.Forms...)
		}
	}
	for name := range m.forms {
		if !slices.Contains(knows, name) && slices.Contains(v.Strict, s.storeOf(name)) {
			s.oops(schema.Fails, "%s refuses %s", v.Ref(), name)
		}
	}
	for i := range v.Reads {
		r := &v.Reads[i]
		if r.Attribute != f.name {
			continue
		}
		first := slices.IndexFunc(r.Forms, func(name string) bool { _, is := m.forms[name]; return is })
		switch {
		case first >= 0 && m.forms[r.Forms[first]].lossy && !s.accepts(f, m.kind):
			s.oops(schema.LosesMeaning, "%s gets %s", v.Ref(), m.kind)
		case first >= 0:
			s.take(f, v, r, m.kind)
		case len(m.forms) == 0 && !f.nullable:
			s.oops(schema.Fails, "%s needs what is not in the message", v.Ref())
		case len(m.forms) == 0:
			s.take(f, v, r, schema.Null)
		case len(r.Forms) > 0 && !s.keeps(r.Forms[0]):
			s.oops(schema.Fails, "%s cannot decode the message", v.Ref())
		}
	}
}

// lookForUnread finds a service that reads topics and misses a message.
func (s *sim) lookForUnread(f *facts) {
	for _, m := range f.messages {
		wants, gets := map[string]bool{}, map[string]bool{}
		for _, v := range s.running() {
			gets[v.Service] = gets[v.Service] || s.subscribes(f, v, m.stores)
			for _, r := range v.Reads {
				for _, name := range r.Forms {
					if r.Attribute == f.name && s.stores[s.storeOf(name)] == schema.Topic {
						wants[v.Service] = true
					}
				}
			}
		}
		for service := range wants {
			if !gets[service] {
				s.oops(schema.Unread, "nobody of %s gets what is in %s", service, strings.Join(m.stores, ", "))
			}
		}
	}
}
