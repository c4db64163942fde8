package schema

import "fmt"

// wrong is what went wrong, in words; the empty one is nothing.
type wrong struct {
	kind Wrong
	text string
}

func (w wrong) is() bool { return w.kind != "" }

func fails(format string, args ...any) wrong { return wrong{Fails, fmt.Sprintf(format, args...)} }

// by says in what it went wrong.
func (w wrong) by(what string) wrong {
	if w.is() {
		w.text = what + ": " + w.text
	}
	return w
}

// say names a content for people, with its witness.
func (c *component) say(v content) string {
	switch v {
	case gone:
		return "no record"
	case unset:
		return "null"
	}
	one := c.values[v-firstV]
	if one.Witness != "" && one.Witness != one.Name {
		return one.Name + " (" + one.Witness + ")"
	}
	return one.Name
}

// fit is what becomes of a value in a form.
func (f *formOf) fit(v content) Verdict {
	if verdict := f.fits[v]; verdict != "" {
		return verdict
	}
	return OK
}

// group carries out one transaction of a write: the forms of group g, and what follows from them. It says whether
// the write can be done at all: a version that makes no rows cannot write to a record that is not there.
func (c *component) group(s *state, v *versionOf, rec int, value content, g int, late bool) (bool, wrong) {
	r := &s.records[rec]
	if v.written&c.kept() == 0 {
		return true, c.send(s, v, value, g) // messages alone are of no record
	}
	if r.meant == gone && (g > 0 || late || !c.canMake(v)) {
		return g > 0, wrong{} // deleted since: an update finds nothing
	}
	inserts := r.meant == gone
	if g == 0 && !late {
		for f := range c.forms {
			if r.cells[f].content > unset {
				r.cells[f].quality = stale
			}
		}
		r.meant = value
	}
	c.makeRows(s, v, r, g, inserts)
	var mask, touched uint8
	for _, f := range v.groups[g] {
		form := &c.forms[f]
		if s.schema.exists&(1<<f) == 0 {
			return true, fails("%s writes %s, which does not exist", v.ref, form.name)
		}
		if !form.kind.keeps() || r.has&(1<<form.store) == 0 {
			continue
		}
		q := quality(fresh)
		if late {
			q = stale
		}
		mask |= 1 << f
		touched |= 1 << form.store
		if w := c.put(r, f, value, q, v.ref); w.is() {
			return true, w
		}
	}
	if w := c.trigger(s, r, mask, &touched); w.is() {
		return true, w
	}
	if inserts && g == 0 {
		touched |= v.makes
	}
	if w := c.constraints(s, r, touched, v.ref); w.is() {
		return true, w
	}
	s.tidy(c)
	return true, c.send(s, v, value, g)
}

// kept are the forms in stores that keep records.
func (c *component) kept() (mask uint8) {
	for f := range c.forms {
		if c.forms[f].kind.keeps() {
			mask |= 1 << f
		}
	}
	return mask
}

// canMake says whether a write of the version can make a record.
func (c *component) canMake(v *versionOf) bool {
	can := false
	each(v.written, func(f int) {
		can = can || c.forms[f].kind.keeps() && v.makes&(1<<c.forms[f].store) != 0
	})
	return can
}

// makeRows makes the rows that the transaction inserts: of the stores of its forms, and with the first one of all other
// stores that the version makes rows in and writes nothing to.
func (c *component) makeRows(s *state, v *versionOf, r *record, g int, inserts bool) {
	var mine, all uint8
	for i, group := range v.groups {
		for _, f := range group {
			if i == g {
				mine |= 1 << c.forms[f].store
			}
			all |= 1 << c.forms[f].store
		}
	}
	rows := mine & v.makes
	if inserts && g == 0 {
		rows |= v.makes &^ all
	}
	c.rows(s, r, rows)
}

// rows makes rows in stores where there are none; in them nothing is set.
func (c *component) rows(s *state, r *record, stores uint8) {
	for f := range c.forms {
		form := &c.forms[f]
		bit := uint8(1) << form.store
		if form.of != f || !form.kind.keeps() || stores&bit == 0 || r.has&bit != 0 {
			continue
		}
		r.cells[f] = cell{}
		if form.kind == Table && s.schema.exists&c.sharing[f] != 0 {
			r.cells[f].content = unset
		}
	}
	for i := range c.stores {
		if stores&(1<<i) != 0 && c.stores[i].Kind.keeps() {
			r.has |= 1 << i
		}
	}
}

// put writes a value into a form's cell.
func (c *component) put(r *record, f int, value content, q quality, who string) wrong {
	form := &c.forms[f]
	switch form.fit(value) {
	case Error:
		return fails("%s writes %s, which %s cannot hold", who, c.say(value), form.name)
	case Lossy:
		q = max(q, lossy)
	}
	if form.kind == Blob {
		for other := range c.forms {
			if c.forms[other].store == form.store {
				r.cells[other] = cell{}
			}
		}
	}
	r.cells[form.of] = cell{value, q}
	return wrong{}
}

// trigger lets the triggers in force write what the transaction did not.
func (c *component) trigger(s *state, r *record, mask uint8, touched *uint8) (out wrong) {
	each(s.schema.syncs, func(i int) {
		from, to := c.tied[i][0], c.tied[i][1]
		if out.is() || mask&(1<<from) == 0 || mask&(1<<to) != 0 {
			return
		}
		if s.schema.exists&(1<<to) == 0 {
			out = fails("the trigger on %s writes %s, which does not exist", c.forms[from].name, c.forms[to].name)
			return
		}
		*touched |= 1 << c.forms[to].store
		out = c.convert(s, r, from, to, "the trigger")
	})
	return out
}

// convert writes into a form what another form says.
func (c *component) convert(s *state, r *record, from, to int, who string) wrong {
	at := r.cells[c.forms[from].of]
	store := uint8(1) << c.forms[to].store
	if r.has&(1<<c.forms[from].store) == 0 {
		if store != 1<<c.forms[from].store {
			c.remove(r, store)
		}
		return wrong{}
	}
	c.rows(s, r, store)
	if at.content == gone {
		return wrong{} // the blob has another form
	}
	return c.put(r, to, at.content, at.quality, who)
}

// remove deletes the rows of stores.
func (c *component) remove(r *record, stores uint8) {
	r.has &^= stores
	for f := range c.forms {
		if stores&(1<<c.forms[f].store) != 0 {
			r.cells[f] = cell{}
		}
	}
}

// constraints checks the row in the stores that were touched.
func (c *component) constraints(s *state, r *record, touched uint8, who string) (out wrong) {
	each(s.schema.refuses, func(i int) {
		at := c.refused[i]
		form := &c.forms[at.form]
		if out.is() || touched&(1<<form.store) == 0 || r.has&(1<<form.store) == 0 || s.schema.exists&(1<<at.form) == 0 {
			return
		}
		if r.cells[form.of].content == at.value {
			out = fails("%s writes a row in which %s is %s, and that is refused", who, form.name, c.say(at.value))
		}
	})
	return out
}

// plain makes a record, or sends a message, of which the version knows nothing of the attribute.
func (c *component) plain(s *state, v *versionOf, rec int) wrong {
	r := &s.records[rec]
	r.meant = unset
	c.rows(s, r, v.makes)
	s.tidy(c)
	return c.constraints(s, r, v.makes, v.ref)
}

// forget deletes a record where the version deletes.
func (c *component) forget(s *state, v *versionOf, rec int) {
	r := &s.records[rec]
	r.meant = gone
	for f := range c.forms {
		if r.cells[f].content > unset {
			r.cells[f].quality = stale
		}
	}
	deleted := v.makes & r.has
	c.remove(r, deleted)
	each(s.schema.syncs, func(i int) { // deletes fire triggers too
		from, to := c.forms[c.tied[i][0]].store, c.forms[c.tied[i][1]].store
		if deleted&(1<<from) != 0 && from != to {
			c.remove(r, 1<<to)
		}
	})
	s.tidy(c)
}

// send publishes the forms of the transaction that are in topics or calls.
func (c *component) send(s *state, v *versionOf, value content, g int) wrong {
	var one shape
	one.value = value
	for _, f := range v.groups[g] {
		form := &c.forms[f]
		if form.kind.keeps() {
			continue
		}
		if s.schema.exists&(1<<f) == 0 {
			return fails("%s sends %s, which does not exist", v.ref, form.name)
		}
		if form.fit(value) == Error {
			return fails("%s sends %s, which %s cannot hold", v.ref, c.say(value), form.name)
		}
		one.stores |= 1 << form.store
		one.forms |= 1 << f
	}
	if one.stores == 0 {
		return wrong{}
	}
	return c.publish(s, v, one)
}

// publish keeps a message, or lets it be read at once if it is a call.
func (c *component) publish(s *state, v *versionOf, one shape) (out wrong) {
	var calls shape
	calls.value = one.value
	kept := one
	for f := range c.forms {
		bit := uint8(1) << f
		if one.forms&bit != 0 && c.forms[f].kind == Call {
			kept.forms &^= bit
			calls.forms |= bit
		}
	}
	for i := range c.stores {
		bit := uint8(1) << i
		if one.stores&bit != 0 && c.stores[i].Kind == Call {
			kept.stores &^= bit
			calls.stores |= bit
		}
	}
	if calls.stores != 0 {
		each(s.fleet, func(i int) {
			if !out.is() {
				out = c.receive(&c.versions[i], calls, "a call of "+v.ref)
			}
		})
	}
	if kept.stores != 0 && !out.is() {
		if i, ok := c.event(kept); ok {
			s.retained |= 1 << i
		}
	}
	return out
}
