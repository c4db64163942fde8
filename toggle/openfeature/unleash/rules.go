package unleash

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// answer is what those get whom a gate lets in: one variant, or a split by fields.
type answer struct {
	when  []toggle.Condition
	serve string
	split []toggle.Part
	salt  string
	by    []string
}

// strategies are those of the feature. Without any it is on for everybody.
func (t *translation) strategies(visit func(s *strategy, path string)) {
	for i := range t.feature.Strategies {
		visit(&t.feature.Strategies[i], t.feature.path+".strategies["+strconv.Itoa(i)+"]")
	}
	if len(t.feature.Strategies) == 0 {
		visit(&strategy{Name: "default"}, t.feature.path)
	}
}

// on are the rules that turn the feature on.
func (t *translation) on() []toggle.Rule {
	var rules []toggle.Rule
	t.strategies(func(s *strategy, path string) {
		rules = append(rules, t.rules(t.gate(s, path), answer{serve: "on"}, path)...)
	})
	return rules
}

// which are the rules that choose a variant: the strategy's, or the feature's.
func (t *translation) which() []toggle.Rule {
	var rules []toggle.Rule
	t.strategies(func(s *strategy, path string) {
		g := t.gate(s, path)
		variants, at, salt := t.feature.Variants, t.feature.path, t.feature.Name
		if len(s.Variants) > 0 {
			var ok bool
			variants, at = s.Variants, path
			if salt, ok = s.Parameters["groupId"].(string); !ok {
				t.problems.Add(path+".parameters.groupId", nil, "must be given of a strategy with variants")
			}
		}
		for _, a := range t.answers(variants, salt, at) {
			rules = append(rules, t.rules(g, a, path)...)
		}
	})
	return rules
}

// answers are who gets which of some variants: overrides first, then by weight.
func (t *translation) answers(variants []variant, salt, path string) []answer {
	var out []answer
	last := answer{serve: toggle.CallersDefault, salt: salt}
	var sum int64
	for i, v := range variants {
		at := path + ".variants[" + strconv.Itoa(i) + "]"
		for j, o := range v.Overrides {
			name := field(o.ContextName, at+".overrides["+strconv.Itoa(j)+"].contextName", t.problems)
			if len(o.Values) > 0 {
				out = append(out, answer{when: []toggle.Condition{among(name, o.Values)}, serve: v.Name})
			}
		}
		if v.Weight < 0 {
			t.problems.Add(at+".weight", v.Weight, "must not be negative")
		}
		if sum += v.Weight; v.Weight > 0 {
			last.serve = v.Name
			last.split = append(last.split, toggle.Part{Variant: v.Name, Weight: v.Weight})
		}
	}
	switch len(last.split) {
	case 0:
		return append(out, last)
	case 1:
		last.split = nil
		return append(out, last)
	}
	last.serve = ""
	last.by, _ = t.stickiness(variants[0].Stickiness, 1, append(byUser(), "remoteAddress"), path+".variants[0].stickiness")
	return append(out, last)
}

// rules give an answer to whom a gate lets in; the others go on.
func (t *translation) rules(g gate, a answer, path string) []toggle.Rule {
	when := append(slices.Clone(g.when), a.when...)
	r := toggle.Rollout{Exposure: g.share, Serve: a.serve, Split: a.split, Next: true}
	switch {
	case g.share == 0:
		return nil
	case g.share < bucket.Everybody:
		if a.split != nil && (len(a.by) < len(g.by) || !slices.Equal(g.by, a.by[:len(g.by)])) {
			t.problems.Add(path, nil, "must have variants with the stickiness of its rollout")
			return nil
		}
		if r.Salt = g.salt; a.split != nil && a.salt != g.salt {
			r.SplitSalt = a.salt
		}
		return decided(r, when, g.by, g.needed)
	}
	if g.needed {
		when = append(when, unless(missing(g.by[0])))
	}
	if a.split == nil {
		return []toggle.Rule{{When: all(when...), Serve: a.serve}}
	}
	r.Salt = a.salt
	return decided(r, when, a.by, false)
}

// decided are the rules of a rollout by the first field that is there. Those who have none
// are not let in if one is needed, and otherwise cannot be evaluated.
func decided(r toggle.Rollout, when []toggle.Condition, by []string, needed bool) []toggle.Rule {
	var rules []toggle.Rule
	add := func(name string, when []toggle.Condition) {
		own := r
		if name != "key" {
			own.By = name
		}
		rules = append(rules, toggle.Rule{When: all(when...), Rollout: &own})
	}
	for _, name := range by {
		add(name, slices.Concat(when, []toggle.Condition{unless(missing(name))}))
		when = slices.Concat(when, []toggle.Condition{missing(name)})
	}
	if !needed && len(by) > 0 {
		add(by[0], when)
	}
	return rules
}

// values are the values of all variants by their names.
func (t *translation) values() map[string]toggle.Value {
	out := map[string]toggle.Value{}
	payloads := map[string]*payload{}
	add := func(list []variant, path string) {
		for i, v := range list {
			at := path + ".variants[" + strconv.Itoa(i) + "]"
			p, ok := payloads[v.Name]
			if payloads[v.Name] = v.Payload; ok && (p == nil) != (v.Payload == nil) || ok && p != nil && *p != *v.Payload {
				t.problems.Add(at+".payload", nil, "must be the same wherever the variant is")
			}
			out[v.Name] = t.value(v, at+".payload")
		}
	}
	add(t.feature.Variants, t.feature.path)
	t.strategies(func(s *strategy, path string) { add(s.Variants, path) })
	some := 0
	for _, p := range payloads { // order does not matter: they are counted
		if p != nil {
			some++
		}
	}
	if some != 0 && some != len(payloads) {
		t.problems.Add(t.feature.path+".variants", nil, "must all have a payload, or none")
	}
	return out
}

// value is the value of a variant.
func (t *translation) value(v variant, path string) toggle.Value {
	if v.Payload == nil {
		return toggle.Text(v.Name)
	}
	var out toggle.Value
	switch text := []byte(v.Payload.Value); v.Payload.Type {
	case "string", "csv":
		return toggle.Text(v.Payload.Value)
	case "number":
		if f, err := strconv.ParseFloat(v.Payload.Value, 64); err == nil {
			out = toggle.Num(f)
		}
	case "json":
		if text = bytes.TrimSpace(text); len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text) {
			_ = out.UnmarshalJSON(text) // it is valid
		}
	}
	if out.Type() == toggle.Nothing {
		t.problems.Add(path, v.Payload.Value, "must be of type string, csv, number or json, with an object or a list as JSON")
	}
	return out
}
