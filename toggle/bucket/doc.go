// Package bucket decides which variant of a flag a key gets: the same key always the
// same one, without anything being stored.
//
// A [Distribution] is data: an algorithm, its salts, how many are admitted (the gate)
// and how those are divided among variants (the split). [Compile] checks it and makes a
// [Plan], whose Pick is a pure function that neither allocates nor uses floating-point
// numbers. Raising the exposure never takes anybody out nor moves anybody to another
// variant. [Reweight] changes weights so that the fewest move.
//
// The algorithm and its version are part of the data. A new release of this library
// moves nobody; golden vectors in testdata see to that.
//
// # Algorithms
//
// What is hashed, with key for the key and names as in Distribution; what is between
// quotes is itself. A field that an algorithm does not hash must be empty.
//
//	gradatim/v1        gate and split   XXH64 with a seed from the salt, see below
//	flagd/v1           both             murmur3(Flag Salt key), absolute value of 32 bits, as a float64 of 100
//	flagd/v2           both             murmur3(Flag Salt key) * sum of weights >> 32
//	unleash/murmur3    gate             murmur3(Salt ":" key) mod 100
//	                   split            murmur3(SplitSalt ":" key) mod sum of weights, with seed 86028157
//	launchdarkly/sha1  both             sha1(Flag "." Salt "." key), 60 bits as a float32 of 1
//	growthbook/v1      both             fnv1a(key Salt) mod 1000
//	growthbook/v2      both             fnv1a(decimal of fnv1a(Salt key)) mod 10000
//	statsig/sha256     gate             sha256(Salt "." key), 64 bits, mod 10000
//	                   split            sha256(SplitSalt "." key), 64 bits, mod 1000
//	configcat/sha1     both             sha1(Flag key), 28 bits, mod 100
//	flipt/crc32        one variant      crc32(key Flag) mod 100
//	                   several          crc32(Flag key) mod 1000
//	flagr/crc32        both             crc32(Salt key) mod 1000
//	split/murmur3      gate             murmur3(key) mod 100, with the seed Salt
//	                   split            murmur3(key) mod 100, with the seed SplitSalt
//
// In flagd, Flag is the flag's key, which is hashed unless the flag has an expression of
// its own; then Flag is empty and Salt what the expression puts before the key. In Unleash,
// Salt is the groupId, and SplitSalt that of the variants (of a feature's own variants the
// feature's name); empty is the same. A LaunchDarkly experiment with a seed has no Flag, and
// the seed as Salt. In GrowthBook, Salt is the seed, which is the feature's key unless it is
// set. In Statsig, Salt is the salts of the spec and of the rule with a point between them,
// and SplitSalt that of the user bucket. In Flagr, Salt is the number of the flag. In Split,
// Salt is the seed of the traffic allocation and SplitSalt that of the partitions, as
// decimal numbers.
//
// # What they can tell apart
//
// The exposure must be a whole multiple of 0.0001 % for gradatim/v1; 0.001 % for
// LaunchDarkly; 0.01 % for growthbook/v2 and Statsig; 0.1 % for growthbook/v1; 1 % for
// Unleash, ConfigCat, Flipt, Flagr and Split. For flagd any will do whose weights in
// lowest terms add up to at most 2^31-1. Where the weights are shares of a fixed whole,
// they must be whole parts of it: 0.001 % (LaunchDarkly), 0.1 % (Statsig), 1 % (ConfigCat,
// Flipt, Flagr, Split); the sum of the weights is free. Others are refused, not rounded.
//
// Where one hash decides both, the exposure is taken inside the slice of each variant, as
// if "off" stood behind each of them; for LaunchDarkly and ConfigCat that share must be a
// whole part too. Flipt has no exposure between 0 and 100 % with several variants.
//
// # Where the originals are odd
//
// The decisions are those of the originals, also where these are not what one expects:
//
//   - LaunchDarkly gives what rounds to 1.0 (one key in 33 million) to the last variant,
//     even if its weight is 0.
//   - Statsig multiplies percentages as floating-point numbers; for 573 of its 10,000
//     exposures, 0.07 % for one, a position more is admitted.
//   - GrowthBook hashes UTF-16 units; with growthbook/v1 flags of similar names admit the same
//     users or never the same ones (P(B|A) at 10 % is anything from 0.00 to 0.51).
//   - Flipt's and Flagr's CRC-32 is somewhat uneven: 0.08 to 0.12 where 0.10 is independent.
//   - flagd, ConfigCat, Flipt, Flagr and GrowthBook put nothing between salt and key: "a" and
//     "bc" are "ab" and "c".
//
// One is not followed: the 3 of 2^32 hashes that fall off the end in flagd/v1 get the last
// variant if everybody is admitted.
//
// # gradatim/v1
//
// Each stream has a seed, XXH64 with seed 0 over the length of its name ("gate" or "split")
// as 8 bytes in little-endian order, the name, the length of the salt likewise, and the salt.
// The position of a key is floor(h * 10^6 / 2^64), where h is XXH64 over the bytes of the key
// with that seed. A key is admitted if its position in the gate is below the exposure in parts
// per million; its variant is the one whose slots hold its position in the split.
//
// The package is pure: no clock, no goroutine, no input or output, no memory.
package bucket
