package bucket

import "math/bits"

// murmur is MurmurHash3_x86_32 of bytes that come one after the other: the text need not be put together first.
type murmur struct {
	h    uint32
	word uint32 // the bytes since the last whole word, the first lowest
	n    uint32 // how many bytes came, modulo 2^32 as in the original
}

// murmurOf hashes the prefix, the key and the suffix of s with its seed.
func murmurOf(s *stream, key string) uint32 {
	m := murmur{h: uint32(s.seed)}
	m = murmurAdd(m, s.prefix)
	m = murmurAdd(m, key)
	m = murmurAdd(m, s.suffix)
	return m.sum()
}

func murmurAdd(m murmur, b string) murmur {
	for i := range len(b) {
		m.word |= uint32(b[i]) << (m.n % 4 * 8)
		m.n++
		if m.n%4 == 0 {
			m.h = bits.RotateLeft32(m.h^murmurMix(m.word), 13)*5 + 0xe6546b64
			m.word = 0
		}
	}
	return m
}

func murmurMix(word uint32) uint32 {
	return bits.RotateLeft32(word*0xcc9e2d51, 15) * 0x1b873593
}

func (m murmur) sum() uint32 {
	h := m.h ^ murmurMix(m.word) ^ m.n // no bytes left: the word is 0 and mixes to 0
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
