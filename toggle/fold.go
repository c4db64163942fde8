package toggle

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// decimal reads a string that is a decimal number, with or without sign, fraction and
// exponent. One that is too large is infinite.
func decimal(s string) (float64, bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if e, ok := err.(*strconv.NumError); ok && e.Err != strconv.ErrRange {
		return 0, false
	}
	return f, true
}

// folded is the test of a text, which is in lower case, that takes letters of a string as if
// they were. It allocates nothing.
func (n *node) folded() func(s, t string) bool {
	switch n.op {
	case opPrefix:
		return foldedPrefix
	case opSuffix:
		return foldedSuffix
	}
	return foldedContains
}

func foldedPrefix(s, t string) bool {
	for _, want := range t {
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 || unicode.ToLower(r) != want {
			return false
		}
		s = s[size:]
	}
	return true
}

func foldedSuffix(s, t string) bool {
	for t != "" {
		want, n := utf8.DecodeLastRuneInString(t)
		r, size := utf8.DecodeLastRuneInString(s)
		if size == 0 || unicode.ToLower(r) != want {
			return false
		}
		s, t = s[:len(s)-size], t[:len(t)-n]
	}
	return true
}

func foldedContains(s, t string) bool {
	for i := range s {
		if foldedPrefix(s[i:], t) {
			return true
		}
	}
	return false
}

// lower makes texts lower case, once.
func (n *node) lower() {
	n.fold = true
	for i, t := range n.texts {
		n.texts[i] = strings.ToLower(t)
	}
}
