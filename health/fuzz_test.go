package health

import (
	"encoding/binary"
	"math"
	"testing"
	"time"
)

// FuzzFold folds samples made of any bits into every classical judge: nothing panics, what
// is no data never is healthy nor reaches the judge, and evidence stays finite.
func FuzzFold(f *testing.F) {
	for _, x := range []float64{0, 1, -1, 100, math.NaN(), math.Inf(1), math.MaxFloat64, math.SmallestNonzeroFloat64} {
		seed := make([]byte, 0, 160)
		for i := range 20 {
			seed = binary.LittleEndian.AppendUint64(seed, math.Float64bits(x*float64(i%3)))
		}
		f.Add(seed)
	}
	judges := []Judge{
		Threshold{Bad: "b", Total: "t", Max: 0.01, PassMax: 0.005, MinSample: 1},
		Threshold{Histogram: "h", Quantile: 0.9, Max: 1, Min: 0.1},
		Threshold{Gauge: "g", Max: 1, Min: 0.5},
		Threshold{Gauge: "g", Max: 1, Mean: true},
		Threshold{Total: "t", Per: PerTime, Max: 1, Min: 0.5},
		Difference{Bad: "b", Total: "t", Relative: 0.2, MinSample: 1},
		Difference{Histogram: "h", Quantile: 0.9, Relative: 0.2, Absolute: 1},
		Difference{Gauge: "g", Relative: 0.2, Fewer: true},
		Difference{Total: "t", Per: PerTime, Relative: 1, Fewer: true, MinSample: 1},
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() float64 {
			if len(data) < 8 {
				return 1
			}
			x := math.Float64frombits(binary.LittleEndian.Uint64(data))
			data = data[8:]
			return x
		}
		arm := func() Arm {
			return Arm{Exposure: next(), Bad: next(), Time: next(), Values: []float64{next()}, Buckets: []uint64{uint64(next()), 5, uint64(next())}}
		}
		evidence := make([]Evidence, len(judges))
		for k := range 4 {
			s := Sample{
				From: at(k), To: at(k).Add(time.Second), Bounds: []float64{0.5, next()},
				Candidate: arm(), Warming: arm(), Stable: arm(), Overlap: []Arm{arm()},
			}
			for i, j := range judges {
				g := signalOf(j)
				e := &evidence[i]
				was := e.Clone()
				g.Fold(e, &s)
				for _, x := range e.Log {
					if !finite(x) {
						t.Fatalf("%+v: %+v", j, e)
					}
				}
				if s.Check() != nil && (e.Verdict == Healthy || len(e.Counts) != len(was.Counts) || was.Verdict != Degraded && e.Verdict == Degraded) {
					t.Fatalf("%+v took %+v: %+v", j, s, e)
				}
				g.Judge.(Explainer).Explain(e)
			}
		}
	})
}
