package schema

import "strings"

import "fmt"

// Wrong is what kind of thing goes wrong.
type Wrong string

// What can go wrong.
const (
	Fails        Wrong = "fails"     // a version's statement, request or decoding fails
	Stale        Wrong = "stale"     // a version reads what is no longer true
	LosesMeaning Wrong = "lossy"     // a version reads something that lost meaning
	Unread       Wrong = "unread"    // a message is read by nobody
	StepFails    Wrong = "stepFails" // a step of the plan fails, or leaves what it cannot mend
	Stuck        Wrong = "stuck"     // the goal can no longer be reached
	Undeclared   Wrong = "horizon"   // a version leaves the horizon at a step that does not forgo it
)

// Result is what [Verify] found.
type Result struct {
	// Safe: nothing goes wrong, whatever happens within the model; never if the search was not completed.
	Safe bool `json:"safe"`
	// Counterexample is a shortest story of something going wrong, if there is one.
	Counterexample *Trace `json:"counterexample,omitempty"`
	// Horizon has a row for the start and one after each step. Without Safe it is what was found until then: what it
	// lists may still turn out to be lost.
	Horizon []Row `json:"horizon,omitempty"`
	// States is how many were looked at, of all attributes and rounds.
	States int `json:"states"`
	// Complete is false if there were too many: then nothing is proven, but a counterexample is one.
	Complete bool `json:"complete"`
	// Stopped says why the search was not completed; empty if it was.
	Stopped string `json:"stopped,omitempty"`
}

// Row says which versions may run after a step. When a deployment was taken back, what it did is still there: until the plan has
// come as far again, the rows of all steps from here to the furthest that was made hold, not this one alone.
type Row struct {
	After string `json:"after"` // "start", or the name of the step
	// Back are the versions to which one may go back from here, and the one that runs.
	Back []string `json:"back,omitempty"`
	// Next are newer versions that may start now, if nothing was rolled back.
	Next []string `json:"next,omitempty"`
	// Lost says for each version that just left the horizon what would go wrong.
	Lost []Trace `json:"lost,omitempty"`
}

// MayRun are all versions that may run now or be rolled to, in the order of the plan.
func (r Row) MayRun() []string { return append(append([]string(nil), r.Back...), r.Next...) }

// Trace is a story: what happens, line by line, and what is wrong at its end.
type Trace struct {
	Kind Wrong `json:"kind"`
	// Attribute is the one that is concerned; empty if it is the plan as a whole.
	Attribute string `json:"attribute,omitempty"`
	// Version is the one that leaves the horizon, where that is the story.
	Version string   `json:"version,omitempty"`
	Lines   []string `json:"lines,omitempty"`
	Wrong   string   `json:"wrong"`
}

// String is the story as a numbered list, with what is wrong in its last line.
func (t Trace) String() string {
	var text strings.Builder
	for i, line := range append(append([]string(nil), t.Lines...), "WRONG: "+t.Wrong) {
		text.WriteString(fmt.Sprintf("%3d. %s\n", i+1, line))
	}
	return text.String()
}
