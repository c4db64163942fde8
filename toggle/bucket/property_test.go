package bucket_test

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// example is a distribution of the given algorithm that Compile accepts for any exposure in whole percents, with the given
// number of equal variants of 1, 2, 4 or 5. Of Flipt only one variant has a part of everybody.
func example(a bucket.Algorithm, flag string, exposure bucket.Share, variants int) bucket.Distribution {
	d := bucket.Distribution{Algorithm: a, Exposure: exposure, Weights: slices.Repeat([]int64{1}, variants)}
	switch a {
	case bucket.FlagdV1, bucket.FlagdV2, bucket.ConfigCat, bucket.Flipt:
		d.Flag = flag
	case bucket.LaunchDarkly:
		d.Flag, d.Salt = flag, "salt"
	case bucket.Statsig:
		d.Salt, d.SplitSalt = flag+".rule", flag
	case bucket.Split: // seeds are numbers there
		n := 0
		for _, c := range flag {
			n = n*31 + int(c)
		}
		d.Salt, d.SplitSalt = fmt.Sprint(n%1_000_003), fmt.Sprint(n%1_000_003+1)
	default:
		d.Salt = flag
	}
	return d
}

// unit is the finest exposure of an algorithm, with one variant.
func unit(a bucket.Algorithm) bucket.Share {
	switch a {
	case bucket.Native, bucket.FlagdV1, bucket.FlagdV2:
		return 1
	case bucket.LaunchDarkly:
		return 10
	case bucket.GrowthBookV2, bucket.Statsig:
		return 100
	case bucket.GrowthBookV1:
		return 1000
	}
	return 10_000
}

// checkPartition: no position falls off an end, and the picture is in its one form.
func checkPartition(t testing.TB, s bucket.Stream, variants int) {
	t.Helper()
	at := uint64(0)
	for i, r := range s.Ranges {
		if r.From != at || r.To <= r.From || r.Variant < -1 || r.Variant >= variants || i > 0 && r.Variant == s.Ranges[i-1].Variant {
			t.Fatalf("%s %s: range %d is wrong: %v", s.Name, s.Hash, i, s.Ranges)
		}
		at = r.To
	}
	if at != s.Space {
		t.Fatalf("%s %s: ends at %d of %d", s.Name, s.Hash, at, s.Space)
	}
}

// count returns how many positions of a stream are admitted, per variant if it divides.
func count(s bucket.Stream, variants int) (admitted uint64, each []uint64) {
	each = make([]uint64, variants)
	for _, r := range s.Ranges {
		if r.Variant >= 0 {
			admitted += r.To - r.From
			each[r.Variant] += r.To - r.From
		}
	}
	return admitted, each
}

// wantPositions is how many positions a share of the space is: exact for all but those whose original rounds.
func wantPositions(a bucket.Algorithm, space uint64, exposure bucket.Share) (least, most uint64) {
	hi, lo := bits.Mul64(space, uint64(exposure))
	exact, _ := bits.Div64(hi, lo, 1_000_000)
	switch a {
	case bucket.FlagdV1, bucket.FlagdV2, bucket.LaunchDarkly: // the space is no whole multiple; float32 has 24 bits
		slack := uint64(2)
		if a == bucket.LaunchDarkly {
			slack = space >> 24
		}
		return exact - min(exact, slack), min(exact+slack, space)
	case bucket.Statsig:
		if float64(float64(exposure)/1e4)*100 > float64(exposure)/100 {
			return exact + 1, exact + 1
		}
	}
	return exact, exact
}

// TestExposure goes through every exposure an algorithm can express (flagd and Native: every ten parts per million, see
// TestNativeExposures):
// nobody at 0 %, everybody at 100 %, k of the space in between, and each admits all that the one before it did.
func TestExposure(t *testing.T) {
	for _, a := range bucket.Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			step, before := max(unit(a), 10), bucket.Stream{}
			if testing.Short() {
				step = max(step, 1000)
			}
			for e := bucket.Share(0); e <= bucket.Everybody; e += step {
				s := compile(t, example(a, "flag-a", e, 1)).Streams()[0]
				checkPartition(t, s, 1)
				got, _ := count(s, 1)
				if least, most := wantPositions(a, s.Space, e); got < least || got > most {
					t.Fatalf("%s: admits %d of %d, want %d to %d", e, got, s.Space, least, most)
				}
				if e == 0 && got != 0 || e == bucket.Everybody && got != s.Space {
					t.Fatalf("%s: admits %d of %d", e, got, s.Space)
				}
				checkNested(t, before, s)
				before = s
			}
		})
	}
}

// checkNested: what the first stream admits, the second gives the same variant.
func checkNested(t testing.TB, before, after bucket.Stream) {
	t.Helper()
	for _, b := range before.Ranges {
		for _, a := range after.Ranges {
			if b.Variant >= 0 && a.Variant != b.Variant && max(a.From, b.From) < min(a.To, b.To) {
				t.Fatalf("%s: positions %d to %d go from %d to %d", after.Hash, max(a.From, b.From), min(a.To, b.To), b.Variant, a.Variant)
			}
		}
	}
}

// TestExposureOfVariants: the same for several variants, whose subjects keep theirs; and every variant has its share.
func TestExposureOfVariants(t *testing.T) {
	for _, a := range bucket.Algorithms() {
		for _, n := range []int{2, 4, 5} {
			var before []bucket.Stream
			for e := bucket.Share(0); e <= bucket.Everybody; e += bucket.Share(n) * 10_000 { // whole percents of each
				if a == bucket.Flipt && e != 0 && e != bucket.Everybody {
					continue
				}
				streams := compile(t, example(a, "flag-b", e, n)).Streams()
				for i, s := range streams {
					checkPartition(t, s, n)
					if before != nil {
						checkNested(t, before[i], s)
					}
				}
				last := streams[len(streams)-1]
				share := e
				if last.Name == bucket.StreamSplit {
					share = bucket.Everybody
				}
				_, each := count(last, n)
				for v, got := range each {
					want := float64(last.Space) * float64(share) / 1e6 / float64(n)
					slack := want*1e-6 + 1
					if a == bucket.LaunchDarkly { // float32 has 24 bits
						slack = float64(last.Space) / (1 << 24)
					}
					if math.Abs(float64(got)-want) > slack {
						t.Errorf("%s at %s: variant %d of %d has %d positions, want %.0f", a, e, v, n, got, want)
					}
				}
				before = streams
			}
		}
	}
}

// TestEveryPosition picks real keys until every position of a small space was met, and compares with the picture.
func TestEveryPosition(t *testing.T) {
	for _, a := range bucket.Algorithms() {
		d := example(a, "flag-c", bucket.Everybody/2, 2)
		if a == bucket.Flipt {
			d.Weights = nil
		}
		plan := compile(t, d)
		streams := plan.Streams()
		met := make([]map[uint64]bool, len(streams))
		for i := range met {
			met[i] = map[uint64]bool{}
		}
		for n := range 30_000 {
			key, want := fmt.Sprint("key-", n), 0
			for i, s := range streams {
				position := plan.Position(i, key)
				met[i][position] = true
				at := slices.IndexFunc(s.Ranges, func(r bucket.Range) bool { return r.From <= position && position < r.To })
				if at < 0 {
					t.Fatalf("%s: position %d is in no range", a, position)
				}
				if want = s.Ranges[at].Variant; want < 0 {
					break
				}
			}
			if got := plan.Pick(key); got != want {
				t.Fatalf("%s: Pick(%q) = %d, the picture says %d", a, key, got, want)
			}
		}
		for i, s := range streams {
			if i == 0 && s.Space <= 1000 && len(met[i]) != int(s.Space) {
				t.Errorf("%s: met %d of %d positions", a, len(met[i]), s.Space)
			}
		}
	}
}

// TestReweight: the result is a partition with the right counts, and exactly the sum of the growths has moved.
func TestReweight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, 1<<20))
		vector := rapid.SliceOfN(weight, 1, 6).Filter(func(w []int64) bool {
			return slices.Max(w) > 0
		})
		slots := bucket.Reweight(nil, vector.Draw(t, "first"))
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			weights := vector.Draw(t, "weights")
			next := bucket.Reweight(slots, weights)
			if len(weights) > 1 {
				if _, err := bucket.Compile(bucket.Distribution{Exposure: 1, Weights: weights, Slots: next}); err != nil {
					t.Fatalf("%v: %v", next, err)
				}
			}
			moved, growth := compareSlots(slots, next)
			if moved != growth {
				t.Fatalf("%v to %v for %v: %d moved, %d is the least", slots, next, weights, moved, growth)
			}
			if again := bucket.Reweight(next, weights); !slices.Equal(again, next) {
				t.Fatalf("%v again: %v", next, again)
			}
			slots = next
		}
	})
}

// compareSlots returns how many slots changed hands and by how many the growing variants grew.
func compareSlots(a, b []bucket.Slots) (moved, growth int64) {
	change := map[int]int64{}
	for _, x := range a {
		change[x.Variant] -= int64(x.To - x.From)
		for _, y := range b {
			if from, to := max(x.From, y.From), min(x.To, y.To); from < to && x.Variant != y.Variant {
				moved += int64(to - from)
			}
		}
	}
	for _, y := range b {
		change[y.Variant] += int64(y.To - y.From)
	}
	for _, n := range change {
		growth += max(n, 0)
	}
	return moved, growth
}

// TestReweightBorder: two variants stay one threshold, and neighbours move their border.
func TestReweightBorder(t *testing.T) {
	slots := bucket.Reweight(nil, []int64{1, 9})
	for _, w := range [][]int64{{2, 8}, {5, 5}, {1, 99}, {9, 1}} {
		if slots = bucket.Reweight(slots, w); len(slots) != 2 || slots[0].Variant != 0 {
			t.Errorf("%v: %v", w, slots)
		}
	}
	for _, old := range [][]bucket.Slots{{{0, 0, 5}}, {{0, 1, 1e6}}, {{-1, 0, 1e6}}, {{0, 0, 5e5}, {1, 4e5, 1e6}}, {{0, 0, 2e6}}} {
		if got := bucket.Reweight(old, []int64{1, 1}); got != nil {
			t.Errorf("%v: %v", old, got)
		}
	}
	for _, w := range [][]int64{nil, {0}, {-1, 2}, {1 << 40}} {
		if got := bucket.Reweight(nil, w); got != nil {
			t.Errorf("%v: %v", w, got)
		}
	}
}
