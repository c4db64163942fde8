package change

import (
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// Value is a kind of values that does not go both ways between the old form and the new one. What is not listed does.
type Value struct {
	// Name is a word for the kind, such as "fraction"; Witness is one of them, such as "1.5".
	Name    string `json:"name"`
	Witness string `json:"witness,omitempty"`
	// Old and New say what becomes of it in the old form and in the new. Empty is ok. What the old form loses or cannot hold is
	// not written before nobody reads it.
	Old schema.Verdict `json:"old,omitempty"`
	New schema.Verdict `json:"new,omitempty"`
	// Mend is SQL, for values that the new form cannot hold: what is written in their place, before the new form is filled.
	// Nobody writes them any more then.
	Mend string `json:"mend,omitempty"`
	// Where is SQL, for Mend: which rows have such a value, such as "a !~ '^[0-9]+$'". Without it they are mended by hand.
	Where string `json:"where,omitempty"`
}

// forward says that only the new form holds it.
func (v Value) forward() bool { return v.Old == schema.Lossy || v.Old == schema.Error }

func (p *problems) values(field string, values []Value) {
	p.must(len(values) <= 8, field, len(values), "must be at most 8")
	for i, v := range values {
		path := field + "[" + string(rune('0'+i%10)) + "]"
		p.name(path+".name", v.Name)
		again := slices.IndexFunc(values, func(o Value) bool { return o.Name == v.Name }) < i
		p.must(!again, path+".name", v.Name, "must be given only once")
		p.must(v.Name != usual && v.Name != schema.Null, path+".name", v.Name, "is a name that is given already")
		for _, one := range []struct {
			field   string
			verdict schema.Verdict
		}{{"old", v.Old}, {"new", v.New}} {
			good := one.verdict == "" || one.verdict == schema.OK || one.verdict == schema.Lossy || one.verdict == schema.Error
			p.must(good, path+"."+one.field, string(one.verdict), "must be ok, lossy or error")
		}
		p.must(v.Where == "" || v.Mend != "", path+".where", v.Where, "is for what is mended")
		p.must(!v.forward() || v.New == "" || v.New == schema.OK, path, v.Name, "must fit one of the two")
	}
}

// usual is the name of all values that go everywhere.
const usual = "set"

// move is a recipe that takes an attribute from an old form to a new one.
type move struct {
	*recipe
	place    place
	old, new string
	oldMakes []string // the stores of old and new forms
	newMakes []string
	notNull  bool // the old forms refuse null, and the new ones are to
	values   []Value
	alone    bool                                       // a message cannot have both forms
	defines  func(form, from string) *schema.Definition // of the backfill and the triggers
	dropped  func(form string) *schema.Definition
	key      *schema.Definition // if the old form is a primary key: how the new one becomes it
}

// prepare adds the values, and what follows from them.
func (m *move) prepare() {
	if !m.notNull {
		m.value(schema.Null, "")
	}
	m.value(usual, "")
	for _, v := range m.values {
		m.value(v.Name, v.Witness)
		for i := range m.forms {
			verdict := schema.Verdict("")
			if v.forward() {
				verdict = schema.Error
			}
			if m.forms[i].Name == m.new {
				verdict = v.New
			}
			if verdict == schema.Lossy || verdict == schema.Error {
				m.forms[i].Fits = append(m.forms[i].Fits, schema.Fit{Value: v.Name, Verdict: verdict})
			}
		}
		if v.New == schema.Lossy {
			m.losses = append(m.losses, schema.Loss{Attribute: m.attribute.Name, Value: v.Name})
		}
	}
	m.start.Forms, m.goal.Forms = []string{m.old}, []string{m.new}
	if m.place.kind == schema.Topic {
		m.start.Retained = []string{m.old}
	}
	if m.constrained() {
		m.start.Refuses = []schema.Refusal{{Form: m.old, Value: schema.Null}}
		m.goal.Refuses = []schema.Refusal{{Form: m.new, Value: schema.Null}}
	}
	m.makes = m.oldMakes
}

// constrained says that columns refuse null.
func (m *move) constrained() bool { return m.notNull && m.place.kind == schema.Table }

// written are the values that a version writes which writes the old forms, the new ones, or both.
func (m *move) written(old, new bool) []string {
	var out []string
	if !m.notNull {
		out = append(out, schema.Null)
	}
	out = append(out, usual)
	for _, v := range m.values {
		if !(old && v.forward()) && !(new && v.New == schema.Error) {
			out = append(out, v.Name)
		}
	}
	return out
}

// foot is a footprint: the forms that are read, those that are written, and where records are made.
func (m *move) foot(u use, reads, writes, makes []string) footprint {
	f := footprint{makes: makes}
	if !u.makes {
		f.makes = nil
	}
	f.reads = m.read(u, nil, reads...)
	f.writes = m.write(m.written(slices.Contains(writes, m.old), slices.Contains(writes, m.new)), writes...)
	return f
}

// next are footprints one after the other: what is read or written changes, the other stays. Nil leaves it.
func (m *move) next(t *track, reads, writes, makes []string) footprint {
	f, now := m.foot(t.use, reads, writes, makes), t.now()
	if reads == nil {
		f.reads = now.reads
	}
	if writes == nil {
		f.writes = now.writes
	}
	if makes == nil {
		f.makes = now.makes
	}
	return f
}

// expand starts the recipe: what runs today, and the new forms.
func (m *move) expand(uses []use, more ...schema.Change) {
	m.prepare()
	m.begin(uses, func(u use) footprint { return m.foot(u, []string{m.old}, []string{m.old}, m.oldMakes) })
	if m.place.kind == schema.Table {
		m.list()
	}
	m.do(schema.Expand, "add "+m.new, append([]schema.Change{{Do: schema.Add, Form: m.new}}, more...)...)
}

// unfit are the values that have to be gone before the new forms are filled, because they cannot hold them.
func (m *move) unfit() {
	for _, v := range m.values {
		if v.New != schema.Error {
			continue
		}
		if v.Mend != "" {
			m.mend(m.old, v.Name, v.Mend, v.Where, m.defines(m.old, ""))
		}
		m.need(schema.Condition{Is: schema.Absent, Form: m.old, Value: v.Name})
		m.drain(writesValue(v.Name))
	}
}

// carry fills the new forms and says what must hold before anybody relies on them.
func (m *move) carry() {
	m.unfit()
	maintained := schema.Condition{Is: schema.Maintained, Form: m.new, From: m.old}
	m.need(maintained) // before that it is in vain
	m.fill(m.new, m.old, "", m.defines(m.new, m.old))
	m.need(maintained, schema.Condition{Is: schema.Proven, Form: m.new, From: m.old})
	m.caughtUp(m.new)
}

// drop ends the recipe.
func (m *move) drop(more ...schema.Change) {
	m.need(schema.Condition{Is: schema.Unused, Form: m.old})
	m.do(schema.Contract, "drop "+m.old, append(more, schema.Change{Do: schema.Drop, Form: m.old, Define: m.dropped(m.old)})...)
}

// constrain has the new form refuse null.
func (m *move) constrain() {
	if m.constrained() {
		m.refuse(m.new, schema.Null)
	}
}

// dual is the recipe by versions that write both: catalogue 5, 7, 8, 9, 12 and 32. The readers change while both are
// written, so that one may go back until the last writers change.
func (m *move) dual(uses []use) {
	m.expand(uses)
	m.deploy(schema.DeployPhase, func(t *track) footprint {
		return m.next(t, nil, []string{m.old, m.new}, union(m.oldMakes, m.newMakes))
	})
	m.carry()
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, []string{m.new}, nil, nil) })
	if m.key != nil {
		m.drain(readsForm(m.old)) // by an index that is about to go
		m.constrain()
		m.do(schema.Contract, "move the primary key to "+m.new, schema.Change{Do: schema.Accept, Form: m.old, Value: schema.Null, Define: m.key})
	} else if m.constrained() {
		m.accept("relax "+m.old, m.start.Refuses...)
	}
	m.drain(readsForm(m.old))
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, nil, []string{m.new}, m.newMakes) })
	if m.key == nil {
		m.constrain()
	}
	m.drop()
}

// expired asks that no message is left that is in the old form alone.
func (m *move) expired() {
	if m.place.kind == schema.Topic {
		m.need(schema.Condition{Is: schema.Expired, Form: m.old})
	}
}

// tolerant is the recipe by versions that read both: catalogue 21, 26 (a), 27, 30 and 31.
func (m *move) tolerant(uses []use) {
	m.expand(uses)
	m.deploy(schema.DeployPhase, func(t *track) footprint { return m.next(t, []string{m.new, m.old}, nil, nil) })
	readsOld := all(readsForm(m.old), not(readsForm(m.new)))
	m.drain(readsOld)
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, nil, []string{m.new}, m.newMakes) })
	m.drain(writesForm(m.old))
	m.expired()
	if m.place.kind == schema.Blob {
		m.unfit()
		m.fill(m.new, m.old, "", m.defines(m.new, m.old))
		m.drain(writesForm(m.old))
		m.need(schema.Condition{Is: schema.Proven, Form: m.new, From: m.old})
		m.caughtUp(m.new)
	}
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, []string{m.new}, nil, nil) })
	m.drop()
}

// twice is the recipe by versions that send both: catalogue 26 (b). Who reads and writes learns to do both at once.
func (m *move) twice(uses []use) {
	m.expand(uses)
	m.deploy(schema.DeployPhase, func(t *track) footprint {
		f := m.next(t, []string{m.new, m.old}, []string{m.old, m.new}, nil)
		if !t.writes {
			f.reads = t.now().reads
		}
		return f
	})
	m.drain(all(writesForm(m.old), not(writesForm(m.new))))
	m.expired()
	readers := func(t *track) footprint {
		if t.writes {
			return t.now()
		}
		return m.next(t, []string{m.new}, nil, nil)
	}
	m.deploy(schema.Switch, readers)
	m.drain(all(readsForm(m.old), not(readsForm(m.new))))
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, []string{m.new}, []string{m.new}, nil) })
	m.drop()
}

// triggers is the recipe by a database that writes both: catalogue 5t. No version has to know both.
func (m *move) triggers(uses []use) {
	var ties, unties []schema.Change
	for _, pair := range [][2]string{{m.old, m.new}, {m.new, m.old}} {
		define := m.defines(pair[1], pair[0])
		define.Kind = schema.DefineTrigger
		ties = append(ties, schema.Change{Do: schema.Tie, Form: pair[0], To: pair[1], Define: define})
		unties = append(unties, schema.Change{Do: schema.Untie, Form: pair[0], To: pair[1], Define: define})
	}
	m.expand(uses, ties...)
	m.carry()
	m.deploy(schema.Switch, func(t *track) footprint {
		f := m.next(t, []string{m.new}, []string{m.new}, m.newMakes)
		if t.writes {
			f.writes = m.write(m.written(true, true), m.new) // the trigger writes the old form too
		}
		return f
	})
	m.constrain()
	for _, one := range m.start.Refuses {
		unties = append(unties, schema.Change{Do: schema.Accept, Form: one.Form, Value: one.Value, Define: m.recipe.notNull(one.Form)})
	}
	m.drop(unties...)
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, nil, []string{m.new}, nil) })
}

// message chooses the order for a form that is sent, from what old readers make of new messages and new readers of old ones.
func (m *move) message(uses []use, oldReadsNew, newReadsOld bool) {
	switch {
	case newReadsOld:
		m.compatible(uses, oldReadsNew)
	case oldReadsNew:
		m.producersFirst(uses)
	case m.place.kind != schema.Blob && !m.alone && !slices.ContainsFunc(uses, func(u use) bool { return u.strict }) && cheaper(uses):
		m.twice(uses)
	default:
		m.tolerant(uses)
	}
}

// cheaper says that no fewer are deployed if readers read both than if writers write both; then writers do, because one
// may go back for longer. With the first, who only reads is deployed twice, who only writes once, who does both three times;
// with the second once, twice and twice.
func cheaper(uses []use) bool {
	readers, writers := 0, 0
	for _, u := range uses {
		if u.reads {
			readers++
		} else if u.writes {
			writers++
		}
	}
	return writers <= readers
}

// compatible is the order if new readers read what old writers wrote: readers first, or any if that goes both ways.
func (m *move) compatible(uses []use, oldReadsNew bool) {
	m.oldReads(uses, oldReadsNew)
	m.goal.Forms = []string{m.old, m.new} // what is in the old form stays readable
	reads := []string{m.new, m.old}
	if !oldReadsNew {
		m.deploy(schema.DeployPhase, func(t *track) footprint { return m.next(t, reads, nil, nil) })
		m.drain(all(readsForm(m.old), not(readsForm(m.new))))
	}
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, reads, []string{m.new}, m.newMakes) })
}

// producersFirst is the order if old readers read what new writers write, but not the other way round.
func (m *move) producersFirst(uses []use) {
	m.oldReads(uses, true)
	m.deploy(schema.DeployPhase, func(t *track) footprint { return m.next(t, nil, []string{m.new}, m.newMakes) })
	m.drain(writesForm(m.old))
	m.expired()
	m.deploy(schema.Switch, func(t *track) footprint { return m.next(t, []string{m.new}, nil, nil) })
	m.drop()
}

// oldReads begins with readers that may take the new form for the old one. That a message is
// in it is nothing that has to be arranged.
func (m *move) oldReads(uses []use, newToo bool) {
	m.prepare()
	reads := []string{m.old}
	if newToo {
		reads = append(reads, m.new)
	}
	m.begin(uses, func(u use) footprint { return m.foot(u, reads, []string{m.old}, m.oldMakes) })
	m.do(schema.Expand, "add "+m.new, schema.Change{Do: schema.Add, Form: m.new})
}
