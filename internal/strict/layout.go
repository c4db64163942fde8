package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// layout is how a struct type is written.
type layout struct {
	fields []field // in the order they are declared, embedded structs flattened
	byName map[string]int
	flaw   string // why the type cannot be written or read at all; empty if it can
}

// field is one field that is data. An inline field has no name: its keys are the kinds of its type.
type field struct {
	name  string
	index []int
	typ   reflect.Type
}

func (f *field) inline() bool { return f.name == "" }

// layouts remembers every layout made. A layout depends on the type alone, so
// nobody can tell.
var layouts sync.Map // reflect.Type to *layout

func layoutOf(t reflect.Type) *layout {
	if known, ok := layouts.Load(t); ok {
		return known.(*layout)
	}
	l := &layout{byName: make(map[string]int)}
	l.collect(t, nil)
	l.resolve(t)
	known, _ := layouts.LoadOrStore(t, l)
	return known.(*layout)
}

// collect appends the fields of t, which is embedded at index.
func (l *layout) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(index), i)
		tag, tagged := f.Tag.Lookup("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case f.Tag.Get("strict") == "inline":
			if f.Type.Kind() != reflect.Interface || !f.IsExported() {
				l.flaw = fmt.Sprintf("%v.%s is inline, but is no exported interface", t, f.Name)
			}
			l.fields = append(l.fields, field{index: at, typ: f.Type})
		case tag == "-":
		case f.Anonymous && f.Type.Kind() == reflect.Struct && name == "":
			l.collect(f.Type, at)
		case !f.IsExported() || !tagged:
		case name == "":
			l.fields = append(l.fields, field{name: f.Name, index: at, typ: f.Type})
		default:
			l.fields = append(l.fields, field{name: name, index: at, typ: f.Type})
		}
	}
}

// resolve keeps the shallowest of the fields with one name.
func (l *layout) resolve(t reflect.Type) {
	depth := make(map[string]int)
	for _, f := range l.fields {
		if d, ok := depth[f.name]; !ok || len(f.index) < d {
			depth[f.name] = len(f.index)
		}
	}
	l.fields = slices.DeleteFunc(l.fields, func(f field) bool { return !f.inline() && len(f.index) > depth[f.name] })
	inline := make(map[reflect.Type]bool)
	for i, f := range l.fields {
		if f.inline() {
			if inline[f.typ] {
				l.flaw = fmt.Sprintf("%v has two inline fields of %v", t, f.typ)
			}
			inline[f.typ] = true
			continue
		}
		if _, twice := l.byName[f.name]; twice {
			l.flaw = fmt.Sprintf("%v has two fields named %q", t, f.name)
		}
		l.byName[f.name] = i
	}
}

// similar returns the name among names that differs from key only in upper and lower case, or "".
func similar(key string, names []string) string {
	for _, name := range names {
		if name != key && strings.EqualFold(name, key) {
			return name
		}
	}
	return ""
}
