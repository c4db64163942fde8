package wire

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// compareCase is a change somebody makes, in one direction: who writes, who reads, and what is known of it.
type compareCase struct {
	name           string
	writer, reader Format
	verdict        Verdict
}

// fields are written in one line each: "name:type" and words after it, as in "1 b,a:int32 list required =5"; the number is for
// protobuf, names after a comma are aliases, and symbols are in the type: "enum(A=0,B|OLD=1)".
func fields(enc Encoding, lines ...string) Format {
	f := Format{Name: strings.Join(lines, "; "), Encoding: enc}
	for _, line := range lines {
		f.Fields = append(f.Fields, field(line))
	}
	return f
}

func field(line string) (f Field) {
	words := strings.Fields(line)
	if number, rest, ok := strings.Cut(words[0], "#"); ok && !strings.Contains(number, ":") {
		f.Number = atoi(number)
		words[0] = rest
	}
	names, typ, _ := strings.Cut(words[0], ":")
	all := strings.Split(names, ",")
	f.Name, f.Aliases = all[0], all[1:]
	typ, inner, _ := strings.Cut(strings.TrimSuffix(typ, ")"), "(")
	f.Type = Type(typ)
	for _, s := range strings.FieldsFunc(inner, func(r rune) bool { return r == '+' }) {
		switch f.Type {
		case Enum:
			name, number, _ := strings.Cut(s, "=")
			names := strings.Split(name, "|")
			f.Symbols = append(f.Symbols, Symbol{Name: names[0], Number: atoi("0" + number), Aliases: names[1:]})
		case Message:
			f.Fields = append(f.Fields, field(strings.ReplaceAll(s, "_", " ")))
		case Other:
			f.Definition = s
		}
	}
	for _, w := range words[1:] {
		switch {
		case w == "list":
			f.List = true
		case w == "required":
			f.Required = true
		case w == "optional":
			f.Explicit = true
		case w == "null":
			f.Nullable = true
		case w == "closed":
			f.Closed = true
		case w[0] == '=':
			f.Default = w[1:]
		case w[0] == '?':
			f.Fallback = w[1:]
		case w[0] == '@':
			f.Oneof = w[1:]
		default:
			panic(w)
		}
	}
	return f
}

func atoi(s string) (n int32) {
	for _, r := range s {
		n = n*10 + r - '0'
	}
	return n
}

// pairs reads lines of "name | writer's fields | reader's fields | verdict"; fields are divided by semicolons, and a "!" before
// the reader's means that it refuses what it does not know.
func pairs(enc Encoding, text string) (out []compareCase) {
	for line := range strings.Lines(text) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) < 4 {
			continue
		}
		n := len(parts)
		c := compareCase{name: string(enc) + ": " + strings.TrimSpace(parts[0]), verdict: Verdict(strings.TrimSpace(parts[n-1]))}
		reader, refuses := strings.CutPrefix(strings.TrimSpace(parts[2]), "!")
		list := func(s string) (lines []string) {
			for l := range strings.SplitSeq(s, ";") {
				if l = strings.ReplaceAll(strings.TrimSpace(l), "/", "|"); l != "" {
					lines = append(lines, l)
				}
			}
			return lines
		}
		c.writer, c.reader = fields(enc, list(parts[1])...), fields(enc, list(reader)...)
		if refuses {
			c.reader.Unknown = Refuse
		}
		out = append(out, c)
	}
	return out
}

var cases = append(append(pairs(JSON, jsonCases), pairs(Protobuf, protobufCases)...), pairs(Avro, avroCases)...)

const jsonCases = `
nothing changes                          | a:int32 required; b:string    | a:int32 required; b:string | ok
optional field added, new reader         | a:int32                       | a:int32; b:string          | ok
optional field added, old reader         | a:int32; b:string             | a:int32                    | ok
optional field added, strict old reader  | a:int32; b:string             | !a:int32                   | error
required field added, new reader         | a:int32                       | a:int32; b:string required | error
required field added, old reader         | a:int32; b:string required    | a:int32                    | ok
field with default added, new reader     | a:int32                       | a:int32; b:string ="x"     | ok
required field removed, old reader       |                               | a:int32 required           | error
optional field removed, old reader       |                               | a:int32                    | ok
optional field removed, strict reader    | a:int32                       | !                          | error
optional becomes required                | a:int32                       | a:int32 required           | error
required becomes optional                | a:int32 required              | a:int32                    | ok
default added                            | a:int32                       | a:int32 =5                 | lossy
default removed                          | a:int32 =5                    | a:int32                    | lossy
default changed                          | a:int32 =5                    | a:int32 =6                 | lossy
default written otherwise                | a:double =5                   | a:double =5.0              | ok
default of what is always there          | a:int32 required              | a:int32 =6                 | ok
renamed, nobody told                     | a:int32                       | b:int32                    | ok
renamed, new reader knows the old name   | a:int32                       | b,a:int32                  | ok
renamed, old reader                      | b,a:int32                     | a:int32                    | lossy
renamed, old reader requires it          | b,a:int32 required            | a:int32 required           | error
renamed, both written, tolerant reader   | a:int32 required; b:int32 required | b,a:int32 required    | ok
renamed, both written, old reader        | a:int32; b:int32              | a:int32                    | ok
renamed, both written, strict tolerant   | a:int32; b:int32 required     | !b,a:int32                 | ok
renamed, either written, tolerant reader | a:int32; b:int32              | b,a:int32                  | error
int32 to int64                           | a:int32                       | a:int64                    | ok
int64 to int32                           | a:int64                       | a:int32                    | error
int32 to uint32                          | a:int32                       | a:uint32                   | error
uint32 to int64                          | a:uint32                      | a:int64                    | ok
uint64 to int64                          | a:uint64                      | a:int64                    | error
int32 to double                          | a:int32                       | a:double                   | ok
int64 to double                          | a:int64                       | a:double                   | lossy
int32 to float                           | a:int32                       | a:float                    | lossy
double to int64                          | a:double                      | a:int64                    | error
float to double                          | a:float                       | a:double                   | lossy
double to float                          | a:double                      | a:float                    | error
int to string                            | a:int32                       | a:string                   | error
string to int                            | a:string                      | a:int32                    | error
bool to int                              | a:bool                        | a:int32                    | error
bytes to string                          | a:bytes                       | a:string                   | lossy
string to bytes                          | a:string                      | a:bytes                    | error
enum to string                           | a:enum(A+B)                   | a:string                   | ok
string to closed enum                    | a:string                      | a:enum(A+B) closed         | error
string to open enum                      | a:string                      | a:enum(A+B)                | lossy
string to enum with fallback             | a:string                      | a:enum(A+B) closed ?A      | lossy
enum to int                              | a:enum(A+B)                   | a:int32                    | error
symbol added, closed reader              | a:enum(A+B+C)                 | a:enum(A+B) closed         | error
symbol added, open reader                | a:enum(A+B+C)                 | a:enum(A+B)                | lossy
symbol added, reader with fallback       | a:enum(A+B+C)                 | a:enum(A+B) closed ?A      | lossy
symbol added, new reader                 | a:enum(A+B)                   | a:enum(A+B+C) closed       | ok
symbol renamed, closed reader            | a:enum(A+C)                   | a:enum(A+B) closed         | error
symbol renamed, reader knows both        | a:enum(A+B)                   | a:enum(A+C/B) closed       | ok
null allowed, old reader                 | a:int32 null                  | a:int32                    | error
null allowed, new reader                 | a:int32                       | a:int32 null               | ok
null is the default of a new reader      | a:int32                       | a:int32 null =null         | lossy
single to list                           | a:int32                       | a:int32 list               | error
list to single                           | a:int32 list                  | a:int32                    | error
required within a message                | m:message(a:int32)            | m:message(a:int32_required) | error
optional within a message                | m:message(a:int32)            | m:message(a:int32+b:int32) | ok
retyped in a list of messages            | m:message(a:int64) list       | m:message(a:double) list   | lossy
message to string                        | m:message(a:int32)            | m:string                   | error
string to message                        | m:string                      | m:message(a:int32)         | error
parameter becomes required, old client   | q:string; limit:int32         | q:string; limit:int32 required | error
response gets a new enum value           | state:enum(OPEN+SHUT+LATE) required | state:enum(OPEN+SHUT) required closed | error
response may hold null                   | price:double required null    | price:double required      | error
map to map                               | a:other(map)                  | a:other(map)               | ok
map to something else                    | a:other(map)                  | a:other(union)             | error
map is not read any more                 | a:other(map)                  |                            | ok
`

const protobufCases = `
nothing changes                          | 1#a:int32; 2#b:string         | 1#a:int32; 2#b:string      | ok
field added, new reader                  | 1#a:int32                     | 1#a:int32; 2#b:string      | ok
field added, old reader                  | 1#a:int32; 2#b:string         | 1#a:int32                  | ok
field added, strict old reader           | 1#a:int32; 2#b:string         | !1#a:int32                 | error
required added                           | 1#a:int32                     | 1#a:int32; 2#b:int32 required | error
required removed                         |                               | 1#a:int32 required         | error
implicit read as required                | 1#a:int32                     | 1#a:int32 required         | error
required read as implicit                | 1#a:int32 required            | 1#a:int32                  | ok
explicit read as implicit                | 1#a:int32 optional            | 1#a:int32                  | lossy
implicit read as explicit                | 1#a:int32                     | 1#a:int32 optional         | lossy
default changed                          | 1#a:int32 optional =5         | 1#a:int32 optional =6      | lossy
renamed with its number                  | 1#a:int32                     | 1#b,a:int32                | ok
renamed with its number, old reader      | 1#b,a:int32                   | 1#a:int32                  | ok
number changed                           | 1#a:int32                     | 2#a:int32                  | lossy
number changed, nothing but zero         | 1#a:enum(A=0)                 | 2#a:enum(A=0) optional     | lossy
number changed, required                 | 1#a:int32 required            | 2#a:int32 required         | error
number reused, same type                 | 1#a:int32                     | 1#b:int32                  | lossy
number reused, fails                     | 1#a:bytes                     | 1#b:string                 | error
number reused, message as bytes          | 1#a:message(1#c:int32)        | 1#b:bytes                  | lossy
number reused, empty message as bytes    | 1#a:message                   | 1#b:bytes                  | ok
number reused, no symbol is known        | 1#a:bool list                 | 1#b:enum(A=7) list closed  | ok
number reused, written otherwise         | 1#a:int32                     | 1#b:string                 | ok
numbers exchanged                        | 1#a:int32; 2#b:int32          | 2#a:int32; 1#b:int32       | lossy
int32 to int64                           | 1#a:int32                     | 1#a:int64                  | ok
int64 to int32                           | 1#a:int64                     | 1#a:int32                  | lossy
int32 to uint32                          | 1#a:int32                     | 1#a:uint32                 | lossy
uint32 to uint64                         | 1#a:uint32                    | 1#a:uint64                 | ok
uint32 to int64                          | 1#a:uint32                    | 1#a:int64                  | ok
int32 to sint32                          | 1#a:int32                     | 1#a:sint32                 | lossy
sint32 to sint64                         | 1#a:sint32                    | 1#a:sint64                 | ok
sint64 to sint32                         | 1#a:sint64                    | 1#a:sint32                 | lossy
int32 to fixed32                         | 1#a:int32                     | 1#a:fixed32                | lossy
fixed32 to sfixed32                      | 1#a:fixed32                   | 1#a:sfixed32               | lossy
float to double                          | 1#a:float                     | 1#a:double                 | lossy
float to fixed32                         | 1#a:float                     | 1#a:fixed32                | lossy
bool to int32                            | 1#a:bool                      | 1#a:int32                  | ok
int32 to bool                            | 1#a:int32                     | 1#a:bool                   | lossy
string to bytes                          | 1#a:string                    | 1#a:bytes                  | ok
bytes to string                          | 1#a:bytes                     | 1#a:string                 | error
int32 to string                          | 1#a:int32                     | 1#a:string                 | lossy
int32 to string, strict                  | 1#a:int32                     | !1#a:string                | error
message to bytes                         | 1#a:message(1#b:int32)        | 1#a:bytes                  | lossy
bytes to message                         | 1#a:bytes                     | 1#a:message(1#b:int32)     | error
message to string                        | 1#a:message(1#b:int32)        | 1#a:string                 | error
enum to int32                            | 1#a:enum(A=0+B=1)             | 1#a:int32                  | ok
int32 to open enum                       | 1#a:int32                     | 1#a:enum(A=0+B=1)          | lossy
int32 to closed enum                     | 1#a:int32                     | 1#a:enum(A=0+B=1) closed optional | lossy
symbol added, open reader                | 1#a:enum(A=0+B=1+C=2)         | 1#a:enum(A=0+B=1)          | lossy
symbol added, closed reader              | 1#a:enum(A=0+B=1+C=2) optional | 1#a:enum(A=0+B=1) closed optional | lossy
symbol added, closed and required        | 1#a:enum(A=0+B=1) required    | 1#a:enum(A=0) closed required | error
symbol removed                           | 1#a:enum(A=0)                 | 1#a:enum(A=0+B=1)          | ok
symbol renamed with its number           | 1#a:enum(A=0+B=1)             | 1#a:enum(A=0+C/B=1)        | ok
symbol renamed, old reader               | 1#a:enum(A=0+C/B=1)           | 1#a:enum(A=0+B=1)          | ok
symbol's number reused                   | 1#a:enum(A=0+B=1)             | 1#a:enum(A=0+C=1)          | lossy
symbol renumbered                        | 1#a:enum(A=0+B=1)             | 1#a:enum(A=0+B=2)          | lossy
zero of an enum renamed                  | 1#a:enum(A=0)                 | 1#a:enum(Z=0)              | lossy
explicit to list                         | 1#a:int32 optional            | 1#a:int32 list             | ok
implicit to list                         | 1#a:int32                     | 1#a:int32 list             | lossy
list to single, packed                   | 1#a:int32 list                | 1#a:int32                  | lossy
list to single, strings                  | 1#a:string list               | 1#a:string                 | lossy
list of varints to list of fixed         | 1#a:int32 list                | 1#a:fixed32 list           | error
list of fixed to list of varints         | 1#a:fixed32 list              | 1#a:int32 list             | error
list of long to list of short fixed      | 1#a:fixed64 list              | 1#a:fixed32 list           | lossy
string to list of numbers                | 1#a:string                    | 1#a:int32 list             | error
list of numbers to bytes                 | 1#a:int32 list                | 1#a:bytes                  | lossy
two fields into a oneof                  | 1#a:int32 optional; 2#b:int32 optional | 1#a:int32 @o; 2#b:int32 @o | lossy
required and another into a oneof        | 1#a:int32 required; 2#b:int32 optional | 1#a:int32 @o; 2#b:int32 @o | error
required alone into a oneof              | 1#a:int32 required            | 1#a:int32 @o; 2#b:int32 @o | ok
one field into a oneof                   | 1#a:int32 optional            | 1#a:int32 @o; 2#b:int32 @o | ok
out of a oneof                           | 1#a:int32 @o; 2#b:int32 @o    | 1#a:int32 optional; 2#b:int32 optional | ok
retyped within a message                 | 1#m:message(1#a:int64)        | 1#m:message(1#a:int32)     | lossy
group to something else                  | 1#a:other(group) optional     | 1#a:int32                  | error
group to a number in a oneof             | 1#a:int32 optional; 2#b:other(group) optional | 1#a:int32 @o; 2#b:double @o =1 | error
`

const avroCases = `
nothing changes                          | a:int32; b:string             | a:int32; b:string          | ok
field added, with default                | a:int32                       | a:int32; b:string ="x"     | ok
field added, without default             | a:int32                       | a:int32; b:string          | error
field added, nullable without default    | a:int32                       | a:int32; b:string null     | error
field removed                            | a:int32; b:string             | a:int32                    | ok
renamed, reader has the alias            | a:int32                       | b,a:int32                  | ok
renamed, old reader without default      | b,a:int32                     | a:int32                    | error
renamed, old reader with default         | b,a:int32                     | a:int32 =0                 | lossy
renamed, only null is not the default    | b,a:enum(A) null              | a:enum(A) null ="A"        | lossy
both names written                       | a:int32; b:int32              | b,a:int32                  | error
int to long                              | a:int32                       | a:int64                    | ok
long to int                              | a:int64                       | a:int32                    | error
int to float                             | a:int32                       | a:float                    | lossy
int to double                            | a:int32                       | a:double                   | ok
long to double                           | a:int64                       | a:double                   | lossy
float to double                          | a:float                       | a:double                   | ok
double to float                          | a:double                      | a:float                    | error
string to bytes                          | a:string                      | a:bytes                    | ok
bytes to string                          | a:bytes                       | a:string                   | error
enum to string                           | a:enum(A+B)                   | a:string                   | error
symbol added, no default                 | a:enum(A+B+C)                 | a:enum(A+B)                | error
symbol added, default                    | a:enum(A+B+C)                 | a:enum(A+B) ?A             | lossy
symbol removed                           | a:enum(A)                     | a:enum(A+B)                | ok
symbols reordered                        | a:enum(B+A)                   | a:enum(A+B)                | ok
null allowed, old reader                 | a:int32 null                  | a:int32                    | error
null allowed, new reader                 | a:int32                       | a:int32 null               | ok
default changed                          | a:int32 =1                    | a:int32 =2                 | ok
single to array                          | a:int32                       | a:int32 list               | error
array promoted                           | a:int32 list                  | a:int64 list               | ok
field added within a record              | m:message(a:int32)            | m:message(a:int32+b:int32_=1) | ok
record to string                         | m:message(a:int32)            | m:string                   | error
map to something else                    | a:other(map)                  | a:int32                    | error
`

// unshown are the cases that are an error because nothing is known of them.
var unshown = map[string]bool{ // never written
	"json: renamed, either written, tolerant reader": true, "json: map to something else": true, "avro: both names written": true,
	"avro: map to something else": true, "protobuf: group to something else": true, "protobuf: message to string": true, "protobuf: required and another into a oneof": true,
	"protobuf: group to a number in a oneof": true,
}

// Every case has its verdict, is shown by witnesses on real bytes, and nothing worse is found among random records.
func TestCases(t *testing.T) {
	if len(cases) < 160 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := Compare(c.writer, c.reader)
			if Worst(found) != c.verdict {
				t.Fatalf("%q, want %q: %v", Worst(found), c.verdict, found)
			}
			witnesses(t, c.writer, c.reader, found)
			for _, f := range found {
				if f.Verdict == Error && f.Unknown != unshown[c.name] {
					t.Fatalf("not modelled: %s", f)
				}
			}
			rapid.Check(t, func(t *rapid.T) {
				value := drawRecord(t, c.writer.Encoding, c.writer.Fields)
				if v, at, _ := outcome(c.writer, c.reader, value); v.Worse(c.verdict) {
					t.Fatalf("%v becomes %q at %q", value, v, at)
				}
			})
		})
	}
}
