package flagd

import "github.com/seed-20fe5ead/gradatim/toggle"

// condition is true or not true of a subject: what is unknown counts as not true. Those that
// are the same for everybody are known, so that what is translated stays small.
type condition struct {
	fixed bool // yes is the truth for everybody
	yes   bool
	is    toggle.Condition
	size  int // conditions in it
}

var (
	always = condition{fixed: true, yes: true}                                         // never written
	never  = condition{fixed: true, is: toggle.Condition{Unless: &toggle.Condition{}}} // never written
)

func truth(b bool) condition {
	if b {
		return always
	}
	return never
}

// test is a condition on an attribute.
func test(c toggle.Condition) condition { return condition{is: c, size: 1} }

// all is true if each is true.
func all(list ...condition) condition {
	return combined(list, always, never, func(c *toggle.Condition) *[]toggle.Condition { return &c.All })
}

// some is true if one is true.
func some(list ...condition) condition {
	return combined(list, never, always, func(c *toggle.Condition) *[]toggle.Condition { return &c.Any })
}

// combined joins conditions, of which those that are as none change nothing, and one that is as
// decided decides. Those that are joined in the same way already become part of the whole.
func combined(list []condition, none, decided condition, parts func(*toggle.Condition) *[]toggle.Condition) condition {
	out := condition{size: 1}
	mine := parts(&out.is)
	for _, c := range list {
		theirs := *parts(&c.is)
		switch {
		case c.fixed && c.yes == decided.yes:
			return decided
		case c.fixed:
			continue
		case theirs == nil:
			theirs = []toggle.Condition{c.is}
		}
		*mine = append(*mine, theirs...)
		out.size += c.size
	}
	switch len(*mine) {
	case 0:
		return none
	case 1:
		return condition{is: (*mine)[0], size: out.size - 1}
	}
	return out
}

// unless is true of whom c is not.
func unless(c condition) condition {
	switch {
	case c.fixed:
		return truth(!c.yes)
	case c.is.Unless != nil:
		return condition{is: *c.is.Unless, size: c.size - 1}
	}
	return condition{is: toggle.Condition{Unless: &c.is}, size: c.size + 1}
}

// The tests of an attribute.

func equals(name string, v toggle.Value) condition {
	return test(toggle.Condition{Attribute: name, Equals: &v})
}

// absent is true of null, too.
func absent(name string) condition {
	null := false
	return unless(test(toggle.Condition{Attribute: name, Null: &null}))
}

func is(name, of string) condition {
	return test(toggle.Condition{Attribute: name, Is: of})
}

func matches(name, pattern string) condition {
	return test(toggle.Condition{Attribute: name, Matches: pattern})
}
