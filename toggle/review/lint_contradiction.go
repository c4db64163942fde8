package review

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// contradiction says why conditions can not all be true; empty is that they may be. It is
// sure of what it says, but for lists, of which it speaks.
func contradiction(parts []toggle.Condition, now time.Time) string {
	tests := map[string][]toggle.Condition{} // by attribute
	for i := range parts {
		p := &parts[i]
		switch {
		case p.Attribute != "":
			tests[p.Attribute] = append(tests[p.Attribute], *p)
		case p.Any != nil:
			if !slices.ContainsFunc(p.Any, func(c toggle.Condition) bool { return contradiction(conjuncts(c), now) == "" }) {
				return "none of any can be true"
			}
		case p.Not != nil || p.Unless != nil:
			t := text(*cmp.Or(p.Not, p.Unless))
			if slices.ContainsFunc(parts, func(c toggle.Condition) bool { return text(c) == t }) {
				return "it asks for something and for its contrary"
			}
			if p.Not == nil {
				continue // of an attribute that is absent it is true
			}
			// Is, too, is no test of a value: of null it is false.
			if a := p.Not.Attribute; a != "" && p.Not.Present == nil && p.Not.Null == nil && p.Not.Is == "" {
				tests[a] = append(tests[a], *p)
			}
		}
	}
	for _, a := range names(tests) {
		if why := about(a, tests[a], now); why != "" {
			return why
		}
	}
	return ""
}

// about says why tests of one attribute can not all be true.
func about(attribute string, tests []toggle.Condition, now time.Time) string {
	for i := range tests {
		for j := range tests {
			t, other := &tests[i], &tests[j]
			if absent(t) && (other.Present == nil || *other.Present) {
				return attribute + " must be absent and must be something"
			}
			if isNull(t) && other.Present == nil && (other.Null == nil || !*other.Null) {
				return attribute + " must be null and must be something"
			}
		}
	}
	why := values(attribute, tests)
	if why == "" {
		why = bounds(attribute, tests)
	}
	if why == "" {
		why = spans(attribute, tests, now)
	}
	if why != "" && attribute != "key" && attribute != "now" {
		why += ", unless it is a list"
	}
	return why
}

// values looks whether one of the values that an attribute must equal passes all its tests.
func values(attribute string, tests []toggle.Condition) string {
	var candidates []toggle.Value
	found := false
	for i := range tests {
		t := &tests[i]
		list := t.In
		if t.Equals != nil {
			list = []toggle.Value{*t.Equals}
		}
		if list != nil && (!found || len(list) < len(candidates)) {
			candidates, found = list, true
		}
	}
	if !found || attribute == "now" || len(tests) < 2 && attribute != "key" {
		return ""
	}
	flag := toggle.Flag{Kind: toggle.Ops, Owner: "review"}
	flag.Enabled = true
	flag.Rules = []toggle.Rule{{When: toggle.Condition{All: tests}, Serve: "on"}}
	s, err := toggle.Compile(toggle.Set{Flags: map[string]toggle.Flag{"test": flag}}, toggle.Options{})
	if err != nil {
		return ""
	}
	for _, v := range candidates {
		sub := toggle.Subject{Attributes: map[string]toggle.Value{attribute: v}}
		if attribute == "key" {
			sub.Key = v.Text()
		}
		if s.Bool("test", &sub, time.Time{}, false) {
			return ""
		}
	}
	return "there is no value that " + attribute + " can have"
}

// bounds looks whether a number is within all ranges, and whether what must be a number
// must also be a string.
func bounds(attribute string, tests []toggle.Condition) string {
	var low, high *float64
	lowOpen, highOpen, number, words, spans := false, false, false, false, false
	for i := range tests {
		t := &tests[i]
		words = words || t.Prefix != nil || t.Suffix != nil || t.Contains != nil || t.Matches != "" || t.Version != "" || t.CIDR != nil
		number = number || !t.Numeric && (t.AtLeast != nil || t.Above != nil || t.AtMost != nil || t.Below != nil)
		spans = spans || !t.From.IsZero() || !t.Until.IsZero()
		for _, b := range []struct {
			at   *float64
			open bool
		}{{t.AtLeast, false}, {t.Above, true}} {
			if b.at != nil && (low == nil || *b.at > *low || *b.at == *low && b.open) {
				low, lowOpen = b.at, b.open
			}
		}
		for _, b := range []struct {
			at   *float64
			open bool
		}{{t.AtMost, false}, {t.Below, true}} {
			if b.at != nil && (high == nil || *b.at < *high || *b.at == *high && b.open) {
				high, highOpen = b.at, b.open
			}
		}
	}
	switch {
	case number && (words || spans):
		return attribute + " must be a number and something else"
	case low != nil && high != nil && (*low > *high || *low == *high && (lowOpen || highOpen)):
		return fmt.Sprintf("%s must be above %v and below %v", attribute, *low, *high)
	}
	return ""
}

// spans looks whether there is an instant in all spans, and one that is still to come if
// they are about the time.
func spans(attribute string, tests []toggle.Condition, now time.Time) string {
	var from, until time.Time
	for i := range tests {
		t := &tests[i]
		if t.From.After(from) {
			from = t.From
		}
		if !t.Until.IsZero() && (until.IsZero() || t.Until.Before(until)) {
			until = t.Until
		}
	}
	switch {
	case until.IsZero():
		return ""
	case !until.After(from):
		return attribute + " must be from an instant on and until one before it"
	case attribute == "now" && !now.IsZero() && !until.After(now):
		return "its time was over at " + until.UTC().Format(time.RFC3339)
	}
	return ""
}
