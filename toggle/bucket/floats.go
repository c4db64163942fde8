package bucket

import (
	"fmt"
	"math"
	"math/bits"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// The algorithms of this file decide with floating-point numbers in their original. Here that arithmetic is done once, by
// Compile, to find the first position on the other side of each border; Pick compares integers. Every product is converted
// explicitly before it is added, which keeps compilers from fusing the two into one operation with another rounding.

// flagd makes the one stream of flagd's fractional operator.
func (d *Distribution) flagd(problems *strict.Problems) []stream {
	d.unused(problems, false, false, true)
	all := d.slices()
	if all.total > maxWeights {
		problems.Add("exposure", d.Exposure.String(),
			fmt.Sprintf("must be coarser: with these weights %s needs a sum above %d", d.Algorithm, maxWeights))
		return nil
	}
	s := stream{name: StreamBoth, hash: hashMurmur, prefix: d.Flag + d.Salt, space: 1 << 32}
	if d.Algorithm == FlagdV2 {
		d.put(&s, all.slices, func(_ int, border int64) uint64 { // the first h with (h * total) >> 32 >= border
			hi, lo := bits.Mul64(uint64(border), 1<<32)
			lo, carry := bits.Add64(lo, uint64(all.total-1), 0)
			limit, _ := bits.Div64(hi+carry, lo, uint64(all.total))
			return limit
		})
		return []stream{s}
	}
	s.hash, s.space = hashMurmurAbs, 1<<31+1
	percent := func(from, to int64) float64 { return 100 * float64(to-from) / float64(all.total) }
	starts := make([]float64, len(all.slices)+1)
	for i, part := range all.slices {
		starts[i+1] = starts[i] + percent(part.start, part.end)
	}
	d.put(&s, all.slices, func(i int, border int64) uint64 {
		end := starts[i+1]
		if part := all.slices[i]; border < part.end {
			end = min(starts[i]+percent(part.start, border), end)
		}
		return firstAbove(s.space, func(p uint64) bool { return float64(p)/math.MaxInt32*100 >= end })
	})
	return []stream{s}
}

// launchDarkly makes the one stream of a LaunchDarkly rollout.
func (d *Distribution) launchDarkly(problems *strict.Problems) []stream {
	const parts = 100_000
	d.unused(problems, false, false, true)
	if d.Flag == "" && d.Salt == "" {
		problems.Add("salt", d.Salt, "must be the flag's salt, or the seed if there is no flag")
	}
	all := d.slices()
	d.whole(problems, Everybody/parts)
	d.multiples(problems, all, parts, true)
	if problems.Err() != nil {
		return nil // what follows counts on whole parts
	}
	s := stream{name: StreamBoth, hash: hashSHA1x60, prefix: d.Salt + ".", space: 1 << 60}
	if d.Flag != "" {
		s.prefix = d.Flag + "." + s.prefix
	}
	weight := func(from, to int64) float32 { return float32((to-from)*parts/all.total) / parts }
	starts := make([]float32, len(all.slices)+1)
	for i, part := range all.slices {
		starts[i+1] = starts[i] + weight(part.start, part.end)
	}
	d.put(&s, all.slices, func(i int, border int64) uint64 {
		end := starts[i+1]
		if part := all.slices[i]; border < part.end {
			end = min(starts[i]+weight(part.start, border), end)
		}
		return firstAbove(s.space, func(p uint64) bool { return float32(p)/float32(0xFFFFFFFFFFFFFFF) >= end })
	})
	return []stream{s}
}

// growthBook makes the one stream of a GrowthBook experiment, or of a forced rule, which is one with one variant.
func (d *Distribution) growthBook(problems *strict.Problems) []stream {
	d.unused(problems, true, false, true)
	if !utf8.ValidString(d.Salt) { // its halves could complete runes of the key
		problems.Add("salt", d.Salt, "must be UTF-8 for "+string(d.Algorithm))
	}
	s := stream{name: StreamBoth, hash: hashFNV, suffix: d.Salt, space: 1000}
	if d.Algorithm == GrowthBookV2 {
		s = stream{name: StreamBoth, hash: hashFNVTwice, prefix: d.Salt, space: 10_000}
	}
	d.whole(problems, Everybody/Share(s.space))
	all := d.slices()
	coverage := float64(d.Exposure) / float64(Everybody)
	weight := func(i int) float64 {
		return float64(all.slices[i].end-all.slices[i].start) / float64(all.total)
	}
	starts := make([]float64, len(all.slices)+1)
	for i := range all.slices {
		starts[i+1] = starts[i] + weight(i)
	}
	d.put(&s, all.slices, func(i int, border int64) uint64 {
		end := starts[i+1]
		if border < all.slices[i].end {
			end = min(starts[i]+float64(coverage*weight(i)), end)
		}
		return firstAbove(s.space, func(p uint64) bool { return float64(p)/float64(s.space) >= end })
	})
	return []stream{s}
}
