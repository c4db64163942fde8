package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"
)

func encodeAvro(fields []Field, r rec) []byte {
	var out []byte
	for _, f := range fields {
		v, there := r[f.Name]
		if !there {
			panic("avro writes every field: " + f.Name)
		}
		if f.Nullable { // the union [null, type]
			if v == nil {
				out = binary.AppendVarint(out, 0)
				continue
			}
			out = binary.AppendVarint(out, 1)
		}
		out = appendAvro(out, f, v)
	}
	return out
}

func appendAvro(out []byte, f Field, v any) []byte {
	text := func(s string) []byte { return append(binary.AppendVarint(out, int64(len(s))), s...) }
	switch x := v.(type) {
	case []any:
		if len(x) > 0 {
			out = binary.AppendVarint(out, int64(len(x)))
			for _, e := range x {
				out = appendAvro(out, f, e)
			}
		}
		return binary.AppendVarint(out, 0)
	case rec:
		return append(out, encodeAvro(f.Fields, x)...)
	case bool:
		if x {
			return append(out, 1)
		}
		return append(out, 0)
	case *big.Int:
		return binary.AppendVarint(out, x.Int64())
	case float32:
		return binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	case float64:
		return binary.LittleEndian.AppendUint64(out, math.Float64bits(x))
	case string:
		return text(x)
	case opaque:
		return text(string(x))
	case []byte:
		return text(string(x))
	case sym:
		return binary.AppendVarint(out, int64(slices.IndexFunc(f.Symbols, func(y Symbol) bool { return y.Name == string(x) })))
	}
	panic(fmt.Sprintf("%T", v))
}

func decodeAvro(w, r []Field, data []byte) (rec, error) {
	b := bytes.NewReader(data)
	out, err := recordAvro(w, r, b)
	if err == nil && b.Len() > 0 {
		return nil, fmt.Errorf("%d bytes too many", b.Len())
	}
	return out, err
}

// recordAvro reads what the writer wrote, in its order, and resolves it to the reader's fields.
func recordAvro(w, r []Field, b *bytes.Reader) (rec, error) {
	out := rec{}
	for _, wf := range w {
		var to *Field
		for i, rf := range r {
			if rf.Name == wf.Name || slices.Contains(rf.Aliases, wf.Name) {
				if _, twice := out[rf.Name]; twice {
					return nil, fmt.Errorf("%s is there twice", rf.Name)
				}
				to = &r[i]
			}
		}
		v, err := fieldAvro(wf, to, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", wf.Name, err)
		}
		if to != nil {
			out[to.Name] = v
		}
	}
	for _, rf := range r {
		if _, there := out[rf.Name]; !there && rf.Default == "" {
			return nil, fmt.Errorf("%s has no default", rf.Name)
		}
	}
	return out, nil
}

func fieldAvro(w Field, r *Field, b *bytes.Reader) (any, error) {
	if w.Nullable {
		branch, err := binary.ReadVarint(b)
		if err != nil {
			return nil, err
		} else if branch == 0 && r != nil && !r.Nullable {
			return nil, fmt.Errorf("null")
		} else if branch == 0 {
			return nil, nil
		}
	}
	if r != nil && r.List != w.List {
		return nil, fmt.Errorf("array and no array")
	}
	if !w.List {
		return valueAvro(w, r, b)
	}
	list := []any{}
	for {
		n, err := binary.ReadVarint(b)
		if err != nil || n == 0 {
			return list, err
		}
		for range n {
			v, err := valueAvro(w, r, b)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
	}
}

func valueAvro(w Field, r *Field, b *bytes.Reader) (any, error) {
	if w.Type == Message {
		if r != nil && r.Type != Message {
			return nil, fmt.Errorf("record read as %s", r.Type)
		} else if r == nil {
			return skipAvro(w.Fields, b)
		}
		return recordAvro(w.Fields, r.Fields, b)
	}
	v, err := scalarAvro(w, b)
	if err != nil || r == nil {
		return v, err
	}
	n, _ := v.(*big.Int)
	if n != nil && w.Type == Int32 && r.Type == Int64 {
		return v, nil
	} else if n != nil && (r.Type == Float) {
		return float32(n.Int64()), nil
	} else if n != nil && r.Type == Double {
		return float64(n.Int64()), nil
	}
	switch x := v.(type) {
	case float32:
		if r.Type == Double {
			return float64(x), nil
		}
	case string:
		if r.Type == Bytes {
			return []byte(x), nil
		}
	case []byte:
		if r.Type == String && utf8.Valid(x) {
			return string(x), nil
		}
	case sym:
		switch {
		case r.Type != Enum:
		case slices.ContainsFunc(r.Symbols, func(y Symbol) bool { return y.Name == string(x) }):
			return x, nil
		case r.Fallback != "":
			return sym(r.Fallback), nil
		}
		return nil, fmt.Errorf("%s", x)
	}
	if w.Type != r.Type {
		return nil, fmt.Errorf("%s read as %s", w.Type, r.Type)
	}
	return v, nil
}

func skipAvro(w []Field, b *bytes.Reader) (any, error) {
	for _, f := range w {
		if _, err := fieldAvro(f, nil, b); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func scalarAvro(w Field, b *bytes.Reader) (any, error) {
	raw := func(n int64) []byte {
		out := make([]byte, n)
		if _, err := io.ReadFull(b, out); err != nil {
			panic(err)
		}
		return out
	}
	switch w.Type {
	case Bool:
		return raw(1)[0] == 1, nil
	case Float:
		return math.Float32frombits(binary.LittleEndian.Uint32(raw(4))), nil
	case Double:
		return math.Float64frombits(binary.LittleEndian.Uint64(raw(8))), nil
	}
	n, err := binary.ReadVarint(b)
	if err != nil {
		return nil, err
	}
	switch w.Type {
	case Int32, Int64:
		return big.NewInt(n), nil
	case Enum:
		return sym(w.Symbols[n].Name), nil
	case String:
		return string(raw(n)), nil
	case Other:
		return opaque(raw(n)), nil
	}
	return raw(n), nil
}
