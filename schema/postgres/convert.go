package postgres

import (
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// Fate is what becomes of the values of one type when they are stored as another: the verdict, and for one that is not
// ok a value as text that shows it. The witness is empty where the session's time zone decides and none is known for it.
type Fate struct {
	Verdict schema.Verdict `json:"verdict"`
	Witness string         `json:"witness"`
	// Explicit: the server converts only when told how, by USING with a cast.
	Explicit bool `json:"explicit"`
}

// Conversion is what changing a column's type does, to the table and to its values.
type Conversion struct {
	From string `json:"from"` // the types by the server's own names
	To   string `json:"to"`
	// Known is false if a type or the pair is not among those that are known. Everything else then says the worst.
	Known bool `json:"known"`
	// Rewrite: the table is written anew, and its indexes. Rebuild: the indexes that use the column are; without
	// either, only the catalog changes.
	Rewrite bool `json:"rewrite"`
	Rebuild bool `json:"rebuild"`
	// Forward is what becomes of the values of From, Back what becomes of those of To on the way back.
	Forward Fate `json:"forward"`
	Back    Fate `json:"back"`
}

// Convert says what ALTER COLUMN TYPE does without USING, or with USING a plain cast where only that is possible. Types
// are written as in SQL: "int", "varchar(20)", "timestamp(3)", "timestamptz". The server's version and time zone count.
// Values are compared by the equality of their own type; the way back of a value is the cast back.
func Convert(from, to string, s Server) Conversion {
	f, okF := parseType(from)
	t, okT := parseType(to)
	c := convert(f, t, s)
	if !okF {
		c.From = from
	}
	if !okT {
		c.To = to
	}
	c.Known = c.Known && okF && okT
	return c
}

func convert(from, to typ, s Server) Conversion {
	worst := Fate{Verdict: schema.Error, Explicit: true}
	c := Conversion{From: from.String(), To: to.String(), Rewrite: true, Rebuild: true, Forward: worst, Back: worst}
	if !from.known || !to.known || from.array != to.array || odd(from) || odd(to) {
		return c
	}
	forward, ok := fate(from, to, s)
	back, okBack := fate(to, from, s)
	if from.array && !from.same(to) || !ok || !okBack {
		return c
	}
	c.Known, c.Forward, c.Back = true, forward, back
	c.Rewrite, c.Rebuild = physical(from, to, s)
	return c
}

// odd reports whether a type has arguments that are not modelled: a scale that is negative or above the precision.
func odd(t typ) bool {
	for _, a := range t.args {
		if a < 0 {
			return true
		}
	}
	return t.base == "numeric" && len(t.args) == 2 && (t.args[1] > t.args[0] || t.args[0] == 0) || len(t.args) > 2
}

// precise are the types whose one argument is the digits of a second, 6 at most and by default (never written).
var precise = []string{
	"timestamp without time zone", "timestamp with time zone", "time without time zone", "time with time zone", "interval",
}

// physical says what the server writes. It keeps the table where a cast changes no byte (binary coercible types, and
// the support functions of varchar, varbit, numeric and time precision), and keeps an index where both types share the
// operator class and the collation.
func physical(from, to typ, s Server) (rewrite, rebuild bool) {
	if from.same(to) {
		return false, false
	}
	stringy := []string{"text", "character varying"}

	switch {
	case slices.Contains(stringy, from.base) && slices.Contains(stringy, to.base):
		if to.arg(unlimited) < from.arg(unlimited) {
			return true, true
		}
		return false, false
	case from.base == "citext" && slices.Contains(stringy, to.base) && len(to.args) == 0,
		to.base == "citext" && slices.Contains(stringy, from.base):
		return false, true
	case from.base == "cidr" && to.base == "inet":
		return false, false
	case from.base == "numeric" && to.base == "numeric":
		keeps := len(to.args) == 0 || len(from.args) > 0 && to.args[1] == from.args[1] && to.args[0] >= from.args[0]
		return !keeps, !keeps
	case from.base == to.base && slices.Contains(precise, from.base):
		less := to.arg(6) < min(from.arg(6), 6)
		return less, less
	case from.base == to.base && from.base == "bit varying":
		less := to.arg(unlimited) < from.arg(unlimited)
		return less, less
	case stamp(from) && stamp(to):
		free := s.Version >= 12 && utc(s.TimeZone) && to.arg(6) >= 6 // to fewer digits is a second conversion
		return !free, !free || from.base != to.base                  // their indexes sort by other operators
	}
	return true, true
}

func stamp(t typ) bool {
	return t.base == "timestamp without time zone" || t.base == "timestamp with time zone"
}

// utc reports whether a time zone is one that the server takes for a constant offset of zero. Other names may be too.
func utc(zone string) bool {
	return slices.Contains([]string{"UTC", "GMT", "Etc/UTC", "Etc/GMT", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal", "Greenwich", "Etc/Greenwich"}, zone)
}

// String is one line: "integer to bigint: rewrite; values ok, back error (2147483648)".
func (c Conversion) String() string {
	what := "free"
	switch {
	case !c.Known:
		return fmt.Sprintf("%s to %s: unknown", c.From, c.To)
	case c.Rewrite:
		what = "rewrite"
	case c.Rebuild:
		what = "indexes rebuilt"
	}
	return fmt.Sprintf("%s to %s: %s; values %s, back %s", c.From, c.To, what, c.Forward, c.Back)
}

// String is the verdict, and the witness in parentheses.
func (f Fate) String() string {
	if f.Witness == "" {
		return string(f.Verdict)
	}
	return fmt.Sprintf("%s (%s)", f.Verdict, f.Witness)
}
