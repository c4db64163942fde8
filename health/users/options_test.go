package users

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

func TestOptions(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		want    []string
	}{
		"defaults":  {Options{Name: "shop"}, nil},
		"least":     {Options{Name: "s", Window: time.Hour, Every: time.Second, Limit: 1}, nil},
		"most":      {Options{Name: "s", Window: 365 * 24 * time.Hour, Every: 365 * 24 * time.Hour / 10, Limit: 100_000_000}, nil},
		"one label": {Options{Name: "s", Labels: prometheus.Labels{"version": "1.0"}}, nil},
		"nothing":   {Options{}, []string{"name"}},
		"below": {
			Options{Name: "4 o'clock", Window: time.Hour - 1, Every: time.Second - 1, Limit: -1},
			[]string{"name", "window", "every", "limit"},
		},
		"above": {
			Options{Name: "s", Window: 365*24*time.Hour + 1, Every: math.MaxInt64, Limit: 100_000_001},
			[]string{"window", "every", "limit"},
		},
		"negative": {Options{Name: "s", Window: -1, Every: -1}, []string{"window", "every"}},
		"labels": {
			Options{Name: "s", Labels: prometheus.Labels{"__name__": "x", "no-name": "x", "": "x", "v": "\xff"}},
			[]string{"labels", "labels", "labels", "labels.v"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			counter, err := New(c.options)
			var got []string
			for _, f := range strict.Fields(err) {
				got = append(got, f.Path)
			}
			if d := cmp.Diff(c.want, got); d != "" || (counter == nil) != (c.want != nil) {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
			if counter != nil {
				gathered(t, counter)
			}
		})
	}
}

// Labels are checked, and copied, in every counter.
func TestLabels(t *testing.T) {
	labels := prometheus.Labels{"version": "1.0"}
	c := counter(t, Options{Labels: labels})
	if _, err := c.Beside(prometheus.Labels{"no-name": "x"}); err == nil || !strings.Contains(err.Error(), "labels") {
		t.Error(err)
	}
	labels["version"] = "1.1"
	other, err := c.Beside(labels)
	if err != nil {
		t.Fatal(err)
	}
	labels["version"] = "1.2"
	if got := gathered(t, c, other); len(got) != 6 {
		t.Error(got)
	}
}
