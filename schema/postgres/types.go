package postgres

import (
	"slices"
	"strconv"
	"strings"
)

// typ is a type as the server knows it.
type typ struct {
	base  string // the server's own name: "integer", "timestamp with time zone"; as written if it is not built in
	args  []int  // length, precision and scale, or precision of seconds
	array bool
	known bool // built in
}

// aliases are the names of built-in types that are not their own, and those that are (never written).
var aliases = map[string]string{
	"int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "decimal": "numeric", "dec": "numeric",
	"float8": "double precision", "float4": "real", "bool": "boolean", "varchar": "character varying",
	"char": "character", "bpchar": "bpchar", "timestamptz": "timestamp with time zone",
	"timestamp": "timestamp without time zone", "timetz": "time with time zone", "time": "time without time zone",
	"varbit": "bit varying", "float": "double precision",
	"integer": "integer", "bigint": "bigint", "smallint": "smallint", "numeric": "numeric", "real": "real",
	"boolean": "boolean", "text": "text", "date": "date", "interval": "interval", "uuid": "uuid", "json": "json",
	"jsonb": "jsonb", "inet": "inet", "cidr": "cidr", "bytea": "bytea", "bit": "bit", "money": "money", "xml": "xml",
	"macaddr": "macaddr", "tsvector": "tsvector", "tsquery": "tsquery", "point": "point", "oid": "oid", "name": "name",
	"int4range": "int4range", "int8range": "int8range", "numrange": "numrange", "daterange": "daterange",
	"tsrange": "tsrange", "tstzrange": "tstzrange", "jsonpath": "jsonpath", "citext": "citext",
}

// serials are the types that are short for an integer, a sequence and a default (never written).
var serials = map[string]string{
	"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint", "smallserial": "smallint",
	"serial2": "smallint",
}

// String is how the server writes the type, with its own short names.
func (t typ) String() string {
	s := t.base
	if len(t.args) > 0 {
		var args []string
		for _, a := range t.args {
			args = append(args, strconv.Itoa(a))
		}
		mod := "(" + strings.Join(args, ",") + ")"
		if first, rest, ok := strings.Cut(s, " with"); ok { // timestamp(3) without time zone
			s = first + mod + " with" + rest
		} else {
			s += mod
		}
	}
	if t.array {
		s += "[]"
	}
	return s
}

func (t typ) same(u typ) bool {
	return t.base == u.base && t.array == u.array && slices.Equal(t.args, u.args)
}

// arg is the first argument, or other if there is none.
func (t typ) arg(other int) int {
	if len(t.args) == 0 {
		return other
	}
	return t.args[0]
}

// typeName reads a type.
func (p *parser) typeName() typ {
	var t typ
	switch {
	case p.take("double", "precision"):
		t.base = "double precision"
	case p.take("character", "varying"), p.take("char", "varying"):
		t.base = "character varying"
	case p.take("character"):
		t.base = "character"
	case p.take("bit", "varying"):
		t.base = "bit varying"
	default:
		t.base = strings.TrimPrefix(p.name(), "pg_catalog.")
		if own, ok := aliases[t.base]; ok {
			t.base = own
		}
	}
	_, t.known = aliases[t.base]
	t.known = t.known || slices.Contains([]string{
		"double precision", "character", "character varying", "bit varying", "timestamp with time zone",
		"timestamp without time zone", "time with time zone", "time without time zone",
	}, t.base)
	if p.take("(") {
		for {
			neg := p.take("-")
			n, err := strconv.Atoi(p.one(number))
			if err != nil {
				p.bad = true
				return t
			}
			if neg {
				n = -n
			}
			t.args = append(t.args, n)
			if !p.take(",") {
				break
			}
		}
		p.need(")")
	}
	p.zone(&t)
	if t.base == "character" && len(t.args) == 0 {
		t.args = []int{1}
	}
	if t.base == "numeric" && len(t.args) == 1 {
		t.args = append(t.args, 0)
	}
	for p.take("[") {
		p.one(number)
		p.need("]")
		t.array = true
	}
	t.array = p.take("array") || t.array
	return t
}

// zone reads what follows timestamp(3) and time(3).
func (p *parser) zone(t *typ) {
	short, ok := strings.CutSuffix(t.base, " without time zone")
	switch {
	case !ok:
	case p.take("with", "time", "zone"):
		t.base = short + " with time zone"
	default:
		p.take("without", "time", "zone")
	}
}

// parseType reads a type that is all of the text.
func parseType(s string) (typ, bool) {
	toks, err := scan(s)
	p := &parser{toks: toks, sql: s}
	t := p.typeName()
	return t, err == nil && !p.bad && p.i == len(toks) && t.known
}
