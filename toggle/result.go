package toggle

// Reason says why a flag served what it served. The words are OpenFeature's where it has
// one (specification, section 1.4.7).
type Reason string

// The reasons.
const (
	Static         Reason = "static"         // everybody gets it at any time
	Default        Reason = "default"        // no rule matched, and no bucket decided
	TargetingMatch Reason = "targetingMatch" // a rule matched
	Split          Reason = "split"          // the subject's bucket decided
	Disabled       Reason = "disabled"       // the flag is not enabled
	Prerequired    Reason = "prerequisite"   // a prerequisite does not hold
	Killed         Reason = "killed"         // the flag was killed
	Overridden     Reason = "override"       // a local override
	Outdated       Reason = "stale"          // the source was silent for too long
	Failed         Reason = "error"          // see the error code
)

// ErrorCode says why a flag could not be evaluated. The words are OpenFeature's
// (specification, section 1.7).
type ErrorCode string

// The error codes. Empty is none.
const (
	FlagNotFound        ErrorCode = "flagNotFound"
	FlagBroken          ErrorCode = "parseError"
	TypeMismatch        ErrorCode = "typeMismatch"
	TargetingKeyMissing ErrorCode = "targetingKeyMissing"
	NotReady            ErrorCode = "providerNotReady"
)

// Result is what an evaluation says. It holds what was computed before, so that copying it
// is all that an evaluation costs.
type Result struct {
	// Value is nothing if the flag could not be evaluated, or serves the caller's default.
	Value   Value
	Variant string
	Reason  Reason
	// Rule is where in the flag it was decided: the name of a rule or its place, as in
	// "rules[0]" or "rollout" or "prerequisites[1]". Empty if no rule did.
	Rule   string
	Error  ErrorCode
	Detail string // words for people, of an error and of a prerequisite
}

// String is one sentence, without the flag's name: "on: rule beta matched".
func (r Result) String() string {
	switch {
	case r.Variant == "" && r.Value.of == Nothing:
		r.Variant = "the caller's default"
	case r.Variant == "":
		r.Variant = r.Value.String() // of an override
	}
	switch r.Reason {
	case Static:
		return r.Variant + ": everybody gets it"
	case Default:
		return r.Variant + ": no rule matched"
	case TargetingMatch:
		return r.Variant + ": " + r.Rule + " matched"
	case Split:
		return r.Variant + ": the bucket in " + r.Rule + " decided"
	case Disabled:
		return r.Variant + ": the flag is not enabled"
	case Killed:
		return r.Variant + ": the flag was killed"
	case Overridden:
		return r.Variant + ": it was overridden here"
	case Outdated:
		return r.Variant + ": the source was silent for too long"
	case Prerequired:
		return r.Variant + ": " + r.Detail
	}
	return "the caller's default: " + r.Detail
}

// As is r for a caller who needs a type: an error if the value is of another one.
func (r Result) As(t Type) Result {
	if r.Value.of == t || r.Error != "" || r.Value.of == Nothing {
		return r
	}
	return Result{Reason: Failed, Error: TypeMismatch, Rule: r.Rule, Detail: mismatch(r.Value.of)}
}

// mismatch says what a value that is of another type is.
func mismatch(t Type) string {
	switch t {
	case Boolean:
		return "the flag is a boolean"
	case String:
		return "the flag is a string"
	case Number:
		return "the flag is a number"
	case JSON:
		return "the flag is JSON"
	}
	return "the flag is of another type"
}

// result is a result that is shared by all evaluations that end with it.
type result = *Result

func failed(code ErrorCode, detail string) result {
	return &Result{Reason: Failed, Error: code, Detail: detail}
}
