package scrape

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

func TestValuesThatAreNoCounts(t *testing.T) {
	for _, v := range []string{"NaN", "+Inf", "-1", "1e300"} {
		t.Run(v, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world, a, b *instance) {
				b.counters[ok], a.counters[ok] = 3, 5
				a.extra = `http_requests_total{code="500",path="/x"} ` + v + "\n"
				wantFetch(t, w.next(), health.Error, "instance a: http_requests_total{")
				a.extra = ""
				wantArms(t, w.next(), 3, 0, 5)
			})
		})
	}
	t.Run("twice", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *world, a, b *instance) {
			a.extra = "http_requests_total{path=\"/a\",code=\"200\"} 5\n"
			wantFetch(t, w.next(), health.Error, "twice")
		})
	})
}

func TestSelectorThatIsWrong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, a, b *instance) {
		w.ask.Measure.Total = `http_requests_total{code~"5"}`
		w.base()
		wantFetch(t, w.next(), health.Error, "selector \"http_requests_total{code~\\\"5\\\"}\": position 25: one of")
		w.ask.Measure = health.Measure{Bad: "x"}
		w.base()
		wantFetch(t, w.next(), health.Error, "need a total")
		w.ask.Measure = health.Measure{Total: "x", Histogram: "x"}
		w.base()
		wantFetch(t, w.next(), health.Error, "instead of")
		w.ask.Measure = health.Measure{} // another source knows it
		w.none()
	})
}

func TestTooManySeries(t *testing.T) {
	q := series.NewQuery(health.Measure{Total: "m"})
	p := &page{series: map[string]model.Vector{}}
	p.series["m"] = manySeries(0, series.MaxSeries)
	s, err := choose(q, p)
	if err != nil || len(s.series) != series.MaxSeries {
		t.Fatal(err)
	}
	proc := &process{last: map[string]series.Mark{}}
	proc.count(s, true, false, nil)
	if _, err := proc.check(s, q); err != nil {
		t.Error(err)
	}
	p.series["m"] = manySeries(1, series.MaxSeries)
	if s, err = choose(q, p); err != nil {
		t.Fatal(err)
	}
	if _, err := proc.check(s, q); err == nil || !strings.Contains(err.Error(), "50001 series matched since the process started") {
		t.Error(err)
	}
	p.series["m"] = manySeries(0, series.MaxSeries+1)
	if _, err = choose(q, p); err == nil || !strings.Contains(err.Error(), "more than 50000 series match") {
		t.Error(err)
	}
	p.series["m_bucket"] = p.series["m"]
	if _, err = choose(series.NewQuery(health.Measure{Histogram: "m"}), p); err == nil {
		t.Error("a histogram of so many series was read")
	}
}

func manySeries(from, n int) model.Vector {
	all := make(model.Vector, n)
	for k := range all {
		all[k] = &model.Sample{Metric: model.Metric{"n": model.LabelValue(strconv.Itoa(from + k)), "le": "+Inf"}, Value: 1}
	}
	return all
}

func TestOptions(t *testing.T) {
	list := func(context.Context) ([]Endpoint, error) { return nil, nil }
	for _, o := range []Options{
		{}, {Endpoints: list, Timeout: -1}, {Endpoints: list, Limit: -1}, {Endpoints: list, Limit: 1 << 40}, {Endpoints: list, MaxOpen: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

// TestTwoAtOnce: rollouts that share a source are told so, for each would cancel what
// the other asks.
func TestTwoAtOnce(t *testing.T) {
	inside := 0
	var s *Source
	s, err := New(Options{Endpoints: func(ctx context.Context) ([]Endpoint, error) {
		if _, err := s.Sample(ctx, nil); err == nil || !strings.Contains(err.Error(), "a source serves one rollout") {
			t.Errorf("the second call: %v", err)
		}
		inside++
		return nil, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	asks := []health.Ask{{Key: "k", Measure: health.Measure{Total: "x"}}}
	if _, err := s.Sample(t.Context(), asks); err != nil {
		t.Error(err)
	}
	if inside == 0 {
		t.Error("no call was inside")
	}
	if _, err := s.Sample(t.Context(), asks); err != nil && strings.Contains(err.Error(), "serves") {
		t.Errorf("the call after it: %v", err)
	}
}
