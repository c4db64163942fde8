package bucket

import "math/bits"

// The five primes of XXH64, from its specification.
const (
	xxPrime1 = 0x9E3779B185EBCA87
	xxPrime2 = 0xC2B2AE3D27D4EB4F
	xxPrime3 = 0x165667B19E3779F9
	xxPrime4 = 0x85EBCA77C2B2AE63
	xxPrime5 = 0x27D4EB2F165667C5
)

// xxh64 is XXH64 as its specification (version 0.1.1) defines it.
func xxh64(seed uint64, b string) uint64 {
	n := len(b)
	if n == 16 { // the length of many identifiers; the general way needs twice as long for it
		return xxh64of16(seed, le64(b, 0), le64(b, 8))
	}
	var h uint64
	at := 0
	if n >= 32 {
		h, at = xxStripes(seed, b)
	} else {
		h = seed + xxPrime5
	}
	h += uint64(n)
	for ; n-at >= 8; at += 8 {
		h = xxStep8(h, le64(b, at))
	}
	if n-at >= 4 {
		h ^= uint64(le32(b, at)) * xxPrime1
		h = bits.RotateLeft64(h, 23)*xxPrime2 + xxPrime3
		at += 4
	}
	for ; at < n; at++ {
		h ^= uint64(b[at]) * xxPrime5
		h = bits.RotateLeft64(h, 11) * xxPrime1
	}
	return xxAvalanche(h)
}

// xxh64of16 is xxh64 of sixteen bytes, given as two words in little-endian order.
func xxh64of16(seed, a, b uint64) uint64 {
	return xxAvalanche(xxStep8(xxStep8(seed+xxPrime5+16, a), b))
}

// xxStripes takes in all whole stripes of 32 bytes and says where it stopped.
func xxStripes(seed uint64, b string) (h uint64, at int) {
	v1, v2, v3, v4 := seed+xxPrime1, seed, seed, seed
	v1 += xxPrime2
	v2 += xxPrime2
	v4 -= xxPrime1
	for ; len(b)-at >= 32; at += 32 {
		v1 = xxRound(v1, le64(b, at))
		v2 = xxRound(v2, le64(b, at+8))
		v3 = xxRound(v3, le64(b, at+16))
		v4 = xxRound(v4, le64(b, at+24))
	}
	h = bits.RotateLeft64(v1, 1) + bits.RotateLeft64(v2, 7) + bits.RotateLeft64(v3, 12) + bits.RotateLeft64(v4, 18)
	for _, v := range [4]uint64{v1, v2, v3, v4} {
		h = (h^xxRound(0, v))*xxPrime1 + xxPrime4
	}
	return h, at
}

func xxRound(acc, word uint64) uint64 {
	return bits.RotateLeft64(acc+word*xxPrime2, 31) * xxPrime1
}

func xxStep8(h, word uint64) uint64 {
	return bits.RotateLeft64(h^xxRound(0, word), 27)*xxPrime1 + xxPrime4
}

func xxAvalanche(h uint64) uint64 {
	h = (h ^ h>>33) * xxPrime2
	h = (h ^ h>>29) * xxPrime3
	return h ^ h>>32
}

// le64 reads eight bytes at the given place; compilers make one load of it.
func le64(b string, at int) uint64 {
	_ = b[at+7]
	return uint64(b[at]) | uint64(b[at+1])<<8 | uint64(b[at+2])<<16 | uint64(b[at+3])<<24 |
		uint64(b[at+4])<<32 | uint64(b[at+5])<<40 | uint64(b[at+6])<<48 | uint64(b[at+7])<<56
}

// le32 reads four bytes at the given place.
func le32(b string, at int) uint32 {
	_ = b[at+3]
	return uint32(b[at]) | uint32(b[at+1])<<8 | uint32(b[at+2])<<16 | uint32(b[at+3])<<24
}
