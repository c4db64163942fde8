package strict

import (
	"fmt"
	"unicode/utf8"
)

const (
	maxDepth = 64    // levels of lists and objects
	maxItems = 10000 // elements of one list
)

// form is what a value looks like, before anybody asks what it should be.
type form uint8

const (
	formNull form = iota
	formBool
	formNumber
	formText
	formList
	formObject
)

// node is one parsed value. It keeps the place of its bytes rather than what they mean.
type node struct {
	form       form
	start, end int
	members    []member // of an object, in the order of the input
	items      []node   // of a list, the first maxItems
	count      int      // of a list, all elements
}

type member struct {
	key   string
	again bool // the object had this key before
	value node
}

// syntaxError is why the input is no JSON value, and where.
type syntaxError struct {
	offset int
	rule   string
}

// parser reads one JSON value (RFC 8259, and nothing but). Its methods return false at the first error, which is in err.
type parser struct {
	data  []byte
	pos   int
	depth int // levels still allowed
	err   syntaxError
}

// parse reads data, which may have at most depth levels of lists and objects, as one value.
func parse(data []byte, depth int) (node, *syntaxError) {
	p := parser{data: data, depth: depth}
	var n node
	if !p.value(&n) {
		return node{}, &p.err
	}
	p.space()
	if p.pos < len(data) {
		p.fail("nothing may follow the value")
		return node{}, &p.err
	}
	return n, nil
}

func (p *parser) fail(rule string) bool {
	p.err = syntaxError{offset: p.pos, rule: rule}
	return false
}

// expected fails with what should be at the current position and what is there.
func (p *parser) expected(what string) bool {
	if p.pos >= len(p.data) {
		return p.fail("the input ends where " + what + " is expected")
	}
	r, size := utf8.DecodeRune(p.data[p.pos:])
	if r == utf8.RuneError && size == 1 {
		return p.fail("the input is not valid UTF-8")
	}
	return p.fail(fmt.Sprintf("%s is expected, not %q", what, r))
}

// peek returns the byte at the current position, 0 at the end: no rule of the grammar accepts a 0.
func (p *parser) peek() byte {
	if p.pos < len(p.data) {
		return p.data[p.pos]
	}
	return 0
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// accept skips space and then c, if it is there.
func (p *parser) accept(c byte) bool {
	p.space()
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

func (p *parser) value(n *node) bool {
	p.space()
	n.start = p.pos
	ok := false
	switch c := p.peek(); {
	case c == '{':
		n.form, ok = formObject, p.nested(n, p.object)
	case c == '[':
		n.form, ok = formList, p.nested(n, p.list)
	case c == '"':
		n.form, ok = formText, p.text()
	case c == '-' || isDigit(c):
		n.form, ok = formNumber, p.number()
	case c == 't':
		n.form, ok = formBool, p.literal("true")
	case c == 'f':
		n.form, ok = formBool, p.literal("false")
	case c == 'n':
		n.form, ok = formNull, p.literal("null")
	default:
		return p.expected("a value")
	}
	n.end = p.pos
	return ok
}

// nested reads a list or an object one level down. Too deep ends the reading: the levels are the parser's own stack.
func (p *parser) nested(n *node, read func(*node) bool) bool {
	if p.depth == 0 {
		return p.fail(fmt.Sprintf("must not be nested deeper than %d levels", maxDepth))
	}
	p.depth--
	p.pos++
	ok := read(n)
	p.depth++
	return ok
}

func (p *parser) object(n *node) bool {
	if p.accept('}') {
		return true
	}
	var seen map[string]bool
	for {
		p.space()
		start := p.pos
		if p.peek() != '"' {
			return p.expected("a key in quotes")
		}
		if !p.text() {
			return false
		}
		m := member{key: unquote(p.data[start:p.pos])}
		if !p.accept(':') {
			return p.expected(`":"`)
		}
		if !p.value(&m.value) {
			return false
		}
		if m.again, seen = known(m.key, n.members, seen); !m.again && seen != nil {
			seen[m.key] = true
		}
		n.members = append(n.members, m)
		if p.accept('}') {
			return true
		}
		if !p.accept(',') {
			return p.expected(`"," or "}"`)
		}
	}
}

// known says whether key is among the members. Small objects are searched, larger ones get an index.
func known(key string, members []member, seen map[string]bool) (bool, map[string]bool) {
	const small = 16
	if len(members) < small {
		for i := range members {
			if members[i].key == key {
				return true, nil
			}
		}
		return false, nil
	}
	if seen == nil {
		seen = make(map[string]bool, 2*small)
		for i := range members {
			seen[members[i].key] = true
		}
	}
	return seen[key], seen
}

func (p *parser) list(n *node) bool {
	if p.accept(']') {
		return true
	}
	for {
		var item node
		if !p.value(&item) {
			return false
		}
		if n.count++; n.count <= maxItems {
			n.items = append(n.items, item)
		}
		if p.accept(']') {
			return true
		}
		if !p.accept(',') {
			return p.expected(`"," or "]"`)
		}
	}
}

// position says where offset is, for a person and for an editor.
func position(data []byte, offset int) string {
	line, column := 1, 1
	for _, r := range string(data[:offset]) {
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return fmt.Sprintf("line %d, column %d (byte %d)", line, column, offset)
}

// in says where in data the error is, and what it is.
func (e *syntaxError) in(data []byte) string { return position(data, e.offset) + ": " + e.rule }
