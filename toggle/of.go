package toggle

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// maxWhole is the largest whole number up to which a float64 holds each one.
const maxWhole = 1 << 53

// Of is a Go value as a value: nil, booleans, strings, numbers, [time.Time] and Value; slices
// and arrays of them as a list; maps with string keys, structs and what is nested deeper as
// JSON. Types of these kinds with a name of their own and pointers are what they are made of.
//
// The error is a [FieldError], and the value null, if Go's value cannot be kept as it is: a
// whole number above 2^53 or below -2^53 (write it as a string), a number that is not finite,
// an instant that is not between the years 1678 and 2261, and functions, channels and the like.
func Of(a any) (Value, error) {
	switch a := a.(type) {
	case nil:
		return Value{}, nil
	case Value:
		return a, nil
	case bool:
		return Bool(a), nil
	case string:
		return Text(a), nil
	case float64:
		return ofFloat(a)
	case time.Time:
		if v := Time(a); v.of == Instant {
			return v, nil
		}
		return Value{}, &FieldError{Value: a.Format(time.RFC3339Nano), Rule: "must be between the years 1678 and 2261"}
	case []string:
		return Texts(a...), nil
	}
	return ofKind(reflect.ValueOf(a))
}

// ofKind looks at what a type is made of.
func ofKind(r reflect.Value) (Value, error) {
	switch r.Kind() {
	case reflect.Bool:
		return Bool(r.Bool()), nil
	case reflect.String:
		return Text(r.String()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if i := r.Int(); i >= -maxWhole && i <= maxWhole {
			return Num(float64(i)), nil
		}
		return Value{}, &FieldError{Value: fmt.Sprint(r.Int()), Rule: "must be from -2^53 to 2^53, or a string"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := r.Uint(); u <= maxWhole {
			return Num(float64(u)), nil
		}
		return Value{}, &FieldError{Value: fmt.Sprint(r.Uint()), Rule: "must be at most 2^53, or a string"}
	case reflect.Float32, reflect.Float64:
		return ofFloat(r.Float())
	case reflect.Pointer:
		if r.IsNil() {
			return Value{}, nil
		}
		return Of(r.Elem().Interface())
	case reflect.Slice, reflect.Array:
		return ofList(r)
	}
	return ofJSON(r.Interface())
}

func ofFloat(f float64) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}, &FieldError{Value: fmt.Sprint(f), Rule: "must be finite"}
	}
	return Num(f), nil
}

// ofList is a list of what is in a slice. A list in it is JSON.
func ofList(r reflect.Value) (Value, error) {
	all := make([]Value, r.Len())
	var problems strict.Problems
	for i := range all {
		var err error
		e := r.Index(i)
		for e.Kind() == reflect.Interface || e.Kind() == reflect.Pointer {
			e = e.Elem()
		}
		switch e.Kind() {
		case reflect.Invalid: // nil
		case reflect.Slice, reflect.Array: // not by ofList: a list may be in itself, which JSON refuses
			all[i], err = ofJSON(e.Interface())
		default:
			all[i], err = Of(e.Interface())
		}
		problems.Join(fmt.Sprintf("[%d]", i), err)
	}
	if err := problems.Err(); err != nil {
		return Value{}, err
	}
	return Value{of: List, list: &all}, nil
}

// ofJSON is whatever encoding/json makes of a value.
func ofJSON(a any) (Value, error) {
	data, err := json.Marshal(a)
	var v Value
	if err == nil {
		err = v.UnmarshalJSON(data)
	}
	if err != nil {
		return Value{}, &FieldError{Rule: fmt.Sprintf("cannot be a value: it is a %T", a)}
	}
	return v, nil
}
