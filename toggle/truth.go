package toggle

import (
	"math"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// truth is Kleene's: and is the least, or the greatest, not the mirror image.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// operator is what a compiled condition does.
type operator uint8

const (
	opTrue operator = iota
	opAll
	opAny
	opNot
	opUnless  // the last that is made of others
	opStrings // one of many strings
	opValues  // one of some values
	opRange   // a number between bounds
	opDuring  // an instant between bounds
	opPrefix
	opSuffix
	opContains
	opMatches
	opVersion
	opCIDR
	opPresent // from here on of values that may be absent
	opNull
	opIs
)

// source is where a test looks.
type source uint8

const (
	fromAttributes source = iota
	fromKey
	fromNow
)

// node is a compiled condition. Segments are put in the place where they are named.
type node struct {
	op        operator
	from      source
	want      bool // of present and null
	numeric   bool // a string may be a number
	fold      bool // letters are compared in lower case; texts are
	is        Type
	attribute string
	kids      []node
	values    []Value
	strings   map[string]struct{}
	texts     []string
	low, high bound
	since     int64 // nanoseconds since 1970
	until     int64
	match     *regexp.Regexp
	versions  []versionBound
	networks  []netip.Prefix
}

// bound is one end of a range of numbers.
type bound struct {
	at        float64
	set, open bool // open: at itself is out
}

// test is the truth of the condition.
func (n *node) test(sub *Subject, now time.Time) truth {
	switch {
	case n.op > opUnless && n.from == fromAttributes:
		return n.ofAttribute(sub)
	case n.op > opUnless:
		return n.ofOther(sub, now)
	case n.op == opAll:
		t := yes
		for i := range n.kids {
			k, is := &n.kids[i], unknown
			if k.op > opUnless && k.from == fromAttributes { // as test does, one call less away
				is = k.ofAttribute(sub)
			} else {
				is = k.test(sub, now)
			}
			if t = min(t, is); t == no {
				break
			}
		}
		return t
	case n.op == opAny:
		t := no
		for i := range n.kids {
			if t = max(t, n.kids[i].test(sub, now)); t == yes {
				break
			}
		}
		return t
	case n.op == opNot:
		return yes - n.kids[0].test(sub, now)
	case n.op == opUnless:
		return truthOf(n.kids[0].test(sub, now) != yes)
	}
	return yes
}

// ofAttribute is the truth of a test of an attribute. The form of the look-up with ok copies
// the value twice, and is needed for null alone.
func (n *node) ofAttribute(sub *Subject) truth {
	v := sub.Attributes[n.attribute]
	if v.of != Nothing && v.of != List && n.op < opPresent { // the usual case of leaf
		if n.op == opValues {
			return n.among(&v)
		}
		return n.one(&v)
	}
	_, there := sub.Attributes[n.attribute]
	return n.leaf(&v, there)
}

// ofOther is the truth of a test of the key or the time.
func (n *node) ofOther(sub *Subject, now time.Time) truth {
	v, there := n.look(sub, now)
	return n.leaf(&v, there)
}

// leaf is the truth of a test of one value. It takes a pointer because copies of values are
// most of what a test costs.
func (n *node) leaf(v *Value, there bool) truth {
	switch {
	case n.op == opPresent:
		return truthOf(there == n.want)
	case !there:
		return unknown
	case n.op == opIs:
		return truthOf(v.of == n.is)
	case n.op == opNull:
		return truthOf((v.of == Nothing) == n.want)
	case v.of != List:
		return n.one(v)
	}
	t := no
	for i := range *v.list {
		if t = max(t, n.one(&(*v.list)[i])); t == yes {
			break
		}
	}
	return t
}

// look returns the value that is tested, and whether it is there.
func (n *node) look(sub *Subject, now time.Time) (Value, bool) {
	switch n.from {
	case fromKey:
		return Text(sub.Key), sub.Key != ""
	case fromNow:
		return Value{of: Instant, bits: uint64(nanoseconds(now))}, true
	}
	v, ok := sub.Attributes[n.attribute]
	return v, ok
}

// one tests a value that is not a list.
func (n *node) one(v *Value) truth {
	switch n.op {
	case opValues:
		return n.among(v)
	case opRange:
		f, ok := math.Float64frombits(v.bits), v.of == Number
		if n.numeric && v.of == String {
			f, ok = decimal(v.text)
		}
		if !ok {
			return unknown
		}
		return truthOf(!(n.low.set && (f < n.low.at || n.low.open && f == n.low.at) ||
			n.high.set && (f > n.high.at || n.high.open && f == n.high.at)))
	case opDuring:
		return n.during(v)
	}
	if v.of != String {
		return unknown
	}
	return n.text(v.text)
}

// among compares with some values. It is unknown if none is of the value's type.
func (n *node) among(v *Value) truth {
	t := unknown
	for i := range n.values {
		w := &n.values[i]
		if w.of != v.of {
			continue
		}
		if w.bits == v.bits && len(w.text) == len(v.text) && (v.text == "" || w.text[0] == v.text[0]) && w.text == v.text && v.of != JSON {
			return yes
		}
		t = no
	}
	return t
}

// during compares an instant.
func (n *node) during(v *Value) truth {
	at := int64(v.bits)
	if v.of != Instant {
		t, ok := parseInstant(v.text)
		if v.of != String || !ok {
			return unknown
		}
		at = nanoseconds(t)
	}
	return truthOf(at >= n.since && at < n.until)
}

// text tests a string.
func (n *node) text(s string) truth {
	switch n.op {
	case opStrings:
		_, ok := n.strings[s]
		return truthOf(ok)
	case opMatches:
		return truthOf(n.match.MatchString(s))
	case opVersion:
		return testVersion(n.versions, s)
	case opCIDR:
		a, err := netip.ParseAddr(s)
		if err != nil {
			return unknown
		}
		a = a.Unmap().WithZone("")
		for _, p := range n.networks {
			if p.Contains(a) {
				return yes
			}
		}
		return no
	}
	has := strings.Contains
	switch {
	case n.fold:
		has = n.folded()
	case n.op == opPrefix:
		has = strings.HasPrefix
	case n.op == opSuffix:
		has = strings.HasSuffix
	}
	for _, t := range n.texts {
		if has(s, t) {
			return yes
		}
	}
	return no
}
