package wire

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// The smallest and the largest value of the types for integers.
var bounds = map[Type][2]string{ // never written
	Int32: {"-2147483648", "2147483647"}, Sint32: {"-2147483648", "2147483647"}, Sfixed32: {"-2147483648", "2147483647"},
	Int64: {"-9223372036854775808", "9223372036854775807"}, Sint64: {"-9223372036854775808", "9223372036854775807"},
	Sfixed64: {"-9223372036854775808", "9223372036854775807"},
	Uint32:   {"0", "4294967295"}, Fixed32: {"0", "4294967295"},
	Uint64: {"0", "18446744073709551615"}, Fixed64: {"0", "18446744073709551615"},
}

// Conversions between types for numbers keep a value, or change it, for whole intervals of values at once. One value from
// each interval, and the ends of all types, are therefore enough to know what becomes of every value.
var (
	integers = []string{ // never written
		"1", "2", "-1", "-2", "0", "16777217", "2147483647", "-2147483648", "2147483648", "-2147483649", "4294967295", "4294967296",
		"9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
	}
	floats  = []string{"1", "0.1", "0.5", "-1", "0", "16777217", "1e300"} // never written
	strs    = []string{`"a"`, `"é"`, `"?"`, `""`}                         // never written
	byteses = []string{`"AQ=="`, `"/w=="`, `"w6k="`, `""`}                // never written
)

func isInt(t Type) bool    { return bounds[t] != [2]string{} }
func isFloat(t Type) bool  { return t == Float || t == Double }
func isString(t Type) bool { return t == String || t == Bytes || t == Enum }
func implicit(f Field) bool {
	return !f.List && !f.Required && !f.Explicit && f.Oneof == "" && f.Type != Message
}

// fits says whether an integer is a value of an integer type.
func fits(text string, t Type) bool {
	n := number(text)
	return n != nil && n.IsInt() && n.Cmp(number(bounds[t][0])) >= 0 && n.Cmp(number(bounds[t][1])) <= 0
}

// number reads a JSON number exactly, nil if it is none. Exponents are bounded by those of a float64, so that no text
// makes a number of gigabytes.
func number(text string) *big.Rat {
	if f, err := strconv.ParseFloat(text, 64); err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xX_pP") {
		return nil
	}
	if _, exp, ok := strings.Cut(strings.ToLower(text), "e"); ok {
		if n, err := strconv.Atoi(exp); err != nil || n < -400 || n > 400 {
			return nil
		}
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return n
}

// quote writes a string as JSON.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// unquote reads a JSON string.
func unquote(text string) (s string, ok bool) {
	ok = strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &s) == nil
	return s, ok
}

// fromBase64 reads the text of bytes.
func fromBase64(s string) (string, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return string(b), err == nil && !strings.ContainsAny(s, "\r\n")
}

// isValue says whether a text is a value of the type of a field, or of an element if the field is a list.
func isValue(f Field, text string) bool {
	s, quoted := unquote(text)
	switch {
	case f.Type == Bool:
		return text == "true" || text == "false"
	case isInt(f.Type):
		return fits(text, f.Type)
	case isFloat(f.Type):
		return number(text) != nil && round(f.Type, number(text)) != nil
	case f.Type == Bytes:
		_, ok := fromBase64(s)
		return quoted && ok
	case f.Type == Enum:
		return quoted && slices.ContainsFunc(f.Symbols, func(y Symbol) bool { return y.Name == s })
	}
	return f.Type == String && quoted
}

// round is the nearest value of a floating-point type, nil if the number is too large for it.
func round(t Type, n *big.Rat) *big.Rat {
	if t == Double {
		f, _ := n.Float64()
		return new(big.Rat).SetFloat64(f) // nil if infinite
	}
	f, _ := n.Float32()
	return new(big.Rat).SetFloat64(float64(f))
}

// candidates are values of an element of a field, as JSON: enough to see all that may become of its values at a reader.
func candidates(enc Encoding, w, r Field) []string {
	var all []string
	switch {
	case w.Type == Bool:
		return []string{"true", "false"}
	case isInt(w.Type):
		all = slices.Clone(integers)
		for _, y := range r.Symbols { // the ones that an enum knows, and those beside them, which it may not know
			for d := int64(-1); d <= 1; d++ {
				all = append(all, strconv.FormatInt(int64(y.Number)+d, 10))
			}
		}
		return slices.DeleteFunc(all, func(s string) bool { return !fits(s, w.Type) })
	case isFloat(w.Type):
		for _, s := range floats {
			if n := round(w.Type, number(s)); n != nil {
				all = append(all, floatText(w.Type, n))
			}
		}
		return all
	case w.Type == String, w.Type == Bytes:
		return texts(w, r)
	case w.Type == Enum:
		for _, y := range w.Symbols {
			all = append(all, quote(y.Name))
		}
		return all
	}
	return []string{sample(Field{Type: w.Type, Fields: w.Fields, Definition: w.Definition}, enc)}
}

// texts are strings, or bytes, among them what an enum knows and what is longer than anything it knows.
func texts(w, r Field) []string {
	longest := 0
	all := slices.Clone(strs)
	for _, y := range r.Symbols {
		all = append(all, quote(y.Name))
		for _, name := range append([]string{y.Name}, y.Aliases...) {
			longest = max(longest, len(name))
		}
	}
	if w.Type == Bytes {
		return append(slices.Clone(byteses), quote(strings.Repeat("////", longest/4+1)))
	}
	return append(all, quote(strings.Repeat("?", longest+1)))
}

// sample is the plainest value of a field, as JSON; in Avro, where every field is written, messages are full.
func sample(f Field, enc Encoding) string {
	switch {
	case f.Nullable:
		return "null"
	case f.List:
		return "[]"
	case f.Type == Bool:
		return "false"
	case f.Type == String || f.Type == Bytes:
		return `""`
	case f.Type == Enum:
		return quote(f.Symbols[0].Name)
	case f.Type == Message:
		return record(enc, f.Fields, nil)
	case f.Type == Other:
		return quote(f.Definition)
	}
	return "0"
}

// record is a record with the given values, and besides them only what a writer cannot leave out.
func record(enc Encoding, fields []Field, values map[string]string) string {
	var parts []string
	for _, f := range fields {
		v, given := values[f.Name]
		if !given && (f.Required || enc == Avro) {
			v, given = sample(f, enc), true
		}
		if given {
			parts = append(parts, quote(f.Name)+":"+v)
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// key is what a value of an element means: equal keys mean the same, whatever the types.
func key(enc Encoding, f Field, text string) string {
	s, _ := unquote(text)
	switch {
	case f.Type == Bool && enc == Protobuf:
		return map[string]string{"true": "n:1", "false": "n:0"}[text]
	case isInt(f.Type):
		return "n:" + number(text).RatString()
	case isFloat(f.Type):
		return "n:" + round(f.Type, number(text)).RatString()
	case f.Type == Bytes:
		b, _ := fromBase64(s)
		if enc == JSON { // where bytes and strings differ in the text
			return "x:" + b
		}
		return "s:" + b
	case f.Type == Enum && enc == Protobuf:
		for _, y := range f.Symbols {
			if y.Name == s {
				return "n:" + strconv.Itoa(int(y.Number))
			}
		}
	case isString(f.Type):
		return "s:" + s
	}
	return "o:" + text
}

// absent is what a field means that is not there, as JSON; empty if it means nothing.
func absent(enc Encoding, f Field) string {
	switch {
	case f.Default != "":
		return f.Default
	case enc == Protobuf && f.List:
		return "[]"
	case enc == Protobuf && implicit(f):
		return sample(f, enc)
	}
	return ""
}

// same says whether a value of the writer's field means what a value of the reader's does; both may be absent.
func same(enc Encoding, w Field, wText string, r Field, rText string) bool {
	plain := func(s string) bool {
		return s == "" || s == "null" || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "{")
	}
	switch {
	case plain(wText) || plain(rText):
		return wText == rText || wText == "" && rText == "[]" && !w.List && enc == Protobuf
	case w.Type == Enum && r.Type == Enum:
		ws, _ := unquote(wText)
		rs, _ := unquote(rText)
		return sameSymbol(w, ws, r, rs)
	}
	return key(enc, w, wText) == key(enc, r, rText)
}

// sameSymbol says whether two symbols mean the same: the name of one is the name, or an alias, of the other.
func sameSymbol(w Field, ws string, r Field, rs string) bool {
	called := func(f Field, name, other string) bool {
		return slices.ContainsFunc(f.Symbols, func(y Symbol) bool { return y.Name == name && slices.Contains(y.Aliases, other) })
	}
	return ws == rs || called(w, ws, rs) || called(r, rs, ws)
}
