package bucket_test

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// benchKeys are 1024 keys of 16 bytes.
func benchKeys() []string {
	keys := make([]string, 1024)
	for i := range keys {
		keys[i] = "user-00000000" + string([]byte{'0' + byte(i/100%10), '0' + byte(i/10%10), 'a' + byte(i%26)})
	}
	return keys
}

// BenchmarkFloor is one hash of 16 bytes and one compare.
func BenchmarkFloor(b *testing.B) {
	keys, on, i := benchKeys(), 0, 0
	b.ReportAllocs()
	for b.Loop() {
		if bucket.XXH64(42, keys[i%1024]) < 1<<63 {
			on++
		}
		i++
	}
}

func benchmarkPick(b *testing.B, d bucket.Distribution) {
	plan, keys, on, i := compile(b, d), benchKeys(), 0, 0 // on is a sum: a branch here would be what is measured
	b.ReportAllocs()
	for b.Loop() {
		on += plan.Pick(keys[i%1024])
		i++
	}
}

func BenchmarkPick(b *testing.B) {
	for _, a := range bucket.Algorithms() {
		b.Run(string(a), func(b *testing.B) { benchmarkPick(b, example(a, "flag-a", bucket.Everybody/2, 1)) })
	}
	b.Run("split only", func(b *testing.B) { benchmarkPick(b, example(bucket.Native, "flag-a", bucket.Everybody, 2)) })
	b.Run("gate and split", func(b *testing.B) { benchmarkPick(b, example(bucket.Native, "flag-a", bucket.Everybody/2, 2)) })
	b.Run("everybody", func(b *testing.B) { benchmarkPick(b, example(bucket.Native, "flag-a", bucket.Everybody, 1)) })
}

// TestAllocs: no algorithm allocates, however long the key.
func TestAllocs(t *testing.T) {
	for _, a := range bucket.Algorithms() {
		variants := 2
		if a == bucket.Flipt {
			variants = 1
		}
		plan := compile(t, example(a, "flag-a", bucket.Everybody/2, variants))
		for _, key := range []string{"", "user-1", strings.Repeat("é", 5_000)} {
			if n := testing.AllocsPerRun(20, func() { plan.Pick(key); plan.Position(0, key) }); n > 0 {
				t.Errorf("%s: %v allocations for a key of %d bytes", a, n, len(key))
			}
		}
	}
}
