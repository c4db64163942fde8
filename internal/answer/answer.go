// Package answer keeps what a source has told about each ask of a rollout, for sources
// that look at the world as it is: whether an alert fires, whether instances answer, how
// a test ended. The intervals that they tell follow one another without a gap, and each
// is told again, unchanged, until the ask shows that it arrived.
package answer

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Book has a track for each ask that stands. The zero value is ready. It is not safe for
// concurrent use.
type Book struct{ tracks map[key]*Track }

type key struct{ key, stage, signal string }

// Track is what is known about one ask.
type Track struct {
	Ask  health.Ask
	from time.Time      // where the interval that is open begins
	told *health.Sample // the last one, until the ask shows that it arrived
}

// Now is the present as it can be compared with times that were written as JSON.
func Now() time.Time { return time.Now().UTC().Round(0) }

// Stand returns the tracks of the asks that are mine, in their order, and those that
// stand no longer. An ask about another candidate, stable version or measure than before
// is another ask. Of asks with the same key, stage and signal the first one stands.
func (b *Book) Stand(asks []health.Ask, now time.Time, mine func(*health.Ask) bool) (stand, gone []*Track) {
	tracks := make(map[key]*Track, len(b.tracks))
	for i := range asks {
		a := &asks[i]
		k := key{a.Key, a.Stage, a.Signal}
		if tracks[k] != nil || !mine(a) {
			continue
		}
		t := b.tracks[k]
		if t == nil || t.Ask.Candidate != a.Candidate || t.Ask.Digest != a.Digest || t.Ask.Stable != a.Stable || t.Ask.Measure != a.Measure {
			t = &Track{from: now}
		} else {
			delete(b.tracks, k)
		}
		t.update(*a)
		tracks[k] = t
		stand = append(stand, t)
	}
	for _, t := range b.tracks { // in any order: whoever is told that they are gone
		gone = append(gone, t)
	}
	b.tracks = tracks
	return stand, gone
}

// update takes the ask as it is now. Its interval begins where the evidence ends, and
// where that is not known when the ask was first seen.
func (t *Track) update(a health.Ask) {
	t.Ask = a
	if t.told != nil && a.From.After(t.told.From) {
		t.told = nil // it arrived, or others have told that time
	}
	if t.told == nil && !a.From.IsZero() {
		t.from = a.From.UTC().Round(0)
	}
}

// Again is the interval that was told last, if it did not arrive yet.
func (t *Track) Again() (health.Sample, bool) {
	if t.told == nil {
		return health.Sample{}, false
	}
	return *t.told, true
}

// Due reports whether an interval that ends now may be told.
func (t *Track) Due(now time.Time) bool {
	return t.told == nil && t.Open(now) && !now.Before(t.Ask.Due)
}

// Open reports whether some time has passed that could be told.
func (t *Track) Open(now time.Time) bool { return now.After(t.from) }

// Tell ends the interval: what was measured of it is in x, which has no slices.
func (t *Track) Tell(to time.Time, x health.Sample) health.Sample {
	x.Stage, x.Signal, x.Key = t.Ask.Stage, t.Ask.Signal, t.Ask.Key
	x.From, x.To = t.from, to
	if x.Fetch == "" {
		x.Fetch = health.Healthy
	}
	t.told = &x
	return x
}

// Look is a sample of one arm: the one that the signal watches.
func (t *Track) Look(bad, of int, reason string) health.Sample {
	x := health.Sample{Reason: reason}
	arm := &x.Candidate
	if t.Ask.Scope == "stable" {
		arm = &x.Stable
	}
	arm.Exposure, arm.Bad = float64(of), float64(bad)
	return x
}
