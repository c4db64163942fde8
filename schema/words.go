package schema

import (
	"fmt"
	"strings"
)

// String is the condition in words.
func (c Condition) String() string {
	text := ""
	switch c.Is {
	case Drained:
		return c.Version + " is gone, and its transactions are over"
	case Maintained:
		return fmt.Sprintf("whoever writes %s writes %s with it", c.From, c.Form)
	case Proven:
		text = fmt.Sprintf("%s says what %s says", c.Form, c.From)
	case Absent:
		text = fmt.Sprintf("%s is nowhere in %s", c.Value, c.Form)
	case Unused:
		text = fmt.Sprintf("nobody reads or writes %s", c.Form)
	case Expired:
		return fmt.Sprintf("nothing that is kept is in %s alone", c.Form)
	case CaughtUp:
		return fmt.Sprintf("the replicas have all of %s", c.Form)
	default:
		return string(c.Is)
	}
	if c.Once {
		return text + " (asked once)"
	}
	return text + " (asked twice)"
}

// String is the change in words.
func (c Change) String() string {
	switch c.Do {
	case Add, Drop:
		return string(c.Do) + " " + c.Form
	case Refuse:
		if c.Unchecked {
			return fmt.Sprintf("%s refuses %s from now on", c.Form, c.Value)
		}
		return fmt.Sprintf("%s refuses %s, and has none", c.Form, c.Value)
	case Accept:
		return fmt.Sprintf("%s accepts %s", c.Form, c.Value)
	case Tie:
		return fmt.Sprintf("a trigger keeps %s in step with %s", c.To, c.Form)
	case Untie:
		return fmt.Sprintf("no trigger keeps %s in step with %s", c.To, c.Form)
	}
	return string(c.Do)
}

// String is what is filled, from what, and how.
func (b Backfill) String() string {
	text := fmt.Sprintf("%s from %s", b.Form, b.From)
	if b.From == "" {
		text = fmt.Sprintf("%s is %s where nothing is set", b.Form, b.Value)
	}
	switch b.Mode {
	case CompareAndSet:
		return text + ", by compare-and-set"
	case ReadThenWrite:
		return text + ", read first and written later"
	}
	return text
}

// footprint is what a version does, in words.
func (v Version) footprint() string {
	var parts []string
	for _, r := range v.Reads {
		parts = append(parts, "reads "+strings.Join(r.Forms, " or else "))
	}
	for _, w := range v.Writes {
		var groups []string
		for _, g := range w.Together {
			groups = append(groups, strings.Join(g, " and "))
		}
		parts = append(parts, "writes "+strings.Join(groups, ", then "))
	}
	if len(parts) == 0 {
		return "touches nothing of this"
	}
	return strings.Join(parts, "; ")
}

// Explain says in one sentence what was found.
func (r Result) Explain() string {
	switch {
	case !r.Complete:
		return fmt.Sprintf("nothing is proven: %d states were looked at, and there are more; allow more states, or split the plan", r.States)
	case r.Safe:
		return fmt.Sprintf("safe: in none of %d states does anything go wrong", r.States)
	case r.Counterexample != nil:
		return "not safe: " + r.Counterexample.Wrong
	}
	return "nothing was looked at"
}
