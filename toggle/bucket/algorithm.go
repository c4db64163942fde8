package bucket

// Algorithm names a bucketing algorithm and its version, as a flag stores it. The names are compared exactly; there is no
// "latest": a new version of an algorithm is a new name, and going over to it a change of the flag's data.
type Algorithm string

// The algorithms. What each of them hashes is in the documentation of the package.
const (
	// Native is ours: two independent streams of a 64-bit hash, in parts per million.
	Native Algorithm = "gradatim/v1"
	// FlagdV1 is flagd's fractional operator in its core up to 0.14.
	FlagdV1 Algorithm = "flagd/v1"
	// FlagdV2 is flagd's fractional operator in its core from 0.15 on.
	FlagdV2 Algorithm = "flagd/v2"
	// Unleash is Unleash's flexible rollout (gate) with the variants of a strategy or a feature (split).
	Unleash Algorithm = "unleash/murmur3"
	// LaunchDarkly is a LaunchDarkly rollout by key and salt, or of an experiment by seed.
	LaunchDarkly Algorithm = "launchdarkly/sha1"
	// GrowthBookV1 is GrowthBook with hashVersion 1. Flags with similar names are not independent under it.
	GrowthBookV1 Algorithm = "growthbook/v1"
	// GrowthBookV2 is GrowthBook with hashVersion 2.
	GrowthBookV2 Algorithm = "growthbook/v2"
	// Statsig is a Statsig gate's pass percentage, and user buckets as the split.
	Statsig Algorithm = "statsig/sha256"
	// ConfigCat is ConfigCat's percentage options.
	ConfigCat Algorithm = "configcat/sha1"
	// Flipt is Flipt's threshold rollout of a boolean flag, or the distribution of a variant flag.
	Flipt Algorithm = "flipt/crc32"
	// Flagr is Flagr's distribution with its rollout percentage.
	Flagr Algorithm = "flagr/crc32"
	// Split is Split's traffic allocation (gate) and partitions (split), with its algorithm 2.
	Split Algorithm = "split/murmur3"
)

// Algorithms lists every algorithm that Compile knows, Native first.
func Algorithms() []Algorithm {
	return []Algorithm{
		Native, FlagdV1, FlagdV2, Unleash, LaunchDarkly, GrowthBookV1, GrowthBookV2, Statsig, ConfigCat, Flipt, Flagr, Split,
	}
}
