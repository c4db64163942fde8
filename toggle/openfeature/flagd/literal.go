package flagd

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Literals are nil, bool, float64, string and []any of them. What follows is what JSON-logic
// says of two of them.

// truthy says whether a literal counts as true.
func truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	}
	return false
}

// number is what a literal is in a comparison that is not one of strings. NaN is none.
func number(v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		if strings.TrimSpace(v) == "" {
			return 0
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil && strings.Trim(v, "0123456789.-+eE") == "" {
			return f
		}
	}
	return math.NaN()
}

// compare applies a comparison other than != and !== to two literals.
func compare(op string, a, b any) bool {
	switch op {
	case "===":
		return same(a, b)
	case "==":
		return equal(a, b)
	case "<":
		return less(a, b)
	case "<=":
		return less(a, b) || equal(a, b)
	case ">":
		return less(b, a)
	}
	return less(b, a) || equal(b, a)
}

// same is equality without conversion. A list is the same as none.
func same(a, b any) bool {
	if _, ok := a.([]any); ok {
		return false
	}
	if _, ok := b.([]any); ok {
		return false
	}
	return a == b
}

func equal(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, ok := a.(string)
	if y, also := b.(string); ok && also {
		return x == y
	}
	return number(a) == number(b)
}

func less(a, b any) bool {
	x, ok := a.(string)
	if y, also := b.(string); ok && also {
		return x < y
	}
	return number(a) < number(b)
}

// text is a literal in cat.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// variant is the name of the variant that a literal other than nil chooses: its JSON without
// quotes.
func variant(v any) string {
	b, _ := json.Marshal(v) // literals can be written
	return strings.ReplaceAll(string(b), `"`, "")
}

// value is a literal as an attribute may equal it.
func value(v any) (toggle.Value, bool) {
	switch v := v.(type) {
	case bool:
		return toggle.Bool(v), true
	case float64:
		return toggle.Num(v), true
	case string:
		return toggle.Text(v), true
	}
	return toggle.Value{}, false
}
