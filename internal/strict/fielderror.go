package strict

import (
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// FieldError is one thing wrong with an input: where, what stood there, and the rule it breaks.
//
// Path is written as in "stages[1].strategy.canary.weights[2]"; empty is the input as a whole. Value is what stood
// there as text, a string in quotes; empty if there was nothing or it says nothing. Rule goes on from the value: "must
// be above 25%".
type FieldError struct{ Path, Value, Rule string }

// Error is "path: value rule", without the parts that are empty.
func (e *FieldError) Error() string {
	text := e.Rule
	if e.Value != "" {
		text = e.Value + " " + text
	}
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	return text
}

// Fields returns every FieldError in err, through all wrapped and joined errors, in their order. Errors of other kinds
// are passed over.
func Fields(err error) []*FieldError {
	var all []*FieldError
	if field, ok := err.(*FieldError); ok {
		if field == nil {
			return nil
		}
		return []*FieldError{field}
	}
	for _, inner := range unwrap(err) {
		all = append(all, Fields(inner)...)
	}
	return all
}

// unwrap returns the errors directly inside err, whichever of the two forms of Unwrap it has.
func unwrap(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	case interface{ Unwrap() error }:
		return []error{e.Unwrap()}
	}
	return nil
}

// maxShown is how many runes of a value, or of a key in a path, an error shows: an input must not blow up its own report.
const maxShown = 80

// word is a value that is shown as it is, without quotes.
type word string

func (w word) String() string { return string(w) }

// render turns a value into the text of FieldError.Value.
func render(value any) string {
	if value == nil {
		return ""
	}
	v := reflect.ValueOf(value)
	switch value.(type) {
	case fmt.Stringer, error, fmt.Formatter:
	default:
		for v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem() // an address says nothing, and differs from run to run
		}
		if v.Kind() == reflect.String {
			return quote(v.String())
		}
		if v.CanInterface() {
			value = v.Interface()
		}
	}
	if text := cut(fmt.Sprint(value)); text != "" {
		return text
	}
	return `""`
}

// quote is %q of text, cut if it is long.
func quote(text string) string {
	short := cut(text)
	if short == text {
		return strconv.Quote(text)
	}
	return strconv.Quote(short[:len(short)-len(ellipsis)]) + ellipsis
}

const ellipsis = "…"

// cut returns text, or its first maxShown runes and an ellipsis.
func cut(text string) string {
	if len(text) <= maxShown {
		return text
	}
	end := 0
	for range maxShown {
		if end >= len(text) {
			return text
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	if end >= len(text) {
		return text
	}
	return text[:end] + ellipsis
}
