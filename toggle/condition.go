package toggle

import (
	"bytes"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Condition says whom a rule matches. The zero condition is everybody.
//
// It is either one of All, Any, Not, Unless and Segment, or an Attribute with one test, or with
// several bounds of a range: {"attribute": "age", "atLeast": 18, "below": 65}.
//
// A test is true, false or unknown. It is unknown if the attribute is absent, null or not
// of the type that the test is about (Present and Null are never unknown of an attribute
// that is there). Not of unknown is unknown, All is false if one is false, Any is true if
// one is true, and otherwise one unknown makes them unknown (Kleene's logic). Only true
// matches. Of an attribute that is a list a test is true if it is true of one element, and
// false if it is false of all.
type Condition struct {
	All []Condition `json:"all"`
	Any []Condition `json:"any"`
	Not *Condition  `json:"not"`
	// Unless is true of whom the condition is not true, be it false or unknown: "everybody
	// but those of whom we know that they are from CH".
	Unless  *Condition `json:"unless"`
	Segment string     `json:"segment"` // one of Set.Segments

	// Attribute is what is tested. "key" is the subject's key, and "now" the time of the
	// evaluation; attributes of the subject with these names are not seen.
	Attribute string `json:"attribute"`

	// Equals and In compare with booleans, strings and numbers, exactly.
	Equals *Value  `json:"equals"`
	In     []Value `json:"in"`

	// Bounds of a number. Numeric reads a string that is a decimal number as that number;
	// otherwise a string is unknown to them.
	Above   *float64 `json:"above"`
	AtLeast *float64 `json:"atLeast"`
	Below   *float64 `json:"below"`
	AtMost  *float64 `json:"atMost"`
	Numeric bool     `json:"numeric"`

	// Bounds of an instant, which is one or is a string as RFC 3339 has it: from the one,
	// until before the other.
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`

	// Tests of a string. Lists are alternatives. Matches is a regular expression (RE2) that
	// is looked for anywhere in it. IgnoreCase is of the lists: letters are compared in their
	// lower case, one by one, as strings.ToLower has it.
	Prefix     []string `json:"prefix"`
	Suffix     []string `json:"suffix"`
	Contains   []string `json:"contains"`
	Matches    string   `json:"matches"`
	IgnoreCase bool     `json:"ignoreCase"`

	// Version is bounds of a semantic version (2.0.0, with its order of pre-releases), all
	// of which must hold: ">=1.2.0 <2.0.0". The operators are = != < <= > >=. A version may
	// leave out minor and patch, and begin with v or V.
	Version string `json:"version"`

	// CIDR are networks, one of which a string that is an IP address is in: "10.0.0.0/8". A
	// plain address is the network of it alone. IPv4 in IPv6 is IPv4.
	CIDR []string `json:"cidr"`

	// Is says what the attribute is: boolean, string, number, JSON, instant or list. It is
	// not asked of a list's elements. Null is none of them.
	Is string `json:"is"`

	// Present says that the attribute is there, also if it is null; false that it is not.
	Present *bool `json:"present"`
	// Null says that the attribute is there and null; false that it is there and not null.
	// Of one that is absent it is unknown.
	Null *bool `json:"null"`
}

// UnmarshalJSON reads a condition. One that says nothing must be written {}, so that an
// empty list of alternatives is not taken for everybody.
func (c *Condition) UnmarshalJSON(data []byte) error {
	if err := strict.Decode(data, maxSet, nil, c); err != nil {
		return err
	}
	empty := c.All == nil && c.Any == nil && c.Not == nil && c.Unless == nil && c.Segment == "" && c.Attribute == "" && len(tests(c)) == 0
	if empty && len(bytes.Trim(data, "{} \t\r\n")) > 0 {
		return &FieldError{Rule: "must not be empty; what holds of everybody is written {}"}
	}
	return nil
}
