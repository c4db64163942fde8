package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// This and the three files beside it are a codec of real bytes, written without looking at how formats are compared:
// it encodes a writer's record, decodes it as a reader would, and says whether the reader got what was meant.
//
// Values are bool, *big.Int, float32, float64, string, []byte, sym, rec, []any, opaque, and nil for null. What is left out is not
// in the record.
type (
	rec    map[string]any
	sym    string
	opaque string
	noSym  string   // what a reader of an open enum has of a value it does not know
	none   struct{} // nothing is there
)

// parseRecord reads a record that is written as in a witness.
func parseRecord(fields []Field, text string) (rec, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	out := rec{}
	for name, t := range raw {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no field %q", name)
		}
		v, err := parseValue(fields[i], string(t))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = v
	}
	return out, nil
}

func parseValue(f Field, text string) (any, error) {
	if text == "null" {
		if !f.Nullable {
			return nil, fmt.Errorf("null")
		}
		return nil, nil
	}
	if f.List {
		var raw []json.RawMessage
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			return nil, err
		}
		list := []any{}
		f.List, f.Nullable = false, false
		for _, t := range raw {
			v, err := parseValue(f, string(t))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	var s string
	var err error
	switch f.Type {
	case Bool:
		return text == "true", nil
	case Float:
		var v float32
		err = json.Unmarshal([]byte(text), &v)
		return v, err
	case Double:
		var v float64
		err = json.Unmarshal([]byte(text), &v)
		return v, err
	case String:
		err = json.Unmarshal([]byte(text), &s)
		return s, err
	case Bytes:
		var b []byte
		err = json.Unmarshal([]byte(text), &b)
		return b, err
	case Enum:
		err = json.Unmarshal([]byte(text), &s)
		if !slices.ContainsFunc(f.Symbols, func(y Symbol) bool { return y.Name == s }) {
			err = fmt.Errorf("no symbol %s", text)
		}
		return sym(s), err
	case Other:
		err = json.Unmarshal([]byte(text), &s)
		return opaque(s), err
	case Message:
		return parseRecord(f.Fields, text)
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return nil, fmt.Errorf("%s is no number", text)
	}
	if lo, hi := intRange(f.Type); n.Cmp(lo) < 0 || n.Cmp(hi) > 0 {
		return nil, fmt.Errorf("%s is not in range", text)
	}
	return n, nil
}

func intRange(t Type) (lo, hi *big.Int) {
	size := uint(32)
	if strings.HasSuffix(string(t), "64") {
		size = 64
	}
	one := big.NewInt(1)
	if t[0] == 'u' || t[0] == 'f' {
		hi = new(big.Int).Lsh(one, size)
		return big.NewInt(0), hi.Sub(hi, one)
	}
	hi = new(big.Int).Lsh(one, size-1)
	return new(big.Int).Neg(hi), new(big.Int).Sub(hi, one)
}

// encode writes a record: the tag, if any, with its length, and then the encoding's bytes.
func encode(f Format, r rec) []byte {
	var out []byte
	if f.Tag != "" {
		out = append(append(out, byte(len(f.Tag))), f.Tag...)
	}
	switch f.Encoding {
	case JSON:
		return append(out, encodeJSON(f.Fields, r)...)
	case Protobuf:
		return append(out, encodeProto(f.Fields, r)...)
	}
	return append(out, encodeAvro(f.Fields, r)...)
}

// decode reads what a writer wrote; of the writer's format only Avro may look at the fields. Kept is what the reader
// has besides the record.
func decode(writer, reader Format, data []byte) (r rec, kept []string, err error) {
	if reader.Tag != "" {
		tag := append([]byte{byte(len(reader.Tag))}, reader.Tag...)
		if !bytes.HasPrefix(data, tag) {
			return nil, nil, fmt.Errorf("tag")
		}
		data = data[len(tag):]
	}
	switch reader.Encoding {
	case JSON:
		return decodeJSON(reader, data)
	case Protobuf:
		return decodeProto(reader, data)
	}
	r, err = decodeAvro(writer.Fields, reader.Fields, data)
	return r, nil, err
}

// outcome writes and reads a record, and returns Error, or the paths at which the reader did not get what was meant.
func outcome(writer, reader Format, r rec) (v Verdict, lossy []string, kept []string) {
	got, kept, err := decode(writer, reader, encode(writer, r))
	if err != nil {
		return Error, nil, nil
	}
	lossy = differences(writer.Encoding, writer.Fields, reader.Fields, r, got)
	if len(lossy) > 0 {
		return Lossy, lossy, kept
	}
	return OK, nil, kept
}

// slot is what a field has in a record, or what its absence means.
func slot(enc Encoding, f Field, r rec) any {
	if v, there := r[f.Name]; there {
		return v
	}
	if f.Default != "" {
		v, err := parseValue(f, f.Default)
		if err != nil {
			panic(err)
		}
		return v
	}
	if enc == Protobuf && f.List {
		return []any{}
	}
	if enc == Protobuf && !f.Required && !f.Explicit && f.Oneof == "" {
		switch f.Type {
		case Message:
		case Bool:
			return false
		case Float:
			return float32(0)
		case Double:
			return float64(0)
		case String:
			return ""
		case Bytes:
			return []byte{}
		case Enum:
			return sym(f.Symbols[0].Name)
		default:
			return big.NewInt(0)
		}
	}
	return none{}
}

// differences are the paths of the reader at which it has something else than the writer meant.
func differences(enc Encoding, w, r []Field, wrote, got rec) (paths []string) {
	for _, rf := range r {
		var meant []Field
		for _, wf := range w {
			if wf.Name == rf.Name {
				meant = []Field{wf}
				break
			}
			if slices.Contains(wf.Aliases, rf.Name) || slices.Contains(rf.Aliases, wf.Name) {
				meant = append(meant, wf)
			}
		}
		has := slot(enc, rf, got)
		switch len(meant) {
		case 0:
			if !equal(enc, rf, slot(enc, rf, rec{}), rf, has) {
				paths = append(paths, rf.Name)
			}
		case 1:
			wf := meant[0]
			v := slot(enc, wf, wrote)
			a, isRec := v.(rec)
			b, areRec := has.(rec)
			if isRec && areRec {
				for _, p := range differences(enc, wf.Fields, rf.Fields, a, b) {
					paths = append(paths, rf.Name+"."+p)
				}
			} else if !equal(enc, wf, v, rf, has) {
				paths = append(paths, rf.Name)
			}
		}
	}
	return paths
}

// equal says whether two values mean the same.
func equal(enc Encoding, w Field, a any, r Field, b any) bool {
	la, aList := a.([]any)
	lb, bList := b.([]any)
	switch {
	case aList && bList:
		return slices.EqualFunc(la, lb, func(x, y any) bool { return equal(enc, w, x, r, y) })
	case bList && enc == Protobuf: // one, or nothing, is what was meant by a list of one, or of none
		if _, nothing := a.(none); nothing {
			return len(lb) == 0
		}
		return len(lb) == 1 && equal(enc, w, a, r, lb[0])
	case aList || bList:
		return false
	}
	switch x := a.(type) {
	case none, nil:
		return a == b
	case rec:
		y, ok := b.(rec)
		return ok && len(differences(enc, w.Fields, r.Fields, x, y)) == 0
	case sym:
		if y, ok := b.(sym); ok {
			return symbolsEqual(w, r, string(x), string(y))
		}
	}
	x, y := plain(enc, w, a), plain(enc, r, b)
	return x != "" && x == y
}

func symbolsEqual(w, r Field, x, y string) bool {
	if x == y {
		return true
	}
	for _, s := range w.Symbols {
		if s.Name == x && slices.Contains(s.Aliases, y) {
			return true
		}
	}
	for _, s := range r.Symbols {
		if s.Name == y && slices.Contains(s.Aliases, x) {
			return true
		}
	}
	return false
}

// plain is a value apart from its type: numbers by their exact value, bytes as text where that is how they are written.
func plain(enc Encoding, f Field, v any) string {
	switch x := v.(type) {
	case bool:
		if enc != Protobuf {
			return fmt.Sprint("bool ", x)
		} else if x {
			return "number 1"
		}
		return "number 0"
	case *big.Int:
		return "number " + x.String()
	case float32:
		return plain(enc, f, float64(x))
	case float64:
		exact := new(big.Rat).SetFloat64(x)
		if exact == nil {
			return fmt.Sprint("odd ", x)
		}
		return "number " + exact.RatString()
	case string:
		return "text " + x
	case []byte:
		if enc == JSON {
			return "bytes " + base64.StdEncoding.EncodeToString(x)
		}
		return "text " + string(x)
	case opaque:
		return "opaque " + string(x)
	case sym:
		for _, s := range f.Symbols {
			if s.Name == string(x) && enc == Protobuf {
				return fmt.Sprint("number ", s.Number)
			}
		}
		return "text " + string(x)
	}
	return ""
}
