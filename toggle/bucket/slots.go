package bucket

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// apportion divides the slots among weights by largest remainder: each gets its share rounded down, and what is left goes
// one by one to the largest remainders, the first of equals first. The sum of weights must be from 1 to maxWeights.
func apportion(weights []int64) []int64 {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	counts, order := make([]int64, len(weights)), make([]int, len(weights))
	left := int64(slotCount)
	for i, w := range weights {
		counts[i] = w * int64(slotCount) / sum // below 2^31 * 10^6, so there is no overflow
		left -= counts[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(weights[j]*int64(slotCount)%sum, weights[i]*int64(slotCount)%sum)
	})
	for _, i := range order[:left] {
		counts[i]++
	}
	return counts
}

// checkSlots finds what keeps slots from being the partition that weights ask for.
func checkSlots(slots []Slots, weights []int64, problems *strict.Problems) {
	if len(slots) > maxSlots {
		problems.Add("slots", len(slots), fmt.Sprintf("must be at most %d ranges", maxSlots))
		return
	}
	have, at := make([]int64, len(weights)), uint32(0)
	for i, s := range slots {
		path := fmt.Sprintf("slots[%d]", i)
		if s.Variant < 0 || s.Variant >= len(weights) {
			problems.Add(path+".variant", s.Variant, fmt.Sprintf("must be from 0 to %d", len(weights)-1))
		} else {
			have[s.Variant] += int64(s.To) - int64(s.From)
		}
		if s.From != at {
			problems.Add(path+".from", s.From, fmt.Sprintf("must be %d, where the range before it ends", at))
		}
		if s.To <= s.From || uint64(s.To) > slotCount {
			problems.Add(path+".to", s.To, fmt.Sprintf("must be above from and at most %d", slotCount))
		}
		at = s.To
	}
	if uint64(at) != slotCount {
		problems.Add("slots", nil, fmt.Sprintf("must end at %d", slotCount))
	}
	if problems.Err() != nil {
		return // counting makes sense for a partition only
	}
	for i, want := range apportion(weights) {
		if have[i] != want {
			problems.Add("slots", nil, fmt.Sprintf("must give variant %d %d positions for its weight, and give %d", i, want, have[i]))
		}
	}
}

// Reweight returns the slots for new weights that move the fewest subjects: only what the shrinking variants have too much
// is handed to the growing ones, so the share that moves is the sum of the growths, exactly, in slots. How many slots a
// weight earns is decided by largest remainder. Ranges that touch are moved at their border first, so that two variants
// stay two ranges. There may be more weights than before (a new variant had none), and fewer (what is missing gets none).
//
// With no old slots each variant gets one range, in the order of weights. If old is not a partition of the slots, or
// Compile would refuse the weights, the result is nil.
func Reweight(old []Slots, weights []int64) []Slots {
	var problems strict.Problems
	if sum := checkWeights(weights, &problems); problems.Err() != nil || sum < 1 || sum > maxWeights || len(weights) > maxVariants {
		return nil
	}
	want := apportion(weights)
	if len(old) == 0 {
		var slots []Slots
		at := int64(0)
		for i, n := range want {
			slots = appendSlots(slots, Slots{Variant: i, From: uint32(at), To: uint32(at + n)})
			at += n
		}
		return slots
	}
	surplus, ok := surpluses(old, want)
	if !ok {
		return nil
	}
	return moveRest(moveBorders(old, surplus), surplus)
}

// surpluses says for each variant how many slots it has too much (below 0: too few); false if old is not a partition.
func surpluses(old []Slots, want []int64) ([]int64, bool) {
	n, at := len(want), uint32(0)
	for _, s := range old {
		if s.Variant < 0 || s.Variant >= maxVariants || s.From != at || s.To <= s.From {
			return nil, false
		}
		n, at = max(n, s.Variant+1), s.To
	}
	surplus := make([]int64, n)
	for i, count := range want {
		surplus[i] = -count
	}
	for _, s := range old {
		surplus[s.Variant] += int64(s.To - s.From)
	}
	return surplus, uint64(at) == slotCount
}

// moveBorders shifts the borders between neighbours of which one shrinks and the other grows.
func moveBorders(old []Slots, surplus []int64) []Slots {
	slots := slices.Clone(old)
	for i := 1; i < len(slots); i++ {
		left, right := &slots[i-1], &slots[i]
		if n := handOver(surplus, left.Variant, right.Variant, left.To-left.From); n > 0 {
			left.To -= n
			right.From -= n
		} else if n := handOver(surplus, right.Variant, left.Variant, right.To-right.From); n > 0 {
			left.To += n
			right.From += n
		}
	}
	return slots
}

// handOver settles how many of the n slots of a range go from one variant to the other.
func handOver(surplus []int64, from, to int, n uint32) uint32 {
	moved := min(surplus[from], -surplus[to], int64(n))
	if moved <= 0 {
		return 0
	}
	surplus[from] -= moved
	surplus[to] += moved
	return uint32(moved)
}

// moveRest hands the ends of the ranges that still have too much to whoever still has too little, in their order.
func moveRest(slots []Slots, surplus []int64) []Slots {
	var moved []Slots
	grower := 0
	for _, s := range slots {
		end, given := s.To, len(moved)
		for surplus[s.Variant] > 0 && s.From < end {
			for surplus[grower] >= 0 {
				grower++ // there is one: the surpluses add up to zero
			}
			n := handOver(surplus, s.Variant, grower, end-s.From)
			moved = append(moved, Slots{Variant: grower, From: end - n, To: end})
			end -= n
		}
		moved = append(moved, Slots{Variant: s.Variant, From: s.From, To: end})
		slices.Reverse(moved[given:]) // they were cut off from the end
	}
	var merged []Slots
	for _, s := range moved {
		merged = appendSlots(merged, s)
	}
	return merged
}

// appendSlots adds a range behind the others: joined with its neighbour if that is the same variant's, left out if empty.
func appendSlots(slots []Slots, s Slots) []Slots {
	if s.From == s.To {
		return slots
	}
	if n := len(slots); n > 0 && slots[n-1].Variant == s.Variant {
		slots[n-1].To = s.To
		return slots
	}
	return append(slots, s)
}
