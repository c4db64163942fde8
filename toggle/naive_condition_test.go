package toggle_test

import (
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// truth is that of the naive evaluator.
type truth string

const (
	yes   truth = "yes"
	no    truth = "no"
	maybe truth = "maybe"
)

func truthOf(b bool) truth { return either(b, yes, no) }

// test asks what a condition says of a subject.
func (n naive) test(c toggle.Condition, sub toggle.Subject, now time.Time) truth {
	switch {
	case c.Segment != "":
		return n.test(n.set.Segments[c.Segment], sub, now)
	case c.Not != nil:
		switch n.test(*c.Not, sub, now) {
		case yes:
			return no
		case no:
			return yes
		}
		return maybe
	case c.Unless != nil:
		return truthOf(n.test(*c.Unless, sub, now) != yes)
	case c.All != nil:
		return n.several(c.All, no, yes, sub, now)
	case c.Any != nil:
		return n.several(c.Any, yes, no, sub, now)
	case c.Attribute == "":
		return yes
	}
	v, there := attribute(c.Attribute, sub, now)
	switch {
	case c.Present != nil:
		return truthOf(there == *c.Present)
	case !there:
		return maybe
	case c.Is != "":
		return truthOf(v.Type().String() == c.Is)
	case c.Null != nil:
		return truthOf((v.Any() == nil) == *c.Null)
	case v.Type() != toggle.List:
		return one(c, v)
	}
	all, some := true, false
	for _, e := range v.Any().([]any) {
		w, err := toggle.Of(e)
		if err != nil {
			panic(err)
		}
		all, some = all && one(c, w) == no, some || one(c, w) == yes
	}
	if !all && !some {
		return maybe
	}
	return truthOf(some)
}

// several is decided by one that is decisive; else it is not decided if one is not.
func (n naive) several(list []toggle.Condition, decisive, otherwise truth, sub toggle.Subject, now time.Time) truth {
	seen := map[truth]bool{}
	for _, c := range list {
		seen[n.test(c, sub, now)] = true
	}
	switch {
	case seen[decisive]:
		return decisive
	case seen[maybe]:
		return maybe
	}
	return otherwise
}

func attribute(name string, sub toggle.Subject, now time.Time) (toggle.Value, bool) {
	switch name {
	case "key":
		return toggle.Text(sub.Key), sub.Key != ""
	case "now":
		for _, edge := range []time.Time{time.Date(1679, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2261, 1, 1, 0, 0, 0, 0, time.UTC)} {
			if (edge.Year() < 2000) == now.Before(edge) { // no condition of the tests is beyond them
				now = edge
			}
		}
		return toggle.Time(now), true
	}
	v, ok := sub.Attributes[name]
	return v, ok
}

// one tests what is not a list.
func one(c toggle.Condition, v toggle.Value) truth {
	switch {
	case c.Equals != nil:
		return among([]toggle.Value{*c.Equals}, v)
	case c.In != nil:
		return among(c.In, v)
	case c.Above != nil || c.AtLeast != nil || c.Below != nil || c.AtMost != nil:
		f := v.Num()
		if v.Type() != toggle.Number {
			read, err := strconv.ParseFloat(v.Text(), 64)
			if f = read; !c.Numeric || v.Type() != toggle.String || err != nil || !decimalForm.MatchString(v.Text()) {
				return maybe
			}
		}
		return truthOf((c.Above == nil || f > *c.Above) && (c.AtLeast == nil || f >= *c.AtLeast) &&
			(c.Below == nil || f < *c.Below) && (c.AtMost == nil || f <= *c.AtMost))
	case !c.From.IsZero() || !c.Until.IsZero():
		at := v.Time()
		if v.Type() != toggle.Instant {
			if v.Type() != toggle.String || !instantForm.MatchString(v.Text()) || at.UnmarshalText([]byte(v.Text())) != nil {
				return maybe
			}
		}
		return truthOf((c.From.IsZero() || !at.Before(c.From)) && (c.Until.IsZero() || at.Before(c.Until)))
	case v.Type() != toggle.String:
		return maybe
	}
	return textual(c, v.Text())
}

// instantForm is the grammar of RFC 3339; package time accepts more.
var instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`) // never written

var decimalForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$`) // never written

// among compares by type and JSON.
func among(list []toggle.Value, v toggle.Value) truth {
	t := maybe
	for _, w := range list {
		if w.Type() == v.Type() {
			if w.String() == v.String() {
				return yes
			}
			t = no
		}
	}
	return t
}

func textual(c toggle.Condition, s string) truth {
	test := func(list []string, has func(s, t string) bool) truth {
		for _, t := range list {
			if has(s, t) || c.IgnoreCase && has(strings.ToLower(s), strings.ToLower(t)) {
				return yes
			}
		}
		return no
	}
	switch {
	case c.Prefix != nil:
		return test(c.Prefix, strings.HasPrefix)
	case c.Suffix != nil:
		return test(c.Suffix, strings.HasSuffix)
	case c.Contains != nil:
		return test(c.Contains, strings.Contains)
	case c.Matches != "":
		return truthOf(regexp.MustCompile(c.Matches).MatchString(s))
	case c.Version != "":
		if _, ok := readVersion(s); !ok {
			return maybe
		}
		for bound := range strings.FieldsSeq(c.Version) {
			if !holds(s, bound) {
				return no
			}
		}
		return yes
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return maybe
	}
	return test(c.CIDR, func(_, network string) bool { return contains(network, a) })
}

// contains compares the bits of addresses, where IPv4 in IPv6 is IPv4.
func contains(network string, a netip.Addr) bool {
	p, err := netip.ParsePrefix(network)
	if err != nil {
		b := netip.MustParseAddr(network)
		return a.Unmap().WithZone("") == b.Unmap()
	}
	n, skip := p.Addr(), 0
	if n.Is4In6() {
		n, skip = n.Unmap(), 96
	}
	x, y := n.AsSlice(), a.Unmap().AsSlice()
	if len(x) != len(y) {
		return false
	}
	shift := uint(8*len(x) - (p.Bits() - skip))
	cut := func(b []byte) *big.Int { i := new(big.Int).SetBytes(b); return i.Rsh(i, shift) }
	return cut(x).Cmp(cut(y)) == 0
}
