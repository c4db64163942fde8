package health

import (
	"math"
	"testing"
	"time"
)

var sinkFloat float64

// BenchmarkFloorLog is what the others are held against: one logarithm.
func BenchmarkFloorLog(b *testing.B) {
	x := 1.5
	for b.Loop() {
		sinkFloat = math.Log(x)
		x += 1e-9
	}
}

// BenchmarkRatioUpdate folds one interval into a comparison: a grid of 8 ratios for
// harm, and with a margin one of 8 for proof. Exposures that change need as many more
// logarithms.
func BenchmarkRatioUpdate(b *testing.B) {
	for _, c := range []struct {
		name   string
		change bool
		margin float64
	}{{"changing", true, 0}, {"constant", false, 0}, {"changing/proof", true, 1.5}, {"constant/proof", false, 1.5}} {
		b.Run(c.name, func(b *testing.B) {
			j := Judge(Compare{Bad: "b", Total: "t", Margin: c.margin})
			s := Sample{From: start, To: start.Add(5 * time.Second)}
			s.Candidate, s.Stable = Arm{Exposure: 500, Bad: 2}, Arm{Exposure: 9500, Bad: 47}
			benchmarkFold(b, j, &s, c.change)
		})
	}
}

// BenchmarkLatencyUpdate folds one interval into 16 bounds.
func BenchmarkLatencyUpdate(b *testing.B) {
	s := Sample{From: start, To: start.Add(5 * time.Second)}
	buckets := make([]uint64, 17)
	for i := range 16 {
		s.Bounds = append(s.Bounds, float64(i+1)/10)
		buckets[i] = uint64(1000 >> (i / 2))
	}
	s.Candidate, s.Stable = Arm{Exposure: 1, Buckets: buckets}, Arm{Exposure: 1, Buckets: buckets}
	benchmarkFold(b, Latency{Histogram: "h", Margin: 1.5}, &s, true)
}

// BenchmarkThreshold folds one interval into a threshold on a rate.
func BenchmarkThreshold(b *testing.B) {
	s := Sample{From: start, To: start.Add(5 * time.Second), Candidate: Arm{Exposure: 500, Bad: 2}}
	benchmarkFold(b, Threshold{Bad: "b", Total: "t", Max: 0.01}, &s, false)
}

func benchmarkFold(b *testing.B, j Judge, s *Sample, change bool) {
	b.Helper()
	b.ReportAllocs()
	var e Evidence
	j.Fold(&e, s)
	for b.Loop() {
		j.Fold(&e, s)
		if change {
			s.Candidate.Exposure++
		}
	}
}
