package bucket

import "testing"

// TestXXH64: the specification's own vectors: the first bytes of a generated buffer, and some published words.
func TestXXH64(t *testing.T) {
	const prime32, prime64 = 2654435761, 11400714785074694797
	buffer, generator := make([]byte, 222), uint64(prime32)
	for i := range buffer {
		buffer[i] = byte(generator >> 56)
		generator *= prime64
	}
	for _, c := range []struct {
		seed uint64
		text string
		want uint64
	}{
		{0, "", 0xef46db3751d8e999},
		{prime32, "", 0xac75fda2929b17ef},
		{0, string(buffer[:1]), 0xe934a84adb052768},
		{prime32, string(buffer[:1]), 0x5014607643a9b4c3},
		{0, string(buffer[:4]), 0x9136a0dca57457ee},
		{0, string(buffer[:14]), 0x8282dcc4994e35c8},
		{prime32, string(buffer[:14]), 0xc3bd6bf63deb6df0},
		{0, string(buffer), 0xb641ae8cb691c174},
		{prime32, string(buffer), 0x20cb8ab7ae10c14a},
		{0, "a", 0xd24ec4f1a98c6e5b},
		{0, "abc", 0x44bc2cf5ad770999},
		{0, "Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1},
	} {
		if got := xxh64(c.seed, c.text); got != c.want {
			t.Errorf("xxh64(%d, %q) = %x, want %x", c.seed, c.text, got, c.want)
		}
	}
}

// TestMurmur3: published vectors of MurmurHash3_x86_32, each also cut in three.
func TestMurmur3(t *testing.T) {
	for _, c := range []struct {
		seed uint64
		text string
		want uint32
	}{
		{0, "", 0},
		{1, "", 0x514e28b7},
		{0, "\xff\xff\xff\xff", 0x76293b50},
		{0, "\x21\x43\x65\x87", 0xf55b516b},
		{0x5082edee, "\x21\x43\x65\x87", 0x2362f9de},
		{0, "\x21\x43\x65", 0x7e4a8634},
		{0x9747b28c, "Hello, world!", 0x24884cba},
		{0x9747b28c, "The quick brown fox jumps over the lazy dog", 0x2fa826cd},
	} {
		for i := 0; i <= len(c.text); i++ {
			for j := i; j <= len(c.text); j++ {
				s := &stream{seed: c.seed, prefix: c.text[:i], suffix: c.text[j:]}
				if got := murmurOf(s, c.text[i:j]); got != c.want {
					t.Fatalf("%q cut at %d and %d: %x, want %x", c.text, i, j, got, c.want)
				}
			}
		}
	}
}
