package bucket

import "github.com/seed-20fe5ead/gradatim/internal/strict"

// The algorithms of this file divide 100 or 1000 positions of one hash.

// configCat makes the one stream of percentage options.
func (d *Distribution) configCat(problems *strict.Problems) []stream {
	d.unused(problems, false, true, true)
	d.whole(problems, perPercent)
	all := d.slices()
	d.multiples(problems, all, 100, true)
	s := stream{name: StreamBoth, hash: hashSHA1x28, prefix: d.Flag, space: 100}
	d.put(&s, all.slices, func(_ int, border int64) uint64 { return uint64(border * 100 / all.total) })
	return []stream{s}
}

// flipt makes the one stream of a threshold, if there is one variant, or else of a distribution. Flipt divides with float32;
// whole percents are exact there, so others are refused.
func (d *Distribution) flipt(problems *strict.Problems) []stream {
	d.unused(problems, false, true, true)
	d.whole(problems, perPercent)
	if d.single() {
		s := stream{name: StreamGate, hash: hashCRC, suffix: d.Flag, space: 100}
		d.gate(&s)
		return []stream{s}
	}
	if d.Exposure != 0 && d.Exposure != Everybody {
		problems.Add("exposure", d.Exposure.String(), "must be 0% or 100% with several variants: Flipt has a threshold or a distribution")
	}
	d.multiples(problems, d.slices(), 100, false)
	s := stream{name: StreamBoth, hash: hashCRC, prefix: d.Flag, space: 1000}
	if d.Exposure == 0 {
		s.put(s.space, -1)
	} else {
		d.cumulative(&s)
	}
	return []stream{s}
}

// flagr makes the one stream of a distribution and its rollout percentage, which it takes inside each slice as we do.
func (d *Distribution) flagr(problems *strict.Problems) []stream {
	d.unused(problems, true, false, true)
	d.whole(problems, perPercent)
	all := d.slices()
	d.multiples(problems, all, 100, false)
	s := stream{name: StreamBoth, hash: hashCRC, prefix: d.Salt, space: 1000}
	d.put(&s, all.slices, func(_ int, border int64) uint64 { // rounded up: below is admitted
		return uint64((border*1000 + all.total - 1) / all.total)
	})
	return []stream{s}
}
