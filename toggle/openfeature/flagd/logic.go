package flagd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Bounds of what one flag's targeting may come to.
const (
	maxDepth   = 200
	maxChoices = 1000
	maxSize    = 5000 // conditions
)

// translation translates the targeting of one flag.
type translation struct {
	flag       string
	evaluators map[string]any
	variants   map[string]toggle.Value
	usual      string
	bucketing  bucket.Algorithm
	buckets    bool // fractional was there
	problems   *strict.Problems
	depth      int
	size       int
	full       bool // a bound was passed, and told
}

// kind is what an expression comes to for some subjects.
type kind uint8

const (
	literal   kind = iota
	attribute      // of the subject; value stands in for null
	joined         // prefix and then an attribute
	clock          // the seconds of the evaluation
	divided        // a fractional
)

// outcome is what an expression comes to.
type outcome struct {
	kind   kind
	value  any
	name   string // of an attribute
	prefix string
	split  *fraction
	path   string
}

// choice is an outcome and for whom. Of a list of choices the first that is true is taken,
// and the last is always true.
type choice struct {
	when condition
	out  outcome
}

func constant(v any, path string) []choice {
	return []choice{{always, outcome{value: v, path: path}}}
}

func (t *translation) fail(path string, value any, rule string) []choice {
	t.problems.Add(path, value, rule)
	return constant(nil, path)
}

// enough tells once that the expression is too large.
func (t *translation) enough(path string) bool {
	if !t.full {
		t.full = true
		t.problems.Add(path, nil, fmt.Sprintf("must be simpler: at most %d levels, %d outcomes and %d conditions", maxDepth, maxChoices, maxSize))
	}
	return true
}

// bounded checks what was made of an expression.
func (t *translation) bounded(list []choice, path string) []choice {
	list = slices.DeleteFunc(list, func(c choice) bool { return c.when.fixed && !c.when.yes })
	size := 0
	for _, c := range list {
		size += c.when.size
	}
	if t.full || (len(list) > maxChoices || size > maxSize) && t.enough(path) {
		return constant(nil, path)
	}
	return list
}

// choices are what an expression comes to.
func (t *translation) choices(e any, path string) []choice {
	t.depth++
	defer func() { t.depth-- }()
	if t.size++; t.full || (t.depth > maxDepth || t.size > 20*maxSize) && t.enough(path) {
		return constant(nil, path)
	}
	switch e := e.(type) {
	case []any:
		for i, v := range e {
			switch v.(type) {
			case []any, map[string]any:
				return t.fail(path+"["+strconv.Itoa(i)+"]", nil, "must be a literal: lists are of nothing else here")
			}
		}
	case map[string]any:
		if len(e) != 1 {
			return t.fail(path, nil, "must have one operator")
		}
		for op, args := range e { // order does not matter: there is one
			return t.bounded(t.operation(op, args, strict.At(path, op)), path)
		}
	}
	return constant(e, path)
}

// operation applies an operator that has values for a result.
func (t *translation) operation(op string, args any, path string) []choice {
	switch op {
	case "$ref":
		return t.reference(args, path)
	case "var":
		return t.variable(args, path)
	case "if", "?:":
		return t.conditional(args, path)
	case "and", "or":
		return t.first(op, args, path)
	case "cat":
		return t.join(args, path)
	case "fractional":
		t.buckets = true
		return t.fractional(args, path)
	case "starts_with", "ends_with", "sem_ver":
		yes, known := t.textual(op, args, path)
		return []choice{
			{yes, outcome{value: true, path: path}},
			{known, outcome{value: false, path: path}},
			{always, outcome{path: path}},
		}
	case "==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "!", "!!":
		return []choice{{t.operator(op, args, path), outcome{value: true, path: path}}, {always, outcome{value: false, path: path}}}
	}
	return t.fail(path, nil, "must be one of if, ?:, ==, ===, !=, !==, <, <=, >, >=, in, and, or, !, !!, var, cat, starts_with, ends_with, "+
		"sem_ver and fractional")
}

// truth says of whom an expression is true.
func (t *translation) truth(e any, path string) condition {
	if m, ok := e.(map[string]any); ok && len(m) == 1 {
		for op, args := range m { // order does not matter: there is one
			if list, ok := args.([]any); ok && (op == "and" || op == "or") && len(list) > 0 {
				return t.combined(op, list, strict.At(path, op))
			}
		}
	}
	return t.pick(t.choices(e, path), path, func(o outcome) condition { return t.holds(o) })
}

// combined is and, or or as a condition.
func (t *translation) combined(op string, args []any, path string) condition {
	t.depth++
	defer func() { t.depth-- }()
	if t.full || t.depth > maxDepth && t.enough(path) {
		return never
	}
	list := make([]condition, len(args))
	for i, a := range args {
		list[i] = t.truth(a, path+"["+strconv.Itoa(i)+"]")
	}
	if op == "and" {
		return t.sized(all(list...), path)
	}
	return t.sized(some(list...), path)
}

func (t *translation) sized(c condition, path string) condition {
	if t.full || c.size > maxSize && t.enough(path) {
		return never
	}
	return c
}

// pick is a condition on what is chosen.
func (t *translation) pick(list []choice, path string, f func(outcome) condition) condition {
	var alternatives, before []condition
	size := 0
	for _, c := range list {
		one := all(append(slices.Clone(before), c.when, f(c.out))...)
		if size += one.size; t.full || size > maxSize && t.enough(path) {
			return never
		}
		alternatives = append(alternatives, one)
		before = append(before, unless(c.when))
	}
	return some(alternatives...)
}

// holds says of whom an outcome is true.
func (t *translation) holds(o outcome) condition {
	switch o.kind {
	case literal:
		return truth(truthy(o.value))
	case clock:
		return always
	case attribute:
		zero := 0.0
		some := some(
			equals(o.name, toggle.Bool(true)), matches(o.name, "(?s)."),
			test(toggle.Condition{Attribute: o.name, Above: &zero}), test(toggle.Condition{Attribute: o.name, Below: &zero}),
			all(is(o.name, "list"), test(toggle.Condition{Attribute: o.name, In: []toggle.Value{
				toggle.Bool(false), toggle.Num(0), toggle.Text(""),
			}})), all(absent(o.name), truth(truthy(o.value))),
		)
		return some
	}
	t.problems.Add(o.path, nil, "must not stand where true or false is asked for")
	return never
}

// reference puts a named expression in the place of its name.
func (t *translation) reference(args any, path string) []choice {
	name, _ := args.(string)
	e, ok := t.evaluators[name]
	if !ok {
		return t.fail(path, args, "must be one of $evaluators")
	}
	return t.choices(e, path) // one that leads back to itself is too deep
}

// variable is an attribute of the subject, or what flagd knows of the evaluation.
func (t *translation) variable(args any, path string) []choice {
	var otherwise any
	if list, ok := args.([]any); ok {
		if len(list) < 1 || len(list) > 2 {
			return t.fail(path, nil, "must be a name, or a name and a default")
		}
		if args = list[0]; len(list) == 2 {
			o := t.single(list[1], path+"[1]")
			otherwise = o.value
		}
	}
	name, _ := args.(string)
	switch {
	case name == "$flagd.flagKey":
		return constant(t.flag, path)
	case name == "$flagd.timestamp":
		return []choice{{always, outcome{kind: clock, path: path}}}
	case name == "targetingKey":
		name = "key"
	case name == "key", name == "now":
		return t.fail(path, name, "must not be key or now, which are the subject's key and the time here")
	case name == "" || strings.Contains(name, "."):
		return t.fail(path, args, "must be the name of an attribute, without dots")
	}
	return []choice{{always, outcome{kind: attribute, name: name, value: otherwise, path: path}}}
}

// single is an expression that must come to one literal.
func (t *translation) single(e any, path string) outcome {
	list := t.choices(e, path)
	if len(list) != 1 || list[0].out.kind != literal {
		t.problems.Add(path, nil, "must be the same for everybody")
		return outcome{path: path}
	}
	return list[0].out
}

// list is arguments that must be a list of a length.
func (t *translation) list(args any, least, most int, path string) []any {
	l, ok := args.([]any)
	if !ok || len(l) < least || len(l) > most {
		rule := fmt.Sprintf("must be a list of %d arguments", least)
		if most > least {
			rule = fmt.Sprintf("must be a list of %d arguments or more", least)
		}
		t.problems.Add(path, nil, rule)
		return nil
	}
	return l
}

// conditional is if: pairs of a condition and a result, and a last result.
func (t *translation) conditional(args any, path string) []choice {
	list := t.list(args, 0, maxChoices, path)
	var out []choice
	for i := 0; i+1 < len(list); i += 2 {
		when := t.truth(list[i], path+"["+strconv.Itoa(i)+"]")
		if when.fixed && !when.yes {
			continue
		}
		for _, c := range t.choices(list[i+1], path+"["+strconv.Itoa(i+1)+"]") {
			out = append(out, choice{all(when, c.when), c.out})
		}
		if when.fixed {
			return out
		}
	}
	if n := len(list); n%2 == 1 {
		return append(out, t.choices(list[n-1], path+"["+strconv.Itoa(n-1)+"]")...)
	}
	return append(out, constant(nil, path)...)
}

// first is and, or or as a value: the first argument that is false, or true, or the last.
func (t *translation) first(op string, args any, path string) []choice {
	list := t.list(args, 0, maxChoices, path)
	if len(list) == 0 {
		return constant(nil, path)
	}
	last := len(list) - 1
	out := t.choices(list[last], path+"["+strconv.Itoa(last)+"]")
	for i := last - 1; i >= 0; i-- {
		var next []choice
		for _, c := range t.choices(list[i], path+"["+strconv.Itoa(i)+"]") {
			stop := t.holds(c.out)
			if op == "and" {
				stop = unless(stop)
			}
			next = append(next, choice{all(c.when, stop), c.out})
			for _, rest := range out {
				next = append(next, choice{all(c.when, rest.when), rest.out})
			}
		}
		if out = t.bounded(next, path); t.full {
			break
		}
	}
	return out
}

// join is cat: literals, and at most one attribute at the end.
func (t *translation) join(args any, path string) []choice {
	list, ok := args.([]any)
	if !ok {
		list = []any{args}
	}
	prefix := ""
	for i, a := range list {
		at := path + "[" + strconv.Itoa(i) + "]"
		c := t.choices(a, at)
		o := c[0].out
		s, ok := text(o.value)
		switch {
		case len(c) == 1 && o.kind == literal && ok:
			prefix += s
			continue
		case len(c) == 1 && o.kind == attribute && o.value == nil && i == len(list)-1:
			o.kind, o.prefix = joined, strings.TrimLeft(prefix, " \t\r\n")
			return []choice{{always, o}}
		}
		return t.fail(at, nil, "must be a text or a number; only the last may be an attribute, without a default")
	}
	if len(list) > 1 {
		prefix = strings.TrimSpace(prefix)
	}
	return constant(prefix, path)
}
