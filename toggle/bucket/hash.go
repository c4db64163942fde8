package bucket

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// hashKind says how a stream hashes its prefix, the key and its suffix, in this order and with nothing between them.
type hashKind uint8

const (
	hashXX        hashKind = iota // the key alone; the position is the hash times the space, shifted
	hashMurmur                    // modulo the space, as all that follow
	hashMurmurAbs                 // its absolute value as a signed number
	hashSHA1x60                   // the first 60 bits
	hashSHA1x28                   // the first 28 bits
	hashSHA256                    // the first 64 bits
	hashFNV                       // over UTF-16 units
	hashFNVTwice                  // the same of the decimal digits of the first
	hashCRC
)

// String names it for [Stream.Hash].
func (k hashKind) String() string {
	return [...]string{"xxh64", "murmur3", "murmur3-abs", "sha1-60", "sha1-28", "sha256-64", "fnv1a-utf16", "fnv1a-utf16-twice", "crc32"}[k]
}

// position returns where key falls in s, below s.space.
func position(s *stream, key string) uint64 {
	if s.hash == hashXX {
		return nativePosition(xxh64(s.seed, key))
	}
	return hashOf(s, key) % s.space
}

// hashOf is the hash of one of the compatible algorithms.
func hashOf(s *stream, key string) uint64 {
	switch s.hash {
	case hashMurmur:
		return uint64(murmurOf(s, key))
	case hashMurmurAbs:
		n := int64(int32(murmurOf(s, key)))
		return uint64(max(n, -n)) // 2^31 for the least of all
	case hashSHA1x60:
		return sha1Of(s, key) >> 4
	case hashSHA1x28:
		return sha1Of(s, key) >> 36
	case hashSHA256:
		return sha256Of(s, key)
	case hashFNV:
		return uint64(fnvOf(s, key))
	case hashFNVTwice:
		return uint64(fnvDigits(fnvOf(s, key)))
	case hashCRC:
		return uint64(^crcAdd(crcAdd(crcAdd(^uint32(0), s.prefix), key), s.suffix))
	}
	return 0 // there is no other
}

// sha1Of returns the first eight bytes of SHA-1 as a number. The hash must stay a local variable: only then does the
// compiler see which one it is, and keeps it and the piece on the stack. So a key of any length takes no allocation.
func sha1Of(s *stream, key string) uint64 {
	h := sha1.New()
	var piece [64]byte
	for at, n := 0, 1; n > 0; at += n {
		n = copyFrom(piece[:], s, key, at)
		h.Write(piece[:n])
	}
	var sum [sha1.Size]byte
	return binary.BigEndian.Uint64(h.Sum(sum[:0]))
}

// sha256Of is sha1Of with SHA-256.
func sha256Of(s *stream, key string) uint64 {
	h := sha256.New()
	var piece [64]byte
	for at, n := 0, 1; n > 0; at += n {
		n = copyFrom(piece[:], s, key, at)
		h.Write(piece[:n])
	}
	var sum [sha256.Size]byte
	return binary.BigEndian.Uint64(h.Sum(sum[:0]))
}

// copyFrom copies from the given place of prefix, key and suffix, seen as one text, and says how many bytes. It is zero
// only at the end.
func copyFrom(to []byte, s *stream, key string, at int) int {
	if at < len(s.prefix) {
		return copy(to, s.prefix[at:])
	}
	if at -= len(s.prefix); at < len(key) {
		return copy(to, key[at:])
	}
	return copy(to, s.suffix[min(at-len(key), len(s.suffix)):])
}

// identify names the function of s from keys to positions; see [Stream].
func (s *stream) identify() {
	s.id = fmt.Sprintf("%s seed %d %q key %q", s.hash, s.seed, s.prefix, s.suffix)
}
