package bucket

import (
	"strconv"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// The algorithms of this file have a gate and a split with hashes of their own.

// cumulative gives s a range for each variant that ends at its cumulative weight, scaled to the space of s.
func (d *Distribution) cumulative(s *stream) {
	all := d.slices()
	for i, part := range all.slices {
		s.put(uint64(part.end)*s.space/uint64(all.total), i)
	}
}

// gate gives s the admitted share of its space.
func (d *Distribution) gate(s *stream) {
	s.put(uint64(d.Exposure)*s.space/uint64(Everybody), 0)
	s.put(s.space, -1)
}

// unleashVariants is the seed with which Unleash hashes variants; the gate has seed 0.
const unleashVariants = 86028157

// unleash makes the streams of a flexible rollout and its variants.
func (d *Distribution) unleash(problems *strict.Problems) []stream {
	d.unused(problems, true, false, false)
	d.whole(problems, perPercent)
	gate := stream{name: StreamGate, hash: hashMurmur, prefix: d.Salt + ":", space: 100}
	d.gate(&gate)
	if d.single() {
		return []stream{gate}
	}
	split := stream{name: StreamSplit, hash: hashMurmur, seed: unleashVariants, prefix: gate.prefix}
	if d.SplitSalt != "" {
		split.prefix = d.SplitSalt + ":"
	}
	for _, w := range d.Weights {
		split.space += uint64(w) // not in lowest terms: the sum is the modulus
	}
	end := uint64(0)
	for i, w := range d.Weights {
		end += uint64(w)
		split.put(end, i)
	}
	return []stream{gate, split}
}

// statsig makes the streams of a gate and of user buckets.
func (d *Distribution) statsig(problems *strict.Problems) []stream {
	const passes, buckets = 10_000, 1000
	d.unused(problems, true, false, false)
	d.whole(problems, Everybody/passes)
	gate := stream{name: StreamGate, hash: hashSHA256, prefix: d.Salt + ".", space: passes}
	// The original multiplies the percentage by 100 as a floating-point number. For a few, such as 0.07, the product lies
	// above the whole number, and one position more passes.
	product := float64(float64(d.Exposure)/float64(perPercent)) * 100
	gate.put(firstAbove(passes, func(p uint64) bool { return float64(p) >= product }), 0)
	gate.put(passes, -1)
	if d.single() {
		return []stream{gate}
	}
	d.multiples(problems, d.slices(), buckets, false)
	split := stream{name: StreamSplit, hash: hashSHA256, prefix: d.SplitSalt + ".", space: buckets}
	d.cumulative(&split)
	return []stream{gate, split}
}

// split makes the streams of a traffic allocation and of partitions.
func (d *Distribution) split(problems *strict.Problems) []stream {
	d.unused(problems, true, false, false)
	d.whole(problems, perPercent)
	gate := stream{name: StreamGate, hash: hashMurmur, seed: parseSeed(problems, "salt", d.Salt), space: 100}
	d.gate(&gate)
	seed := parseSeed(problems, "splitSalt", d.SplitSalt)
	if d.single() {
		return []stream{gate}
	}
	d.multiples(problems, d.slices(), 100, false)
	split := stream{name: StreamSplit, hash: hashMurmur, seed: seed, space: 100}
	d.cumulative(&split)
	return []stream{gate, split}
}

// parseSeed reads a seed of 32 bits, signed or not; empty is 0.
func parseSeed(problems *strict.Problems, path, text string) uint64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < -1<<31 || n >= 1<<32 || strconv.FormatInt(n, 10) != text {
		problems.Add(path, text, "must be a seed of 32 bits as a decimal number")
	}
	return uint64(uint32(n))
}
