// Package toggle evaluates feature flags: deploy is not release.
//
// Flags are data. A [Set] is what somebody writes, as JSON or in Go; [Compile] makes a
// [Snapshot] of it, which never changes; and an evaluation is a pure function of the
// snapshot, the flag, the [Subject] and the time. It takes no lock, allocates nothing,
// and no flag file makes it panic.
//
//	s, err := toggle.Load(file, toggle.Options{Environment: "production"})
//	on := s.Bool("one-page-checkout", &toggle.Subject{Key: "user-17"}, time.Now(), false)
//
// # What a flag says
//
// A flag has variants, which are values of one type (without any it is a boolean: on and
// off). What is served is looked for in this order:
//
//  1. A killed flag serves its off variant, whatever else is said; see [Changes].
//  2. An override, which is local, beats what is remote.
//  3. A flag that is not enabled serves its off variant. So does one of whose
//     prerequisites another variant is served, or nothing at all.
//  4. The first rule that matches decides. A rule serves a variant to all whom it matches,
//     or to a part of them; the others get the default variant, or go on to the next rule
//     if it says so.
//  5. The rollout of the flag does so for all whom no rule matched.
//  6. The default variant.
//
// A flag that cannot be evaluated (it is unknown, broken, of another type, or needs a key
// that is not there) serves what the caller gave as default, and says why; it never takes
// others down.
//
// # Who gets it
//
// A part is an exposure: of the subjects, by their key or another attribute, a share in
// parts per million. Who is in is computed from a hash of key and salt, in integers, so
// that it is the same everywhere and for ever, and raising an exposure never takes anybody
// out. Among those who are in, a split gives each one of several variants, by a hash that
// is independent of the first. The algorithm and its version belong to the flag; package
// bucket has ours and those of other systems.
//
// # Three values
//
// A condition on an attribute that is absent, null or of another type is unknown, and
// unknown never matches, also not under a not: "not from CH" is not said of somebody whose
// country nobody knows. Whoever does mean them writes unless. Present and null can be asked
// for apart.
//
// # The file
//
// The file flags.schema.json beside this package is the JSON Schema (2020-12) of what Load
// reads: an editor that is told to use it for flag files (most have a list of file names and
// schemas) completes fields and shows what is wrong while one types. A flag file has no field
// for the schema's name. What no schema can say, such as whether a variant is there, Load says.
//
// # Time
//
// Nothing here looks at a clock. Schedules and conditions on time are instants in the
// data, and compared with the time that the caller gives.
//
// The packages beside this one: bucket (who gets what), review (what a change of flags
// does, and what is wrong with them), client (keeps a process's flags up to date, counts,
// kills), exposure (a flag as the target of a rollout), toggletest (for users' tests), and
// the module openfeature.
package toggle
