package review

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// move compares what two logics do with a class. It is false if nobody notices.
func move(before, after *logic, c class) (Move, bool) {
	shares, all, basis := measure(before.decide(c), after.decide(c))
	m := Move{Who: c.who, Everyone: c.who == everybody, Basis: basis}
	var moved, joins, leaves, revalued, least big.Int
	balance := map[string]*big.Int{}
	for p, n := range shares { // order does not matter: it is all summed, and flows are sorted
		if p.old == p.new {
			if before.value(p.old) != after.value(p.new) {
				revalued.Add(&revalued, n)
			}
			continue
		}
		moved.Add(&moved, n)
		add(balance, p.new, n)
		add(balance, p.old, new(big.Int).Neg(n))
		m.Flows = append(m.Flows, Flow{p.old, p.new, share(n, all)})
		switch was, is := p.old != before.off, p.new != after.off; {
		case is && !was:
			joins.Add(&joins, n)
		case was && !is:
			leaves.Add(&leaves, n)
		}
	}
	for _, n := range balance { // order does not matter: it is summed
		if n.Sign() > 0 {
			least.Add(&least, n)
		}
	}
	slices.SortFunc(m.Flows, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	m.Moved, m.Minimum, m.Joins, m.Leaves = share(&moved, all), share(&least, all), share(&joins, all), share(&leaves, all)
	m.Revalued = share(&revalued, all)
	return m, m.Moved > 0 || m.Revalued > 0
}

func add(sums map[string]*big.Int, name string, n *big.Int) {
	if sums[name] == nil {
		sums[name] = new(big.Int)
	}
	sums[name].Add(sums[name], n)
}

// share is n of all, rounded up to a part per million.
func share(n, all *big.Int) bucket.Share {
	up := new(big.Int).Mul(n, big.NewInt(int64(bucket.Everybody)))
	up.Add(up, new(big.Int).Sub(all, big.NewInt(1)))
	return bucket.Share(up.Div(up, all).Int64())
}

// side is a flag before or after.
type side struct {
	name     string
	flag     *toggle.Flag
	settings *toggle.Settings
	segments map[string]toggle.Condition
}

func (s *side) at(now time.Time) *logic {
	then := at(*s.settings, now)
	l := logicOf(s.name, s.flag, &then, s.segments)
	return &l
}

// moves are who moves at once, and at every later instant from which that is different. It
// is false if not all groups of subjects were looked at.
func moves(before, after *side, now time.Time) ([]Move, bool) {
	times := []time.Time{now}
	for _, c := range slices.Concat(before.settings.Schedule, after.settings.Schedule) {
		if c.At.After(now) {
			times = append(times, c.At)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	times = slices.CompactFunc(times, time.Time.Equal)
	var all []Move
	whole, last := true, map[string]Move{}
	for i, t := range times {
		b, a := before.at(t), after.at(t)
		found := map[string]Move{}
		groups, ok := classes(b, a)
		whole = whole && ok
		for _, c := range groups {
			m, some := move(b, a, c)
			if !some {
				continue
			}
			found[c.who] = m
			if same(last[c.who], m) {
				continue
			}
			if i > 0 {
				m.At = t
			}
			all = append(all, m)
		}
		for _, who := range slices.Sorted(maps.Keys(last)) {
			if _, still := found[who]; !still { // from now on it is as it was before
				all = append(all, Move{Who: who, Everyone: last[who].Everyone, At: t, Basis: Exact})
			}
		}
		last = found
	}
	return all, whole
}

// same compares moves without their time.
func same(a, b Move) bool {
	return a.Who == b.Who && a.Moved == b.Moved && a.Minimum == b.Minimum && a.Joins == b.Joins && a.Leaves == b.Leaves &&
		a.Revalued == b.Revalued && slices.Equal(a.Flows, b.Flows)
}

// steps are what each later change of a schedule does to those whom no rule matches.
func steps(s *side, now time.Time) []Move {
	var all []Move
	before := s.at(now)
	for _, c := range s.settings.Schedule {
		if !c.At.After(now) {
			continue
		}
		after := s.at(c.At)
		groups, _ := classes(before, after)
		m, _ := move(before, after, groups[0])
		m.At = c.At
		all, before = append(all, m), after
	}
	return all
}
