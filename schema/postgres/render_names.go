package postgres

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// The functions of this file quote what a definition says and report what cannot be quoted.

func (d define) id(at, name string) string {
	q, err := Identifier(name)
	if err != nil {
		d.wrong(at, name, err.Error())
	}
	return q
}

func (d define) full(at, name string) string {
	q, err := qualified(name)
	if err != nil {
		d.wrong(at, name, err.Error())
	}
	return q
}

// tab is the table of the definition.
func (d define) tab() string { return d.full(".table", d.Table) }

func (d define) lit(at, text string) string {
	q, err := Literal(text)
	if err != nil {
		d.wrong(at, text, err.Error())
	}
	return q
}

func (d define) sql(at, text string) string {
	if err := fragment(text); err != nil {
		d.wrong(at, text, err.Error())
	}
	return text
}

// own is the name of the definition, or one made of what is defined.
func (d define) own(kind string) string {
	if d.Name != "" {
		return bare(d.Name)
	}
	parts := []string{bare(d.Table), strings.Join(d.names(), "_"), kind, d.Expr}
	for _, c := range d.Columns {
		parts = append(parts, c.Name, c.Expr)
	}
	return derived(parts...)
}

// names are those of the columns; there must be one at least.
func (d define) names() []string {
	if len(d.Columns) == 0 {
		d.wrong(".columns", nil, "must be given")
	}
	var out []string
	for _, c := range d.Columns {
		out = append(out, c.Name)
	}
	return out
}

// ids are the quoted names of the columns.
func (d define) ids() []string {
	var out []string
	for i, name := range d.names() {
		out = append(out, d.id(fmt.Sprintf(".columns[%d].name", i), name))
	}
	return out
}

// one is the only column of a definition that is about one.
func (d define) one() (schema.Column, string) {
	if len(d.Columns) != 1 {
		d.wrong(".columns", len(d.Columns), "must be one")
		return schema.Column{}, ""
	}
	return d.Columns[0], d.ids()[0]
}

// key are the quoted columns of the cursor.
func (d define) key() []string {
	if len(d.Key) == 0 {
		d.wrong(".key", nil, "must be given: columns that are unique, not null and never change")
	}
	var out []string
	for i, name := range d.Key {
		out = append(out, d.id(fmt.Sprintf(".key[%d]", i), name))
	}
	return out
}

// typeText is how a type may be written: words, a modifier in parentheses, more words, and dimensions; and no part of what else may
// follow in the definition of a column.
var (
	typeText  = regexp.MustCompile(`^[\w". ]+(\(\s*\d+\s*(,\s*\d+\s*)?\))?[\w ]*(\[\d*\])*$`)                                 // never written
	notOfType = regexp.MustCompile(`(?i)\b(not|null|default|primary|unique|references|check|constraint|generated|collate)\b`) // never written
	serialish = regexp.MustCompile(`(?i)^\s*(small|big)?serial[248]?\s*$`)                                                    // never written
)

// typ is the type of a column as it is written into a statement.
func (d define) typ(at, t string) string {
	switch {
	case !typeText.MatchString(t) || fragment(t) != nil:
		d.wrong(at, t, "must be a type")
	case notOfType.MatchString(t):
		d.wrong(at, t, "must be a type alone: constraints are steps of their own")
	}
	return t
}

var modifier = regexp.MustCompile(`\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)`) // never written

// hasType is the condition that a row of pg_attribute has the type. Names of types have many
// spellings and the modifier has one, so the server compares the first and we the second.
func (d define) hasType(at, t string) string {
	t = d.typ(at, t)
	mod, word := "", strings.ToLower(strings.TrimSpace(modifier.ReplaceAllString(t, "")))
	if m := modifier.FindStringSubmatch(t); m != nil {
		mod = "(" + m[1]
		if m[2] != "" {
			mod += "," + m[2]
		} else if slices.Contains([]string{"numeric", "decimal", "dec"}, strings.TrimRight(word, "[]")) {
			mod += ",0"
		}
		mod += ")"
	} else if slices.Contains([]string{"char", "character", "bit"}, strings.TrimRight(word, "[]")) {
		mod = "(1)"
	}
	return fmt.Sprintf("a.atttypid = to_regtype(%s) AND coalesce(substring(format_type(a.atttypid, a.atttypmod) FROM '[(].*[)]'), '') = '%s'",
		d.lit(at, t), mod)
}

// hasColumn is the condition that the table has such a column.
func (d define) hasColumn(table, name string, more ...string) string {
	return fmt.Sprintf("EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = %s AND a.attname = %s AND NOT a.attisdropped%s)",
		d.reg(table), d.lit("", name), and(more))
}

// hasConstraint is the condition that the table has such a constraint.
func (d define) hasConstraint(name, kind string, more ...string) string {
	return fmt.Sprintf("EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = %s AND c.conname = %s AND c.contype = '%s'%s)",
		d.reg(d.Table), d.lit(".name", name), kind, and(more))
}

func and(more []string) string {
	var b strings.Builder
	for _, m := range more {
		if m != "" {
			b.WriteString(" AND " + m)
		}
	}
	return b.String()
}

// reg is the identity of a table, index or view, null if there is none.
func (d define) reg(name string) string {
	return "to_regclass(" + d.lit(".table", d.full(".table", name)) + ")"
}

// hasKind is the condition that something is a table ("r") or a view ("v").
func (d define) hasKind(name, kinds string) string {
	return fmt.Sprintf("EXISTS (SELECT FROM pg_class k WHERE k.oid = %s AND k.relkind IN (%s))", d.reg(name), kinds)
}

// list is an array of texts.
func (d define) list(texts []string) string {
	var out []string
	for _, t := range texts {
		out = append(out, strings.TrimSpace(d.lit("", t)))
	}
	return "ARRAY[" + strings.Join(out, ", ") + "]::text[]"
}

// attributes is the array of the names of numbered columns of a table, in the order of the numbers.
func attributes(table, numbers string) string {
	return fmt.Sprintf("(SELECT array_agg(coalesce(a.attname, '')::text ORDER BY n.o) FROM unnest(%s) WITH ORDINALITY n(num, o)"+
		" LEFT JOIN pg_attribute a ON a.attrelid = %s AND a.attnum = n.num)", numbers, table)
}
