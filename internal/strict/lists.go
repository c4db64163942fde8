package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// list reads a list. An empty one is nil, as it would be if it had not been written.
func (d *decoder) list(v reflect.Value, n *node) {
	if n.form != formList {
		d.refuse(n, "must be a list")
		return
	}
	d.length(n)
	if len(n.items) == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i := range n.items {
		d.index(i)
		d.value(v.Index(i), &n.items[i])
		d.back()
	}
}

// list writes a list; a nil one that is not a field is empty.
func (e *encoder) list(v reflect.Value) {
	if v.Len() > maxItems {
		e.add(word(fmt.Sprintf("a list of %d", v.Len())), fmt.Sprintf("must have at most %d elements", maxItems))
		return
	}
	e.nested('[', ']', func() {
		for i := range v.Len() {
			e.comma()
			e.index(i)
			e.value(v.Index(i))
			e.back()
		}
	})
}

// table reads a map. An empty one is nil, as it would be if it had not been written.
func (d *decoder) table(v reflect.Value, n *node) {
	switch {
	case v.Type().Key().Kind() != reflect.String:
		d.add(nil, fmt.Sprintf("cannot be read into %v, whose keys are no texts", v.Type()))
		return
	case n.form != formObject:
		d.refuse(n, "must be an object")
		return
	case len(n.members) == 0:
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.members)))
	for i := range n.members {
		m := &n.members[i]
		d.key(m.key)
		key, err := mapKey(v.Type().Key(), m.key)
		value := reflect.New(v.Type().Elem()).Elem()
		d.value(value, &m.value)
		switch {
		case err != nil:
			d.join(err)
		case m.again || v.MapIndex(key).IsValid(): // two texts may well be one key
			d.add(nil, ruleOnce)
		default:
			v.SetMapIndex(key, value)
		}
		d.back()
	}
}

// mapKey returns the key of type t that text means.
func mapKey(t reflect.Type, text string) (reflect.Value, error) {
	key := reflect.New(t).Elem()
	if reader, ok := key.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return key, reader.UnmarshalText([]byte(text))
	}
	key.SetString(text)
	return key, nil
}

// table writes a map in the order of the texts of its keys.
func (e *encoder) table(v reflect.Value) {
	if v.Type().Key().Kind() != reflect.String {
		e.add(nil, fmt.Sprintf("%v cannot be written, its keys are no texts", v.Type()))
		return
	}
	keys := v.MapKeys() // order does not matter: sorted right below
	// Sorted twice: what goes wrong with the texts must come in one order, too.
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	type entry struct {
		name  string
		value reflect.Value
	}
	entries := make([]entry, len(keys))
	for i, key := range keys {
		entries[i] = entry{e.mapKey(key), v.MapIndex(key)}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	e.nested('{', '}', func() {
		for i, entry := range entries {
			e.key(entry.name)
			if i > 0 && entries[i-1].name == entry.name {
				e.add(nil, ruleOnce)
			}
			e.name(entry.name)
			e.value(settle(entry.value))
			e.back()
		}
	})
}

// mapKey returns the text of a key.
func (e *encoder) mapKey(key reflect.Value) string {
	writer, ok := settle(key).Addr().Interface().(encoding.TextMarshaler)
	if !ok {
		return key.String()
	}
	text, err := writer.MarshalText()
	e.key(key.String())
	e.join(err)
	e.back()
	return string(text)
}
