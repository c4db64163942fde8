package toggletest

import (
	"maps"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Expired fails the test once for each flag of a set that should be gone at an instant,
// which is usually time.Now(). Whoever wants the build to fail earlier adds to it. A flag
// that is to stay longer needs a later date in the set, for a reviewer to see.
func Expired(t TB, set toggle.Set, now time.Time) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(set.Flags)) {
		f := set.Flags[name]
		if f.Expires.IsZero() || now.Before(f.Expires) {
			continue
		}
		t.Errorf("toggletest: flag %q (%s, owner %s) expired on %s, %s ago: remove it, or say until when it stays",
			name, f.Kind, f.Owner, f.Expires.UTC().Format(time.DateOnly), ago(now.Sub(f.Expires)))
	}
}

// ago is a duration in days, or if it is shorter than one in hours.
func ago(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		return plural(int64(d/time.Hour), "hour")
	}
	return plural(int64(d/day), "day")
}
