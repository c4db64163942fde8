package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

func encodeJSON(fields []Field, r rec) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, f := range fields {
		v, there := r[f.Name]
		if !there {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(f.Name)
		b.Write(name)
		b.WriteByte(':')
		writeJSON(&b, f, v)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, f Field, v any) {
	switch x := v.(type) {
	case nil:
		b.WriteString("null")
	case []any:
		b.WriteByte('[')
		for i, e := range x {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, f, e)
		}
		b.WriteByte(']')
	case rec:
		b.Write(encodeJSON(f.Fields, x))
	case *big.Int:
		b.WriteString(x.String())
	case float32:
		b.WriteString(strconv.FormatFloat(float64(x), 'g', -1, 32))
	case float64:
		b.WriteString(strconv.FormatFloat(x, 'g', -1, 64))
	default:
		text, err := json.Marshal(v) // bool, strings, bytes in base64
		if err != nil {
			panic(err)
		}
		b.Write(text)
	}
}

func decodeJSON(f Format, data []byte) (rec, []string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, fmt.Errorf("more than one value")
	}
	var kept []string
	r, err := recordJSON(f.Fields, f.Unknown, v, &kept)
	return r, kept, err
}

func recordJSON(fields []Field, unknown Unknown, v any, kept *[]string) (rec, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("no object")
	}
	out, known := rec{}, map[string]bool{}
	for _, f := range fields {
		found := false
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			known[name] = true
			v, there := m[name]
			if !there || found {
				continue
			}
			found = true
			x, err := valueJSON(f, unknown, v, kept)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			out[f.Name] = x
		}
		if !found && f.Required {
			return nil, fmt.Errorf("%s is missing", f.Name)
		}
	}
	for name := range m {
		if !known[name] && unknown == Refuse {
			return nil, fmt.Errorf("%s is unknown", name)
		} else if !known[name] && unknown == Keep {
			*kept = append(*kept, name)
		}
	}
	return out, nil
}

func valueJSON(f Field, unknown Unknown, v any, kept *[]string) (any, error) {
	if v == nil {
		if f.Nullable {
			return nil, nil
		}
		return nil, fmt.Errorf("null")
	}
	if f.List {
		l, ok := v.([]any)
		if !ok {
			return nil, fmt.Errorf("no list")
		}
		out := []any{}
		f.List, f.Nullable = false, false
		for _, e := range l {
			x, err := valueJSON(f, unknown, e, kept)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
		return out, nil
	}
	s, isString := v.(string)
	n, isNumber := v.(json.Number)
	switch {
	case f.Type == Message:
		return recordJSON(f.Fields, unknown, v, kept)
	case f.Type == Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case f.Type == String && isString:
		return s, nil
	case f.Type == Other && isString:
		return opaque(s), nil
	case f.Type == Bytes && isString:
		if strings.ContainsAny(s, "\r\n") {
			return nil, fmt.Errorf("base64")
		}
		return base64.StdEncoding.Strict().DecodeString(s)
	case f.Type == Enum && isString:
		for _, y := range f.Symbols {
			if y.Name == s {
				return sym(s), nil
			}
		}
		for _, y := range f.Symbols {
			if slices.Contains(y.Aliases, s) {
				return sym(y.Name), nil
			}
		}
		if f.Fallback != "" {
			return sym(f.Fallback), nil
		} else if !f.Closed {
			return noSym(s), nil
		}
	case f.Type == Float && isNumber:
		x, err := strconv.ParseFloat(n.String(), 32)
		return float32(x), err
	case f.Type == Double && isNumber:
		return strconv.ParseFloat(n.String(), 64)
	case isNumber && f.Type != Bytes && f.Type != String && f.Type != Enum && f.Type != Other:
		return parseValue(f, n.String())
	}
	return nil, fmt.Errorf("%v is no %s", v, f.Type)
}
