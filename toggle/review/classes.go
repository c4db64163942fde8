package review

import (
	"cmp"
	"slices"
	"strings"
)

// everybody is the class of a flag that tells nobody apart.
const everybody = "everybody"

// allHold is the class of a flag that tells people apart by prerequisites only.
const allHold = "of whom all prerequisites hold"

// maxClasses bounds how many groups of subjects are looked at.
const maxClasses = 2000

// classes are the groups of subjects that a change of a flag may treat differently: those of
// whom no condition is true, and those of whom some are, with and without prerequisites that
// fail. It is false if there are more than are looked at; then the smallest are there.
func classes(before, after *logic) ([]class, bool) {
	all := after.conditions()
	for _, c := range before.conditions() {
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	var out []class
	whole := true
	for _, f := range failures(before, after) {
		sets, ok := combinations(before, after, all, f.failed)
		for _, s := range sets {
			out = append(out, class{who: who(before, after, s, f), matched: s, failed: f.failed})
		}
		whole = whole && ok
	}
	if len(out) > maxClasses {
		return out[:maxClasses], false
	}
	return out, whole
}

// combinations are the sets of conditions, the smallest first, that are worth a look: if all
// of a set are true, and no others, each has a rule that is come to, before or after. Where
// no rule passes anybody on that leaves one condition, or two: the one that is first before
// and the one that is first after.
//
// What all rules up to some place do is the same before and after. A condition that only
// they have takes some away from those who move by other conditions, and makes nobody move:
// it is looked at alone.
func combinations(before, after *logic, all, failed []string) (sets [][]string, whole bool) {
	sets = [][]string{nil}
	if before.isOff(failed) && after.isOff(failed) {
		return sets, true
	}
	same := 0
	if !before.isOff(failed) && !after.isOff(failed) {
		same = sameRules(before.rules, after.rules)
	}
	var later []string
	for _, c := range all {
		sets = append(sets, []string{c})
		has := func(r ruled) bool { return r.condition == c }
		if slices.ContainsFunc(before.rules[same:], has) || slices.ContainsFunc(after.rules[same:], has) {
			later = append(later, c)
		}
	}
	for i := 1; i < len(sets); i++ { // it grows on the way
		s := sets[i]
		last := slices.Index(later, s[len(s)-1])
		if last < 0 {
			continue
		}
		for _, c := range later[last+1:] {
			larger := append(slices.Clone(s), c)
			if !before.comesTo(larger, failed, after) {
				continue
			}
			if len(sets) >= maxClasses {
				return sets, false
			}
			sets = append(sets, larger)
		}
	}
	return sets, true
}

// comesTo says whether each of some conditions that are true has a rule that is come to, in
// one of two logics.
func (l *logic) comesTo(matched, failed []string, other *logic) bool {
	c := class{matched: matched, failed: failed}
	mine, theirs := l.passed(c), other.passed(c)
	return !slices.ContainsFunc(matched, func(m string) bool {
		has := func(r *ruled) bool { return r.condition == m }
		return !slices.ContainsFunc(mine, has) && !slices.ContainsFunc(theirs, has)
	})
}

// sameRules is how many rules, from the first on, are the same in two lists.
func sameRules(a, b []ruled) int {
	n := 0
	for n < min(len(a), len(b)) && a[n].condition == b[n].condition && a[n].step.equal(&b[n].step) {
		n++
	}
	return n
}

// failures are the prerequisites that may fail, as far as that matters, from none on. One
// of both sides switches both off; if there is none, one of each does.
func failures(before, after *logic) []class {
	out := []class{{}}
	var gone, come, kept []string
	for _, q := range after.prerequisites {
		is, was := after.enabled, slices.Contains(before.prerequisites, q)
		switch {
		case was && (is || before.enabled):
			kept = append(kept, q)
			out = append(out, class{who: "of whom the prerequisite fails: " + q, failed: []string{q}})
		case is && !was:
			come = append(come, q)
			out = append(out, class{who: "of whom the new prerequisite fails: " + q, failed: []string{q}})
		}
	}
	for _, q := range before.prerequisites {
		if before.enabled && !slices.Contains(after.prerequisites, q) {
			gone = append(gone, q)
			out = append(out, class{who: "of whom the former prerequisite fails: " + q, failed: []string{q}})
		}
	}
	if len(kept) == 0 && len(gone) > 0 && len(come) > 0 {
		out = append(out, class{
			who: "of whom the former and the new prerequisite fail: " + gone[0] + ", " + come[0], failed: []string{gone[0], come[0]},
		})
	}
	return out
}

// who says whom some conditions match, and no others, and of whom a prerequisite fails.
func who(before, after *logic, matched []string, fails class) string {
	var words []string
	for _, c := range matched {
		words = append(words, whoMatch(before, after, c))
	}
	switch ruled := len(before.conditions())+len(after.conditions()) > 0; {
	case before.isOff(fails.failed) && after.isOff(fails.failed): // whatever the rules say
		return cmp.Or(fails.who, everybody)
	case len(words) > 0:
	case ruled:
		words = append(words, "whom no rule matches")
	case fails.who == "" && len(before.prerequisites)+len(after.prerequisites) > 0:
		return allHold
	case fails.who == "":
		return everybody
	}
	all := strings.Join(words, " and ")
	if all != "" && fails.who != "" {
		all += ", "
	}
	return all + fails.who
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
