package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"
)

const (
	wireVarint = iota
	wireI64
	wireLen
	wireStart
	wireEnd
	wireI32
)

func wireOf(t Type) int {
	return map[Type]int{
		Fixed32: wireI32, Sfixed32: wireI32, Float: wireI32, Fixed64: wireI64, Sfixed64: wireI64, Double: wireI64,
		String: wireLen, Bytes: wireLen, Message: wireLen, Other: wireLen,
	}[t]
}

func encodeProto(fields []Field, r rec) (out []byte) {
	fields = slices.SortedFunc(slices.Values(fields), func(a, b Field) int { return int(a.Number - b.Number) })
	for _, f := range fields {
		v, there := r[f.Name]
		list, isList := v.([]any)
		tag := func(w int) { out = binary.AppendUvarint(out, uint64(f.Number)<<3|uint64(w)) }
		switch {
		case !there:
		case isList && len(list) == 0:
		case isList && wireOf(f.Type) != wireLen: // packed
			var block []byte
			for _, e := range list {
				block = appendProto(block, f, e)
			}
			tag(wireLen)
			out = append(binary.AppendUvarint(out, uint64(len(block))), block...)
		case isList:
			for _, e := range list {
				tag(wireLen)
				out = appendProto(out, f, e)
			}
		case !f.Required && !f.Explicit && f.Oneof == "" && f.Type != Message && isZero(f, v):
		default:
			tag(wireOf(f.Type))
			out = appendProto(out, f, v)
		}
	}
	return out
}

func isZero(f Field, v any) bool {
	switch x := v.(type) {
	case bool:
		return !x
	case *big.Int:
		return x.Sign() == 0
	case float32:
		return x == 0
	case float64:
		return x == 0
	case string:
		return x == ""
	case []byte:
		return len(x) == 0
	case sym:
		return f.Symbols[0].Name == string(x)
	}
	return false
}

func appendProto(out []byte, f Field, v any) []byte {
	text := func(s []byte) []byte { return append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	switch x := v.(type) {
	case bool:
		if x {
			return append(out, 1)
		}
		return append(out, 0)
	case float32:
		return binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	case float64:
		return binary.LittleEndian.AppendUint64(out, math.Float64bits(x))
	case string:
		return text([]byte(x))
	case opaque:
		return text([]byte(x))
	case []byte:
		return text(x)
	case rec:
		return text(encodeProto(f.Fields, x))
	case sym:
		i := slices.IndexFunc(f.Symbols, func(y Symbol) bool { return y.Name == string(x) })
		return binary.AppendUvarint(out, uint64(int64(f.Symbols[i].Number)))
	case *big.Int:
		u := x.Uint64()
		if x.Sign() < 0 {
			u = -new(big.Int).Neg(x).Uint64()
		}
		switch f.Type {
		case Sint32, Sint64:
			return binary.AppendVarint(out, x.Int64())
		case Fixed32, Sfixed32:
			return binary.LittleEndian.AppendUint32(out, uint32(u))
		case Fixed64, Sfixed64:
			return binary.LittleEndian.AppendUint64(out, u)
		}
		return binary.AppendUvarint(out, u)
	}
	panic(fmt.Sprintf("%T", v))
}

func decodeProto(f Format, data []byte) (rec, []string, error) {
	r := rec{}
	var kept []string
	err := messageProto(f.Fields, f.Unknown, data, r, &kept)
	if err == nil {
		err = requiredProto(f.Fields, r)
	}
	return r, kept, err
}

func requiredProto(fields []Field, r rec) error {
	for _, f := range fields {
		v, there := r[f.Name]
		if f.Required && !there {
			return fmt.Errorf("%s is missing", f.Name)
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			if m, ok := e.(rec); ok {
				if err := requiredProto(f.Fields, m); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// token reads one field off data: its number, its wire type, and its bits or its bytes.
func token(data []byte) (number uint64, wire int, u uint64, payload, rest []byte, err error) {
	key, n := binary.Uvarint(data)
	if n <= 0 || key>>3 == 0 || key>>3 > 1<<29-1 {
		return 0, 0, 0, nil, nil, fmt.Errorf("bad tag")
	}
	number, wire, data = key>>3, int(key&7), data[n:]
	u, rest, err = bitsProto(data, wire)
	if err == nil && wire == wireLen {
		if u > uint64(len(rest)) {
			return 0, 0, 0, nil, nil, fmt.Errorf("too short")
		}
		payload, rest = rest[:u], rest[u:]
	}
	return number, wire, u, payload, rest, err
}

func bitsProto(data []byte, wire int) (u uint64, rest []byte, err error) {
	switch {
	case wire == wireI32 && len(data) >= 4:
		return uint64(binary.LittleEndian.Uint32(data)), data[4:], nil
	case wire == wireI64 && len(data) >= 8:
		return binary.LittleEndian.Uint64(data), data[8:], nil
	case wire == wireVarint || wire == wireLen:
		u, n := binary.Uvarint(data)
		if n <= 0 {
			return 0, nil, fmt.Errorf("bad varint")
		}
		return u, data[n:], nil
	}
	return 0, nil, fmt.Errorf("bad wire type %d or too short", wire)
}

func messageProto(fields []Field, unknown Unknown, data []byte, into rec, kept *[]string) error {
	for len(data) > 0 {
		number, wire, u, payload, rest, err := token(data)
		if err != nil {
			return err
		}
		data = rest
		i := slices.IndexFunc(fields, func(f Field) bool { return uint64(f.Number) == number })
		known := false
		if i >= 0 {
			known, err = fieldProto(fields, fields[i], unknown, wire, u, payload, into, kept)
			if err != nil {
				return fmt.Errorf("%s: %w", fields[i].Name, err)
			}
		}
		if !known && unknown == Refuse {
			return fmt.Errorf("unknown %d", number)
		} else if !known && unknown == Keep {
			*kept = append(*kept, fmt.Sprint(number))
		}
	}
	return nil
}

// fieldProto takes one occurrence of a field; known is false if it is for the unknown ones.
func fieldProto(fields []Field, f Field, unknown Unknown, wire int, u uint64, payload []byte, into rec, kept *[]string) (known bool, err error) {
	expect := wireOf(f.Type)
	if f.List && expect != wireLen && wire == wireLen {
		known = true
		for len(payload) > 0 {
			var e uint64
			if e, payload, err = bitsProto(payload, expect); err != nil {
				return false, err
			}
			v, ok := numberProto(f, e)
			if !ok {
				known = false
				continue
			}
			into[f.Name] = append(listOf(into[f.Name]), v)
		}
		return known, nil
	}
	if wire != expect {
		return false, nil
	}
	var v any
	switch f.Type {
	case Message:
		m, again := into[f.Name].(rec)
		if !again {
			m = rec{}
		}
		if err := messageProto(f.Fields, unknown, payload, m, kept); err != nil {
			return false, err
		}
		v = m
	case String:
		if !utf8.Valid(payload) {
			return false, fmt.Errorf("not UTF-8")
		}
		v = string(payload)
	case Bytes:
		v = append([]byte{}, payload...)
	case Other:
		v = opaque(payload)
	default:
		var ok bool
		if v, ok = numberProto(f, u); !ok {
			return false, nil
		}
	}
	if f.List {
		into[f.Name] = append(listOf(into[f.Name]), v)
		return true, nil
	}
	for _, other := range fields {
		if f.Oneof != "" && other.Oneof == f.Oneof {
			delete(into, other.Name)
		}
	}
	into[f.Name] = v
	return true, nil
}

func listOf(v any) []any {
	l, _ := v.([]any)
	return l
}

func numberProto(f Field, u uint64) (v any, ok bool) {
	switch f.Type {
	case Bool:
		return u != 0, true
	case Float:
		return math.Float32frombits(uint32(u)), true
	case Double:
		return math.Float64frombits(u), true
	case Int32, Sfixed32:
		return big.NewInt(int64(int32(u))), true
	case Int64, Sfixed64:
		return big.NewInt(int64(u)), true
	case Uint32, Fixed32:
		return big.NewInt(int64(uint32(u))), true
	case Sint32:
		u = uint64(uint32(u))
		fallthrough
	case Sint64:
		n := int64(u >> 1)
		if u&1 == 1 {
			n = -n - 1
		}
		return big.NewInt(n), true
	case Enum:
		for _, y := range f.Symbols {
			if y.Number == int32(u) {
				return sym(y.Name), true
			}
		}
		return noSym(fmt.Sprint(int32(u))), !f.Closed
	}
	return new(big.Int).SetUint64(u), true
}
