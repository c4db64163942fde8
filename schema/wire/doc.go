// Package wire says whether a reader that expects one format may read what a writer of another format wrote.
//
// A [Format] is what one version of a program writes, or expects to read: a message on a topic, a request, a response, a blob in
// a cache. [Compare] takes two and returns [Finding]s, each with a [Verdict]:
//
//   - [OK]: every value the writer may write reads as what it means. There is no finding then.
//   - [Lossy]: everything can be read, but some of it reads as something else, or as nothing.
//   - [Error]: some value cannot be read.
//
// Most checkers know only the first and the last, and call a field of protobuf that got a new number compatible: it can be
// read, and its value is gone. The relation has a direction (a new reader of old records is another question than an old reader
// of new ones), and neighbours that are compatible do not make a chain so: [Retained] compares a reader with all that it may
// still meet. Every finding has a witness, a record that the writer may write and that shows it.
//
// # What means the same
//
// A rename is never guessed. Two fields mean the same if the name of one is the name of the other or among its
// aliases; so do two symbols of an enum. The reader's view counts: a field that it does not know is no loss to
// it, unless it writes the record back ([Rewrite]). A value left out means the default, and without one nothing, which is
// neither zero nor null. Numbers mean their exact value, strings their characters.
//
// # What is modelled
//
// JSON (RFC 8259; base64 of RFC 4648 section 4). Fields are found by exact name, then by the reader's aliases. What the RFC leaves
// open is taken as strict readers do it: a number out of the type's range, a fraction for an integer, null where it is not
// declared, another kind of value, an unknown symbol of a closed enum are errors; floating-point numbers are rounded, and are
// written with the fewest digits that read back in their own type.
//
// Protobuf (protobuf.dev: "Encoding", and "Updating A Message Type" in the language guides). Fields are found by number. A value of
// another wire type, or unknown to a closed enum, is an unknown field; integers that are too long are cut off; lists of numbers
// are written packed and read either way; of several values for a single field, or a oneof, the last wins, and messages are
// merged; implicit fields are not written if they are zero; strings must be UTF-8; required fields must be there. Readers
// that refuse unknown fields are modelled too, though protobuf's own parsers never do.
//
// Avro (specification, "Schema Resolution"). Fields are found by name and the reader's aliases; what the writer lacks is the
// reader's default, or an error; int, long, float and double are promoted, string and bytes exchanged; an unknown symbol is
// the enum's default, or an error. Nullable is the union of null and the type, in any order. The names of records and of
// enums are taken to match, and bytes that are not UTF-8 are taken to be refused as a string.
//
// What is none of this (maps, unions, groups, logical types, recursion) is a field of type [Other]. Only what is written the same
// way is compatible with it, anything else an Error whose Unknown says that it is not modelled. So are two formats of different
// encodings. What a writer writes beyond its own format (a symbol that it kept without knowing it) is not modelled either.
package wire
