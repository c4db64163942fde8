package toggle

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Type is what a value is.
type Type uint8

// The types. Instants and lists are for attributes; a flag serves the others.
const (
	Nothing Type = iota // no value: of a flag that cannot be evaluated, of an attribute null
	Boolean
	String
	Number
	JSON // an object or a list, as text
	Instant
	List
)

var typeNames = [...]string{"nothing", "boolean", "string", "number", "JSON", "instant", "list"} // never written

// String is the type's name.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

// Value is a variant's value, or an attribute's. The zero Value is null.
type Value struct {
	of   Type
	bits uint64   // a boolean's 0 or 1, a number's bits, an instant's nanoseconds since 1970
	text string   // of a string and of JSON
	list *[]Value // of a list; never written
}

// Bool is a boolean value.
func Bool(b bool) Value {
	if b {
		return Value{of: Boolean, bits: 1}
	}
	return Value{of: Boolean}
}

// Text is a string value.
func Text(s string) Value { return Value{of: String, text: s} }

// Num is a number. One that is not finite is null.
func Num(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	return Value{of: Number, bits: math.Float64bits(f + 0)} // no -0
}

// Time is an instant. One that is not between the years 1678 and 2261 is null.
func Time(t time.Time) Value {
	if y := t.UTC().Year(); y < 1678 || y > 2261 {
		return Value{}
	}
	return Value{of: Instant, bits: uint64(t.UnixNano())}
}

// Texts is a list of strings. It keeps no reference to them.
func Texts(list ...string) Value {
	all := make([]Value, len(list))
	for i, s := range list {
		all[i] = Text(s)
	}
	return Value{of: List, list: &all}
}

// Values is a list. It keeps no reference to list; a list in it is null.
func Values(list ...Value) Value {
	all := make([]Value, len(list))
	for i, v := range list {
		if v.of != List {
			all[i] = v
		}
	}
	return Value{of: List, list: &all}
}

var epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) // never written

// Type is what the value is.
func (v Value) Type() Type { return v.of }

// Bool is the boolean, and false for any other value.
func (v Value) Bool() bool { return v.of == Boolean && v.bits != 0 }

// Text is the string, the JSON, or empty for any other value.
func (v Value) Text() string { return v.text }

// Num is the number, and 0 for any other value.
func (v Value) Num() float64 {
	if v.of != Number {
		return 0
	}
	return math.Float64frombits(v.bits)
}

// Time is the instant, and the zero time for any other value.
func (v Value) Time() time.Time {
	if v.of != Instant {
		return time.Time{}
	}
	return epoch.Add(time.Duration(v.bits))
}

// Any is the value as encoding/json has it: nil, bool, string, float64, map[string]any or
// []any, each time a new one. An instant is a time.Time.
func (v Value) Any() any {
	switch v.of {
	case Boolean:
		return v.Bool()
	case String:
		return v.text
	case Number:
		return v.Num()
	case JSON:
		var a any
		_ = json.Unmarshal([]byte(v.text), &a) // it was read as JSON
		return a
	case Instant:
		return v.Time()
	case List:
		all := make([]any, len(*v.list))
		for i, e := range *v.list {
			all[i] = e.Any()
		}
		return all
	}
	return nil
}

// String is the value as JSON. What is not UTF-8 in it is replaced.
func (v Value) String() string {
	v.text = strings.ToValidUTF8(v.text, "\uFFFD")
	b, _ := v.MarshalJSON()
	return string(b)
}

// MarshalJSON writes the value. An instant is a string.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.of {
	case Boolean:
		return strconv.AppendBool(nil, v.Bool()), nil
	case JSON:
		return []byte(v.text), nil
	case String:
		if !utf8.ValidString(v.text) {
			return nil, &FieldError{Value: strconv.Quote(v.text), Rule: "must be UTF-8"}
		}
	}
	return json.Marshal(v.Any())
}

// UnmarshalJSON reads a boolean, a string, a number or null, and an object or a list as
// JSON.
func (v *Value) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && (data[0] == '{' || data[0] == '[') {
		var b bytes.Buffer
		if err := json.Compact(&b, data); err != nil {
			return err
		}
		var a any // Any will read it so
		if err := json.Unmarshal(data, &a); err != nil {
			return &FieldError{Rule: "must have only numbers that 64 bits can hold"}
		}
		*v = Value{of: JSON, text: b.String()}
		return nil
	}
	var a any
	if err := json.Unmarshal(data, &a); err != nil {
		if f, e := strconv.ParseFloat(string(data), 64); e != nil && math.IsInf(f, 0) {
			return &FieldError{Value: string(data), Rule: "must be a number that 64 bits can hold"}
		}
		return err
	}
	switch a := a.(type) {
	case bool:
		*v = Bool(a)
	case string:
		*v = Text(a)
	case float64:
		if whole := strings.TrimPrefix(string(data), "-"); digits(whole) && math.Abs(a) >= maxWhole &&
			strconv.FormatFloat(math.Abs(a), 'f', -1, 64) != whole {
			return &FieldError{Value: string(data), Rule: "must be a number that 64 bits hold as it is written, or a string"}
		}
		*v = Num(a)
	default:
		*v = Value{}
	}
	return nil
}

// key writes what is hashed for the value into buf, which is long enough for all but
// strings. It reports whether there is something to hash.
func (v *Value) key(buf []byte) (text string, digits []byte, ok bool) {
	switch v.of {
	case String:
		return v.text, nil, v.text != ""
	case Boolean:
		if v.bits != 0 {
			return "true", nil, true
		}
		return "false", nil, true
	case Number:
		f := v.Num()
		if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return "", nil, false
		}
		return "", strconv.AppendInt(buf[:0], int64(f), 10), true
	}
	return "", nil, false
}
