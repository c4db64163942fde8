package client

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// What changes is told by names: of each flag that may serve something else now. Flags that
// do not are among them now and then, but none is left out.

// touched are the names of some flags, and of all that have one of them as a prerequisite,
// directly or not.
func touched(snapshot *toggle.Snapshot, names ...string) []string {
	asks := map[string][]string{} // who has it as a prerequisite
	for _, n := range snapshot.Names() {
		for _, q := range prerequisites(snapshot, n) {
			asks[q] = append(asks[q], n)
		}
	}
	found := map[string]bool{}
	for todo := slices.Clone(names); len(todo) > 0; {
		n := todo[len(todo)-1]
		if todo = todo[:len(todo)-1]; !found[n] {
			found[n] = true
			todo = append(todo, asks[n]...)
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// settings are those in force in the environment.
func settings(s *toggle.Snapshot, f *toggle.Flag) *toggle.Settings {
	if own, ok := f.Environments[s.Environment()]; ok {
		return &own
	}
	return &f.Settings
}

func prerequisites(s *toggle.Snapshot, name string) []string {
	f, _ := s.Flag(name)
	var all []string
	for _, q := range settings(s, &f).Prerequisites {
		all = append(all, q.Flag)
	}
	return all
}

// differs are the names of flags that may serve something else when one set, with its data,
// is replaced by another.
func differs(old, now *toggle.Snapshot, oldData, nowData []byte) []string {
	var names []string
	segments := !sameSegments(oldData, nowData)
	for _, n := range now.Names() {
		f, _ := now.Flag(n)
		was, there := old.Flag(n)
		if !there || !reflect.DeepEqual(f, was) || segments && refers(settings(now, &f)) {
			names = append(names, n)
		}
	}
	for _, n := range old.Names() {
		if _, there := now.Flag(n); !there {
			names = append(names, n)
		}
	}
	return touched(now, names...)
}

// sideways are the names of flags that have a safe side.
func sideways(base *toggle.Snapshot) []string {
	var names []string
	for _, n := range base.Names() {
		if f, _ := base.Flag(n); f.Stale == toggle.ServeOff {
			names = append(names, n)
		}
	}
	return touched(base, names...)
}

// sameSegments compares what two sets say of segments.
func sameSegments(a, b []byte) bool {
	var old, now struct {
		Segments map[string]json.RawMessage `json:"segments"`
	}
	if json.Unmarshal(a, &old) != nil || json.Unmarshal(b, &now) != nil {
		return false
	}
	return maps.EqualFunc(old.Segments, now.Segments, func(a, b json.RawMessage) bool {
		var x, y bytes.Buffer
		return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
	})
}

// refers says whether a rule names a segment.
func refers(s *toggle.Settings) bool {
	return slices.ContainsFunc(s.Rules, func(r toggle.Rule) bool { return names(&r.When) })
}

func names(c *toggle.Condition) bool {
	named := func(c toggle.Condition) bool { return names(&c) }
	return c.Segment != "" || c.Not != nil && names(c.Not) || slices.ContainsFunc(c.All, named) || slices.ContainsFunc(c.Any, named)
}
