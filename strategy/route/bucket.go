package route

import (
	"math/bits"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// What is here may never change: it would give users other buckets while releases
// are on their way.

// The parameters of FNV-1a in 64 bits.
const (
	offset uint64 = 14695981039346656037
	prime  uint64 = 1099511628211
)

// step is what splitmix64 adds for every number: 2^64 by the golden ratio, odd.
const step uint64 = 0x9e3779b97f4a7c15

// seedOf is the state of the hash after the salt. Its length goes before it, so that
// no other pair of salt and value is the same text.
func seedOf(salt string) uint64 {
	h := offset
	for shift := 56; shift >= 0; shift -= 8 {
		h = (h ^ uint64(len(salt))>>shift&0xff) * prime
	}
	return hash(h, salt)
}

// hash goes on with FNV-1a from a state.
func hash(h uint64, text string) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	return h
}

// mix spreads every bit over all of them, one to one: the finalizer of splitmix64.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// part cuts all numbers into as many equal parts as there are basis points, and
// tells in which one h is, and where in that part by the same measure. The two say
// nothing about each other. No part is larger than another by more than one number.
func part(h uint64) (at, rest strategy.Weight) {
	hi, lo := bits.Mul64(h, uint64(strategy.Full))
	within, _ := bits.Mul64(lo, uint64(strategy.Full))
	return strategy.Weight(hi), strategy.Weight(within)
}

// drawOf makes two independent draws of one number. Numbers in a row, as a host that
// counts gives them, are those of splitmix64, as evenly spread as random ones.
func drawOf(seed, n uint64) (at, rest strategy.Weight) {
	return part(mix(seed + n*step))
}
