package toggle

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// FieldError is one thing wrong with a flag set: where, what stood there, and the rule it
// breaks.
type FieldError = strict.FieldError

// Set is flags as they are written. The zero value has none.
type Set struct {
	// Segments are conditions with a name, which conditions of flags refer to.
	Segments map[string]Condition `json:"segments"`
	Flags    map[string]Flag      `json:"flags"`
}

// CallersDefault stands where a variant is named, for what the caller gave as default: the
// result then has neither a value nor a variant, and no error. No variant has this name.
const CallersDefault = "-"

// Kind is what a flag is for, and so how long it should live.
type Kind string

// The kinds. A release or an experiment ends, and says when; the others may stay.
const (
	Release    Kind = "release"    // ships a change gradually, then goes
	Experiment Kind = "experiment" // compares variants, then goes
	Ops        Kind = "ops"        // a switch for those who run the system
	Permission Kind = "permission" // who may use something
)

// Flag is one flag. Kind and Owner must be given, and Expires of a release or an
// experiment.
type Flag struct {
	Kind        Kind   `json:"kind"`
	Owner       string `json:"owner"`
	Description string `json:"description"`
	// Expires is when the flag should be gone. Nothing else happens then: review tells of
	// it, and toggletest makes a build fail.
	Expires time.Time `json:"expires"`

	// Variants are the values by name, all of one type. Without any they are "on" (true)
	// and "off" (false). Null is none, nor may it stand anywhere in an object or a list:
	// leave out what is not there.
	Variants map[string]Value `json:"variants"`
	// Default is served to whom nothing else is. Of a flag without Variants it is "off" if
	// it is empty; otherwise it must be given.
	Default string `json:"default"`
	// Off is served while the flag is off, by Enabled, a kill, or a prerequisite. Empty is
	// Default.
	Off string `json:"off"`
	// Stale is what is served when the source was silent for longer than its bound.
	Stale Stale `json:"stale"`

	// Salt makes exposures of flags independent of each other. Empty is the flag's name if
	// the algorithm is bucket.Native, and no salt for another one; flags with the same salt
	// are given to the same subjects.
	Salt string `json:"salt"`
	// Bucketing is the algorithm of every rollout in the flag that names none. Empty is
	// bucket.Native. It is not changed by later versions of the library.
	Bucketing bucket.Algorithm `json:"bucketing"`

	// Settings are in force in every environment that Environments does not name.
	Settings
	// Environments replace all of the settings, by environment; nothing is merged.
	Environments map[string]Settings `json:"environments"`
}

// Stale is the safe side of a flag.
type Stale string

// The safe sides.
const (
	KeepServing Stale = ""    // what the last good snapshot says
	ServeOff    Stale = "off" // the off variant
)

// Settings are what is different from one environment to another. The zero value is off.
type Settings struct {
	// Enabled must be set, or the off variant is served.
	Enabled bool `json:"enabled"`
	// Prerequisites must all hold, or the off variant is served.
	Prerequisites []Prerequisite `json:"prerequisites"`
	// Rules are asked in their order.
	Rules []Rule `json:"rules"`
	// Rollout is for whom no rule matched. Without one they get the default variant.
	Rollout *Rollout `json:"rollout"`
	// Schedule changes the settings at instants, which rise. Each change stays in force.
	Schedule []Change `json:"schedule"`
	// Since is when these settings were last changed. It decides nothing; review tells by
	// it who has been at 0 or 100 % for long.
	Since time.Time `json:"since"`
}

// Prerequisite is another flag of the same set that must serve one of some variants to the
// same subject. One that is missing or cannot be evaluated does not.
type Prerequisite struct {
	Flag     string   `json:"flag"`
	Variants []string `json:"variants"`
}

// Rule serves something to whom it matches: either Serve, or Rollout.
type Rule struct {
	// Name is told as the rule that matched. Empty is its place: "rules[0]".
	Name string `json:"name"`
	// When is whom it matches. The zero condition is everybody.
	When Condition `json:"when"`
	// Serve is the variant that all get.
	Serve   string   `json:"serve"`
	Rollout *Rollout `json:"rollout"`
}

// Rollout serves something to a share of the subjects: either Serve, or a Split.
type Rollout struct {
	// Exposure is who is in: "10%". Zero is nobody.
	Exposure bucket.Share `json:"exposure"`
	// Good is the exposure that was last seen to be good, and what an abort goes back to.
	// It decides nothing here; package exposure keeps it.
	Good bucket.Share `json:"good"`
	// Progress is where an engine stands that drives the exposure. It decides nothing here;
	// package exposure keeps it.
	Progress *Progress `json:"progress"`

	Serve string `json:"serve"`
	Split []Part `json:"split"`
	// By is the attribute whose value is hashed: a text, a whole number (as decimal
	// digits) or a boolean. Empty is the subject's key. A subject without it cannot be
	// evaluated, unless everybody gets the same.
	By string `json:"by"`
	// Slots are who gets which part of a split that gives slots; empty assigns them in the
	// order of the parts. Whoever changes weights by review.Reweight moves the fewest.
	Slots []Slots `json:"slots"`
	// Salt and Bucketing are the flag's if they are empty. SplitSalt is for the algorithms
	// that have a second one, and Flag for those that hash a flag's name; both are as they
	// are given. See bucket.Distribution.
	Salt      string           `json:"salt"`
	Flag      string           `json:"flag"`
	SplitSalt string           `json:"splitSalt"`
	Bucketing bucket.Algorithm `json:"bucketing"`
	// Next is for those who are not in: they go on to the next rule, and the last of them
	// to the flag's rollout. Otherwise they get the default variant.
	Next bool `json:"next"`
}

// Progress is what package exposure keeps of a rollout in the flag that it moves.
type Progress struct {
	// Stable and Candidate are the names of what is served at Good, and at the goal. There
	// is no candidate once all is settled.
	Stable    string `json:"stable"`
	Candidate string `json:"candidate"`
	// Goal is the exposure that the candidate is on its way to.
	Goal bucket.Share `json:"goal"`
	// Control and Treatment are the variants of an experiment.
	Control   string `json:"control"`
	Treatment string `json:"treatment"`
	// Epoch and Seq are the fence of the newest order that was taken: older ones are late.
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// Part is a variant's part of a split.
type Part struct {
	Variant string `json:"variant"`
	// Weight is relative to the sum of the weights, which is at most 2^31-1.
	Weight int64 `json:"weight"`
}

// Slots are the positions of a split from From up to but not including To, of 10^6.
type Slots struct {
	Variant string `json:"variant"`
	From    uint32 `json:"from"`
	To      uint32 `json:"to"`
}

// Change changes settings from an instant on. What it leaves out stays as it was.
type Change struct {
	At       time.Time     `json:"at"`
	Enabled  *bool         `json:"enabled"`
	Exposure *bucket.Share `json:"exposure"` // of the flag's rollout
}

// maxSet is the largest flag set that is read, in bytes.
const maxSet = 64 << 20

// UnmarshalJSON reads a set and refuses it as a whole if anything is wrong with its form;
// see [Load] for a reader that leaves out only the flags that are. It does not validate.
func (s *Set) UnmarshalJSON(data []byte) error { return strict.Decode(data, maxSet, nil, s) }

// MarshalJSON writes the set so that the same set gives the same bytes.
func (s Set) MarshalJSON() ([]byte, error) { return strict.Encode(s) }
