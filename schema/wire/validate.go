package wire

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// maxText is how long a format may be as JSON, in bytes.
const maxText = 1 << 20

// Decode reads a format of at most one mebibyte and validates it. The error joins one *FieldError for everything wrong.
func Decode(data []byte) (Format, error) {
	var f Format
	if err := strict.Decode(data, maxText, nil, &f); err != nil {
		return Format{}, err
	}
	if err := f.Validate(); err != nil {
		return Format{}, err
	}
	return f, nil
}

// Encode writes a format as [Decode] reads it, the same bytes for the same format; what is not set is left out.
func Encode(f Format) ([]byte, error) { return strict.Encode(f) }

// FieldError is one thing wrong with a format: where, what stood there, which rule it breaks.
type FieldError = strict.FieldError

var encodings = []Encoding{JSON, Protobuf, Avro} // never written

var unknowns = []Unknown{"", Ignore, Keep, Refuse} // never written

var types = []Type{ // never written
	Bool, Int32, Int64, Uint32, Uint64, Sint32, Sint64, Fixed32, Fixed64, Sfixed32, Sfixed64, Float, Double, String, Bytes, Enum,
	Message, Other,
}

var protobufOnly = []Type{Sint32, Sint64, Fixed32, Fixed64, Sfixed32, Sfixed64} // never written

// Validate returns everything that is wrong with a format, each as a *FieldError, or nil.
func (f Format) Validate() error {
	v := validator{enc: f.Encoding}
	if !slices.Contains(encodings, f.Encoding) {
		v.Add("encoding", string(f.Encoding), "must be json, protobuf or avro")
		return v.Err() // nothing else can be judged without
	}
	if !slices.Contains(unknowns, f.Unknown) {
		v.Add("unknown", string(f.Unknown), "must be ignore, keep or refuse")
	} else if f.Encoding == Avro && f.Unknown != "" && f.Unknown != Ignore {
		v.Add("unknown", string(f.Unknown), "must be ignore: readers of avro skip what they do not ask for")
	}
	v.text("name", f.Name)
	v.text("tag", f.Tag)
	v.fields("fields", f.Fields, 0)
	for n, field := range f.Fields {
		at := index("fields", n)
		if f.Encoding == Protobuf && slices.Contains(f.ReservedNumbers, field.Number) {
			v.Add(at+".number", field.Number, "is reserved")
		}
		if slices.Contains(f.ReservedNames, field.Name) {
			v.Add(at+".name", field.Name, "is reserved")
		}
	}
	if f.Encoding != Protobuf && len(f.ReservedNumbers) > 0 {
		v.Add("reservedNumbers", nil, "are for protobuf")
	}
	return v.Err()
}

// maxDepth is how deep messages may nest: each level takes two of the codec's 64.
const maxDepth = 30

type validator struct {
	strict.Problems
	enc Encoding
}

func (v *validator) text(path, s string) {
	if _, err := json.Marshal(s); err != nil || string([]rune(s)) != s {
		v.Add(path, s, "must be UTF-8")
	}
}

// names refuses a name that is missing, or that something else at the same level has.
func (v *validator) names(path string, seen map[string]bool, name string, aliases []string) {
	if name == "" {
		v.Add(path+".name", nil, "is missing")
	}
	for n, s := range append([]string{name}, aliases...) {
		at := path + ".name"
		if n > 0 {
			at = index(path+".aliases", n-1)
		}
		v.text(at, s)
		if s == "" && n > 0 {
			v.Add(at, s, "must not be empty")
		} else if seen[s] {
			v.Add(at, s, "is taken")
		}
		seen[s] = true
	}
}

func (v *validator) fields(path string, fields []Field, depth int) {
	if depth > maxDepth {
		v.Add(path, nil, "nest too deep")
		return
	}
	seen, numbers := map[string]bool{}, map[int32]bool{}
	for n, f := range fields {
		at := index(path, n)
		v.names(at, seen, f.Name, f.Aliases)
		switch {
		case v.enc != Protobuf:
			v.refuse(f.Number != 0, at+".number", "is for protobuf")
			v.refuse(f.Explicit, at+".explicit", "is for protobuf")
			v.refuse(f.Oneof != "", at+".oneof", "is for protobuf")
			v.refuse(v.enc == Avro && f.Required, at+".required", "is not for avro: what has no default is required")
		case f.Number < 1 || f.Number > 1<<29-1 || f.Number >= 19000 && f.Number <= 19999:
			v.Add(at+".number", f.Number, "must be from 1 to 536870911, and not from 19000 to 19999")
		case numbers[f.Number]:
			v.Add(at+".number", f.Number, "is taken")
		default:
			v.protobuf(at, f)
		}
		numbers[f.Number] = true
		v.field(at, f, depth)
	}
}

func (v *validator) refuse(wrong bool, path, rule string) {
	if wrong {
		v.Add(path, nil, rule)
	}
}

// protobuf checks what only fields of protobuf have.
func (v *validator) protobuf(at string, f Field) {
	v.refuse(f.Nullable, at+".nullable", "is not for protobuf: see explicit")
	v.refuse(f.List && (f.Required || f.Explicit || f.Oneof != "" || f.Default != ""), at+".list", "must not be required, explicit, in a oneof or with a default")
	v.refuse(f.Oneof != "" && f.Required, at+".required", "must not be set in a oneof")
	v.refuse(f.Default != "" && implicit(f), at+".default", "needs an explicit field")
	v.refuse(f.Type == Enum && f.Closed && implicit(f), at+".closed", "needs an explicit field")
	v.refuse(f.Type == Other && implicit(f), at+".explicit", "must be set: nothing is known of its zero")
	v.text(at+".oneof", f.Oneof)
}

func (v *validator) field(at string, f Field, depth int) {
	if !slices.Contains(types, f.Type) {
		v.Add(at+".type", string(f.Type), "is not a type")
		return
	} else if v.enc != Protobuf && slices.Contains(protobufOnly, f.Type) || v.enc == Avro && (f.Type == Uint32 || f.Type == Uint64) {
		v.Add(at+".type", string(f.Type), "is not a type of "+string(v.enc))
	}
	v.refuse(f.Type != Enum && (len(f.Symbols) > 0 || f.Closed || f.Fallback != ""), at+".type", "must be enum to have symbols")
	v.refuse(f.Type != Message && len(f.Fields) > 0, at+".type", "must be message to have fields")
	v.refuse((f.Type == Other) != (f.Definition != ""), at+".definition", "must be there for the type other, and for no other")
	v.text(at+".definition", f.Definition)
	if f.Type == Enum {
		v.symbols(at, f)
	}
	v.byDefault(at+".default", f)
	v.fields(at+".fields", f.Fields, depth+1)
}

// byDefault checks a default, in which symbols must be known.
func (v *validator) byDefault(at string, f Field) {
	switch d := f.Default; {
	case d == "":
	case f.Required:
		v.Add(at, d, "must not be set on what is required")
	case d == "null" && f.Nullable || d == "[]" && f.List:
	case f.List, !json.Valid([]byte(d)), !isValue(f, d):
		v.Add(at, d, "must be a value of the field, as JSON")
	}
}

func (v *validator) symbols(at string, f Field) {
	if len(f.Symbols) == 0 {
		v.Add(at+".symbols", nil, "must be at least one")
	}
	seen, numbers := map[string]bool{}, map[int32]bool{}
	known := f.Fallback == ""
	for n, y := range f.Symbols {
		path := index(at+".symbols", n)
		v.names(path, seen, y.Name, y.Aliases)
		known = known || y.Name == f.Fallback
		switch {
		case v.enc == Avro && len(y.Aliases) > 0:
			v.Add(path+".aliases", nil, "are not for symbols of avro")
		case v.enc != Protobuf && y.Number != 0:
			v.Add(path+".number", y.Number, "is for protobuf")
		case v.enc == Protobuf && numbers[y.Number]:
			v.Add(path+".number", y.Number, "is taken")
		case v.enc == Protobuf && n == 0 && !f.Closed && y.Number != 0:
			v.Add(path+".number", y.Number, "must be 0: an open enum begins with its zero")
		}
		numbers[y.Number] = true
	}
	v.refuse(!known, at+".fallback", "must be a symbol")
	v.refuse(v.enc == Protobuf && f.Fallback != "", at+".fallback", "is not for protobuf")
}

func index(path string, n int) string { return path + "[" + strconv.Itoa(n) + "]" }
