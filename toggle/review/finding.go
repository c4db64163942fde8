package review

// Code is a kind of finding.
type Code string

// The kinds of findings of Report.Above.
const (
	MovesMany Code = "moves" // more than the budget
	TakesOff  Code = "takesOff"
	Unknown   Code = "unknown" // not all who move are known
)

// The kinds of findings of Lint.
const (
	Invalid            Code = "invalid"            // it does not compile
	Cycle              Code = "cycle"              // prerequisites that lead back
	Correlated         Code = "correlated"         // exposures or splits of flags that are not independent
	SameHash           Code = "sameHash"           // a share of a share of the same hash
	DeadRule           Code = "deadRule"           // a rule that can decide for nobody
	NeverTrue          Code = "neverTrue"          // a condition that can match nobody
	UnusedSegment      Code = "unusedSegment"      // a segment that no flag names
	NeverHolds         Code = "neverHolds"         // a prerequisite
	Expired            Code = "expired"            // a flag that should be gone
	Settled            Code = "settled"            // a release or an experiment that has long been the same for everybody
	SchedulePast       Code = "schedulePast"       // a schedule that has nothing to do any more
	UnknownEnvironment Code = "unknownEnvironment" // an environment that there is not
	UnusedVariant      Code = "unusedVariant"      // a variant that no environment serves
)

// Finding is one thing that somebody should look at.
type Finding struct {
	Path  string `json:"path"` // as in strict field errors: "flags.checkout.rules[1]"
	Code  Code   `json:"code"`
	Words string `json:"words"` // go on from the path
}

// String is "path: words (code)".
func (f Finding) String() string { return f.Path + ": " + f.Words + " (" + string(f.Code) + ")" }
