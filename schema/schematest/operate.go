package schematest

import (
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// runs says whether a version runs and no transaction holds the key.
func (r *run) runs(version, key string) bool {
	return slices.Contains(r.fleet, version) && (r.tx == nil || r.tx.Key != key)
}

// writable are the values that a version can write: to a record that is there, or that it makes, or in a message.
func (r *run) writable(e Event) (out []Value) {
	v := r.version(e.Version)
	for _, value := range e.Values {
		for i := range v.Writes {
			w := &v.Writes[i]
			kept, sent, inserts := r.into(v, w)
			there := kept && (inserts || r.has[cell{e.Key, w.Attribute, false}])
			if w.Attribute == value.Attribute && (there || sent && !kept) {
				out = append(out, value)
				break
			}
		}
	}
	return out
}

func (r *run) write(e Event) (bool, error) {
	if !r.runs(e.Version, e.Key) {
		return false, nil
	}
	values := r.writable(e)
	if len(values) == 0 {
		return false, nil
	}
	_, err := r.app.Run(e.Version, Operation{Kind: Write, Key: e.Key, Values: values})
	if r.busy(err) {
		return false, nil
	}
	if err != nil {
		return true, fails(schema.Fails, "%s fails to write %s to %s: %v", e.Version, say(values), e.Key, err)
	}
	r.remember(e, values)
	return true, nil
}

// remember is what is read from now on.
func (r *run) remember(e Event, values []Value) {
	v := r.version(e.Version)
	if !slices.Contains(r.keys, e.Key) {
		r.keys = append(r.keys, e.Key)
	}
	for i := range v.Writes {
		w := &v.Writes[i]
		at := slices.IndexFunc(values, func(value Value) bool { return value.Attribute == w.Attribute })
		if at < 0 {
			continue
		}
		kept, sent, inserts := r.into(v, w)
		if kept {
			r.set(cell{e.Key, w.Attribute, false}, values[at])
			r.makeRows(v, e.Key, inserts)
		}
		if sent {
			at := r.set(cell{e.Key, w.Attribute, true}, values[at])
			r.topics[at] = r.stores(slices.Concat(w.Together...))
		}
	}
}

// makeRows notes that there are now records of everything that the version makes.
func (r *run) makeRows(v *schema.Version, key string, inserts bool) {
	for _, a := range r.plan.Attributes {
		if inserts && r.makes(v, a.Name) {
			r.has[cell{key, a.Name, false}] = true
		}
	}
}

func (r *run) set(at cell, value Value) cell {
	r.past[at] = append(r.past[at], r.meant[at].Text)
	r.meant[at] = value
	r.has[at] = true
	return at
}

func (r *run) remove(e Event) (bool, error) {
	if !r.runs(e.Version, e.Key) {
		return false, nil
	}
	v := r.version(e.Version)
	var gone []cell
	for _, a := range r.plan.Attributes {
		at := cell{e.Key, a.Name, false}
		if r.has[at] && r.makes(v, a.Name) {
			gone = append(gone, at)
		}
	}
	if len(gone) == 0 {
		return false, nil
	}
	_, err := r.app.Run(e.Version, Operation{Kind: Delete, Key: e.Key})
	if r.busy(err) {
		return false, nil
	}
	if err != nil {
		return true, fails(schema.Fails, "%s fails to delete %s: %v", e.Version, e.Key, err)
	}
	for _, at := range gone {
		r.set(at, Value{Attribute: at.attribute})
		r.has[at] = false
	}
	return true, nil
}

func (r *run) begin(e Event) (bool, error) {
	app, can := r.app.(Transactor)
	if !can || r.tx != nil || !r.runs(e.Version, e.Key) {
		return false, nil
	}
	e.Values = r.writable(e)
	if len(e.Values) == 0 {
		return false, nil
	}
	end, err := app.Begin(e.Version, Operation{Kind: Write, Key: e.Key, Values: e.Values})
	if err != nil {
		return true, fails(schema.Fails, "%s fails to write %s to %s: %v", e.Version, say(e.Values), e.Key, err)
	}
	r.tx = &pending{e, end}
	return true, nil
}

func (r *run) finish(commit bool) (bool, error) {
	if r.tx == nil {
		return false, nil
	}
	tx := r.tx
	r.tx = nil
	switch err := tx.end(commit); {
	case err != nil && commit:
		return true, fails(schema.Fails, "the transaction of %s, which writes %s to %s, fails: %v", tx.Version, say(tx.Values), tx.Key, err)
	case commit:
		r.remember(tx.Event, tx.Values)
	}
	return true, nil
}

func (r *run) expire() (bool, error) {
	var sent []cell
	for _, key := range r.keys {
		for _, a := range r.plan.Attributes {
			if at := (cell{key, a.Name, true}); r.has[at] {
				sent = append(sent, at)
			}
		}
	}
	app, can := r.app.(Expirer)
	if !can || len(sent) == 0 {
		return false, nil
	}
	if err := app.Expire(); err != nil {
		return true, fails(schema.Fails, "messages cannot expire: %v", err)
	}
	for _, at := range sent {
		delete(r.meant, at)
		delete(r.has, at)
	}
	return true, nil
}

// readAll lets all versions that run read everything.
func (r *run) readAll() error {
	for _, ref := range r.fleet {
		for _, read := range r.version(ref).Reads {
			kept, sent := r.kinds(read.Forms)
			for _, key := range r.keys {
				if kept {
					if err := r.read(ref, &read, cell{key, read.Attribute, false}); err != nil {
						return err
					}
				}
				at := cell{key, read.Attribute, true}
				if sent && r.has[at] && r.subscribes(ref, at) {
					if err := r.read(ref, &read, at); err != nil {
						return err
					}
				}
				if sent && r.has[at] && !slices.ContainsFunc(r.mates(r.service(ref)), func(mate string) bool { return r.subscribes(mate, at) }) {
					return fails(schema.Unread, "nobody of %s reads the message with %s of %s", r.service(ref), at.attribute, key)
				}
			}
		}
	}
	return nil
}

// subscribes says whether a version gets to see the last message: it reads from one of the topics that it is in.
func (r *run) subscribes(ref string, at cell) bool {
	return slices.ContainsFunc(r.version(ref).Reads, func(read schema.Read) bool {
		return read.Attribute == at.attribute && slices.ContainsFunc(r.stores(read.Forms), func(s string) bool { return slices.Contains(r.topics[at], s) })
	})
}

func (r *run) read(ref string, read *schema.Read, at cell) error {
	got, err := r.app.Run(ref, Operation{Kind: Read, Key: at.key, Attribute: at.attribute, Messages: at.sent})
	want := r.meant[at]
	switch {
	case r.busy(err):
		return nil
	case err != nil:
		return fails(schema.Fails, "%s fails to read %s of %s: %v", ref, at.attribute, at.key, err)
	case got == want.Text || r.accepts(at.attribute, want.Class):
		return nil
	case want.Text == "" && r.has[at] && got == r.defaults[at.attribute]:
		return nil // a backfill was there
	case read.Replica && slices.Contains(r.past[at], got):
		return nil
	}
	return fails(schema.Stale, "%s reads %s=%q of %s; what was written last is %q", ref, at.attribute, got, at.key, want.Text)
}
