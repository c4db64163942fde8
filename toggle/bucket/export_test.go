package bucket

// XXH64 is the floor of what Pick of Native can cost.
func XXH64(seed uint64, key string) uint64 { return xxh64(seed, key) }
