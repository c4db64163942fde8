package review

import (
	"slices"
	"strings"
	"time"
)

// servedAt are the variants that a flag can serve at a time, if every condition is true of
// somebody and every prerequisite of some and not of others.
func servedAt(s *side, now time.Time) map[string]bool {
	l := s.at(now)
	all := map[string]bool{}
	if !l.enabled || len(l.prerequisites) > 0 {
		all[l.off] = true
	}
	if !l.enabled {
		return all
	}
	for i := range l.rules {
		r := &l.rules[i]
		if left := r.step.outcomes(all); r.condition == "" && !(left && r.step.next) {
			return all // nobody goes on
		}
	}
	all[l.usual] = true
	return all
}

// servable are the variants that a flag can serve at any time.
func servable(s *side) map[string]bool {
	all := servedAt(s, time.Time{})
	for _, c := range s.settings.Schedule {
		for v := range servedAt(s, c.At) { // order does not matter: a set
			all[v] = true
		}
	}
	return all
}

// admits says whom a step admits: nobody, all, or some.
func (s *step) admits() (some, all bool) {
	if s.plan == nil {
		return true, true
	}
	gate := s.streams[0]
	all = true
	for _, r := range gate.Ranges {
		some, all = some || r.Variant >= 0, all && r.Variant >= 0
	}
	return some, all
}

// outcomes adds the variants that a step can serve, and says whether anybody is left out.
func (s *step) outcomes(into map[string]bool) (left bool) {
	if s.plan == nil {
		into[s.rest] = true
		return false
	}
	some, all := s.admits()
	if last := s.streams[len(s.streams)-1]; some {
		for _, r := range last.Ranges {
			if r.Variant >= 0 {
				into[s.variants[r.Variant]] = true
			}
		}
	}
	if !all && !s.next {
		into[s.rest] = true
	}
	return !all
}

// prerequisites finds those that can never hold.
func (l *linter) prerequisites(s *side) {
	path := l.path(s) + ".prerequisites"
	for i, q := range s.settings.Prerequisites {
		at := indexed(path, i)
		f, there := l.set.Flags[q.Flag]
		if !there {
			l.add(at, NeverHolds, "can never hold: there is no flag %q", q.Flag)
			continue
		}
		if l.broken[q.Flag] {
			l.add(at, NeverHolds, "can never hold: flag %q does not compile", q.Flag)
			continue
		}
		served, has := servable(l.side(q.Flag)), f.Variants
		possible := false
		for j, v := range q.Variants {
			_, known := has[v]
			if known = known || len(has) == 0 && (v == "on" || v == "off"); !known {
				l.add(indexed(at+".variants", j), NeverHolds, "is %s, and flag %q has no such variant", v, q.Flag)
			}
			possible = possible || known && served[v]
		}
		if !possible {
			l.add(at, NeverHolds, "can never hold: flag %q serves only %s", q.Flag, strings.Join(names(served), ", "))
		}
		for j, other := range s.settings.Prerequisites[:i] {
			disjoint := !slices.ContainsFunc(q.Variants, func(v string) bool { return slices.Contains(other.Variants, v) })
			if other.Flag == q.Flag && disjoint {
				l.add(at, NeverHolds, "can never hold together with %s: flag %q serves one variant at a time", indexed("prerequisites", j), q.Flag)
			}
		}
	}
}
