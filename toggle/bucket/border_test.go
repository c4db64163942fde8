package bucket

import (
	"math/bits"
	"slices"
	"strconv"
	"testing"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// TestNativeLimit: comparing hashes with a limit is the same as comparing positions, for every limit.
func TestNativeLimit(t *testing.T) {
	for n := uint64(1); n < slotCount; n++ {
		if limit := nativeLimit(n); nativePosition(limit-1) != n-1 || nativePosition(limit) != n {
			t.Fatalf("limit of %d is %x, between the positions %d and %d", n, limit, nativePosition(limit-1), nativePosition(limit))
		}
	}
	if nativeLimit(0) != 0 || nativePosition(1<<64-1) != slotCount-1 {
		t.Error("the ends are not the ends")
	}
}

// TestLimit: the hash that is the limit is not admitted, the one before it is; with a gate alone and with a split.
func TestLimit(t *testing.T) {
	h := xxh64(7, "user-1")
	split := nativeStream(StreamSplit, "s")
	split.put(slotCount, 0)
	for _, m := range []mode{modeGate, modeNative} {
		for limit, want := range map[uint64]int{h: -1, h + 1: 0} { // order does not matter: each is asked alone
			p := Plan{mode: m, seed: 7, limit: limit, streams: []stream{{}, split}}
			if got := p.Pick("user-1"); got != want {
				t.Errorf("mode %d: the hash %x with the limit %x is %d", m, h, limit, got)
			}
		}
	}
}

// TestNativeExposures: k parts per million are exactly the positions below k, for every k; who is admitted by fewer is by
// more, therefore. Pick has the same borders as the picture.
func TestNativeExposures(t *testing.T) {
	d := Distribution{Algorithm: Native, Salt: "s"}
	var problems strict.Problems
	for k := Share(1); k < Everybody; k++ {
		d.Exposure = k
		gate := d.streams(&problems)[0]
		if len(gate.ends) != 2 || gate.ends[0] != uint64(k) || gate.variants[0] != 0 || gate.ends[1] != slotCount || gate.variants[1] != -1 {
			t.Fatalf("%d ppm: %+v", k, gate)
		}
		if k%1000 == 1 {
			if p := newPlan([]stream{gate}); p.mode != modeGate || p.limit != nativeLimit(uint64(k)) {
				t.Fatalf("%d ppm: %+v", k, p)
			}
		}
	}
	for _, weights := range [][]int64{nil, {1, 1}} {
		for k, want := range map[Share]int{0: -1, Everybody: 0} { // order does not matter: each is asked alone
			d.Exposure, d.Weights = k, weights
			p, err := Compile(d)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 1000 {
				if got := min(p.Pick(strconv.Itoa(i)), 0); got != want {
					t.Fatalf("%v of %v: %d is %d", k, weights, i, got)
				}
			}
		}
	}
}

// TestFlagdBorders: the first hash of each variant is exactly where the original's product reaches its cumulative weight.
func TestFlagdBorders(t *testing.T) {
	for _, weights := range [][]int64{{1, 2}, {10, 90}, {1, 1, 1}, {3, 5, 7, 11}, {1, 1<<31 - 2}, {1<<30 - 1, 1 << 30}} {
		d := Distribution{Algorithm: FlagdV2, Exposure: Everybody, Weights: weights}
		plan, err := Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		var sum, border uint64
		for _, w := range weights {
			sum += uint64(w)
		}
		for i, end := range plan.streams[0].ends[:len(weights)-1] {
			border += uint64(weights[i])
			if (end-1)*sum>>32 >= border || end*sum>>32 < border {
				t.Errorf("%v: variant %d ends at %d, where %d becomes %d, not %d",
					weights, i, end, (end-1)*sum>>32, end*sum>>32, border)
			}
		}
	}
}

// TestApportion: what is left over goes to the largest remainders.
func TestApportion(t *testing.T) {
	for _, c := range []struct{ weights, want []int64 }{
		{[]int64{1, 1, 1}, []int64{333_334, 333_333, 333_333}},
		{[]int64{1, 2}, []int64{333_333, 666_667}},
		{[]int64{1, 2, 3, 1}, []int64{142_857, 285_714, 428_572, 142_857}},
		{[]int64{1, maxWeights - 1}, []int64{0, 1_000_000}},
		{[]int64{0, 5}, []int64{0, 1_000_000}},
	} {
		if got := apportion(c.weights); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.weights, got, c.want)
		}
	}
}

// TestDivides: products above 64 bits are seen in full.
func TestDivides(t *testing.T) {
	all := sliced{total: 1 << 50}
	if hi, _ := bits.Mul64(1<<48, 1<<17); hi == 0 {
		t.Fatal("this is not above 64 bits")
	}
	if !all.divides(1<<17, 1<<48) || all.divides(100_000, 1<<44+1) {
		t.Error("a remainder is wrong")
	}
}
