package route

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

func bucketOf(salt, key string) strategy.Weight {
	at, _ := part(mix(hash(seedOf(salt), key)))
	return at
}

// TestBucketsNeverChange pins the buckets. If it fails, the code is wrong, never the
// test: users would change sides in the midst of a release.
func TestBucketsNeverChange(t *testing.T) {
	for _, golden := range []struct {
		salt, key string
		want      strategy.Weight
	}{
		{"", "", 5048},
		{"", "a", 516},
		{"", "ann", 6555},
		{"", "1", 4513},
		{"", "2", 6011},
		{"checkout", "ann", 1994},
		{"checkout", "bob", 3085},
		{"checkout", "1", 6831},
		{"checkout", "2", 257},
		{"checkout", "user-00000001", 6613},
		{"checkout", "user-00000002", 6864},
		{"checkout", "6f1c3a2e-9f0a-4a57-8f0e-2f4f7f9f3a11", 9308},
		{"checkout 1.2.3", "ann", 9275},
		{"checkout 1.2.4", "ann", 4082},
		{"shop/eu", "zoë", 3725},
		{"a", "bc", 7488},
		{"ab", "c", 7057},
		{"checkout", strings.Repeat("x", 1000), 6345},
	} {
		if got := bucketOf(golden.salt, golden.key); got != golden.want {
			t.Errorf("{%q, %q, %d},", golden.salt, golden.key, got)
		}
		table := tableOf(t, byUser, golden.salt)
		r := Request{Attribute: attributes{"user id": golden.key}.get}
		if golden.key == "" {
			continue // not sticky
		}
		if v := table.Route(weights(golden.want, 0), r).Version; v != Stable {
			t.Errorf("%q, %q: %s at %s", golden.salt, golden.key, v, golden.want)
		}
		if v := table.Route(weights(golden.want+1, 0), r).Version; v != Candidate {
			t.Errorf("%q, %q: %s at %s", golden.salt, golden.key, v, golden.want+1)
		}
	}
	for n, want := range []strategy.Weight{8305, 7748, 5362, 9144, 6350, 5812, 3021, 3512, 8721, 6933} {
		if at, _ := drawOf(seedOf("checkout"), uint64(n)); at != want {
			t.Errorf("draw %d: %d", n, at)
		}
	}
}

// TestHashIsFNV holds the code against the standard library.
func TestHashIsFNV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt, key := rapid.String().Draw(t, "salt"), rapid.String().Draw(t, "key")
		h := fnv.New64a()
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(salt))))
		_, _ = h.Write([]byte(salt + key))
		if got := hash(seedOf(salt), key); got != h.Sum64() {
			t.Fatalf("%x, not %x", got, h.Sum64())
		}
	})
}

// TestSplitmix holds the draws against the published numbers of splitmix64 for the
// seed 1234567. The first of them is that of draw 1.
func TestSplitmix(t *testing.T) {
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := mix(1234567 + uint64(i+1)*step); got != want {
			t.Errorf("number %d: %d", i, got)
		}
	}
}

func TestPart(t *testing.T) {
	for _, test := range []struct {
		h        uint64
		at, rest strategy.Weight
	}{{0, 0, 0}, {math.MaxUint64, 9999, 9999}, {1 << 63, 5000, 0}, {1<<63 - 1, 4999, 9999}, {math.MaxUint64 / 10000 / 2, 0, 4999}} {
		if at, rest := part(test.h); at != test.at || rest != test.rest {
			t.Errorf("%x: %d and %d", test.h, at, rest)
		}
	}
}

// families are keys as hosts have them: alike, in a row, or short.
var families = map[string]func(i int) string{
	"numbers":        func(i int) string { return fmt.Sprint(i) },
	"padded numbers": func(i int) string { return fmt.Sprintf("user-%08d", i) },
	"mail addresses": func(i int) string { return fmt.Sprintf("u%d@example.org", i) },
	"identifiers":    func(i int) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000000", i) },
	"low bytes": func(i int) string {
		return string(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	},
	"high bytes": func(i int) string {
		return string(binary.BigEndian.AppendUint64(nil, uint64(i)))
	},
	"long ones that end alike": func(i int) string { return fmt.Sprintf("%d-%0200d", i, 0) },
}

var salts = []string{"", "checkout", "checkout 1.2.3", "checkout 1.2.4"}

// spread is Pearson's chi-square of counts against equal ones, in standard
// deviations from what it is for random numbers.
func spread(counts []int) float64 {
	n, square := 0, 0.0
	for _, c := range counts {
		n += c
	}
	each := float64(n) / float64(len(counts))
	for _, c := range counts {
		square += (float64(c) - each) * (float64(c) - each) / each
	}
	free := float64(len(counts) - 1)
	return (square - free) / math.Sqrt(2*free)
}

// TestUniform counts fixed keys in buckets: it cannot fail by chance.
func TestUniform(t *testing.T) {
	const n = 100_000
	for name, key := range families {
		for _, salt := range salts {
			fine, coarse, low := make([]int, 10000), make([]int, 100), make([]int, 100)
			seed := seedOf(salt)
			for i := range n {
				at, rest := part(mix(hash(seed, key(i))))
				fine[at]++
				coarse[at/100]++
				low[rest/100]++
			}
			t.Logf("%-24s %-14q %5.1f %5.1f %5.1f", name, salt, spread(fine), spread(coarse), spread(low))
			// Too even is as suspicious as too uneven.
			for _, counts := range [][]int{fine, coarse, low} {
				if s := spread(counts); s < -4 || s > 4 {
					t.Errorf("%s, salt %q: %d buckets are off by %.1f standard deviations", name, salt, len(counts), s)
				}
			}
		}
	}
}

// TestDrawsAreUniform does the same for draws that a host counts, and pairs them
// with their mirrors: the two must not know of each other.
func TestDrawsAreUniform(t *testing.T) {
	for _, salt := range salts {
		for name, draw := range map[string]func(i int) uint64{
			"counted":    func(i int) uint64 { return uint64(i) },
			"high":       func(i int) uint64 { return uint64(i) << 40 },
			"in seconds": func(i int) uint64 { return uint64(1767225600+i) * 1e9 },
		} {
			fine, pairs := make([]int, 10000), make([]int, 10000)
			for i := range 100_000 {
				at, rest := drawOf(seedOf(salt), draw(i))
				fine[at]++
				pairs[at/100*100+rest/100]++
			}
			t.Logf("%-10s %-14q %5.1f %5.1f", name, salt, spread(fine), spread(pairs))
			for _, counts := range [][]int{fine, pairs} {
				if s := spread(counts); s < -4 || s > 4 {
					t.Errorf("%s, salt %q: off by %.1f standard deviations", name, salt, s)
				}
			}
		}
	}
}

// TestSaltsAreIndependent counts keys by their buckets under two salts: whoever is
// among the first in one release must not be so in the next.
func TestSaltsAreIndependent(t *testing.T) {
	for name, key := range families {
		for _, two := range [][2]string{{"", "checkout"}, {"checkout 1.2.3", "checkout 1.2.4"}, {"a", "b"}, {"a", "aa"}, {"1", "9"}} {
			pairs := make([]int, 400)
			one, other := seedOf(two[0]), seedOf(two[1])
			for i := range 50_000 {
				k := key(i)
				at, _ := part(mix(hash(one, k)))
				then, _ := part(mix(hash(other, k)))
				pairs[at/500*20+then/500]++
			}
			if s := spread(pairs); s < -4 || s > 4 {
				t.Errorf("%s, salts %q: off by %.1f standard deviations", name, two, s)
			}
		}
	}
}

// TestBorders checks that a salt and a value cannot stand for another pair.
func TestBorders(t *testing.T) {
	if hash(seedOf("a"), "bc") == hash(seedOf("ab"), "c") {
		t.Error("the border between salt and value is lost")
	}
}
