package schema_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// sorted are the keys of a set in an order.
func sorted[K comparable, V any](set map[K]V) []K {
	return slices.SortedFunc(maps.Keys(set), func(a, b K) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

func (s *sim) index(ref string) int {
	return slices.IndexFunc(s.plan.Versions, func(v schema.Version) bool { return v.Ref() == ref })
}

func service(ref string) string { name, _, _ := strings.Cut(ref, "@"); return name }

// factsOf are the data of the attribute of a form.
func (s *sim) factsOf(form string) *facts {
	for _, f := range s.facts {
		if f.name == s.forms[form].Attribute {
			return f
		}
	}
	return nil
}

// inForce says that the changes of a step are there: it is what the executor sees when it looks.
func (s *sim) inForce(st *schema.Step) bool {
	for _, ch := range st.Changes {
		checked, refused := s.refuses[schema.Refusal{Form: ch.Form, Value: ch.Value}]
		is := map[schema.Do]bool{
			schema.Add: s.exists[ch.Form], schema.Drop: !s.exists[ch.Form],
			schema.Refuse: refused && (checked || ch.Unchecked), schema.Accept: !refused,
			schema.Tie: s.ties[schema.Sync{From: ch.Form, To: ch.To}], schema.Untie: !s.ties[schema.Sync{From: ch.Form, To: ch.To}],
		}
		if !is[ch.Do] {
			return false
		}
	}
	return len(st.Changes) > 0
}

func idle(st *schema.Step) bool {
	return st.Deploy == "" && st.Backfill == nil && len(st.Changes) == 0 && len(st.Needs) == 0
}

// follow goes past steps with nothing in them, and notes how far the plan has come.
func (s *sim) follow() {
	for s.pos < len(s.plan.Steps) && idle(&s.plan.Steps[s.pos]) {
		s.pos++
	}
	s.top = max(s.top, s.made())
	if s.pos == len(s.plan.Steps) || !s.lasting(&s.plan.Steps[s.pos]) {
		s.asked = nil
	}
}

// made is the position if what is in force, and not known to the executor, counts.
func (s *sim) made() int {
	at := s.pos
	for at < len(s.plan.Steps) && (idle(&s.plan.Steps[at]) || s.inForce(&s.plan.Steps[at])) {
		at++
	}
	return at
}

// lasting asks the needs that are about which versions run.
func (s *sim) lasting(st *schema.Step) bool {
	for i := range st.Needs {
		n := &st.Needs[i]
		if (n.Is == schema.Maintained || n.Is == schema.Drained || n.Is == schema.Unused) && !s.holds(n) {
			return false
		}
	}
	return true
}

// twice says whether a need has to be asked twice.
func twice(n *schema.Condition) bool {
	return !n.Once && (n.Is == schema.Proven || n.Is == schema.Absent || n.Is == schema.Unused)
}

// ask asks all needs once: if they hold it notes what is open.
func (s *sim) ask() {
	if s.pos == len(s.plan.Steps) || s.asked != nil || !s.allHold() {
		return
	}
	s.asked = map[int]bool{}
	for _, t := range s.txs {
		s.asked[t.id] = true
	}
}

func (s *sim) allHold() bool {
	for i := range s.plan.Steps[s.pos].Needs {
		if !s.holds(&s.plan.Steps[s.pos].Needs[i]) {
			return false
		}
	}
	return true
}

// met says whether the next step may begin: its needs hold, and those that are asked twice held before, and all that was open then is
// over.
func (s *sim) met() bool {
	if !s.allHold() {
		return false
	}
	if !slices.ContainsFunc(s.plan.Steps[s.pos].Needs, func(n schema.Condition) bool { return twice(&n) }) {
		return true
	}
	if s.driven {
		return !slices.ContainsFunc(s.txs, s.outlasts)
	}
	return s.asked != nil && !slices.ContainsFunc(s.txs, func(t *simTx) bool { return s.asked[t.id] })
}

// outlasts says that a transaction cannot have begun between the first asking and the second, so that the second one has waited for
// it.
func (s *sim) outlasts(t *simTx) bool {
	v := s.versions[t.version]
	for i := range s.plan.Steps[s.pos].Needs {
		n := &s.plan.Steps[s.pos].Needs[i]
		if !twice(n) || s.forms[n.Form].Attribute != t.attr {
			continue
		}
		switch n.Is {
		case schema.Proven:
			if t.group > 0 || !s.maintains(v, n.From, n.Form) {
				return true
			}
		case schema.Absent:
			if t.value == n.Value || !s.knows(s.factsOf(n.Form), v, n.Form) {
				return true
			}
		case schema.Unused:
			if s.uses(v, n.Form) {
				return true
			}
		}
	}
	return false
}

// holds compares.
func (s *sim) holds(n *schema.Condition) bool {
	f := s.factsOf(n.Form)
	switch n.Is {
	case schema.Drained:
		return !s.fleet[n.Version] && !slices.ContainsFunc(s.txs, func(t *simTx) bool { return t.version == n.Version })
	case schema.Maintained:
		for _, v := range s.running() {
			if !s.maintains(v, n.From, n.Form) {
				return false
			}
		}
		return true
	case schema.Unused:
		for _, v := range s.running() {
			if s.uses(v, n.Form) {
				return false
			}
		}
		return true
	case schema.CaughtUp:
		now := &facts{rows: f.rows, truths: f.truths}
		s.catchUp(now)
		return !s.replicated(f) || fmt.Sprint(now.behind) == fmt.Sprint(f.behind)
	case schema.Proven:
		return s.proven(f, n.From, n.Form)
	case schema.Absent:
		return s.absent(f, n.Form, n.Value)
	case schema.Expired:
		return s.expired(f, n.Form)
	}
	return false
}

func (s *sim) replicated(f *facts) bool {
	for _, v := range s.plan.Versions {
		if slices.ContainsFunc(v.Reads, func(r schema.Read) bool { return r.Replica && r.Attribute == f.name }) {
			return true
		}
	}
	return false
}

// maintains: who writes the one writes the other in the same transaction, or a trigger does; nobody writes the
// other alone; and who deletes the one deletes the other.
func (s *sim) maintains(v *schema.Version, from, to string) bool {
	tied := s.ties[schema.Sync{From: from, To: to}]
	for _, w := range v.Writes {
		if w.Attribute != s.forms[from].Attribute {
			continue
		}
		for _, group := range w.Together {
			a, b := slices.Contains(group, from), slices.Contains(group, to)
			if a && !b && !tied || b && !a && !slices.ContainsFunc(w.Together, func(g []string) bool { return slices.Contains(g, from) }) {
				return false
			}
		}
	}
	a, b := slices.Contains(v.Makes, s.storeOf(from)), slices.Contains(v.Makes, s.storeOf(to))
	return tied || !a || b || s.storeOf(from) == s.storeOf(to)
}

func (s *sim) uses(v *schema.Version, form string) bool {
	for _, w := range v.Writes {
		if slices.ContainsFunc(w.Together, func(g []string) bool { return slices.Contains(g, form) }) {
			return true
		}
	}
	return slices.ContainsFunc(v.Reads, func(r schema.Read) bool { return slices.Contains(r.Forms, form) })
}

// proven compares what the one says with what the other does.
func (s *sim) proven(f *facts, from, to string) bool {
	for r := range simRecords {
		if !s.same(f, r, from, to) {
			return false
		}
	}
	return true
}

func (s *sim) same(f *facts, r int, from, to string) bool {
	a, b := f.rows[s.storeOf(from)][r], f.rows[s.storeOf(to)][r]
	if a == nil {
		return b == nil
	}
	want, is := a[s.column(from)]
	if !is && s.stores[s.storeOf(from)] == schema.Blob {
		return true
	}
	got, there := b[s.column(to)]
	return is == there && got.kind == want.kind && got.n == want.n
}

func (s *sim) absent(f *facts, form, value string) bool {
	if !s.keeps(form) {
		return !slices.ContainsFunc(f.messages, func(m simMessage) bool {
			return m.kind == value && slices.Contains(m.stores, s.storeOf(form))
		})
	}
	return !slices.ContainsFunc(f.rows[s.storeOf(form)], func(r row) bool {
		at, is := r[s.column(form)]
		return is && at.kind == value
	})
}

func (s *sim) expired(f *facts, form string) bool {
	if s.keeps(form) {
		return s.stores[s.storeOf(form)] != schema.Blob || !slices.ContainsFunc(f.rows[s.storeOf(form)], func(r row) bool {
			_, is := r[s.column(form)]
			return is
		})
	}
	return !slices.ContainsFunc(f.messages, func(m simMessage) bool {
		_, is := m.forms[form]
		return is && len(m.forms) == 1
	})
}

// make makes the changes of a step in one transaction.
func (s *sim) make(st *schema.Step) {
	for _, ch := range st.Changes {
		refusal := schema.Refusal{Form: ch.Form, Value: ch.Value}
		switch ch.Do {
		case schema.Add, schema.Drop:
			s.alter(ch.Form, ch.Do == schema.Add)
		case schema.Refuse:
			s.refuses[refusal] = s.refuses[refusal] || !ch.Unchecked
			if !ch.Unchecked && s.exists[ch.Form] && !s.absent(s.factsOf(ch.Form), ch.Form, ch.Value) {
				s.oops(schema.StepFails, "%s: a row has %s", st.Name, ch.Value)
			}
		case schema.Accept:
			delete(s.refuses, refusal)
		case schema.Tie:
			s.ties[schema.Sync{From: ch.Form, To: ch.To}] = true
		case schema.Untie:
			delete(s.ties, schema.Sync{From: ch.Form, To: ch.To})
		}
	}
}

// alter adds a form or takes it away.
func (s *sim) alter(form string, add bool) {
	column, store, f := s.column(form), s.storeOf(form), s.factsOf(form)
	was := s.there(column)
	if add {
		s.exists[form] = true
	} else {
		delete(s.exists, form)
	}
	if is := s.there(column); is != was {
		for _, one := range f.rows[store] {
			switch {
			case one == nil:
			case !is:
				delete(one, column)
			case s.stores[store] == schema.Table:
				one[column] = said{kind: schema.Null}
			}
		}
	} else if add || column != form {
		return // another name came or went
	}
	for _, v := range s.running() {
		if slices.Contains(v.Star, store) {
			s.shocked[v.Ref()] = true
		}
	}
}

// atGoal says whether the plan's goal is there.
func (s *sim) atGoal() bool {
	g := &s.plan.Goal
	same := func(set map[string]bool, list []string) bool {
		return fmt.Sprint(sorted(set)) == fmt.Sprint(slices.Sorted(slices.Values(list)))
	}
	refuses, ties := map[schema.Refusal]bool{}, map[schema.Sync]bool{}
	for _, r := range g.Refuses {
		refuses[schema.Refusal{Form: r.Form, Value: r.Value}] = !r.Unchecked
	}
	for _, t := range g.Syncs {
		ties[t] = true
	}
	return s.pos == len(s.plan.Steps) && same(s.exists, g.Forms) && same(s.fleet, g.Running) &&
		maps.Equal(s.refuses, refuses) && maps.Equal(s.ties, ties)
}
