package bucket

// hash is the function of a stream from a key to a position.
type hash uint8

const (
	hashXX hash = iota // XXH64 with a seed, multiplied and shifted
)

// position returns where key falls in s, below s.space.
func position[T text](s *stream, key T) uint64 {
	return nativePosition(xxh64(s.seed, key))
}
