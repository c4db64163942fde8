package prometheus

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
)

// latency watches a histogram of two instances.
func latency(t *testing.T, f func(t *testing.T, w *world, stable, candidate *instance)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ask.Measure = health.Measure{Histogram: "seconds", By: "path", Compare: true}
		f(t, w, w.add("a", "v1"), w.add("b", "v2"))
	})
}

// buckets sets a classic histogram: bounds and cumulative counts in turn.
func (i *instance) buckets(pairs ...any) {
	for k := 0; k < len(pairs); k += 2 {
		i.counters[`seconds_bucket{path="/a",le="`+pairs[k].(string)+`"}`] = float64(pairs[k+1].(int))
	}
}

// Versions write bounds in other ways, and have others: those that both have are told.
func TestClassic(t *testing.T) {
	latency(t, func(t *testing.T, w *world, a, b *instance) {
		a.buckets("0.1", 100, "0.5", 100, "1", 100, "+Inf", 100)
		b.buckets("5e-01", 0, "1.0", 0, "2", 0, "+Inf", 0)
		w.ask.Counts = []string{"/a"}
		w.pass(10)
		w.begin()
		a.buckets("0.1", 103, "0.5", 104, "1", 106, "+Inf", 110)
		b.buckets("5e-01", 1, "1.0", 3, "2", 6, "+Inf", 10)
		s := w.sum()
		if !slices.Equal(s.Bounds, []float64{0.5, 1}) || !slices.Equal(s.Candidate.Buckets, []uint64{1, 2, 7}) ||
			!slices.Equal(s.Stable.Buckets, []uint64{4, 2, 4}) || s.Candidate.Exposure != 10 || s.Stable.Exposure != 10 || s.Counts[0].N != 10 {
			t.Errorf("got %+v", s)
		}
		b.buckets("5e-01", 2, "1.0", 2, "2", 2, "+Inf", 20) // one bucket is smaller: all began again
		if s = w.sum(); !slices.Equal(s.Candidate.Buckets, []uint64{2, 0, 18}) {
			t.Errorf("got %+v", s)
		}
		b.buckets("5e-01", 9, "1.0", 5, "2", 5, "+Inf", 30) // not written in one instant
		if s = w.sum(); !slices.Equal(s.Candidate.Buckets, []uint64{7, 0, 3}) {
			t.Errorf("got %+v", s)
		}
	})
}

// Bounds stay the same in an interval in which one arm did nothing.
func TestQuietClassic(t *testing.T) {
	latency(t, func(t *testing.T, w *world, a, b *instance) {
		a.buckets("0.1", 0, "0.5", 0, "+Inf", 0)
		b.buckets("0.5", 0, "2", 0, "+Inf", 0)
		w.pass(10)
		w.begin()
		if s := w.next(); !slices.Equal(s.Bounds, []float64{0.5}) || len(s.Candidate.Buckets) != 2 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestClassicErrors(t *testing.T) {
	for want, set := range map[string]func(a, b *instance){
		"no bound in common":     func(a, b *instance) { a.buckets("1", 1, "+Inf", 1); b.buckets("2", 1, "+Inf", 1) },
		"no bucket to infinity":  func(a, b *instance) { a.buckets("1", 1, "+Inf", 1); b.buckets("2", 1) },
		"twice":                  func(a, b *instance) { a.buckets("1", 1, "1.0", 1, "+Inf", 1) },
		"no bound that is a num": func(a, b *instance) { a.buckets("x", 1, "+Inf", 1) },
		"is no histogram":        func(a, b *instance) { a.counters["seconds"] = 1 },
		"is native and":          func(a, b *instance) { a.buckets("1", 1, "+Inf", 1); b.native["seconds"] = native(1, 2, 3) },
		"is mixed": func(a, b *instance) {
			b.native["seconds"], b.counters["seconds"] = native(1, 2, 3), 1
		},
	} {
		latency(t, func(t *testing.T, w *world, a, b *instance) {
			set(a, b)
			w.pass(10)
			s := w.fails()
			if s.Fetch != health.Error || !strings.Contains(s.Reason, want) {
				t.Errorf("%s: got %s %q", want, s.Fetch, s.Reason)
			}
		})
	}
}

// native is a native histogram of schema 0: triples would be needed for others.
func native(lower, upper float64, n int, more ...float64) *model.SampleHistogram {
	h := &model.SampleHistogram{}
	add := func(lower, upper, n float64) {
		h.Buckets = append(h.Buckets, &model.HistogramBucket{
			Lower: model.FloatString(lower), Upper: model.FloatString(upper), Count: model.FloatString(n),
		})
		h.Count += model.FloatString(n)
	}
	add(lower, upper, float64(n))
	for k := 0; k < len(more); k += 3 {
		add(more[k], more[k+1], more[k+2])
	}
	return h
}

// below are the events of an arm that are at most a bound of the sample.
func below(t *testing.T, s *health.Sample, a *health.Arm, bound float64) (n uint64) {
	t.Helper()
	k, ok := slices.BinarySearch(s.Bounds, bound)
	if !ok {
		t.Fatalf("%v is none of the bounds %v", bound, s.Bounds)
	}
	for _, x := range a.Buckets[:k+1] {
		n += x
	}
	return n
}

func TestNative(t *testing.T) {
	latency(t, func(t *testing.T, w *world, a, b *instance) {
		a.native["seconds"] = native(0.5, 1, 10)
		b.native["seconds"] = native(-1e-30, 1e-30, 1) // the bucket of zero
		w.pass(10)
		w.begin()
		// Stable has a resolution of one bucket to a doubling, the candidate of two.
		a.native["seconds"] = native(0.5, 1, 13, 2, 4, 5)
		b.native["seconds"] = native(-1e-30, 1e-30, 2, 1, 1.414213562373095, 3, 1.414213562373095, 2, 4)
		s := w.sum()
		if s.Candidate.Exposure != 8 || s.Stable.Exposure != 8 {
			t.Fatalf("got %+v", s)
		}
		for bound, want := range map[float64][2]uint64{0.5: {1, 0}, 1: {1, 3}, 2: {8, 3}, 4: {8, 8}} {
			if c, st := below(t, &s, &s.Candidate, bound), below(t, &s, &s.Stable, bound); c != want[0] || st != want[1] {
				t.Errorf("at most %v: %d and %d, want %v", bound, c, st, want)
			}
		}
		if len(s.Bounds) != 64 || slices.Contains(s.Bounds, 1.4142135623730951) {
			t.Errorf("%d bounds", len(s.Bounds))
		}
		// A bucket is smaller, though all together are more: it began again.
		b.native["seconds"] = native(-1e-30, 1e-30, 9, 1, 1.414213562373095, 2, 1.414213562373095, 2, 4)
		if s = w.sum(); s.Candidate.Exposure != 15 {
			t.Errorf("got %+v", s)
		}
		// The resolution is halved: nothing began again.
		b.native["seconds"] = native(-1e-30, 1e-30, 9, 1, 2, 7)
		if s = w.sum(); s.Candidate.Exposure != 1 || below(t, &s, &s.Candidate, 1) != 0 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestNativeErrors(t *testing.T) {
	nan := native(1, 2, 3)
	nan.Count = model.FloatString(2)
	for want, h := range map[string]*model.SampleHistogram{
		"only exponential":       native(1, 2.5, 3),
		"buckets that overlap":   native(1, 2, 3, 1, 2, 3),
		"not a count":            native(2, 1, 3),
		"2.000000 events, 3 of ": nan,
	} {
		latency(t, func(t *testing.T, w *world, a, b *instance) {
			b.native["seconds"] = h
			w.pass(10)
			s := w.next()
			if s.Fetch != health.Error || !strings.Contains(s.Reason, strings.Replace(want, "2.000000", "2", 1)) {
				t.Errorf("%s: got %s %q", want, s.Fetch, s.Reason)
			}
		})
	}
}
