package strict

import (
	"strings"
	"time"
)

// FormatDuration writes d as the shortest text that time.ParseDuration reads as d, without parts that are zero: "10m",
// "1h30m", "1h5s", "1.5s"; "0s" for zero.
func FormatDuration(d time.Duration) string {
	text := strings.Replace(d.String(), "m0s", "m", 1)
	return strings.Replace(text, "h0m", "h", 1)
}

// parseTime reads RFC 3339, and none of what time.Parse accepts beyond it: an hour of one digit, a comma before the
// fraction, an offset of 24 hours or 60 minutes. The time is in UTC.
func parseTime(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || text[len("2006-01-02T15")] != ':' || strings.Contains(text, ",") {
		return time.Time{}, false
	}
	if !strings.HasSuffix(text, "Z") {
		hours, minutes, _ := strings.Cut(text[len(text)-len("15:04"):], ":")
		if hours > "23" || minutes > "59" {
			return time.Time{}, false
		}
	}
	return t.UTC(), true
}

// writable says whether RFC 3339 can write t.
func writable(t time.Time) bool { return 0 <= t.UTC().Year() && t.UTC().Year() <= 9999 }
