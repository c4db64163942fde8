package review

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// logic is what a flag does in one environment at one time.
type logic struct {
	enabled       bool
	off, usual    string
	prerequisites []string // as words: "checkout is on"
	rules         []ruled  // the flag's rollout last, if there is one
	values        map[string]toggle.Value
}

// ruled is a rule. Its condition is JSON with the segments in it; empty is everybody.
type ruled struct {
	name, condition string
	step            step
}

// alone says that nobody goes on after the rule.
func (r *ruled) alone() bool { return r.condition == "" && !r.step.next }

// class is subjects who are alike: these conditions are true of them, and no other; and
// these prerequisites fail.
type class struct {
	who             string
	matched, failed []string
}

// settingsOf are the settings that are in force in an environment.
func settingsOf(f *toggle.Flag, environment string) *toggle.Settings {
	if s, ok := f.Environments[environment]; ok {
		return &s
	}
	return &f.Settings
}

// at are the settings as their schedule makes them at an instant; the zero time is before
// all of it.
func at(s toggle.Settings, now time.Time) toggle.Settings {
	for _, c := range s.Schedule {
		if now.IsZero() || c.At.After(now) {
			break
		}
		if c.Enabled != nil {
			s.Enabled = *c.Enabled
		}
		if c.Exposure != nil && s.Rollout != nil {
			r := *s.Rollout
			r.Exposure, s.Rollout = *c.Exposure, &r
		}
	}
	s.Schedule = nil
	return s
}

// ends are the variants that a flag serves to whom nothing else is, and while it is off.
func ends(f *toggle.Flag) (usual, off string) {
	usual = f.Default
	if len(f.Variants) == 0 {
		usual = cmp.Or(usual, "off")
	}
	return usual, cmp.Or(f.Off, usual)
}

// logicOf is what a flag that compiles does with some settings of it.
func logicOf(name string, f *toggle.Flag, s *toggle.Settings, segments map[string]toggle.Condition) logic {
	l := logic{enabled: s.Enabled, values: f.Variants}
	l.usual, l.off = ends(f)
	for _, q := range s.Prerequisites {
		l.prerequisites = append(l.prerequisites, q.Flag+" is "+strings.Join(q.Variants, " or "))
	}
	for i, r := range s.Rules {
		out := ruled{name: ruleName(i, &r), condition: canonical(&r.When, segments), step: step{rest: r.Serve}}
		if r.Rollout != nil {
			out.step = stepOf(name, f, r.Rollout)
		}
		l.rules = append(l.rules, out)
	}
	if s.Rollout != nil {
		l.rules = append(l.rules, ruled{name: "rollout", step: stepOf(name, f, s.Rollout)})
	}
	return l
}

func ruleName(i int, r *toggle.Rule) string {
	if r.Name != "" {
		return "rule " + r.Name
	}
	return "rules[" + strconv.Itoa(i) + "]"
}

// stepOf is a rollout as a step. Its plan is nil if the rollout does not compile.
func stepOf(name string, f *toggle.Flag, r *toggle.Rollout) step {
	d, variants := r.Distribution(name, f)
	s := step{variants: variants, next: r.Next, by: r.By}
	if s.by == "key" {
		s.by = ""
	}
	s.rest, _ = ends(f)
	if s.plan, _ = bucket.Compile(d); s.plan != nil {
		s.streams = s.plan.Streams()
	}
	return s
}

// canonical is a condition as JSON with its segments in it; empty is everybody.
func canonical(c *toggle.Condition, segments map[string]toggle.Condition) string {
	own := expand(*c, segments, 0)
	if t := text(own); t != "{}" {
		return t
	}
	return ""
}

// maxDepth is deeper than segments of a set that compiles can lead.
const maxDepth = 1000

// expand puts segments in the place of their names.
func expand(c toggle.Condition, segments map[string]toggle.Condition, depth int) toggle.Condition {
	if depth > maxDepth {
		return c // it leads back to itself, and does not compile
	}
	if s, ok := segments[c.Segment]; ok && c.Segment != "" {
		return expand(s, segments, depth+1)
	}
	list := func(all []toggle.Condition) []toggle.Condition {
		out := slices.Clone(all)
		for i := range out {
			out[i] = expand(out[i], segments, depth+1)
		}
		return out
	}
	c.All, c.Any = list(c.All), list(c.Any)
	for _, k := range []**toggle.Condition{&c.Not, &c.Unless} {
		if *k != nil {
			own := expand(**k, segments, depth+1)
			*k = &own
		}
	}
	return c
}

// text is something of a set as JSON, always the same for the same thing.
func text(v any) string {
	b, err := strict.Encode(v)
	if err != nil {
		return err.Error() // a set that compiles can be written
	}
	return string(b)
}

// isOff says whether the flag serves its off variant to those of whom prerequisites fail.
func (l *logic) isOff(failed []string) bool {
	fails := func(q string) bool { return slices.Contains(failed, q) }
	return !l.enabled || slices.ContainsFunc(l.prerequisites, fails)
}

// passed are the rules that a class comes to, in their order: all but the last of them may
// pass somebody on.
func (l *logic) passed(c class) (all []*ruled) {
	if l.isOff(c.failed) {
		return nil
	}
	for i := range l.rules {
		if r := &l.rules[i]; r.condition == "" || slices.Contains(c.matched, r.condition) {
			if all = append(all, r); !r.step.next {
				break
			}
		}
	}
	return all
}

// decide is what happens to a class.
func (l *logic) decide(c class) decision {
	if l.isOff(c.failed) {
		return constant(l.off)
	}
	var d decision
	for _, r := range l.passed(c) {
		d = append(d, r.step)
	}
	if n := len(d); n > 0 && !d[n-1].next {
		return d
	}
	return append(d, constant(l.usual)...)
}

// conditions are those of the rules that can decide, each once, in their order.
func (l *logic) conditions() []string {
	var all []string
	for i := range l.rules {
		r := &l.rules[i]
		if r.condition != "" && !slices.Contains(all, r.condition) {
			all = append(all, r.condition)
		}
		if r.alone() {
			break
		}
	}
	return all
}

// nameOf is the rule that has a condition.
func (l *logic) nameOf(condition string) string {
	for i := range l.rules {
		if l.rules[i].condition == condition {
			return l.rules[i].name
		}
	}
	return ""
}

// value is what a variant is.
func (l *logic) value(variant string) string {
	if len(l.values) == 0 {
		return strconv.FormatBool(variant == "on")
	}
	return l.values[variant].String()
}
