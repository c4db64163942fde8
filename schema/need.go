package schema

// met says whether a condition holds in the world as it is.
func (c *component) met(s *state, n *needOf) bool {
	switch n.is {
	case Drained:
		return s.fleet&(1<<n.version) == 0 && int(s.tx.version) != n.version+1
	case Maintained:
		out := true
		each(s.fleet, func(i int) { out = out && c.maintains(s, &c.versions[i], n.from, n.form) })
		return out
	case Proven:
		return (n.once || !c.disturbs(s, n)) && c.proven(s, n)
	case Absent:
		return (n.once || !c.brings(s, n)) && c.absent(s, n)
	case Unused:
		out := true
		each(s.alive(n.once), func(i int) { out = out && !c.uses(&c.versions[i], n.form) })
		return out
	case Expired:
		return c.expired(s, n.form)
	case CaughtUp:
		return !c.replica || s.replica == s.copy(c)
	}
	return false
}

// alive are the versions that run, and the one that may have left a transaction behind, if it is asked for.
func (s *state) alive(once bool) uint64 {
	if s.tx.version == 0 || once {
		return s.fleet
	}
	return s.fleet | 1<<(s.tx.version-1)
}

// copy is what a replica has when it has caught up.
func (s *state) copy(c *component) copied {
	if !c.replica {
		return copied{}
	}
	return copied{s.schema.exists, s.records}
}

// maintains says whether the version, if it writes one form, writes the other in the same transaction, or has it
// written by a trigger. What makes rows without writing the attribute leaves both alike: nothing is set in either.
func (c *component) maintains(s *state, v *versionOf, from, to int) bool {
	if v.written&(1<<from) == 0 {
		return (v.written == 0 || v.written&(1<<to) == 0) && c.deletesBoth(s, v, from, to)
	}
	for _, group := range v.groups {
		var mask uint8
		for _, f := range group {
			mask |= 1 << f
		}
		if mask&(1<<from) == 0 {
			continue
		}
		together := mask&(1<<to) != 0
		each(s.schema.syncs, func(i int) { together = together || c.tied[i] == [2]int{from, to} })
		if !together {
			return false
		}
	}
	return c.deletesBoth(s, v, from, to)
}

// deletesBoth says that a version which makes and deletes rows with one form does so with the other.
func (c *component) deletesBoth(s *state, v *versionOf, from, to int) bool {
	a, b := uint8(1)<<c.forms[from].store, uint8(1)<<c.forms[to].store
	if a == b || (v.makes&a == 0) == (v.makes&b == 0) {
		return true
	}
	tied := false
	each(s.schema.syncs, func(i int) { tied = tied || c.tied[i] == [2]int{from, to} })
	return tied
}

// disturbs says that a transaction is open that may undo what is being proven.
func (c *component) disturbs(s *state, n *needOf) bool {
	if s.tx.version == 0 {
		return false
	}
	v := &c.versions[s.tx.version-1]
	return n.from < 0 || s.tx.group > 0 || !c.maintains(s, v, n.from, n.form)
}

// proven compares the two forms in every record.
func (c *component) proven(s *state, n *needOf) bool {
	for i := range c.records {
		r := &s.records[i]
		a, b := r.cells[c.forms[n.from].of], r.cells[c.forms[n.form].of]
		if r.has&(1<<c.forms[n.from].store) == 0 {
			if r.has&(1<<c.forms[n.form].store) != 0 {
				return false // a ghost
			}
			continue
		}
		if c.forms[n.from].kind == Blob && a.content == gone {
			continue // it is in the other form already
		}
		if a.content != b.content || (a.quality == stale) != (b.quality == stale) {
			return false
		}
	}
	return true
}

// brings says that a transaction is open that may write the value.
func (c *component) brings(s *state, n *needOf) bool {
	if s.tx.version == 0 {
		return false
	}
	v := &c.versions[s.tx.version-1]
	return s.tx.value == n.value || v.written&(1<<n.form) == 0
}

func (c *component) absent(s *state, n *needOf) bool {
	form := &c.forms[n.form]
	if !form.kind.keeps() {
		out := true
		each(s.retained, func(e int) {
			m := c.shapes[e]
			out = out && !(m.value == n.value && m.stores&(1<<form.store) != 0)
		})
		return out
	}
	for i := range c.records {
		r := &s.records[i]
		if r.has&(1<<form.store) != 0 && r.cells[form.of].content == n.value {
			return false
		}
	}
	return true
}

func (c *component) uses(v *versionOf, form int) bool {
	if v.written&(1<<form) != 0 {
		return true
	}
	for i := range v.reads {
		if v.reads[i].mask&(1<<form) != 0 {
			return true
		}
	}
	return false
}

// expired says that nothing that is kept is in the form alone: neither a message nor a blob.
func (c *component) expired(s *state, form int) bool {
	out := true
	each(s.retained, func(e int) { out = out && c.shapes[e].forms != 1<<form })
	for i := range c.records {
		out = out && (c.forms[form].kind != Blob || s.records[i].cells[c.forms[form].of].content == gone)
	}
	return out
}
