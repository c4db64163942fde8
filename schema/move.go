package schema

import "fmt"

// act is what kind of thing happens.
type act uint8

const (
	begins    act = iota // the first line
	writes               // a version writes, in one go
	opens                // a version begins a transaction and lets it lie
	goesOn               // the open transaction carries out its next group, or commits
	loses                // the open transaction is lost
	makes                // a version makes a record, or sends a message, without the attribute
	deletes              //
	touches              // a version updates something else in a row
	rewrites             // a version writes a blob as a whole
	surprised            // a version uses a table that changed under it
	lags                 // the replica catches up
	expires              // a message
	starts               // the step is made
	counted              // the step is over
	fills                // a batch
	takes                // a batch is read, to be written later
	gives                // and written
	again                // the plan goes back to a backfill, because a need does not hold any more
	undone               // the plan goes back before a deployment that was taken back
	leaves               // a version is gone
	withdrawn            // the newest one is
	rolls                // somebody brings another version of the horizon
)

// wanted says that it happens because a user of the service wants something, or because somebody goes back. The plan must reach
// its goal without.
func (a act) wanted() bool {
	switch a {
	case writes, opens, makes, deletes, rewrites, withdrawn, rolls:
		return true
	}
	return false
}

// move is one thing that happens, with its numbers: a version, step, event; records; a value.
type move struct {
	act     act
	n       uint8
	records uint8
	value   content
}

// words tells a move; before is the state in which it happens.
func (c *component) words(m move, before *state) string {
	ref := func() string { return c.versions[m.n].ref }
	which := ""
	for i := range c.records {
		if m.records&(1<<i) != 0 {
			if which != "" {
				which += " and "
			}
			which += fmt.Sprintf("record %d", i+1)
		}
	}
	step := func(i int) string { return "step " + fmt.Sprintf("%q", c.steps[i].Name) }
	switch m.act {
	case writes:
		return fmt.Sprintf("%s writes %s to %s%s", ref(), c.say(m.value), which, c.into(int(m.n)))
	case opens:
		return fmt.Sprintf("%s begins a transaction that will write %s to %s", ref(), c.say(m.value), which)
	case goesOn:
		v := &c.versions[before.tx.version-1]
		if len(v.groups) > 1 {
			return fmt.Sprintf("%s carries out transaction %d of %d of its write", v.ref, before.tx.group+1, len(v.groups))
		}
		return "the transaction of " + v.ref + " commits"
	case loses:
		return "the transaction of " + c.versions[before.tx.version-1].ref + " is lost"
	case makes:
		if which == "" {
			return fmt.Sprintf("%s sends a message without %s", ref(), c.name)
		}
		return fmt.Sprintf("%s makes %s without %s", ref(), which, c.name)
	case deletes:
		return fmt.Sprintf("%s deletes %s", ref(), which)
	case touches:
		return fmt.Sprintf("%s updates something else in %s", ref(), which)
	case rewrites:
		return fmt.Sprintf("%s writes %s as a whole, without what it does not know", ref(), which)
	case surprised:
		return ref() + " goes on with the columns that it knows"
	case lags:
		return "the replica catches up"
	case expires:
		return c.expiry(c.shapes[m.n])
	case starts:
		return c.began(int(m.n))
	case counted:
		return step(int(m.n)) + " is over"
	case fills:
		return "the backfill does " + which
	case takes:
		return "the backfill reads " + which
	case gives:
		return "the backfill writes what it read of " + which
	case again:
		return "a need does not hold any more: back to " + step(int(m.n))
	case undone:
		return "the deployment was taken back: before " + step(int(m.n)) + " again"
	case leaves, withdrawn:
		return ref() + " is gone"
	case rolls:
		return "somebody rolls to " + ref()
	}
	return ""
}

// expiry says which message expires.
func (c *component) expiry(one shape) string {
	text := ""
	each(one.forms, func(f int) {
		if text != "" {
			text += " and "
		}
		text += c.forms[f].name
	})
	if text == "" {
		return fmt.Sprintf("a message without %s expires: %s", c.name, c.say(one.value))
	}
	return fmt.Sprintf("a message in %s expires: %s", text, c.say(one.value))
}

func (c *component) began(step int) string {
	s := &c.steps[step]
	text := fmt.Sprintf("step %q", s.Name)
	switch {
	case s.deploy >= 0:
		return text + ": " + c.versions[s.deploy].ref + " starts"
	case len(s.Changes) > 0:
		return text + " is made"
	}
	return text + ": its needs hold"
}

// into says where a version writes.
func (c *component) into(v int) string {
	text := ""
	for _, group := range c.versions[v].groups {
		if text != "" {
			text += ", then"
		}
		for i, f := range group {
			switch {
			case i > 0:
				text += " and " + c.forms[f].name
			default:
				text += " " + c.forms[f].name
			}
		}
	}
	if text == "" {
		return ""
	}
	return ", into" + text
}

// asks puts a need into words.
func (c *component) asks(n *needOf) string {
	switch n.is {
	case Drained:
		return c.versions[n.version].ref + " is drained"
	case Maintained, Proven:
		return fmt.Sprintf("%s is %s from %s", c.forms[n.form].name, n.is, c.forms[n.from].name)
	case Absent:
		return fmt.Sprintf("%s is absent from %s", c.say(n.value), c.forms[n.form].name)
	case CaughtUp:
		return "the replicas of " + c.forms[n.form].name + " have caught up"
	}
	return fmt.Sprintf("%s is %s", c.forms[n.form].name, n.is)
}
