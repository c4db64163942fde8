package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxIdentifier is how many bytes of a name PostgreSQL keeps; it cuts the rest off silently
// (NAMEDATALEN - 1, PostgreSQL manual 4.1.1).
const maxIdentifier = 63

// Identifier quotes a name, which is given as it is stored. A name that is empty, too long to be stored, has a NUL, or is not
// UTF-8, is an error: the server would refuse it or take it for another.
func Identifier(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("must be a name")
	case len(name) > maxIdentifier:
		return "", fmt.Errorf("must have at most %d bytes: the server would cut it off", maxIdentifier)
	case strings.ContainsRune(name, 0):
		return "", errors.New("must not have a NUL")
	case !utf8.ValidString(name):
		return "", errors.New("must be UTF-8")
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`, nil
}

// Literal quotes a text as a constant. One with a NUL, or that is not UTF-8, is an error. It does not
// depend on the setting standard_conforming_strings.
func Literal(text string) (string, error) {
	switch {
	case strings.ContainsRune(text, 0):
		return "", errors.New("must not have a NUL")
	case !utf8.ValidString(text):
		return "", errors.New("must be UTF-8")
	}
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	if strings.Contains(text, `\`) {
		quoted = " E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted, nil
}

// qualified quotes the name of a table, index, type, with or without its schema.
func qualified(name string) (string, error) {
	parts := strings.Split(name, ".")
	if len(parts) > 2 {
		return "", errors.New("must be a name or schema.name")
	}
	for i, p := range parts {
		q, err := Identifier(p)
		if err != nil {
			return "", err
		}
		parts[i] = q
	}
	return strings.Join(parts, "."), nil
}

// beside puts a name into the schema of another: indexes, triggers and functions live where their table does.
func beside(table, name string) string {
	if schema, _, ok := strings.Cut(table, "."); ok {
		return schema + "." + name
	}
	return name
}

// bare is a name without its schema.
func bare(name string) string { return name[strings.IndexByte(name, '.')+1:] }

// derived makes a name of parts: readable at the front, and a hash of all parts at the end, so that neither what is cut off nor
// where the parts meet makes two names one.
func derived(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	sum := "_" + hex.EncodeToString(h.Sum(nil))[:10]
	front := parts[0]
	if len(parts) > 1 {
		front += "_" + parts[1]
	}
	front = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r == 0 || r == '.' {
			return '_' // a dot would be taken for the end of a schema's name
		}
		return r
	}, front), "_")
	for n := maxIdentifier - len(sum); len(front) > n; {
		_, size := utf8.DecodeLastRuneInString(front)
		front = front[:len(front)-size]
	}
	return front + sum
}

// fragment checks a piece of SQL that somebody else wrote and that stands in the middle of a statement: quotes and parentheses are
// closed in it, and neither a semicolon nor a comment ends what stands behind it. What it means is the server's business.
func fragment(sql string) error {
	toks, err := scan(sql)
	switch {
	case err != nil || strings.ContainsRune(sql, 0):
		return errors.New("must be SQL in UTF-8, with quotes and comments closed")
	case len(toks) == 0:
		return errors.New("must be SQL")
	}
	var open []string
	end := 0
	for _, t := range append(toks, token{pos: len(sql), end: len(sql)}) {
		if strings.ContainsAny(sql[end:t.pos], "-/") { // between tokens there is only space, unless there is a comment
			return errors.New("must have no comment")
		}
		end = t.end
		switch mark := sql[t.pos:t.end]; mark {
		case ";":
			return errors.New("must be one expression, without a semicolon")
		case "(":
			open = append(open, ")")
		case "[":
			open = append(open, "]")
		case ")", "]":
			if len(open) == 0 || open[len(open)-1] != mark {
				return errors.New("has a parenthesis that was not opened")
			}
			open = open[:len(open)-1]
		default:
			if t.kind != text && strings.HasPrefix(mark, "$") {
				return errors.New("must have no parameter")
			}
		}
	}
	if len(open) > 0 {
		return errors.New("has a parenthesis that is not closed")
	}
	return nil
}
