package change

import (
	"cmp"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// In says where a field or a format is: exactly one of the four. Services name an endpoint in Calls and Serves.
type In struct {
	Topic    string `json:"topic,omitempty"`    // messages that are kept: topics, queues, caches, backups
	Blob     string `json:"blob,omitempty"`     // records that are written as they are: documents, files
	Request  string `json:"request,omitempty"`  // what callers send to an endpoint
	Response string `json:"response,omitempty"` // what an endpoint answers
}

func (in In) check(p *problems) {
	n := 0
	for _, one := range []struct{ field, name string }{
		{"topic", in.Topic}, {"blob", in.Blob}, {"request", in.Request}, {"response", in.Response},
	} {
		if one.name != "" {
			n++
			p.name(one.field, one.name)
		}
	}
	p.must(n == 1, "topic", nil, "or one of blob, request and response must be given, and only one")
}

func (in In) place(things ...string) place {
	switch {
	case in.Topic != "":
		return place{kind: schema.Topic, store: in.Topic, things: things}
	case in.Blob != "":
		return place{kind: schema.Blob, store: in.Blob, things: things}
	case in.Request != "":
		return place{kind: schema.Call, store: in.Request + " request", name: in.Request, things: things, request: true}
	}
	return place{kind: schema.Call, store: in.Response + " response", name: in.Response, things: things}
}

var other = schema.Definition{Kind: schema.DefineOther} // never written

func otherwise(name string) *schema.Definition {
	d := other
	d.Name = name
	return &d
}

// AddField is a new field of messages, blobs, requests or responses (catalogue 23, 24 and half of 28). A Required
// one is optional first, until every message that is kept has it.
type AddField struct {
	In
	Field    string `json:"field"`
	Required bool   `json:"required,omitempty"`
}

// Kind is "addField".
func (AddField) Kind() string { return "addField" }

func (c AddField) check(p *problems) {
	c.In.check(p)
	p.name("field", c.Field)
	p.must(!c.Required || c.Blob == "", "required", nil, "is not for blobs: those that are there do not have it")
}

func (c AddField) recipes(w *world) []*recipe {
	at := c.place(c.Field)
	form := at.store + "." + c.Field
	p := &presence{recipe: newRecipe(form, form), place: at, form: form, required: c.Required, define: otherwise(form)}
	p.gives = p.holds
	p.come(w.uses(at), nil)
	return []*recipe{p.recipe}
}

// RemoveField is a field that goes (catalogue 25 and half of 29): nobody needs it, then nobody writes it. Its
// name and number stay reserved.
type RemoveField struct {
	In
	Field    string `json:"field"`
	Required bool   `json:"required,omitempty"` // readers fail without it today
}

// Kind is "removeField".
func (RemoveField) Kind() string { return "removeField" }

func (c RemoveField) check(p *problems) {
	c.In.check(p)
	p.name("field", c.Field)
}

func (c RemoveField) recipes(w *world) []*recipe {
	at := c.place(c.Field)
	form := at.store + "." + c.Field
	p := &presence{recipe: newRecipe(form, form), place: at, form: form, required: c.Required, define: otherwise(form)}
	p.leave(w.uses(at))
	return []*recipe{p.recipe}
}

// ChangeField is another name or type for a field (catalogue 26). Which side goes first, and who has to know
// both, follows from who takes what.
type ChangeField struct {
	In
	Field string `json:"field"`
	To    string `json:"to,omitempty"` // empty is the same name
	// OldType and Type are the types, as they are called in the format.
	OldType string `json:"oldType,omitempty"`
	Type    string `json:"type,omitempty"`
	// Formats are compared to know what readers of one make of the other.
	Formats *Formats `json:"formats,omitempty"`
	// OldReadsNew and NewReadsOld say it where there are no Formats: empty is error. Lossy is no better than error.
	OldReadsNew schema.Verdict `json:"oldReadsNew,omitempty"`
	NewReadsOld schema.Verdict `json:"newReadsOld,omitempty"`
	Values      []Value        `json:"values,omitempty"`
}

// Kind is "changeField".
func (ChangeField) Kind() string { return "changeField" }

func (c ChangeField) check(p *problems) {
	c.In.check(p)
	p.name("field", c.Field)
	p.must(cmp.Or(c.To, c.Field) != c.Field || c.Type != c.OldType, "to", c.To, "must be another name, or another type must be given")
	c.Formats.check(p, c.OldReadsNew, c.NewReadsOld)
	p.values("values", c.Values)
}

func (c ChangeField) recipes(w *world) []*recipe {
	at := c.place(c.Field)
	to := cmp.Or(c.To, c.Field)
	old, new := at.store+"."+c.Field, at.store+"."+to
	m := &move{recipe: newRecipe(old, old, new), values: c.Values}
	if c.Type != c.OldType {
		old, new = old+" as "+c.OldType, new+" as "+c.Type
	}
	oldTakes, newTakes := c.Formats.takes(c.OldReadsNew, c.NewReadsOld)
	return m.sent(w, at, old, new, oldTakes, newTakes)
}

// sent is the recipe for what stays in one store that is no table.
func (m *move) sent(w *world, at place, old, new string, oldReadsNew, newReadsOld bool) []*recipe {
	uses := w.uses(at)
	m.place, m.old, m.new, m.notNull = at, old, new, true
	m.oldMakes, m.newMakes = []string{at.store}, []string{at.store}
	m.defines = func(form, _ string) *schema.Definition { return otherwise(form) }
	m.dropped = otherwise
	m.store(at, uses)
	m.form(old, at.store, otherwise(old))
	m.form(new, at.store, otherwise(new))
	m.message(uses, oldReadsNew, newReadsOld)
	return []*recipe{m.recipe}
}

// WidenField is a value of a field that nobody has written yet: a new word of an enumeration, null (catalogue 29). Readers
// first.
type WidenField struct {
	In
	Field string `json:"field"`
	Value string `json:"value"`
}

// Kind is "widenField".
func (WidenField) Kind() string { return "widenField" }

func (c WidenField) check(p *problems) {
	c.In.check(p)
	p.name("field", c.Field)
	p.name("value", c.Value)
	p.must(c.Value != usual, "value", c.Value, "is a name that is given already")
}

func (c WidenField) recipes(w *world) []*recipe {
	at := c.place(c.Field)
	form := at.store + "." + c.Field
	l := &limits{recipe: newRecipe(form, form), place: at, form: form, value: c.Value}
	l.widen(w.uses(at))
	return []*recipe{l.recipe}
}

// RenameTopic is another topic for the same messages (catalogue 27): consumers read both, producers switch, the old one runs
// empty.
type RenameTopic struct {
	Topic string `json:"topic"`
	To    string `json:"to"`
}

// Kind is "renameTopic".
func (RenameTopic) Kind() string { return "renameTopic" }

func (c RenameTopic) check(p *problems) {
	p.name("topic", c.Topic)
	p.name("to", c.To)
	p.must(c.To != c.Topic, "to", c.To, "must be another name")
}

func (c RenameTopic) recipes(w *world) []*recipe {
	at := place{kind: schema.Topic, store: c.Topic}
	uses := w.uses(at)
	old, new := c.Topic+" messages", c.To+" messages"
	m := &move{
		recipe: newRecipe(old, c.Topic, c.To), place: at, old: old, new: new, notNull: true,
		oldMakes: []string{c.Topic}, newMakes: []string{c.To}, dropped: otherwise,
		defines: func(form, _ string) *schema.Definition { return otherwise(form) },
	}
	m.store(at, uses)
	m.store(place{kind: schema.Topic, store: c.To}, uses)
	m.form(old, c.Topic, otherwise(c.Topic))
	m.form(new, c.To, otherwise(c.To))
	m.tolerant(uses)
	return []*recipe{m.recipe}
}

// AddEndpoint is a new endpoint (catalogue 28): servers first, then clients.
type AddEndpoint struct {
	Endpoint string `json:"endpoint"`
}

// Kind is "addEndpoint".
func (AddEndpoint) Kind() string { return "addEndpoint" }

func (c AddEndpoint) check(p *problems) { p.name("endpoint", c.Endpoint) }

func (c AddEndpoint) recipes(w *world) []*recipe {
	p, uses := endpoint(w, c.Endpoint)
	p.come(uses, nil)
	return []*recipe{p.recipe}
}

// RemoveEndpoint is an endpoint that goes (catalogue 29): clients first, then servers.
type RemoveEndpoint struct {
	Endpoint string `json:"endpoint"`
}

// Kind is "removeEndpoint".
func (RemoveEndpoint) Kind() string { return "removeEndpoint" }

func (c RemoveEndpoint) check(p *problems) { p.name("endpoint", c.Endpoint) }

func (c RemoveEndpoint) recipes(w *world) []*recipe {
	p, uses := endpoint(w, c.Endpoint)
	p.leave(uses)
	return []*recipe{p.recipe}
}

// endpoint is a recipe about requests that are made or not.
func endpoint(w *world, name string) (*presence, []use) {
	at := In{Request: name}.place()
	uses := w.uses(at)
	for i := range uses {
		uses[i].makes = false // no request is made without the endpoint
		uses[i].strict = uses[i].reads
	}
	return &presence{recipe: newRecipe(name, at.store), place: at, form: name, define: otherwise(name)}, uses
}

// ChangeFormat is another format for whole messages or blobs: JSON to protobuf, another version, another codec (catalogue
// 30 and 31). Readers tell the two apart, then writers switch, then what is kept is rewritten or expires.
type ChangeFormat struct {
	In
	From string `json:"from"`
	To   string `json:"to"`
	// Formats are compared to know what readers of one make of the other.
	Formats *Formats `json:"formats,omitempty"`
	// OldReadsNew and NewReadsOld say it where there are no Formats: empty is error. Lossy is no better than error.
	OldReadsNew schema.Verdict `json:"oldReadsNew,omitempty"`
	NewReadsOld schema.Verdict `json:"newReadsOld,omitempty"`
	Values      []Value        `json:"values,omitempty"`
}

// Kind is "changeFormat".
func (ChangeFormat) Kind() string { return "changeFormat" }

func (c ChangeFormat) check(p *problems) {
	c.In.check(p)
	p.name("from", c.From)
	p.name("to", c.To)
	p.must(c.To != c.From, "to", c.To, "must be another format")
	c.Formats.check(p, c.OldReadsNew, c.NewReadsOld)
	p.values("values", c.Values)
}

func (c ChangeFormat) recipes(w *world) []*recipe {
	at := c.place()
	old, new := at.store+" in "+c.From, at.store+" in "+c.To
	m := &move{recipe: newRecipe(old, at.store), values: c.Values, alone: true}
	oldTakes, newTakes := c.Formats.takes(c.OldReadsNew, c.NewReadsOld)
	return m.sent(w, at, old, new, oldTakes, newTakes)
}
