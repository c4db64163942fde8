package toggle

import (
	"math"
	"time"
)

// nanoseconds is an instant in nanoseconds since 1970. What is before all that a flag can
// name is the first of them, and what is after is the last but one, which is before none.
func nanoseconds(t time.Time) int64 {
	switch y := t.UTC().Year(); {
	case y < 1678:
		return math.MinInt64
	case y > 2261:
		return math.MaxInt64 - 1
	}
	return t.UnixNano()
}

// parseInstant reads an instant as RFC 3339 has it, exactly: time.Parse lets more pass, and
// looks up the zone of the machine. A leap second is none.
func parseInstant(s string) (time.Time, bool) {
	const form = "0000-00-00T00:00:00"
	if len(s) < len(form)+1 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	var f [6]int
	for i, at := range [...]int{0, 5, 8, 11, 14, 17} {
		n := 2
		if i == 0 {
			n = 4
		}
		if !digits(s[at : at+n]) {
			return time.Time{}, false
		}
		f[i] = number(s[at : at+n])
	}
	nanos, rest, ok := parseFraction(s[len(form):])
	offset, known := parseOffset(rest)
	if !ok || !known || f[3] > 23 || f[4] > 59 || f[5] > 59 {
		return time.Time{}, false
	}
	t := time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], nanos, time.UTC)
	if t.Month() != time.Month(f[1]) || t.Day() != f[2] {
		return time.Time{}, false // there is no such day
	}
	return t.Add(-offset), true
}

// number is what some digits say.
func number(digits string) int {
	n := 0
	for _, d := range []byte(digits) {
		n = n*10 + int(d-'0')
	}
	return n
}

// parseFraction reads a fraction of a second, if there is one. What is below a nanosecond
// is cut off.
func parseFraction(s string) (nanos int, rest string, ok bool) {
	if s[0] != '.' {
		return 0, s, true
	}
	unit := 100_000_000
	for s = s[1:]; s != "" && s[0] >= '0' && s[0] <= '9'; s, ok = s[1:], true {
		nanos += int(s[0]-'0') * unit
		unit /= 10
	}
	return nanos, s, ok
}

// parseOffset reads Z, +01:00 or -01:00.
func parseOffset(s string) (time.Duration, bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' || !digits(s[1:3]) || !digits(s[4:]) {
		return 0, false
	}
	h, m := number(s[1:3]), number(s[4:])
	offset := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, h < 24 && m < 60
}
