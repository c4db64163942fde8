package scrape

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// histogram renders one with bounds 1, 2, ... from the events of each bucket.
func histogram(name string, buckets ...int) string {
	return "# TYPE " + name + " histogram\n" + labelled(name, "", buckets...)
}

// labelled is one more label set of a histogram whose type was written.
func labelled(name, labels string, buckets ...int) string {
	var b strings.Builder
	n := 0
	for k, more := range buckets {
		le := fmt.Sprintf("%de0", k+1)
		if k == len(buckets)-1 {
			le = "+Inf"
		}
		n += more
		fmt.Fprintf(&b, "%s_bucket{%sle=%q} %d\n", name, labels, le, n)
	}
	fmt.Fprintf(&b, "%s_sum{%s} 1.5\n%s_count{%s} %d\n", name, labels, name, labels, n)
	return b.String()
}

func inHistogram(t *testing.T, selector string, f func(t *testing.T, w *world, a, b *instance)) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Measure = health.Measure{Histogram: selector, By: "path"}
		a.extra, b.extra = histogram("d", 10, 10, 10), histogram("d", 0, 0, 0)
		w.base()
		f(t, w, a, b)
	})
}

func wantBuckets(t *testing.T, a health.Arm, want ...uint64) {
	t.Helper()
	n := uint64(0)
	for _, k := range want {
		n += k
	}
	if !slices.Equal(a.Buckets, want) || a.Exposure != float64(n) || a.Bad != 0 {
		t.Fatalf("got %+v, want %v", a, want)
	}
}

func TestHistogram(t *testing.T) {
	for _, selector := range []string{"d", "d_bucket", `d{x=""}`} {
		t.Run(selector, func(t *testing.T) {
			inHistogram(t, selector, func(t *testing.T, w *world, a, b *instance) {
				a.extra, b.extra = histogram("d", 11, 12, 13), histogram("d", 4, 0, 2)
				s := w.next()
				wantArms(t, s, 6, 0, 6)
				wantBuckets(t, s.Candidate, 4, 0, 2)
				wantBuckets(t, s.Stable, 1, 2, 3)
				if !slices.Equal(s.Bounds, []float64{1, 2}) {
					t.Errorf("bounds are %v", s.Bounds)
				}
				b.extra = histogram("d", 5, 0, 0) // all fewer or more: it began again as a whole
				s = w.next()
				wantBuckets(t, s.Candidate, 5, 0, 0)
				wantBuckets(t, s.Stable, 0, 0, 0)
				b.extra = histogram("d", 0, 0, 9)
				wantBuckets(t, w.next().Candidate, 0, 0, 9)
			})
		})
	}
}

func TestHistogramEndpoints(t *testing.T) {
	inHistogram(t, `d{path!=""}`, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Counts = []string{"/a"}
		b.extra += labelled("d", `path="/a",`, 1, 0, 1) + labelled("d", `path="/b",`, 2, 2, 2)
		s := w.next()
		wantBuckets(t, s.Candidate, 3, 2, 3)
		if len(s.Counts) != 1 || s.Counts[0].N != 2 {
			t.Errorf("got %v", s.Counts)
		}
	})
}

func TestTwoAsksOfOneHistogram(t *testing.T) {
	inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
		other := w.ask
		other.Signal, other.Measure.By = "other", "le"
		ask := func() []health.Sample {
			got, err := w.source.Sample(t.Context(), []health.Ask{w.ask, other})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		ask()
		b.extra = histogram("d", 1, 2, 3)
		time.Sleep(every)
		for _, s := range ask() {
			wantBuckets(t, s.Candidate, 1, 2, 3)
		}
	})
}

func TestHistogramReadHalfWritten(t *testing.T) {
	inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
		b.extra = "# TYPE d histogram\nd_bucket{le=\"1\"} 5\nd_bucket{le=\"2\"} 3\nd_bucket{le=\"+Inf\"} 4\nd_count 4\n"
		wantBuckets(t, w.next().Candidate, 4, 0, 0)
	})
}

func TestHistogramWithoutType(t *testing.T) {
	inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
		b.extra = strings.ReplaceAll(histogram("d", 1, 2, 3), "# TYPE d histogram", "")
		wantBuckets(t, w.next().Candidate, 1, 2, 3)
	})
}

func TestOtherBuckets(t *testing.T) {
	inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v2")
		c.extra = histogram("d", 1, 2, 3, 4)
		b.extra = histogram("d", 1, 2, 3)
		wantFetch(t, w.next(), health.Error, "instances a and c have different buckets")
		delete(w.all, "c")
		b.extra = histogram("d", 1, 2, 4)
		wantFetch(t, w.next(), health.Error, "different buckets") // what it did cannot be told, and is not lost in silence
	})
	inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
		c := w.add("c", "v1")
		c.born, c.extra = time.Time{}, histogram("d", 1, 2, 3, 4)
		wantFetch(t, w.next(), health.Error, "instances a and c have different buckets")
		delete(w.all, "c") // and it did nothing
		b.extra = histogram("d", 1, 2, 4)
		wantBuckets(t, w.next().Candidate, 1, 2, 4)
	})
	inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
		b.extra = histogram("d", 1, 2, 3, 4)
		wantFetch(t, w.next(), health.Error, "the buckets of d changed")
		b.extra = histogram("d", 1, 2, 3)
		wantBuckets(t, w.next().Candidate, 1, 2, 3)
	})
	inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
		b.extra += labelled("d", `path="/a",`, 1, 1)
		wantFetch(t, w.next(), health.Error, "different buckets")
	})
}

func TestHistogramsThatAreWrong(t *testing.T) {
	bucket := func(le, n string) string { return "d_bucket{le=\"" + le + "\"} " + n + "\n" }
	var many strings.Builder
	for k := range series.MaxBounds + 1 {
		many.WriteString(bucket(fmt.Sprint(k), "1"))
	}
	for name, c := range map[string][2]string{
		"no infinity":  {bucket("1", "1"), "no bucket to infinity"},
		"no bound":     {"d_bucket 1\n", "no bound"},
		"not a number": {bucket("x", "1") + bucket("+Inf", "1"), "no bound that is a number"},
		"NaN":          {bucket("NaN", "1") + bucket("+Inf", "1"), "no bound that is a number"},
		"negative":     {bucket("1", "-1") + bucket("+Inf", "1"), "not a count"},
		"fraction":     {bucket("1", "0.5") + bucket("+Inf", "1"), "whole events"},
		"twice":        {bucket("1", "1") + bucket("1.0", "1") + bucket("+Inf", "1"), "twice"},
		"-Inf":         {bucket("-Inf", "1") + bucket("+Inf", "1"), "not finite"},
		"many":         {many.String() + bucket("+Inf", "1"), "buckets, more than 256"},
	} {
		t.Run(name, func(t *testing.T) {
			inHistogram(t, "d", func(t *testing.T, w *world, a, b *instance) {
				b.extra = c[0]
				wantFetch(t, w.next(), health.Error, c[1])
			})
		})
	}
}
