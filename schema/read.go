package schema

import "fmt"

// observe says what goes wrong if every running version reads all there is to read.
func (c *component) observe(s *state) (out wrong) {
	each(s.fleet, func(i int) {
		v := &c.versions[i]
		for k := range v.reads {
			if !out.is() {
				out = c.readStore(s, v, &v.reads[k])
			}
		}
		if out.is() {
			return
		}
		each(s.retained, func(e int) {
			if !out.is() && c.subscribes(v, c.shapes[e].stores) {
				out = c.receive(v, c.shapes[e], "a message")
			}
		})
	})
	if !out.is() {
		out = c.unread(s)
	}
	return out
}

// readStore reads all records, here or from the replica.
func (c *component) readStore(s *state, v *versionOf, read *readOf) wrong {
	exists, records := s.schema.exists, &s.records
	where := ""
	if read.replica {
		exists, records, where = s.replica.exists, &s.replica.records, " on a replica"
	}
	var mask uint8 // what it reads in tables and blobs
	for _, f := range read.forms {
		if !c.forms[f].kind.keeps() && c.data {
			continue
		}
		mask |= 1 << f
		if exists&(1<<f) == 0 && c.forms[f].kind != Blob {
			return fails("%s reads %s, which does not exist%s", v.ref, c.forms[f].name, where)
		}
	}
	if mask == 0 {
		return wrong{}
	}
	for i := range c.records {
		if w := c.readRecord(v, read, &records[i], mask, where); w.is() {
			return w
		}
	}
	return wrong{}
}

func (c *component) readRecord(v *versionOf, read *readOf, r *record, mask uint8, where string) wrong {
	for _, f := range read.forms {
		if mask&(1<<f) == 0 {
			continue
		}
		at := r.cells[c.forms[f].of]
		if at.content <= unset {
			continue
		}
		name := c.forms[f].name
		switch {
		case r.meant == gone:
			return wrong{Stale, fmt.Sprintf("%s reads %s of a record that was deleted%s", v.ref, name, where)}
		case at.quality == stale:
			return wrong{Stale, fmt.Sprintf("%s reads %s%s, which does not say what was written last", v.ref, name, where)}
		case at.quality == lossy && !c.accepted[r.meant]:
			return wrong{LosesMeaning, fmt.Sprintf("%s reads %s%s, which lost meaning: %s was written", v.ref, name, where, c.say(r.meant))}
		}
		return c.take(v, read, at.content, f, where)
	}
	switch {
	case r.meant == gone:
		return wrong{}
	case r.meant == unset && c.nullable:
		return c.take(v, read, unset, read.forms[0], where)
	case r.meant == unset:
		return wrong{Stale, fmt.Sprintf("%s reads %s%s of a record that was made without it", v.ref, c.forms[read.forms[0]].name, where)}
	}
	if c.forms[read.forms[0]].kind == Blob {
		return fails("%s cannot decode the record%s: it is in no form that it reads", v.ref, where)
	}
	return wrong{Stale, fmt.Sprintf("%s reads null in %s%s, but %s was written", v.ref, c.forms[read.forms[0]].name, where, c.say(r.meant))}
}

// take is what a version does with a value that it reads in a form.
func (c *component) take(v *versionOf, read *readOf, value content, form int, where string) wrong {
	verdict := read.takes[value]
	switch {
	case verdict == Error:
		return fails("%s reads %s%s and does not take %s", v.ref, c.forms[form].name, where, c.say(value))
	case verdict == Lossy && !c.accepted[value]:
		return wrong{LosesMeaning, fmt.Sprintf("%s reads %s%s and loses what %s means", v.ref, c.forms[form].name, where, c.say(value))}
	}
	return wrong{}
}

// subscribes says whether the version reads a form in one of the stores, or refuses what it does not know there.
func (c *component) subscribes(v *versionOf, stores uint8) bool {
	for i := range v.reads {
		for _, f := range v.reads[i].forms {
			if stores&(1<<c.forms[f].store) != 0 {
				return true
			}
		}
	}
	return v.strict&stores != 0
}

// receive is what the version does with a message.
func (c *component) receive(v *versionOf, m shape, who string) wrong {
	var knows uint8
	for i := range v.reads {
		knows |= v.reads[i].mask
	}
	for f := range c.forms {
		form := &c.forms[f]
		if m.forms&(1<<f) != 0 && knows&(1<<f) == 0 && v.strict&(1<<form.store) != 0 {
			return fails("%s: %s refuses the unknown %s", who, v.ref, form.name)
		}
	}
	for i := range v.reads {
		if w := c.decode(v, &v.reads[i], m, who); w.is() {
			return w
		}
	}
	return wrong{}
}

func (c *component) decode(v *versionOf, read *readOf, m shape, who string) wrong {
	for _, f := range read.forms {
		form := &c.forms[f]
		if m.forms&(1<<f) == 0 {
			continue
		}
		if form.fit(m.value) == Lossy && !c.accepted[m.value] {
			return wrong{LosesMeaning, fmt.Sprintf("%s: %s lost meaning: %s was sent", who, form.name, c.say(m.value))}
		}
		return c.take(v, read, m.value, f, "").by(who)
	}
	if m.value == unset && m.forms == 0 {
		if !c.nullable {
			return fails("%s: %s is not set, and %s needs it", who, c.name, v.ref)
		}
		if len(read.forms) == 0 {
			return wrong{}
		}
		return c.take(v, read, unset, read.forms[0], "").by(who)
	}
	if len(read.forms) > 0 && c.forms[read.forms[0]].kind.keeps() {
		return wrong{} // it reads the attribute elsewhere
	}
	return fails("%s: %s cannot decode it: it is in no form that it reads", who, v.ref)
}

// unread finds a message that nobody of a service which reads such messages gets to see.
func (c *component) unread(s *state) (out wrong) {
	each(s.retained, func(e int) {
		for service := range c.services {
			wants, gets := false, false
			each(s.fleet, func(i int) {
				v := &c.versions[i]
				if v.service != service {
					return
				}
				for k := range v.reads {
					for _, f := range v.reads[k].forms {
						wants = wants || c.forms[f].kind == Topic
					}
				}
				gets = gets || c.subscribes(v, c.shapes[e].stores)
			})
			if wants && !gets && !out.is() {
				out = wrong{Unread, fmt.Sprintf("nobody of %s reads a message that is in %s only", c.serviceName(service), c.storeNames(c.shapes[e].stores))}
			}
		}
	})
	return out
}

func (c *component) serviceName(service int) string {
	for i := range c.versions {
		if c.versions[i].service == service {
			return c.plan.Versions[i].Service
		}
	}
	return ""
}

func (c *component) storeNames(stores uint8) string {
	text := ""
	each(stores, func(i int) {
		if text != "" {
			text += " and "
		}
		text += c.stores[i].Name
	})
	return text
}
