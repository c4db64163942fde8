package flagd

import (
	"math"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// operator applies an operator whose result is true or false.
func (t *translation) operator(op string, args any, path string) condition {
	switch op {
	case "!", "!!":
		if list, ok := args.([]any); ok {
			if args = nil; len(list) > 0 {
				args, path = list[0], path+"[0]"
			}
		}
		if op == "!" {
			return unless(t.truth(args, path))
		}
		return t.truth(args, path)
	case "!=", "!==":
		return unless(t.operator(op[1:2]+op[1:], args, path))
	case "<", "<=", ">", ">=":
		if l, ok := args.([]any); ok && len(l) == 3 { // the middle one is between the others
			return all(t.operator(op, l[:2], path), t.operator(op, l[1:], path))
		}
	}
	list := t.list(args, 2, 2, path)
	if list == nil {
		return never
	}
	a, b := t.choices(list[0], path+"[0]"), t.choices(list[1], path+"[1]")
	return t.pick(a, path, func(x outcome) condition {
		return t.pick(b, path, func(y outcome) condition {
			if op == "in" {
				return t.contained(x, y, path)
			}
			return t.compared(op, x, y, path)
		})
	})
}

var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "===": "==="} // never written

// compared compares two outcomes.
func (t *translation) compared(op string, a, b outcome, path string) condition {
	if a.kind == literal && b.kind != literal {
		a, b, op = b, a, mirrored[op]
	}
	_, list := b.value.([]any)
	switch {
	case list:
		t.problems.Add(b.path, nil, "must not be compared: it is a list")
	case a.kind == literal:
		return truth(compare(op, a.value, b.value))
	case b.kind != literal || a.kind == joined || a.kind == divided:
		t.problems.Add(path, nil, "must compare an attribute with a literal")
	case a.kind == clock:
		return t.dated(op, b)
	default:
		return t.measured(op, a, b)
	}
	return never
}

// blank is true of strings that count as 0.
const blank = `^[\s\v\x{85}\x{a0}\p{Z}]*$`

// measured compares an attribute with a literal.
func (t *translation) measured(op string, a, b outcome) condition {
	list := []condition{all(absent(a.name), truth(compare(op, a.value, b.value)))}
	if v, ok := value(b.value); op == "===" {
		if ok {
			list = append(list, equals(a.name, v))
		}
		return some(list...)
	}
	s, isText := b.value.(string)
	if isText && op != "==" {
		t.problems.Add(b.path, s, "must be a number: strings are not ordered here")
		return never
	}
	if b.value == nil {
		switch op {
		case "==": // only null is null
			return some(list...)
		case "<=": // and so at most null is below 0
			op = "<"
		case ">=":
			op = ">"
		}
	}
	if n := number(b.value); isText {
		list = append(list, equals(a.name, toggle.Text(s)))
		if !math.IsNaN(n) && !math.IsInf(n, 0) {
			list = append(list, equals(a.name, toggle.Num(n)))
		}
	} else {
		list = append(list, bounds(a.name, op, n), all(matches(a.name, blank), truth(compare(op, "", b.value))))
	}
	for _, x := range []bool{true, false} {
		list = append(list, all(equals(a.name, toggle.Bool(x)), truth(compare(op, x, b.value))))
	}
	return some(list...)
}

// bounds compares a number, or a string that is one.
func bounds(name, op string, n float64) condition {
	c := toggle.Condition{Attribute: name, Numeric: true}
	switch op {
	case "==":
		c.AtLeast, c.AtMost = &n, &n
	case "<":
		c.Below = &n
	case "<=":
		c.AtMost = &n
	case ">":
		c.Above = &n
	case ">=":
		c.AtLeast = &n
	}
	return test(c)
}

// dated compares the whole seconds since 1970 with a literal.
func (t *translation) dated(op string, b outcome) condition {
	n := number(b.value)
	_, isNumber := b.value.(float64)
	switch {
	case math.IsNaN(n), op == "===" && !isNumber, op == "==" && b.value == nil:
		return never
	case op == "==" || op == "===":
		if n != math.Trunc(n) {
			return never
		}
		return all(since(n), unless(since(n+1)))
	case op == "<":
		return unless(since(math.Ceil(n)))
	case op == "<=":
		return unless(since(math.Floor(n) + 1))
	case op == ">":
		return since(math.Floor(n) + 1)
	}
	return since(math.Ceil(n))
}

// since is true from a second on.
func since(n float64) condition {
	const first, last = -9_214_560_000, 9_183_110_400 // 1678-01-02 and 2261-01-01: toggle has no instants far beyond
	switch {
	case n < first:
		return always
	case n > last:
		return never
	}
	return test(toggle.Condition{Attribute: "now", From: time.Unix(int64(n), 0).UTC()})
}

// maxSubstring bounds the text in which an attribute is looked for: all that it could be are
// listed.
const maxSubstring = 64

// contained is in: part of a string, or element of a list.
func (t *translation) contained(a, b outcome, path string) condition {
	list, isList := b.value.([]any)
	s, isText := b.value.(string)
	switch {
	case a.kind == literal && b.kind == literal && isList:
		return truth(among(a.value, list))
	case a.kind == literal && b.kind == attribute && b.value == nil:
		return t.contains(a, b.name)
	case b.kind != literal || a.kind == joined || a.kind == divided || a.kind == clock:
		t.problems.Add(path, nil, "must be an attribute in a literal, or a literal in an attribute without a default")
	case isText && a.kind == literal:
		part, ok := a.value.(string)
		if !ok {
			t.problems.Add(a.path, nil, "must be a text, to be part of one")
		}
		return truth(partOf(part, s))
	case isList:
		c := toggle.Condition{Attribute: a.name}
		for i, e := range list {
			if v, ok := value(e); ok {
				c.In = append(c.In, v)
			} else if e != nil {
				t.problems.Add(b.path+"["+strconv.Itoa(i)+"]", nil, "must be a boolean, a string, a number or null")
			}
		}
		null := all(absent(a.name), truth(among(a.value, list)))
		if c.In == nil {
			return null
		}
		return some(test(c), null)
	case isText && len(s) > maxSubstring:
		t.problems.Add(b.path, s, "must be a list, or a text of at most "+strconv.Itoa(maxSubstring)+" bytes")
	case isText:
		part, ok := a.value.(string)
		return some(partsOf(a.name, s), all(absent(a.name), truth(ok && partOf(part, s))))
	}
	return never
}

func among(v any, list []any) bool {
	for _, e := range list {
		if same(v, e) {
			return true
		}
	}
	return false
}
