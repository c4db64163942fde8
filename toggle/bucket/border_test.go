package bucket

import (
	"math/bits"
	"slices"
	"testing"
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
