package schematest_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/schematest"
)

// toy is an application in memory: it does what the footprints and steps of a plan say, unless it has a bug.
type toy struct {
	plan    schema.Plan
	bug     string
	locking bool // steps wait for transactions

	database
	tx      string            // the version whose transaction is open
	unknown map[string]bool   // steps whose outcome is not known
	proven  bool              // it was, once
	batch   map[string]string // read, and not yet written
}

// database is what is stored. A cell that is not set is null.
type database struct {
	forms    map[string]bool
	refuses  map[schema.Refusal]bool
	syncs    map[schema.Sync]bool
	invalid  map[schema.Sync]bool // is there, and does not work
	rows     map[string]map[string]string
	ids      map[string]int // of the row in names; to be unique
	next     int
	messages []message
}

type message struct {
	key    string
	forms  map[string]string
	topics map[string]bool
}

func (d *database) clone() database {
	out := *d
	out.rows = map[string]map[string]string{}
	for at, row := range d.rows {
		out.rows[at] = maps.Clone(row)
	}
	out.ids = maps.Clone(d.ids)
	out.messages = slices.Clone(d.messages)
	return out
}

func (t *toy) Reset() error {
	t.database = database{
		forms: map[string]bool{}, refuses: map[schema.Refusal]bool{}, syncs: map[schema.Sync]bool{}, invalid: map[schema.Sync]bool{},
		rows: map[string]map[string]string{}, ids: map[string]int{}, next: 1,
	}
	for _, f := range t.plan.Start.Forms {
		t.forms[f] = true
	}
	for _, r := range t.plan.Start.Refuses {
		t.refuses[schema.Refusal{Form: r.Form, Value: r.Value}] = true
	}
	t.tx, t.unknown, t.proven, t.batch = "", map[string]bool{}, false, nil
	return nil
}

func (t *toy) version(ref string) schema.Version {
	i := slices.IndexFunc(t.plan.Versions, func(v schema.Version) bool { return v.Ref() == ref })
	return t.plan.Versions[i]
}

func (t *toy) store(form string) schema.Store {
	i := slices.IndexFunc(t.plan.Forms, func(f schema.Form) bool { return f.Name == form })
	k := slices.IndexFunc(t.plan.Stores, func(s schema.Store) bool { return s.Name == t.plan.Forms[i].Store })
	return t.plan.Stores[k]
}

// row is a row's place: the table and the key.
func row(store, key string) string { return store + "/" + key }

func (t *toy) Run(ref string, op schematest.Operation) (string, error) {
	v := t.version(ref)
	before := t.clone()
	var text string
	var err error
	switch op.Kind {
	case schematest.Write:
		err = t.write(v, op)
	case schematest.Delete:
		for _, store := range v.Makes {
			if t.bug == "deletes in one table" && store == "names" {
				continue
			}
			t.delete(row(store, op.Key))
		}
	case schematest.Read:
		text, err = t.read(v, op)
		switch {
		case t.bug == "lags" && text == "two":
			text = "one"
		case t.bug == "garbles" && text != "":
			text = "?"
		}
	}
	if err != nil {
		t.database = before
	}
	return text, err
}

func (t *toy) delete(at string) {
	delete(t.rows, at)
	delete(t.ids, at)
}

func (t *toy) write(v schema.Version, op schematest.Operation) error {
	for _, store := range v.Makes {
		if err := t.insert(store, op.Key); err != nil {
			return err
		}
	}
	if err := t.columns(v, op); err != nil {
		return err
	}
	for refused := range t.refuses {
		cells := t.rows[row(t.store(refused.Form).Name, op.Key)]
		if cells != nil && t.forms[refused.Form] && cells[refused.Form] == "" {
			return fmt.Errorf("null in column %q violates not-null constraint", refused.Form)
		}
	}
	return nil
}

func (t *toy) columns(v schema.Version, op schematest.Operation) error {
	for _, value := range op.Values {
		for _, w := range v.Writes {
			if w.Attribute != value.Attribute {
				continue
			}
			for _, group := range w.Together {
				if err := t.group(v, group, op.Key, value.Text); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// insert makes a row, of which a table called names has numbered ones.
func (t *toy) insert(store, key string) error {
	at := row(store, key)
	if t.rows[at] != nil {
		return nil
	}
	t.rows[at] = map[string]string{}
	if store == "names" {
		for other, id := range t.ids {
			if id == t.next {
				return fmt.Errorf("duplicate key %d: %s has it", id, other)
			}
		}
		t.ids[at] = t.next
		t.next++
	}
	return nil
}

func (t *toy) group(v schema.Version, group []string, key, text string) error {
	sent := message{key, map[string]string{}, map[string]bool{}}
	for _, form := range group {
		if t.bug == "v2 forgets b" && v.Name == "v2" && form == "b" {
			continue
		}
		if !t.forms[form] {
			return fmt.Errorf("column %q does not exist", form)
		}
		if t.store(form).Kind == schema.Topic {
			sent.forms[form] = text
			sent.topics[t.store(form).Name] = true
			continue
		}
		if err := t.set(form, key, text); err != nil {
			return err
		}
	}
	if len(sent.forms) > 0 {
		t.messages = append(t.messages, sent)
	}
	for sync := range t.syncs {
		if slices.Contains(group, sync.From) && !slices.Contains(group, sync.To) {
			if !t.forms[sync.To] {
				return fmt.Errorf("trigger: column %q does not exist", sync.To)
			}
			if err := t.set(sync.To, key, text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *toy) set(form, key, text string) error {
	if cells := t.rows[row(t.store(form).Name, key)]; cells != nil {
		cells[form] = text
	}
	return nil
}

func (t *toy) read(v schema.Version, op schematest.Operation) (string, error) {
	for _, read := range v.Reads {
		if read.Attribute != op.Attribute {
			continue
		}
		if op.Messages {
			if t.bug == "v2 reads a only" && v.Name == "v2" {
				read.Forms = []string{"a"}
			}
			return t.receive(read, op.Key)
		}
		forms := read.Forms
		if t.bug == "v3 prefers a" && v.Name == "v3" && t.rows[row("orders", op.Key)]["a"] != "" {
			forms = []string{"a"}
		}
		for _, form := range forms {
			if !t.forms[form] {
				return "", fmt.Errorf("column %q does not exist", form)
			}
		}
		for _, form := range forms {
			if text := t.rows[row(t.store(form).Name, op.Key)][form]; text != "" {
				return text, nil
			}
		}
		if len(read.Takes) > 0 && t.rows[row(t.store(forms[0]).Name, op.Key)] != nil {
			return "", fmt.Errorf("%s takes no null", v.Name)
		}
	}
	return "", nil
}

func (t *toy) receive(read schema.Read, key string) (string, error) {
	for _, m := range slices.Backward(t.messages) {
		if m.key != key || !slices.ContainsFunc(read.Forms, func(f string) bool { return m.topics[t.store(f).Name] }) {
			continue
		}
		for _, form := range read.Forms {
			if text := m.forms[form]; text != "" {
				return text, nil
			}
		}
		return "", errors.New("cannot decode the message")
	}
	return "", nil
}

// Begin keeps what is written until it is committed.
func (t *toy) Begin(ref string, op schematest.Operation) (func(bool) error, error) {
	t.tx = ref
	return func(commit bool) error {
		t.tx = ""
		if !commit {
			return nil
		}
		_, err := t.Run(ref, op)
		return err
	}, nil
}

func (t *toy) Expire() error {
	t.messages = nil
	return nil
}
