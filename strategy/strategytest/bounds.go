package strategytest

import (
	"errors"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// maxCount is the greatest number of instances that there may be.
const maxCount = 1<<31 - 1

// bounds are what a step and a pace mean in a fleet of a certain size.
type bounds struct {
	desired, floor int64
	plain          int64           // desired + surge
	ceiling        int64           // plain, or the step's own total if that is more, within the quota
	single         bool            // there is room for one instance
	size           [versions]int64 // what the step runs
	aim            [versions]int64 // and its weights
}

// Sizes are the instances that a step runs in a fleet of the desired size, and the
// candidate's weight, reckoned in another way than by [strategy.Step.Sizes] and
// [strategy.Step.WeightFor]. The error says that no plan may have the step.
func Sizes(to *strategy.Step, desired int64, can strategy.Can) (ofCandidate, ofStable int64, share strategy.Weight, err error) {
	b, ok := boundsOf(&strategy.Fleet{Desired: desired, Can: can}, to, &strategy.Pace{})
	if !ok || to.Weight < 0 || to.Weight > strategy.Full || desired < 0 || desired > maxCount {
		return 0, 0, 0, errors.New("a size or a weight out of range")
	}
	return b.size[candidate], b.size[stable], strategy.Weight(b.aim[candidate]), nil
}

// boundsOf says also whether the sizes are such as a plan may have.
func boundsOf(f *strategy.Fleet, to *strategy.Step, p *strategy.Pace) (b bounds, ok bool) {
	b.desired = f.Desired
	surge, known := read(p.Surge, amount{n: 2500, part: true})
	unavailable, also := read(p.Unavailable, amount{n: 2500, part: true})
	if !known || !also {
		return b, false
	}
	more, missing := surge.of(f.Desired, true), unavailable.of(f.Desired, false)
	if more == 0 && missing == 0 {
		missing = 1
	}
	if !p.Exclusive && missing < f.Desired {
		b.floor = f.Desired - missing
	}
	if b.size[candidate], b.size[stable], ok = sizes(f, to); !ok {
		return b, false
	}
	b.aim[candidate] = int64(to.Weight)
	if to.Proportional {
		b.aim[candidate] = nearestWeight(b.size[candidate], b.size[stable])
	}
	b.aim[stable] = full - b.aim[candidate]
	b.plain = f.Desired + more
	total := b.size[candidate] + b.size[stable]
	b.single = max(b.plain, total) <= 1 || f.Can.Quota == 1
	if f.Can.Split && f.Leftover.Weight > 0 && f.Candidate.Instances > 0 && f.Stable.Instances < b.size[stable] {
		total++ // a leftover that serves beside the candidate has one place
	}
	b.ceiling = max(b.plain, total)
	if f.Can.Quota > 0 {
		b.ceiling = min(b.ceiling, f.Can.Quota)
	}
	return b, true
}

// sizes are the instances that the step runs of the candidate and of stable.
func sizes(f *strategy.Fleet, to *strategy.Step) (ofCandidate, ofStable int64, ok bool) {
	d, w := f.Desired, int64(to.Weight)
	both := d >= 2 && 0 < w && w < full
	switch {
	case to.Proportional:
	case f.Can.Split:
		ofCandidate = max(1, fewest(d, w))
	default:
		ofCandidate = nearestCount(d, w)
		if both {
			ofCandidate = min(max(ofCandidate, 1), d-1)
		}
	}
	asked, ok := read(to.Candidate, amount{n: ofCandidate})
	if !ok {
		return 0, 0, false
	}
	ofCandidate = asked.of(d, true)
	switch {
	case to.Proportional:
		most := d
		if asked.part && asked.n < full && d > 1 {
			most = d - 1
		}
		ofCandidate = min(ofCandidate, most)
		ofStable = d - ofCandidate
	case f.Can.Split:
		ofStable = fewest(d, full-w)
	case ofCandidate < d:
		ofStable = d - ofCandidate
	case both:
		ofStable = 1
	}
	asked, ok = read(to.Stable, amount{n: ofStable})
	if !ok {
		return 0, 0, false
	}
	ofStable = asked.of(d, true)
	if d == 0 || f.Can.Unlimited {
		return 0, 0, true
	}
	return ofCandidate, ofStable, true
}

// amount is a size as it is written: a count, or a part in basis points.
type amount struct {
	n    int64
	part bool
}

// read takes a size by its text, the one thing about it that is not reckoned by
// what is to be checked.
func read(s strategy.Size, byDefault amount) (a amount, ok bool) {
	if s.IsZero() {
		return byDefault, true
	}
	text, part := strings.CutSuffix(s.String(), "%")
	whole, cents, _ := strings.Cut(text, ".")
	limit := int64(maxCount)
	if part {
		whole += (cents + "00")[:2]
		limit = 10 * full
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	return amount{n, part}, err == nil && 0 <= n && n <= limit
}

// of is the amount in a fleet of d instances, at most what there may be.
func (a amount) of(d int64, up bool) int64 {
	if !a.part {
		return a.n
	}
	if up {
		return least(maxCount, func(n int64) bool { return n*full >= a.n*d })
	}
	return least(maxCount, func(n int64) bool { return (n+1)*full > a.n*d })
}

// fewest instances that are at least the part w of d.
func fewest(d, w int64) int64 {
	return least(d, func(n int64) bool { return n*full >= d*w })
}

// nearestCount is the count that comes nearest to the part w of d, of two the
// smaller one: the first to which the next is not nearer.
func nearestCount(d, w int64) int64 {
	away := func(n int64) int64 { return max(n*full-d*w, d*w-n*full) }
	return least(d, func(n int64) bool { return away(n+1) >= away(n) })
}

// nearestWeight is the part that n have of n+others, to the nearest basis point,
// of two the greater one; never all or none of it where there are both.
func nearestWeight(n, others int64) int64 {
	all := n + others
	if n == 0 {
		return 0
	} else if others == 0 {
		return full
	}
	away := func(w int64) int64 { return max(w*all-n*full, n*full-w*all) }
	w := least(full, func(w int64) bool { return away(w+1) > away(w) })
	return min(max(w, 1), full-1)
}

// carried reports whether so many instances carry the weight: their part of the
// floor, rounded up to a basis point. For w is at most the part rounded up if
// w-1 is less than the part.
func carried(w, instances, floor int64) bool {
	switch {
	case w <= 0:
		return true
	case instances <= 0:
		return false
	default:
		return instances >= floor || (w-1)*floor < full*instances
	}
}

// most is the greatest weight that so many instances carry.
func most(instances, floor int64) int64 {
	if instances >= floor && instances > 0 {
		return full
	}
	return least(full, func(w int64) bool { return !carried(w+1, instances, floor) })
}

// least is the least n from 0 for which it is true, at most the limit.
func least(limit int64, is func(int64) bool) int64 {
	return int64(sort.Search(int(limit), func(n int) bool { return is(int64(n)) }))
}
