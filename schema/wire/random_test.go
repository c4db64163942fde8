package wire

import (
	"fmt"
	"math/big"
	"slices"

	"pgregory.net/rapid"
)

var fieldNames = []string{"a", "b", "c", "d", "e"}

func typesOf(enc Encoding, depth int) []Type {
	return slices.DeleteFunc(slices.Clone(types), func(t Type) bool {
		return enc != Protobuf && slices.Contains(protobufOnly, t) || enc == Avro && (t == Uint32 || t == Uint64) ||
			depth > 1 && t == Message
	})
}

func chance(t *rapid.T, oneIn int, what string) bool {
	return rapid.IntRange(1, oneIn).Draw(t, what) == 1
}

func drawFormat(t *rapid.T, enc Encoding) Format {
	f := Format{Name: "w", Encoding: enc, Fields: drawFields(t, enc, 0)}
	f.Unknown = drawUnknown(t, enc)
	return f
}

func drawUnknown(t *rapid.T, enc Encoding) Unknown {
	if enc == Avro {
		return Ignore
	}
	return rapid.SampledFrom([]Unknown{"", Ignore, Ignore, Keep, Refuse}).Draw(t, "unknown")
}

func drawFields(t *rapid.T, enc Encoding, depth int) []Field {
	var out []Field
	for i, name := range fieldNames[:rapid.IntRange(0, 4).Draw(t, "fields")] {
		f := drawType(t, enc, depth, Field{Name: name, Number: int32(i + 1)})
		out = append(out, drawPresence(t, enc, f))
	}
	return valid(enc, out)
}

func drawType(t *rapid.T, enc Encoding, depth int, f Field) Field {
	f.Type = rapid.SampledFrom(typesOf(enc, depth)).Draw(t, "type")
	f.List = chance(t, 4, "list")
	f.Symbols, f.Fields, f.Definition, f.Default, f.Fallback, f.Closed = nil, nil, "", "", "", false
	switch f.Type {
	case Message:
		f.Fields = drawFields(t, enc, depth+1)
	case Other:
		f.Definition = rapid.SampledFrom([]string{"map", "union"}).Draw(t, "definition")
	case Enum:
		f.Closed = chance(t, 2, "closed")
		for i, name := range []string{"RED", "GREEN", "BLUE0000", "TEAL"}[:rapid.IntRange(1, 4).Draw(t, "symbols")] {
			number := int32(i)
			if i > 0 && chance(t, 4, "far") {
				number = rapid.SampledFrom([]int32{-10, 100, 200, 3000000, -2147483648}).Draw(t, "number") + number
			}
			f.Symbols = append(f.Symbols, Symbol{Name: name, Number: number})
		}
		if chance(t, 3, "fallback") {
			f.Fallback = f.Symbols[0].Name
		}
	}
	return f
}

func drawPresence(t *rapid.T, enc Encoding, f Field) Field {
	f.Required = chance(t, 3, "required")
	f.Explicit = chance(t, 2, "explicit")
	f.Nullable = chance(t, 4, "nullable")
	f.Default, f.Oneof = "", ""
	if chance(t, 5, "oneof") {
		f.Oneof = "one"
	}
	if chance(t, 3, "default") {
		switch v := rapid.SampledFrom(append(candidates(enc, f, Field{}), "null")).Draw(t, "value"); {
		case f.List:
			f.Default = "[]"
		default:
			f.Default = v
		}
	}
	return f
}

// valid takes from fields what their encoding does not allow.
func valid(enc Encoding, fields []Field) []Field {
	out := slices.Clone(fields)
	for i := range out {
		f := &out[i]
		if enc == Protobuf {
			f.Nullable, f.Fallback = false, ""
			if f.List {
				f.Required, f.Explicit, f.Oneof, f.Default = false, false, "", ""
			}
			f.Required = f.Required && f.Oneof == ""
			if implicit(*f) {
				f.Default = ""
				f.Explicit = f.Type == Other || f.Type == Enum && f.Closed
			}
		} else {
			f.Number, f.Explicit, f.Oneof, f.Required = 0, false, "", f.Required && enc == JSON
			f.Symbols = slices.Clone(f.Symbols)
			for n := range f.Symbols {
				f.Symbols[n].Number = 0
				if enc == Avro {
					f.Symbols[n].Aliases = nil
				}
			}
		}
		if f.Required || f.Type == Message && f.Default != "[]" && f.Default != "null" ||
			f.Type == Other || f.Default == "null" && !f.Nullable || f.Default == "[]" && !f.List {
			f.Default = ""
		}
	}
	return out
}

// change makes a format that somebody might make of another: a few edits at random.
func change(t *rapid.T, f Format) Format {
	f.Name, f.Unknown = "r", drawUnknown(t, f.Encoding)
	f.Fields = changeFields(t, f.Encoding, f.Fields, 0)
	return f
}

func changeFields(t *rapid.T, enc Encoding, fields []Field, depth int) []Field {
	var out []Field
	for _, f := range fields {
		if f.Type == Message && f.Fields != nil {
			f.Fields = changeFields(t, enc, f.Fields, depth+1)
		}
		switch rapid.IntRange(0, 11).Draw(t, "edit") {
		case 0: // removed
			continue
		case 1:
			f.Name += "2"
		case 2:
			f.Name, f.Aliases = f.Name+"2", []string{f.Name}
		case 3:
			f.Number = rapid.Int32Range(1, 8).Draw(t, "number")
		case 4:
			f = drawType(t, enc, depth, f)
		case 5:
			f = drawPresence(t, enc, f)
		case 6:
			f.List = !f.List
		case 7:
			f = changeSymbols(t, f)
		case 8:
			f.Name = rapid.SampledFrom(fieldNames).Draw(t, "name")
		}
		taken := slices.ContainsFunc(out, func(o Field) bool {
			return o.Name == f.Name || o.Number == f.Number || slices.Contains(o.Aliases, f.Name) || slices.Contains(f.Aliases, o.Name)
		})
		if !taken {
			out = append(out, f)
		}
	}
	if chance(t, 3, "add") {
		f := drawPresence(t, enc, drawType(t, enc, depth, Field{Name: "new", Number: 9}))
		out = append(out, f)
	}
	for i := range out { // what an edit may have made wrong
		if out[i].List || out[i].Default == "[]" {
			out[i].Default = ""
		}
		if enc != Protobuf {
			out[i].Number = int32(i + 1)
		}
	}
	return valid(enc, out)
}

func changeSymbols(t *rapid.T, f Field) Field {
	if len(f.Symbols) == 0 {
		return f
	}
	f.Symbols, f.Default, f.Fallback = slices.Clone(f.Symbols), "", ""
	last := len(f.Symbols) - 1
	switch rapid.IntRange(0, 5).Draw(t, "symbols") {
	case 0:
		f.Symbols = append(f.Symbols, Symbol{Name: "PINK", Number: 77})
	case 1:
		if last > 0 {
			f.Symbols = f.Symbols[:last]
		}
	case 2:
		f.Symbols[last].Name = "ROSE"
	case 3:
		f.Symbols[last] = Symbol{Name: "ROSE", Number: f.Symbols[last].Number, Aliases: []string{f.Symbols[last].Name}}
	case 4:
		f.Closed = !f.Closed
	case 5:
		if last > 0 {
			f.Symbols[last].Number = 78
		}
	}
	return f
}

// drawRecord is a record that a writer of the format may write.
func drawRecord(t *rapid.T, enc Encoding, fields []Field) rec {
	out, oneofs := rec{}, map[string]bool{}
	for _, f := range fields {
		left := enc != Avro && !f.Required && (chance(t, 3, "left out") || oneofs[f.Oneof])
		if left {
			continue
		}
		if f.Oneof != "" {
			oneofs[f.Oneof] = true
		}
		out[f.Name] = drawValue(t, enc, f)
	}
	return out
}

func drawValue(t *rapid.T, enc Encoding, f Field) any {
	if f.Nullable && chance(t, 3, "null") {
		return nil
	}
	if f.List {
		f.List, f.Nullable = false, false
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, drawValue(t, enc, f))
		}
		return list
	}
	switch f.Type {
	case Bool:
		return rapid.Bool().Draw(t, "bool")
	case Float:
		return rapid.Float32Range(-1e30, 1e30).Draw(t, "float") + 0
	case Double:
		return rapid.Float64Range(-1e300, 1e300).Draw(t, "double") + 0
	case String:
		return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "RED", "AQ==", "é"})).Draw(t, "string")
	case Bytes:
		return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
	case Enum:
		return sym(rapid.SampledFrom(f.Symbols).Draw(t, "symbol").Name)
	case Other:
		return opaque(f.Definition)
	case Message:
		return drawRecord(t, enc, f.Fields)
	}
	lo, hi := intRange(f.Type)
	switch rapid.IntRange(0, 4).Draw(t, "where") {
	case 0:
		return lo
	case 1:
		return hi
	case 2:
		n := big.NewInt(rapid.Int64().Draw(t, "int"))
		n.Mod(n, new(big.Int).Add(new(big.Int).Sub(hi, lo), big.NewInt(1)))
		return n.Add(n, lo)
	}
	return big.NewInt(rapid.Int64Range(0, 300).Draw(t, "small"))
}

// show is a pair of formats as text, for what a failed test says.
func show(w, r Format) string {
	a, _ := Encode(w)
	b, _ := Encode(r)
	return fmt.Sprintf("\nwriter %s\nreader %s", a, b)
}
