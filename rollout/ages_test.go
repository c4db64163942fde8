package rollout

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSettledIsNeverTooMany compares what is settled with a reckoning by every
// single instance, in the worst case: whoever leaves is the one that was ready
// longest.
func TestSettledIsNeverTooMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		var marks []Mark
		var since []time.Time // of every ready instance, oldest first
		minReady := time.Duration(rapid.IntRange(1, 10).Draw(t, "minReady")) * time.Second
		for range rapid.IntRange(1, 60).Draw(t, "observations") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			ready := rapid.IntRange(0, 8).Draw(t, "ready")
			since = since[max(0, len(since)-ready):]
			for len(since) < ready {
				since = append(since, now)
			}
			before := len(marks)
			marks = note(marks, int64(ready), now)
			if len(marks) > maxMarks {
				t.Fatalf("%d marks, after %d", len(marks), before)
			}
			exact := int64(0)
			for _, s := range since {
				if !s.Add(minReady).After(now) {
					exact++
				}
			}
			got := settled(marks, minReady, now)
			if got > exact {
				t.Fatalf("%d are settled, but only %d were ready for %s: %v %v", got, exact, minReady, marks, since)
			}
			later := now.Add(minReady)
			if all := settled(marks, minReady, later); all != int64(ready) {
				t.Fatalf("after %s, %d of %d are settled: %v", minReady, all, ready, marks)
			}
		}
	})
}

func TestNoteDoesNotChangeItsArgument(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	one := note(nil, 1, at)
	two := note(one, 5, at.Add(time.Second))
	three := note(two, 2, at.Add(2*time.Second))
	four := note(two, 9, at.Add(3*time.Second))
	if one[0].Count != 1 || len(one) != 1 || two[1].Count != 5 || len(two) != 2 || three[0].Count != 2 || four[2].Count != 9 {
		t.Errorf("%v %v %v %v", one, two, three, four)
	}
}
