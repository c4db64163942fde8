package toggletest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/review"
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

// Settled fails the test once for each release and experiment of a set that has served
// everybody the same in an environment for 30 days, at an instant, which is usually
// time.Now(): it is at 0 or 100 %, and nobody went on with it. Since when is what the set
// says (toggle.Settings.Since); a flag that does not say it is passed over. See
// [review.Lint], which finds more.
func Settled(t TB, set toggle.Set, environment string, now time.Time) {
	t.Helper()
	for _, f := range review.Lint(set, review.Options{Environment: environment, Now: now}) {
		if f.Code == review.Settled {
			t.Errorf("toggletest: %s: %s (owner %s)", f.Path, f.Words, owner(set, f.Path))
		}
	}
}

// owner is that of the flag that a path leads into.
func owner(set toggle.Set, path string) string {
	for _, name := range slices.Sorted(maps.Keys(set.Flags)) {
		if at := strict.At("flags", name); path == at || strings.HasPrefix(path, at+".") {
			return set.Flags[name].Owner
		}
	}
	return "unknown"
}

// ago is a duration in days, or if it is shorter than one in hours.
func ago(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		return plural(int64(d/time.Hour), "hour")
	}
	return plural(int64(d/day), "day")
}
