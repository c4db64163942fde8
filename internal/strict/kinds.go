package strict

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Kinds names, for an interface type, the kinds that may stand there: an object with exactly one key, the kind. The
// function returns a zero value of the kind's type, T or *T; only its type is used, and it is the type of what is
// stored in the interface. Kinds is only read, so one value can serve any number of Decodes.
type Kinds map[reflect.Type]map[string]func() any

func (k Kinds) names(t reflect.Type) []string { return slices.Sorted(maps.Keys(k[t])) }

// oneKind reads an object with one key, a kind, into an interface.
func (d *decoder) oneKind(v reflect.Value, n *node) {
	known := d.kinds[v.Type()]
	if len(known) == 0 {
		d.add(nil, fmt.Sprintf("cannot be read: no kinds are known for %v", v.Type()))
		return
	}
	good := len(n.members) == 1
	for i := range n.members {
		m := &n.members[i]
		if known[m.key] == nil {
			good = false
			continue
		}
		d.key(m.key)
		d.kind(v, m) // even if there are too many: all problems are told at once
		d.back()
	}
	if !good {
		d.noKind(n, d.kinds.names(v.Type()))
	}
}

// noKind refuses what is not an object with one key, a kind.
func (d *decoder) noKind(n *node, kinds []string) {
	rule := "must be an object with exactly one key, one of " + strings.Join(kinds, ", ")
	if n.form != formObject {
		d.refuse(n, rule)
		return
	}
	var keys []string
	for _, m := range n.members[:min(len(n.members), maxShown)] { // more would be cut
		keys = append(keys, quote(m.key))
	}
	d.add(word("{"+strings.Join(keys, ", ")+"}"), rule)
}

// kind reads the value of a known kind into the interface v.
func (d *decoder) kind(v reflect.Value, m *member) {
	t := reflect.TypeOf(d.kinds[v.Type()][m.key]())
	if t == nil || !t.AssignableTo(v.Type()) {
		d.add(nil, fmt.Sprintf("cannot be read: its kind is made as %v, which is no %v", t, v.Type()))
		return
	}
	concrete := reflect.New(t).Elem()
	d.value(concrete, &m.value)
	v.Set(concrete)
}

// kind writes what is in the interface v behind its kind, which must not be taken.
func (e *encoder) kind(v reflect.Value, taken func(kind string) bool) string {
	dynamic := v.Elem()
	named, ok := dynamic.Interface().(interface{ Kind() string })
	switch {
	case isNilable(dynamic) && dynamic.IsNil():
		e.add(nil, "must not be nil")
		return ""
	case !ok:
		e.add(nil, fmt.Sprintf("%v cannot be written, it has no method Kind", dynamic.Type()))
		return ""
	}
	kind := named.Kind()
	e.key(kind)
	defer e.back()
	if kind == "" || taken != nil && taken(kind) {
		e.add(nil, fmt.Sprintf("the kind %q of %v is empty or stands for something else here", kind, dynamic.Type()))
		return kind
	}
	e.name(kind)
	e.value(settle(dynamic))
	return kind
}
