package bucket

import "testing"

func TestXXH64(t *testing.T) {
	for _, c := range []struct {
		seed uint64
		text string
		want uint64
	}{
		{0, "", 0xef46db3751d8e999},
		{0, "a", 0xd24ec4f1a98c6e5b},
		{0, "abc", 0x44bc2cf5ad770999},
	} {
		if got := xxh64(c.seed, c.text); got != c.want {
			t.Errorf("xxh64(%d, %q) = %x, want %x", c.seed, c.text, got, c.want)
		}
	}
}
