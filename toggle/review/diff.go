package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Options say what is reviewed. The zero value is every flag's own settings at any time.
type Options struct {
	// Environment chooses among the environments of each flag, as in toggle.Options.
	Environment string
	// Now is the time of the review. Zero is before all schedules; Lint then tells nothing
	// of what is past.
	Now time.Time
	// LongAt is how long a release or an experiment may serve everybody the same before
	// Lint tells of it. Zero is 30 days.
	LongAt time.Duration
	// Environments are those that there are. Lint tells of others that a flag names. Empty
	// is that nobody knows.
	Environments []string
}

// Diff says what a change of a set does in the environment and from the time on that the
// options name. Flags that do not compile are told as Broken; toggle.Compile says why.
func Diff(before, after toggle.Set, o Options) Report {
	d := &differ{old: newView(before, o), new: newView(after, o), now: o.Now, changes: map[string]*Change{}}
	was := renames(d.old, d.new)
	renamed := map[string]bool{}
	for _, n := range names(d.new.set.Flags) {
		old := n
		if r, ok := was[n]; ok {
			old = r
			renamed[r] = true
		}
		d.compare(old, n)
	}
	for _, n := range names(d.old.set.Flags) {
		if _, still := d.new.set.Flags[n]; !still && !renamed[n] {
			d.changes[n] = &Change{Flag: n, What: Removed}
		}
	}
	d.through()
	r := Report{Environment: o.Environment}
	for _, n := range names(d.changes) {
		r.Flags = append(r.Flags, *d.changes[n])
	}
	return r
}

// view is a set with what does not compile in it.
type view struct {
	set         toggle.Set
	environment string
	broken      map[string]bool
}

func newView(s toggle.Set, o Options) *view {
	v := &view{set: s, environment: o.Environment, broken: map[string]bool{}}
	snapshot, _ := toggle.Compile(s, toggle.Options{Environment: o.Environment})
	for n := range s.Flags { // order does not matter: each is looked at alone
		v.broken[n] = snapshot.Evaluate(n, nil, time.Time{}).Error == toggle.FlagBroken
	}
	return v
}

func (v *view) side(name string) *side {
	f := v.set.Flags[name]
	return &side{name: name, flag: &f, settings: settingsOf(&f, v.environment), segments: v.set.Segments}
}

type differ struct {
	old, new *view
	now      time.Time
	changes  map[string]*Change
}

// compare looks at one flag that is there after.
func (d *differ) compare(old, name string) {
	if _, ok := d.old.set.Flags[old]; !ok {
		d.changes[name] = &Change{Flag: name, What: Added}
		if d.new.broken[name] {
			d.changes[name].What = Broken
		}
		return
	}
	c := &Change{Flag: name, What: Changed}
	before, after := d.old.side(old), d.new.side(name)
	c.Settings = changed(before, after)
	if old != name {
		c.What, c.Was = Renamed, old
	}
	if len(c.Settings) == 0 && old == name && d.old.broken[name] == d.new.broken[name] {
		return
	}
	d.changes[name] = c
	if d.old.broken[old] || d.new.broken[name] {
		c.What = Broken
		return
	}
	var whole bool
	c.Moves, whole = moves(before, after, d.now)
	c.Partial = !whole
	c.Schedule = steps(after, d.now)
}

// renames finds flags that were removed and added under another name: with the same salt,
// or the same in all but name and salt. It returns the old name by the new one.
func renames(before, after *view) map[string]string {
	salt := func(v *view, n string) string { return saltOf(n, v.set.Flags[n]) }
	body := func(v *view, n string) string {
		f := v.set.Flags[n]
		f.Salt, f.Settings, f.Environments = "", deciding(f.Settings), maps.Clone(f.Environments)
		for e, s := range f.Environments { // order does not matter: each is looked at alone
			f.Environments[e] = deciding(s)
		}
		return text(f)
	}
	out, taken := map[string]string{}, map[string]bool{}
	for _, alike := range []func(v *view, n string) string{salt, body} {
		for _, n := range names(after.set.Flags) {
			if _, was := before.set.Flags[n]; was || out[n] != "" {
				continue
			}
			for _, old := range names(before.set.Flags) {
				if _, still := after.set.Flags[old]; !still && !taken[old] && alike(before, old) == alike(after, n) {
					out[n], taken[old] = old, true
					break
				}
			}
		}
	}
	return out
}

func saltOf(name string, f toggle.Flag) string {
	if f.Salt != "" {
		return f.Salt
	}
	return name
}

// through finds whom flags move through those that require them.
func (d *differ) through() {
	moving := map[string]bool{}
	for n, c := range d.changes { // order does not matter: each is looked at alone
		moving[n] = len(c.Moves) > 0 || c.What != Changed && c.What != Renamed
	}
	for _, n := range names(d.new.set.Flags) {
		var via []string
		for _, q := range d.new.requires(n) {
			if moving[q] && q != n {
				via = append(via, q)
			}
		}
		if len(via) == 0 || d.changes[n] != nil && d.changes[n].What == Broken {
			continue
		}
		if d.changes[n] == nil {
			d.changes[n] = &Change{Flag: n, What: Affected}
		}
		d.changes[n].Through = via
	}
}

// requires are the flags that one requires, near or far, in their order. A name that is no
// flag is among them.
func (v *view) requires(name string) []string {
	seen := map[string]bool{}
	var visit func(n string)
	visit = func(n string) {
		f := v.set.Flags[n]
		for _, q := range settingsOf(&f, v.environment).Prerequisites {
			if !seen[q.Flag] {
				seen[q.Flag] = true
				visit(q.Flag)
			}
		}
	}
	visit(name)
	return slices.Sorted(maps.Keys(seen))
}

// names are the keys of a map in order.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// short is text that is cut for a table.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// String is the setting with what it was and is: "rollout.exposure: 10% to 25%".
func (s Setting) String() string {
	word := func(v string) string {
		if v == "" {
			return "nothing"
		}
		return short(strings.Trim(v, `"`))
	}
	return fmt.Sprintf("%s: %s to %s", s.Path, word(s.Old), word(s.New))
}
