package schematest_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/schematest"
)

var errLost = errors.New("connection reset")

func (t *toy) Do(step schema.Step, outcome schematest.Outcome) error {
	if t.locking && t.tx != "" {
		return schematest.ErrBusy
	}
	unknown := t.unknown[step.Name]
	t.unknown[step.Name] = outcome != schematest.Done
	if unknown && t.bug == "assumes it is done" {
		return nil
	}
	t.land(step)
	if outcome == schematest.Failed {
		return errLost
	}
	var err error
	if step.Backfill != nil {
		err = t.fill(step.Backfill, outcome)
	} else {
		err = t.change(step, outcome)
	}
	if outcome != schematest.Done {
		return errLost
	}
	return err
}

// land writes a batch that was read long ago.
func (t *toy) land(step schema.Step) {
	if step.Backfill != nil {
		return
	}
	for key, text := range t.batch {
		t.rows[key]["b"] = text
	}
	t.batch = nil
}

func (t *toy) fill(b *schema.Backfill, outcome schematest.Outcome) error {
	if !t.forms[b.Form] {
		return fmt.Errorf("column %q does not exist", b.Form)
	}
	if b.From == "" {
		for _, cells := range t.rows {
			if cells[b.Form] == "" || t.bug == "overwrites" {
				cells[b.Form] = b.Value + "-0"
			}
		}
		return nil
	}
	from, to := t.store(b.From), t.store(b.Form)
	keys := slices.Sorted(maps.Keys(t.rows))
	var done int
	for _, at := range keys {
		store, key, _ := strings.Cut(at, "/")
		switch {
		case store == to.Name && t.rows[row(from.Name, key)] == nil:
			t.delete(at) // deleted since
			continue
		case store != from.Name:
			continue
		}
		text := t.rows[at][b.From]
		if t.bug == "reads, then writes" && outcome == schematest.Crash {
			if t.batch == nil {
				t.batch = map[string]string{}
			}
			t.batch[at] = text
			continue
		}
		if done++; outcome == schematest.Crash && done == 2 || t.bug == "fills one" && done == 2 {
			return nil
		}
		if t.bug == "copies numbers" && t.rows[row(to.Name, key)] == nil && to.Name == "names" {
			t.rows[row(to.Name, key)] = map[string]string{}
			t.ids[row(to.Name, key)] = done
		}
		if err := t.insert(to.Name, key); err != nil {
			return err
		}
		t.rows[row(to.Name, key)][b.Form] = text
	}
	return nil
}

// change is one transaction, but for triggers, of which a half may stay behind.
func (t *toy) change(step schema.Step, outcome schematest.Outcome) error {
	for _, c := range step.Changes {
		sync := schema.Sync{From: c.Form, To: c.To}
		switch {
		case outcome == schematest.Crash && c.Do == schema.Tie:
			t.invalid[sync] = true
		case outcome == schematest.Crash:
		case c.Do == schema.Add:
			t.forms[c.Form] = true
			if t.bug == "renames in place" && c.Form == "b" {
				delete(t.forms, "a")
				for _, cells := range t.rows {
					cells["b"] = cells["a"]
				}
			}
		case c.Do == schema.Drop:
			if t.bug == "drops twice" && !t.forms[c.Form] {
				return fmt.Errorf("column %q does not exist", c.Form)
			}
			delete(t.forms, c.Form)
		case c.Do == schema.Accept && t.bug != "stays not null":
			delete(t.refuses, schema.Refusal{Form: c.Form, Value: c.Value})
		case c.Do == schema.Refuse:
			if t.any(c.Form, "") {
				return fmt.Errorf("column %q contains null values", c.Form)
			}
			t.refuses[schema.Refusal{Form: c.Form, Value: c.Value}] = true
		case c.Do == schema.Tie && t.bug == "if not exists" && t.invalid[sync]:
		case c.Do == schema.Tie:
			delete(t.invalid, sync)
			t.syncs[sync] = true
		case c.Do == schema.Untie:
			delete(t.syncs, sync)
		}
	}
	return nil
}

func (t *toy) Holds(c schema.Condition, running []string) (bool, error) {
	open := t.tx
	if t.bug == "forgets transactions" {
		open = ""
	}
	if c.Form != "" && !t.forms[c.Form] {
		return false, fmt.Errorf("column %q does not exist", c.Form)
	}
	switch c.Is {
	case schema.Drained:
		return !slices.Contains(running, c.Version) && open != c.Version, nil
	case schema.Maintained:
		if t.bug == "all writers, it says" {
			return true, nil
		}
		return !slices.ContainsFunc(running, func(ref string) bool { return !t.maintains(t.version(ref), c) }), nil
	case schema.Proven:
		is := t.same(c) && (open == "" || t.maintains(t.version(open), c))
		if t.bug == "remembers the proof" {
			t.proven = t.proven || is && !slices.ContainsFunc(running, func(ref string) bool { return !t.maintains(t.version(ref), c) })
			return t.proven, nil
		}
		return is, nil
	case schema.Absent:
		return !t.any(c.Form, "") && (open == "" || t.uses(t.version(open), c.Form)), nil
	case schema.Unused:
		if t.bug == "nobody, it says" {
			return true, nil
		}
		if open != "" {
			running = append(running, open)
		}
		return !slices.ContainsFunc(running, func(ref string) bool { return t.uses(t.version(ref), c.Form) }), nil
	case schema.Expired:
		return !slices.ContainsFunc(t.messages, func(m message) bool { return m.forms[c.Form] != "" && len(m.forms) == 1 }), nil
	}
	return false, fmt.Errorf("it cannot be asked whether %s", c)
}

// any says whether the form says this in some row.
func (t *toy) any(form, text string) bool {
	for at, cells := range t.rows {
		if strings.HasPrefix(at, t.store(form).Name+"/") && cells[form] == text {
			return true
		}
	}
	return false
}

func (t *toy) maintains(v schema.Version, c schema.Condition) bool {
	sync := schema.Sync{From: c.From, To: c.Form}
	tied := t.syncs[sync] || t.bug == "if not exists" && t.invalid[sync]
	for _, w := range v.Writes {
		for _, group := range w.Together {
			if slices.Contains(group, c.From) != slices.Contains(group, c.Form) && !tied {
				return false
			}
		}
	}
	return true
}

func (t *toy) same(c schema.Condition) bool {
	from, to := t.store(c.From).Name, t.store(c.Form).Name
	for at := range t.rows {
		_, key, _ := strings.Cut(at, "/")
		a, b := t.rows[row(from, key)], t.rows[row(to, key)]
		if (a == nil) != (b == nil) || a[c.From] != b[c.Form] {
			return false
		}
	}
	return true
}

func (t *toy) uses(v schema.Version, form string) bool {
	return slices.ContainsFunc(v.Reads, func(r schema.Read) bool { return slices.Contains(r.Forms, form) }) ||
		slices.ContainsFunc(v.Writes, func(w schema.Write) bool {
			return slices.ContainsFunc(w.Together, func(g []string) bool { return slices.Contains(g, form) })
		})
}
