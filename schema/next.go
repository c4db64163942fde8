package schema

// mover lists what can happen in a state. Its results are passed to reach: the move, the state after it, and what
// went wrong in it.
type mover struct {
	*component
	horizon [][]uint64 // by position and the highest one ever: versions to which anybody may roll
	frozen  bool       // no step is made: only versions, transactions, replicas and messages move
	safe    map[state]bool
	reach   func(move, state, wrong)
}

// all lists everything that can happen.
func (m *mover) all(s *state) {
	m.operations(s)
	m.transactions(s)
	m.late(s)
	m.surroundings(s)
	if !m.frozen {
		m.plan(s)
	}
	m.fleet(s)
}

// operations are what the running versions do.
func (m *mover) operations(s *state) {
	each(s.fleet, func(i int) {
		v := &m.versions[i]
		if s.surprise&(1<<i) != 0 {
			m.reach(move{act: surprised, n: uint8(i)}, *s, fails(
				"%s does not list the columns of a table that changed under it, so its next statement fails", v.ref))
			return
		}
		m.writes(s, i, v)
		m.touches(s, i, v)
		kept := m.keptBy(v)
		if topics := v.makes &^ kept; topics != 0 && v.written&^m.kept() == 0 && m.data {
			next := *s
			w := m.publish(&next, v, shape{stores: topics, value: unset})
			m.emit(move{act: makes, n: uint8(i)}, next, w)
		}
		if kept == 0 {
			return
		}
		for r := range m.records {
			m.keeps(s, i, v, r)
		}
	})
}

// touches are updates that have nothing to do with the attribute: they check the whole row, old mistakes included.
func (m *mover) touches(s *state, i int, v *versionOf) {
	rows := m.keptBy(v)
	each(v.written&m.kept(), func(f int) { rows |= 1 << m.forms[f].store })
	for r := range m.records {
		if w := m.constraints(s, &s.records[r], rows, v.ref); w.is() {
			m.reach(move{act: touches, n: uint8(i), records: 1 << r}, *s, w)
		}
	}
}

// keptBy are the stores that keep records in which a version makes and deletes rows.
func (c *component) keptBy(v *versionOf) (mask uint8) {
	each(v.makes, func(i int) {
		if c.stores[i].Kind.keeps() {
			mask |= 1 << i
		}
	})
	return mask
}

// keeps are a version's operations on one record apart from writes of the attribute.
func (m *mover) keeps(s *state, i int, v *versionOf, r int) {
	at := move{n: uint8(i), records: 1 << r}
	if s.records[r].meant == gone {
		if v.written&m.kept() == 0 && m.data {
			next := *s
			w := m.plain(&next, v, r)
			at.act = makes
			m.emit(at, next, w)
		}
		return
	}
	next := *s
	next.hand[r] = held{}
	m.forget(&next, v, r)
	at.act = deletes
	m.emit(at, next, wrong{})
	if v.whole != 0 && v.written == 0 {
		next = *s
		for f := range m.forms {
			if v.whole&(1<<m.forms[f].store) != 0 {
				next.records[r].cells[f] = cell{}
			}
		}
		next.tidy(m.component)
		at.act = rewrites
		m.emit(at, next, wrong{})
	}
}

func (m *mover) writes(s *state, i int, v *versionOf) {
	if len(v.groups) == 0 {
		return
	}
	last := m.records
	if v.written&m.kept() == 0 {
		last = 1 // messages are of no record
	}
	for _, value := range v.writes {
		for r := range last {
			next := *s
			done, w := m.group(&next, v, r, value, 0, false)
			if !done {
				continue
			}
			m.touch(&next, v, r)
			if len(v.groups) > 1 {
				if s.tx.version != 0 {
					continue
				}
				next.tx = transaction{version: uint8(i) + 1, records: 1 << r, value: value, group: 1}
			}
			m.emit(move{act: writes, n: uint8(i), records: 1 << r, value: value}, next, w)
		}
		if s.tx.version == 0 && len(v.groups) == 1 && v.written&m.kept() != 0 {
			for _, rows := range []uint8{1, 1<<m.records - 1} {
				next := *s
				next.tx = transaction{version: uint8(i) + 1, records: rows, value: value}
				m.emit(move{act: opens, n: uint8(i), records: rows, value: value}, next, wrong{})
			}
		}
	}
}

// touch is what a write of a version does to what others are doing with the record.
func (m *mover) touch(s *state, v *versionOf, r int) {
	if s.tx.version != 0 && s.tx.group > 0 && s.tx.records&(1<<r) != 0 {
		s.tx.late = true
	}
	if h := &s.hand[r]; h.step != 0 {
		h.quality = stale
		if m.steps[h.step-1].Backfill.Mode == CompareAndSet {
			*h = held{}
		}
	}
}

// transactions go on, or are lost.
func (m *mover) transactions(s *state) {
	t := s.tx
	if t.version == 0 {
		return
	}
	v := &m.versions[t.version-1]
	next, w := *s, wrong{}
	for r := range m.records {
		if t.records&(1<<r) == 0 || w.is() {
			continue
		}
		_, w = m.group(&next, v, r, t.value, int(t.group), t.late)
		if t.group == 0 {
			m.touch(&next, v, r)
		}
	}
	next.tx.group++
	if int(next.tx.group) >= len(v.groups) {
		next.tx = transaction{}
	}
	m.emit(move{act: goesOn}, next, w)
	next = *s
	next.tx = transaction{}
	m.emit(move{act: loses}, next, wrong{})
}

// surroundings are replicas and retention.
func (m *mover) surroundings(s *state) {
	if m.replica {
		if now := s.copy(m.component); now != s.replica {
			next := *s
			next.replica = now
			m.emit(move{act: lags}, next, wrong{})
		}
	}
	each(s.retained, func(e int) {
		next := *s
		next.retained &^= 1 << e
		m.emit(move{act: expires, n: uint8(e)}, next, wrong{})
	})
}

// emit passes on a state with what is wrong in it.
func (m *mover) emit(by move, next state, w wrong) {
	if !w.is() {
		w = m.observe(&next)
	}
	if !m.frozen {
		next.top = max(next.top, uint8(m.made(&next)))
	}
	m.reach(by, next, w)
}

// fleet moves the services.
func (m *mover) fleet(s *state) {
	horizon := uint64(0)
	if !m.frozen {
		horizon = m.horizon[m.made(s)][s.top]
	}
	each(s.fleet, func(i int) {
		mates := s.fleet & m.service(m.versions[i].service)
		rest := mates &^ (1 << i)
		newest := mates>>i == 1
		if rest == 0 || !m.frozen && newest && rest&^horizon != 0 {
			return
		}
		next := *s
		next.fleet &^= 1 << i
		next.surprise &^= 1 << i
		act := leaves
		if newest {
			act = withdrawn
		}
		m.emit(move{act: act, n: uint8(i)}, next, wrong{})
	})
	if m.frozen || s.tx.version != 0 && s.fleet&(1<<(s.tx.version-1)) == 0 {
		return // the last roll is over when nothing is left of it
	}
	for service := range m.services {
		mates := s.fleet & m.service(service)
		if mates == 0 || mates&(mates-1) != 0 {
			continue
		}
		each(horizon&m.service(service)&^mates, func(u int) {
			next := *s
			next.fleet |= 1 << u
			m.emit(move{act: rolls, n: uint8(u)}, next, wrong{})
		})
	}
}

// service are the versions of one.
func (c *component) service(n int) (mask uint64) {
	for i := range c.versions {
		if c.versions[i].service == n {
			mask |= 1 << i
		}
	}
	return mask
}
