package toggle_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// naive evaluates a set as its documentation says, word for word, from what is written: it
// compiles nothing, keeps nothing and shares nothing with the package but the buckets.
type naive struct {
	set         toggle.Set
	environment string
	broken      map[string]bool
}

// answer is what evaluations are compared by.
type answer struct {
	value   string
	variant string
	reason  toggle.Reason
	rule    string
	err     toggle.ErrorCode
}

func answerOf(r toggle.Result) answer {
	return answer{r.Value.Type().String() + " " + r.Value.String(), r.Variant, r.Reason, r.Rule, r.Error}
}

func failure(code toggle.ErrorCode, rule string) answer {
	return answer{value: "nothing null", reason: toggle.Failed, err: code, rule: rule}
}

func (n naive) evaluate(name string, sub toggle.Subject, now time.Time) answer {
	f, ok := n.set.Flags[name]
	switch {
	case !ok:
		return failure(toggle.FlagNotFound, "")
	case n.broken[name]:
		return failure(toggle.FlagBroken, "")
	}
	variants, usual := f.Variants, f.Default
	if len(variants) == 0 {
		variants, usual = map[string]toggle.Value{"on": toggle.Bool(true), "off": toggle.Bool(false)}, cmp.Or(usual, "off")
	}
	serve := func(variant string, why toggle.Reason, rule string) answer {
		if variant == toggle.CallersDefault {
			return answerOf(toggle.Result{Reason: why, Rule: rule})
		}
		return answerOf(toggle.Result{Value: variants[variant], Variant: variant, Reason: why, Rule: rule})
	}
	off := cmp.Or(f.Off, usual)
	s := f.Settings
	if own, ok := f.Environments[n.environment]; ok {
		s = own
	}
	always := len(s.Schedule) == 0 && len(s.Prerequisites) == 0
	s = inForce(s, now)
	if !s.Enabled {
		return serve(off, toggle.Disabled, "")
	}
	for i, q := range s.Prerequisites {
		a := n.evaluate(q.Flag, sub, now)
		if a.err != "" || !slices.Contains(q.Variants, a.variant) {
			return serve(off, toggle.Prerequired, fmt.Sprintf("prerequisites[%d]", i))
		}
	}
	rules := slices.Clone(s.Rules)
	for i := range rules {
		rules[i].Name = cmp.Or(rules[i].Name, fmt.Sprintf("rules[%d]", i))
	}
	if s.Rollout != nil {
		rules = append(rules, toggle.Rule{Name: "rollout", Rollout: s.Rollout})
	}
	for i, r := range rules {
		last := s.Rollout != nil && i == len(rules)-1
		all := n.everybody(r.When)
		if r.Rollout == nil {
			if n.test(r.When, sub, now) == yes {
				return serve(r.Serve, either(always && all, toggle.Static, toggle.TargetingMatch), r.Name)
			}
			always = false
			continue
		}
		plan := distribution(name, f, *r.Rollout)
		_, constant := plan.Constant()
		nobody := constant && plan.Pick("") < 0
		if n.test(r.When, sub, now) != yes {
			always = always && nobody && r.Rollout.Next
			continue
		}
		why := toggle.Split
		if constant {
			why = either(last, toggle.Default, toggle.TargetingMatch)
			why = either(always && all, toggle.Static, why)
		}
		key, ok := keyOf(*r.Rollout, sub, now)
		if !ok && !constant {
			return failure(toggle.TargetingKeyMissing, r.Name)
		}
		if picked := plan.Pick(key); picked >= 0 {
			return serve(servedBy(*r.Rollout, picked), why, r.Name)
		}
		if !r.Rollout.Next {
			return serve(usual, why, r.Name)
		}
		always = always && nobody
	}
	return serve(usual, either(always, toggle.Static, toggle.Default), "")
}

func either[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// inForce are settings at an instant.
func inForce(s toggle.Settings, now time.Time) toggle.Settings {
	for _, c := range s.Schedule {
		if c.At.After(now) {
			continue
		}
		if c.Enabled != nil {
			s.Enabled = *c.Enabled
		}
		if c.Exposure != nil {
			r := *s.Rollout
			r.Exposure = *c.Exposure
			s.Rollout = &r
		}
	}
	return s
}

func servedBy(r toggle.Rollout, picked int) string {
	if len(r.Split) == 0 {
		return r.Serve
	}
	return r.Split[picked].Variant
}

func distribution(name string, f toggle.Flag, r toggle.Rollout) *bucket.Plan {
	d := bucket.Distribution{Salt: name, Exposure: r.Exposure, Algorithm: bucket.Native}
	for _, salt := range []string{f.Salt, r.Salt} {
		if salt != "" {
			d.Salt = salt
		}
	}
	for _, p := range r.Split {
		d.Weights = append(d.Weights, p.Weight)
	}
	for _, s := range r.Slots {
		at := slices.IndexFunc(r.Split, func(p toggle.Part) bool { return p.Variant == s.Variant })
		d.Slots = append(d.Slots, bucket.Slots{Variant: at, From: s.From, To: s.To})
	}
	plan, err := bucket.Compile(d)
	if err != nil {
		panic(err)
	}
	return plan
}

// keyOf is what is hashed of a subject.
func keyOf(r toggle.Rollout, sub toggle.Subject, now time.Time) (string, bool) {
	if r.By == "" {
		return sub.Key, sub.Key != ""
	}
	v, _ := attribute(r.By, sub, now)
	switch v.Type() {
	case toggle.String:
		return v.Text(), v.Text() != ""
	case toggle.Boolean:
		return strconv.FormatBool(v.Bool()), true
	case toggle.Number:
		if f := v.Num(); f == math.Floor(f) && f >= -1<<53 && f <= 1<<53 {
			return strconv.FormatFloat(f, 'f', 0, 64), true
		}
	}
	return "", false
}

// everybody says whether a condition is the zero one, or a segment that is.
func (n naive) everybody(c toggle.Condition) bool {
	if c.Segment != "" {
		return n.everybody(n.set.Segments[c.Segment])
	}
	return c.All == nil && c.Any == nil && c.Not == nil && c.Unless == nil && c.Attribute == ""
}
