package review

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
)

// changed are the fields of a flag that change, as if its environment were all it had, and
// the segments that it uses.
func changed(before, after *side) []Setting {
	var all []Setting
	differences("", before.fields(), after.fields(), &all)
	old, now := before.segmentsUsed(), after.segmentsUsed()
	for _, n := range names(union(old, now)) {
		if old[n] != now[n] {
			all = append(all, Setting{strict.At("segments", n), old[n], now[n]})
		}
	}
	return all
}

func union(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for n := range a { // order does not matter: a set
		all[n] = true
	}
	for n := range b { // order does not matter: a set
		all[n] = true
	}
	return all
}

// fields are the flag as JSON.
func (s *side) fields() any {
	f := *s.flag
	f.Settings, f.Environments = deciding(*s.settings), nil
	var v any
	if json.Unmarshal([]byte(text(f)), &v) != nil { // it cannot be written, and text says why
		return text(f)
	}
	return v
}

// deciding are settings without what decides nothing: since when they are as they are, and
// what package exposure keeps of rollouts.
func deciding(s toggle.Settings) toggle.Settings {
	own := func(r *toggle.Rollout) *toggle.Rollout {
		if r == nil {
			return nil
		}
		o := *r
		o.Good, o.Progress = 0, nil
		return &o
	}
	s.Since, s.Rollout, s.Rules = time.Time{}, own(s.Rollout), slices.Clone(s.Rules)
	for i := range s.Rules {
		s.Rules[i].Rollout = own(s.Rules[i].Rollout)
	}
	return s
}

// differences are the places where two JSON values differ, deep for objects and for lists
// of the same length.
func differences(path string, before, after any, all *[]Setting) {
	a, aObject := before.(map[string]any)
	b, bObject := after.(map[string]any)
	if aObject && bObject {
		keys := map[string]bool{}
		for k := range a { // order does not matter: a set
			keys[k] = true
		}
		for k := range b { // order does not matter: a set
			keys[k] = true
		}
		for _, k := range names(keys) {
			differences(strict.At(path, k), a[k], b[k], all)
		}
		return
	}
	l, aList := before.([]any)
	m, bList := after.([]any)
	if aList && bList && len(l) == len(m) {
		for i := range l {
			differences(path+"["+strconv.Itoa(i)+"]", l[i], m[i], all)
		}
		return
	}
	if old, now := written(before), written(after); old != now {
		*all = append(*all, Setting{path, old, now})
	}
}

func written(v any) string {
	if v == nil {
		return ""
	}
	b, _ := json.Marshal(v) // it was read from JSON
	return string(b)
}

// segmentsUsed are the segments that the flag's conditions name, near or far, as JSON.
func (s *side) segmentsUsed() map[string]string {
	used := map[string]string{}
	for i := range s.settings.Rules {
		use(&s.settings.Rules[i].When, s.segments, used)
	}
	return used
}

// use collects the segments that a condition names, near or far.
func use(c *toggle.Condition, segments map[string]toggle.Condition, used map[string]string) {
	if c.Segment != "" {
		if _, seen := used[c.Segment]; !seen {
			w, ok := segments[c.Segment]
			used[c.Segment] = ""
			if ok {
				used[c.Segment] = text(w)
				use(&w, segments, used)
			}
		}
	}
	for i := range c.All {
		use(&c.All[i], segments, used)
	}
	for i := range c.Any {
		use(&c.Any[i], segments, used)
	}
	for _, k := range []*toggle.Condition{c.Not, c.Unless} {
		if k != nil {
			use(k, segments, used)
		}
	}
}
