package bucket

import (
	"encoding/binary"
	"math/bits"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// slotCount is the number of positions in each stream of Native: one part per million each.
const slotCount = uint64(Everybody)

// native makes the streams of Native.
func (d *Distribution) native(problems *strict.Problems) []stream {
	d.unused(problems, true, false, true)
	gate := nativeStream(StreamGate, d.Salt)
	gate.put(uint64(d.Exposure), 0)
	gate.put(slotCount, -1)
	if d.single() {
		if len(d.Slots) > 0 && !isWhole(d.Slots) {
			problems.Add("slots", nil, "must be empty or everything, as there is one variant")
		}
		return []stream{gate}
	}
	slots := d.Slots
	if len(slots) == 0 {
		slots = Reweight(nil, d.Weights)
	} else {
		checkSlots(slots, d.Weights, problems)
	}
	split := nativeStream(StreamSplit, d.Salt)
	for _, s := range slots {
		split.put(uint64(s.To), s.Variant)
	}
	return []stream{gate, split}
}

func isWhole(slots []Slots) bool { return len(slots) == 1 && slots[0] == Slots{To: uint32(slotCount)} }

// nativeStream is a stream with the seed that its name and the salt give; see the documentation of the package.
func nativeStream(name, salt string) stream {
	seed := nativeSeed(name, salt)
	return stream{name: name, hash: hashXX, seed: seed, space: slotCount}
}

// nativeSeed hashes the name of a stream and a salt. Both have their length before them, so no two pairs are the same text.
func nativeSeed(name, salt string) uint64 {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(name)))
	b = append(b, name...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(salt)))
	b = append(b, salt...)
	return xxh64(0, string(b))
}

// nativePosition spreads a hash over the slots: floor(h * 10^6 / 2^64).
func nativePosition(h uint64) uint64 {
	hi, _ := bits.Mul64(h, slotCount)
	return hi
}

// nativeLimit is the number of hashes whose position is below limit, which must be below slotCount: h < nativeLimit(n) if
// and only if nativePosition(h) < n. It saves the multiplication where only one limit counts.
func nativeLimit(limit uint64) uint64 {
	q, r := bits.Div64(limit, 0, slotCount)
	if r > 0 {
		q++
	}
	return q
}
