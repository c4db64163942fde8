package strategy

import (
	"fmt"
	"testing"
)

// half are fleets of 100 half-way up the ladder of a strategy, on the way to its
// last step but one, or the last if it has one only.
func half(s Strategy) (f Fleet, to Step, p Pace) {
	l, err := s.Ladder()
	if err != nil {
		panic(err)
	}
	f = Fleet{Desired: 100, Can: Can{Split: true, Match: true, Mirror: true}}
	f.Stable = Counts{Instances: 60, Ready: 60, Settled: 60, Releasable: 60, Weight: 6000}
	f.Candidate = Counts{Instances: 45, Ready: 42, Settled: 40, Releasable: 42, Weight: 3500}
	f.Leftover = Counts{Instances: 5, Ready: 5, Settled: 5, Releasable: 5, Weight: 500}
	return f, l.Steps[max(0, len(l.Steps)-2)], l.Pace
}

// benched are the strategies whose moves are measured.
var benched = []Strategy{Recreate{}, Rolling{}, BlueGreen{}, Canary{}, ABTest{}, DarkLaunch{}} // never written

func TestMoveAllocatesNothing(t *testing.T) {
	for _, s := range benched {
		f, to, p := half(s)
		if n := testing.AllocsPerRun(100, func() { Move(f, &to, &p) }); n != 0 {
			t.Errorf("%s: %v allocations", s.Kind(), n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Weight(3333).Of(1000) }); n != 0 {
		t.Errorf("counts: %v allocations", n)
	}
}

// BenchmarkMove is to be read against BenchmarkFloorMapLookup of the same run.
func BenchmarkMove(b *testing.B) {
	for _, s := range benched {
		b.Run(s.Kind(), func(b *testing.B) {
			f, to, p := half(s)
			b.ReportAllocs()
			for b.Loop() {
				Move(f, &to, &p)
			}
		})
	}
}

func BenchmarkCounts(b *testing.B) {
	b.ReportAllocs()
	w, n := Weight(0), int64(0)
	for b.Loop() {
		n += w.Of(1000)
		w = (w + 7) % Full
	}
	_ = n
}

// BenchmarkFloorMapLookup is the yardstick: a string key in a map of 100.
func BenchmarkFloorMapLookup(b *testing.B) {
	m := map[string]int64{}
	keys := make([]string, 100)
	for i := range keys {
		keys[i] = fmt.Sprintf("instance-%d", i)
		m[keys[i]] = int64(i)
	}
	b.ReportAllocs()
	i, sum := 0, int64(0)
	for b.Loop() {
		sum += m[keys[i]]
		i = (i + 1) % len(keys)
	}
	_ = sum
}
