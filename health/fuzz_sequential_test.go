package health

import (
	"encoding/binary"
	"math"
	"testing"
	"time"
)

// FuzzSequential gives the sequential judges samples made of any numbers there are: nothing panics, what
// fails its check is no evidence, and evidence can always be written down.
func FuzzSequential(f *testing.F) {
	f.Add([]byte("\x00"))
	f.Add(binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())))
	f.Add(binary.LittleEndian.AppendUint64([]byte("12345678"), math.Float64bits(math.Inf(1))))
	for i := range 12 {
		row := make([]byte, 0, 200)
		for j := range 24 {
			row = binary.LittleEndian.AppendUint64(row, math.Float64bits(float64((i*j)%7)))
		}
		f.Add(row)
	}
	judges := []Judge{
		Compare{Bad: "b", Total: "t", Margin: 2},
		Compare{Total: "t", Per: PerTime},
		Compare{Total: "t", Per: PerShare, Fewer: true, Margin: 1.5},
		Latency{Histogram: "h", Margin: 2},
		Latency{Histogram: "h", Bounds: []float64{1, 2}, Objective: 2},
		Objective{Bad: "b", Total: "t", Max: 0.1},
		Objective{Total: "t", Per: PerTime, Max: 1},
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		at, next := start, 0
		number := func() float64 {
			if next+8 > len(data) {
				return 1
			}
			next += 8
			return math.Float64frombits(binary.LittleEndian.Uint64(data[next-8:]))
		}
		arm := func(buckets int) Arm {
			a := Arm{Exposure: number(), Bad: number(), Time: number(), Weight: int64(number())}
			for range buckets {
				a.Buckets = append(a.Buckets, math.Float64bits(number()))
			}
			return a
		}
		ev := make([]Evidence, len(judges))
		for next+8 <= len(data) {
			s := Sample{From: at, To: at.Add(10 * time.Second)}
			if b := number(); finite(b) {
				s.Bounds = []float64{b, b + 1}
			}
			buckets := min(len(s.Bounds)+1, 3)
			s.Candidate, s.Stable, s.Warming = arm(buckets), arm(buckets), arm(buckets)
			s.Overlap = []Arm{arm(buckets)}
			s.Dispersion = number()
			valid := s.Check() == nil
			for i, j := range judges {
				before := ev[i].Clone()
				signalOf(j).Fold(&ev[i], &s)
				for k, x := range ev[i].Log {
					if !finite(x) {
						t.Fatalf("%s: log[%d] is %v after %+v", j.Kind(), k, x, s)
					}
					if !valid && (k >= len(before.Log) || before.Log[k] != x) {
						t.Fatalf("%s: %+v is evidence", j.Kind(), s)
					}
				}
			}
			at = s.To
		}
	})
}
