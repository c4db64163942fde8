package schema

import "github.com/seed-20fe5ead/gradatim/schema/wire"

// Verdict says what becomes of a value that goes from one form, format or version to another. It is
// that of package wire, which compares formats.
type Verdict = wire.Verdict

// The verdicts, from good to bad. The empty Verdict is OK.
const (
	OK    = wire.OK    // it arrives as it was meant
	Lossy = wire.Lossy // it arrives, but means something else or less
	Error = wire.Error // it does not arrive
)
