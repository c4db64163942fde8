package bucket_test

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

const population = 100_000

// users are the keys, made once.
var users = func() []string { // never written
	keys := make([]string, population)
	for n := range keys {
		keys[n] = fmt.Sprint("user-", n)
	}
	return keys
}()

// set is which users are in, one bit each.
type set [population/64 + 1]uint64

func (s *set) and(other *set) (n int) {
	for i := range s {
		n += bits.OnesCount64(s[i] & other[i])
	}
	return n
}

// fleet returns for each of 20 similarly named flags which of 100,000 users it admits at 10 %, and where they fall.
func fleet(t *testing.T, a bucket.Algorithm) (admitted [20]set, bins [20][100]int) {
	for f := range admitted {
		plan := compile(t, example(a, "flag-"+string(rune('a'+f)), bucket.Everybody/10, 1))
		space := plan.Streams()[0].Space
		for n, key := range users {
			if plan.Pick(key) == 0 {
				admitted[f][n/64] |= 1 << (n % 64)
			}
			hi, lo := bits.Mul64(plan.Position(0, key), 100)
			bin, _ := bits.Div64(hi, lo, space)
			bins[f][bin]++
		}
	}
	return admitted, bins
}

// TestUniform: each flag divides the users evenly, and what one flag decides says nothing about another. GrowthBookV1 fails
// the second, as its formula must; that shows that the test can.
//
// The bounds are those of a chi-squared with 99 degrees of freedom at one in a million (for 240 draws), and for the
// conditional exposure those measured of good hashes (0.091 to 0.109), widened to five standard deviations (0.003 each);
// CRC-32 has 0.08 to 0.12.
func TestUniform(t *testing.T) {
	for _, a := range bucket.Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			t.Parallel()
			admitted, bins := fleet(t, a)
			worst := 0.0
			for f := range bins {
				chi := 0.0
				for _, n := range bins[f] {
					chi += float64((n-population/100)*(n-population/100)) / (population / 100)
				}
				worst = max(worst, chi)
			}
			least, most := 1.0, 0.0
			for f := range admitted {
				for g := range f {
					both := float64(admitted[f].and(&admitted[g])) / float64(admitted[f].and(&admitted[f]))
					least, most = min(least, both), max(most, both)
				}
			}
			t.Logf("chi-squared at most %.0f, conditional exposure %.3f to %.3f", worst, least, most)
			if worst > 180 {
				t.Errorf("chi-squared %.0f", worst)
			}
			if a == bucket.GrowthBookV1 {
				if least > 0.01 || most < 0.5 {
					t.Errorf("conditional exposure %.3f to %.3f, but this hash is known to be worse", least, most)
				}
				return
			}
			slack := 0.015
			if a == bucket.Flipt || a == bucket.Flagr { // CRC-32 is somewhat uneven
				slack = 0.02
			}
			if least < 0.1-slack || most > 0.1+slack {
				t.Errorf("conditional exposure %.3f to %.3f", least, most)
			}
		})
	}
}

// TestIndependentStreams: among those that a gate of 10 % admits, a split in halves is still one.
func TestIndependentStreams(t *testing.T) {
	for _, a := range bucket.Algorithms() {
		d := example(a, "flag-d", bucket.Everybody/10, 2)
		if a == bucket.Flipt {
			continue // has no such thing
		}
		plan, got := compile(t, d), [3]int{}
		for _, key := range users {
			got[plan.Pick(key)+1]++
		}
		in := got[1] + got[2]
		if share := float64(got[1]) / float64(in); in < 9_500 || in > 10_500 || share < 0.475 || share > 0.525 {
			t.Errorf("%s: %d admitted, %.3f of them get the first", a, in, share)
		}
	}
}

// TestNoCollision: where one text ends and the next begins matters.
func TestNoCollision(t *testing.T) {
	position := func(salt, key string) [2]uint64 {
		plan := compile(t, bucket.Distribution{Salt: salt, Weights: []int64{1, 1}})
		return [2]uint64{plan.Position(0, key), plan.Position(1, key)}
	}
	if a, b := position("a", "bc"), position("ab", "c"); a[0] == b[0] || a[1] == b[1] {
		t.Errorf("%v and %v", a, b)
	}
	if a := position("a", "b"); a[0] == a[1] {
		t.Errorf("gate and split are one: %v", a)
	}
}
