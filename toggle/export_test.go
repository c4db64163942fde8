package toggle

import "time"

// CompareVersions compares two versions; ok says whether both are.
func CompareVersions(a, b string) (order int, ok bool) {
	v, okV := parseVersion(a)
	w, okW := parseVersion(b)
	if !okV || !okW {
		return 0, false
	}
	return v.compare(&w), true
}

// ParseInstant is what conditions read an instant with.
func ParseInstant(s string) (time.Time, bool) { return parseInstant(s) }

// Key is what is hashed of a value.
func Key(v Value) (string, bool) {
	var buf [24]byte
	text, digits, ok := v.key(buf[:])
	return text + string(digits), ok
}
