package schema

import "fmt"

// plan makes the next step, goes on with it, or goes back.
func (m *mover) plan(s *state) {
	m.undo(s)
	if int(s.pos) >= len(m.steps) {
		return
	}
	step := &m.steps[s.pos]
	met := true
	for i := range step.needs {
		if !m.met(s, &step.needs[i]) {
			met = false
			m.repeat(s, &step.needs[i])
		}
	}
	switch {
	case step.form >= 0:
		m.backfill(s, step, met)
	case step.deploy >= 0:
		if met {
			next := *s
			next.fleet |= 1 << step.deploy
			next.pos++
			m.emit(move{act: starts, n: s.pos}, next, wrong{})
		}
	case len(step.changes) > 0:
		m.change(s, step, met)
	case met:
		next := *s
		next.pos++
		m.emit(move{act: starts, n: s.pos}, next, wrong{})
	}
}

// repeat goes back to the backfill that is to make the need hold.
func (m *mover) repeat(s *state, need *needOf) {
	for i := int(s.pos) - 1; i >= 0; i-- {
		if m.steps[i].mends(need) {
			next := *s
			next.pos = uint8(i)
			m.emit(move{act: again, n: uint8(i)}, next, wrong{})
			return
		}
	}
}

// mends says whether a step is a backfill that can make the need hold.
func (step *stepOf) mends(need *needOf) bool {
	switch need.is {
	case Proven, Absent:
		return step.form >= 0 && step.form == need.form
	case Expired:
		return step.from >= 0 && step.from == need.form // blobs in the old form
	}
	return false
}

// undo goes back before the last deployment of a service, if what it brought does not run any more.
func (m *mover) undo(s *state) {
	var seen uint64
	for i := int(s.pos) - 1; i >= 0; i-- {
		v := m.steps[i].deploy
		if v < 0 || seen&(1<<v) != 0 {
			continue
		}
		mates := m.service(m.versions[v].service)
		seen |= mates
		if s.fleet&mates>>v == 0 {
			next := *s
			next.pos = uint8(i)
			m.emit(move{act: undone, n: uint8(i)}, next, wrong{})
		}
	}
}

// change makes the changes of a step, or finds them made. Between the two anything can happen: the executor may have
// been told late, or never.
func (m *mover) change(s *state, step *stepOf, met bool) {
	next := *s
	if step.inForce(&s.schema) {
		next.pos++
		m.emit(move{act: counted, n: s.pos}, next, wrong{})
		return
	}
	if met {
		w := m.apply(&next, step)
		m.emit(move{act: starts, n: s.pos}, next, w)
	}
}

// inForce says that the schema is as the step would make it.
func (step *stepOf) inForce(s *schemaFacts) bool {
	for i := range step.changes {
		change := &step.changes[i]
		exists, refuses := s.exists&(1<<change.form) != 0, s.refuses&(1<<change.bit) != 0
		checked, tied := s.checked&(1<<change.bit) != 0, s.syncs&(1<<change.bit) != 0
		is := false
		switch change.do {
		case Add:
			is = exists
		case Drop:
			is = !exists
		case Refuse:
			is = refuses && (checked || change.unchecked)
		case Accept:
			is = !refuses
		case Tie:
			is = tied
		case Untie:
			is = !tied
		}
		if !is {
			return false
		}
	}
	return true
}

// made is the position in the plan if what was made, and is not over, counts.
func (c *component) made(s *state) int {
	at := int(s.pos)
	for at < len(c.steps) && len(c.steps[at].changes) > 0 && c.steps[at].inForce(&s.schema) {
		at++
	}
	return at
}

func (m *mover) apply(s *state, step *stepOf) (w wrong) {
	for i := range step.changes {
		change := &step.changes[i]
		bit := uint8(1) << change.form
		switch change.do {
		case Add:
			w = m.add(s, change.form)
		case Drop:
			m.altered(s, s.schema.exists&bit != 0, change.form)
			s.schema.exists &^= bit
		case Refuse:
			s.schema.refuses |= 1 << change.bit
			if !change.unchecked {
				s.schema.checked |= 1 << change.bit
				w = m.check(s, change, step)
			}
		case Accept:
			s.schema.refuses &^= 1 << change.bit
			s.schema.checked &^= 1 << change.bit
		case Tie:
			s.schema.syncs |= 1 << change.bit
		case Untie:
			s.schema.syncs &^= 1 << change.bit
		}
		if w.is() {
			break
		}
	}
	s.tidy(m.component)
	return w
}

func (m *mover) add(s *state, form int) wrong {
	bit := uint8(1) << form
	if s.schema.exists&bit != 0 {
		return wrong{}
	}
	f := &m.forms[form]
	fresh := s.schema.exists&m.sharing[f.of] == 0
	s.schema.exists |= bit
	if !fresh {
		return wrong{} // the data is there under another name
	}
	m.altered(s, true, form)
	for r := range m.records {
		if f.kind == Table && s.records[r].has&(1<<f.store) != 0 {
			s.records[r].cells[f.of] = cell{content: unset}
		}
	}
	return wrong{}
}

// altered surprises the running versions that do not list the table's columns.
func (m *mover) altered(s *state, is bool, form int) {
	if !is {
		return
	}
	each(s.fleet, func(i int) {
		if m.versions[i].star&(1<<m.forms[form].store) != 0 {
			s.surprise |= 1 << i
		}
	})
}

// check looks at all rows for what the step refuses.
func (m *mover) check(s *state, change *changeOf, step *stepOf) wrong {
	at := m.refused[change.bit]
	form := &m.forms[at.form]
	for r := range m.records {
		rec := &s.records[r]
		if rec.has&(1<<form.store) != 0 && s.schema.exists&(1<<at.form) != 0 && rec.cells[form.of].content == at.value {
			return wrong{StepFails, fmt.Sprintf("step %q fails: record %d has %s in %s", step.Name, r+1, m.say(at.value), form.name)}
		}
	}
	return wrong{}
}

// backfill does one record, or is over: that it went through all records says nothing about what was written since.
func (m *mover) backfill(s *state, step *stepOf, met bool) {
	over := *s
	over.pos++
	m.emit(move{act: counted, n: s.pos}, over, wrong{})
	for r := range m.records {
		at := move{act: fills, records: 1 << r}
		next, w := *s, wrong{}
		switch {
		case !met:
			continue
		case step.Backfill.Mode == OneStatement || step.from < 0:
			w = m.fill(&next, step, r)
		case s.hand[r].step == 0 && s.records[r].has&(1<<m.forms[step.from].store) != 0:
			at.act = takes
			w = m.lacks(s, step)
			next.hand[r] = held{s.pos + 1, s.records[r].cells[m.forms[step.from].of]}
		}
		if next != *s || w.is() {
			m.emit(at, next, w)
		}
	}
}

// late are batches that were read and are written now.
func (m *mover) late(s *state) {
	for r := range m.records {
		if s.hand[r].step != 0 {
			next := *s
			w := m.give(&next, r)
			m.emit(move{act: gives, records: 1 << r}, next, w)
		}
	}
}

// fill does one record in one statement.
func (m *mover) fill(s *state, step *stepOf, r int) (w wrong) {
	rec := &s.records[r]
	form := &m.forms[step.form]
	if w = m.lacks(s, step); w.is() {
		return w
	}
	switch {
	case step.from >= 0:
		w = m.convert(s, rec, step.from, step.form, step.who)
	case rec.has&(1<<form.store) != 0 && rec.cells[form.of].content == step.instead && rec.meant == step.instead:
		rec.meant = step.value
		w = m.put(rec, step.form, step.value, fresh, step.who)
	}
	return m.failed(s, rec, step, w)
}

// lacks says that a form that a backfill needs does not exist.
func (m *mover) lacks(s *state, step *stepOf) wrong {
	lacks := func(f int) bool { return s.schema.exists&(1<<f) == 0 }
	if lacks(step.form) || step.from >= 0 && lacks(step.from) && m.forms[step.from].kind != Blob { // no blob is in it, then
		return wrong{StepFails, fmt.Sprintf("step %q fails: a form that it needs does not exist", step.Name)}
	}
	return wrong{}
}

// give writes what was read, if there is still something to be written to.
func (m *mover) give(s *state, r int) (w wrong) {
	rec, hand := &s.records[r], s.hand[r]
	step := &m.steps[hand.step-1]
	form := &m.forms[step.form]
	s.hand[r] = held{}
	if rec.has&(1<<m.forms[step.from].store) == 0 || s.schema.exists&(1<<step.form) == 0 {
		return wrong{}
	}
	m.rows(s, rec, 1<<form.store)
	if hand.content != gone {
		w = m.put(rec, step.form, hand.content, hand.quality, step.who)
	}
	return m.failed(s, rec, step, w)
}

// failed tidies up after a batch, and says whether it failed.
func (m *mover) failed(s *state, rec *record, step *stepOf, w wrong) wrong {
	if !w.is() {
		w = m.constraints(s, rec, 1<<m.forms[step.form].store, step.who)
	}
	if w.is() {
		w.kind = StepFails
	}
	s.tidy(m.component)
	return w
}
