package postgres

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

func ok() (Fate, bool)              { return Fate{Verdict: schema.OK}, true }
func lossy(w string) (Fate, bool)   { return Fate{Verdict: schema.Lossy, Witness: w}, true }
func refused(w string) (Fate, bool) { return Fate{Verdict: schema.Error, Witness: w}, true }

// explicit marks a fate that needs a cast in USING.
func explicit(f Fate, known bool) (Fate, bool) {
	f.Explicit = true
	return f, known
}

// group is the family that a type's conversions are decided by.
func group(t typ) string {
	switch t.base {
	case "smallint", "integer", "bigint":
		return "int"
	case "real", "double precision":
		return "float"
	case "text", "character varying", "character", "citext":
		return "string"
	case "timestamp without time zone", "timestamp with time zone", "date":
		return "time"
	}
	return t.base
}

// fate is what becomes of values that are stored in another type. It is false for a pair that is not known.
func fate(from, to typ, s Server) (Fate, bool) {
	if from.same(to) {
		return ok()
	}
	if from.array || to.array {
		return Fate{}, false
	}
	switch group(from) + " " + group(to) {
	case "int int":
		if intLimit(from) <= intLimit(to) {
			return ok()
		}
		return refused(above(to))
	case "int numeric":
		return intToNumeric(from, to)
	case "numeric int":
		return numericToInt(from, to)
	case "numeric numeric":
		return numericToNumeric(from, to)
	case "int float":
		return intToFloat(from, to)
	case "float int":
		return refused("1e20")
	case "float float":
		if to.base == "double precision" {
			return ok()
		}
		return refused("1e39")
	case "numeric float":
		return numericToFloat(from, to)
	case "float numeric":
		return floatToNumeric(from, to, s)
	case "time time":
		return timeToTime(from, to, s)
	case "string string":
		return stringToString(from, to)
	}
	if group(to) == "string" {
		return toString(from, to, s)
	}
	return otherFate(from, to)
}

// otherFate is that of the pairs that stand alone.
func otherFate(from, to typ) (Fate, bool) {
	parsed := []string{"int", "float", "numeric", "boolean", "uuid", "inet", "cidr", "json", "jsonb", "time"}
	switch {
	case group(from) == "string" && slices.Contains(parsed, group(to)):
		return explicit(refused("x"))
	case from.base == "json" && to.base == "jsonb":
		return refused(`"\u0000"`)
	case from.base == "jsonb" && to.base == "json", from.base == "cidr" && to.base == "inet":
		return ok()
	case from.base == "inet" && to.base == "cidr":
		return lossy("192.168.1.5/24")
	case from.base == "boolean" && to.base == "integer":
		return explicit(ok())
	case from.base == "integer" && to.base == "boolean":
		return explicit(lossy("2"))
	case from.base == to.base && slices.Contains([]string{"time without time zone", "time with time zone", "interval"}, from.base):
		if to.arg(6) >= min(from.arg(6), 6) {
			return ok()
		}
		return lossy(map[string]string{
			"time without time zone": "12:00:00", "time with time zone": "12:00:00", "interval": "00:00:00",
		}[from.base] + fraction(from) + map[bool]string{true: "+00"}[from.base == "time with time zone"])
	}
	return Fate{}, false
}

func intLimit(t typ) uint64 {
	return map[string]uint64{"smallint": 1 << 15, "integer": 1 << 31, "bigint": 1 << 63}[t.base]
}

// above is the smallest number above an integer type.
func above(t typ) string { return strconv.FormatUint(intLimit(t), 10) }

// capacity is how many digits a numeric has before its point.
func capacity(t typ) int { return t.args[0] - t.args[1] }

func power(n int) string { return "1" + strings.Repeat("0", n) }

func intToNumeric(from, to typ) (Fate, bool) {
	if len(to.args) == 0 || capacity(to) >= len(above(from)) {
		return ok()
	}
	return refused(power(capacity(to)))
}

// numericToInt is always refused for some value: NaN is a value of every numeric.
func numericToInt(from, to typ) (Fate, bool) {
	if len(from.args) == 0 || capacity(from) >= len(above(to)) {
		return refused(above(to))
	}
	return refused("NaN")
}

func numericToNumeric(from, to typ) (Fate, bool) {
	switch {
	case len(to.args) == 0:
		return ok()
	case len(from.args) == 0 || capacity(to) < capacity(from):
		return refused(power(capacity(to)))
	case to.args[1] >= from.args[1]:
		return ok()
	case capacity(to) == capacity(from): // rounding up needs one digit more
		return refused(strings.Repeat("9", capacity(from)) + "." + strings.Repeat("9", from.args[1]))
	}
	return lossy("0." + strings.Repeat("2", from.args[1]-1) + "5")
}

func intToFloat(from, to typ) (Fate, bool) {
	switch {
	case from.base == "bigint" && to.base == "double precision":
		return lossy("9007199254740993")
	case from.base != "smallint" && to.base == "real":
		return lossy("16777217")
	}
	return ok()
}

// numericToFloat follows the decimal digits that survive a float (DBL_DIG, FLT_DIG) and its exponents.
func numericToFloat(from, to typ) (Fate, bool) {
	digits, top, bottom := 15, 309, 323
	if to.base == "real" {
		digits, top, bottom = 6, 39, 45
	}
	switch {
	case len(from.args) == 0 || capacity(from) > top:
		return refused("1e" + strconv.Itoa(top))
	case from.args[1] > bottom:
		return refused("1e-" + strconv.Itoa(bottom+1))
	case from.args[0] <= digits:
		return ok()
	}
	all := strings.Repeat("1", from.args[0])
	return lossy(strings.TrimSuffix(all[:capacity(from)]+"."+all[capacity(from):], "."))
}

// floatToNumeric is refused for what no numeric has: infinity, which numeric without arguments has since version 14.
func floatToNumeric(from, to typ, s Server) (Fate, bool) {
	switch {
	case len(to.args) > 0 || s.Version < 14:
		return refused("Infinity")
	case from.base == "real":
		return lossy("16777216")
	}
	return lossy("0.30000000000000004")
}

// fraction is a part of a second with as many digits as a type has.
func fraction(t typ) string {
	if n := min(t.arg(6), 6); n > 0 {
		return "." + "123456"[:n]
	}
	return ""
}

// shifts are time zones with an hour that does not exist and one that comes twice: a local time that no instant has,
// and an instant whose local time a later one has as well (never written).
var shifts = map[string][2]string{
	"America/New_York":    {"2021-03-14 02:30:00", "2021-11-07 05:30:00+00"},
	"America/Chicago":     {"2021-03-14 02:30:00", "2021-11-07 06:30:00+00"},
	"America/Los_Angeles": {"2021-03-14 02:30:00", "2021-11-07 08:30:00+00"},
	"Europe/London":       {"2021-03-28 01:30:00", "2021-10-31 00:30:00+00"},
	"Europe/Berlin":       {"2021-03-28 02:30:00", "2021-10-31 00:30:00+00"},
	"Europe/Paris":        {"2021-03-28 02:30:00", "2021-10-31 00:30:00+00"},
}

func timeToTime(from, to typ, s Server) (Fate, bool) {
	switch {
	case from.base == "date":
		return refused("294277-01-01")
	case to.base == "date" && from.base == "timestamp without time zone":
		return lossy("2020-01-01 12:00:00")
	case to.base == "date":
		return lossy("2020-01-01 12:00:00+00")
	case from.base != to.base && !utc(s.TimeZone):
		w := shifts[s.TimeZone]
		if from.base == "timestamp without time zone" {
			return lossy(w[0])
		}
		return lossy(w[1])
	case to.arg(6) >= min(from.arg(6), 6):
		return ok()
	case from.base == "timestamp without time zone":
		return lossy("2020-01-01 00:00:00" + fraction(from))
	}
	return lossy("2020-01-01 00:00:00" + fraction(from) + "+00")
}
