package wire

// Encoding is how records become bytes. What is modelled of each is in the package's documentation.
type Encoding string

// The encodings.
const (
	JSON     Encoding = "json"
	Protobuf Encoding = "protobuf"
	Avro     Encoding = "avro"
)

// Unknown is what a reader does with fields that it does not know.
type Unknown string

// What readers do. Avro's can only ignore: what they do not ask for is skipped.
const (
	Ignore Unknown = "ignore" // drops them; so does the empty value
	Keep   Unknown = "keep"   // keeps them, and writes them back when it writes the record back
	Refuse Unknown = "refuse" // fails
)

// Type is the type of a field, or of the elements of a list.
type Type string

// The types. Those of JSON are the ones up to Message without the Sint, Fixed and Sfixed ones; a number is a number in the text,
// bytes are base64 in a string, an enum is the symbol's name in a string. Those of Avro are Bool, Int32 (int), Int64
// (long), Float, Double, String, Bytes, Enum and Message (record).
const (
	Bool     Type = "bool"
	Int32    Type = "int32"
	Int64    Type = "int64"
	Uint32   Type = "uint32"
	Uint64   Type = "uint64"
	Sint32   Type = "sint32"
	Sint64   Type = "sint64"
	Fixed32  Type = "fixed32"
	Fixed64  Type = "fixed64"
	Sfixed32 Type = "sfixed32"
	Sfixed64 Type = "sfixed64"
	Float    Type = "float"
	Double   Type = "double"
	String   Type = "string"
	Bytes    Type = "bytes"
	Enum     Type = "enum"
	Message  Type = "message"
	// Other is anything else (a map, a union, a group, a fixed, a logical type), told apart by its Definition alone: the same
	// text is the same thing, and nothing is known of two that differ.
	Other Type = "other"
)

// Format is one record format, as one version of a program writes or reads it. A version that writes otherwise than it
// reads (it always sends a field that it does not require) has two.
//
// Values are written as JSON, in defaults and witnesses, in every encoding: a record is an object by the writer's names,
// bytes are base64 in a string, an enum value is its symbol, and a field that is left out is not there.
type Format struct {
	Name     string   `json:"name"`
	Encoding Encoding `json:"encoding"`
	// Tag is what stands before every record and says which format it has: a magic, a version. Empty is none.
	Tag     string  `json:"tag"`
	Unknown Unknown `json:"unknown"` // of the reader, here and in every message within
	Fields  []Field `json:"fields"`
	// Numbers and names that fields had and none may have again; of the outermost message.
	ReservedNumbers []int32  `json:"reservedNumbers"`
	ReservedNames   []string `json:"reservedNames"`
}

// Field is one field of a record. What is true of a writer and of a reader is said by the same words: a Required field
// is one that a writer always writes and that a reader cannot do without.
type Field struct {
	Name string `json:"name"`
	// Aliases are other names of the same field: a field that is renamed lists its old name. A reader of JSON or Avro finds the
	// field under them too (under Name first). Two fields mean the same if the name of one is the name, or an alias, of the other.
	Aliases []string `json:"aliases"`
	Number  int32    `json:"number"` // protobuf only
	Type    Type     `json:"type"`
	List    bool     `json:"list"` // a list of Type, which in protobuf is packed where it can be

	// Required fields are always there. Not for Avro, where a writer writes every field, and a reader needs those without Default.
	Required bool `json:"required"`
	// Nullable fields may hold null, which is not the same as being left out. Not for protobuf.
	Nullable bool `json:"nullable"`
	// Explicit protobuf fields are written even if they hold zero, and a reader can tell zero from nothing (optional in proto3).
	// Required fields, messages and members of a Oneof are explicit anyway.
	Explicit bool `json:"explicit"`
	// Default is what a field that is left out means, as JSON: 0, "EUR", null, []. Empty is no default: nothing is there, or in
	// protobuf zero if the field is not explicit. Not for messages; for lists only [].
	Default string `json:"default"`
	Oneof   string `json:"oneof"` // protobuf: at most one of the fields with this word is there

	Symbols []Symbol `json:"symbols"` // of an Enum, at least one
	// Closed enums have no other values than Symbols: a reader of JSON fails, one of protobuf takes the field as unknown. Those of
	// an open enum take the value as it is, without knowing what it means. In Avro every enum is closed.
	Closed bool `json:"closed"`
	// Fallback is the symbol a reader takes instead of one that it does not know. Not for protobuf.
	Fallback string `json:"fallback"`

	Fields     []Field `json:"fields"`     // of a Message
	Definition string  `json:"definition"` // of an Other
}

// Symbol is one value of an enum. Number is for protobuf, where it alone is written; Aliases are not for Avro.
type Symbol struct {
	Name    string   `json:"name"`
	Number  int32    `json:"number"`
	Aliases []string `json:"aliases"`
}
