package answer

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// While one call looks, another one is refused and looks at nothing.
func TestLooksServeOneCall(t *testing.T) {
	var l Looks
	asks := []health.Ask{{Key: "1/a/b", Stage: "a", Signal: "b", From: Now().Add(-time.Minute), Due: Now().Add(-time.Second)}}
	looked := 0
	look := func(ctx context.Context, due []*Track, _ time.Time) []health.Sample {
		if looked++; looked == 1 {
			if _, err := l.Sample(ctx, "us", asks, all, nil); err == nil || !strings.Contains(err.Error(), "us: another call of Sample") {
				t.Errorf("a second call: %v", err)
			}
		}
		return make([]health.Sample, len(due))
	}
	first, err := l.Sample(t.Context(), "us", asks, all, look)
	if err != nil || len(first) != 1 || looked != 1 {
		t.Fatalf("%v %v after %d looks", first, err, looked)
	}
	again, err := l.Sample(t.Context(), "us", asks, all, look)
	if err != nil || len(again) != 1 || looked != 1 || !again[0].To.Equal(first[0].To) {
		t.Errorf("%v %v after %d looks, want the first once more", again, err, looked)
	}
}

// A look that was broken off says nothing.
func TestLooksOfAContextThatEnds(t *testing.T) {
	var l Looks
	ctx, cancel := context.WithCancel(t.Context())
	asks := []health.Ask{{Key: "k", From: Now().Add(-time.Minute), Due: Now().Add(-time.Second)}}
	got, err := l.Sample(ctx, "us", asks, all, func(_ context.Context, due []*Track, _ time.Time) []health.Sample {
		cancel()
		return make([]health.Sample, len(due))
	})
	if err == nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
}
