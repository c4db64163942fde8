package change

import (
	"reflect"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// recipe is one change worked out for those whom it concerns: one attribute, the footprints that each service
// goes through, and what is done in which order. Recipes are made apart from each other and then merged.
type recipe struct {
	path  string   // of the change
	holds []string // the things it changes: of two recipes only one may hold a thing
	names []string // the things that must be there for it
	gives []string // the things that it brings

	stores      []schema.Store
	attribute   schema.Attribute
	forms       []schema.Form
	start, goal schema.World
	tracks      []*track
	acts        []act
	losses      []schema.Loss // that somebody has to accept

	makes   []string // the stores in which those who make make, at present
	waits   []wait
	pending []schema.Condition // for the next act
	drains  []seat             // for the next act
}

// wait is that from an act on so many acts of another recipe must be done.
type wait struct {
	act    int
	recipe *recipe
	done   int
}

// footprint is what one version of a service does with the recipe's attribute.
type footprint struct {
	reads                      []schema.Read
	writes                     []schema.Write
	makes, star, strict, whole []string
}

// track are the footprints of one service, in their order.
type track struct {
	use
	stages []footprint
}

func (t *track) now() footprint { return t.stages[len(t.stages)-1] }

// seat is one footprint of one track.
type seat struct{ track, stage int }

// act is a step of a recipe: a deployment of the stage of a track, or a step as it is.
type act struct {
	step schema.Step
	seat // of a deployment; else its track is -1
	gone []seat
}

func (r *recipe) value(name, witness string) {
	r.attribute.Values = append(r.attribute.Values, schema.Value{Name: name, Witness: witness})
}

// store adds a store, and says that those who make rows make them in it.
func (r *recipe) store(at place, uses []use) {
	replica := slices.ContainsFunc(uses, func(u use) bool { return u.replica })
	r.stores = append(r.stores, schema.Store{Name: at.store, Kind: at.kind, Replica: replica})
}

func (r *recipe) form(name, store string, define *schema.Definition, fits ...schema.Fit) {
	r.forms = append(r.forms, schema.Form{Name: name, Attribute: r.attribute.Name, Store: store, Fits: fits, Define: define})
}

// begin says what runs today.
func (r *recipe) begin(uses []use, f func(use) footprint) {
	for _, u := range uses {
		t := &track{use: u}
		t.stages = []footprint{r.settle(u, f(u))}
		r.tracks = append(r.tracks, t)
	}
}

// settle adds to a footprint what follows from the use.
func (r *recipe) settle(u use, f footprint) footprint {
	if !u.reads {
		f.reads = nil
	}
	if !u.writes {
		f.writes = nil
	}
	if u.makes && f.makes == nil {
		f.makes = r.makes
	}
	if u.strict {
		f.strict = r.storeNames()
	}
	return f
}

func (r *recipe) storeNames() (names []string) {
	for _, s := range r.stores {
		names = append(names, s.Name)
	}
	return names
}

// read is a read of forms, the preferred one first.
func (r *recipe) read(u use, takes []schema.Fit, forms ...string) []schema.Read {
	return []schema.Read{{Attribute: r.attribute.Name, Forms: forms, Takes: takes, Replica: u.replica}}
}

// write is a write of forms in one transaction.
func (r *recipe) write(values []string, forms ...string) []schema.Write {
	return []schema.Write{{Attribute: r.attribute.Name, Values: values, Together: [][]string{forms}}}
}

// deploy brings every service for which next gives something else than what it does already: those that only read
// first.
func (r *recipe) deploy(phase schema.Phase, next func(t *track) footprint) {
	for _, writes := range []bool{false, true} {
		for i, t := range r.tracks {
			if t.writes == writes {
				r.bring(phase, i, next(t))
			}
		}
	}
}

func (r *recipe) bring(phase schema.Phase, i int, f footprint) {
	t := r.tracks[i]
	f = r.settle(t.use, f)
	f.star = t.now().star
	if reflect.DeepEqual(f, t.now()) {
		return
	}
	t.stages = append(t.stages, f)
	r.add(act{step: schema.Step{Phase: phase}, seat: seat{i, len(t.stages) - 1}})
}

// do adds a step.
func (r *recipe) do(phase schema.Phase, name string, changes ...schema.Change) {
	for _, c := range changes {
		if c.Do == schema.Add || c.Do == schema.Drop {
			r.drain(func(f footprint) bool { return len(f.star) > 0 })
			break
		}
	}
	r.add(act{step: schema.Step{Name: name, Phase: phase, Changes: changes}, seat: seat{-1, 0}})
}

// fill adds a backfill.
func (r *recipe) fill(form, from, value string, define *schema.Definition) {
	name := "backfill " + form
	if from != "" {
		name += " from " + from
	}
	b := &schema.Backfill{Form: form, From: from, Value: value, Define: define}
	r.add(act{step: schema.Step{Name: name, Phase: schema.Fill, Backfill: b}, seat: seat{-1, 0}})
}

func (r *recipe) add(a act) {
	a.step.Needs, a.gone = r.pending, r.drains
	r.pending, r.drains = nil, nil
	r.acts = append(r.acts, a)
}

// need says what must hold before the next act.
func (r *recipe) need(conditions ...schema.Condition) {
	for _, c := range conditions {
		if !slices.Contains(r.pending, c) {
			r.pending = append(r.pending, c)
		}
	}
}

// drain says that before the next act nothing older runs that does what is said. It names versions that should be gone long ago
// too: so the horizon does not rest on what was brought meanwhile.
func (r *recipe) drain(what func(footprint) bool) {
	for i, t := range r.tracks {
		for s := 0; s < len(t.stages)-1; s++ {
			if one := (seat{i, s}); what(t.stages[s]) && !slices.Contains(r.drains, one) {
				r.drains = append(r.drains, one)
			}
		}
	}
}

// caughtUp asks that replicas have what the primary has, if somebody is to read a form there.
func (r *recipe) caughtUp(form string) {
	for _, t := range r.tracks {
		if t.replica && t.reads {
			r.need(schema.Condition{Is: schema.CaughtUp, Form: form})
		}
	}
}

// list lets the services that do not list a table's columns do so, before it is altered.
func (r *recipe) list() {
	for _, t := range r.tracks {
		if t.star {
			t.stages[0].star = r.storeNames()
		}
	}
	for i, t := range r.tracks {
		if f := t.now(); len(f.star) > 0 {
			f.star = nil
			t.stages = append(t.stages, f)
			r.add(act{step: schema.Step{Phase: schema.DeployPhase}, seat: seat{i, len(t.stages) - 1}})
		}
	}
}

func readsForm(form string) func(footprint) bool {
	return func(f footprint) bool {
		return slices.ContainsFunc(f.reads, func(r schema.Read) bool { return slices.Contains(r.Forms, form) })
	}
}

func writesForm(form string) func(footprint) bool {
	return func(f footprint) bool {
		return slices.ContainsFunc(f.writes, func(w schema.Write) bool {
			return slices.ContainsFunc(w.Together, func(g []string) bool { return slices.Contains(g, form) })
		})
	}
}

// writesValue says that the value is among those that are written.
func writesValue(value string) func(footprint) bool {
	return func(f footprint) bool {
		return slices.ContainsFunc(f.writes, func(w schema.Write) bool { return slices.Contains(w.Values, value) })
	}
}

// refuses says that a reader does not take the value.
func refuses(value string) func(footprint) bool {
	return func(f footprint) bool {
		return slices.ContainsFunc(f.reads, func(r schema.Read) bool {
			return slices.Contains(r.Takes, schema.Fit{Value: value, Verdict: schema.Error})
		})
	}
}

func all(first, second func(footprint) bool) func(footprint) bool {
	return func(f footprint) bool { return first(f) && second(f) }
}

func not(what func(footprint) bool) func(footprint) bool {
	return func(f footprint) bool { return !what(f) }
}
