package review

import "slices"

// everybody is the class of a flag that tells nobody apart.
const everybody = "everybody"

// allHold is the class of a flag that tells people apart by prerequisites only.
const allHold = "of whom all prerequisites hold"

// prefix is who a class is before something that is said of its prerequisites.
func (c *class) prefix() string {
	if c.who == allHold {
		return ""
	}
	return c.who + ", "
}

// maxPairs bounds how many pairs of conditions are looked at.
const maxPairs = 2000

// classes are the groups of subjects that a change of a flag may treat differently.
//
// The first rule that matches decides, before and after. So two conditions are enough to
// know what happens to anybody of whom more are true: the one that is first before, and
// the one that is first after. Two conditions that both sides have in the same order give
// nothing that one of them alone does not. (Those who go on from a rule that admits only a
// share are told by that rule alone.)
func classes(before, after *logic) []class {
	all := after.conditions()
	was := before.conditions()
	for _, c := range was {
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	none := class{who: "whom no rule matches"}
	switch {
	case len(all) == 0 && len(before.prerequisites)+len(after.prerequisites) > 0:
		none.who = allHold
	case len(all) == 0:
		none.who = everybody
	}
	out := []class{none}
	for _, c := range all {
		out = append(out, class{who: whoMatch(before, after, c), matched: []string{c}})
	}
	out = append(out, pairsOf(before, after, all)...)
	return append(out, failing(before, after, out)...)
}

// whoMatch says whom a condition matches, by the rule that has it.
func whoMatch(before, after *logic, c string) string {
	old, name := before.nameOf(c), after.nameOf(c)
	switch {
	case name == "":
		return "whom " + old + " matched"
	case old == "":
		return "whom " + name + " now matches"
	}
	return "whom " + name + " matches"
}

// pairsOf are those whom two rules match that are new, gone, or in another order.
func pairsOf(before, after *logic, all []string) []class {
	was, is := before.conditions(), after.conditions()
	var out []class
	for i, a := range all {
		for _, b := range all[i+1:] {
			oldA, oldB := slices.Index(was, a), slices.Index(was, b)
			newA, newB := slices.Index(is, a), slices.Index(is, b)
			kept := oldA >= 0 && oldB >= 0 && newA >= 0 && newB >= 0
			if kept && (oldA < oldB) == (newA < newB) || len(out) >= maxPairs {
				continue
			}
			who := whoMatch(before, after, a) + " and " + whoMatch(before, after, b)
			out = append(out, class{who: who, matched: []string{a, b}})
		}
	}
	return out
}

// failing are those of whom a prerequisite does not hold.
func failing(before, after *logic, others []class) []class {
	var out []class
	for _, q := range after.prerequisites {
		if slices.Contains(before.prerequisites, q) {
			out = append(out, class{who: "of whom the prerequisite fails: " + q, failed: []string{q}})
			continue
		}
		for _, c := range others {
			out = append(out, class{who: c.prefix() + "of whom the new prerequisite fails: " + q, matched: c.matched, failed: []string{q}})
		}
	}
	for _, q := range before.prerequisites {
		if slices.Contains(after.prerequisites, q) {
			continue
		}
		for _, c := range others {
			out = append(out, class{who: c.prefix() + "of whom the former prerequisite fails: " + q, matched: c.matched, failed: []string{q}})
		}
	}
	return out
}
