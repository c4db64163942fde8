package flagd

import (
	"cmp"
	"math/big"
	"regexp"
	"strings"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

func partOf(part, s string) bool { return strings.Contains(s, part) }

// partsOf is true of an attribute that is a part of s.
func partsOf(name, s string) condition {
	seen := map[string]bool{"": true}
	c := toggle.Condition{Attribute: name, In: []toggle.Value{toggle.Text("")}}
	for i := range s {
		for j := range s[i:] {
			if j > 0 && !seen[s[i:i+j]] {
				seen[s[i:i+j]] = true
				c.In = append(c.In, toggle.Text(s[i:i+j]))
			}
		}
		if !seen[s[i:]] {
			seen[s[i:]] = true
			c.In = append(c.In, toggle.Text(s[i:]))
		}
	}
	return test(c)
}

// contains is true of an attribute that is a string with a literal in it, or a list with it
// as an element.
func (t *translation) contains(a outcome, name string) condition {
	v, ok := value(a.value)
	if !ok {
		t.problems.Add(a.path, nil, "must be a boolean, a string or a number")
		return never
	}
	element := all(is(name, "list"), equals(name, v))
	s, isText := a.value.(string)
	switch {
	case !isText:
		return element
	case s == "":
		return some(is(name, "string"), element)
	}
	return some(all(is(name, "string"), test(toggle.Condition{Attribute: name, Contains: []string{s}})), element)
}

// textual is starts_with, ends_with and sem_ver: of whom it is true, and of whom it is true
// or false. Of the others it is null.
func (t *translation) textual(op string, args any, path string) (yes, known condition) {
	n := 2
	if op == "sem_ver" {
		n = 3
	}
	list := t.list(args, n, n, path)
	if list == nil {
		return never, never
	}
	apply := func(x outcome) (yes, known condition) {
		if op == "sem_ver" {
			return t.version(x, t.single(list[1], path+"[1]"), t.single(list[2], path+"[2]"))
		}
		return t.affix(op, x, t.single(list[1], path+"[1]"))
	}
	c := t.choices(list[0], path+"[0]")
	yes = t.pick(c, path, func(x outcome) condition { yes, _ := apply(x); return yes })
	known = t.pick(c, path, func(x outcome) condition { _, known := apply(x); return known })
	return yes, known
}

// affix is starts_with and ends_with.
func (t *translation) affix(op string, a, b outcome) (yes, known condition) {
	part, ok := b.value.(string)
	has := strings.HasPrefix
	if op == "ends_with" {
		has = strings.HasSuffix
	}
	s, isText := a.value.(string)
	isText = isText && ok
	yes, known = truth(isText && has(s, part)), truth(isText)
	switch {
	case a.kind == literal || !ok:
		return yes, known
	case a.kind != attribute:
		t.problems.Add(a.path, nil, "must be an attribute or a literal")
		return never, never
	}
	c := toggle.Condition{Attribute: a.name, Prefix: []string{part}}
	if op == "ends_with" {
		c.Prefix, c.Suffix = nil, []string{part}
	}
	with := test(c)
	if part == "" {
		with = is(a.name, "string")
	}
	return some(with, all(absent(a.name), yes)), some(is(a.name, "string"), all(absent(a.name), known))
}

// versions is the form of a version in sem_ver: minor and patch may be missing, but not
// before a pre-release or build metadata.
const versions = `^[vV]?(0|[1-9]\d*)(\.(0|[1-9]\d*)(\.(0|[1-9]\d*)` +
	`(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?)?)?$`

var versionForm = regexp.MustCompile(versions) // never written

// version is sem_ver.
func (t *translation) version(a, op, b outcome) (yes, known condition) {
	target, _ := b.value.(string)
	operator, _ := op.value.(string)
	if !versionForm.MatchString(target) {
		t.problems.Add(b.path, b.value, "must be a semantic version")
		return never, never
	}
	bounds := ""
	switch operator {
	case "=", "!=", "<", "<=", ">", ">=":
		bounds = operator + target
	case "^", "~":
		bounds = between(operator, target)
	default:
		t.problems.Add(op.path, op.value, "must be one of = != < <= > >= ^ ~")
		return never, never
	}
	if a.kind != attribute || a.value != nil {
		t.problems.Add(a.path, nil, "must be an attribute, without a default")
		return never, never
	}
	known = matches(a.name, versions)
	return all(known, test(toggle.Condition{Attribute: a.name, Version: bounds})), known
}

// between are the bounds of ^, the same major version, and ~, the same minor one. The least
// of all versions with the same core is its pre-release 0.
func between(op, target string) string {
	m := versionForm.FindStringSubmatch(target)
	major, minor := m[1], cmp.Or(m[3], "0")
	if op == "^" {
		return ">=" + major + ".0.0-0 <" + next(major) + ".0.0-0"
	}
	return ">=" + major + "." + minor + ".0-0 <" + major + "." + next(minor) + ".0-0"
}

// next is a decimal number plus one.
func next(digits string) string {
	n, _ := new(big.Int).SetString(digits, 10) // digits is some
	return n.Add(n, big.NewInt(1)).String()
}
