package strict

import "fmt"

const (
	ruleNull = "must not be null"
	ruleOnce = "must be given only once"
)

// check looks at a value that somebody else reads or wrote for what is refused everywhere. It says whether all is well.
func (r *report) check(n *node) bool {
	before := len(r.problems.kept) + r.problems.more
	r.inspect(n)
	return len(r.problems.kept)+r.problems.more == before
}

func (r *report) inspect(n *node) {
	switch n.form {
	case formNull:
		r.add(nil, ruleNull)
	case formList:
		r.length(n)
		for i := range n.items {
			r.index(i)
			r.inspect(&n.items[i])
			r.back()
		}
	case formObject:
		for i := range n.members {
			r.key(n.members[i].key)
			if n.members[i].again {
				r.add(nil, ruleOnce)
			}
			r.inspect(&n.members[i].value)
			r.back()
		}
	}
}

// length refuses a list that is too long.
func (r *report) length(n *node) {
	if n.count > maxItems {
		r.add(word(fmt.Sprintf("a list of %d", n.count)), fmt.Sprintf("must have at most %d elements", maxItems))
	}
}
