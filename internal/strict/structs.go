package strict

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// structure reads an object into a struct.
func (d *decoder) structure(v reflect.Value, n *node) {
	l := layoutOf(v.Type())
	switch {
	case l.flaw != "":
		d.add(nil, "cannot be read: "+l.flaw)
		return
	case n.form != formObject:
		d.refuse(n, "must be an object")
		return
	}
	var given [][]string // by inline field, the kinds seen
	for i := range n.members {
		m := &n.members[i]
		d.key(m.key)
		if m.again {
			d.add(nil, ruleOnce)
		}
		if at, ok := l.byName[m.key]; ok {
			d.value(v.FieldByIndex(l.fields[at].index), &m.value)
		} else if at, ok := d.inlineField(l, m.key); ok {
			if given == nil {
				given = make([][]string, len(l.fields))
			}
			if !m.again {
				given[at] = append(given[at], m.key)
			}
			d.kind(v.FieldByIndex(l.fields[at].index), m)
		} else {
			d.unknown(l, m.key)
		}
		d.back()
	}
	for _, kinds := range given {
		if len(kinds) > 1 {
			slices.Sort(kinds)
			d.add(nil, "only one of "+strings.Join(kinds, ", ")+" may be given")
		}
	}
}

// inlineField returns the first inline field that has key as a kind.
func (d *decoder) inlineField(l *layout, key string) (int, bool) {
	for i := range l.fields {
		if l.fields[i].inline() && d.kinds[l.fields[i].typ][key] != nil {
			return i, true
		}
	}
	return 0, false
}

// unknown refuses a key that is no field, with help.
func (d *decoder) unknown(l *layout, key string) {
	if d.problems.full() {
		d.add(nil, "") // only counted
		return
	}
	var names, kinds []string
	for i := range l.fields {
		if f := &l.fields[i]; f.inline() {
			kinds = append(kinds, d.kinds.names(f.typ)...)
		} else {
			names = append(names, f.name)
		}
	}
	rule := "unknown field"
	if name := similar(key, append(names, kinds...)); name != "" {
		rule += fmt.Sprintf(", did you mean %q?", name)
	}
	if len(kinds) > 0 {
		slices.Sort(kinds)
		rule += "; the kinds known here are " + strings.Join(kinds, ", ")
	}
	d.add(nil, rule)
}

// structure writes the fields of a struct that are not zero.
func (e *encoder) structure(v reflect.Value) {
	l := layoutOf(v.Type())
	if l.flaw != "" {
		e.add(nil, "cannot be written: "+l.flaw)
		return
	}
	e.nested('{', '}', func() {
		var kinds []string
		for i := range l.fields {
			f := &l.fields[i]
			value := v.FieldByIndex(f.index)
			switch {
			case isZero(value):
			case f.inline():
				kind := e.kind(value, func(kind string) bool {
					_, taken := l.byName[kind]
					return taken || slices.Contains(kinds, kind)
				})
				kinds = append(kinds, kind)
			default:
				e.key(f.name)
				e.name(f.name)
				e.value(value)
				e.back()
			}
		}
	})
}

// isZero says whether a field is left out: it reads as the same value if it is not there. A pointer or an interface that
// is set is never left out, whatever it points to.
func isZero(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil()
	case reflect.Slice, reflect.Map:
		if v.Len() == 0 {
			return true
		}
	}
	if v.IsZero() {
		return true
	}
	x := v.Addr().Interface()
	if z, ok := x.(interface{ IsZero() bool }); ok && z.IsZero() {
		return true
	}
	if v.Kind() != reflect.Struct {
		return false
	}
	switch x.(type) {
	case json.Marshaler, encoding.TextMarshaler:
		return false // only the type knows what is data
	}
	l := layoutOf(v.Type())
	if l.flaw != "" {
		return false // to be refused when it is written
	}
	return !slices.ContainsFunc(l.fields, func(f field) bool { return !isZero(v.FieldByIndex(f.index)) })
}
