package health

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

// rate is one interval of a counter.
func rate(from, to int, bad, total float64) Sample {
	return Sample{Signal: "errors", From: at(from), To: at(to), Candidate: Arm{Exposure: total, Bad: bad}}
}

// spread is one interval of a histogram.
func spread(from, to int, bounds []float64, buckets ...uint64) Sample {
	return Sample{
		Signal: "latency", From: at(from), To: at(to), Bounds: bounds,
		Candidate: Arm{Exposure: sum(buckets), Buckets: buckets},
	}
}

func signalOf(j Judge) *Signal {
	p := Policy{Signals: []Signal{{Name: "s", Judge: j}}}.Normalize()
	return &p.Signals[0]
}

// threshold draws a valid threshold: small numbers, so that limits are often met
// exactly and blocks are often short of the minimum.
func threshold(t *rapid.T) Threshold {
	th := Threshold{
		FailureLimit:     rapid.IntRange(0, 3).Draw(t, "failureLimit"),
		ConsecutiveLimit: rapid.IntRange(0, 3).Draw(t, "consecutiveLimit"),
		MinSample:        rapid.SampledFrom([]int64{0, 1, 5, 30}).Draw(t, "minSample"),
	}
	if rapid.Bool().Draw(t, "histogram") {
		th.Histogram = "h"
		th.Quantile = rapid.SampledFrom([]float64{0.01, 0.5, 0.9, 0.99}).Draw(t, "quantile")
		th.Max = rapid.SampledFrom([]float64{0, 0.5, 1, 2, 4, 8}).Draw(t, "max")
		th.Min = rapid.SampledFrom([]float64{0, 0.5, 1, 2}).Draw(t, "min")
		if th.Max == 0 && th.Min == 0 {
			th.Max = 1
		}
	} else {
		th.Bad, th.Total = "b", "t"
		th.Max = rapid.SampledFrom([]float64{0, 0.1, 0.25, 0.5}).Draw(t, "max")
		th.Min = rapid.SampledFrom([]float64{0, 0.05, 0.1}).Draw(t, "min")
	}
	if th.Max != 0 {
		th.Min = min(th.Min, th.Max)
	}
	if err := th.Validate(); err != nil {
		t.Fatalf("%+v: %v", th, err)
	}
	return th
}

// anyThreshold draws one of any form, with or without a grey zone.
func anyThreshold(t *rapid.T) Threshold {
	th := threshold(t)
	switch rapid.SampledFrom([]string{"events", "gauge", "time"}).Draw(t, "form") {
	case "gauge":
		th = Threshold{
			Gauge: "g", Mean: rapid.Bool().Draw(t, "mean"), FailureLimit: th.FailureLimit, ConsecutiveLimit: th.ConsecutiveLimit,
			Max: rapid.SampledFrom([]float64{0, 2, 4}).Draw(t, "max"), Min: rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "min"),
		}
		if th.Max == 0 && th.Min == 0 {
			th.Max = 1
		}
	case "time":
		th = Threshold{
			Total: "t", Per: PerTime, FailureLimit: th.FailureLimit, ConsecutiveLimit: th.ConsecutiveLimit,
			Over: rapid.SampledFrom([]time.Duration{0, 10 * time.Second, time.Minute}).Draw(t, "over"),
			Max:  rapid.SampledFrom([]float64{0, 1, 4}).Draw(t, "max"), Min: rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "min"),
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "grey") == 0 {
		if th.capped() && th.Max > 0 {
			th.PassMax = th.Min + (th.Max-th.Min)*0.7
		}
		if th.Min > 0 && !th.capped() {
			th.PassMin = th.Min * 1.1
		}
	}
	if err := th.Validate(); err != nil {
		t.Fatalf("%+v: %v", th, err)
	}
	return th
}

// difference draws a valid one of any form.
func difference(t *rapid.T) Difference {
	d := Difference{
		Relative:         rapid.SampledFrom([]float64{0, 0.2, 0.5}).Draw(t, "relative"),
		Absolute:         rapid.SampledFrom([]float64{0, 0.1, 0.5}).Draw(t, "absolute"),
		Fewer:            rapid.Bool().Draw(t, "fewer"),
		FailureLimit:     rapid.IntRange(0, 3).Draw(t, "failureLimit"),
		ConsecutiveLimit: rapid.IntRange(0, 3).Draw(t, "consecutiveLimit"),
		MinSample:        rapid.SampledFrom([]int64{0, 1, 5, 30}).Draw(t, "minSample"),
	}
	if d.Relative == 0 && d.Absolute == 0 {
		d.Relative = 0.1
	}
	switch rapid.SampledFrom([]form{formRate, formQuantile, formGauge, formTime}).Draw(t, "form") {
	case formRate:
		d.Bad, d.Total = "b", "t"
	case formQuantile:
		d.Histogram, d.Quantile = "h", rapid.SampledFrom([]float64{0.01, 0.5, 0.9}).Draw(t, "quantile")
	case formGauge:
		d.Gauge, d.MinSample = "g", 0
	case formTime:
		d.Total, d.Per = "t", PerTime
		d.Over = rapid.SampledFrom([]time.Duration{0, 10 * time.Second, time.Minute}).Draw(t, "over")
	}
	if err := d.Validate(); err != nil {
		t.Fatalf("%+v: %v", d, err)
	}
	return d
}

// classical draws a judge that says nothing about chance.
func classical(t *rapid.T) Judge {
	if rapid.Bool().Draw(t, "difference") {
		return difference(t)
	}
	return anyThreshold(t)
}

var someBounds = [][]float64{{1}, {0.5, 1, 2, 4}, {1, 2, 4, 8}, {}}

// arm draws what a version did; it fits both kinds of threshold.
func arm(t *rapid.T, name string, bounds []float64) Arm {
	a := Arm{Buckets: make([]uint64, len(bounds)+1)}
	if rapid.Bool().Draw(t, name+" idle") {
		return Arm{}
	}
	for i := range a.Buckets {
		a.Buckets[i] = rapid.Uint64Range(0, 12).Draw(t, name)
		a.Exposure += float64(a.Buckets[i])
	}
	a.Bad = float64(rapid.IntRange(0, int(a.Exposure)).Draw(t, name+" bad"))
	a.Time = float64(rapid.IntRange(1, 40).Draw(t, name+" time"))
	for v := 0.0; len(a.Values) == 0 || rapid.Bool().Draw(t, name+" more"); {
		v += rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, name+" value")
		a.Values = append(a.Values, v)
	}
	return a
}

// good draws a sample that passes its check, beginning at or shortly after from.
func good(t *rapid.T, from time.Time) Sample {
	from = from.Add(rapid.SampledFrom([]time.Duration{0, 0, 0, time.Second}).Draw(t, "gap"))
	bounds := rapid.SampledFrom(someBounds).Draw(t, "bounds")
	s := Sample{
		From: from, To: from.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "length")) * time.Second),
		Bounds: bounds, Candidate: arm(t, "candidate", bounds), Warming: arm(t, "warming", bounds), Stable: arm(t, "stable", bounds),
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "overlap") {
		s.Overlap = append(s.Overlap, arm(t, "overlap", bounds))
	}
	if err := s.Check(); err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	return s
}

// lost draws a sample whose measurement did not work, or that holds nothing.
func lost(t *rapid.T, from time.Time) Sample {
	s := good(t, from)
	s.Candidate = Arm{Exposure: 100, Buckets: make([]uint64, len(s.Bounds)+1), Time: 10, Values: []float64{1}}
	s.Candidate.Buckets[0] = 100
	evil := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1}).Draw(t, "evil")
	switch rapid.IntRange(0, 11).Draw(t, "fault") {
	case 0:
		s.Fetch = rapid.SampledFrom([]Verdict{NoData, Error, Cancelled}).Draw(t, "fetch")
	case 1:
		s.Fetch = rapid.SampledFrom([]Verdict{Degraded, Inconclusive, "fine", "HEALTHY"}).Draw(t, "fetch")
	case 2:
		s.Candidate.Exposure = evil
	case 3:
		s.Candidate.Bad = evil
	case 4:
		s.Warming = Arm{Exposure: evil, Bad: 0}
	case 5:
		s.Stable = Arm{Exposure: 1, Bad: evil}
	case 6:
		s.Candidate.Bad = s.Candidate.Exposure + 1
	case 7:
		s.Bounds = append([]float64{math.NaN()}, s.Bounds...)
	case 8:
		s.Candidate.Buckets = append(s.Candidate.Buckets, 1)
	case 9:
		s.Candidate.Time = evil
	case 10:
		s.Candidate.Values[0] = rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}).Draw(t, "evil value")
	case 11:
		s.Candidate = Arm{} // nothing was done past warm-up
	}
	return s
}

// mixed draws samples one after another, some of them lost.
func mixed(t *rapid.T, most int) []Sample {
	var all []Sample
	now := start
	for range rapid.IntRange(0, most).Draw(t, "samples") {
		draw := good
		if rapid.IntRange(0, 4).Draw(t, "lost") == 0 {
			draw = lost
		}
		all = append(all, draw(t, now))
		now = all[len(all)-1].To
	}
	return all
}

func foldAll(g *Signal, samples []Sample) Evidence {
	var e Evidence
	for i := range samples {
		g.Fold(&e, &samples[i])
	}
	return e
}

// sound fails unless the evidence keeps what it promises to keep always.
func sound(t *rapid.T, e *Evidence) {
	for _, x := range e.Log {
		if !finite(x) {
			t.Fatalf("not finite: %+v", e)
		}
	}
	if (e.Verdict == Healthy) == e.Clean.IsZero() || (e.Verdict == Healthy) != (e.Passes > 0) {
		t.Fatalf("a healthy run without a healthy verdict, or the other way round: %+v", e)
	}
	if e.Clean.After(e.Through) || e.Seen.After(e.Through) || e.Since.After(e.Through) || len(e.Reason) > maxReason {
		t.Fatalf("out of order or too long: %+v", e)
	}
}

// again writes evidence down and reads it back, with both codecs.
func again(t *rapid.T, e Evidence) Evidence {
	data, err := strict.Encode(&e)
	if err != nil {
		t.Fatalf("encode %+v: %v", e, err)
	}
	var back Evidence
	if err := strict.Decode(data, 1<<20, strict.Kinds{}, &back); err != nil {
		t.Fatalf("decode %s: %v", data, err)
	}
	data, err = json.Marshal(back)
	if err != nil {
		t.Fatal(err)
	}
	var twice Evidence
	if err := json.Unmarshal(data, &twice); err != nil {
		t.Fatal(err)
	}
	return twice
}

func same(t *rapid.T, got, want any, what string) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func wantErrors(t *testing.T, err error, want ...string) {
	t.Helper()
	var got []string
	for _, f := range strict.Fields(err) {
		got = append(got, f.Error())
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("errors (-want +got):\n%s", d)
	}
}
