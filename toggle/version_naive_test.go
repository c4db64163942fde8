package toggle_test

import (
	"math/big"
	"regexp"
	"strings"
)

// versionForm is the regular expression that semver.org suggests, but that a v may come
// first, and minor and patch may be left out.
var versionForm = regexp.MustCompile(`^v?(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?)?` +
	`(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
	`(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$`)

var numeric = regexp.MustCompile(`^\d+$`)

// readVersion returns a version in pieces: three numbers, and the identifiers.
func readVersion(s string) ([]string, bool) {
	m := versionForm.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	all := m[1:4]
	for i := range all {
		if all[i] == "" {
			all[i] = "0"
		}
	}
	if m[4] != "" {
		all = append(all, strings.Split(m[4], ".")...)
	}
	return all, true
}

func bigOf(s string) *big.Int {
	i, _ := new(big.Int).SetString(s, 10)
	return i
}

// compareVersions is section 11 of Semantic Versioning, rule by rule.
func compareVersions(x, y string) int {
	a, _ := readVersion(x)
	b, _ := readVersion(y)
	for i := range 3 { // 11.2
		if c := bigOf(a[i]).Cmp(bigOf(b[i])); c != 0 {
			return c
		}
	}
	a, b = a[3:], b[3:]
	switch { // 11.3
	case len(a) == 0 && len(b) == 0:
		return 0
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	for i := range min(len(a), len(b)) {
		na, nb := numeric.MatchString(a[i]), numeric.MatchString(b[i])
		c := 0
		switch {
		case na && nb: // 11.4.1
			c = bigOf(a[i]).Cmp(bigOf(b[i]))
		case na: // 11.4.3
			c = -1
		case nb:
			c = 1
		default: // 11.4.2
			c = strings.Compare(a[i], b[i])
		}
		if c != 0 {
			return c
		}
	}
	switch { // 11.4.4
	case len(a) < len(b):
		return -1
	case len(a) > len(b):
		return 1
	}
	return 0
}

// holds asks whether one bound holds.
func holds(version, bound string) bool {
	at := strings.TrimLeft(bound, "<>=!")
	c := compareVersions(version, at)
	switch strings.TrimSuffix(bound, at) {
	case "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	}
	return c == 0
}
