package health

import "time"

// Judge is a rule that turns samples into a verdict. It is immutable: what it
// learns is in the evidence. Kind is the key under which it stands in a plan.
//
// Begin is called when a step begins: what speaks for the release starts from
// nothing, what speaks against it stays. Fold adds one sample, sets e.Verdict and
// e.Proven, and allocates nothing once e.Counts and e.Log have their size. It
// sees each interval once and in order, and only samples whose measurement worked.
// It reports whether the sample was conclusive: one that only fills up what is too
// little to judge is not, and a signal without conclusive samples becomes missing.
type Judge interface {
	Kind() string
	Begin(e *Evidence)
	Fold(e *Evidence, s *Sample) (conclusive bool)
}

// Measurer is a judge that knows what a source must count for it.
type Measurer interface{ Measure() Measure }

// Sampler is a judge that says how many events it needs before it can say anything.
type Sampler interface{ Sample() int64 }

// Explainer is a judge that says in words what its evidence shows:
// "error rate 5.1% is above 1%, 3 times in a row".
type Explainer interface{ Explain(e *Evidence) string }

// Validator is implemented by judges that can be written wrongly; the error joins
// one *FieldError per problem, with paths relative to the judge.
type Validator interface{ Validate() error }

// The scopes that the package itself tells apart.
const (
	scopeCandidate = "candidate"
	scopeStable    = "stable"
)

// Signal is one thing that is watched, and what follows from it.
type Signal struct {
	// Name is how samples, gates and orders speak of the signal; unique in a policy.
	Name string `json:"name"`
	// Scope is what the signal watches: candidate (default), stable, upstream,
	// downstream or business. Of stable it judges the stable arm; of what lies
	// outside the stage a source puts what it saw into the candidate's arm.
	Scope string `json:"scope"`
	// Mirrored says that the signal judges the answers to mirrored requests, and only
	// these: they are never mixed with served ones. Its scope is the candidate.
	Mirrored bool `json:"mirrored"`
	// Judge is the rule. In JSON its kind stands among the signal's own fields.
	Judge Judge `strict:"inline"`
	// Query tells a source of one's own what to measure.
	Query map[string]string `json:"query"`
	// Every is how often an interval is closed. Default 10s.
	Every time.Duration `json:"every"`
	// MaxGap is how long a signal may stay without conclusive data before it is
	// missing. Default WarmUp and six times Every; never less than WarmUp and twice
	// Every, or a healthy candidate would be missing before it can say anything.
	MaxGap time.Duration `json:"maxGap"`
	// WarmUp is how long after it became ready an instance says nothing in favour
	// of the release. Default 60s; a negative one means none.
	WarmUp time.Duration `json:"warmUp"`
	// On says what follows; the zero value holds.
	On Reactions `json:"on"`
	// Advisory signals are shown and never count for or against.
	Advisory bool `json:"advisory"`
	// Stake is the signal's share of the budget, beside those of the others: the larger,
	// the sooner it shows harm. Default 1; only sequential judges have one.
	Stake float64 `json:"stake"`
}

// Policy is how health is judged in a stage.
type Policy struct {
	// Budget is the false-rollback probability of an attempt, shared by the
	// sequential signals whose reaction is rollback.
	// Default 1%. Of a stage's own policy it is that stage's part of the plan's, by
	// default an equal one.
	Budget Probability `json:"budget"`
	// Holds is the same for those whose reaction is to hold. Default 5%.
	Holds Probability `json:"holds"`
	// Proof is the probability that a candidate as bad as the margin of a signal is proven
	// good enough by that signal at a step. Default 5%. Every signal must prove it, so it
	// need not be divided.
	Proof Probability `json:"proof"`
	// Signals are what is watched, besides readiness, which always is.
	Signals []Signal `json:"signals"`
	// Readiness is the reaction to candidate instances that were ready and are not.
	Readiness Readiness `json:"readiness"`
}

// Readiness is the implicit signal of every stage: the candidate's instances that
// were ready when the step was reached stay so.
type Readiness struct {
	// Every is how often readiness is noted while it does not change. Default 5s.
	Every time.Duration `json:"every"`
	// Grace is how long too few instances may be ready before the signal is
	// degraded. Default 30s; a negative one means none.
	Grace time.Duration `json:"grace"`
	// On says what follows; the zero value holds.
	On Reactions `json:"on"`
}
