package schema

import "github.com/seed-20fe5ead/gradatim/internal/strict"

// FieldError is one thing wrong with an input: its path, its value, and the rule.
type FieldError = strict.FieldError

// Plan is an expand-contract migration: what there is, which versions of the code
// touch it and how, the steps in their order, and where they should end. It is data;
// [Verify] says whether it is safe.
type Plan struct {
	Name       string      `json:"name,omitempty"`
	Stores     []Store     `json:"stores,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Forms      []Form      `json:"forms,omitempty"`
	// Versions of one service stand in the order of their releases.
	Versions []Version `json:"versions,omitempty"`
	Start    World     `json:"start"`
	Steps    []Step    `json:"steps,omitempty"`
	Goal     World     `json:"goal"`
	// Accepts are the losses that somebody agreed to; no other is.
	Accepts []Loss `json:"accepts,omitempty"`
}

// World is what exists and what runs. As a goal it is complete too: what it does not
// list must be gone.
type World struct {
	Forms   []string  `json:"forms,omitempty"`   // those that exist
	Running []string  `json:"running,omitempty"` // as "service@version"
	Refuses []Refusal `json:"refuses,omitempty"` // constraints in force
	Syncs   []Sync    `json:"syncs,omitempty"`   // triggers in force
	// Retained are the forms in which messages written before the start may still lie in
	// topics; of a goal it means nothing.
	Retained []string `json:"retained,omitempty"`
	// Doubtful are the forms that may say anything: nobody kept them in step. Of a goal it means
	// nothing.
	Doubtful []string `json:"doubtful,omitempty"`
}

// Refusal is a constraint: the form refuses a value of its attribute; the value
// "null" is what stands in a column that nobody has set.
type Refusal struct {
	Form  string `json:"form"`
	Value string `json:"value"`
	// Unchecked says that rows that were there before may have it (NOT VALID).
	Unchecked bool `json:"unchecked,omitempty"`
}

// Sync is a trigger: whoever writes From without writing To has To written too, in the same
// transaction.
type Sync struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Loss is a value whose meaning may be lost, with somebody's consent.
type Loss struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
}

// StoreKind says what may be done with what a store holds.
type StoreKind string

// The kinds of stores.
const (
	Table StoreKind = "table" // rows that can be changed; a row may have several forms side by side
	Blob  StoreKind = "blob"  // records that can be changed; each is in the one form in which it was written last
	Topic StoreKind = "topic" // messages, which stay as they are until they expire; caches, queues and backups too
	Call  StoreKind = "call"  // requests or responses: read at once, by whichever version gets them
)

// Store is a place that holds forms: a table, a column of blobs, a topic, one direction of an API.
type Store struct {
	Name string    `json:"name"`
	Kind StoreKind `json:"kind"`
	// Replica says that versions may read an older copy of the store.
	Replica bool `json:"replica,omitempty"`
}

// Attribute is what is meant, apart from how it is written down: "the customer's name".
// An attribute without values has no data: it is a thing of the schema alone, an index, say.
type Attribute struct {
	Name string `json:"name"`
	// Values are the kinds of values that must be told apart because not every form or version takes them.
	// The value "null" is that nothing was set.
	Values []Value `json:"values,omitempty"`
}

// Null is the name of the value that nothing was set.
const Null = "null"

// Value is a kind of values, with one of them as witness: {"wide", "3000000000"}.
type Value struct {
	Name    string `json:"name"`
	Witness string `json:"witness,omitempty"`
}

// Form is one way in which an attribute is written down in a store: a column, a group of columns,
// a field of a message, a format of blobs.
type Form struct {
	Name      string `json:"name"`
	Attribute string `json:"attribute"`
	Store     string `json:"store"`
	// Of is the form that this one is a view of: both are the same data.
	Of string `json:"of,omitempty"`
	// Fits are the values that the form does not hold as they are; all others are held.
	Fits []Fit `json:"fits,omitempty"`
	// Define is how a database knows it; the verifier does not look at it.
	Define *Definition `json:"define,omitempty"`
}

// Fit says what becomes of a value.
type Fit struct {
	Value   string  `json:"value"`
	Verdict Verdict `json:"verdict"`
}

// Version is a version of the code of a service and its footprint: what it reads and what it
// tolerates, what it writes, and in which stores it makes and deletes records.
type Version struct {
	Service string  `json:"service"`
	Name    string  `json:"name"`
	Reads   []Read  `json:"reads,omitempty"`
	Writes  []Write `json:"writes,omitempty"`
	// Makes are the stores in which it inserts and deletes rows, or into which it sends messages,
	// whether or not it knows all that a row or message may have.
	Makes []string `json:"makes,omitempty"`
	// Star are the tables whose columns it does not list: SELECT *, INSERT without a list, plans prepared for
	// the columns of that day. When such a table changes under it, its next statement fails.
	Star []string `json:"star,omitempty"`
	// Strict are the stores in which it refuses what has a form that it does not read.
	Strict []string `json:"strict,omitempty"`
	// Whole are the blobs that it writes as a whole: what it does not know is lost.
	Whole []string `json:"whole,omitempty"`
}

// Ref is how conditions, steps and horizons name the version: "service@version".
func (v Version) Ref() string { return v.Service + "@" + v.Name }

// Read is that a version reads an attribute.
type Read struct {
	Attribute string `json:"attribute"`
	// Forms are those it can read, the preferred one first: it takes the first that is set.
	Forms []string `json:"forms"`
	// Takes are the values that it does not take as they are; all others are taken.
	Takes []Fit `json:"takes,omitempty"`
	// Replica says that it reads from a replica.
	Replica bool `json:"replica,omitempty"`
}

// Write is that a version writes an attribute.
type Write struct {
	Attribute string `json:"attribute"`
	// Values are those it writes; none means all but null.
	Values []string `json:"values,omitempty"`
	// Together are the forms that are written, by transaction: what is in one list is written
	// at once, the lists one after the other, and a crash may come between.
	Together [][]string `json:"together"`
}
