package review

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Bounds of the search for hashes that are not independent.
const (
	corpus     = 8192 // keys
	maxSampled = 300  // rollouts whose keys are looked at, in the order of their flags
	// deviations is how far from chance, in standard deviations, is none: 6 happens by
	// chance to one in 500 million pairs.
	deviations = 6
)

// sampled is a rollout and who of the corpus gets its first variant.
type sampled struct {
	flag, by string
	sources  []source
	got      [corpus / 64]uint64
	count    int
}

// hashes finds flags whose exposures or splits are not independent: because they take the
// same hash, or because their algorithm gives similar positions for similar salts.
func (l *linter) hashes() {
	users := map[source][]string{}
	var known []*sampled
	var keys []string
	for _, n := range names(l.set.Flags) {
		if l.broken[n] {
			continue
		}
		s := l.side(n)
		now := s.at(l.o.Now)
		if !now.enabled {
			continue
		}
		for i := range now.rules {
			step := &now.rules[i].step
			var own []source
			for _, st := range step.streams {
				src := source{step.by, st.Hash, st.Space}
				if len(st.Ranges) < 2 {
					continue
				}
				if own = append(own, src); !slices.Contains(users[src], n) {
					users[src] = append(users[src], n)
				}
			}
			if len(own) > 0 && len(known) < maxSampled && !native(s, now.rules[i].name) {
				if keys == nil {
					keys = corpusKeys()
				}
				known = append(known, sample(n, step, own, keys))
			}
		}
	}
	l.sameHash(users)
	l.similar(known)
}

// native says whether a rule's rollout is of our algorithm, whose hashes are independent for
// different salts.
func native(s *side, rule string) bool {
	r := s.settings.Rollout
	for i := range s.settings.Rules {
		if ruleName(i, &s.settings.Rules[i]) == rule {
			r = s.settings.Rules[i].Rollout
		}
	}
	d, _ := r.Distribution(s.name, s.flag)
	return d.Algorithm == bucket.Native
}

// sameHash tells of flags that take the same hash, each group of flags once.
func (l *linter) sameHash(users map[source][]string) {
	told := map[string]bool{}
	for _, flags := range users { // order does not matter: findings are sorted, and each group is told once
		if group := strings.Join(flags, ", "); len(flags) > 1 && !told[group] {
			told[group] = true
			l.add(strict.At("flags", flags[0]), Correlated,
				"takes the same hash as %s: the same subjects are in; give each flag a salt of its own, unless that is meant",
				strings.Join(flags[1:], ", "))
		}
	}
}

// corpusKeys are the keys that are sampled: half of them numbered, and half scattered.
func corpusKeys() []string {
	keys := make([]string, corpus)
	scattered := uint64(1)
	for i := range keys {
		keys[i] = keyOf(i)
		if i%2 == 1 {
			scattered = scattered*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
			keys[i] = fmt.Sprintf("%016x", scattered)
		}
	}
	return keys
}

// sample looks who of the corpus gets the first variant.
func sample(flag string, s *step, own []source, keys []string) *sampled {
	out := &sampled{flag: flag, by: s.by, sources: own}
	for i, key := range keys {
		if s.plan.Pick(key) == 0 {
			out.got[i/64] |= 1 << (i % 64)
			out.count++
		}
	}
	return out
}

// similar tells of pairs of flags that are far from independent over the corpus.
func (l *linter) similar(all []*sampled) {
	told := map[[2]string]bool{}
	for i, a := range all {
		for _, b := range all[i+1:] {
			pair := [2]string{a.flag, b.flag}
			same := slices.ContainsFunc(a.sources, func(s source) bool { return slices.Contains(b.sources, s) })
			if a.flag == b.flag || a.by != b.by || same || told[pair] {
				continue
			}
			both := 0
			for k := range a.got {
				both += bits.OnesCount64(a.got[k] & b.got[k])
			}
			// Of independent ones the number is hypergeometric.
			x, y, n := float64(a.count), float64(b.count), float64(corpus)
			off := float64(both) - x*y/n
			if variance := x * y * (n - x) * (n - y) / (n * n * (n - 1)); off*off > deviations*deviations*variance {
				told[pair] = true
				l.add(strict.At("flags", a.flag), Correlated,
					"is not independent of %s: %d of %d keys are in both, and %.0f would be by chance; take another algorithm, or salts that differ more",
					b.flag, both, corpus, x*y/n)
			}
		}
	}
}
