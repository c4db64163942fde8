package flagd

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// rules translates the targeting of a flag.
func (t *translation) rules(targeting any, path string) []toggle.Rule {
	var rules []toggle.Rule
	for _, c := range t.choices(targeting, path) {
		if c.when.fixed && !c.when.yes {
			continue
		}
		r := toggle.Rule{When: c.when.is}
		switch o := c.out; o.kind {
		case literal:
			r.Serve = t.variant(o.value, o.path)
		case divided:
			r.Rollout = t.rollout(o.split, o.path)
			if len(r.Rollout.Split) == 1 {
				r.Serve, r.Rollout = r.Rollout.Split[0].Variant, nil
			}
		default:
			t.problems.Add(o.path, nil, "must not choose the variant: only literals and fractional do")
		}
		rules = append(rules, r)
		if c.when.fixed {
			break
		}
	}
	if n := len(rules); n > 0 && rules[n-1].Serve == t.usual && rules[n-1].Rollout == nil {
		rules = rules[:n-1] // it is what is served without it
	}
	return rules
}

// variant is the variant that a literal names; null is the default.
func (t *translation) variant(v any, path string) string {
	if v == nil {
		return t.usual
	}
	name := variant(v)
	if _, ok := t.variants[name]; !ok {
		t.problems.Add(path, v, "must be a variant of the flag, true or false if they are variants, or null")
	}
	return name
}

// rollout makes a rollout of a fraction. Neighbours that are the same are one.
func (t *translation) rollout(f *fraction, path string) *toggle.Rollout {
	r := &toggle.Rollout{Exposure: bucket.Everybody, Salt: f.salt, By: f.by}
	if r.By == "key" {
		r.By = ""
	}
	places := map[string]int{}
	for _, p := range f.parts {
		name := t.variant(p.value, p.path)
		at, ok := places[name]
		switch {
		case !ok:
			places[name] = len(r.Split)
			r.Split = append(r.Split, toggle.Part{Variant: name, Weight: p.weight})
		case at == len(r.Split)-1 && t.bucketing == bucket.FlagdV2:
			r.Split[at].Weight += p.weight
		default:
			t.problems.Add(path, nil, fmt.Sprintf("must have %q in one place only", name))
		}
	}
	return r
}
