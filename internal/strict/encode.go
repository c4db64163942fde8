package strict

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// Encode writes v as JSON without space, the same bytes for the same value: struct fields in the order they are declared
// and only if they are not zero, map keys sorted. What Decode would refuse to read is an error with a FieldError for each
// place: NaN and infinities, nil in a list or a map, text that is not UTF-8, too many levels or elements.
//
// MarshalJSON of v itself is not called, only that of what is in it, so that it can be written with Encode. A v that has
// a kind is written without it; to write the kind, pass a pointer to a variable of the interface type.
func Encode(v any) ([]byte, error) {
	var e encoder
	e.value(settle(reflect.ValueOf(v)))
	if err := e.problems.Err(); err != nil {
		return nil, err
	}
	return e.out, nil
}

type encoder struct {
	report
	out   []byte
	depth int
	stop  bool // too deep, perhaps a circle: nothing more is looked at
}

// settle returns v as an addressable value, a copy if need be, so that methods with pointer receivers are always found.
func settle(v reflect.Value) reflect.Value {
	if !v.IsValid() || v.CanAddr() {
		return v
	}
	settled := reflect.New(v.Type()).Elem()
	settled.Set(v)
	return settled
}

// value writes v, which is addressable or invalid.
func (e *encoder) value(v reflect.Value) {
	switch {
	case e.stop:
	case !v.IsValid(), isNilable(v) && v.IsNil():
		e.add(nil, "must not be nil")
	case v.Kind() == reflect.Pointer:
		e.value(v.Elem())
	case v.Kind() == reflect.Interface:
		e.nested('{', '}', func() { e.kind(v, nil) })
	case e.special(v):
	default:
		e.plain(v)
	}
}

func isNilable(v reflect.Value) bool {
	return v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface
}

// nested writes a list or an object one level down.
func (e *encoder) nested(open, end byte, write func()) {
	if e.depth == maxDepth {
		e.add(nil, fmt.Sprintf("must not be nested deeper than %d levels", maxDepth))
		e.stop = true
		return
	}
	e.depth++
	e.out = append(e.out, open)
	write()
	e.out = append(e.out, end)
	e.depth--
}

// comma separates from what was written before on this level.
func (e *encoder) comma() {
	if last := e.out[len(e.out)-1]; last != '{' && last != '[' {
		e.out = append(e.out, ',')
	}
}

// special writes the types that have a form of their own, and those that write themselves.
func (e *encoder) special(v reflect.Value) bool {
	switch x := v.Addr().Interface().(type) {
	case *time.Duration:
		e.text(FormatDuration(*x))
	case *time.Time:
		if !writable(*x) {
			e.add(*x, "must be a time from the year 0 to 9999")
		}
		e.text(x.UTC().Format(time.RFC3339Nano))
	case *json.RawMessage:
		e.raw(*x)
	case json.Marshaler:
		if e.top() {
			return e.marshalText(x)
		}
		raw, err := x.MarshalJSON()
		if err != nil {
			e.join(err)
			return true
		}
		e.raw(raw)
	default:
		return e.marshalText(x)
	}
	return true
}

func (e *encoder) marshalText(x any) bool {
	writer, ok := x.(encoding.TextMarshaler)
	if !ok {
		return false
	}
	text, err := writer.MarshalText()
	e.join(err)
	e.text(string(text))
	return true
}

// raw writes JSON that somebody else made, without its space.
func (e *encoder) raw(raw []byte) {
	n, bad := parse(raw, maxDepth-e.depth)
	if bad != nil {
		e.add(nil, "must be written as JSON: "+bad.in(raw))
		return
	}
	if e.check(&n) {
		compact := bytes.NewBuffer(e.out)
		_ = json.Compact(compact, raw) // it was just parsed
		e.out = compact.Bytes()
	}
}

// plain writes by what the type is made of.
func (e *encoder) plain(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case reflect.String:
		e.text(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.out = strconv.AppendUint(e.out, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		e.float(v.Float(), v.Type().Bits())
	case reflect.Struct:
		e.structure(v)
	case reflect.Slice:
		e.list(v)
	case reflect.Map:
		e.table(v)
	default:
		e.add(nil, fmt.Sprintf("%v cannot be written", v.Type()))
	}
}

// float writes the shortest text that reads as x, without an exponent where that is readable.
func (e *encoder) float(x float64, bits int) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		e.add(x, "must be a finite number")
		return
	}
	format := byte('f')
	if size := math.Abs(x); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	e.out = strconv.AppendFloat(e.out, x, format, -1, bits)
}

// text writes a quoted text, escaping what JSON demands and nothing else.
func (e *encoder) text(s string) {
	if !utf8.ValidString(s) {
		e.add(s, "must be valid UTF-8")
		return
	}
	e.out = append(e.out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			e.out = append(e.out, '\\', c)
		case c >= ' ':
			e.out = append(e.out, c)
		case c == '\n':
			e.out = append(e.out, '\\', 'n')
		case c == '\r':
			e.out = append(e.out, '\\', 'r')
		case c == '\t':
			e.out = append(e.out, '\\', 't')
		default:
			e.out = fmt.Appendf(e.out, "\\u%04x", c)
		}
	}
	e.out = append(e.out, '"')
}

// name writes a key.
func (e *encoder) name(name string) {
	e.comma()
	e.text(name)
	e.out = append(e.out, ':')
}
