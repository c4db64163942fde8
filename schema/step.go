package schema

// Phase is what a step is for.
type Phase string

// The phases of an expand-contract migration.
const (
	Expand      Phase = "expand"   // something is added that nobody needs yet
	DeployPhase Phase = "deploy"   // a version that knows both is rolled out
	Fill        Phase = "backfill" // what was written before is brought along
	Prove       Phase = "verify"   // it is shown that nothing is missing
	Switch      Phase = "switch"   // a version that needs the new is rolled out
	Contract    Phase = "contract" // what nobody needs any more is taken away
)

// Step is one thing that is done, when its needs are met: changes of the schema, a deployment, or a
// backfill. One that does none of these waits for its needs.
type Step struct {
	Name  string `json:"name"`
	Phase Phase  `json:"phase"`
	// Needs must all hold in the world as it is when the step begins, however often that is.
	Needs []Condition `json:"needs,omitempty"`
	// Changes are made in one transaction, if the database can; else there is only one.
	Changes  []Change  `json:"changes,omitempty"`
	Deploy   string    `json:"deploy,omitempty"` // "service@version"
	Backfill *Backfill `json:"backfill,omitempty"`
	// Forgoes are the versions to which one can no longer go back once the step has begun.
	Forgoes []string `json:"forgoes,omitempty"`
}

// Do is what a change does.
type Do string

// What changes do.
const (
	Add    Do = "add"    // the form exists from now on
	Drop   Do = "drop"   // and no longer
	Refuse Do = "refuse" // the form refuses a value from now on
	Accept Do = "accept" // and no longer
	Tie    Do = "tie"    // a trigger writes To when Form is written
	Untie  Do = "untie"  // and no longer
)

// Change is one change of the schema.
type Change struct {
	Do    Do     `json:"do"`
	Form  string `json:"form"`
	Value string `json:"value,omitempty"` // of Refuse and Accept
	To    string `json:"to,omitempty"`    // of Tie and Untie
	// Unchecked is a Refuse that does not look at the rows there are (NOT VALID).
	Unchecked bool `json:"unchecked,omitempty"`
	// Define is how a database knows it; the verifier does not look at it.
	Define *Definition `json:"define,omitempty"`
}

// Backfill writes a form of records that have another one, batch by batch.
type Backfill struct {
	Form string `json:"form"`
	From string `json:"from,omitempty"` // the form it is computed from
	// Value is what is written where nothing is set, if there is no From; or in place of the value Instead. It
	// is then what the record means.
	Value   string       `json:"value,omitempty"`
	Instead string       `json:"instead,omitempty"`
	Mode    BackfillMode `json:"mode,omitempty"`
	// Define says how: the expression, the key of the cursor. The verifier does not look at it.
	Define *Definition `json:"define,omitempty"`
}

// BackfillMode says how a batch reads and writes.
type BackfillMode string

// The modes. Only the first two are safe beside writers.
const (
	OneStatement  BackfillMode = ""              // one statement reads and writes
	CompareAndSet BackfillMode = "compareAndSet" // it writes if what it read is unchanged
	ReadThenWrite BackfillMode = "readThenWrite" // it reads, and writes later
)

// Is is what a condition asks.
type Is string

// What conditions ask.
const (
	// Drained: no instance of Version runs, and none has left a transaction behind.
	Drained Is = "drained"
	// Maintained: every running version that writes From writes Form in the same transaction, or a trigger does; none
	// writes Form alone, or makes and deletes rows of one of them only.
	Maintained Is = "maintained"
	// Proven: in every record Form says what From says.
	Proven Is = "proven"
	// Absent: no record, and no message that is retained, has Value in Form.
	Absent Is = "absent"
	// Unused: no running version reads or writes Form.
	Unused Is = "unused"
	// Expired: nothing that is retained is in Form alone, waiting queues and replays included.
	Expired Is = "expired"
	// CaughtUp: every replica of the store of Form has all that the primary has.
	CaughtUp Is = "caughtUp"
)

// Condition is what must hold before a step begins. Conditions are facts, and facts are revocable: it is
// asked of the world as it is, never of what was done.
type Condition struct {
	Is      Is     `json:"is"`
	Version string `json:"version,omitempty"` // "service@version"
	Form    string `json:"form,omitempty"`
	From    string `json:"from,omitempty"`
	Value   string `json:"value,omitempty"`
	// Once says that Proven, Absent or Unused is asked only once. Asked twice, the second time after every
	// transaction has ended that was open at the end of the first, it holds of what these did as well, if what else the
	// step needs held all the while.
	Once bool `json:"once,omitempty"`
}
