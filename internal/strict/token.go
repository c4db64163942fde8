package strict

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// literal reads word.
func (p *parser) literal(word string) bool {
	for i := range len(word) {
		if p.peek() != word[i] {
			return p.expected(word)
		}
		p.pos++
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (p *parser) digits() bool {
	if !isDigit(p.peek()) {
		return p.expected("a digit")
	}
	for isDigit(p.peek()) {
		p.pos++
	}
	return true
}

func (p *parser) number() bool {
	if p.peek() == '-' {
		p.pos++
	}
	if p.peek() == '0' {
		p.pos++
		if isDigit(p.peek()) {
			return p.fail("a number must not start with 0")
		}
	} else if !p.digits() {
		return false
	}
	if p.peek() == '.' {
		p.pos++
		if !p.digits() {
			return false
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		return p.digits()
	}
	return true
}

// text reads a quoted text. What encoding/json would replace by U+FFFD is refused: invalid UTF-8 and half surrogates.
func (p *parser) text() bool {
	for p.pos++; p.pos < len(p.data); {
		switch c := p.data[p.pos]; {
		case c == '"':
			p.pos++
			return true
		case c == '\\':
			if !p.escape() {
				return false
			}
		case c < ' ':
			return p.fail("a control character in a text must be escaped")
		case c < utf8.RuneSelf:
			p.pos++
		default:
			r, size := utf8.DecodeRune(p.data[p.pos:])
			if r == utf8.RuneError && size == 1 {
				return p.fail("the input is not valid UTF-8")
			}
			p.pos += size
		}
	}
	return p.fail("the input ends within a text")
}

// escape reads one escape, or two that are a surrogate pair.
func (p *parser) escape() bool {
	start := p.pos
	p.pos++
	switch p.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.pos++
		return true
	case 'u':
		p.pos++
	default:
		return p.expected(`one of " \ / b f n r t u`)
	}
	unit, ok := p.hex()
	if !ok {
		return false
	}
	if unit < 0xD800 || unit > 0xDFFF {
		return true
	}
	if unit <= 0xDBFF && p.peek() == '\\' && p.pos+1 < len(p.data) && p.data[p.pos+1] == 'u' {
		p.pos += 2
		low, ok := p.hex()
		if !ok {
			return false
		}
		if 0xDC00 <= low && low <= 0xDFFF {
			return true
		}
	}
	p.pos = start
	return p.fail("half of a surrogate pair is no character")
}

// hex reads four hexadecimal digits.
func (p *parser) hex() (int, bool) {
	unit := 0
	for range 4 {
		c := p.peek()
		switch {
		case isDigit(c):
			unit = unit<<4 | int(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | int(c|0x20-'a'+10)
		default:
			return 0, p.expected("a hexadecimal digit")
		}
		p.pos++
	}
	return unit, true
}

// unquote returns what a quoted text means; raw was accepted by parser.text.
func unquote(raw []byte) string {
	if slices.Contains(raw, '\\') {
		var text string
		// It cannot fail: the parser accepts less than encoding/json does.
		_ = json.Unmarshal(raw, &text)
		return text
	}
	return string(raw[1 : len(raw)-1])
}
