package toggle

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// conditions compiles conditions with the segments that they name.
type conditions struct {
	segments map[string]Condition
	done     map[string]*node // nil of a segment that is wrong
	entered  []string         // segments that are being compiled
	problems *strict.Problems // of the segments
}

// few is how many strings are compared one by one rather than looked up.
const few = 4

// maxNodes bounds what one condition comes to with its segments in it.
const maxNodes = 10_000

// compile checks a condition. What it returns is of use only if nothing was added to p.
func (c *conditions) compile(w *Condition, p place) node {
	forms := 0
	for _, is := range []bool{w.All != nil, w.Any != nil, w.Not != nil, w.Unless != nil, w.Segment != "", w.Attribute != ""} {
		if is {
			forms++
		}
	}
	tests := tests(w)
	if forms > 0 && w.Attribute == "" {
		c.modifiers(w, "", p)
	}
	switch {
	case forms > 1:
		p.add(nil, "must be only one of all, any, not, unless, segment and attribute")
		return node{}
	case w.Attribute == "" && len(tests) > 0:
		p.at("attribute").add(nil, "must be given: "+tests[0]+" is a test of an attribute")
		return node{}
	case forms == 0:
		return node{op: opTrue}
	case w.Attribute != "":
		return c.attribute(w, tests, p)
	case w.Segment != "":
		return c.segment(w.Segment, p.at("segment"))
	case w.Not != nil:
		return node{op: opNot, kids: []node{c.compile(w.Not, p.at("not"))}}
	case w.Unless != nil:
		return node{op: opUnless, kids: []node{c.compile(w.Unless, p.at("unless"))}}
	}
	n, list, key := node{op: opAll}, w.All, "all"
	if w.Any != nil {
		n.op, list, key = opAny, w.Any, "any"
	}
	if len(list) == 0 {
		p.at(key).add(nil, "must have at least one condition")
	}
	for i := range list {
		n.kids = append(n.kids, c.compile(&list[i], p.at(key).index(i)))
	}
	return n
}

// rule compiles the condition of a rule or of a segment.
func (c *conditions) rule(w *Condition, p place) node {
	n := c.compile(w, p)
	if n.size() > maxNodes {
		p.add(nil, fmt.Sprintf("must come to at most %d conditions, those of its segments included", maxNodes))
	}
	return n
}

// segment puts a segment's condition in the place of its name.
func (c *conditions) segment(name string, p place) node {
	w, ok := c.segments[name]
	switch {
	case !ok:
		p.add(name, "must be a segment of the set")
		return node{}
	case slices.Contains(c.entered, name):
		p.add(name, "must not lead back to itself")
		return node{}
	}
	n, ok := c.done[name]
	if !ok {
		var own strict.Problems
		c.entered = append(c.entered, name)
		compiled := c.rule(&w, place{&own, strict.At("segments", name)})
		c.entered = c.entered[:len(c.entered)-1]
		if err := own.Err(); err != nil {
			c.problems.Join("", err)
		} else {
			n = &compiled
		}
		c.done[name] = n
	}
	if n == nil {
		p.add(name, "must be a segment that is right")
		return node{}
	}
	return *n
}

// size is the number of nodes, or more than maxNodes.
func (n *node) size() int {
	s := 1
	for i := range n.kids {
		if s += n.kids[i].size(); s > maxNodes {
			break
		}
	}
	return s
}

// tests are the tests that a condition has, those of one range as one.
func tests(w *Condition) []string {
	var all []string
	for _, t := range []struct {
		name string
		is   bool
	}{
		{"equals", w.Equals != nil},
		{"in", w.In != nil},
		{"bounds of a number", w.Above != nil || w.AtLeast != nil || w.Below != nil || w.AtMost != nil},
		{"from and until", !w.From.IsZero() || !w.Until.IsZero()},
		{"prefix", w.Prefix != nil},
		{"suffix", w.Suffix != nil},
		{"contains", w.Contains != nil},
		{"matches", w.Matches != ""},
		{"version", w.Version != ""},
		{"cidr", w.CIDR != nil},
		{"is", w.Is != ""},
		{"present", w.Present != nil},
		{"null", w.Null != nil},
	} {
		if t.is {
			all = append(all, t.name)
		}
	}
	return all
}

// attribute compiles a test of an attribute.
func (c *conditions) attribute(w *Condition, tests []string, p place) node {
	n := node{attribute: w.Attribute}
	switch w.Attribute {
	case "key":
		n.from = fromKey
	case "now":
		n.from = fromNow
		if len(tests) == 1 && tests[0] != "from and until" {
			p.at("attribute").add("now", "is an instant, and has only from and until")
		}
	}
	if len(tests) != 1 {
		p.add(nil, "must be one test of the attribute: equals, in, bounds of a number, from and until, prefix, suffix, contains, "+
			"matches, version, cidr, is, present or null")
		return n
	}
	c.modifiers(w, tests[0], p)
	switch tests[0] {
	case "equals":
		n.equals([]Value{*w.Equals}, func(int) place { return p.at("equals") })
	case "in":
		n.equals(w.In, p.at("in").index)
		some(len(w.In), p.at("in"))
	case "bounds of a number":
		n.numbers(w, p)
	case "from and until":
		n.instants(w, p)
	case "prefix":
		n.alternatives(opPrefix, w.Prefix, w.IgnoreCase, p.at("prefix"))
	case "suffix":
		n.alternatives(opSuffix, w.Suffix, w.IgnoreCase, p.at("suffix"))
	case "contains":
		n.alternatives(opContains, w.Contains, w.IgnoreCase, p.at("contains"))
	case "matches":
		var err error
		if n.match, err = regexp.Compile(w.Matches); err != nil {
			p.at("matches").add(w.Matches, "must be a regular expression (RE2): "+err.Error())
		}
		n.op = opMatches
	case "version":
		n.op = opVersion
		if n.versions = parseVersionBounds(w.Version); n.versions == nil {
			p.at("version").add(w.Version, "must be bounds of semantic versions, as in >=1.2.0 <2.0.0")
		}
	case "cidr":
		n.subnets(w.CIDR, p.at("cidr"))
	case "is":
		n.op, n.is = opIs, Type(slices.Index(typeNames[:], w.Is))
		if n.is == Nothing || int(n.is) >= len(typeNames) {
			p.at("is").add(w.Is, "must be boolean, string, number, JSON, instant or list")
		}
	case "present":
		n.op, n.want = opPresent, *w.Present
	case "null":
		n.op, n.want = opNull, *w.Null
	}
	return n
}

// modifiers checks that what changes a test stands beside one that it changes.
func (c *conditions) modifiers(w *Condition, test string, p place) {
	if w.Numeric && test != "bounds of a number" {
		p.at("numeric").add(true, "is of bounds of a number")
	}
	if w.IgnoreCase && test != "prefix" && test != "suffix" && test != "contains" {
		p.at("ignoreCase").add(true, "is of prefix, suffix and contains")
	}
}

// some refuses an empty list.
func some(n int, p place) {
	if n == 0 {
		p.add(nil, "must have at least one element")
	}
}

// equals compiles a comparison with some values.
func (n *node) equals(values []Value, at func(int) place) {
	n.op, n.values = opValues, slices.Clone(values)
	texts := 0
	for i, v := range values {
		switch v.of {
		case String:
			texts++
		case Boolean, Number:
		default:
			at(i).add(v, "must be a boolean, a string or a number")
		}
	}
	if texts > few && texts == len(values) {
		n.op, n.values, n.strings = opStrings, nil, map[string]struct{}{}
		for _, v := range values {
			n.strings[v.text] = struct{}{}
		}
	}
}

// numbers compiles a range.
func (n *node) numbers(w *Condition, p place) {
	n.op, n.numeric = opRange, w.Numeric
	set := func(b *bound, f *float64, open bool, key string) {
		if f == nil {
			return
		}
		if b.set {
			p.at(key).add(*f, "must be the only bound on its side")
		}
		if math.IsNaN(*f) || math.IsInf(*f, 0) {
			p.at(key).add(*f, "must be finite")
		}
		*b = bound{at: *f, set: true, open: open}
	}
	set(&n.low, w.AtLeast, false, "atLeast")
	set(&n.low, w.Above, true, "above")
	set(&n.high, w.AtMost, false, "atMost")
	set(&n.high, w.Below, true, "below")
	if n.low.set && n.high.set && (n.low.at > n.high.at || n.low.at == n.high.at && (n.low.open || n.high.open)) {
		p.add(nil, "must be bounds with a number between them")
	}
}

// instants compiles a span of time.
func (n *node) instants(w *Condition, p place) {
	n.op, n.since, n.until = opDuring, math.MinInt64, math.MaxInt64
	set := func(at *int64, t time.Time, key string) {
		if t.IsZero() {
			return
		}
		v := Time(t)
		if v.of != Instant {
			p.at(key).add(t.Format(time.RFC3339Nano), "must be between the years 1678 and 2261")
		}
		*at = int64(v.bits)
	}
	set(&n.since, w.From, "from")
	set(&n.until, w.Until, "until")
	if n.since >= n.until {
		p.at("until").add(w.Until.Format(time.RFC3339Nano), "must be after from")
	}
}

// alternatives compiles a test of a string against some.
func (n *node) alternatives(op operator, texts []string, ignoreCase bool, p place) {
	n.op, n.texts = op, slices.Clone(texts)
	if ignoreCase {
		n.lower()
	}
	some(len(texts), p)
	for i, t := range texts {
		if t == "" {
			p.index(i).add(nil, "must not be empty: every string has it")
		}
	}
}

// subnets compiles networks.
func (n *node) subnets(list []string, p place) {
	n.op = opCIDR
	some(len(list), p)
	for i, s := range list {
		net, err := netip.ParsePrefix(s)
		if a, e := netip.ParseAddr(s); e == nil && a.Zone() == "" {
			net, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if a := net.Addr(); err == nil && a.Is4In6() {
			if net.Bits() < 96 {
				p.index(i).add(s, "must be written as IPv4")
				continue
			}
			net = netip.PrefixFrom(a.Unmap(), net.Bits()-96)
		}
		if err != nil {
			p.index(i).add(s, "must be a network, as in 10.0.0.0/8, or an address")
			continue
		}
		n.networks = append(n.networks, net.Masked())
	}
}

// names are the keys of a map in order.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
