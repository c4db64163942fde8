package exposure

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// TestSpan: an exposure only rises with the weight, is exact at both ends, and says which
// weight it was: that very one where each has an exposure of its own, and otherwise one that
// is nearer than the grain. All is said of the goal alone.
func TestSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]bucket.Share{1, 1, 10, 100, 1000, 10000}).Draw(t, "unit")
		all := int(bucket.Everybody / unit)
		good := rapid.IntRange(0, all-1).Draw(t, "good")
		goal := rapid.OneOf(rapid.IntRange(good+1, all), rapid.IntRange(good+1, min(good+3, all)), rapid.Just(all)).Draw(t, "goal")
		s := span{bucket.Share(good) * unit, bucket.Share(goal) * unit, unit}
		if s.at(0) != s.good || s.at(strategy.Full) != s.goal {
			t.Fatalf("from %v to %v", s.at(0), s.at(strategy.Full))
		}
		before := s.good
		for w := range strategy.Full + 1 {
			e := s.at(w)
			if e < before || e%unit != 0 {
				t.Fatalf("%v after %v", e, before)
			}
			got := s.weight(e)
			off, fine := w-got, s.steps() >= int64(strategy.Full)
			if off < 0 || off >= s.grain() || fine && off != 0 || s.at(got) != e || (got == strategy.Full) != (e == s.goal) {
				t.Fatalf("%v is %v, which is read as %v with grain %v", w, e, got, s.grain())
			}
			before = e
		}
		e := rapid.IntRange(int(s.good), int(s.goal)).Draw(t, "e")
		if w := s.weight(bucket.Share(e)); (w == 0) != (bucket.Share(e) == s.good) || (w == strategy.Full) != (bucket.Share(e) == s.goal) {
			t.Fatalf("%d is read as %v", e, w)
		}
	})
}
