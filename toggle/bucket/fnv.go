package bucket

import (
	"hash/crc32"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// FNV-1a of 32 bits.
const (
	fnvOffset = 0x811c9dc5
	fnvPrime  = 0x01000193
)

// fnvOf is FNV-1a over the UTF-16 units of prefix, key and suffix, as GrowthBook's first implementation hashes them: each
// unit is taken in whole, not byte by byte. What is no UTF-8 counts as U+FFFD, one for each byte.
func fnvOf(s *stream, key string) uint32 {
	return fnvAdd(fnvAdd(fnvAdd(fnvOffset, s.prefix), key), s.suffix)
}

func fnvAdd(h uint32, b string) uint32 {
	for at := 0; at < len(b); {
		if c := b[at]; c < utf8.RuneSelf {
			h = (h ^ uint32(c)) * fnvPrime
			at++
			continue
		}
		r, size := utf8.DecodeRuneInString(b[at:])
		at += size
		if r >= 0x10000 {
			high, low := utf16.EncodeRune(r)
			h = (h ^ uint32(high)) * fnvPrime
			r = low
		}
		h = (h ^ uint32(r)) * fnvPrime
	}
	return h
}

// fnvDigits hashes n written as a decimal.
func fnvDigits(n uint32) uint32 {
	var digits [10]byte
	return fnvAdd(fnvOffset, string(strconv.AppendUint(digits[:0], uint64(n), 10)))
}

// crcAdd goes on with a CRC-32 (IEEE) before its last inversion.
func crcAdd(crc uint32, b string) uint32 {
	for i := range len(b) {
		crc = crc32.IEEETable[byte(crc)^b[i]] ^ crc>>8
	}
	return crc
}
