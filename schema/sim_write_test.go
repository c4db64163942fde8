package schema_test

import (
	"maps"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// values are those that a write may write.
func (s *sim) values(w *schema.Write) []string {
	if len(w.Values) > 0 {
		return w.Values
	}
	var out []string
	for _, a := range s.plan.Attributes {
		for _, v := range a.Values {
			if a.Name == w.Attribute && v.Name != schema.Null {
				out = append(out, v.Name)
			}
		}
	}
	return out
}

// onRecords says whether a write is of records, and not of messages alone.
func (s *sim) onRecords(w *schema.Write) bool {
	for _, group := range w.Together {
		if slices.ContainsFunc(group, s.keeps) {
			return true
		}
	}
	return false
}

// inserts says whether the write can make the record, if there is none.
func (s *sim) inserts(v *schema.Version, w *schema.Write) bool {
	for _, group := range w.Together {
		for _, name := range group {
			if s.keeps(name) && slices.Contains(v.Makes, s.storeOf(name)) {
				return true
			}
		}
	}
	return false
}

// change is a transaction on one record: what it touched.
type change struct {
	*sim
	f       *facts
	who     string
	rec     int
	written map[string]said // by column
	touched map[string]bool // stores
}

func (s *sim) begin(f *facts, who string, rec int) *change {
	return &change{s, f, who, rec, map[string]said{}, map[string]bool{}}
}

// row is the record's row in a store, or nil.
func (c *change) row(store string) row { return c.f.rows[store][c.rec] }

// insert makes the row, if there is none, with nothing in its columns.
func (c *change) insert(store string) {
	kind := c.stores[store]
	if kind != schema.Table && kind != schema.Blob || c.row(store) != nil {
		return
	}
	one := row{}
	for _, form := range c.plan.Forms {
		if form.Attribute == c.f.name && form.Of == "" && form.Store == store && kind == schema.Table && c.there(form.Name) {
			one[form.Name] = said{kind: schema.Null}
		}
	}
	c.f.rows[store][c.rec] = one
	c.touched[store] = true
}

func (c *change) remove(store string) {
	if rows := c.f.rows[store]; rows != nil {
		rows[c.rec] = nil
	}
}

// set writes a column.
func (c *change) set(form string, what said) {
	column, store := c.column(form), c.storeOf(form)
	switch fit(c.forms[form].Fits, what.kind) {
	case schema.Error:
		c.oops(schema.Fails, "%s writes %s, which %s cannot hold", c.who, what.kind, form)
		return
	case schema.Lossy:
		what.lossy = true
	}
	what = written(what)
	one := c.row(store)
	if c.stores[store] == schema.Blob {
		clear(one)
	}
	one[column] = what
	c.touched[store] = true
	c.written[column] = what
}

// fire lets the triggers write what the transaction did not.
func (c *change) fire() {
	wrote := map[string]said{}
	maps.Copy(wrote, c.written)
	for _, t := range sorted(c.ties) {
		what, from := wrote[c.column(t.From)]
		_, to := wrote[c.column(t.To)]
		if !from || to {
			continue
		}
		if !c.exists[t.To] {
			c.oops(schema.Fails, "the trigger writes %s, which is not there", t.To)
			return
		}
		c.insert(c.storeOf(t.To))
		c.set(t.To, what)
	}
}

// check asks the constraints of what was touched.
func (c *change) check() {
	for one := range c.refuses {
		store := c.storeOf(one.Form)
		if !c.touched[store] || c.row(store) == nil || !c.exists[one.Form] {
			continue
		}
		if at, is := c.row(store)[c.column(one.Form)]; is && at.kind == one.Value {
			c.oops(schema.Fails, "%s writes a row in which %s is %s", c.who, one.Form, one.Value)
		}
	}
}

// group carries out one transaction of a write on one record: n is the number of the write.
func (s *sim) group(f *facts, v *schema.Version, w *schema.Write, g, rec int, value string, n int) {
	if !s.onRecords(w) {
		s.send(f, v, w, g, said{kind: value, n: n})
		return
	}
	if !f.truths[rec].exists && (g > 0 || !s.inserts(v, w)) {
		return
	}
	c := s.begin(f, v.Ref(), rec)
	isNew := !f.truths[rec].exists
	if g == 0 {
		f.truths[rec] = truth{said{kind: value, n: n}, true}
	}
	if isNew {
		for _, store := range v.Makes {
			if !s.writesTo(w, store) {
				c.insert(store)
			}
		}
	}
	for _, name := range w.Together[g] {
		store := s.storeOf(name)
		if !s.exists[name] {
			s.oops(schema.Fails, "%s writes %s, which is not there", v.Ref(), name)
			return
		}
		if !s.keeps(name) {
			continue
		}
		if slices.Contains(v.Makes, store) {
			c.insert(store)
		}
		if c.row(store) != nil {
			c.set(name, said{kind: value, n: n})
		}
	}
	c.fire()
	c.check()
	s.send(f, v, w, g, said{kind: value, n: n})
}

func (s *sim) writesTo(w *schema.Write, store string) bool {
	for _, group := range w.Together {
		if slices.ContainsFunc(group, func(name string) bool { return s.storeOf(name) == store }) {
			return true
		}
	}
	return false
}

// send publishes what of a group is in topics and calls.
func (s *sim) send(f *facts, v *schema.Version, w *schema.Write, g int, what said) {
	m := simMessage{forms: map[string]said{}, said: what}
	for _, name := range w.Together[g] {
		if s.keeps(name) {
			continue
		}
		if !s.exists[name] {
			s.oops(schema.Fails, "%s sends %s, which is not there", v.Ref(), name)
			return
		}
		one := what
		switch fit(s.forms[name].Fits, what.kind) {
		case schema.Error:
			s.oops(schema.Fails, "%s sends %s, which %s cannot hold", v.Ref(), what.kind, name)
			return
		case schema.Lossy:
			one.lossy = true
		}
		m.forms[name] = one
		if !slices.Contains(m.stores, s.storeOf(name)) {
			m.stores = append(m.stores, s.storeOf(name))
		}
	}
	s.publish(f, m)
}

// publish lets a call be read by everybody at once, and keeps a message.
func (s *sim) publish(f *facts, m simMessage) {
	part := func(call bool) simMessage {
		out := simMessage{forms: map[string]said{}, said: m.said}
		for name, what := range m.forms {
			if (s.stores[s.storeOf(name)] == schema.Call) == call {
				out.forms[name] = what
			}
		}
		for _, store := range m.stores {
			if (s.stores[store] == schema.Call) == call {
				out.stores = append(out.stores, store)
			}
		}
		return out
	}
	if calls := part(true); len(calls.stores) > 0 {
		for _, v := range s.running() {
			s.deliver(f, v, calls)
		}
	}
	if kept := part(false); len(kept.stores) > 0 {
		f.messages = append(f.messages, kept)
	}
}

// plainly makes a record of which the version knows nothing of the attribute.
func (s *sim) plainly(f *facts, v *schema.Version, rec int) {
	s.writes++
	f.truths[rec] = truth{said{kind: schema.Null, n: s.writes}, true}
	c := s.begin(f, v.Ref(), rec)
	for _, store := range v.Makes {
		c.insert(store)
		c.touched[store] = true
	}
	c.check()
}

// erase deletes the record where the version does.
func (s *sim) erase(f *facts, v *schema.Version, rec int) {
	f.truths[rec] = truth{}
	c := s.begin(f, v.Ref(), rec)
	for _, store := range v.Makes {
		if s.stores[store] == schema.Table || s.stores[store] == schema.Blob {
			had := c.row(store) != nil
			c.remove(store)
			for _, t := range sorted(s.ties) {
				if had && s.storeOf(t.From) == store && s.storeOf(t.To) != store {
					c.remove(s.storeOf(t.To)) // the trigger is fired by deletes too
				}
			}
		}
	}
}

// touch updates columns that have nothing to do with the attribute, in the tables that the version writes.
func (s *sim) touch(f *facts, v *schema.Version, w *schema.Write, rec int) {
	c := s.begin(f, v.Ref(), rec)
	for _, store := range v.Makes {
		c.touched[store] = true
	}
	if w != nil {
		for _, group := range w.Together {
			for _, form := range group {
				c.touched[s.storeOf(form)] = true
			}
		}
	}
	c.check()
}

// rewrite is a version writing a blob as a whole, of which it does not know everything.
func (s *sim) rewrite(f *facts, v *schema.Version, rec int) {
	for _, store := range v.Whole {
		if rows := f.rows[store]; rows != nil && rows[rec] != nil {
			for column := range rows[rec] {
				if !s.knows(f, v, column) {
					delete(rows[rec], column)
				}
			}
		}
	}
}

// knows says whether the version reads or writes a column.
func (s *sim) knows(f *facts, v *schema.Version, column string) bool {
	is := func(name string) bool { return s.column(name) == column }
	for _, r := range v.Reads {
		if r.Attribute == f.name && slices.ContainsFunc(r.Forms, is) {
			return true
		}
	}
	for _, w := range v.Writes {
		for _, group := range w.Together {
			if w.Attribute == f.name && slices.ContainsFunc(group, is) {
				return true
			}
		}
	}
	return false
}

// fill does one record of a backfill.
func (s *sim) fill(f *facts, st *schema.Step, rec int) {
	b := st.Backfill
	was := s.wrong
	c := s.begin(f, st.Name, rec)
	if s.lacks(st) {
		return
	}
	switch {
	case b.From != "":
		if c.row(s.storeOf(b.From)) == nil {
			if s.storeOf(b.From) != s.storeOf(b.Form) {
				c.remove(s.storeOf(b.Form))
			}
			return
		}
		c.insert(s.storeOf(b.Form))
		if what, is := c.row(s.storeOf(b.From))[s.column(b.From)]; is {
			c.set(b.Form, what)
		}
	default:
		at, is := c.row(s.storeOf(b.Form))[s.column(b.Form)]
		if !is || at.kind != schema.Null || f.truths[rec].kind != schema.Null {
			return
		}
		s.writes++
		f.truths[rec].said = said{kind: b.Value, n: s.writes}
		c.set(b.Form, f.truths[rec].said)
	}
	c.check()
	s.blame(was)
}

// lacks fails if a form that a backfill needs is not there.
func (s *sim) lacks(st *schema.Step) bool {
	b := st.Backfill
	if is := !s.exists[b.Form] || b.From != "" && !s.exists[b.From] && s.stores[s.storeOf(b.From)] != schema.Blob; !is {
		return false
	}
	s.oops(schema.StepFails, "%s: a form is not there", st.Name)
	return true
}

// blame says that what went wrong is the step's doing.
func (s *sim) blame(was *trouble) {
	if was == nil && s.wrong != nil {
		s.wrong.kind = schema.StepFails
	}
}

// give writes what a backfill has read before.
func (s *sim) give(f *facts, rec int) {
	h := f.hands[rec]
	f.hands[rec] = nil
	b := h.step.Backfill
	c := s.begin(f, h.step.Name, rec)
	from := c.row(s.storeOf(b.From))
	if from == nil || !s.exists[b.Form] {
		return
	}
	if now, is := from[s.column(b.From)]; b.Mode == schema.CompareAndSet && (is != h.is || now != h.said) {
		return
	}
	was := s.wrong
	c.insert(s.storeOf(b.Form))
	if h.is {
		c.set(b.Form, h.said)
	}
	c.check()
	s.blame(was)
}
