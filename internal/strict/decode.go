package strict

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Decode reads data, which is at most limit bytes, into the value into points to. The error has a FieldError for
// everything that is wrong, and then what into points to is left as it was; otherwise it is replaced as a whole, nothing
// of it stays. It never panics, whatever data is.
//
// UnmarshalJSON of the value itself is not called, only that of what is in it, so that it can be written with Decode. To
// read a kind, pass a pointer to a variable of the interface type.
func Decode(data []byte, limit int, kinds Kinds, into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return &FieldError{Rule: fmt.Sprintf("cannot decode into %T, which is no pointer or nil", into)}
	}
	d := decoder{data: data, kinds: kinds}
	if len(data) > limit {
		d.add(word(fmt.Sprintf("an input of %d bytes", len(data))), fmt.Sprintf("must have at most %d bytes", limit))
		return d.problems.Err()
	}
	root, bad := parse(data, maxDepth)
	if bad != nil {
		d.add(nil, bad.in(data))
		return d.problems.Err()
	}
	fresh := reflect.New(target.Type().Elem()).Elem()
	d.value(fresh, &root)
	if err := d.problems.Err(); err != nil {
		return err
	}
	target.Elem().Set(fresh)
	return nil
}

// decoder walks a parsed input along the types it should have. After a problem it goes on with the rest.
type decoder struct {
	report
	data  []byte
	kinds Kinds
}

func (d *decoder) raw(n *node) []byte { return d.data[n.start:n.end] }

// refuse adds a problem with the value n.
func (d *decoder) refuse(n *node, rule string) {
	switch n.form {
	case formText:
		d.add(unquote(d.raw(n)), rule)
	case formList:
		d.add(word("a list"), rule)
	case formObject:
		d.add(word("an object"), rule)
	default:
		d.add(word(d.raw(n)), rule)
	}
}

// value reads n into v, which is addressable.
func (d *decoder) value(v reflect.Value, n *node) {
	switch {
	case n.form == formNull:
		d.add(nil, ruleNull)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(v.Elem(), n)
	case v.Kind() == reflect.Interface:
		d.oneKind(v, n)
	case d.special(v, n):
	default:
		d.plain(v, n)
	}
}

// special reads the types that have a form of their own, and those that read themselves.
func (d *decoder) special(v reflect.Value, n *node) bool {
	switch into := v.Addr().Interface().(type) {
	case *time.Duration:
		d.duration(into, n)
	case *time.Time:
		d.time(into, n)
	case *json.RawMessage:
		if d.check(n) {
			*into = bytes.Clone(d.raw(n))
		}
	case json.Unmarshaler:
		if d.top() {
			return d.unmarshalText(into, n)
		}
		if d.check(n) {
			d.refused(n, into.UnmarshalJSON(bytes.Clone(d.raw(n))))
		}
	default:
		return d.unmarshalText(into, n)
	}
	return true
}

func (d *decoder) unmarshalText(into any, n *node) bool {
	reader, ok := into.(encoding.TextUnmarshaler)
	if ok && d.text(n) {
		d.refused(n, reader.UnmarshalText([]byte(unquote(d.raw(n)))))
	}
	return ok
}

// refused reports what a type that reads itself says of a value. What is not said of a field of it is said of the value
// as it stands.
func (d *decoder) refused(n *node, err error) {
	if err == nil || len(Fields(err)) > 0 || n.form == formObject || n.form == formList {
		d.join(err)
		return
	}
	d.refuse(n, err.Error())
}

// text says whether n is a text, and refuses it if not.
func (d *decoder) text(n *node) bool {
	if n.form != formText {
		d.refuse(n, "must be a text")
		return false
	}
	return true
}

func (d *decoder) duration(into *time.Duration, n *node) {
	if n.form == formText {
		if parsed, err := time.ParseDuration(unquote(d.raw(n))); err == nil {
			*into = parsed
			return
		}
	}
	d.refuse(n, `must be a duration, such as "10m" or "1h30m"`)
}

func (d *decoder) time(into *time.Time, n *node) {
	if n.form == formText {
		// In UTC the year may leave what can be written.
		if parsed, ok := parseTime(unquote(d.raw(n))); ok && writable(parsed) {
			*into = parsed
			return
		}
	}
	d.refuse(n, `must be a time, such as "2006-01-02T15:04:05Z"`)
}

// plain reads by what the type is made of.
func (d *decoder) plain(v reflect.Value, n *node) {
	switch v.Kind() {
	case reflect.Bool:
		if n.form != formBool {
			d.refuse(n, "must be true or false")
			return
		}
		v.SetBool(d.data[n.start] == 't')
	case reflect.String:
		if d.text(n) {
			v.SetString(unquote(d.raw(n)))
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		d.whole(v, n)
	case reflect.Float32, reflect.Float64:
		d.float(v, n)
	case reflect.Struct:
		d.structure(v, n)
	case reflect.Slice:
		d.list(v, n)
	case reflect.Map:
		d.table(v, n)
	default:
		d.add(nil, fmt.Sprintf("cannot be read into %v", v.Type()))
	}
}

func (d *decoder) whole(v reflect.Value, n *node) {
	bits := v.Type().Bits()
	if v.CanInt() {
		x, err := strconv.ParseInt(string(d.raw(n)), 10, bits)
		if n.form != formNumber || err != nil {
			least := int64(-1) << (bits - 1)
			d.refuse(n, fmt.Sprintf("must be a whole number from %d to %d", least, -(least+1)))
			return
		}
		v.SetInt(x)
		return
	}
	x, err := strconv.ParseUint(string(d.raw(n)), 10, bits)
	if n.form != formNumber || err != nil {
		d.refuse(n, fmt.Sprintf("must be a whole number from 0 to %d", ^uint64(0)>>(64-bits)))
		return
	}
	v.SetUint(x)
}

func (d *decoder) float(v reflect.Value, n *node) {
	if n.form != formNumber {
		d.refuse(n, "must be a number")
		return
	}
	x, err := strconv.ParseFloat(string(d.raw(n)), v.Type().Bits())
	if err != nil { // the only error left is one of range
		d.refuse(n, fmt.Sprintf("must be a number that %d bits can hold", v.Type().Bits()))
		return
	}
	v.SetFloat(x)
}
