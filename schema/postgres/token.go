package postgres

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind int

const (
	word   kind = iota // an identifier or keyword without quotes, in lower case
	quoted             // an identifier in double quotes, without them
	text               // a string constant of any form; the token's text is what is between the quotes
	number
	symbol // an operator, or one of ( ) [ ] , ; . :
)

type token struct {
	kind     kind
	text     string
	pos, end int // in the statement
}

// errText is what every error of scan wraps.
var errText = errors.New("not the text of a statement")

// maxText is how long a script may be.
const maxText = 1 << 20

// scan cuts text into tokens as PostgreSQL's lexer does (Lexical Structure in its manual, section 4.1), with
// standard_conforming_strings on. Comments are left out.
func scan(s string) ([]token, error) {
	if len(s) > maxText || !utf8.ValidString(s) {
		return nil, errText
	}
	var toks []token
	for i := 0; i < len(s); {
		if n := space(s[i:]); n != 0 {
			if n < 0 {
				return nil, errText
			}
			i += n
			continue
		}
		k, value, n := lexeme(s[i:])
		if n <= 0 {
			return nil, errText
		}
		toks = append(toks, token{k, value, i, i + n})
		i += n
	}
	return toks, nil
}

// space is how long the space or the comment is that s begins with, or -1 if the comment does not end.
func space(s string) int {
	switch {
	case strings.IndexByte(" \t\n\r\f\v", s[0]) >= 0:
		return 1
	case strings.HasPrefix(s, "--"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end
		}
		return len(s)
	case strings.HasPrefix(s, "/*"):
		depth := 1
		for i := 2; i < len(s); i++ {
			switch {
			case strings.HasPrefix(s[i:], "/*"):
				depth++
				i++
			case strings.HasPrefix(s[i:], "*/"):
				depth--
				i++
				if depth == 0 {
					return i + 1
				}
			}
		}
		return -1
	}
	return 0
}

const operators = "+-*/<>=~!@#%^&|`?"

// lexeme is the token that s begins with and its length, or a length of 0 if there is none.
func lexeme(s string) (kind, string, int) {
	c, _ := utf8.DecodeRuneInString(s)
	switch {
	case c == '"':
		value, n := until(s[1:], '"', false)
		return quoted, value, n + 1
	case c == '\'':
		value, n := until(s[1:], '\'', false)
		return text, value, n + 1
	case len(s) > 1 && s[1] == '\'' && strings.IndexByte("eEbBxXnN", s[0]) >= 0:
		value, n := until(s[2:], '\'', s[0] == 'e' || s[0] == 'E')
		return text, value, n + 2
	case c == '$':
		return dollar(s)
	case unicode.IsLetter(c) || c == '_':
		n := len(s)
		if end := strings.IndexFunc(s, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$'
		}); end >= 0 {
			n = end
		}
		return word, fold(s[:n]), n
	case c >= '0' && c <= '9', c == '.' && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		n := numeral(s)
		return number, s[:n], n
	case strings.IndexByte("()[],;.", s[0]) >= 0:
		return symbol, s[:1], 1
	case c == ':':
		if strings.HasPrefix(s, "::") || strings.HasPrefix(s, ":=") {
			return symbol, s[:2], 2
		}
		return symbol, ":", 1
	}
	n := 0
	for n < len(s) && strings.IndexByte(operators, s[n]) >= 0 && (n == 0 || !strings.HasPrefix(s[n:], "--") && !strings.HasPrefix(s[n:], "/*")) {
		n++
	}
	return symbol, s[:n], n
}

// fold is what the server makes of a name without quotes: it lowers ASCII letters only.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// until reads to the closing quote, which stands for itself when doubled; the length is -2 if there is none.
func until(s string, quote byte, backslash bool) (string, int) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\' && i+1 < len(s):
			b.WriteByte(s[i])
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return b.String(), i + 1
		}
		b.WriteByte(s[i])
	}
	return "", -2
}

// dollar reads $tag$...$tag$, or a parameter: $1.
func dollar(s string) (kind, string, int) {
	end := max(strings.IndexByte(s[1:], '$')+1, 0)
	tag := s[:end+1]
	if end == 0 || strings.ContainsAny(tag, " \t\r\n'\"();,") || len(tag) > 2 && tag[1] >= '0' && tag[1] <= '9' {
		n := 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 1 {
			return symbol, "", 0
		}
		return number, s[:n], n
	}
	body, _, found := strings.Cut(s[len(tag):], tag)
	if !found {
		return symbol, "", 0
	}
	return text, body, len(body) + 2*len(tag)
}

// numeral is the length of a number: digits, a fraction, an exponent.
func numeral(s string) int {
	digits := func(i int) int {
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '_') {
			i++
		}
		return i
	}
	n := digits(0)
	if n < len(s) && s[n] == '.' {
		n = digits(n + 1)
	}
	if n+1 < len(s) && (s[n] == 'e' || s[n] == 'E') {
		exp := n + 1
		if s[exp] == '+' || s[exp] == '-' {
			exp++
		}
		if end := digits(exp); end > exp {
			n = end
		}
	}
	return n
}

// Split cuts a script into its statements, without the semicolons, the comments around them and empty ones. A body
// written as BEGIN ATOMIC ... END is not known and is cut at its semicolons. The error says that a quote or comment
// does not end, that the script is not UTF-8, or that it is longer than 1 MiB.
func Split(script string) ([]string, error) {
	toks, err := scan(script)
	if err != nil {
		return nil, err
	}
	var out []string
	from := 0
	for i := 0; i <= len(toks); i++ {
		if i < len(toks) && !(toks[i].kind == symbol && toks[i].text == ";") {
			continue
		}
		if i > from {
			out = append(out, script[toks[from].pos:toks[i-1].end])
		}
		from = i + 1
	}
	return out, nil
}
