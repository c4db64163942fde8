package flagd

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// fraction divides subjects among variants.
type fraction struct {
	by    string // the attribute
	salt  string // hashed before it
	parts []part
}

// part is what one arm gives to whom it falls to: a literal, and how many.
type part struct {
	value  any
	weight int64
	path   string
}

// arms is a list of parts and for whom it is in force.
type arms struct {
	when  condition
	parts []part
}

// fractional is the operator: what is hashed, unless it is the key with the flag's name, and
// then arms of a variant and a weight.
func (t *translation) fractional(args any, path string) []choice {
	list := t.list(args, 1, maxChoices, path)
	if list == nil {
		return constant(nil, path)
	}
	by, offset := constant(nil, path), 0
	if _, ok := list[0].([]any); !ok {
		by, offset = t.choices(list[0], path+"[0]"), 1
	}
	var out []choice
	for _, a := range t.arms(list[offset:], offset, path) {
		for _, b := range by {
			for _, c := range t.divide(b.out, a.parts, path) {
				out = append(out, choice{all(a.when, b.when, c.when), c.out})
			}
		}
		if out = t.bounded(out, path); t.full {
			break
		}
	}
	return out
}

// divide says who gets what by what is hashed. What is null is as if it were not there.
func (t *translation) divide(by outcome, parts []part, path string) []choice {
	none := choice{always, outcome{path: path}}
	split := func(when condition, name, salt string) choice {
		f := &fraction{by: name, salt: salt, parts: parts}
		if len(parts) == 0 {
			return choice{when, none.out}
		}
		return choice{when, outcome{kind: divided, split: f, path: path}}
	}
	usual := split(unless(absent("key")), "key", t.flag)
	s, isText := by.value.(string)
	switch {
	case by.kind == literal && by.value == nil:
		return []choice{usual, none}
	case by.kind == literal && isText:
		return []choice{t.fixed(always, s, parts, path)}
	case by.kind == attribute && by.value == nil:
		return []choice{
			t.fixed(equals(by.name, toggle.Text("")), "", parts, path),
			split(is(by.name, "string"), by.name, ""),
			{all(absent(by.name), usual.when), usual.out},
			none,
		}
	case by.kind == joined:
		return []choice{
			t.fixed(some(absent(by.name), equals(by.name, toggle.Text(""))), strings.TrimSpace(by.prefix), parts, path),
			split(always, by.name, by.prefix),
		}
	}
	return t.fail(by.path, nil, "must be a text, an attribute without a default, or cat of texts and one attribute at the end")
}

// fixed is what everybody gets who has the same to hash.
func (t *translation) fixed(when condition, text string, parts []part, path string) choice {
	c := choice{when, outcome{path: path}}
	d := bucket.Distribution{Algorithm: t.bucketing, Salt: text, Exposure: bucket.Everybody}
	for _, p := range parts {
		d.Weights = append(d.Weights, p.weight)
	}
	if len(parts) == 0 {
		return c
	}
	plan, err := bucket.Compile(d)
	if err != nil {
		t.problems.Join(path, err)
		return c
	}
	if i := plan.Pick(""); i >= 0 {
		c.out.value, c.out.path = parts[i].value, parts[i].path
	}
	return c
}

// arms reads the arms. One whose variant is an expression makes several lists of it.
func (t *translation) arms(list []any, offset int, path string) []arms {
	out := []arms{{when: always}}
	var sum int64
	for i, a := range list {
		at := path + "[" + strconv.Itoa(i+offset) + "]"
		arm := t.list(a, 1, 2, at)
		if arm == nil {
			return out
		}
		weight := int64(1)
		if len(arm) == 2 {
			weight = t.weight(t.single(arm[1], at+"[1]"))
		}
		if sum += weight; sum > math.MaxInt32 {
			t.problems.Add(path, nil, "must have weights with a sum of at most 2147483647")
			return out
		}
		var next []arms
		values := t.choices(arm[0], at+"[0]")
		for _, o := range out {
			for _, v := range values {
				if _, isList := v.out.value.([]any); v.out.kind != literal || isList {
					t.problems.Add(v.out.path, nil, "must be a literal: the name of a variant, or null")
					return out
				}
				p := part{v.out.value, weight, v.out.path}
				next = append(next, arms{all(o.when, v.when), append(slices.Clip(o.parts), p)})
			}
		}
		if out = next; len(out) > maxChoices && t.enough(path) {
			return out[:1]
		}
	}
	for i := range out {
		if out[i].parts = slices.DeleteFunc(slices.Clone(out[i].parts), func(p part) bool { return p.weight == 0 }); sum == 0 {
			out[i].parts = nil // nobody gets anything
		}
	}
	return out
}

// weight reads the weight of an arm. One below 0 counts as 0.
func (t *translation) weight(o outcome) int64 {
	f, ok := o.value.(float64)
	switch {
	case o.value == nil:
		return 1
	case !ok || f != math.Trunc(f) || f > math.MaxInt32:
		t.problems.Add(o.path, o.value, "must be a whole number of at most 2147483647")
		return 0
	}
	return int64(max(f, 0))
}
