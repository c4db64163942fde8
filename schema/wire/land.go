package wire

import (
	"encoding/base64"
	"math"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"
)

// landing is what becomes of one value at a reader.
type landing struct {
	text   string // what the reader has then, as JSON; for an unknown value of an enum, what it has of it
	alien  bool   // text is no symbol of the reader's enum
	lost   bool   // taken for an unknown field
	failed string // why it cannot be read
}

// land says what becomes of a value of an element of a writer's field at the reader's. Neither is a message.
func land(enc Encoding, w, r Field, text string) landing {
	if w.Type == Other || r.Type == Other {
		return landing{text: text} // with the same definition, or they would not be asked about
	}
	switch enc {
	case Protobuf:
		return landProtobuf(w, r, text)
	case Avro:
		return landAvro(w, r, text)
	}
	return landJSON(w, r, text)
}

// landJSON: RFC 8259 knows numbers, strings and literals; the rest is how readers with static types take them.
func landJSON(w, r Field, text string) landing {
	s, quoted := unquote(text)
	switch {
	case r.Type == Bool && w.Type == Bool:
		return landing{text: text}
	case quoted && r.Type == String:
		return landing{text: text}
	case quoted && r.Type == Bytes:
		if _, ok := fromBase64(s); !ok {
			return landing{failed: "is not base64"}
		}
		return landing{text: text}
	case quoted && r.Type == Enum:
		return landSymbol(r, s, true)
	case !quoted && w.Type != Bool && (isInt(r.Type) || isFloat(r.Type)):
		return landNumber(r, text)
	}
	return landing{failed: "is of another type"}
}

// landNumber: readers refuse what is no value of their type, and round to the nearest floating-point number.
func landNumber(r Field, text string) landing {
	switch {
	case isInt(r.Type) && fits(text, r.Type):
		return landing{text: text}
	case isInt(r.Type):
		return landing{failed: "is not in range"}
	}
	n := round(r.Type, number(text))
	if n == nil {
		return landing{failed: "is not in range"}
	}
	return landing{text: floatText(r.Type, n)}
}

// floatText is the shortest text of a floating-point number.
func floatText(t Type, n *big.Rat) string {
	f, _ := n.Float64()
	if t == Float {
		return strconv.FormatFloat(f, 'g', -1, 32)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// landSymbol: the symbol of that name, the one that has it as an alias, the fallback, or none.
func landSymbol(r Field, name string, open bool) landing {
	i := slices.IndexFunc(r.Symbols, func(y Symbol) bool { return y.Name == name })
	if i < 0 {
		i = slices.IndexFunc(r.Symbols, func(y Symbol) bool { return slices.Contains(y.Aliases, name) })
	}
	switch {
	case i >= 0:
		return landing{text: quote(r.Symbols[i].Name)}
	case r.Fallback != "":
		return landing{text: quote(r.Fallback)}
	case open && !r.Closed:
		return landing{text: quote(name), alien: true}
	}
	return landing{failed: "is no symbol of the enum"}
}

// landAvro: the promotions of "Schema Resolution" in the Avro specification; everything else fails.
func landAvro(w, r Field, text string) landing {
	s, _ := unquote(text)
	switch {
	case w.Type == Enum && r.Type == Enum:
		return landSymbol(r, s, false)
	case w.Type == Bytes && r.Type == String:
		if b, _ := fromBase64(s); utf8.ValidString(b) {
			return landing{text: quote(b)}
		}
		return landing{failed: "is not UTF-8"}
	case w.Type == String && r.Type == Bytes:
		return landing{text: quote(base64.StdEncoding.EncodeToString([]byte(s)))}
	case w.Type == r.Type:
		return landing{text: text}
	case w.Type == Int32 && (r.Type == Int64 || isFloat(r.Type)), w.Type == Int64 && isFloat(r.Type):
		return landNumber(r, text)
	case w.Type == Float && r.Type == Double:
		return landing{text: floatText(Double, round(Float, number(text)))}
	}
	return landing{failed: "is of a type that is not promoted"}
}

// group is how a type is written in protobuf ("Message Structure" in its encoding guide).
func group(t Type) string {
	switch t {
	case Fixed32, Sfixed32, Float:
		return "i32"
	case Fixed64, Sfixed64, Double:
		return "i64"
	case String, Bytes, Message, Other:
		return "len"
	}
	return "varint"
}

// landProtobuf: the bytes of one type are read as those of another ("Updating A Message Type" in the language guide).
func landProtobuf(w, r Field, text string) landing {
	s, _ := unquote(text)
	switch {
	case group(w.Type) != group(r.Type):
		return landing{lost: true}
	case group(w.Type) != "len":
		return fromBits(r, bits(w, text))
	case w.Type == Bytes && r.Type == String:
		return landAvro(w, r, text)
	case w.Type == String && r.Type == Bytes:
		return landAvro(w, r, text)
	case r.Type == Message:
		return landing{failed: "is no message"}
	}
	return landing{text: quote(s)}
}

// bits is what a number is in the wire format.
func bits(w Field, text string) uint64 {
	switch {
	case w.Type == Float:
		f, _ := round(Float, number(text)).Float32()
		return uint64(math.Float32bits(f))
	case w.Type == Double:
		f, _ := number(text).Float64()
		return math.Float64bits(f)
	}
	n, _ := new(big.Int).SetString(key(Protobuf, w, text)[len("n:"):], 10)
	u := n.Uint64()
	if n.Sign() < 0 {
		u = uint64(n.Int64())
	}
	switch w.Type {
	case Sint32, Sint64:
		return u<<1 ^ uint64(int64(u)>>63)
	case Fixed32, Sfixed32:
		return uint64(uint32(u))
	}
	return u
}

// fromBits is what a reader takes bits for; what is too long for its type is cut off.
func fromBits(r Field, u uint64) landing {
	var n int64
	switch r.Type {
	case Float:
		return landFloat(float64(math.Float32frombits(uint32(u))), 32)
	case Double:
		return landFloat(math.Float64frombits(u), 64)
	case Bool:
		return landing{text: strconv.FormatBool(u != 0)}
	case Uint64, Fixed64:
		return landing{text: strconv.FormatUint(u, 10)}
	case Uint32, Fixed32:
		n = int64(uint32(u))
	case Int32, Sfixed32, Enum:
		n = int64(int32(u))
	case Int64, Sfixed64:
		n = int64(u)
	case Sint32:
		n = int64(int32(uint32(u)>>1) ^ -int32(u&1))
	case Sint64:
		n = int64(u>>1) ^ -int64(u&1)
	}
	text := strconv.FormatInt(n, 10)
	if r.Type != Enum {
		return landing{text: text}
	}
	if i := slices.IndexFunc(r.Symbols, func(y Symbol) bool { return int64(y.Number) == n }); i >= 0 {
		return landing{text: quote(r.Symbols[i].Name)}
	}
	return landing{text: text, alien: true, lost: r.Closed}
}

// landFloat writes NaN and the infinities in quotes, as protobuf's own JSON does; they mean no number.
func landFloat(f float64, size int) landing {
	text := strconv.FormatFloat(f, 'g', -1, size)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return landing{text: quote(text), alien: true}
	}
	return landing{text: text}
}
