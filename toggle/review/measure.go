package review

import (
	"math/big"
	"slices"
	"strconv"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// step decides for those whom it admits. The last step of a decision has no plan, and
// decides for everybody.
type step struct {
	plan     *bucket.Plan
	by       string   // the attribute that is hashed; empty is the key
	variants []string // by the plan's index
	rest     string   // the variant of those who are not admitted
	next     bool     // they go on to the next step instead
	streams  []bucket.Stream
}

// equal says whether two steps do the same with everybody.
func (s *step) equal(o *step) bool {
	same := func(a, b bucket.Stream) bool {
		return a.Hash == b.Hash && a.Space == b.Space && slices.Equal(a.Ranges, b.Ranges)
	}
	return s.by == o.by && s.next == o.next && (s.next || s.rest == o.rest) &&
		slices.Equal(s.variants, o.variants) && slices.EqualFunc(s.streams, o.streams, same)
}

// decision is what happens to subjects who are alike for all conditions.
type decision []step

// constant is a decision that gives everybody the same.
func constant(variant string) decision { return decision{{rest: variant}} }

// pair is what somebody gets before and after.
type pair struct{ old, new string }

// source is one hash of one attribute.
type source struct {
	by, hash string
	space    uint64
}

// part is positions of a source that all plans treat alike: by the plan's step, then its
// stream. A value below 0 is not admitted.
type part struct {
	size    uint64
	variant []int
}

// user is a stream of a step that looks at a source.
type user struct {
	step, stream int
	ranges       []bucket.Range
}

// maxCells bounds the work; beyond it keys are counted.
const maxCells = 1 << 16

// measure says how many subjects get which pair of variants, as shares of denominator.
func measure(before, after decision) (shares map[pair]*big.Int, denominator *big.Int, basis Basis) {
	steps := append(slices.Clone(before), after...)
	users, basis := uses(steps, len(before))
	if basis == Sampled {
		return count(before, after)
	}
	var sources []source
	for s := range users { // order does not matter: what is multiplied and added is the same
		sources = append(sources, s)
	}
	cells := 1
	parts := make([][]part, len(sources))
	for i, s := range sources {
		parts[i] = alike(users[s], s.space)
		if cells *= len(parts[i]); cells > maxCells {
			return count(before, after)
		}
	}
	// got[step][stream] is the answer at the positions that are looked at.
	got := make([][2]int, len(steps))
	shares, denominator = map[pair]*big.Int{}, big.NewInt(1)
	for _, s := range sources {
		denominator.Mul(denominator, new(big.Int).SetUint64(s.space))
	}
	var walk func(i int, size *big.Int)
	walk = func(i int, size *big.Int) {
		if i == len(sources) {
			p := pair{before.at(got), after.at(got[len(before):])}
			if shares[p] == nil {
				shares[p] = new(big.Int)
			}
			shares[p].Add(shares[p], size)
			return
		}
		for _, part := range parts[i] {
			for j, u := range users[sources[i]] {
				got[u.step][u.stream] = part.variant[j]
			}
			walk(i+1, new(big.Int).Mul(size, new(big.Int).SetUint64(part.size)))
		}
	}
	walk(0, big.NewInt(1))
	return shares, denominator, basis
}

// uses finds which streams look at which source, of steps of which the first n are before.
// Streams of one range are the same for everybody, and look at a source with one position.
func uses(steps []step, n int) (map[source][]user, Basis) {
	users := map[source][]user{}
	spaces := map[source]uint64{}
	basis := Exact
	for i := range steps {
		for j, s := range steps[i].streams {
			key := source{steps[i].by, s.Hash, s.Space}
			if len(s.Ranges) == 1 {
				key = source{space: 1}
			} else {
				hash := source{key.by, key.hash, 0}
				if other, ok := spaces[hash]; ok && other != s.Space {
					basis = Sampled
				}
				spaces[hash] = s.Space
			}
			users[key] = append(users[key], user{i, j, s.Ranges})
		}
	}
	if basis != Sampled && replaced(users, n) {
		basis = Expected
	}
	return users, basis
}

// replaced says whether there is a source that only what was before looks at, and another
// that only what is after does.
func replaced(users map[source][]user, n int) bool {
	gone, come := false, false
	for s, list := range users { // order does not matter: both are only set
		is := func(u user) bool { return u.step < n }
		before := slices.ContainsFunc(list, is)
		after := slices.ContainsFunc(list, func(u user) bool { return !is(u) })
		gone = gone || s.space > 1 && !after
		come = come || s.space > 1 && !before
	}
	return gone && come
}

// alike divides a source into as few parts as its users tell apart.
func alike(users []user, space uint64) []part {
	parts, found := []part{}, map[string]int{}
	at := make([]int, len(users))
	for from := uint64(0); from < space; {
		end, name := space, ""
		variant := make([]int, len(users))
		for i, u := range users {
			r := u.ranges[at[i]]
			if space == 1 {
				r.To = 1
			}
			variant[i], end = r.Variant, min(end, r.To)
			name += strconv.Itoa(r.Variant) + " "
		}
		if _, ok := found[name]; !ok {
			found[name] = len(parts)
			parts = append(parts, part{variant: variant})
		}
		parts[found[name]].size += end - from
		for i, u := range users {
			if end < space && u.ranges[at[i]].To == end {
				at[i]++
			}
		}
		from = end
	}
	return parts
}

// at is the variant that a decision serves where its steps got what they got.
func (d decision) at(got [][2]int) string {
	for i := range d {
		s := &d[i]
		answer := -1
		for j := range s.streams {
			if answer = got[i][j]; answer < 0 {
				break
			}
		}
		switch {
		case answer >= 0:
			return s.variants[answer]
		case !s.next:
			return s.rest
		}
	}
	return ""
}

// keyOf is the key with a number in the corpus that is sampled.
func keyOf(i int) string { return "user-" + strconv.Itoa(i) }

// count is measure over the keys of the corpus.
func count(before, after decision) (map[pair]*big.Int, *big.Int, Basis) {
	const keys = 1 << 16
	shares := map[pair]*big.Int{}
	for i := range keys {
		p := pair{before.pick(i), after.pick(i)}
		if shares[p] == nil {
			shares[p] = new(big.Int)
		}
		shares[p].Add(shares[p], big.NewInt(1))
	}
	return shares, big.NewInt(keys), Sampled
}

// pick is what a decision serves to a key of the corpus. Attributes that are hashed differ
// from each other, as a company's name does from a user's.
func (d decision) pick(i int) string {
	for j := range d {
		s := &d[j]
		if s.plan != nil {
			key := keyOf(i)
			if s.by != "" {
				key = s.by + "=" + key
			}
			if v := s.plan.Pick(key); v >= 0 {
				return s.variants[v]
			}
		}
		if !s.next {
			return s.rest
		}
	}
	return ""
}
