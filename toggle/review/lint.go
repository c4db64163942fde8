package review

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Lint finds what is wrong with a set in the environment and at the time that the options
// name, by path: what does not compile, and what does but cannot be meant. The same set and
// options give the same findings.
func Lint(s toggle.Set, o Options) []Finding {
	if o.LongAt == 0 {
		o.LongAt = 30 * 24 * time.Hour
	}
	l := &linter{view: newView(s, o), o: o}
	_, err := toggle.Compile(s, toggle.Options{Environment: o.Environment})
	l.cycles()
	for _, e := range strict.Fields(err) {
		if !l.told(strings.TrimSuffix(e.Path, ".prerequisites"), Cycle) {
			l.add(e.Path, Invalid, strings.TrimSpace(e.Value+" "+e.Rule))
		}
	}
	for _, n := range names(s.Flags) {
		l.environments(n)
		if l.broken[n] {
			continue
		}
		side := l.side(n)
		l.rules(side)
		l.prerequisites(side)
		l.age(side)
		l.variants(side)
	}
	l.segments()
	l.hashes()
	slices.SortFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Words, b.Words))
	})
	return l.found
}

type linter struct {
	*view
	o     Options
	found []Finding
}

func (l *linter) add(path string, code Code, words string, args ...any) {
	if len(args) > 0 {
		words = fmt.Sprintf(words, args...)
	}
	l.found = append(l.found, Finding{path, code, words})
}

func (l *linter) told(path string, code Code) bool {
	return slices.ContainsFunc(l.found, func(f Finding) bool { return f.Path == path && f.Code == code })
}

// path is where the settings of a flag are.
func (l *linter) path(s *side) string {
	p := strict.At("flags", s.name)
	if _, own := s.flag.Environments[l.environment]; own {
		return strict.At(p+".environments", l.environment)
	}
	return p
}

// indexed is the path of an element of a list.
func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// cycles finds flags whose prerequisites lead back to them, and tells each way round once.
func (l *linter) cycles() {
	done := map[string]bool{}
	var path []string
	var visit func(n string)
	visit = func(n string) {
		if at := slices.Index(path, n); at >= 0 {
			way := append(slices.Clone(path[at:]), n)
			for _, on := range path[at:] {
				l.add(strict.At("flags", on), Cycle, "requires itself: "+strings.Join(way, " requires "))
			}
			return
		}
		if done[n] {
			return
		}
		done[n] = true
		path = append(path, n)
		f := l.set.Flags[n]
		for _, q := range settingsOf(&f, l.environment).Prerequisites {
			visit(q.Flag)
		}
		path = path[:len(path)-1]
	}
	for _, n := range names(l.set.Flags) {
		visit(n)
	}
}

// environments finds names of environments that there are not.
func (l *linter) environments(name string) {
	if len(l.o.Environments) == 0 {
		return
	}
	for _, e := range names(l.set.Flags[name].Environments) {
		if !slices.Contains(l.o.Environments, e) {
			l.add(strict.At(strict.At("flags", name)+".environments", e), UnknownEnvironment, "is none of "+strings.Join(l.o.Environments, ", "))
		}
	}
}

// segments finds those that no flag uses in any environment.
func (l *linter) segments() {
	used := map[string]string{}
	for _, n := range names(l.set.Flags) {
		f := l.set.Flags[n]
		all := []toggle.Settings{f.Settings}
		for _, e := range names(f.Environments) {
			all = append(all, f.Environments[e])
		}
		for _, s := range all {
			for i := range s.Rules {
				use(&s.Rules[i].When, l.set.Segments, used)
			}
		}
	}
	for _, n := range names(l.set.Segments) {
		if _, is := used[n]; !is {
			l.add(strict.At("segments", n), UnusedSegment, "is used by no flag")
		}
	}
}

// age finds flags that have outlived their use.
func (l *linter) age(s *side) {
	now := l.o.Now
	if now.IsZero() {
		return
	}
	if f := s.flag; !f.Expires.IsZero() && !now.Before(f.Expires) {
		l.add(strict.At("flags", s.name), Expired, "should be gone since %s: ask %s", f.Expires.UTC().Format(time.DateOnly), f.Owner)
	}
	since := s.settings.Since
	if n := len(s.settings.Schedule); n > 0 {
		if last := s.settings.Schedule[n-1].At; !last.After(now) {
			l.add(l.path(s)+".schedule", SchedulePast,
				"has nothing to do since %s: write what it led to", last.UTC().Format(time.DateOnly))
		}
		for _, c := range s.settings.Schedule {
			if !c.At.After(now) && c.At.After(since) {
				since = c.At
			}
		}
	}
	if since.IsZero() || now.Sub(since) < l.o.LongAt || s.flag.Kind != toggle.Release && s.flag.Kind != toggle.Experiment {
		return
	}
	if all := servedAt(s, now); len(all) == 1 {
		l.add(l.path(s), Settled,
			"serves %s to everybody since %s: remove the flag, or go on with it", names(all)[0], since.UTC().Format(time.DateOnly))
	}
}

// variants finds those that nobody is served in any environment.
func (l *linter) variants(s *side) {
	if len(s.flag.Variants) == 0 {
		return
	}
	usual, off := ends(s.flag)
	served := map[string]bool{usual: true, off: true}
	for _, e := range append(names(s.flag.Environments), "") { // "" is the settings of the flag
		own := side{s.name, s.flag, settingsOf(s.flag, e), s.segments}
		for v := range servable(&own) { // order does not matter: a set
			served[v] = true
		}
	}
	for _, v := range names(s.flag.Variants) {
		if !served[v] {
			l.add(strict.At(strict.At("flags", s.name)+".variants", v), UnusedVariant, "is served to nobody in any environment")
		}
	}
}
