package bucket

import (
	"fmt"
	"math/bits"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Most algorithms decide admission and variant with one hash. A share of everybody is then taken inside the slice of each
// variant: its first part is admitted, the rest is not. So a raised exposure moves nobody from one variant to another,
// which it would if the admitted were put first and then divided. In the other systems' own data this is a list in which
// "off" stands behind each variant: [a 5, off 45, b 5, off 45] for 10 % of two equal variants.

// slice is the part of the space that belongs to one variant, in units of slices.total: from start to end, of which
// [start, inner) is admitted.
type slice struct{ start, inner, end int64 }

// sliced divides the space exactly; total is the least that makes every border whole.
type sliced struct {
	total  int64
	slices []slice
}

// slices divides by the weights and the exposure.
func (d *Distribution) slices() sliced {
	weights := d.Weights
	if len(weights) == 0 {
		weights = []int64{1}
	}
	common := int64(0)
	for _, w := range weights {
		common = gcd(common, w)
	}
	unit := gcd(int64(Everybody), int64(d.Exposure))
	admitted, all := int64(d.Exposure)/unit, int64(Everybody)/unit
	var out sliced
	for _, w := range weights { // at most 2^31 * 10^6 in all: no overflow
		w /= common
		out.slices = append(out.slices, slice{out.total, out.total + w*admitted, out.total + w*all})
		out.total += w * all
	}
	return out
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// put gives the slices to s, whose positions the function limit finds: how many are below a border of slice i. It must
// not fall from one border to the next. What a limit leaves at the end is the last variant's, or nobody's if not
// everybody is admitted.
func (d *Distribution) put(s *stream, all []slice, limit func(i int, border int64) uint64) {
	for i, part := range all {
		s.put(limit(i, part.inner), i)
		s.put(limit(i, part.end), -1)
	}
	last := len(all) - 1
	if d.Exposure < Everybody {
		last = -1
	}
	s.put(s.space, last)
}

// multiples refuses what is not made of whole parts, of which there are so many in the space: weights, and if inner is
// set, the admitted share of each as well.
func (d *Distribution) multiples(problems *strict.Problems, all sliced, parts int64, inner bool) {
	unit := Everybody / Share(parts)
	for i, part := range all.slices {
		if !all.divides(parts, part.end-part.start) {
			problems.Add(fmt.Sprintf("weights[%d]", i), d.Weights[i],
				fmt.Sprintf("must make up a whole multiple of %s for %s", unit, d.Algorithm))
		} else if inner && !all.divides(parts, part.inner-part.start) {
			problems.Add("exposure", d.Exposure.String(),
				fmt.Sprintf("must leave variant %d a whole multiple of %s for %s", i, unit, d.Algorithm))
		}
	}
}

// divides says whether n of the total is a whole number of parts.
func (all *sliced) divides(parts, n int64) bool {
	hi, lo := bits.Mul64(uint64(n), uint64(parts))
	return bits.Rem64(hi, lo, uint64(all.total)) == 0
}

// firstAbove returns the least position below space for which is holds, or space; is must not go back to false.
func firstAbove(space uint64, is func(position uint64) bool) uint64 {
	low, high := uint64(0), space
	for low < high {
		if middle := low + (high-low)/2; is(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}
