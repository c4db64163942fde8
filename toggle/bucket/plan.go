package bucket

import (
	"math/bits"
	"sort"
)

// The names of streams.
const (
	// StreamGate decides who is admitted: its variants are 0 (admitted) and -1.
	StreamGate = "gate"
	// StreamSplit decides which variant the admitted get.
	StreamSplit = "split"
	// StreamBoth decides both at once.
	StreamBoth = "both"
)

// Plan is a compiled Distribution. It is immutable and safe for concurrent use; the zero value admits nobody.
type Plan struct {
	mode    mode
	given   int      // for modeConstant: the answer plus 1, so that the zero Plan answers -1
	all     bool     // for modeNative: no gate is needed
	limit   uint64   // for modeGate and modeNative: hashes below it are admitted
	seed    uint64   // for modeGate and modeNative: of the gate
	streams []stream // the gate, the gate and the split, or one for both
}

// mode is the shortest way to the answer.
type mode uint8

const (
	modeConstant mode = iota // everybody gets the same
	modeGate                 // one 64-bit hash and one limit
	modeNative               // the same, then the native split
	modeSearch               // look into the streams
)

// Pick returns the index of the variant that key gets, or -1 if it is not admitted. It takes key as it is, the empty one
// too: whether a subject has a key is for the caller to find out. It does not allocate, and decides with integers.
func (p *Plan) Pick(key string) int {
	switch p.mode { // the two of most flags, one call less away
	case modeConstant:
		return p.given - 1
	case modeGate:
		_, admitted := bits.Sub64(xxh64(p.seed, key), p.limit, 0) // no branch: nobody can foresee it
		return int(admitted) - 1
	}
	return p.pick(key)
}

// pick is Pick of the other modes.
func (p *Plan) pick(key string) int {
	if p.mode == modeNative {
		if !p.all && xxh64(p.seed, key) >= p.limit {
			return -1
		}
		split := &p.streams[1]
		return split.at(nativePosition(xxh64(split.seed, key)))
	}
	variant := 0
	for i := range p.streams {
		s := &p.streams[i]
		if len(s.ends) == 1 {
			variant = s.variants[0] // the same for everybody
		} else {
			variant = s.at(position(s, key))
		}
		if variant < 0 {
			return -1
		}
	}
	return variant
}

// newPlan chooses the shortest way through the given streams.
func newPlan(streams []stream) *Plan {
	for i := range streams {
		streams[i].identify()
	}
	p := &Plan{mode: modeSearch, streams: streams}
	gate, last := &streams[0], &streams[len(streams)-1]
	switch {
	case len(gate.ends) == 1 && gate.variants[0] < 0:
		p.mode, p.given = modeConstant, 0
	case len(gate.ends) == 1 && len(last.ends) == 1:
		p.mode, p.given = modeConstant, last.variants[0]+1
	case len(streams) == 1 && gate.hash == hashXX:
		p.mode, p.seed, p.limit = modeGate, gate.seed, nativeLimit(gate.ends[0])
	case gate.hash == hashXX && len(gate.ends) == 1:
		p.mode, p.all = modeNative, true
	case gate.hash == hashXX:
		p.mode, p.seed, p.limit = modeNative, gate.seed, nativeLimit(gate.ends[0])
	}
	return p
}

// Range is a run of positions [From, To) that get the same: the index of a variant, or -1 for not admitted.
type Range struct {
	From, To uint64
	Variant  int
}

// Stream is the exact picture of one hash of a plan: who gets what, by position. Its ranges are in order, without gaps and
// without overlap, from 0 to Space, and neighbours differ.
type Stream struct {
	// Name is StreamGate, StreamSplit or StreamBoth.
	Name string
	// Hash identifies the function from keys to positions: two streams with the same Hash and Space put every key at the
	// same position, so that their ranges can be compared.
	Hash string
	// Space is the number of positions, numbered from 0. They are as good as equally likely; only FlagdV1 has two (0 and
	// the last) that are half as likely.
	Space uint64
	// Ranges say what each position gets.
	Ranges []Range
}

// Streams returns the picture of p: one stream named StreamBoth; or StreamGate alone, if there is one variant; or StreamGate
// and then StreamSplit, which are independent of each other.
func (p *Plan) Streams() []Stream {
	streams := make([]Stream, 0, len(p.streams))
	for _, s := range p.streams {
		out, from := Stream{Name: s.name, Hash: s.id, Space: s.space}, uint64(0)
		for i, end := range s.ends {
			out.Ranges = append(out.Ranges, Range{From: from, To: end, Variant: s.variants[i]})
			from = end
		}
		streams = append(streams, out)
	}
	return streams
}

// Position returns where key falls in the stream with that index in Streams; an index out of range panics.
func (p *Plan) Position(stream int, key string) uint64 { return position(&p.streams[stream], key) }

// stream is a compiled Stream.
type stream struct {
	name, id       string
	hash           hashKind
	seed           uint64
	prefix, suffix string // hashed before and after the key
	space          uint64
	ends           []uint64 // where range i ends; the last is space
	variants       []int    // what range i gets
}

// put adds the range that ends at end, unless it is empty; a neighbour that gets the same is made longer instead.
func (s *stream) put(end uint64, variant int) {
	n, last := len(s.ends), uint64(0)
	if n > 0 {
		last = s.ends[n-1]
	}
	switch end = min(end, s.space); {
	case end <= last:
	case n > 0 && s.variants[n-1] == variant:
		s.ends[n-1] = end
	default:
		s.ends, s.variants = append(s.ends, end), append(s.variants, variant)
	}
}

// at returns what the given position gets. The few borders of a usual split are all looked at: which one it is cannot be
// foreseen, and comparing costs less than a wrong guess.
func (s *stream) at(position uint64) int {
	if len(s.ends) > 8 {
		return s.variants[sort.Search(len(s.ends), func(i int) bool { return position < s.ends[i] })]
	}
	after := uint64(0)
	for _, end := range s.ends {
		_, before := bits.Sub64(position, end, 0) // 1 if position is below end, as it is for the last: the space
		after += 1 - before
	}
	return s.variants[after]
}

// Constant returns what Pick returns for every key, if that is the same for all of them.
func (p *Plan) Constant() (variant int, ok bool) {
	if p.mode != modeConstant {
		return 0, false
	}
	return p.given - 1, true
}
