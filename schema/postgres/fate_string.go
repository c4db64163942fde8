package postgres

import "strings"

const unlimited = 1 << 30

// stringToString follows the server's rules for lengths: too long is refused, unless only by spaces, which are cut.
// What is longer is refused whatever it holds, so the witness is letters.
func stringToString(from, to typ) (Fate, bool) {
	have, room := from.arg(unlimited), to.arg(unlimited)
	switch {
	case room < have:
		return refused(strings.Repeat("x", room+1))
	case to.base == "character" && from.base != "character":
		return lossy(" ") // its spaces at the end mean nothing
	}
	return ok()
}

// longest are the longest texts of types that have one (never written).
var longest = map[string]string{
	"smallint": "-32768", "integer": "-2147483648", "bigint": "-9223372036854775808", "boolean": "false",
	"uuid": "00000000-0000-0000-0000-000000000000",
}

// toString is the text of a value, which comes back as the same value, if there is room for it.
func toString(from, to typ, s Server) (Fate, bool) {
	text, bounded := longest[from.base]
	room := to.arg(unlimited)
	switch {
	case group(from) == "float" && s.Version < 12: // extra_float_digits was 0 by default
		if from.base == "real" {
			return Fate{}, false
		}
		if room == unlimited {
			return lossy("0.30000000000000004")
		}
	case bounded && room < len(text):
		return refused(text)
	case from.base == "uuid" && to.base == "character" && room > len(text):
		return Fate{}, false // the spaces it is filled up with are not taken on the way back
	case bounded:
		return ok()
	}
	switch group(from) {
	case "float", "numeric", "time", "inet", "cidr", "json", "jsonb":
		if room == unlimited {
			return ok()
		}
	}
	return Fate{}, false
}
