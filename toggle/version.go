package toggle

import (
	"cmp"
	"strings"
)

// version is a semantic version, as section 2 of Semantic Versioning 2.0.0 has it. Build
// metadata does not count. Numbers are compared as decimal digits, so that none is too
// large.
type version struct {
	core [3]string // without leading zeros: "0" or what begins with another digit
	pre  string    // empty of a release
}

// parseVersion reads a version that may begin with v or V and leave out minor and patch.
func parseVersion(s string) (v version, ok bool) {
	if s != "" && (s[0] == 'v' || s[0] == 'V') {
		s = s[1:]
	}
	s, build, ok := strings.Cut(s, "+")
	if ok && !identifiers(build) {
		return v, false
	}
	s, v.pre, ok = strings.Cut(s, "-")
	if ok && !(identifiers(v.pre) && numbered(v.pre)) {
		return v, false
	}
	for i := range v.core {
		var more bool
		v.core[i], s, more = strings.Cut(s, ".")
		if !isNumber(v.core[i]) {
			return v, false
		}
		if !more {
			for i++; i < len(v.core); i++ {
				v.core[i] = "0"
			}
			return v, true
		}
	}
	return v, false // a fourth part
}

// isNumber says whether s is digits without a leading zero.
func isNumber(s string) bool { return digits(s) && (s[0] != '0' || len(s) == 1) }

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// numbered says whether none of some identifiers is a number with a leading zero.
func numbered(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if digits(part) && !isNumber(part) {
			return false
		}
	}
	return true
}

// identifiers says whether s is identifiers with dots between them.
func identifiers(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for i := range len(part) {
			c := part[i]
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

// compareNumbers compares numbers without leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// compare is the order of section 11 of Semantic Versioning 2.0.0.
func (v *version) compare(w *version) int {
	for i := range v.core {
		if c := compareNumbers(v.core[i], w.core[i]); c != 0 {
			return c
		}
	}
	if v.pre == "" || w.pre == "" {
		return cmp.Compare(len(w.pre), len(v.pre)) // a release is above its pre-releases
	}
	a, b := v.pre, w.pre
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareIdentifiers(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b)) // one of them is empty
}

func compareIdentifiers(x, y string) int {
	switch nx, ny := digits(x), digits(y); {
	case nx && ny:
		return compareNumbers(x, y)
	case nx:
		return -1
	case ny:
		return 1
	}
	return strings.Compare(x, y)
}

// versionBound is one bound of a version: an operator and what it compares with.
type versionBound struct {
	op string // one of versionOps
	at version
}

// versionOps are the operators, those first that begin as another one does.
var versionOps = []string{"<=", ">=", "!=", "<", ">", "="} // never written

// parseVersionBounds reads ">=1.2.0 <2.0.0". It is nil if the text is no bounds.
func parseVersionBounds(s string) []versionBound {
	var all []versionBound
	for f := range strings.FieldsSeq(s) {
		b := versionBound{op: "="}
		for _, op := range versionOps {
			if rest, ok := strings.CutPrefix(f, op); ok {
				b.op, f = op, rest
				break
			}
		}
		var ok bool
		if b.at, ok = parseVersion(f); !ok {
			return nil
		}
		all = append(all, b)
	}
	return all
}

// testVersion says whether all bounds hold of the version that s is.
func testVersion(bounds []versionBound, s string) truth {
	v, ok := parseVersion(s)
	if !ok {
		return unknown
	}
	for i := range bounds {
		c := v.compare(&bounds[i].at)
		switch bounds[i].op {
		case "=":
			ok = c == 0
		case "!=":
			ok = c != 0
		case "<":
			ok = c < 0
		case "<=":
			ok = c <= 0
		case ">":
			ok = c > 0
		default:
			ok = c >= 0
		}
		if !ok {
			return no
		}
	}
	return yes
}
