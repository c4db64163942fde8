package toggle

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// compiler compiles one flag.
type compiler struct {
	conditions *conditions
	flag       *flag
	data       *Flag
	variants   []string
}

// compileFlag checks a flag and makes it ready, or returns nil if it is wrong. Prerequisites
// are linked later: the flag of each is -1.
func compileFlag(name string, data *Flag, environment string, c *conditions, p place) *flag {
	k := &compiler{conditions: c, data: data, flag: &flag{name: name, data: *data, served: maps.Clone(data.Variants)}}
	k.about(p)
	k.values(p)
	s, where := &data.Settings, p
	if own, ok := data.Environments[environment]; ok {
		s, where = &own, p.at("environments").at(environment)
	}
	for _, e := range names(data.Environments) { // the others must be right, too
		if e == "" {
			p.at("environments").add(nil, "must have a name")
		}
		if own := data.Environments[e]; e != environment {
			k.settings(&own, p.at("environments").at(e))
		}
	}
	if s != &data.Settings {
		k.settings(&data.Settings, p)
	}
	k.flag.phases = k.settings(s, where)
	if p.problems.Err() != nil {
		return nil
	}
	k.simplify()
	return k.flag
}

// about checks what does not decide anything.
func (k *compiler) about(p place) {
	d := k.data
	kinds := []Kind{Release, Experiment, Ops, Permission}
	if !slices.Contains(kinds, d.Kind) {
		p.at("kind").add(given(string(d.Kind)), "must be release, experiment, ops or permission")
	}
	if d.Owner == "" {
		p.at("owner").add(nil, "must be given: somebody has to remove the flag one day")
	}
	if d.Expires.IsZero() && (d.Kind == Release || d.Kind == Experiment) {
		p.at("expires").add(nil, "must be given of a flag of kind "+string(d.Kind))
	}
	if d.Stale != KeepServing && d.Stale != ServeOff {
		p.at("stale").add(string(d.Stale), "must be off, or left out")
	}
	if d.Bucketing != "" && !slices.Contains(bucket.Algorithms(), d.Bucketing) {
		p.at("bucketing").add(string(d.Bucketing), fmt.Sprintf("must be one of %q", bucket.Algorithms()))
	}
}

// given is a text as the value of a problem: nothing if it is empty.
func given(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// booleans are the variants of a flag that has none of its own.
func booleans() map[string]Value { return map[string]Value{"on": Bool(true), "off": Bool(false)} }

// values checks the variants and which of them are default and off.
func (k *compiler) values(p place) {
	d := *k.data
	if len(d.Variants) == 0 {
		k.flag.served, d.Default = booleans(), cmp.Or(d.Default, "off")
	}
	k.variants = names(k.flag.served)
	first := ""
	for _, n := range k.variants {
		v := k.flag.served[n]
		if n == "" {
			p.at("variants").add(nil, "must have names")
		}
		if n == CallersDefault {
			p.at("variants").add(n, "stands for the caller's default, and names no variant")
		}
		switch {
		case v.of != Boolean && v.of != String && v.of != Number && v.of != JSON:
			p.at("variants").at(n).add(v, "must be a boolean, a string, a number, an object or a list")
		case k.flag.of == Nothing:
			k.flag.of, first = v.of, n
		case v.of != k.flag.of:
			p.at("variants").at(n).add(v, fmt.Sprintf("must be a %v, as variant %s is", k.flag.of, first))
		}
	}
	p.at("default").variant(d.Default, k.variants)
	d.Off = cmp.Or(d.Off, d.Default)
	if d.Off != d.Default {
		p.at("off").variant(d.Off, k.variants)
	}
	k.flag.usual = d.Default
	k.flag.off = k.result(d.Off, Disabled, "")
}

func (k *compiler) result(variant string, why Reason, rule string) result {
	if variant == CallersDefault {
		return &Result{Reason: why, Rule: rule}
	}
	return &Result{Value: k.flag.served[variant], Variant: variant, Reason: why, Rule: rule}
}

// settings compiles settings to the phases of their schedule.
func (k *compiler) settings(s *Settings, p place) []phase {
	base := phase{enabled: s.Enabled, since: math.MinInt64}
	base.otherwise = k.result(k.flag.usual, Default, "")
	for i, q := range s.Prerequisites {
		base.prerequisites = append(base.prerequisites, k.prerequisite(q, p.at("prerequisites").index(i), i))
	}
	var seen []string
	for i := range s.Rules {
		r := &s.Rules[i]
		at := p.at("rules").index(i)
		if r.Name != "" && slices.Contains(seen, r.Name) {
			at.at("name").add(r.Name, "must be the name of one rule only")
		}
		seen = append(seen, r.Name)
		base.rules = append(base.rules, k.rule(r, at, cmp.Or(r.Name, "rules["+strconv.Itoa(i)+"]")))
	}
	return k.schedule(s, base, p)
}

// schedule compiles the phases, of which base is the first without the flag's rollout.
func (k *compiler) schedule(s *Settings, base phase, p place) []phase {
	phases := []phase{base}
	var exposure *bucket.Share // nil is the rollout's own
	k.rollout(&phases[0], s.Rollout, exposure, p.at("rollout"))
	for i, c := range s.Schedule {
		at := p.at("schedule").index(i)
		next := base
		next.enabled = phases[i].enabled
		var aside strict.Problems
		if c.Enabled != nil {
			next.enabled = *c.Enabled
		}
		if c.Exposure != nil {
			exposure = c.Exposure
			if s.Rollout == nil {
				at.at("exposure").add(exposure.String(), "is of a rollout, and the flag has none")
			}
		}
		if c.Enabled == nil && c.Exposure == nil {
			at.add(nil, "must change something: enabled or exposure")
		}
		if v := Time(c.At); c.At.IsZero() || v.of != Instant {
			at.at("at").add(nil, "must be an instant between the years 1678 and 2261")
		} else if next.since = int64(v.bits); i > 0 && next.since <= phases[i].since {
			at.at("at").add(c.At.Format(time.RFC3339Nano), "must be after the change before it")
		}
		k.rollout(&next, s.Rollout, exposure, place{&aside, ""})
		for _, e := range strict.Fields(aside.Err()) { // all else was told of the rollout itself
			if c.Exposure != nil && e.Path == "exposure" {
				p.problems.Join(at.path, e)
			}
		}
		phases = append(phases, next)
	}
	return phases
}

// prerequisite compiles a prerequisite with what is served when it does not hold.
func (k *compiler) prerequisite(q Prerequisite, p place, i int) prerequisite {
	if q.Flag == "" {
		p.at("flag").add(nil, "must be given")
	}
	some(len(q.Variants), p.at("variants"))
	for j, v := range q.Variants {
		if v == "" {
			p.at("variants").index(j).add(nil, "must not be empty")
		}
	}
	fails := func(detail string) result {
		r := *k.result(k.flag.off.Variant, Prerequired, "prerequisites["+strconv.Itoa(i)+"]")
		r.Detail = "prerequisite " + q.Flag + " " + detail
		return &r
	}
	return prerequisite{
		flag: -1, name: q.Flag, variants: slices.Clone(q.Variants), // the caller's may be written to
		missing: fails("is not there"), other: fails("is not " + strings.Join(q.Variants, " or ")), bad: fails("cannot be evaluated"),
	}
}

// rule compiles a rule that has a place or a name.
func (k *compiler) rule(r *Rule, p place, name string) rule {
	out := rule{when: k.conditions.rule(&r.When, p.at("when"))}
	switch {
	case (r.Serve != "") == (r.Rollout != nil):
		p.add(nil, "must have either serve or rollout")
	case r.Rollout != nil:
		out.rollout = k.share(r.Rollout, p.at("rollout"), name)
	default:
		p.at("serve").variant(r.Serve, k.variants)
		out.serve = k.result(r.Serve, TargetingMatch, name)
	}
	return out
}
