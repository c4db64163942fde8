package health

import (
	"math"
	"testing"
	"time"
)

// A proof is held against the smallest of stable's rates that overlap, harm against the
// largest, both for as many events as stable had in its own interval.
func TestOverlapIsJudgedBothWays(t *testing.T) {
	j := Compare{Bad: "b", Total: "t", Margin: 2, Dispersion: 1}
	fold := func(stable Arm, overlap ...Arm) (harm, proof float64) {
		e := foldAll(signalOf(j), []Sample{{From: start, To: at(10), Candidate: Arm{Exposure: 1000, Bad: 15}, Stable: stable, Overlap: overlap}})
		return j.LogE(&e)
	}
	low, middle, high := Arm{Exposure: 2000, Bad: 25}, Arm{Exposure: 3000, Bad: 60}, Arm{Exposure: 1000, Bad: 50}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	for _, c := range [][]Arm{{low, middle, high}, {middle, high, low}, {high, low, middle}, {low, high}, {high, low}} {
		own := c[0].Exposure
		harm, _ := fold(Arm{Exposure: own, Bad: own * high.Bad / high.Exposure})
		_, proof := fold(Arm{Exposure: own, Bad: own * low.Bad / low.Exposure})
		if h, p := fold(c[0], c[1:]...); !near(h, harm) || !near(p, proof) {
			t.Errorf("%v: harm %v proof %v, want %v and %v", c, h, p, harm, proof)
		}
	}
	harm, _ := fold(high)
	if h, _ := fold(Arm{}, high, Arm{}); h != harm {
		t.Errorf("where stable did nothing, another interval is used: %v, want %v", h, harm)
	}
}

// What warming instances do proves nothing, whatever it is counted per.
func TestWarmUpProvesNothing(t *testing.T) {
	for _, j := range []Sequential{
		Compare{Total: "restarts", Per: PerTime, Margin: 2, Dispersion: 1}, Objective{Bad: "b", Total: "t", Max: 0.1}, Objective{Total: "t", Per: PerTime, Max: 1},
	} {
		fold := func(warming Arm) float64 {
			s := Sample{From: start, To: at(10), Candidate: Arm{Exposure: 20, Time: 5000}, Stable: Arm{Exposure: 500, Time: 100_000}, Warming: warming}
			e := foldAll(signalOf(j), []Sample{s})
			_, proof := j.LogE(&e)
			return proof
		}
		if with, without := fold(Arm{Exposure: 500, Time: 1e5}), fold(Arm{}); with != without {
			t.Errorf("%+v: a proof of %v with warming instances, of %v without", j, with, without)
		}
	}
}

// What was carried is used once.
func TestCarryIsUsedOnce(t *testing.T) {
	j := Compare{Bad: "b", Total: "t", Dispersion: 1}
	pair := func(i int, n, x, k, y float64) Sample {
		return Sample{From: at(10 * i), To: at(10*i + 10), Candidate: Arm{Exposure: n, Bad: x}, Stable: Arm{Exposure: k, Bad: y}}
	}
	a := foldAll(signalOf(j), []Sample{pair(0, 0, 0, 50, 3), pair(1, 20, 1, 50, 1), pair(2, 20, 3, 50, 2)})
	b := foldAll(signalOf(j), []Sample{pair(1, 20, 1, 100, 4), pair(2, 20, 3, 50, 2)})
	if a.Log[atHarm] != b.Log[atHarm] || a.Log[atN] != 40 || a.Log[atK] != 150 {
		t.Errorf("harm %v of %v and %v, want %v", a.Log[atHarm], a.Log[atN], a.Log[atK], b.Log[atHarm])
	}
}

func TestMinimumSample(t *testing.T) {
	for _, c := range []struct {
		judge Judge
		one   Sample
		need  int // samples until it is healthy
	}{
		{Compare{Bad: "b", Total: "t"}, Sample{Candidate: Arm{Exposure: 4}, Stable: Arm{Exposure: 50}}, 5},
		{Compare{Bad: "b", Total: "t", MinSample: 100}, Sample{Candidate: Arm{Exposure: 50}, Stable: Arm{Exposure: 50}}, 2},
		{Compare{Total: "t", Per: PerTime, MinSample: 60}, Sample{Candidate: Arm{Time: 20}, Stable: Arm{Time: 200}}, 3},
		{Compare{Total: "t", Per: PerShare, Fewer: true}, Sample{Candidate: Arm{Weight: 1000, Exposure: 1}, Stable: Arm{Weight: 9000, Exposure: 9}}, 2},
		{Objective{Bad: "b", Total: "t", Max: 0.1}, Sample{Candidate: Arm{Exposure: 10}, Warming: Arm{Exposure: 90}}, 2},
		{Latency{Histogram: "h"}, Sample{Bounds: []float64{1}, Candidate: Arm{Exposure: 10, Buckets: []uint64{10, 0}}, Stable: Arm{Exposure: 10, Buckets: []uint64{9, 1}}}, 2},
	} {
		g := signalOf(c.judge)
		var e Evidence
		for i := range c.need {
			if e.Verdict == Healthy {
				t.Errorf("%+v is healthy after %d samples", c.judge, i)
			}
			s := c.one
			s.From, s.To = at(10*i), at(10*i+10)
			g.Fold(&e, &s)
		}
		if e.Verdict != Healthy {
			t.Errorf("%+v is %s after %d samples", c.judge, e.Verdict, c.need)
		}
	}
}

// Storms that last half a minute are seen in long blocks only.
func TestDispersionOfStorms(t *testing.T) {
	var calm, storms, short Dispersion
	c, s := newStream(3, 5*time.Second, 0, 9500, 0, 0.005), newStream(4, 5*time.Second, 0, 9500, 0, 0.005)
	for i := range 3600 {
		x := c.next()
		calm.Add(5, x.Stable.Exposure, x.Stable.Bad)
		if s.pb = 0.004; i%240 < 6 {
			s.pb = 0.05
		}
		x = s.next()
		storms.Add(5, x.Stable.Exposure, x.Stable.Bad)
		if i%2 == 0 {
			short.Add(5, x.Stable.Exposure, x.Stable.Bad)
		}
	}
	if f := calm.Factor(); f != 1 {
		t.Errorf("independent events have a dispersion of %v", f)
	}
	// A storm adds about 218 bad events to the 190 of its block of 5 minutes.
	if f := storms.Factor(); f < 20 || f > 200 {
		t.Errorf("storms have a dispersion of %v", f)
	}
	var blocks Dispersion
	blocks.blocks = storms.blocks
	clear(blocks.blocks[blockSize:])
	if f := blocks.Factor(); f > storms.Factor()/2 {
		t.Errorf("blocks of 5 seconds say %v, all %v: the test shows nothing", f, storms.Factor())
	}
	for _, bad := range [][3]float64{{0, 1, 1}, {-5, 1, 1}, {5, -1, 0}, {5, 1, -1}, {5, 1e300, 1}} {
		before := calm
		calm.Add(bad[0], bad[1], bad[2])
		if calm != before {
			t.Errorf("%v was added", bad)
		}
	}
}

// The form for frequent events is that for the rate that was seen before the interval.
func TestFrequentEventsAreExpectedByThePast(t *testing.T) {
	j := Compare{Bad: "b", Total: "t", Dispersion: 1}
	first := Sample{From: start, To: at(10), Candidate: Arm{Exposure: 10, Bad: 4}, Stable: Arm{Exposure: 199, Bad: 79}}
	second := Sample{From: at(10), To: at(20), Candidate: Arm{Exposure: 10, Bad: 9}, Stable: Arm{Exposure: 100, Bad: 90}}
	e := foldAll(signalOf(j), []Sample{first})
	q := j.sequence()
	before := e.Clone()
	signalOf(j).Fold(&e, &second)
	z := make([]float64, q.harm.size())
	q.harm.odds(z, &counts{10, 9, 100, 90}, (79+0.5)/(199+1), 1)
	q.onset(before.Log)
	_, harm, _ := q.lane(before.Log, 0)
	harm.multiply(z)
	q.weigh(before.Log, nil)
	if got, want := e.Log[atHarm], before.Log[atHarm]; math.Abs(got-want) > 1e-12 {
		t.Errorf("harm of %v, want %v", got, want)
	}
}
