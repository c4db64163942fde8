// Package strict holds what every package of the library says about wrong input, and the one JSON codec that finds it.
//
// A [FieldError] is one thing wrong: where, what stood there, which rule it breaks. [Problems] collects them, so that
// a user is told everything at once. [Decode] and [Encode] are the codec: plans, states, flag sets and schema plans all
// go through it, and so all of them refuse the same things in the same words.
//
// # What Decode refuses
//
// Unknown and duplicate keys (names are exact, upper and lower case differ), values of a wrong type, numbers out of
// range, null wherever it stands, anything after the value, invalid UTF-8 and half surrogate pairs, more than 64 levels
// of nesting, lists of more than 10,000 elements, and inputs above the caller's limit. A syntax error ends the reading
// and is reported alone, with its line and column; all other problems are reported together, in the order of the input.
//
// # What is data
//
// Struct fields are data if they are exported and have a json tag with a name (a tag without a name means the name in
// Go; "-" means no data). Other options in the tag are ignored. A struct embedded by value without a tag is flattened;
// as in Go, the shallower of two fields with one name wins. Durations are Go's text ("1h30m"), times RFC 3339 and always
// UTC. Types with UnmarshalJSON or UnmarshalText (and the two for writing) speak for themselves: what they read and
// write is still checked for null, duplicate keys, depth and length.
//
// # Kinds
//
// Where Go has an interface, JSON has an object with one key, the kind: {"bake": {"for": "10m"}}. [Kinds] says which
// kinds may stand in which interface; Encode asks the value's method Kind() string. A field tagged strict:"inline" has
// its kind among the keys of the struct itself: {"name": "errors", "threshold": {"max": 0.01}}.
//
// # One form
//
// Zero fields are not written, and empty lists and maps are read as nil. So every value has one written form, and what
// was read and written once does not change any more: Decode(Encode(v)) equals v, where nil and empty are equal. Only
// the space between the parts of a json.RawMessage, which Decode keeps, is lost when it is written. Encode refuses what
// Decode would refuse to read back, as far as it can know: it knows neither Decode's limit nor its kinds.
//
// The package is pure: no clock, no goroutine, no input or output. Its only memory is what it knows of Go types.
package strict
