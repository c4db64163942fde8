package wire

import (
	"slices"
	"strings"
	"testing"
)

func TestVerdictsAreOrdered(t *testing.T) {
	order := []Verdict{OK, Lossy, Error}
	for i, a := range order {
		for j, b := range order {
			if a.Worse(b) != (i > j) {
				t.Errorf("%q worse than %q: %v", a, b, a.Worse(b))
			}
		}
	}
	if Verdict("").Worse(OK) || !Verdict("fine").Worse(Lossy) {
		t.Error("what is no verdict must count as error, and nothing as ok")
	}
	for _, list := range [][]Verdict{{Lossy, Error, Lossy}, {Error, Lossy}} {
		var findings []Finding
		for _, v := range list {
			findings = append(findings, Finding{Verdict: v})
		}
		if Worst(findings) != Error {
			t.Errorf("%v: %q", list, Worst(findings))
		}
	}
	if Worst(nil) != OK {
		t.Error("nothing found must be ok")
	}
}

// A tag that differs fails on real bytes; where one has none, or the encodings differ, nothing is known.
func TestTagsAndEncodings(t *testing.T) {
	a := fields(JSON, "a:int32 required")
	tagged := func(tag string, f Format) Format {
		f.Tag = tag
		return f
	}
	proto := fields(Protobuf, "1#a:int32")
	for _, c := range []struct {
		name    string
		found   []Finding
		verdict Verdict
		unknown bool
	}{
		{"same tag", Compare(tagged("v1", a), tagged("v1", a)), OK, false},
		{"other tag", Compare(tagged("v1", a), tagged("v2", a)), Error, false},
		{"only the writer's", Compare(tagged("v1", a), a), Error, true},
		{"only the reader's", Compare(a, tagged("v1", a)), Error, true},
		{"other encoding", Compare(a, proto), Error, true},
		{"other encoding, same tag", Compare(tagged("v1", a), tagged("v1", proto)), Error, true},
		{"dispatched", Dispatch(tagged("v1", a), tagged("v2", proto), tagged("v1", a)), OK, false},
		{"dispatched to what differs", Dispatch(tagged("v1", a), tagged("v2", a), tagged("v1", fields(JSON, "a:string"))), Error, false},
		{"dispatched to nobody", Dispatch(tagged("v3", a), tagged("v2", a), tagged("v1", a)), Error, false},
		{"dispatched to two", Dispatch(tagged("v1", a), tagged("v1", a), tagged("v1", a)), Error, true},
		{"dispatched without a tag", Dispatch(a, a, tagged("v1", a)), Error, true},
		{"dispatched beside one without", Dispatch(tagged("v1", a), a, tagged("v1", a)), Error, true},
		{"one of one", Dispatch(a, a), OK, false},
		{"none at all", Dispatch(a), Error, true},
		{"no valid writer", Compare(Format{}, a), Error, true},
		{"no valid reader", Compare(a, Format{}), Error, true},
		{"no valid writer, tags", Dispatch(Format{Tag: "x"}, tagged("v1", a), tagged("v2", a)), Error, true},
	} {
		if Worst(c.found) != c.verdict || slices.ContainsFunc(c.found, func(f Finding) bool { return f.Unknown != c.unknown }) {
			t.Errorf("%s: %v", c.name, c.found)
		}
	}
	w, r := tagged("v1", a), tagged("v2", a)
	witnesses(t, w, r, Compare(w, r))
}

// Retained is what each writer alone has to do with the reader, under its name.
func TestRetainedNamesTheWriter(t *testing.T) {
	reader := fields(JSON, "a:int32 required")
	got := Retained(reader, fields(JSON, "a:int64 required"), reader, fields(JSON, "a:int32"))
	if len(got) != 2 || got[0].Writer != "a:int64 required" || got[1].Writer != "a:int32" || Worst(got) != Error {
		t.Errorf("%v", got)
	}
}

// Paths and witnesses lead through messages and lists, and witnesses have all that the writer must write.
func TestFindingsInDepth(t *testing.T) {
	w := fields(JSON, "id:int32 required", "m:message(a:string_required+x:message(n:int64)) list")
	w.Fields[1].Fields[1].List = true
	r := fields(JSON, "id:int32 required", "m:message(a:string_required+x:message(n:double)) list")
	r.Fields[1].Fields[1].List = true
	// the helper divides symbols at "+", so the inner message is made by hand
	w.Fields[1].Fields[1].Fields = []Field{{Name: "n", Type: Int64}}
	r.Fields[1].Fields[1].Fields = []Field{{Name: "n", Type: Double}}
	got := Compare(w, r)
	if len(got) != 1 || got[0].Path != "m[].x[].n" || got[0].Witness != `{"id":0,"m":[{"a":"","x":[{"n":9007199254740993}]}]}` {
		t.Fatalf("%+v", got)
	}
	witnesses(t, w, r, got)
}

// Every problem of a format is found with its path, all of them at once.
func TestValidate(t *testing.T) {
	with := func(f Format, edit func(*Format)) Format {
		f.Fields = slices.Clone(f.Fields)
		edit(&f)
		return f
	}
	j, p, a := fields(JSON, "a:int32"), fields(Protobuf, "1#a:int32"), fields(Avro, "a:int32")
	first := func(f Format, edit func(*Field)) Format { return with(f, func(f *Format) { edit(&f.Fields[0]) }) }
	deep := Field{Name: "m", Type: Message}
	for range 40 {
		deep = Field{Name: "m", Type: Message, Fields: []Field{deep}}
	}
	for _, c := range []struct {
		want   string
		format Format
	}{
		{`encoding: "xml" must be`, with(j, func(f *Format) { f.Encoding = "xml" })},
		{`unknown: "panic" must be`, with(j, func(f *Format) { f.Unknown = "panic" })},
		{`unknown: "refuse" must be ignore`, with(a, func(f *Format) { f.Unknown = Refuse })},
		{`name: "\xff" must be UTF-8`, with(j, func(f *Format) { f.Name = "\xff" })},
		{`tag: "\xff" must be UTF-8`, with(j, func(f *Format) { f.Tag = "\xff" })},
		{`fields[0].number: 1 is reserved`, with(p, func(f *Format) { f.ReservedNumbers = []int32{1} })},
		{`fields[0].name: "a" is reserved`, with(p, func(f *Format) { f.ReservedNames = []string{"a"} })},
		{`reservedNumbers: are for protobuf`, with(j, func(f *Format) { f.ReservedNumbers = []int32{1} })},
		{`fields[0].name: is missing`, first(j, func(f *Field) { f.Name = "" })},
		{`fields[0].name: "\xff" must be UTF-8`, first(j, func(f *Field) { f.Name = "\xff" })},
		{`fields[0].aliases[1]: "a" is taken`, first(j, func(f *Field) { f.Aliases = []string{"b", "a"} })},
		{`fields[0].aliases[0]: "" must not be empty`, first(j, func(f *Field) { f.Aliases = []string{""} })},
		{`fields[1].name: "a" is taken`, fields(JSON, "a:int32", "a:int32")},
		{`fields[0].number: is for protobuf`, first(j, func(f *Field) { f.Number = 1 })},
		{`fields[0].explicit: is for protobuf`, first(a, func(f *Field) { f.Explicit = true })},
		{`fields[0].oneof: is for protobuf`, first(a, func(f *Field) { f.Oneof = "o" })},
		{`fields[0].required: is not for avro`, first(a, func(f *Field) { f.Required = true })},
		{`fields[0].number: 0 must be from 1`, first(p, func(f *Field) { f.Number = 0 })},
		{`fields[0].number: 19000 must be from 1`, first(p, func(f *Field) { f.Number = 19000 })},
		{`fields[0].number: 536870912 must be from 1`, first(p, func(f *Field) { f.Number = 1 << 29 })},
		{`fields[1].number: 1 is taken`, fields(Protobuf, "1#a:int32", "1#b:int32")},
		{`fields[0].nullable: is not for protobuf`, first(p, func(f *Field) { f.Nullable = true })},
		{`fields[0].list: must not be`, fields(Protobuf, "1#a:int32 list required")},
		{`fields[0].required: must not be set in a oneof`, fields(Protobuf, "1#a:int32 @o required")},
		{`fields[0].default: needs an explicit field`, fields(Protobuf, "1#a:int32 =5")},
		{`fields[0].closed: needs an explicit field`, fields(Protobuf, "1#a:enum(A=0) closed")},
		{`fields[0].explicit: must be set`, fields(Protobuf, "1#a:other(map)")},
		{`fields[0].type: "text" is not a type`, first(j, func(f *Field) { f.Type = "text" })},
		{`fields[0].type: "" is not a type`, first(j, func(f *Field) { f.Type = "" })},
		{`fields[0].type: "sint32" is not a type of json`, first(j, func(f *Field) { f.Type = Sint32 })},
		{`fields[0].type: "uint32" is not a type of avro`, first(a, func(f *Field) { f.Type = Uint32 })},
		{`fields[0].type: must be enum`, first(j, func(f *Field) { f.Closed = true })},
		{`fields[0].type: must be message`, first(j, func(f *Field) { f.Fields = []Field{{Name: "b", Type: Bool}} })},
		{`fields[0].definition: must be there`, first(j, func(f *Field) { f.Type = Other })},
		{`fields[0].definition: must be there`, first(j, func(f *Field) { f.Definition = "x" })},
		{`fields[0].symbols: must be at least one`, fields(JSON, "a:enum")},
		{`fields[0].symbols[1].name: "A" is taken`, fields(JSON, "a:enum(A+A)")},
		{`fields[0].symbols[0].aliases: are not for symbols of avro`, fields(Avro, "a:enum(A|B)")},
		{`fields[0].symbols[0].number: 1 is for protobuf`, fields(JSON, "a:enum(A=1)")},
		{`fields[0].symbols[1].number: 0 is taken`, fields(Protobuf, "1#a:enum(A=0+B=0)")},
		{`fields[0].symbols[0].number: 1 must be 0`, fields(Protobuf, "1#a:enum(A=1)")},
		{`fields[0].fallback: must be a symbol`, fields(JSON, "a:enum(A) ?B")},
		{`fields[0].fallback: is not for protobuf`, fields(Protobuf, "1#a:enum(A=0) ?A")},
		{`fields[0].default: "1" must not be set on what is required`, fields(JSON, "a:int32 required =1")},
		{`fields[0].default: "null" must be a value`, fields(JSON, "a:int32 =null")},
		{`fields[0].default: "[]" must be a value`, fields(JSON, "a:int32 =[]")},
		{`fields[0].default: "1" must be a value`, fields(JSON, "a:int32 list =1")},
		{`fields[0].default: "2147483648" must be a value`, fields(JSON, "a:int32 =2147483648")},
		{`fields[0].default: "+1" must be a value`, fields(JSON, "a:int32 =+1")},
		{`fields[0].default: "1e39" must be a value`, fields(JSON, "a:float =1e39")},
		{`fields[0].default: "1e999999999" must be a value`, fields(JSON, "a:double =1e999999999")},
		{`must be a value`, fields(JSON, `a:enum(A) ="B"`)},
		{`must be a value`, fields(JSON, `a:bytes ="?"`)},
		{`must be a value`, fields(JSON, `a:string =x`)},
		{`must be a value`, fields(JSON, `a:message(b:bool) ={}`)},
		{`fields[0].fields[0].number: is for protobuf`, fields(JSON, "a:message(1#b:bool)")},
		{`nest too deep`, Format{Encoding: JSON, Fields: []Field{deep}}},
	} {
		err := c.format.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// A format as deep as it may be survives the codec.
func TestDeepestFormat(t *testing.T) {
	f := Field{Name: "m", Type: Message}
	for range maxDepth - 1 {
		f = Field{Name: "m", Type: Message, Fields: []Field{f}}
	}
	deep := Format{Encoding: JSON, Fields: []Field{f}}
	data, err := Encode(deep)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(data); err != nil {
		t.Fatal(err)
	}
}
