package review

import (
	"math/big"
	"slices"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// rules finds rules that can decide for nobody, and what is wrong with their hashes.
func (l *linter) rules(s *side) {
	now := s.at(l.o.Now)
	decided := ""         // the rule that decides for all who come to it
	var before [][]string // the conjuncts of rules that decide for all whom they match
	for i := range now.rules {
		r := &now.rules[i]
		path := l.path(s) + ".rollout"
		var parts []toggle.Condition
		if i < len(s.settings.Rules) {
			path = indexed(l.path(s)+".rules", i)
			parts = conjuncts(expand(s.settings.Rules[i].When, s.segments, 0))
		}
		if decided != "" {
			l.add(path, DeadRule, "can decide for nobody: %s decides for everybody before it", decided)
		} else if hidden(before, texts(parts)) {
			l.add(path, DeadRule, "can decide for nobody: a rule before it decides for all whom it matches")
		}
		if why := contradiction(parts, l.o.Now); why != "" {
			l.add(path+".when", NeverTrue, "can match nobody: %s", why)
		} else if r.step.plan != nil && lacks(parts, r.step.by) {
			l.add(path+".rollout.by", NeverTrue, "is what none of those have whom the rule matches")
		}
		l.onHash(s, now, i, path)
		if _, all := r.step.admits(); r.step.next && !all {
			continue
		}
		if r.condition == "" {
			decided = r.name
		}
		before = append(before, texts(parts))
	}
	l.requiredHash(s, now)
}

// hidden says whether one of the conjunctions before is true whenever the last is.
func hidden(before [][]string, last []string) bool {
	return slices.ContainsFunc(before, func(b []string) bool {
		return !slices.ContainsFunc(b, func(c string) bool { return !slices.Contains(last, c) })
	})
}

func texts(parts []toggle.Condition) []string {
	var all []string
	for _, p := range parts {
		all = append(all, text(p))
	}
	return all
}

// conjuncts are the conditions that must all be true for one to be.
func conjuncts(c toggle.Condition) []toggle.Condition {
	if c.All == nil {
		if text(c) == "{}" {
			return nil
		}
		return []toggle.Condition{c}
	}
	var all []toggle.Condition
	for _, k := range c.All {
		all = append(all, conjuncts(k)...)
	}
	return all
}

// lacks says whether conditions say that an attribute is not there.
func lacks(parts []toggle.Condition, attribute string) bool {
	if attribute == "" {
		attribute = "key"
	}
	return slices.ContainsFunc(parts, func(c toggle.Condition) bool { return c.Attribute == attribute && (absent(&c) || isNull(&c)) })
}

func absent(c *toggle.Condition) bool { return c.Present != nil && !*c.Present }

func isNull(c *toggle.Condition) bool { return c.Null != nil && *c.Null }

// gate is the stream that admits, with what it hashes; false if it is the same for all.
func (s *step) gate() (source, user, bool) {
	if s.plan == nil {
		return source{}, user{}, false
	}
	if g := s.streams[0]; len(g.Ranges) > 1 {
		return source{s.by, g.Hash, g.Space}, user{ranges: g.Ranges}, true
	}
	return source{}, user{}, false
}

// onHash finds a gate and a split of the same hash in a rule, and shares of those who are
// left of a share of the same hash.
func (l *linter) onHash(s *side, now *logic, i int, path string) {
	step := &now.rules[i].step
	if n := len(step.streams); n == 2 && step.streams[0].Hash == step.streams[1].Hash && len(step.streams[0].Ranges) > 1 {
		l.add(path, SameHash,
			"admits and divides by the same hash, so that those who are admitted do not get the weights: give the split a salt of its own")
	}
	hash, mine, ok := step.gate()
	if !ok {
		return
	}
	for j := range now.rules[:i] {
		before := &now.rules[j]
		other, theirs, ok := before.step.gate()
		if !ok || other != hash || !before.step.next {
			continue
		}
		var in, left, both uint64
		for _, p := range alike([]user{theirs, mine}, hash.space) {
			if p.variant[1] >= 0 {
				in += p.size
			}
			if p.variant[0] < 0 {
				left += p.size
				if p.variant[1] >= 0 {
					both += p.size
				}
			}
		}
		if left == 0 {
			continue
		}
		was, is := share(whole(in), whole(hash.space)), share(whole(both), whole(left))
		if was != is {
			l.add(path, SameHash,
				"admits %v of those who go on from %s, and not %v: both take the same hash; give one a salt of its own", is, before.name, was)
		}
	}
}

// requiredHash finds prerequisites that admit by the same hash as the flag.
func (l *linter) requiredHash(s *side, now *logic) {
	mine := now.decide(class{})
	if !now.enabled {
		return
	}
	for i, q := range s.settings.Prerequisites {
		if _, there := l.set.Flags[q.Flag]; !there || l.broken[q.Flag] {
			continue
		}
		theirs := l.side(q.Flag).at(l.o.Now).decide(class{})
		if !shared(theirs, mine) {
			continue
		}
		shares, all, basis := measure(theirs, mine)
		if basis == Sampled {
			continue
		}
		holds, on, both := new(big.Int), new(big.Int), new(big.Int)
		for p, n := range shares { // order does not matter: it is summed
			ok, is := slices.Contains(q.Variants, p.old), p.new != now.off
			if ok {
				holds.Add(holds, n)
			}
			if is {
				on.Add(on, n)
			}
			if ok && is {
				both.Add(both, n)
			}
		}
		if holds.Sign() == 0 {
			continue
		}
		if was, is := share(on, all), share(both, holds); was != is {
			l.add(indexed(l.path(s)+".prerequisites", i), SameHash,
				"has the same hash as the flag: of those of whom it holds %v are on, and not %v; give one a salt of its own", is, was)
		}
	}
}

// shared says whether two decisions look at the same hash.
func shared(a, b decision) bool {
	users, _ := uses(append(slices.Clone(a), b...), len(a))
	for s, list := range users { // order does not matter: one is enough
		first := func(u user) bool { return u.step < len(a) }
		if s.space > 1 && slices.ContainsFunc(list, first) && !first(list[len(list)-1]) {
			return true
		}
	}
	return false
}

func whole(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
