package bucket_test

import (
	"math"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// TestRefused: every problem at once, with its path.
func TestRefused(t *testing.T) {
	all := bucket.Everybody
	for _, c := range []struct {
		name  string
		d     bucket.Distribution
		paths string
	}{
		{"unknown algorithm", bucket.Distribution{Algorithm: "flagd"}, "algorithm"},
		{"unknown version", bucket.Distribution{Algorithm: "gradatim/v2"}, "algorithm"},
		{"other case", bucket.Distribution{Algorithm: "Gradatim/v1"}, "algorithm"},
		{"exposures", bucket.Distribution{Exposure: -1}, "exposure"},
		{"above everybody", bucket.Distribution{Exposure: all + 1}, "exposure"},
		{"several", bucket.Distribution{Exposure: -1, Weights: []int64{-1, 2, -3}}, "exposure weights[0] weights[2]"},
		{"no weight", bucket.Distribution{Weights: []int64{0, 0}}, "weights"},
		{"overflow", bucket.Distribution{Weights: []int64{math.MaxInt64, math.MaxInt64}}, "weights"},
		{"too heavy", bucket.Distribution{Weights: []int64{1 << 31}}, "weights"},
		{"many", bucket.Distribution{Weights: make([]int64, 10_001)}, "weights weights"},
		{"unused", bucket.Distribution{Flag: "f", SplitSalt: "s"}, "flag splitSalt"},
		{"slots elsewhere", bucket.Distribution{Algorithm: bucket.FlagdV2, Slots: []bucket.Slots{{0, 0, 1e6}}}, "slots"},
		{"slots of one", bucket.Distribution{Slots: []bucket.Slots{{0, 0, 5}}}, "slots"},
		{"gap", bucket.Distribution{Weights: []int64{1, 1}, Slots: []bucket.Slots{{0, 0, 499_999}, {1, 500_000, 1e6}}}, "slots[1].from"},
		{"overlap", bucket.Distribution{
			Weights: []int64{1, 1}, Slots: []bucket.Slots{{0, 0, 500_001}, {1, 500_000, 1e6}},
		}, "slots[1].from"},
		{"short", bucket.Distribution{Weights: []int64{1, 1}, Slots: []bucket.Slots{{0, 0, 500_000}, {1, 500_000, 999_999}}}, "slots"},
		{"long", bucket.Distribution{
			Weights: []int64{1, 1}, Slots: []bucket.Slots{{0, 0, 500_000}, {1, 500_000, 1e6 + 1}},
		}, "slots[1].to slots"},
		{"no such variant", bucket.Distribution{
			Weights: []int64{1, 1}, Slots: []bucket.Slots{{0, 0, 500_000}, {2, 500_000, 1e6}},
		}, "slots[1].variant"},
		{"empty range", bucket.Distribution{
			Weights: []int64{1, 1}, Slots: []bucket.Slots{{0, 0, 0}, {0, 0, 500_000}, {1, 500_000, 1e6}},
		}, "slots[0].to"},
		{"not the weights", bucket.Distribution{
			Weights: []int64{1, 1}, Slots: []bucket.Slots{{0, 0, 500_001}, {1, 500_001, 1e6}},
		}, "slots slots"},
		{"flagd sum", bucket.Distribution{Algorithm: bucket.FlagdV2, Exposure: 1, Weights: []int64{9999, 1}}, "exposure"},
		{"unleash percent", bucket.Distribution{Algorithm: bucket.Unleash, Exposure: 5_000}, "exposure"},
		{"launchdarkly share", bucket.Distribution{
			Algorithm: bucket.LaunchDarkly, Salt: "s", Exposure: 10, Weights: []int64{1, 1},
		}, "exposure exposure"},
		{"launchdarkly weights", bucket.Distribution{
			Algorithm: bucket.LaunchDarkly, Salt: "s", Exposure: all, Weights: []int64{1, 2},
		}, "weights[0] weights[1]"},
		{"launchdarkly salt", bucket.Distribution{Algorithm: bucket.LaunchDarkly}, "salt"},
		{"launchdarkly big", bucket.Distribution{
			Algorithm: bucket.LaunchDarkly, Salt: "s", Exposure: 10, Weights: []int64{1, 1<<31 - 2},
		}, "weights[0] weights[1]"},
		{"growthbook 1", bucket.Distribution{Algorithm: bucket.GrowthBookV1, Exposure: 100}, "exposure"},
		{"growthbook 2", bucket.Distribution{Algorithm: bucket.GrowthBookV2, Exposure: 10, Flag: "f"}, "flag exposure"},
		{"growthbook salt", bucket.Distribution{Algorithm: bucket.GrowthBookV1, Salt: "\x80"}, "salt"},
		{"statsig", bucket.Distribution{
			Algorithm: bucket.Statsig, Exposure: 10, Weights: []int64{1, 2},
		}, "exposure weights[0] weights[1]"},
		{"configcat", bucket.Distribution{
			Algorithm: bucket.ConfigCat, Salt: "s", Exposure: 10_000, Weights: []int64{1, 1},
		}, "salt exposure exposure"},
		{"flipt both", bucket.Distribution{Algorithm: bucket.Flipt, Exposure: 10_000, Weights: []int64{1, 1}}, "exposure"},
		{"flagr", bucket.Distribution{Algorithm: bucket.Flagr, Exposure: 1, Weights: []int64{1, 999}}, "exposure weights[0] weights[1]"},
		{"split seeds", bucket.Distribution{Algorithm: bucket.Split, Salt: "x", SplitSalt: "4294967296"}, "salt splitSalt"},
		{"split seed forms", bucket.Distribution{Algorithm: bucket.Split, Salt: "+1", SplitSalt: "01"}, "salt splitSalt"},
	} {
		plan, err := bucket.Compile(c.d)
		var paths []string
		for _, field := range strict.Fields(err) {
			paths = append(paths, field.Path)
		}
		if got := strings.Join(paths, " "); got != c.paths || plan != nil {
			t.Errorf("%s: %q, want %q (%v)", c.name, got, c.paths, err)
		}
	}
}

// TestFallsOff: the hash of this user rounds to 1.0 as a float32. LaunchDarkly gives it to the last variation, whatever that
// one's weight; nobody falls off the end.
func TestFallsOff(t *testing.T) {
	d := bucket.Distribution{
		Algorithm: bucket.LaunchDarkly, Flag: "falls", Salt: "salt", Exposure: bucket.Everybody, Weights: []int64{1, 0},
	}
	const key = "user-77430113"
	if plan := compile(t, d); plan.Position(0, key) < 0xFFFFFF800000000 || plan.Pick(key) != 1 {
		t.Errorf("at %x it is %d", plan.Position(0, key), plan.Pick(key))
	}
	d.Weights = nil
	if plan := compile(t, d); plan.Pick(key) != 0 {
		t.Error("100 % is not everybody")
	}
}

// TestZeroPlan: the zero values admit nobody.
func TestZeroPlan(t *testing.T) {
	if got := new(bucket.Plan).Pick("x"); got != -1 {
		t.Error(got)
	}
	if got := compile(t, bucket.Distribution{}).Pick(""); got != -1 {
		t.Error(got)
	}
}

// FuzzCompile: neither compiling nor picking panics, and a plan answers with one of its variants.
func FuzzCompile(f *testing.F) {
	for i := range bucket.Algorithms() {
		f.Add(byte(i), "flag", "1", "2", int32(500_000), int64(1), int64(1), uint32(500_000), "user-1")
		f.Add(byte(i), "", "", "", int32(1_000_000), int64(0), int64(1<<31-1), uint32(0), "\xff\xf0\x9f")
	}
	f.Fuzz(func(t *testing.T, a byte, flag, salt, splitSalt string, exposure int32, w1, w2 int64, cut uint32, key string) {
		d := bucket.Distribution{Flag: flag, Salt: salt, SplitSalt: splitSalt, Exposure: bucket.Share(exposure), Weights: []int64{w1, w2}}
		if all := bucket.Algorithms(); int(a) < len(all) {
			d.Algorithm = all[a]
		} else {
			d.Slots = []bucket.Slots{{0, 0, cut}, {1, cut, 1_000_000}}
		}
		bucket.Reweight(d.Slots, d.Weights)
		plan, err := bucket.Compile(d)
		if err != nil {
			if len(strict.Fields(err)) == 0 {
				t.Fatal(err)
			}
			return
		}
		for _, s := range plan.Streams() {
			checkPartition(t, s, 2)
		}
		if got := plan.Pick(key); got < -1 || got > 1 {
			t.Fatal(got)
		}
	})
}
