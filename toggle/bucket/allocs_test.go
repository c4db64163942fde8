package bucket

import (
	"strings"
	"testing"
)

func TestHashAllocs(t *testing.T) {
	key := strings.Repeat("é", 1000)
	keyb := []byte(key)
	for _, h := range []hashKind{hashXX, hashMurmur, hashSHA1x60, hashSHA256, hashFNV, hashFNVTwice, hashCRC} {
		s := &stream{hash: h, space: 1000, prefix: "abc"}
		if n := testing.AllocsPerRun(100, func() { position(s, key); position(s, keyb) }); n > 0 {
			t.Errorf("%s: %v", h, n)
		}
	}
}
