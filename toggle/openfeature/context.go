package openfeature

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// subjects are used again: a subject is only read while a flag is evaluated, and nothing of
// it is in a result.
var subjects = sync.Pool{New: func() any { return &toggle.Subject{Attributes: make(map[string]toggle.Value, 8)} }}

// manyAttributes is from how many attributes on a subject is not kept: its map stays large.
const manyAttributes = 64

func borrow() *toggle.Subject { return subjects.Get().(*toggle.Subject) }

func giveBack(sub *toggle.Subject) {
	if len(sub.Attributes) >= manyAttributes {
		return
	}
	sub.Key = ""
	clear(sub.Attributes)
	subjects.Put(sub)
}

// fill makes an empty subject that of a context. It reports whether the targeting key is
// one, or not there.
func fill(sub *toggle.Subject, flat of.FlattenedContext) bool {
	for name, a := range flat {
		if name != of.TargetingKey {
			sub.Attributes[name] = value(a)
			continue
		}
		key, ok := a.(string)
		if !ok && a != nil {
			return false
		}
		sub.Key = key
	}
	return true
}

// value is an attribute as rules see it.
func value(a any) toggle.Value {
	switch a := a.(type) {
	case nil:
		return toggle.Value{}
	case bool:
		return toggle.Bool(a)
	case string:
		return toggle.Text(a)
	case float64:
		return toggle.Num(a)
	case int:
		return whole(int64(a))
	case int64:
		return whole(a)
	case time.Time:
		return toggle.Time(a)
	case *time.Time:
		if a == nil {
			return toggle.Value{}
		}
		return toggle.Time(*a)
	case []string:
		return toggle.Texts(a...)
	case json.Number:
		return numeral(a)
	case json.RawMessage:
		return written(a)
	case toggle.Value:
		return a
	}
	return unusual(a)
}

// unusual is a value of a type that is not one of the usual. A method of it that panics, as
// one of a nil pointer within it does, says nothing.
func unusual(a any) (v toggle.Value) {
	defer func() {
		if recover() != nil {
			v = toggle.Value{}
		}
	}()
	if m, ok := a.(encoding.TextMarshaler); ok {
		return marshaled(m)
	}
	return reflected(reflect.ValueOf(a))
}

// whole is an integer, if a number has it exactly.
func whole(i int64) toggle.Value {
	if i > exact || i < -exact {
		return toggle.Value{}
	}
	return toggle.Num(float64(i))
}

func numeral(n json.Number) toggle.Value {
	if i, err := n.Int64(); err == nil {
		return whole(i)
	}
	f, err := n.Float64()
	if err != nil {
		return toggle.Value{}
	}
	return toggle.Num(f)
}

// marshaled is what writes itself as text. A nil pointer does not.
func marshaled(m encoding.TextMarshaler) toggle.Value {
	if v := reflect.ValueOf(m); v.Kind() == reflect.Pointer && v.IsNil() {
		return toggle.Value{}
	}
	b, err := m.MarshalText()
	if err != nil {
		return toggle.Value{}
	}
	return toggle.Text(string(b))
}

// reflected is a value by its kind. It goes down one level, and leaves the rest to JSON, which
// does not follow what contains itself.
func reflected(v reflect.Value) toggle.Value {
	switch v.Kind() {
	case reflect.Bool:
		return toggle.Bool(v.Bool())
	case reflect.String:
		return toggle.Text(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return whole(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > exact {
			return toggle.Value{}
		}
		return toggle.Num(float64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		return toggle.Num(v.Float())
	case reflect.Pointer:
		if k := v.Elem().Kind(); v.IsNil() || k == reflect.Pointer || k == reflect.Interface {
			return toggle.Value{}
		}
		return value(v.Elem().Interface())
	case reflect.Slice, reflect.Array:
		return list(v)
	case reflect.Map, reflect.Struct:
		return structure(v)
	}
	return toggle.Value{}
}

// list is a list; what is in a list of lists is JSON. Bytes are none.
func list(v reflect.Value) toggle.Value {
	if v.Type().Elem().Kind() == reflect.Uint8 || v.Kind() == reflect.Slice && v.IsNil() {
		return toggle.Value{}
	}
	all := make([]toggle.Value, v.Len())
	for i := range all {
		all[i] = element(v.Index(i))
	}
	return toggle.Values(all...)
}

// element is what is in a list.
func element(e reflect.Value) toggle.Value {
	if e.Kind() == reflect.Interface {
		e = e.Elem()
	}
	if !e.IsValid() {
		return toggle.Value{}
	}
	at := e
	if e.Kind() == reflect.Pointer {
		at = e.Elem()
	}
	_, text := e.Interface().(encoding.TextMarshaler)
	if k := at.Kind(); !text && (k == reflect.Slice || k == reflect.Array) && at.Type().Elem().Kind() != reflect.Uint8 {
		return structure(at)
	}
	return value(e.Interface())
}

// structure is a value as JSON, if it can be written so.
func structure(v reflect.Value) toggle.Value {
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return toggle.Value{}
	}
	return written(b)
}

// written is what stands in a piece of JSON.
func written(b []byte) (v toggle.Value) {
	if v.UnmarshalJSON(b) != nil {
		return toggle.Value{}
	}
	return v
}
